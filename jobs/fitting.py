"""Pictures made small enough for one message of Discord, with as little loss as that takes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import PIL.Image
import PIL.ImageCms
import PIL.ImageOps

from jobs.pictures import PictureFacts, UnusablePictureError, decoded, examine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

MAX_MESSAGE_BYTES: Final = 25 * 1024 * 1024
"""Of one request, whatever each file may have; Discord's documentation, Create Message."""

CARD_BYTES: Final = 256 * 1024
"""Of a request, kept for the card and what separates the files; both take a tenth of it."""

QUALITIES: Final = (92, 85, 75, 60)
"""Tried at full size, from a loss that nobody sees to one that nobody minds."""

SMALLER_QUALITY: Final = 80
"""Of pictures that must lose pixels: fewer good ones look better than many bad ones."""

SMALLER: Final = tuple(0.7**step for step in range(1, 10))
"""Parts of both sides, each with half the pixels of the one before, down to a thumbnail."""


OPAQUE: Final = 255

PAPER: Final = (128, 128, 128)
"""Behind a transparent picture's preview; it suits a light and a dark Discord."""

MEDIA_TYPES: Final = ("image/jpeg", "image/webp")
"""Of copies: the second where the picture is transparent."""


class UnfittablePictureError(UnusablePictureError):
    """Not even a thumbnail of the picture would be small enough."""


def allowance(sizes: Sequence[int], limit_bytes: int) -> int:
    """Return how many bytes each file may have at most, so that all of them fit one message.

    Small files leave their share to large ones, so that no more are touched than must be.

    Args:
        sizes: of the files as they are, in bytes.
        limit_bytes: what the place takes of one file.
    """
    left = MAX_MESSAGE_BYTES - CARD_BYTES
    capped = sorted(min(size, limit_bytes) for size in sizes)
    for others, size in zip(reversed(range(len(capped))), capped, strict=True):
        share = left // (others + 1)
        if size > share:
            return share
        left -= size
    return limit_bytes


def encode(original: Path, part: Path, limit_bytes: int) -> PictureFacts:
    """Write a copy of at most so many bytes to `part`; never on the event loop.

    It is a JPEG, or a WebP where the picture is transparent, in sRGB, upright, and without what a
    camera or an editor noted in the original.

    Raises:
        UnfittablePictureError: no such copy can be made.
        UnusablePictureError: the original is damaged or missing.
        OSError: `part` cannot be written.
    """
    with decoded(original) as opened:
        picture = _plain(opened)
    media_type = "image/webp" if picture.mode == "RGBA" else "image/jpeg"
    for candidate, quality in _candidates(picture):
        data = _encoded(candidate, media_type, quality)
        if data is not None and len(data) <= limit_bytes:
            part.write_bytes(data)
            return PictureFacts(
                media_type=media_type,
                width=candidate.width,
                height=candidate.height,
                bytes=len(data),
            )
    raise UnfittablePictureError(f"nothing of it fits {limit_bytes} bytes")


def preview(original: Path, side: int) -> bytes:
    """Return a JPEG of the picture, no side of it longer; never on the event loop.

    Raises:
        UnusablePictureError: the original is damaged or missing.
    """
    with decoded(original) as opened:
        picture = _plain(opened)  # first, since not every kind of pixel can be made fewer
    picture.thumbnail((side, side))
    if picture.mode == "RGBA":
        opaque = PIL.Image.new("RGB", picture.size, PAPER)
        opaque.paste(picture, mask=picture.getchannel("A"))
        picture = opaque
    file = io.BytesIO()
    picture.save(file, "jpeg", quality=SMALLER_QUALITY)
    return file.getvalue()


def fitted_before(original: Path, copies: Iterable[Path], limit_bytes: int) -> PictureFacts | None:
    """Tell what the first copy is that serves, None if none does; never on the event loop.

    One over the limit, damaged, missing, or older than the original does not.
    """
    for copy in copies:
        try:
            made, source = copy.stat(), original.stat()
            if made.st_size <= limit_bytes and made.st_mtime_ns >= source.st_mtime_ns:
                return examine(copy)
        except (OSError, UnusablePictureError):
            continue
    return None


def _candidates(picture: PIL.Image.Image) -> Iterator[tuple[PIL.Image.Image, int]]:
    for quality in QUALITIES:
        yield picture, quality
    for part in SMALLER:
        size = max(1, round(picture.width * part)), max(1, round(picture.height * part))
        yield picture.resize(size, PIL.Image.Resampling.LANCZOS), SMALLER_QUALITY


def _encoded(picture: PIL.Image.Image, media_type: str, quality: int) -> bytes | None:
    file = io.BytesIO()
    try:
        picture.save(file, media_type.removeprefix("image/"), quality=quality)
    except (OSError, ValueError):
        # Both encoders have a longest side, and WebP's does not manage every large picture.
        return None
    return file.getvalue()


def _plain(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Return the picture upright, in sRGB, with transparency only where it has some."""
    profile = picture.info.get("icc_profile")
    upright = PIL.ImageOps.exif_transpose(picture)
    transparent = upright.has_transparency_data
    mode = "RGBA" if transparent else "RGB"
    if upright.mode in {"P", "PA", "LA"} or transparent:
        upright = upright.convert(mode)  # colour management knows neither palettes nor grey alpha
    elif upright.mode.startswith("I"):
        upright = upright.point(lambda value: value / 256).convert("L")  # 16 bits of grey
    plain = _in_srgb(upright, mode, profile) if profile else upright.convert(mode)
    if transparent and plain.getchannel("A").getextrema() == (OPAQUE, OPAQUE):
        plain = plain.convert("RGB")
    plain.info = {}  # else encoders take notes and profiles from there
    return plain


def _in_srgb(picture: PIL.Image.Image, mode: str, profile: bytes) -> PIL.Image.Image:
    try:
        source = PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = PIL.ImageCms.createProfile("sRGB")
        converted = PIL.ImageCms.profileToProfile(picture, source, srgb, outputMode=mode)
    except (OSError, ValueError, PIL.ImageCms.PyCMSError):
        converted = None  # a damaged profile, or one of another kind of picture
    return picture.convert(mode) if converted is None else converted
