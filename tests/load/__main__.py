"""`python -m tests.load`: many jobs at once in one bot, and bursts of commands.

Discord's rate limits are on.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.load.burst import HEAD, Bot, burst
from tests.load.run import carry

if TYPE_CHECKING:
    from tests.load.burst import Burst
    from tests.load.run import Load

WAITING: Final = (0, 500, 3_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000, help="four in each channel; 0 for none")
    parser.add_argument("--commands", type=int, default=1_000, help="in each burst; 0 for none")
    options = parser.parse_args()
    is_carried = True
    if options.jobs:
        load = _carry(options.jobs)
        sys.stdout.write("\n".join(load.lines()) + "\n\n")
        is_carried = load.is_carried
    if options.commands:
        sys.stdout.write("\n".join(HEAD) + "\n")
        # What the machine does just now is to be seen: a bare bot is only a measure.
        sys.stdout.write(_burst(options.commands, bot=Bot.BARE).line() + "\n")
        for waiting in WAITING:
            result = _burst(options.commands, waiting=waiting)
            sys.stdout.write(result.line() + "\n")
            is_carried = is_carried and result.is_carried
        locked = _burst(options.commands, bot=Bot.LOCKED)
        sys.stdout.write(locked.line() + "\n")
        is_carried = is_carried and locked.is_carried and not locked.answered
    return 0 if is_carried else 1


def _carry(jobs: int) -> Load:
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        return asyncio.run(carry(Path(folder), jobs=jobs))


def _burst(commands: int, *, waiting: int = 0, bot: Bot = Bot.FLUXCORD) -> Burst:
    with tempfile.TemporaryDirectory(prefix="burst-") as folder:
        return asyncio.run(burst(Path(folder), commands=commands, waiting=waiting, bot=bot))


if __name__ == "__main__":
    sys.exit(main())
