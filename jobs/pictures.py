"""What a file of unknown bytes really is: a picture of a known kind and a bearable size, or not."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import PIL.Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_PIXELS: Final = 25_000_000
"""Decoding this many takes about 100 MB; a file of 20 KB can claim seven times as many."""

FORMATS: Final = ("PNG", "JPEG", "WEBP")
"""Kinds of picture that are accepted, by Pillow's names."""

MEDIA_TYPES: Final = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with more pictures behind it, as phones make them
    "WEBP": "image/webp",
}
"""By what Pillow calls an opened picture."""

SUFFIXES: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


class UnusablePictureError(Exception):
    """The bytes are not a whole picture of an accepted kind and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """What the bytes themselves say, whatever their name or the server claimed."""

    media_type: str
    width: int
    height: int
    bytes: int


@contextmanager
def decoded(path: Path) -> Iterator[PIL.Image.Image]:
    """Read the header, refuse what is too large, then decode the whole; never on the event loop.

    Raises:
        UnusablePictureError: it is no PNG, JPEG or WebP, over 25 megapixels, damaged or missing.
    """
    try:
        with warnings.catch_warnings():
            # Of large headers, for which ours is the stricter limit, and of odd metadata.
            warnings.simplefilter("ignore")
            picture = PIL.Image.open(path, formats=FORMATS)
    except _DAMAGE as error:
        raise UnusablePictureError(type(error).__name__) from error
    with picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise UnusablePictureError(f"{picture.width}x{picture.height} is over the limit")
        try:
            picture.load()
        except _DAMAGE as error:
            raise UnusablePictureError(type(error).__name__) from error
        yield picture


def examine(path: Path) -> PictureFacts:
    """Tell what a file is, having decoded the whole of it; never on the event loop.

    Raises:
        UnusablePictureError: as `decoded` says.
    """
    with decoded(path) as picture:
        media_type = MEDIA_TYPES[picture.format or ""]
        return PictureFacts(
            media_type=media_type,
            width=picture.width,
            height=picture.height,
            bytes=path.stat().st_size,
        )


_DAMAGE: Final = (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError)
"""Pillow raises these for damaged files, by format."""
