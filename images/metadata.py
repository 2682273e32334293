"""Reduces picture files to what a decoder needs, in plain code, before a decoder sees them.

Decoders spend minutes on a few megabytes of tiny segments or on hundreds of scans, so both are
counted here first. Of metadata, only one Exif block and one colour profile are kept.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from images.inspect import Kind, PictureLimitError, UnusablePictureError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_EXIF_BYTES: Final = 64 * 1024
MAX_ICC_BYTES: Final = 1024 * 1024
"""Of a colour profile, decompressed; Pillow's own limit for PNG is the same."""

MAX_SCANS: Final = 64
"""Of a JPEG; encoders write at most 12. Each scan costs one pass over all pixels."""

MAX_PARTS: Final = 1_000
"""Segments, chunks, blocks or boxes of one file.

A PNG's IDAT chunks and a GIF's data blocks are not counted but joined: encoders split the pixels
into pieces of 255 bytes to 64 KB, so a real file of 25 MB has thousands. Frames after the first are
not read at all.
"""


@dataclass(frozen=True, slots=True)
class Stripped:
    """A picture file without what a decoder does not need.

    Attributes:
        is_odd: whether metadata that was dropped is broken, or larger than a camera's or an
            editor's, so that other programs may not read the original.
        scans: passes over the pixels that were begun.
    """

    kind: Kind
    data: bytes
    is_whole: bool = True
    is_odd: bool = False
    scans: int = 1


def strip(data: bytes) -> Stripped:
    """Return the file's first picture with at most one Exif block and one colour profile.

    Raises:
        UnusablePictureError: it is no file of an accepted kind, or ends before its pixels.
        PictureLimitError: it has more than `MAX_SCANS` or `MAX_PARTS`.
    """
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _gif(data)
        if data[4:8] == b"ftyp":
            return _boxes(data)
    except (struct.error, IndexError) as error:
        raise UnusablePictureError("it ends within its header") from error
    raise UnusablePictureError("it is no picture of an accepted kind")


class _Count:
    """Counts parts of a file up to a limit."""

    def __init__(self, most: int, what: str) -> None:
        self.count = 0
        self._most = most
        self._what = what

    def one_more(self) -> None:
        self.count += 1
        if self.count > self._most:
            raise PictureLimitError(f"more than {self._most} {self._what}")


# --- PNG: chunks, https://www.w3.org/TR/png-3/#5Chunk-layout -----------------------------------

_PNG_PIXELS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS"})


def _png(data: bytes) -> Stripped:
    header: list[bytes | memoryview] = [data[:8]]
    pixels: list[memoryview] = []
    is_whole = is_odd = False
    dropped = 0
    for name, body, is_sound in _png_chunks(data):
        if name == b"IDAT" or name in _PNG_PIXELS:
            # A broken tail of the pixels is the decoder's to judge.
            if not is_sound and name != b"IDAT":
                raise UnusablePictureError(f"the checksum of {name.decode()} is wrong")
            if name == b"IDAT":
                pixels.append(body)
            else:
                header += _png_chunk(name, body)
        elif name == b"IEND":
            is_whole = is_sound
            break
        elif is_sound and _is_metadata(name, body):
            header += _png_chunk(name, body)
        else:
            dropped += len(body)
            is_odd = is_odd or not is_sound or name in {b"eXIf", b"iCCP"}
    # Each part is copied once: a picture has megabytes.
    stripped = b"".join([*header, *_png_chunk(b"IDAT", *pixels), *_png_chunk(b"IEND")])
    return Stripped(Kind.PNG, stripped, is_whole, is_odd or dropped > MAX_ICC_BYTES)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Yield the name and the body of each chunk, and whether its checksum is right."""
    view = memoryview(data)
    count = _Count(MAX_PARTS, "chunks")
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = view[at + 8 : at + 8 + length]
        checksum = data[at + 8 + length : at + 12 + length]
        is_cut = len(checksum) < 4  # noqa: PLR2004  # bytes of a checksum
        is_sound = checksum == struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
        if name != b"IDAT":
            count.one_more()
        elif not is_cut and not is_sound:
            raise UnusablePictureError("the checksum of IDAT is wrong")
        yield name, body, is_sound
        at += 12 + length


def _png_chunk(name: bytes, *body: memoryview) -> list[bytes | memoryview]:
    checksum = zlib.crc32(name)
    for part in body:
        checksum = zlib.crc32(part, checksum)
    start = struct.pack(">I4s", sum(map(len, body)), name)
    return [start, *body, struct.pack(">I", checksum)]


def _is_metadata(name: bytes, body: memoryview) -> bool:
    """Return whether a chunk is Exif or a colour profile of a size that is kept."""
    if name == b"eXIf":
        return len(body) <= MAX_EXIF_BYTES
    if name != b"iCCP":
        return False
    _, _, packed = bytes(body).partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], MAX_ICC_BYTES + 1)
    except zlib.error:
        return False
    return unpacker.eof and len(profile) <= MAX_ICC_BYTES


# --- JPEG: segments, ITU-T T.81 annex B -------------------------------------------------------

_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
"""The start of a segment; a fill byte, a stuffed byte and a restart are none."""

_FILL: Final = re.compile(rb"\xff{2,}")
"""Any number of fill bytes may precede a marker; decoders read them one by one."""

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_DROPPED: Final = frozenset({*range(0xE0, 0xF0), 0xFE}) - {0xE0, 0xE1, 0xE2, 0xEE}
"""APPn and COM, except the four that can hold JFIF, Exif, ICC and Adobe's colour transform."""

_EXIF: Final = b"Exif\0\0"
_ICC: Final = b"ICC_PROFILE\0"


