"""The images of a job that are still stored, and their files to send."""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import ExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING, Final

import discord

from domain.models import Image, ImageKind, Job
from images.files import StoreUnavailableError
from images.inspect import MAX_MESSAGE_BYTES, UnusablePictureError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from images.store import ImageStore
    from storage.jobs import JobRepository

logger = logging.getLogger(__name__)

READ_AT_ONCE_BYTES: Final = 1024 * 1024
"""Files up to this size are uploaded from memory."""

THUMBNAIL_SIDE: Final = 384
"""Pixels; Discord shows it at a quarter of that, or at half on a display of twice the density."""


class KeptPictures:
    """The stored images of jobs."""

    def __init__(self, jobs: JobRepository, spool: ImageStore) -> None:
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
        return await self._spool.present(images)

    @asynccontextmanager
    async def files(self, images: Sequence[Image]) -> AsyncIterator[list[discord.File]]:
        """Open the files of these pictures for an upload.

        Raises:
            FileNotFoundError: one was removed meanwhile.
            StoreUnavailableError: they cannot be read now.
        """
        async with self._spool.reading(images) as paths, opened(paths) as files:
            yield files

    async def thumbnail(self, image: Image) -> discord.File | None:
        try:
            data = await self._spool.preview(image, THUMBNAIL_SIDE)
        except (UnusablePictureError, StoreUnavailableError):
            logger.warning("no thumbnail of %s", image.file_name)
            return None
        return discord.File(io.BytesIO(data), f"{image.job_id}-preview-{image.position}.jpg")

    async def remove(self, job: Job, at: datetime) -> list[Image] | None:
        """Remove a job's pictures and return them; None where it has not ended yet."""
        # Rows first: a file without a row is swept, a row without a file would be missed.
        images = await self._jobs.remove_pictures(job.id, at)
        if images is not None:
            await self._spool.remove(images)
        return images


@asynccontextmanager
async def opened(paths: Sequence[Path]) -> AsyncIterator[list[discord.File]]:
    """Open files for an upload, in a thread: a slow disk delays nobody else.

    Raises:
        OSError: one cannot be opened; `FileNotFoundError`: it was removed meanwhile.
    """
    opening = asyncio.get_running_loop().run_in_executor(None, _open, paths)
    try:
        files = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unused)
        raise
    try:
        yield files
    finally:
        _close(files)


def that_fit(images: Sequence[Image], limit_bytes: int) -> list[Image]:
    """Return those of the pictures that one message can take, the first before the others."""
    fitting, room = [], MAX_MESSAGE_BYTES
    for image in images:
        if image.bytes <= min(limit_bytes, room):
            fitting.append(image)
            room -= image.bytes
    return fitting


def _open(paths: Sequence[Path]) -> list[discord.File]:
    with ExitStack() as stack:
        files = [stack.enter_context(closing(_file(path))) for path in paths]
        stack.pop_all()
    return files


def _file(path: Path) -> discord.File:
    # aiohttp reads an open file in threads, a part at a time, which costs more than a small one.
    if path.stat().st_size > READ_AT_ONCE_BYTES:
        return discord.File(path)
    return discord.File(io.BytesIO(path.read_bytes()), filename=path.name)


def _close_unused(opening: asyncio.Future[list[discord.File]]) -> None:
    if opening.exception() is None:
        _close(opening.result())


def _close(files: Sequence[discord.File]) -> None:
    for file in files:
        file.close()
