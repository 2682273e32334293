"""Picture files that a real upload can be: odd in their metadata, or made to cost much."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import PIL.Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def saved(picture: PIL.Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401  # Pillow's
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
    return struct.pack(">I", len(body)) + name + body + checksum


def png_with(picture: PIL.Image.Image, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG with chunks behind its header."""
    data = saved(picture, "PNG")
    return data[:33] + b"".join(chunk(*each) for each in chunks) + data[33:]


def png_in_pieces(picture: PIL.Image.Image, size: int) -> bytes:
    """Return a PNG whose pixels stand in chunks of so many bytes."""
    data = saved(picture, "PNG")
    packed = b"".join(body for name, body in chunks_of(data) if name == b"IDAT")
    pieces = (packed[at : at + size] for at in range(0, len(packed), size))
    return data[:33] + b"".join(chunk(b"IDAT", each) for each in pieces) + chunk(b"IEND", b"")


def chunks_of(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    at = len(PNG_SIGNATURE)
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_with(picture: PIL.Image.Image, *segments: bytes) -> bytes:
    """Return a JPEG with segments before its own."""
    data = saved(picture, "JPEG", quality=90)
    return data[:2] + b"".join(segments) + data[2:]


def many_scans(side: int, scans: int) -> bytes:
    """Return a JPEG of few bytes and much work: each of its last scans walks the whole picture."""
    blocks = (side // 8) ** 2
    data = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64)
    data += segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + bytes([1, 0x11, 0]))
    data += segment(0xC4, bytes([0x00, 1] + [0] * 15 + [0]))
    data += segment(0xC4, bytes([0x10, 1] + [0] * 15 + [0xE0]))
    data += segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + _packed("0" * blocks)
    runs, left = "", blocks
    while left > 0:
        length = max(min(left, 32_767), 16_384)
        runs += "0" + format(length - 16_384, "014b")
        left -= length
    data += segment(0xDA, bytes([1, 1, 0, 1, 63, 0x01])) + _packed(runs)
    again = segment(0xDA, bytes([1, 1, 0, 1, 63, 0x10])) + _packed(runs)
    return data + again * scans + b"\xff\xd9"


def _packed(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    out = bytearray()
    for start in range(0, len(bits), 8):
        out.append(int(bits[start : start + 8], 2))
        if out[-1] == 0xFF:
            out.append(0)
    return bytes(out)