def _jpeg(data: bytes) -> Stripped:
    kept = _JpegMetadata()
    parts = [data[:2]]
    count, scans = _Count(MAX_PARTS, "segments"), _Count(MAX_SCANS, "scans")
    at = 2
    while (found := _MARKER.search(data, at)) is not None and found[1][0] != _EOI:
        count.one_more()
        marker, start = found[1][0], found.start()
        if marker in {_SOI, _TEM}:
            at = found.end()
            continue
        (length,) = struct.unpack_from(">H", data, start + 2)
        end = start + 2 + max(length, 2)
        segment = data[start:end]
        at = end
        if marker == _SOS:
            scans.one_more()
            following = _MARKER.search(data, end)
            at = following.start() if following else len(data)
            parts += [segment, _FILL.sub(b"\xff", data[end:at])]
        elif kept.takes(marker, segment):
            parts.append(segment)
    body = b"".join([parts[0], *kept.profile(), *parts[1:], b"\xff\xd9"])
    return Stripped(Kind.JPEG, body, found is not None, kept.is_odd, scans.count)


class _JpegMetadata:
    """Decides which segments of a JPEG are kept."""

    def __init__(self) -> None:
        self._dropped = 0
        self._has_exif = False
        self._icc: list[bytes] = []

    @property
    def is_odd(self) -> bool:
        return max(self._dropped, sum(map(len, self._icc))) > MAX_ICC_BYTES

    def takes(self, marker: int, segment: bytes) -> bool:
        is_kept = marker not in _DROPPED
        if marker == 0xE0:  # noqa: PLR2004  # APP0
            is_kept = segment[4:9] == b"JFIF\0"
        elif marker == 0xE1:  # noqa: PLR2004  # APP1; one segment has at most 64 KB
            is_kept = segment[4:10] == _EXIF and not self._has_exif
            self._has_exif = self._has_exif or is_kept
        elif marker == 0xE2:  # noqa: PLR2004  # APP2
            is_kept = False
            if segment[4:16] == _ICC:
                self._icc.append(segment)
                return False
        if not is_kept:
            self._dropped += len(segment)
        return is_kept

    def profile(self) -> list[bytes]:
        """Return the segments of the colour profile, none where it is too large."""
        return [] if sum(map(len, self._icc)) > MAX_ICC_BYTES else self._icc


# --- WebP: RIFF chunks, RFC 9649 --------------------------------------------------------------

_WEBP_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_LIMITS: Final = {b"EXIF": MAX_EXIF_BYTES, b"ICCP": MAX_ICC_BYTES}


def _webp(data: bytes) -> Stripped:
    count = _Count(MAX_PARTS, "chunks")
    kept, dropped, at = [], 0, 12
    is_odd = False
    end = min(8 + int.from_bytes(data[4:8], "little"), len(data))
    while at + 8 <= end:
        count.one_more()
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        chunk = data[at : at + 8 + length]
        at += 8 + length + length % 2
        if name in _WEBP_PIXELS or length <= _WEBP_LIMITS.get(name, -1):
            kept.append(chunk + bytes(len(chunk) % 2))
        else:
            dropped += length
            is_odd = is_odd or name in _WEBP_LIMITS
        if name == b"ANMF":
            break  # the first frame is enough
    body = b"WEBP" + b"".join(kept)
    whole = b"RIFF" + len(body).to_bytes(4, "little") + body
    is_odd = is_odd or dropped > MAX_ICC_BYTES
    return Stripped(Kind.WEBP, whole, at <= len(data) + 1, is_odd)


# --- GIF: blocks, https://www.w3.org/Graphics/GIF/spec-gif89a.txt -----------------------------


def _gif(data: bytes) -> Stripped:
    count = _Count(MAX_PARTS, "blocks")
    at = 13 + _gif_palette(data[10])
    parts = [data[:at]]
    while data[at] == ord("!"):
        count.one_more()
        end = _gif_data(data, at + 2)
        if data[at + 1] == 0xF9:  # noqa: PLR2004  # graphic control: which colour is transparent
            parts.append(data[at:end])
        at = end
    if data[at] != ord(","):
        raise UnusablePictureError("a GIF without a picture")
    start = at + 11 + _gif_palette(data[at + 9])
    end = _gif_data(data, start)
    parts += [data[at:end], b";"]
    return Stripped(Kind.GIF, b"".join(parts), end <= len(data))


def _gif_palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_data(data: bytes, at: int) -> int:
    """Return where data blocks end; beyond the file's end where it was cut."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


# --- AVIF and HEIC: boxes, ISO/IEC 14496-12 ---------------------------------------------------

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"})

_METADATA_ITEM: Final = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))(?:Exif|mime)", re.DOTALL)
"""The entry of an Exif or XMP item. The orientation is elsewhere (`irot`, `imir`)."""


def _boxes(data: bytes) -> Stripped:
    """Check the outermost boxes, and name metadata what decoders skip.

    Boxes refer to others by their place in the file, so all of them stay where they are.
    """
    length = int.from_bytes(data[:4], "big")
    brands = {data[at : at + 4] for at in range(8, min(length, len(data), 256), 4)}
    if brands & _AVIF_BRANDS:
        kind = Kind.AVIF
    elif brands & _HEIC_BRANDS:
        kind = Kind.HEIC
    else:
        raise UnusablePictureError("a film, or another kind of file with boxes")
    count, at, parts = _Count(MAX_PARTS, "boxes"), 0, []
    while at + 8 <= len(data):
        count.one_more()
        length, name = struct.unpack_from(">I4s", data, at)
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
        if length == 0:  # to the end of the file
            length = len(data) - at
        end = at + max(length, 8)
        box = data[at:end]
        parts.append(_METADATA_ITEM.sub(rb"\1skip", box) if name == b"meta" else box)
        at = end
    return Stripped(kind, b"".join(parts), at <= len(data))
