"""`python -m benchmarks.bench`: the bot as shipped beside the least that other bots do.

Each row runs the bot and its baseline in turn, several rounds. The local Discord and the local
Flux have one core, the bot another. Ends with status 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.groups import GROUPS, Bench
from benchmarks.process import has_two_cores, on_the_first_core
from benchmarks.report import HEAD

if TYPE_CHECKING:
    from benchmarks.report import Row

SIZES: Final = (100_000, 1_000)
FULL_SIZES: Final = (5_000_000, 10_000)
"""Of requests stored, and of jobs in the long run; the former take an hour to fill."""


async def run(bench: Bench, groups: list[str]) -> list[Row]:
    """Measure, and print each row when it is there."""
    rows = []
    sys.stdout.write("\n".join(HEAD) + "\n")
    for group in GROUPS:
        if group.__name__ in groups:
            async for row in group(bench):
                rows.append(replace(row, driver=bench.share))
                sys.stdout.write(rows[-1].line() + "\n")
                sys.stdout.flush()
    return rows


def main() -> int:
    """Measure, print a table, write JSON; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    names = [group.__name__ for group in GROUPS]
    usual = [name for name in names if name != "profile"]
    parser.add_argument("groups", nargs="*", default=usual, help=f"of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--waiting", type=int, default=10_000, help="requests in the queue")
    parser.add_argument("--rows", type=int, help="requests stored, in the rows about much use")
    parser.add_argument("--jobs", type=int, help="of the long run")
    parser.add_argument("--full", action="store_true", help="5,000,000 rows and 10,000 jobs")
    parser.add_argument("--folder", type=Path, help="keeps the databases for the next time")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where it is written")
    options = parser.parse_args()
    if unknown := {*options.groups} - {*names}:
        parser.error(f"there is no {', '.join(unknown)}")
    rows, jobs = FULL_SIZES if options.full else SIZES
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
    kept = nullcontext(options.folder) if options.folder else tempfile.TemporaryDirectory()
    with kept as folder, on_the_first_core():
        bench = Bench(
            rounds=options.rounds,
            waiting=options.waiting,
            rows=options.rows or rows,
            jobs=options.jobs or jobs,
            folder=Path(folder),
        )
        measured = asyncio.run(run(bench, options.groups))
    at = datetime.now(UTC).isoformat(timespec="minutes")
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    cores = "a core each" if has_two_cores() else "one core for both"
    sys.stdout.write(f"\n{at}, {machine}, {cores}.\n")
    report = {"at": at, "machine": machine, "rows": [row.as_json() for row in measured]}
    options.json.write_text(json.dumps(report, indent=1))
    return 0 if all(row.is_met is not False for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
