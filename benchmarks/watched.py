"""Runs a bot and samples how late its event loop is: `python watched.py SCRIPT`.

On SIGUSR2 it writes the samples to the file `lag` in its folder: pairs of numbers, the monotonic
time and the seconds by which a timer was late then. Epoll rounds a timer up by at most 1 ms.

From the first SIGUSR1 to the second it samples what the main thread does, and writes the file
`profile`: milliseconds by area.
"""

from __future__ import annotations

import asyncio
import json
import re
import runpy
import signal
import sys
from array import array
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

EVERY_S: Final = 0.02
"""Costs the bot about 0.1 % of a core."""

LAG: Final = "lag"

samples = array("d")

PROFILE: Final = "profile"

PROFILED_EACH_S: Final = 0.0005

OWN: Final = r"/(ui|jobs|cogs|services|domain)/\w+\.py"

AREAS: Final = (
    ("log", r"/logging/"),
    ("hand-over to SQLite", r"/storage/\w+\.py"),
    ("images", r"(?<!/cogs)/images/\w+\.py|/tempfile\.py"),
    ("Flux", r"/flux/\w+\.py|job_bot\.py made"),
    ("requests to Discord", r"/discord/(http|webhook/async_)\.py"),
    ("cards", r"/ui/(job_card|components|i18n|formatting|buttons)\.py|/discord/ui/"),
    ("gateway events", r"/discord/(gateway|state|shard)\.py"),
    ("sockets and HTTP", r"/aiohttp/|/asyncio/\w+_events\.py _(?!run)"),
    # Without what every stack of the job bot begins with.
    ("steps of a job", rf"(?m){OWN}|/discord/(?!client\.py run$)|/job_bot\.py (?!<module>)"),
    ("event loop", r""),
)
"""Of each, by which files and functions it is known; the first that matches counts."""

profiled = Counter[str]()


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


def profile(*_: object) -> None:
    """Begin to sample what the main thread does, or end that and write it."""
    is_running = signal.getitimer(signal.ITIMER_REAL)[1] > 0
    each_s = 0.0 if is_running else PROFILED_EACH_S
    signal.setitimer(signal.ITIMER_REAL, each_s, each_s)
    if is_running:
        figures = {area: 1_000 * PROFILED_EACH_S * n for area, n in profiled.items()}
        Path(f"{PROFILE}.part").write_text(json.dumps(figures))
        Path(f"{PROFILE}.part").rename(PROFILE)


def look(_signal: int, frame: FrameType | None) -> None:
    """Count where the main thread is, unless it waits."""
    stack = []
    while frame is not None:
        stack.append(f"{frame.f_code.co_filename} {frame.f_code.co_name}")
        frame = frame.f_back
    if not stack[0].endswith("selectors.py select"):
        where = "\n".join(stack)
        profiled[next(area for area, known in AREAS if re.search(known, where))] += 1


if __name__ == "__main__":
    _run_forever = asyncio.BaseEventLoop.run_forever
    asyncio.BaseEventLoop.run_forever = run_forever  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR2, write)
    signal.signal(signal.SIGUSR1, profile)
    signal.signal(signal.SIGALRM, look)
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
