"""What is measured of a bot that runs; each returns samples by the name of a figure."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.baselines.raw_sqlite import milliseconds_per_commit
from benchmarks.process import until
from benchmarks.rig import (
    ANSWER_WITHIN_S,
    COMMANDS_PER_CHANNEL,
    copy_queue,
    rig_running,
    waiting_job,
)
from domain.limits import BUDGETS, Budget, Limits, Whose
from sandbox.discord import LocalDiscord
from storage.database import Database
from storage.jobs import JobRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from benchmarks.rig import Rig

Samples = dict[str, list[float]]

COMMANDS_A_SECOND: Final = 50
JOBS_A_SECOND: Final = 4
"""A job at one megapixel takes the local Flux some 60 ms of its core."""

CHANNELS: Final = 10

SETTLE_S: Final = 2.0
IDLE_S: Final = 5.0
COMMITS: Final = 200


@asynccontextmanager
async def _running(
    script: Path,
    queue: Path | None = None,
    settings: Mapping[str, str] | None = None,
    *,
    with_cards: bool = True,
    hangs: bool = True,
) -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with LocalDiscord() as discord:
            if queue is not None:
                copy_queue(queue, folder, discord, with_cards=with_cards)
            async with rig_running(script, folder, settings, hangs=hangs, discord=discord) as rig:
                [first] = await rig.seconds_to_answers([rig.use(0)])
                if first >= ANSWER_WITHIN_S:
                    raise RuntimeError(f"{script.name} does not answer")
                if with_cards:
                    await asyncio.sleep(SETTLE_S)  # behind it nothing is left of the start
                yield rig


async def answers(
    script: Path, queue: Path | None = None, *, seconds: float = 4.0, with_cards: bool = True
) -> Samples:
    """Milliseconds from a command to its answer, of commands at a steady rate."""
    async with _running(script, queue, with_cards=with_cards) as rig:
        begun, uses, share = time.monotonic(), [], _Share()
        for number in range(1, round(seconds * COMMANDS_A_SECOND) + 1):
            await asyncio.sleep(begun + number / COMMANDS_A_SECOND - time.monotonic())
            uses.append(rig.use(number))
        took = await rig.seconds_to_answers(uses)
        figures = {"answer": [1_000 * each for each in took], "driver": [share.now()]}
        return figures | {"memory": [rig.memory_mb()]}


async def burst(script: Path, queue: Path | None = None, *, commands: int = 1_000) -> Samples:
    """Seconds until the last of very many commands, typed at once, is answered."""
    async with _running(script, queue) as rig:
        share = _Share()
        before = rig.cpu_s()[0]
        uses = [rig.use(number) for number in range(1, commands + 1)]
        took = await rig.seconds_to_answers(uses)
        cpu_ms = 1_000 * (rig.cpu_s()[0] - before) / commands
        lost = sum(use.callback_type is None for use, _ in uses)
        return {
            "last": [max(took)],
            "lost": [float(lost)],
            "cpu": [cpu_ms],
            "driver": [share.now()],
        }


async def whole_jobs(script: Path, *, jobs: int = 40) -> Samples:
    """CPU of the bot from commands to pictures of one megapixel, in milliseconds a job."""
    settings = {"MAX_RUNNING_JOBS": "16"}
    async with _running(script, settings=settings, hangs=False) as rig:
        await until(lambda: len(rig.galleries) == 1)
        await asyncio.sleep(SETTLE_S)
        before, share = rig.cpu_s(), _Share()
        begun = time.monotonic()
        for number in range(1, jobs + 1):
            await asyncio.sleep(begun + number / JOBS_A_SECOND - time.monotonic())
            # In turn over some channels: Discord takes five messages in five seconds in one.
            rig.use(number % CHANNELS * COMMANDS_PER_CHANNEL + number // CHANNELS)
        await until(lambda: len(rig.galleries) == jobs + 1)
        await asyncio.sleep(SETTLE_S)
        if len(rig.galleries) != jobs + 1:
            raise RuntimeError(f"{script.name} made {len(rig.galleries)} of {jobs + 1} pictures")
        main, beside = (after - at for after, at in zip(rig.cpu_s(), before, strict=True))
        requests = len(rig.discord.requests)
        return {
            "cpu": [1_000 * main / jobs],
            "decoder": [1_000 * beside / jobs],
            "calls": [requests / (jobs + 1)],
            "memory": [rig.memory_mb(peak=True)],
            "driver": [share.now()],
        }


async def start(script: Path, database: Path | None = None) -> Samples:
    """Seconds from a process's start to its first answer, and its memory when idle."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with LocalDiscord() as discord:
            if database is not None:
                copy_queue(database, folder, discord, with_cards=True)
            samples: Samples = {"first": [], "idle": []}
            for number in range(2):  # at the second start the commands are known already
                async with rig_running(script, folder, hangs=True, discord=discord) as rig:
                    use, _ = rig.use(number)
                    await rig.seconds_to_answers([(use, 0.0)])
                    if number:
                        samples["first"] = [rig.answered_at[use.interaction.id] - rig.started_at]
                        await asyncio.sleep(IDLE_S)
                        samples["idle"] = [rig.memory_mb()]
            return samples


async def at_flux(script: Path, queue: Path, jobs: int) -> Samples:
    """Requests a second about jobs that are at Flux, and memory meanwhile."""
    settings = {"MAX_RUNNING_JOBS": str(jobs), "MAX_RUNNING_PER_USER": str(jobs)}
    async with _running(script, queue, settings) as rig:
        await until(lambda: rig.submits >= jobs)
        begun, polls = time.monotonic(), rig.polls
        await asyncio.sleep(2 * IDLE_S)
        polled = (rig.polls - polls) / (time.monotonic() - begun)
        return {"polls": [polled], "memory": [rig.memory_mb()]}


async def stored(script: Path) -> Samples:
    """Milliseconds in which a request is stored, its limits checked and its price reserved.

    Args:
        script: `bot.py` for the bot's own function, anything else for plain SQLite.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        path = Path(name) / "fluxcord.db"
        if script.name != "bot.py":
            return {"stored": milliseconds_per_commit(path, COMMITS)}
        budgets = tuple(
            Budget(whose=whose, kind=kind, most=10**15)
            for whose in Whose
            for kind in sorted(BUDGETS)
        )
        now, times = datetime.now(UTC), []
        async with Database(path) as database:
            jobs = JobRepository(database)
            for number in range(COMMITS):
                job = waiting_job(number, now + timedelta(seconds=number))
                begun = time.perf_counter()
                await jobs.add(job, Limits(budgets=budgets))
                times.append(1_000 * (time.perf_counter() - begun))
        return {"stored": times}


class _Share:
    """The driver's own share of its core: beside 1 it would be the bottleneck."""

    def __init__(self) -> None:
        self._at, self._cpu = time.monotonic(), time.process_time()

    def now(self) -> float:
        return (time.process_time() - self._cpu) / (time.monotonic() - self._at)
