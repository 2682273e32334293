"""`python -m tests.torture`: kill the bot many times, and compare what is left of everything."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from sandbox.flux import ERAS
from tests.postgres import missing
from tests.torture.report import details, table
from tests.torture.run import Mode, Outcome, torture

WAITINGS = ("poll", "callback", "stream", "hold")
CLUSTER = "cluster"
MODES = {str(mode): mode for mode in (Mode(waiting, era) for waiting in WAITINGS for era in ERAS)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="in each mode")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--gateways", type=int, default=0, help="of a bot of several processes")
    parser.add_argument("--workers", type=int, default=0, help="of the same")
    parser.add_argument("--folder", type=Path, help="keep databases, pictures and logs here")
    options = parser.parse_args()
    if options.gateways and (reason := missing()):
        parser.error(reason)
    # Requests of a killed bot break off, which the servers here would tell at length.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="torture-", dir=_quick_place()) as temporary:
        for name in [CLUSTER] if options.gateways else options.modes:
            folder = (options.folder or Path(temporary)) / name.replace("/", "-")
            folder.mkdir(parents=True)
            outcome = asyncio.run(_outcome(name, folder, options))
            outcomes.append(outcome)
            log = (folder / "bot.log").read_text().splitlines()
            for line in details(outcome, log):
                _say(line)
            _say(table([outcome]))
    _say(table(outcomes))
    return 0 if all(outcome.verdict.is_clean for outcome in outcomes) else 1


async def _outcome(name: str, folder: Path, options: argparse.Namespace) -> Outcome:
    if name != CLUSTER:
        return await torture(MODES[name], folder, kills=options.kills, seed=options.seed)
    # Of requirements-postgres.txt.
    from tests.torture.cluster import torture_cluster  # noqa: PLC0415

    return await torture_cluster(
        folder,
        gateways=options.gateways,
        workers=options.workers,
        kills=options.kills,
        seed=options.seed,
    )


def _quick_place() -> str | None:
    # A disk that stalls for seconds would be a torture of its own.
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a fresh folder in it


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
