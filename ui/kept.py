"""The pictures of a job that are still in the spool, and their files to send."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Final

import discord

from storage.records import ImageKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.spool import Spool
    from storage.jobs import JobRepository
    from storage.records import Image, Job

MAX_REQUEST_BYTES: Final = 25 * 1024 * 1024 - 64 * 1024
"""Of all files of one message, with room for its card; message documentation, create message."""


class KeptPictures:
    """What a person can be shown again."""

    def __init__(self, *, jobs: JobRepository, spool: Spool) -> None:
        self._jobs = jobs
        self._spool = spool

    async def results(self, job: Job) -> list[Image]:
        """Return the job's pictures that are still here: as they were posted, else as made."""
        kept: dict[int, Image] = {}
        for kind in (ImageKind.RESULT, ImageKind.POSTED):
            kept.update({image.position: image for image in await self.of_kind(job, kind)})
        return [kept[position] for position in sorted(kept)]

    async def of_kind(self, job: Job, kind: ImageKind) -> list[Image]:
        """Return the job's pictures of one kind that are still here, in order."""
        images = await self._jobs.list_images(job.id, kind)
        return [image for image in images if self._spool.path(image).exists()]

    @contextmanager
    def files(self, images: Sequence[Image]) -> Iterator[list[discord.File]]:
        """Open the files of these pictures for an upload.

        Raises:
            FileNotFoundError: one was removed meanwhile.
        """
        with ExitStack() as opened:
            yield [
                opened.enter_context(closing(discord.File(self._spool.path(image))))
                for image in images
            ]


def that_fit(images: Sequence[Image], limit_bytes: int) -> list[Image]:
    """Return those of the pictures that one message can take, the first before the others."""
    fitting, room = [], MAX_REQUEST_BYTES
    for image in images:
        if image.bytes <= min(limit_bytes, room):
            fitting.append(image)
            room -= image.bytes
    return fitting
