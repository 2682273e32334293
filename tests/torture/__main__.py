"""`python -m tests.torture`: kill the bot many times, and compare what is left of everything."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from sandbox.flux import ERAS
from tests.torture.report import details, table
from tests.torture.run import Mode, torture

WAITINGS = ("poll", "callback", "stream", "hold")
MODES = {str(mode): mode for mode in (Mode(waiting, era) for waiting in WAITINGS for era in ERAS)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="in each mode")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--folder", type=Path, help="keep databases, pictures and logs here")
    options = parser.parse_args()
    # Requests of a killed bot break off, which the servers here would tell at length.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="torture-", dir=_quick_place()) as temporary:
        for name in options.modes:
            folder = (options.folder or Path(temporary)) / name.replace("/", "-")
            folder.mkdir(parents=True)
            outcome = asyncio.run(
                torture(MODES[name], folder, kills=options.kills, seed=options.seed)
            )
            outcomes.append(outcome)
            log = (folder / "bot.log").read_text().splitlines()
            for line in details(outcome, log):
                _say(line)
            _say(table([outcome]))
    _say(table(outcomes))
    return 0 if all(outcome.verdict.is_clean for outcome in outcomes) else 1


def _quick_place() -> str | None:
    # A disk that stalls for seconds would be a torture of its own.
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a fresh folder in it


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
