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
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from benchmarks.rig import Rig

    Way = Callable[[LocalDiscord, Path], AbstractAsyncContextManager[Mapping[str, str]]]
    """To the local Discord: gives the settings of a bot that takes it."""

Samples = dict[str, list[float]]

COMMANDS_A_SECOND: Final = 50
JOBS_A_SECOND: Final = 4
"""A job at one megapixel takes the local Flux some 60 ms of its core."""

CHANNELS: Final = 10

SETTLE_S: Final = 2.0
IDLE_S: Final = 5.0
COMMITS: Final = 200


@asynccontextmanager
async def _directly(_discord: LocalDiscord, _folder: Path) -> AsyncIterator[Mapping[str, str]]:
    yield {}


@asynccontextmanager
async def running(
    script: Path,
    queue: Path | None = None,
    settings: Mapping[str, str] | None = None,
    *,
    with_cards: bool = True,
    hangs: bool = True,
    way: Way = _directly,
) -> AsyncIterator[Rig]:
    """Run a bot in a folder of its own until nothing is left of its start.

    Args:
        queue: a database that it starts with.
        with_cards: whether its queued requests have their cards already.
        hangs: whether Flux takes requests and never finishes one.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with LocalDiscord() as discord, way(discord, folder) as reached:
            if queue is not None:
                copy_queue(queue, folder, discord, with_cards=with_cards)
            settings = {**(settings or {}), **reached}
            async with rig_running(script, folder, settings, hangs=hangs, discord=discord) as rig:
                [first] = await rig.seconds_to_answers([rig.use(0)])
                if first >= ANSWER_WITHIN_S:
                    raise RuntimeError(f"{script.name} does not answer")
                if with_cards:
                    await asyncio.sleep(SETTLE_S)  # behind it nothing is left of the start
                yield rig


async def answers(
    script: Path,
    queue: Path | None = None,
    *,
    seconds: float = 4.0,
    with_cards: bool = True,
    way: Way = _directly,
) -> Samples:
    """Milliseconds from a command to its answer, of commands at a steady rate."""
    async with running(script, queue, with_cards=with_cards, way=way) as rig:
        return await answered(rig, seconds)


async def answered(rig: Rig, seconds: float) -> Samples:
    """Milliseconds to the answers of a bot that runs; it has been sent one command before."""
    watch, begun, uses = Watch(rig), time.monotonic(), []
    for number in range(1, round(seconds * COMMANDS_A_SECOND) + 1):
        await asyncio.sleep(begun + number / COMMANDS_A_SECOND - time.monotonic())
        uses.append(rig.use(number))
    took = await rig.seconds_to_answers(uses)
    figures = {"answer": [1_000 * each for each in took], "memory": [rig.memory_mb()]}
    return figures | await watch.figures()


async def burst(
    script: Path, queue: Path | None = None, *, commands: int = 1_000, way: Way = _directly
) -> Samples:
    """Seconds until the last of very many commands, typed at once, is answered."""
    async with running(script, queue, way=way) as rig:
        watch, before = Watch(rig), rig.cpu_s()[0]
        uses = [rig.use(number) for number in range(1, commands + 1)]
        took = await rig.seconds_to_answers(uses)
        cpu_ms = 1_000 * (rig.cpu_s()[0] - before) / commands
        lost = sum(use.callback_type is None for use, _ in uses)
        figures = {"last": [max(took)], "lost": [float(lost)], "cpu": [cpu_ms]}
        return figures | await watch.figures()


async def whole_jobs(script: Path, *, jobs: int = 40, is_profiled: bool = False) -> Samples:
    """CPU of the bot from commands to pictures of one megapixel, in milliseconds a job.

    Args:
        is_profiled: whether to return what takes it, for which the bot is slowed down.
    """
    settings = {"MAX_RUNNING_JOBS": "16"}
    async with running(script, settings=settings, hangs=False) as rig:
        await until(lambda: len(rig.galleries) == 1)
        await asyncio.sleep(SETTLE_S)
        watch, before = Watch(rig), rig.cpu_s()
        if is_profiled:
            _, others_before = rig.threads_cpu_s()
            await rig.profile()
        begun, uses = time.monotonic(), []
        for number in range(1, jobs + 1):
            await asyncio.sleep(begun + number / JOBS_A_SECOND - time.monotonic())
            # In turn over some channels: Discord takes five messages in five seconds in one.
            uses.append(rig.use(number % CHANNELS * COMMANDS_PER_CHANNEL + number // CHANNELS))
        await until(lambda: len(rig.galleries) == jobs + 1)
        await asyncio.sleep(SETTLE_S)
        if len(rig.galleries) != jobs + 1:
            late = sum(use.failed is not None for use, _ in uses)
            raise RuntimeError(
                f"{script.name} made {len(rig.galleries)} of {jobs + 1} pictures;"
                f" {late} commands had no answer in time"
            )
        if is_profiled:
            areas = await rig.profiled_ms()
            others = 1_000 * (rig.threads_cpu_s()[1] - others_before)
            return {area: [ms / jobs] for area, ms in {**areas, "other threads": others}.items()}
        main, beside = (after - at for after, at in zip(rig.cpu_s(), before, strict=True))
        requests = len(rig.discord.requests)
        return {
            "cpu": [1_000 * main / jobs],
            "decoder": [1_000 * beside / jobs],
            "decoder memory": [rig.decoder_mb()],
            "calls": [requests / (jobs + 1)],
            "memory": [rig.memory_mb(peak=True)],
            **await watch.figures(),
        }


async def start(script: Path, database: Path | None = None) -> Samples:
    """Seconds from a process's start to its first answer, and its memory when idle."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with LocalDiscord() as discord:
            if database is not None:
                copy_queue(database, folder, discord, with_cards=True)
            samples: Samples = {}
            for number in range(2):  # at the second start the commands are known already
                async with rig_running(script, folder, hangs=True, discord=discord) as rig:
                    watch = Watch(rig)
                    use, _ = rig.use(number)
                    await rig.seconds_to_answers([(use, 0.0)])
                    if number:
                        samples["first"] = [rig.answered_at[use.interaction.id] - rig.started_at]
                        await asyncio.sleep(IDLE_S)
                        samples["idle"] = [rig.memory_mb()]
                        samples |= await watch.figures()
            return samples


