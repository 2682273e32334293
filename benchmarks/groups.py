"""The rows of `make bench`, in groups; each group runs Fluxcord and its baselines in turn."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import engines as on_engines
from benchmarks import heavy, scenarios
from benchmarks.network import reached
from benchmarks.operations import BUSIEST
from benchmarks.process import BOT
from benchmarks.report import Row, Target
from benchmarks.rig import fill_queue
from benchmarks.rows import fill
from benchmarks.table import compare
from tests import postgres

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

STARTED_WITH: Final = 1_000_000
"""Requests stored at most where a bot starts with a copy of the database."""

FEW: Final = 10_000
"""Requests in the small database, beside which a large one is measured."""

RUNS: Final = 101

SEARCHES: Final = ("`/history`", "`/show`")

ROUND_TRIP_S: Final = 0.15

STEADILY_S: Final = 8.0
"""For which commands come in, so that a 99th percentile is of many."""

LONG: Final = 10_000
"""Jobs of a run whose memory has a target: in a shorter one caches are still filled."""

ALLOWED_MS: Final = 30
"""For storing a result and posting it, beside what a bot does that only passes it on."""

ENGINE_ROWS: Final = (
    ("answers", "commands answered of 100 at once", "/s"),
    ("jobs", "jobs, 100 at once", "/s"),
    ("submits", "images requested from Flux per job", ""),
    ("requests", "requests to Flux per job, with polls", ""),
    ("statements", "statements per job, 40 at once", ""),
    ("cpu", "CPU per job of the bot's processes", "ms"),
)


@dataclass
class Bench:
    """What all rows share.

    Attributes:
        waiting: requests in the queue, in the rows that have such.
        rows: requests that are stored, in the rows about much use.
        jobs: of the long run.
        folder: keeps the databases.
        share: of the driver's core, the largest in the latest turns.
    """

    rounds: int
    waiting: int
    rows: int
    jobs: int
    folder: Path
    share: float | None = None

    async def turns(
        self, *contestants: Callable[[], Awaitable[Samples]], rounds: int | None = None
    ) -> list[Samples]:
        """Run the contestants in turn, all rounds; return what each came to."""
        merged: list[Samples] = [{} for _ in contestants]
        for _ in range(rounds or self.rounds):
            for samples, run in zip(merged, contestants, strict=True):
                for name, values in (await run()).items():
                    samples.setdefault(name, []).extend(values)
        shares = [share for samples in merged for share in samples.get("driver", ())]
        self.share = max(shares, default=None)
        return merged

    async def queue(self, jobs: int, ended: int = 0) -> Path:
        """Return a database with so many requests in the queue, and so many that have ended."""
        path = self.folder / f"queue-{jobs}-{ended}.db"
        if not path.exists():
            part, now = path.with_suffix(".part"), datetime.now(UTC)
            part.unlink(missing_ok=True)
            if ended:
                await fill(part, ended, until=now)
            await fill_queue(part, jobs, now)
            part.rename(path)
        return path


def _lag(what: str, ours: Samples) -> Row:
    target = Target(20, "p99.9", is_ratio=False)
    return Row(what=f"event-loop lag, {what}", unit="ms", ours=ours["lag"], target=target)


async def answers(bench: Bench) -> AsyncIterator[Row]:
    """Yield how fast single commands are answered, whatever waits."""
    queue = await bench.queue(bench.waiting)
    run = partial(scenarios.answers, seconds=STEADILY_S)
    bare, ours, waiting, cards = await bench.turns(
        partial(run, BARE),
        partial(run, BOT),
        partial(run, BOT, queue),
        partial(run, BOT, queue, with_cards=False),
    )
    row = partial(Row, unit="ms", beside="bare discord.py", theirs=bare["answer"])
    what = "answer, 50 commands/s"
    yield row(what=what, ours=ours["answer"], target=Target(2.5))
    yield row(what=what, ours=ours["answer"], target=Target(3, "p99"))
    yield _lag(what, ours)
    row = partial(Row, unit="ms", beside="nobody waiting", theirs=ours["answer"])
    what = f"answer, {bench.waiting:,} waiting"
    for name, samples in ((what, waiting), (f"{what}, cards going out", cards)):
        yield row(what=name, ours=samples["answer"], target=Target(1.2))
        yield row(what=name, ours=samples["answer"], target=Target(1.2, "p99"))
        yield _lag(name, samples)
    memory = Target(200, is_ratio=False)
    yield Row(
        what=f"memory, {bench.waiting:,} waiting", unit="MB", ours=waiting["memory"], target=memory
    )


async def burst(bench: Bench) -> AsyncIterator[Row]:
    """Yield how a thousand commands at once fare."""
    queue = await bench.queue(bench.waiting)
    run = scenarios.burst
    bare, ours, waiting = await bench.turns(
        partial(run, BARE), partial(run, BOT), partial(run, BOT, queue)
    )
    what = "1,000 at once"
    for name, samples in ((what, ours), (f"{what}, {bench.waiting:,} waiting", waiting)):
        for row in _burst(name, bare, samples, Target(2)):
            yield row
    yield Row(
        what="CPU per command", unit="ms", ours=ours["cpu"], beside="bare", theirs=bare["cpu"]
    )


async def distant(bench: Bench) -> AsyncIterator[Row]:
    """Yield how a thousand commands at once fare where Discord is far away."""
    far, safe = (
        partial(reached, round_trip_s=ROUND_TRIP_S, encrypted=encrypted)
        for encrypted in (False, True)
    )
    run = scenarios.burst
    bare, ours, bare_safe, ours_safe = await bench.turns(
        *(partial(run, bot, way=way) for way in (far, safe) for bot in (BARE, BOT))
    )
    what = f"1,000 at once, {1_000 * ROUND_TRIP_S:.0f} ms round trip"
    for row in _burst(what, bare, ours, Target(2.5)):
        yield row
    within = Target(3, "p99", is_ratio=False)
    for row in _burst(f"{what} and TLS", bare_safe, ours_safe, within):
        yield row


def _burst(what: str, bare: Samples, ours: Samples, target: Target) -> list[Row]:
    row = partial(Row, beside="bare discord.py")
    return [
        row(what=what, unit="s", ours=ours["last"], theirs=bare["last"], target=target),
        row(
            what=f"{what}, lost",
            unit="",
            ours=ours["lost"],
            theirs=bare["lost"],
            target=Target(0, "p99", is_ratio=False),
        ),
        row(
            what=f"event-loop lag, {what}",
            unit="ms",
            ours=ours["lag"],
            theirs=bare["lag"],
            target=Target(2, "p99.9"),
        ),
    ]


async def jobs(bench: Bench) -> AsyncIterator[Row]:
    """Yield what a whole job takes, from the command to its picture."""
    run = scenarios.whole_jobs
    ours, bare, tutorial = await bench.turns(
        partial(run, BOT), partial(run, JOB_BOT), partial(run, TUTORIAL)
    )
    what = "CPU per job, 1 megapixel"
    row = partial(Row, unit="ms", ours=ours["cpu"])
    yield row(what=what, beside="bare job bot", theirs=bare["cpu"], target=Target(2))
    yield row(what=what, beside="tutorial bot", theirs=tutorial["cpu"])
    yield Row(what="of its decoder", unit="ms", ours=ours["decoder"])
    small = Target(35, is_ratio=False)
    yield Row(what="memory of its decoder", unit="MB", ours=ours["decoder memory"], target=small)
    row = partial(Row, what="Discord calls per job", unit="", ours=ours["calls"])
    yield row(beside="bare job bot", theirs=bare["calls"])
    yield _lag("whole jobs", ours)


async def profile(bench: Bench) -> AsyncIterator[Row]:
    """Yield what takes the CPU of a whole job; sampled, which takes some by itself."""
    run = partial(scenarios.whole_jobs, is_profiled=True)
    ours, bare = await bench.turns(partial(run, BOT), partial(run, JOB_BOT))
    for area in sorted(ours, key=lambda area: -sum(ours[area])):
        row = partial(Row, what=f"CPU per job: {area}", unit="ms", ours=ours[area])
        yield row(beside="bare job bot", theirs=bare[area]) if area in bare else row()


async def start(bench: Bench) -> AsyncIterator[Row]:
    """Yield how long a start takes, and what an idle bot holds."""
    rows = min(bench.rows, STARTED_WITH)
    run, queue = scenarios.start, await bench.queue(OPEN, rows)
    bare, ours, busy = await bench.turns(
        partial(run, BARE), partial(run, BOT), partial(run, BOT, queue)
    )
    row = partial(Row, unit="s", beside="bare discord.py", theirs=bare["first"], target=Target(2.2))
    yield row(what="start to first answer", ours=ours["first"])
    what = f"start, {OPEN} open jobs, {rows:,} stored"
    yield row(what=what, ours=busy["first"])
    yield _lag(what, busy)
    row = partial(Row, what="idle memory", unit="MB", target=Target(65, is_ratio=False))
    yield row(ours=ours["idle"], beside="bare discord.py", theirs=bare["idle"])


async def at_flux(bench: Bench) -> AsyncIterator[Row]:
    """Yield what many jobs at Flux take."""
    queue = await bench.queue(AT_FLUX)
    target = partial(Target, is_ratio=False)
    few, many = await bench.turns(
        *(partial(scenarios.at_flux, BOT, queue, number) for number in (1, AT_FLUX)), rounds=1
    )
    for number, samples in ((1, few), (AT_FLUX, many)):
        # One is already sent when the counting begins.
        what = f"polls, {number:,} jobs at Flux"
        yield Row(what=what, unit="/s", ours=samples["polls"], target=target(1.1))
    what = f"{AT_FLUX:,} jobs at Flux"
    yield Row(what=f"memory, {what}", unit="MB", ours=many["memory"], target=target(120))
    yield _lag(what, many)


async def results(bench: Bench) -> AsyncIterator[Row]:
    """Yield what large results take: memory for many, and time for one."""
    run = heavy.results
    ours, bare = await bench.turns(partial(run, BOT), partial(run, JOB_BOT), rounds=1)
    what = "100 results of 8 MiB at once"
    row = partial(Row, what=what, unit="MB peak", ours=ours["peak"])
    yield row(target=Target(200, is_ratio=False))
    yield row(beside="bare job bot", theirs=bare["peak"], target=Target(1.3))
    yield _lag(what, ours)
    for size in (1, 8):
        picture = heavy.large(size * heavy.MIB)
        ours, bare = await bench.turns(
            *(partial(heavy.transfers, bot, picture) for bot in (BOT, JOB_BOT)), rounds=1
        )
        decode = heavy.decode_ms(picture)
        what = f"last byte from Flux to upload, {size} MiB"
        row = partial(Row, what=what, unit="ms", ours=ours["took"])
        yield row(beside="bare job bot", theirs=bare["took"])
        yield row(
            beside=f"the same + {decode:.0f} ms to decode + {ALLOWED_MS} ms",
            theirs=[took + decode + ALLOWED_MS for took in bare["took"]],
            target=Target(1),
        )
        yield _lag(what, ours)


async def beside(bench: Bench) -> AsyncIterator[Row]:
    """Yield how fast single commands are answered while a bot does much else."""
    rows = min(bench.rows, STARTED_WITH)
    queue = await bench.queue(OPEN, rows)
    idle, uploads, waiting, reports = await bench.turns(
        partial(scenarios.answers, BOT, way=heavy.SLOW),
        partial(heavy.beside_uploads, BOT),
        partial(scenarios.answers, BOT, queue),
        partial(heavy.beside_reports, BOT, queue),
    )
    for what, ours, before in (
        ("answer beside 64 slow uploads", uploads, idle),
        (f"answer beside 30 reports, {rows:,} stored", reports, waiting),
    ):
        row = partial(Row, what=what, unit="ms", beside="idle", target=Target(1.5))
        yield row(ours=ours["answer"], theirs=before["answer"])
        yield _lag(what, ours)


async def stored(bench: Bench) -> AsyncIterator[Row]:
    """Yield how long it takes to store a request, and to read, whatever is stored."""
    run = scenarios.stored
    ours, raw = await bench.turns(partial(run, BOT), partial(run, RAW))
    row = partial(Row, what="a request stored, with all budgets", unit="ms", ours=ours["stored"])
    yield row(beside="sqlite3", theirs=raw["stored"])
    comparison = await compare(bench.folder, FEW, bench.rows, runs=RUNS)
    for name, (before, after) in comparison.rows.items():
        most = Target(1.5 if name.startswith(SEARCHES) else 1.2)
        target = None if BUSIEST in name else most  # their own requests grow with all
        row = partial(Row, what=f"{name}, {bench.rows:,} stored", unit="ms", target=target)
        yield row(ours=after.times_ms, beside=f"{FEW:,} stored", theirs=before.times_ms)


async def engines(bench: Bench) -> AsyncIterator[Row]:
    """Yield what one bot achieves on SQLite, and on PostgreSQL in one process and in three."""
    if reason := postgres.missing():
        sys.stderr.write(f"engines: {reason}\n")
        return
    with on_engines.server_running() as server:
        run = on_engines.side
        sqlite, one, three, kept, sent = await bench.turns(
            partial(run, None),
            partial(run, server),
            partial(run, server, workers=2),
            partial(scenarios.stored, BOT),
            partial(on_engines.stored, server),
        )
    for name, what, unit in ENGINE_ROWS:
        row = partial(Row, unit=unit, beside="SQLite", theirs=sqlite[name])
        yield row(what=f"{what}, PostgreSQL", ours=one[name])
        yield row(what=f"{what}, PostgreSQL, three processes", ours=three[name])
    what = "a request stored, with all budgets, PostgreSQL"
    row = partial(Row, what=what, unit="ms", ours=sent["stored"])
    yield row(beside="SQLite", theirs=kept["stored"])


async def long(bench: Bench) -> AsyncIterator[Row]:
    """Yield what a bot holds after many jobs with replies, clicks and restarts."""
    [ours] = await bench.turns(partial(heavy.long_run, BOT, jobs=bench.jobs), rounds=1)
    what, target = f"{bench.jobs:,} jobs in a row", partial(Target, is_ratio=False)
    slope = target(1) if bench.jobs >= LONG else None
    yield Row(what=f"{what}, memory", unit="MB/1,000", ours=ours["slope"], target=slope)
    yield Row(what=f"{what}, more descriptors", unit="", ours=ours["descriptors"], target=target(2))
    store = target(heavy.STORE_MB)
    yield Row(what=f"{what}, image store", unit="MB", ours=ours["store"], target=store)
    yield _lag(what, ours)


GROUPS: Final = (
    answers,
    burst,
    distant,
    jobs,
    profile,
    start,
    at_flux,
    results,
    beside,
    stored,
    engines,
    long,
)
"""Each with the name by which `make bench` chooses it."""
