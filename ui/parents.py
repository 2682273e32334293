"""What an edit starts from: a picture of a message, and whether it is one that the bot made."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from jobs.requests import Source
from storage.records import PictureRef

if TYPE_CHECKING:
    from ui.finding import FoundPicture

_RESULT: Final = re.compile(r"([0-9a-f]{12})-(?:result|posted)-([1-9])")
"""The name of a result's file, without its suffix, as the spool gives it."""


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
