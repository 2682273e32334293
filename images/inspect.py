"""What is known of picture files without decoding any: kinds, limits, errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MEGABYTE: Final = 1_000_000

MAX_PIXELS: Final = 100_000_000
"""Of a picture that is decoded at all."""

MAX_MESSAGE_BYTES: Final = 25 * 1024 * 1024 - 256 * 1024
"""Of all files of one message of Discord, which takes 25 MB in a request (Create Message) with the
card and what separates the files; both need a tenth of what is left for them."""


class Kind(StrEnum):
    """Kinds of picture files that are accepted, by Pillow's names."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"
    GIF = "GIF"
    AVIF = "AVIF"
    HEIC = "HEIF"


class UnusablePictureError(Exception):
    """The bytes are not a whole picture of an accepted kind and size."""


class PictureLimitError(UnusablePictureError):
    """The picture takes more than a limit allows; decoding it again would, too."""


class TooManyPixelsError(PictureLimitError):
    """The picture has more than `MAX_PIXELS`."""


class UnfittablePictureError(UnusablePictureError):
    """Not even a thumbnail of the picture would be small enough."""


FAILURES: Final = {
    "pixels": TooManyPixelsError,
    "limit": PictureLimitError,
    "unfittable": UnfittablePictureError,
    "unusable": UnusablePictureError,
}
"""The errors by the names that a decoder process gives them, the narrower kinds first."""

MEDIA_TYPES: Final = {kind: f"image/{kind.name.lower()}" for kind in Kind}

SUFFIXES: Final = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "image/heic": ".heic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """What the bytes themselves say, whatever their name or the server claimed.

    Attributes:
        width: in pixels, like the height, of the picture when it is upright.
    """

    media_type: str
    width: int
    height: int
    bytes: int


def allowance(sizes: Sequence[int], limit_bytes: int) -> int:
    """Return how many bytes each file may have at most, so that all of them fit one message.

    Small files leave their share to large ones, so that no more are touched than must be.

    Args:
        sizes: of the files as they are, in bytes.
        limit_bytes: what the place takes of one file.
    """
    left = MAX_MESSAGE_BYTES
    capped = sorted(min(size, limit_bytes) for size in sizes)
    for others, size in zip(reversed(range(len(capped))), capped, strict=True):
        share = left // (others + 1)
        if size > share:
            return share
        left -= size
    return limit_bytes
