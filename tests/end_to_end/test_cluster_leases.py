"""Leases of processes that the database was away from, or that were frozen for a while."""

from __future__ import annotations

import asyncio
import re
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import pytest

from sandbox.flux.faults import Delay
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_cluster import GATEWAY, WORKER, Cluster
from tests.postgres import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

LEASE_S: Final = 2.0


@pytest.fixture
def own_server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def cluster(idle_stage: Stage, own_server: Server) -> Iterator[Cluster]:
    idle_stage.more_settings |= {"LEASE_S": str(LEASE_S), "MAX_JOBS_PER_USER": "0"}
    with own_server.migrated_database() as url:
        yield Cluster(idle_stage, url)


async def outage(server: Server) -> None:
    """Let the database be away until every lease has ended."""
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(1.5 * LEASE_S)
    await asyncio.to_thread(server.start)


async def test_after_an_outage_each_worker_goes_on_with_its_own_requests(
    cluster: Cluster, own_server: Server
) -> None:
    stage = cluster.stage
    stage.flux.misbehave("accepted", Delay(3 * LEASE_S))
    async with AsyncExitStack() as stack:
        for settings in (GATEWAY, WORKER, WORKER, WORKER, WORKER):
            await stack.enter_async_context(cluster.process(**settings))
        await stage.discord.connected()
        stage.ada.use("imagine", prompt="a lighthouse")
        submitting = "select 1 from jobs where state = 'submitting'"
        await cluster.until(lambda: bool(cluster.rows(submitting) and stage.flux.charges))
        await outage(own_server)
        [job] = await cluster.ended(1)

    assert (job["state"], job["problem"]) == ("delivered", None)
    assert len(stage.flux.charges) == 1


@asynccontextmanager
async def logging_process(cluster: Cluster, lines: list[str]) -> AsyncIterator[AnyBot]:
    """Run all roles in one process of its own; collect its log."""

    async def collect(bot: AnyBot) -> None:
        assert bot.stdout is not None
        lines.extend([line.decode() async for line in bot.stdout])

    environ = {**cluster.stage.environ, "DATABASE_URL": cluster.url}
    async with bot_process(cluster.stage.folder, environ) as bot:
        collecting = asyncio.create_task(collect(bot))
        await cluster.stage.discord.connected()
        yield bot
        bot.terminate()
        await bot.wait()
        await collecting


@pytest.mark.parametrize("what", ["frozen", "outage"])
async def test_a_process_that_is_alone_logs_each_lost_lease_once(
    cluster: Cluster, own_server: Server, what: str
) -> None:
    stage, lines = cluster.stage, list[str]()
    stage.more_settings["MAX_RUNNING_PER_USER"] = "4"
    stage.flux.misbehave("work", Delay(LEASE_S), times=4)
    async with logging_process(cluster, lines) as bot:
        for number in range(4):
            stage.ada.use("imagine", prompt=f"lighthouse {number}")
        # One that is being sent to Flux when the process freezes may be lost.
        sent = "select 1 from jobs where task_id is not null"
        at_flux = "select 1 from jobs where state = 'running'"
        await cluster.until(lambda: len(cluster.rows(sent)) == 4 and bool(cluster.rows(at_flux)))
        if what == "frozen":
            bot.send_signal(signal.SIGSTOP)
            await asyncio.sleep(1.5 * LEASE_S)
            bot.send_signal(signal.SIGCONT)
        else:
            await outage(own_server)
        jobs = await cluster.ended(4)

    assert {job["state"] for job in jobs} == {"delivered"}
    assert len(stage.flux.charges) == 4
    assert len([message for message in stage.ada.read() if has_picture(message)]) == 4
    assert [line for line in lines if "other processes" in line or "elsewhere" in line] == []
    about = [re.search(r"job=(\w+)", line) for line in lines if "lease" in line.lower()]
    named = [found[1] for found in about if found]
    assert len(named) == len({*named})
