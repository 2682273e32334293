"""One bot of several processes on PostgreSQL: any gateway answers, any worker delivers, once."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

import bot
from clock import Clock
from config import read_settings
from domain.errors import StartError
from sandbox.flux.faults import Delay, Say
from tests.bot_process import bot_process
from tests.decoding import decoder_if_shared
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_delivery import DELIVER, MEBIBYTE, noise
from tests.end_to_end.test_watching import standing
from tests.object_store import object_store
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

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


async def test_a_worker_knows_the_file_limit_of_a_boosted_server(cluster: Cluster) -> None:
    stage = cluster.stage
    stage.discord.guild.tier = 2
    stage.discord.guild.file_limit = 50 * MEBIBYTE
    whole = noise(4_000)
    assert 20 * MEBIBYTE < len(whole) < 25 * MEBIBYTE
    stage.flux.misbehave("picture", Say(200, whole, "image/png"))
    # Refused once as too large: then it is made no smaller than that server's limit.
    stage.discord.faults.status(413, DELIVER, code=40005)
    async with usual(cluster):
        stage.ada.use("imagine", prompt="noise")
        made = await stage.ada.wait_for(has_picture)
        [job] = await cluster.ended(1)

    assert job["file_limit_bytes"] == 50 * MEBIBYTE
    assert [image.data == whole for image in made.images] == [True]


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
        async with bot_process(stage.folder, environ, "--role", "worker") as worker:
            stage.ada.use("imagine", prompt="a lighthouse")
            running = "select 1 from jobs where state = 'running'"
            await cluster.until(lambda: bool(cluster.rows(running)))
            worker.kill()
        async with cluster.process(**WORKER):
            await stage.ada.wait_for(has_picture)
            [job] = await cluster.ended(1)

    assert job["state"] == "delivered"
    assert len(stage.flux.charges) == 1


async def test_what_is_set_at_a_gateway_holds_for_a_worker(cluster: Cluster) -> None:
    stage = cluster.stage
    log = stage.discord.add_channel("log")
    grace = stage.discord.person("Grace")
    async with usual(cluster):
        await chosen(grace, "settings", log_channel_id=log.id)
        stage.ada.use("imagine", prompt="a lighthouse")
        entry = await standing(stage, "Grace", log).wait_for(has_picture)

    assert "a lighthouse" in entry.text


async def test_a_click_at_a_gateway_cancels_what_a_worker_runs(cluster: Cluster) -> None:
    stage = cluster.stage
    stage.flux.misbehave("work", Delay(2))
    async with usual(cluster):
        stage.ada.use("imagine", prompt="a lighthouse")
        card = await stage.ada.wait_for(says("Generating"))
        await cluster.until(
            lambda: cluster.rows("select state from jobs") == [{"state": "running"}]
        )
        await stage.ada.click(card, "Cancel")
        [job] = await cluster.ended(1)

    assert (job["state"], job["problem"]) == ("cancelled", "cancelled")


async def test_a_queued_request_is_cancelled_by_any_process(cluster: Cluster) -> None:
    stage = cluster.stage
    async with cluster.process(**GATEWAY):
        await stage.discord.wait_until(stage.discord.gateway.online, PATIENCE_S)
        stage.ada.use("imagine", prompt="a lighthouse")
        await cluster.until(lambda: cluster.rows("select worker from jobs") == [{"worker": None}])
        card = await stage.ada.wait_for(says("a lighthouse"))
        await stage.ada.click(card, "Cancel")
        [job] = await cluster.ended(1)

    assert job["state"] == "cancelled"
    assert stage.flux.charges == []


async def test_each_gateway_serves_its_own_shards(cluster: Cluster) -> None:
    stage = cluster.stage
    first = {**GATEWAY, "SHARD_COUNT": "2", "SHARD_IDS": "0"}
    second = {**GATEWAY, "SHARD_COUNT": "2", "SHARD_IDS": "1"}
    sessions = stage.discord.gateway.sessions
    async with cluster.process(**first), cluster.process(**second), cluster.process(**WORKER):
        await cluster.until(lambda: {each.shard for each in sessions.values()} == {(0, 2), (1, 2)})
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
        stage.ada.send("a pier", channel=stage.ada.dm)
        await stage.ada.wait_for(has_picture, channel=stage.ada.dm)

    assert len(stage.flux.charges) == 2


async def test_two_processes_cannot_have_one_shard(cluster: Cluster) -> None:
    cluster.stage.more_settings["LEASE_S"] = "8"
    async with usual(cluster):
        with pytest.raises(StartError, match="Another process of this bot has shard 0"):
            async with cluster.process(**GATEWAY) as second:
                await second
        cluster.stage.ada.use("imagine", prompt="a lighthouse")
        await cluster.stage.ada.wait_for(has_picture)


async def test_a_worker_that_stops_gives_its_requests_to_another_at_once(
    cluster: Cluster,
) -> None:
    stage = cluster.stage
    stage.more_settings["LEASE_S"] = str(10 * PATIENCE_S)  # else the lease might have ended
    stage.flux.misbehave("work", Delay(1))
    async with cluster.process(**GATEWAY):
        await stage.discord.wait_until(stage.discord.gateway.online, PATIENCE_S)
        async with cluster.process(**WORKER):
            stage.ada.use("imagine", prompt="a lighthouse")
            await cluster.until(
                lambda: cluster.rows("select state from jobs") == [{"state": "running"}]
            )
        async with cluster.process(**WORKER):
            await stage.ada.wait_for(has_picture)


async def test_processes_with_folders_of_their_own_share_images_in_a_bucket(
    cluster: Cluster, tmp_path: Path
) -> None:
    stage = cluster.stage
    async with AsyncExitStack() as stack:
        bucket = await stack.enter_async_context(object_store())
        for number, role in enumerate((GATEWAY, WORKER)):
            own = {"DATA_DIR": str(tmp_path / str(number)), **bucket.environ}
            await stack.enter_async_context(cluster.process(**role, **own))
        await stage.discord.connected()
        bucket.fail(methods="PUT")
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.until(lambda: bool(bucket.asked("PUT")))
        bucket.mend()
        made = await stage.ada.wait_for(has_picture)
        [job] = await cluster.ended(1)
        # The gateway shows what the worker has stored.
        shown = await stage.ada.use("show", job=job["id"]).answered()
        again = await shown.wait_for(has_picture)
        assert again.images[0].data == made.images[0].data
        assert len(await bucket.names()) == 1
    assert len(stage.flux.charges) == 1
