"""Decoding files of unknown bytes: a picture of an accepted kind and size, or an error.

Everything here is work on bytes that others made, and is done in a worker process
(`images.decoder_worker`), never in the bot's own.
"""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import PIL.Image
import PIL.ImageFile

from images.inspect import (
    MAX_PIXELS,
    MEDIA_TYPES,
    Kind,
    PictureFacts,
    PictureLimitError,
    TooManyPixelsError,
    UnusablePictureError,
)
from images.metadata import MAX_EXIF_BYTES, MAX_ICC_BYTES, Stripped, strip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MAX_FLUX_PIXELS: Final = 25_000_000
"""Of a source as Flux gets it; a larger one is sent at half its width and height."""

FLUX_KINDS: Final = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP})
"""Kinds that Flux is known to take as a source."""

WHOLE_ENOUGH: Final = 0.95
"""Part of the rows that a PNG or JPEG without its end must still have."""

JPEG_ROWS: Final = 16
"""Rows that a JPEG decoder gives out together, and holds back where their end is missing."""

_ORIENTATION: Final = 0x0112
"""Exif's tag for how a picture is turned: 1 is upright, from 5 on width and height are swapped."""

_SWAPPED: Final = 5


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture whose pixels are in memory.

    Attributes:
        picture: at half its width and height or less where that was enough.
        orientation: Exif's number.
        is_for_flux: whether Flux is known to take the file as it is.
    """

    picture: PIL.Image.Image
    facts: PictureFacts
    orientation: int
    is_for_flux: bool


def decode(path: Path, *, side: int | None = None, is_tolerant: bool = False) -> Decoded:
    """Decode the whole of a file, after its header was found to be within the limits.

    Args:
        side: of a preview, in pixels; a JPEG is not decoded to much more than that.
        is_tolerant: whether up to 5 % of the rows may be missing at the end of a PNG or JPEG.

    Raises:
        UnusablePictureError: it is of no accepted kind, damaged, cut short or missing.
        PictureLimitError: it takes too much to decode; `TooManyPixelsError`: it has over 100
            megapixels.
    """
    try:
        data = path.read_bytes()
        stripped = _stripped(data, is_tolerant=is_tolerant)
        with warnings.catch_warnings():
            # Of large headers, for which ours is the stricter limit, and of odd metadata.
            warnings.simplefilter("ignore")
            return _decoded(stripped, len(data), side)
    except UnusablePictureError:
        raise
    except PIL.Image.DecompressionBombError as error:  # Pillow's own limit is 180 megapixels
        raise TooManyPixelsError("it is over the limit") from error
    except MemoryError as error:
        raise PictureLimitError("it takes too much memory") from error
    except Exception as error:  # decoders raise nearly anything for damaged files
        raise UnusablePictureError(type(error).__name__) from error


def examine(path: Path, *, is_tolerant: bool = False) -> PictureFacts:
    return decode(path, is_tolerant=is_tolerant).facts


def _stripped(data: bytes, *, is_tolerant: bool) -> Stripped:
    stripped = strip(data)
    may_lack_its_end = is_tolerant and stripped.kind in {Kind.PNG, Kind.JPEG}
    if not (stripped.is_whole or may_lack_its_end):
        raise UnusablePictureError("it is cut short")
    return stripped


def _decoded(stripped: Stripped, size_bytes: int, side: int | None) -> Decoded:
    picture = _opened(stripped)
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise TooManyPixelsError(f"{width}x{height} is over the limit")
    is_odd = stripped.is_odd or not stripped.is_whole
    if stripped.is_whole:
        # A JPEG is decoded at a half, a quarter or an eighth, which takes a fraction of the time.
        if side is not None:
            picture.draft(None, (side, side))
        elif picture.width * picture.height > MAX_FLUX_PIXELS:
            picture.draft(None, (picture.width // 2, picture.height // 2))
        picture.load()
    else:
        picture = _without_its_end(stripped, picture)
    # Pillow and its plugins read more metadata than is wanted, and some of it much later.
    picture.info = {name: picture.info[name] for name in _kept(picture)}
    orientation, is_broken = _orientation(picture)
    if orientation >= _SWAPPED:
        width, height = height, width
    return Decoded(
        picture,
        PictureFacts(
            media_type=MEDIA_TYPES[stripped.kind], width=width, height=height, bytes=size_bytes
        ),
        orientation,
        stripped.kind in FLUX_KINDS
        and width * height <= MAX_FLUX_PIXELS
        and not (is_odd or is_broken),
    )


def _opened(stripped: Stripped, data: bytes | None = None) -> PIL.Image.Image:
    _load_decoder(stripped.kind)
    return PIL.Image.open(io.BytesIO(data or stripped.data), formats=[stripped.kind])


@functools.cache
def _load_decoder(kind: Kind) -> None:
    """Load what Pillow does not load for every picture, which takes up to 15 ms.

    Decoders get one thread, so that CPU time is what a picture really takes.
    """
    if kind is Kind.AVIF:
        import PIL.AvifImagePlugin  # noqa: PLC0415

        PIL.AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    elif kind is Kind.HEIC:
        import pi_heif  # type: ignore[import-untyped]  # noqa: PLC0415  # it has no types of its own

        pi_heif.register_heif_opener(
            thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
        )
    elif kind is Kind.WEBP:  # else Pillow loads each of its 40 plugins to find this one
        import PIL.WebPImagePlugin  # noqa: PLC0415


def _without_its_end(stripped: Stripped, picture: PIL.Image.Image) -> PIL.Image.Image:
    """Decode what is there, if nearly all of it is."""
    PIL.ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        is_jpeg = stripped.kind is Kind.JPEG
        if is_jpeg:  # with its end marker the decoder would make up rows that are missing
            picture = _opened(stripped, stripped.data[:-2])
            picture._ended = True  # type: ignore[attr-defined]  # noqa: SLF001  # nor may Pillow add one
        picture.load()
        rows = (picture.getbbox(alpha_only=False) or (0, 0, 0, 0))[3]
        # A progressive JPEG has every row after its first scan, if a coarse one.
        is_coarse = is_jpeg and bool(picture.info.get("progressive")) and stripped.scans > 1
        if rows < WHOLE_ENOUGH * picture.height - JPEG_ROWS and not is_coarse:
            raise UnusablePictureError("it is cut short")
        if is_jpeg:
            picture = _opened(stripped)
            picture.load()
    finally:
        PIL.ImageFile.LOAD_TRUNCATED_IMAGES = False
    return picture


def _kept(picture: PIL.Image.Image) -> Iterator[str]:
    limits = {"exif": MAX_EXIF_BYTES, "icc_profile": MAX_ICC_BYTES, "transparency": MAX_ICC_BYTES}
    for name, limit in limits.items():
        value = picture.info.get(name)
        if value is not None and (not isinstance(value, bytes) or len(value) <= limit):
            yield name


def _orientation(picture: PIL.Image.Image) -> tuple[int, bool]:
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  # Pillow raises anything for broken Exif
        return 1, True
    return (orientation if orientation in range(1, 9) else 1), False
