"""One bot on SQLite, in one process on PostgreSQL, and in three: what each of them achieves."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import scenarios
from benchmarks.counted import STATEMENTS
from benchmarks.heavy import posted
from benchmarks.process import BOT, bot_running, cpu_s, until
from benchmarks.rig import rig_running
from sandbox.flux.faults import Hang
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.rig import Rig
    from benchmarks.scenarios import Samples
    from tests.postgres import Server

COUNTED: Final = Path(__file__).with_name("counted.py")

COMMANDS: Final = 100
COUNTED_JOBS: Final = 40

MEGAPIXELS: Final = 0.1
"""Of a result, so that the local Flux, which paints it, is not what is measured."""

APART: Final = 10
"""Between the numbers of commands: two of them are in one channel, and each has its own user."""

LOGGED: Final = ("LOG:  statement:", "LOG:  execute ")
"""In PostgreSQL's log, for what came in one message from a process."""


@contextmanager
def server_running() -> Iterator[Server]:
    """Run a PostgreSQL that has a commit on the disk, like SQLite, unlike that of the tests."""
    durable = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}
    with postgres.running({**postgres.SETTINGS, **durable}) as server:
        yield server


async def stored(server: Server) -> Samples:
    """Milliseconds in which a request is stored, as `scenarios.stored` measures it on SQLite."""
    with server.database() as url:
        return await scenarios.stored(BOT, url)


async def side(
    server: Server | None,
    *,
    workers: int = 0,
    commands: int = COMMANDS,
    counted: int = COUNTED_JOBS,
) -> Samples:
    """Answers and jobs a second of many commands at once, and what a job takes.

    Discord's rate limits are off: they would be what is measured.

    Args:
        server: None for SQLite.
        workers: processes beside a gateway; none for one process with both roles.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        settings, url = {"MAX_RUNNING_JOBS": str(COMMANDS)}, ""
        if server is not None:
            settings["DATABASE_URL"] = url = stack.enter_context(server.database())
            settings["ROLE"] = "gateway" if workers else "all"
        rig = await stack.enter_async_context(
            rig_running(COUNTED, folder, settings, megapixels=MEGAPIXELS)
        )
        rig.discord.limits.off()
        pids = [rig.pid]
        for _ in range(workers):
            worker = bot_running(rig.discord, rig.flux, folder, settings | {"ROLE": "worker"})
            pids.append((await stack.enter_async_context(worker)).pid)
        if url:
            await until(lambda: _processes(url) == workers + 1)
        rig.use(0)
        await posted(rig, 1)
        await asyncio.sleep(scenarios.SETTLE_S)
        return {**await _at_once(rig, commands), **await _counted(rig, server, pids, counted)}


def _processes(url: str) -> int:
    import psycopg  # noqa: PLC0415  # of requirements-postgres.txt

    with psycopg.connect(url) as connection:
        [[number]] = connection.execute("select count(*) from processes").fetchall()
        return int(number)


async def _at_once(rig: Rig, commands: int) -> Samples:
    """Have commands typed at once; Flux finishes none before all are answered."""
    rig.flux.misbehave("work", Hang(), times=None)
    watch, before = scenarios.Watch(rig), len(rig.flux.requests)
    begun = time.monotonic()
    took = await rig.seconds_to_answers([rig.use(APART * n) for n in range(1, commands + 1)])
    rig.flux.behave()
    rig.flux.release()
    await posted(rig, commands + 1)
    return {
        "answers": [commands / max(took)],
        "jobs": [commands / (rig.received_at[-1] - begun)],
        "requests": [(len(rig.flux.requests) - before) / commands],
        "submits": [rig.submits / (commands + 1)],
        **await watch.figures(),
    }


async def _counted(rig: Rig, server: Server | None, pids: list[int], jobs: int) -> Samples:
    """Have more jobs made, and count the statements of all processes until they have ended."""
    with _statements(rig, server) as number_of:
        await asyncio.sleep(scenarios.SETTLE_S)
        done, before, before_s = len(rig.galleries), number_of(), sum(map(cpu_s, pids))
        for number in range(1, jobs + 1):
            rig.use(APART * number + 1)
        await posted(rig, done + jobs)
        await asyncio.sleep(scenarios.SETTLE_S)
        return {
            "statements": [(number_of() - before) / jobs],
            "cpu": [1_000 * (sum(map(cpu_s, pids)) - before_s) / jobs],
        }


@contextmanager
def _statements(rig: Rig, server: Server | None) -> Iterator[Callable[[], int]]:
    """Count statements: those that `counted` notes, or that PostgreSQL writes to its log."""
    if server is None:
        yield lambda: (rig.folder / STATEMENTS).stat().st_size
        return
    _log(server, "all")
    try:
        yield lambda: sum(map(server.log.read_text().count, LOGGED))
    finally:
        _log(server, "none")


def _log(server: Server, which: str) -> None:
    server.run(f"alter system set log_statement = '{which}'")
    server.run("select pg_reload_conf()")
