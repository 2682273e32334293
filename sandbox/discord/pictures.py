"""What a file is, read from its first bytes."""

import mimetypes
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile


class Look(NamedTuple):
    """A file's type and, for a picture, its size in pixels."""

    content_type: str
    width: int | None = None
    height: int | None = None


# The classes are opened directly: Image.open refuses huge sizes, which Discord reports.
_FORMATS: tuple[tuple[bytes, str, Callable[[BytesIO], Image.Image]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", PngImageFile),
    (b"\xff\xd8\xff", "image/jpeg", JpegImageFile),
    (b"RIFF", "image/webp", WebPImageFile),
    (b"GIF8", "image/gif", GifImageFile),
)


def look(filename: str, data: bytes, claimed: str | None = None) -> Look:
    """Read a picture's header; anything else goes by its claim or its name."""
    for magic, content_type, opener in _FORMATS:
        if data.startswith(magic):
            try:
                with opener(BytesIO(data)) as image:
                    return Look(claimed or content_type, image.width, image.height)
            # A broken header is no picture; Pillow's decoders raise whatever they trip over.
            except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError):
                break
    guessed = mimetypes.guess_type(filename)[0]
    return Look(claimed or guessed or "application/octet-stream")
