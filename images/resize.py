"""Copies of pictures: small enough for one message of Discord, of a kind that Flux takes, or tiny.

Like all decoding, this is done in a worker process (`images.decoder_worker`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import PIL.Image

from images.decoding import MAX_FLUX_PIXELS, Decoded, decode
from images.inspect import PictureFacts, UnfittablePictureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


QUALITIES: Final = (92, 85, 75, 60)
"""Tried at full size, from a loss that nobody sees to one that nobody minds."""

SMALLER_QUALITY: Final = 80
"""Of pictures that must lose pixels: fewer good ones look better than many bad ones."""

SMALLER: Final = tuple(0.7**step for step in range(1, 10))
"""Parts of both sides, each with half the pixels of the one before, down to a thumbnail."""

MAX_JOINED_PIXELS: Final = 8_000_000
"""Of pictures that are joined; Flux makes about one megapixel of them, and a WebP takes time."""

MAX_JOINED_WIDTH: Final = 16_000
"""Of pictures that are joined; a side of a WebP has at most 16,383 pixels."""

OPAQUE: Final = 255

PAPER: Final = (128, 128, 128)
"""Behind a transparent picture's preview; it suits a light and a dark Discord."""

TURNS: Final = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by Exif's number."""


def encode(original: Path, limit_bytes: int) -> tuple[PictureFacts, bytes]:
    """Return a copy of at most so many bytes, and what it is.

    It is a JPEG, or a WebP where the picture is transparent, in sRGB, upright, and without what a
    camera or an editor noted in the original.

    Raises:
        UnfittablePictureError: no such copy can be made.
        UnusablePictureError: the original is damaged or missing.
    """
    return _encode(_plain(decode(original)), limit_bytes)


def source(original: Path, limit_bytes: int) -> tuple[PictureFacts, bytes, int]:
    """Return what it is, a copy that Flux takes, and how many pixels the original has.

    The copy has no bytes where Flux takes the original. Raises as `encode`.
    """
    decoded = decode(original, is_tolerant=True)
    pixels = decoded.facts.width * decoded.facts.height
    if decoded.is_for_flux:
        return decoded.facts, b"", pixels
    return *_encode(_plain(decoded), limit_bytes), pixels


def join(originals: Sequence[Path], limit_bytes: int) -> tuple[PictureFacts, bytes]:
    """Return a picture of several side by side, all as high as the highest, and what it is.

    It has at most `MAX_JOINED_PIXELS` and `MAX_JOINED_WIDTH`, is of the kinds of `encode`, and
    raises as that.
    """
    pictures = [_plain(decode(original, is_tolerant=True)) for original in originals]
    ratios = [picture.width / picture.height for picture in pictures]
    within = (MAX_JOINED_PIXELS / sum(ratios)) ** 0.5, MAX_JOINED_WIDTH / sum(ratios)
    height = max(1, int(min(*within, max(picture.height for picture in pictures))))
    widths = [max(1, round(height * ratio)) for ratio in ratios]
    mode = "RGBA" if any(picture.mode == "RGBA" for picture in pictures) else "RGB"
    joined = PIL.Image.new(mode, (sum(widths), height))
    left = 0
    for picture, width in zip(pictures, widths, strict=True):
        joined.paste(picture.resize((width, height), PIL.Image.Resampling.LANCZOS), (left, 0))
        left += width
    return _encode(joined, limit_bytes)


def preview(original: Path, side: int) -> bytes:
    """Return a JPEG of the picture, no side of it longer; raises UnusablePictureError."""
    picture = _plain(decode(original, side=side, is_tolerant=True))
    picture.thumbnail((side, side))
    if picture.mode == "RGBA":
        opaque = PIL.Image.new("RGB", picture.size, PAPER)
        opaque.paste(picture, mask=picture.getchannel("A"))
        picture = opaque
    file = io.BytesIO()
    picture.save(file, "jpeg", quality=SMALLER_QUALITY)
    return file.getvalue()


def _encode(picture: PIL.Image.Image, limit_bytes: int) -> tuple[PictureFacts, bytes]:
    media_type = "image/webp" if picture.mode == "RGBA" else "image/jpeg"
    for candidate, quality in _candidates(picture):
        data = _encoded(candidate, media_type, quality)
        if data is not None and len(data) <= limit_bytes:
            facts = PictureFacts(
                media_type=media_type,
                width=candidate.width,
                height=candidate.height,
                bytes=len(data),
            )
            return facts, data
    raise UnfittablePictureError(f"nothing of it fits {limit_bytes} bytes")


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


def _plain(decoded: Decoded) -> PIL.Image.Image:
    """Return the picture upright, in sRGB, with transparency only where it has some."""
    picture = decoded.picture
    profile = picture.info.get("icc_profile")
    transparent = picture.has_transparency_data
    mode = "RGBA" if transparent else "RGB"
    if picture.mode != mode and (picture.mode in {"P", "PA", "LA"} or transparent):
        picture = picture.convert(mode)  # colour management knows neither palettes nor grey alpha
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")  # 16 bits of grey
    if picture.width * picture.height > MAX_FLUX_PIXELS:
        picture = picture.reduce(2)
    if decoded.orientation in TURNS:
        picture = picture.transpose(TURNS[decoded.orientation])
    plain = _in_srgb(picture, mode, profile) if profile else picture
    if plain.mode != mode:
        plain = plain.convert(mode)
    if transparent and plain.getchannel("A").getextrema() == (OPAQUE, OPAQUE):
        plain = plain.convert("RGB")
    plain.info = {}  # else encoders take notes and profiles from there
    return plain


def _in_srgb(picture: PIL.Image.Image, mode: str, profile: bytes) -> PIL.Image.Image:
    from PIL import ImageCms  # noqa: PLC0415  # few pictures need it

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, source, srgb, outputMode=mode)
    except Exception:  # noqa: BLE001  # a damaged profile, or one of another kind of picture
        converted = None
    return picture if converted is None else converted
