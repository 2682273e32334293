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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import scenarios
from benchmarks.process import BOT, has_two_cores, on_the_first_core
from benchmarks.report import HEAD, Row, Target
from benchmarks.rig import fill_queue
from benchmarks.rows import fill

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from benchmarks.scenarios import Samples

BASELINES: Final = Path(__file__).with_name("baselines")
BARE: Final = BASELINES / "bare.py"
JOB_BOT: Final = BASELINES / "job_bot.py"
TUTORIAL: Final = BASELINES / "tutorial.py"
RAW: Final = BASELINES / "raw_sqlite.py"

AT_FLUX: Final = 1_000
OPEN: Final = 200


@dataclass
class Bench:
    """What all rows share.

    Attributes:
        waiting: requests in the queue, in the rows that have such.
        rows: requests that are stored, in the row about such a start.
        shares: the driver's share of its core, by row.
    """

    rounds: int
    waiting: int
    rows: int
    folder: Path
    shares: dict[str, float] = field(default_factory=dict)

    async def turns(
        self, what: str, *contestants: Callable[[], Awaitable[Samples]]
    ) -> list[Samples]:
        """Run the contestants in turn, all rounds; return what each came to."""
        merged: list[Samples] = [{} for _ in contestants]
        for _ in range(self.rounds):
            for samples, run in zip(merged, contestants, strict=True):
                for name, values in (await run()).items():
                    samples.setdefault(name, []).extend(values)
        shares = [share for samples in merged for share in samples.get("driver", ())]
        if shares:
            self.shares[what] = max(shares)
        return merged

    async def queue(self, jobs: int, ended: int = 0) -> Path:
        """Return a database with so many requests in the queue, and so many that have ended."""
        path = self.folder / f"queue-{jobs}-{ended}.db"
        if not path.exists():
            if ended:
                await fill(path, ended)
            await fill_queue(path, jobs, datetime.now(UTC))
        return path


async def answers(bench: Bench) -> AsyncIterator[Row]:
    """Yield how fast single commands are answered, whatever waits."""
    queue = await bench.queue(bench.waiting)
    run = scenarios.answers
    bare, ours, waiting, cards = await bench.turns(
        "answers",
        partial(run, BARE),
        partial(run, BOT),
        partial(run, BOT, queue),
        partial(run, BOT, queue, with_cards=False),
    )
    row = partial(Row, unit="ms", beside="bare discord.py", theirs=bare["answer"])
    what = "answer, 50 commands/s"
    yield row(what=what, ours=ours["answer"], target=Target(2.5))
    yield row(what=what, ours=ours["answer"], target=Target(3, "p99"))
    row = partial(Row, unit="ms", beside="nobody waiting", theirs=ours["answer"])
    what = f"answer, {bench.waiting:,} waiting"
    yield row(what=what, ours=waiting["answer"], target=Target(1.2))
    yield row(what=what, ours=waiting["answer"], target=Target(1.2, "p99"))
    yield row(what=f"{what}, cards going out", ours=cards["answer"], target=Target(1.2))
    yield row(what=f"{what}, cards going out", ours=cards["answer"], target=Target(1.2, "p99"))
    memory = Target(200, is_ratio=False)
    yield Row(
        what=f"memory, {bench.waiting:,} waiting", unit="MB", ours=waiting["memory"], target=memory
    )


async def burst(bench: Bench) -> AsyncIterator[Row]:
    """Yield how a thousand commands at once fare."""
    queue = await bench.queue(bench.waiting)
    run = scenarios.burst
    bare, ours, waiting = await bench.turns(
        "burst", partial(run, BARE), partial(run, BOT), partial(run, BOT, queue)
    )
    row = partial(Row, unit="s", beside="bare discord.py", theirs=bare["last"], target=Target(2))
    yield row(what="1,000 at once, last answer", ours=ours["last"])
    yield row(what=f"the same, {bench.waiting:,} waiting", ours=waiting["last"])
    lost = [*ours["lost"], *waiting["lost"]]
    yield Row(what="of these, lost", unit="", ours=lost, target=Target(0, "p99", is_ratio=False))
    yield Row(
        what="CPU per command", unit="ms", ours=ours["cpu"], beside="bare", theirs=bare["cpu"]
    )


