"""What files hold of somebody, byte by byte, in every form in which SQLite writes a number."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def varint(number: int) -> bytes:
    """Return a row's number as its key holds it; sqlite.org/fileformat2.html, section 1.6."""
    if number >> 56:
        last = [number & 0xFF]
        number >>= 8
        groups = 8
    else:
        last = [number & 0x7F]
        number >>= 7
        groups = 0
    more: list[int] = []
    while number or len(more) < groups:
        more.insert(0, 0x80 | (number & 0x7F))
        number >>= 7
    return bytes(more + last)


def forms(what: int | str) -> Iterator[bytes]:
    """Yield the bytes that stand for a number, or for words, in a file."""
    if isinstance(what, str):
        yield what.encode()
        return
    yield str(what).encode()
    yield struct.pack(">q", what)
    yield varint(what)


def traces(folder: Path, things: Iterable[int | str]) -> list[tuple[str, int | str]]:
    """Return each file below a folder that holds one of these, by name and by bytes."""
    found = []
    sought = {thing: [*forms(thing)] for thing in things}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.name.encode() + path.read_bytes()
        found += [
            (path.name, thing)
            for thing, known in sought.items()
            if any(form in content for form in known)
        ]
    return found
