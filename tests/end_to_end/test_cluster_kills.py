"""Processes of one bot that are killed at random, and a PostgreSQL that is restarted meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from tests.bot_process import bot_process
from tests.end_to_end.test_cluster import Cluster
from tests.examples import examples
from tests.patience import PATIENCE_S
from tests.postgres import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

KILLS: Final = examples(20)
LEASE_S: Final = 2.0

ROLES: Final = (
    ("gateway", "0"),
    ("gateway", "1"),
    ("worker", ""),
    ("worker", ""),
    ("worker", ""),
)
"""Of each process, with its shards of two."""

BOOKED: Final = """
select sum(microcredits) as total from ledger join jobs on jobs.id = job_id
where problem is distinct from 'answer_lost'
"""
"""Without the requests of which no answer came: what they may have cost is booked, but a process
can end before it sends one."""


@pytest.fixture
def own_server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
async def cluster(idle_stage: Stage, own_server: Server) -> AsyncIterator[Cluster]:
    idle_stage.more_settings |= {
        "LEASE_S": str(LEASE_S),
        "SHARD_COUNT": "2",
        "MAX_JOBS_PER_USER": "0",
    }
    with own_server.migrated_database() as url:
        yield Cluster(idle_stage, url)


async def start(cluster: Cluster, stack: AsyncExitStack, number: int) -> AnyBot:
    role, shards = ROLES[number]
    environ = {**cluster.stage.environ, "DATABASE_URL": cluster.url, "SHARD_IDS": shards}
    running = bot_process(cluster.stage.folder, environ, "--role", role)
    return await stack.enter_async_context(running)


def open_jobs(cluster: Cluster) -> int:
    try:
        [row] = cluster.rows("select count(*) as number from jobs where told_at is null")
    except psycopg.OperationalError:
        return -1
    return int(row["number"])


async def test_nothing_is_lost_or_done_twice(cluster: Cluster, own_server: Server) -> None:
    stage, dice = cluster.stage, random.Random(17)  # noqa: S311  # the same each time
    asked = 0
    async with AsyncExitStack() as stack:
        bots = [await start(cluster, stack, number) for number in range(len(ROLES))]
        sessions = stage.discord.gateway.sessions
        await cluster.until(
            lambda: {each.shard[0] for each in sessions.values() if each.connection} == {0, 1}
        )
        for kill in range(KILLS):
            for _ in range(3):
                asked += 1
                stage.ada.use("imagine", prompt=f"lighthouse {asked:03}")
            await asyncio.sleep(dice.uniform(0, 0.6))
            number = dice.randrange(len(ROLES))
            bots[number].kill()
            await bots[number].wait()
            if kill == KILLS // 2:
                await asyncio.to_thread(own_server.stop)
                await asyncio.to_thread(own_server.start)
            bots[number] = await start(cluster, stack, number)
        async with asyncio.timeout(2 * PATIENCE_S):
            while open_jobs(cluster) or not cluster.rows("select 1 from jobs limit 1"):
                await asyncio.sleep(0.2)

    jobs = cluster.rows("select * from jobs")
    delivered = {job["prompt"] for job in jobs if job["state"] == "delivered"}
    shown = Counter(
        prompt
        for message in stage.ada.read()
        for prompt in delivered
        if message.images and prompt in message.text
    )
    assert delivered
    assert {prompt: shown[prompt] for prompt in delivered} == dict.fromkeys(delivered, 1)
    sent = Counter(
        str(request.payload["prompt"])
        for request in stage.flux.requests
        if request.path == "/flux/images"
    )
    assert set(sent.values()) == {1}
    charged = sum(charge.credits * 1_000_000 for charge in stage.flux.charges)
    [booked] = cluster.rows(BOOKED)
    assert booked["total"] <= charged
