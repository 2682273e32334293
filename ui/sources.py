"""The picture of an edit: as a message shows it, and found again there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from domain.models import ImageKind, PictureRef
from images.store import stem_of
from jobs.requests import Source
from ui.message_images import pictures_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import discord

    from domain.models import ImageRequest, Job
    from ui.message_images import FoundPicture

_RESULT: Final = re.compile(r"([0-9a-f]{12})-(?:result|posted)-([1-9])")
"""The name of a result's file, but for its suffix, as the spool gives it."""


def source_from(picture: FoundPicture, *, is_own: bool) -> Source:
    """Return a picture of a message as what an edit can start from.

    Args:
        is_own: whether the bot wrote the message; anybody can give a file the name of a result.
    """
    match = _RESULT.fullmatch(PurePosixPath(picture.file_name).stem) if is_own else None
    return Source(
        url=picture.url,
        bytes=picture.bytes,
        width=picture.width,
        height=picture.height,
        content_type=picture.content_type,
        message=picture.message,
        parent=PictureRef(job_id=match[1], position=int(match[2])) if match else None,
    )


def numbered(pictures: Sequence[FoundPicture]) -> list[FoundPicture]:
    """Return the pictures of a message of the bot's own by the numbers that its card tells.

    They have gaps where not every picture came.
    """
    own = [source_from(picture, is_own=True).parent for picture in pictures]
    numbers = [parent.position for parent in own if parent is not None]
    if len({*numbers}) != len(pictures):
        return [*pictures]
    return [
        replace(picture, position=number) for picture, number in zip(pictures, numbers, strict=True)
    ]


def source_in(message: discord.Message, request: ImageRequest, *, is_own: bool) -> str | None:
    """Return a fresh address of the picture that a request edits, None where it is not there.

    Only the signature of a file's address changes: the rest of it tells one picture from another.
    In the bot's own messages a result is known by its name, also where it was attached anew.

    Args:
        is_own: whether the bot wrote the message.
    """
    wanted = _unsigned(request.source_url) if request.source_url else None
    for found in pictures_in(message):
        if _unsigned(found.url) == wanted:
            return found.url
    parent = request.parent
    if parent is None or not is_own:
        return None
    kinds = (ImageKind.POSTED, ImageKind.RESULT)
    return _named(message, {stem_of(parent.job_id, kind, parent.position) for kind in kinds})


def own_source_in(message: discord.Message, job: Job) -> str | None:
    """Return the address of the source that stands on a job's own message, None without one."""
    return _named(message, {stem_of(job.id, ImageKind.SOURCE, 1)})


def _named(message: discord.Message, stems: Collection[str]) -> str | None:
    for found in pictures_in(message):
        if PurePosixPath(found.file_name).stem in stems:
            return found.url
    return None


def _unsigned(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc, parts.path
