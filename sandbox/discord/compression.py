"""Compressing what the gateway sends: one stream for a connection, flushed after each frame.

https://discord.com/developers/docs/events/gateway#transport-compression
"""

import sys
import zlib
from collections.abc import Callable

from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor
else:
    from backports.zstd import ZstdCompressor


STREAMS = ("zlib-stream", "zstd-stream")


def compressor(asked: str | None, rules: Rulebook) -> Callable[[bytes], bytes] | None:
    """Return what compresses each frame of a connection, or None for plain text."""
    if rules.strikes(Rule.ZLIB_STREAM, asked == "zlib-stream"):
        by_zlib = zlib.compressobj()
        return lambda frame: by_zlib.compress(frame) + by_zlib.flush(zlib.Z_SYNC_FLUSH)
    if rules.strikes(Rule.ZSTD_STREAM, asked == "zstd-stream"):
        by_zstd = ZstdCompressor()
        return lambda frame: by_zstd.compress(frame, ZstdCompressor.FLUSH_BLOCK)
    return None