async def at_flux(script: Path, queue: Path, jobs: int) -> Samples:
    """Requests a second about jobs that are at Flux, and memory meanwhile."""
    settings = {"MAX_RUNNING_JOBS": str(jobs), "MAX_RUNNING_PER_USER": str(jobs)}
    async with running(script, queue, settings) as rig:
        await until(lambda: rig.submits >= jobs)
        watch, begun, polls = Watch(rig), time.monotonic(), rig.polls
        await asyncio.sleep(2 * IDLE_S)
        polled = (rig.polls - polls) / (time.monotonic() - begun)
        return {"polls": [polled], "memory": [rig.memory_mb()], **await watch.figures()}


async def stored(script: Path, url: str | None = None) -> Samples:
    """Milliseconds in which a request is stored, its limits checked and its price reserved.

    Args:
        script: `bot.py` for the bot's own function, anything else for plain SQLite.
        url: of a PostgreSQL database; else it is an SQLite file.
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
        async with Database(url or path) as database:
            jobs = JobRepository(database)
            for number in range(COMMITS):
                job = waiting_job(number, now + timedelta(seconds=number))
                begun = time.perf_counter()
                await jobs.add(job, Limits(budgets=budgets))
                times.append(1_000 * (time.perf_counter() - begun))
        return {"stored": times}


class Watch:
    """What is seen of the driver and of the bot's event loop from now on."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._at, self._cpu = time.monotonic(), time.process_time()

    async def figures(self) -> Samples:
        """Return the driver's share of its core, and milliseconds by which the loop was late.

        A driver near 1 would be the bottleneck.
        """
        share = (time.process_time() - self._cpu) / (time.monotonic() - self._at)
        return {"driver": [share], "lag": await self._rig.lag_ms(self._at)}