async def jobs(bench: Bench) -> AsyncIterator[Row]:
    """Yield what a whole job takes, from the command to its picture."""
    run = scenarios.whole_jobs
    ours, bare, tutorial = await bench.turns(
        "jobs", partial(run, BOT), partial(run, JOB_BOT), partial(run, TUTORIAL)
    )
    what = "CPU per job, 1 megapixel"
    row = partial(Row, unit="ms", ours=ours["cpu"])
    yield row(what=what, beside="bare job bot", theirs=bare["cpu"], target=Target(2))
    yield row(what=what, beside="tutorial bot", theirs=tutorial["cpu"])
    yield Row(what="of its decoder", unit="ms", ours=ours["decoder"])
    yield Row(
        what="Discord calls per job",
        unit="",
        ours=ours["calls"],
        beside="bare job bot",
        theirs=bare["calls"],
    )


async def start(bench: Bench) -> AsyncIterator[Row]:
    """Yield how long a start takes, and what an idle bot holds."""
    run, queue = scenarios.start, await bench.queue(OPEN, bench.rows)
    bare, ours, busy = await bench.turns(
        "start", partial(run, BARE), partial(run, BOT), partial(run, BOT, queue)
    )
    row = partial(Row, unit="s", beside="bare discord.py", theirs=bare["first"], target=Target(2.2))
    yield row(what="start to first answer", ours=ours["first"])
    yield row(what=f"the same, {OPEN} open jobs, {bench.rows:,} stored", ours=busy["first"])
    yield Row(
        what="idle memory",
        unit="MB",
        ours=ours["idle"],
        beside="bare discord.py",
        theirs=bare["idle"],
        target=Target(65, is_ratio=False),
    )


async def at_flux(bench: Bench) -> AsyncIterator[Row]:
    """Yield what many jobs at Flux take."""
    queue = await bench.queue(AT_FLUX)
    [ours] = await bench.turns("at Flux", partial(scenarios.at_flux, BOT, queue, AT_FLUX))
    what = f"{AT_FLUX:,} jobs at Flux"
    target = partial(Target, is_ratio=False)
    # One is already sent when the counting begins.
    yield Row(what=f"polls, {what}", unit="/s", ours=ours["polls"], target=target(1.1))
    yield Row(what=f"memory, {what}", unit="MB", ours=ours["memory"], target=target(120))


async def stored(bench: Bench) -> AsyncIterator[Row]:
    """Yield how long it takes to store a request."""
    run = scenarios.stored
    ours, raw = await bench.turns("stored", partial(run, BOT), partial(run, RAW))
    yield Row(
        what="a request stored, with all budgets",
        unit="ms",
        ours=ours["stored"],
        beside="sqlite3",
        theirs=raw["stored"],
    )


GROUPS: Final = (answers, burst, jobs, start, at_flux, stored)


async def run(bench: Bench, groups: list[str]) -> list[Row]:
    """Measure, and print each row when it is there."""
    rows = []
    sys.stdout.write("\n".join(HEAD) + "\n")
    for group in GROUPS:
        if group.__name__ in groups:
            async for row in group(bench):
                rows.append(row)
                sys.stdout.write(row.line() + "\n")
                sys.stdout.flush()
    return rows


def main() -> int:
    """Measure, print a table, write JSON; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    names = [group.__name__ for group in GROUPS]
    parser.add_argument("groups", nargs="*", default=names, help=f"of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--waiting", type=int, default=10_000, help="requests in the queue")
    parser.add_argument("--rows", type=int, default=1_000_000, help="requests stored at a start")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where it is written")
    options = parser.parse_args()
    if unknown := {*options.groups} - {*names}:
        parser.error(f"there is no {', '.join(unknown)}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, on_the_first_core():
        bench = Bench(options.rounds, options.waiting, options.rows, Path(folder))
        rows = asyncio.run(run(bench, options.groups))
    at = datetime.now(UTC).isoformat(timespec="minutes")
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    cores = "a core each" if has_two_cores() else "one core for both"
    shares = ", ".join(f"{what} {share:.0%}" for what, share in bench.shares.items())
    sys.stdout.write(f"\n{at}, {machine}, {cores}. The driver's share of its core: {shares}\n")
    report = {"at": at, "machine": machine, "driver": bench.shares}
    options.json.write_text(
        json.dumps(report | {"rows": [row.as_json() for row in rows]}, indent=1)
    )
    return 0 if all(row.is_met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
