"""One bot of several processes on PostgreSQL: any gateway answers, any worker delivers, once."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

import bot
from clock import Clock
from config import read_settings
from sandbox.discord import Aim
from sandbox.flux.faults import Delay
from tests.decoding import decoder_if_shared
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_process import process
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

GATEWAY = {"ROLE": "gateway", "FLUX_API_TOKEN": ""}
WORKER = {"ROLE": "worker"}


class Cluster:
    """Processes of one bot, in this one."""

    def __init__(self, stage: Stage, url: str) -> None:
        self.stage = stage
        self.url = url

    @asynccontextmanager
    async def process(self, **settings: str) -> AsyncIterator[asyncio.Task[None]]:
        """Run one until the block ends."""
        environ = {**self.stage.environ, "DATABASE_URL": self.url, **settings}
        stop = asyncio.Event()
        running = asyncio.create_task(
            bot.run(
                read_settings(environ),
                stop,
                clock=Clock(time.time),
                decoder=decoder_if_shared(),
            )
        )
        try:
            yield running
        finally:
            stop.set()
            await running

    def rows(self, sql: str) -> list[dict[str, Any]]:
        import psycopg  # noqa: PLC0415  # of requirements-postgres.txt
        from psycopg.rows import dict_row  # noqa: PLC0415

        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(sql.encode()).fetchall()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.05)

    async def ended(self, jobs: int) -> list[dict[str, Any]]:
        """Wait until so many jobs have ended and were told; return all."""
        told = "select count(*) as n from jobs where told_at is not null"
        await self.until(lambda: self.rows(told)[0]["n"] >= jobs)
        return self.rows("select * from jobs order by created_at")


@pytest.fixture
def cluster(idle_stage: Stage, postgres: Server) -> Iterator[Cluster]:
    with postgres.migrated_database() as url:
        yield Cluster(idle_stage, url)


@asynccontextmanager
async def usual(cluster: Cluster, *more: dict[str, str]) -> AsyncIterator[None]:
    """Run a gateway and a worker, and others."""
    async with AsyncExitStack() as stack:
        for settings in (GATEWAY, WORKER, *more):
            await stack.enter_async_context(cluster.process(**settings))
        await cluster.stage.discord.wait_until(cluster.stage.discord.gateway.online, PATIENCE_S)
        yield


async def test_a_gateway_answers_and_a_worker_delivers(cluster: Cluster) -> None:
    ada = cluster.stage.ada
    async with usual(cluster):
        ada.use("imagine", prompt="a lighthouse")
        await ada.wait_for(has_picture)
        [job] = await cluster.ended(1)

    assert job["state"] == "delivered"
    assert len(cluster.stage.flux.charges) == 1


async def test_one_process_is_all_roles_with_postgresql_too(cluster: Cluster) -> None:
    ada = cluster.stage.ada
    async with cluster.process():
        await cluster.stage.discord.wait_until(cluster.stage.discord.gateway.online, PATIENCE_S)
        ada.use("imagine", prompt="a lighthouse")
        await ada.wait_for(has_picture)

    assert len(cluster.stage.flux.charges) == 1


async def test_a_killed_worker_s_jobs_are_taken_over(cluster: Cluster) -> None:
    cluster.stage.more_settings["LEASE_S"] = "2"
    stage = cluster.stage
    environ = {**stage.environ, "DATABASE_URL": cluster.url}
    stage.flux.misbehave("work", Delay(3))
    async with cluster.process(**GATEWAY):
        await stage.discord.wait_until(stage.discord.gateway.online, PATIENCE_S)
        async with process(stage.folder, environ, "--role", "worker") as worker:
            stage.ada.use("imagine", prompt="a lighthouse")
            running = "select 1 from jobs where state = 'running'"
            await cluster.until(lambda: bool(cluster.rows(running)))
            worker.kill()
        async with cluster.process(**WORKER):
            await stage.ada.wait_for(has_picture)
            [job] = await cluster.ended(1)

    assert job["state"] == "delivered"
    assert len(stage.flux.charges) == 1


@pytest.mark.parametrize("state", ["submitting", "running", "fetched"])
async def test_a_worker_that_was_frozen_past_its_lease_does_nothing_twice(
    cluster: Cluster, state: str
) -> None:
    stage = cluster.stage
    stage.more_settings["LEASE_S"] = "2"
    environ = {**stage.environ, "DATABASE_URL": cluster.url}
    if state == "fetched":
        stage.discord.faults.delay(1, Aim("/messages", "PATCH"))
    else:
        stage.flux.misbehave("accepted" if state == "submitting" else "work", Delay(1))
    async with cluster.process(**GATEWAY):
        await stage.discord.wait_until(stage.discord.gateway.online, PATIENCE_S)
        async with process(stage.folder, environ, "--role", "worker") as frozen:
            stage.ada.use("imagine", prompt="a lighthouse")
            await cluster.until(
                lambda: [{"state": state}] == cluster.rows("select state from jobs")
            )
            frozen.send_signal(signal.SIGSTOP)
            async with cluster.process(**WORKER):
                [job] = await cluster.ended(1)
                stage.ada.use("imagine", prompt="a pier")
                frozen.send_signal(signal.SIGCONT)
                jobs = await cluster.ended(2)

    assert (await stage.ada.wait_for(has_picture)) is not None
    assert jobs[0] == job
    assert len(stage.flux.charges) == 2
