"""Runs a bot and samples how late its event loop is: `python watched.py SCRIPT`.

On SIGUSR2 it writes the samples to the file `lag` in its folder: pairs of numbers, the monotonic
time and the seconds by which a timer was late then. Epoll rounds a timer up by at most 1 ms.
"""

from __future__ import annotations

import asyncio
import runpy
import signal
import sys
from array import array
from pathlib import Path
from typing import Final

EVERY_S: Final = 0.02
"""Costs the bot about 0.1 % of a core."""

LAG: Final = "lag"

samples = array("d")


def run_forever(self: asyncio.BaseEventLoop) -> None:
    """Run a loop, sampled from the beginning."""

    def sample(due: float) -> None:
        now = self.time()
        samples.extend((now, now - due))
        self.call_at(now + EVERY_S, sample, now + EVERY_S)

    self.call_soon(sample, self.time())
    _run_forever(self)


def write(*_: object) -> None:
    """Write the samples, in one step, so that no reader finds half a file."""
    part = Path(f"{LAG}.part")
    part.write_bytes(samples.tobytes())
    part.rename(LAG)


if __name__ == "__main__":
    _run_forever = asyncio.BaseEventLoop.run_forever
    asyncio.BaseEventLoop.run_forever = run_forever  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR2, write)
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
