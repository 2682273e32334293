"""The picture of an edit, found again in the message that shows it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobs.spool import stem_of
from storage.records import ImageKind
from ui.finding import pictures_in

if TYPE_CHECKING:
    from collections.abc import Collection

    import discord

    from storage.records import ImageRequest, Job


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
