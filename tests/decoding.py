"""The picture decoder that the tests of one process share.

Starting its processes takes longer than most tests, and pictures leave nothing behind in them.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from images.decoder import Decoder, PictureLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_open: list[Decoder] = []


@asynccontextmanager
async def decoder_shared() -> AsyncIterator[None]:
    """Open it, with the usual limits."""
    async with Decoder(PictureLimits()) as decoder:
        _open.append(decoder)
        try:
            yield
        finally:
            _open.remove(decoder)


def shared_decoder() -> Decoder:
    return _open[-1]


def decoder_if_shared() -> Decoder | None:
    """Return it, None in programs that are no tests: their bot opens one of its own."""
    return _open[-1] if _open else None
