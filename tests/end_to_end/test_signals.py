"""What one process does about another's requests, with NOTIFY and without it (behind a pooler)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.flux import accounts
from sandbox.flux.faults import Hang
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_callbacks import NEVER_S, questions, uncertain_card
from tests.end_to_end.test_cluster import GATEWAY, WORKER, Cluster, usual
from tests.end_to_end.test_watching import standing
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

RUNNING = [{"state": "running"}]

MOST_ASKED = 20
"""Requests that are refused until a gateway has to have heard why."""


@pytest.fixture(params=["notify", "pooler"])
def cluster(
    request: pytest.FixtureRequest, idle_stage: Stage, postgres: Server
) -> Iterator[Cluster]:
    idle_stage.more_settings["LEASE_S"] = "6"
    with ExitStack() as stack:
        url = stack.enter_context(postgres.migrated_database())
        if request.param == "pooler":
            url = stack.enter_context(postgres.pooled(url))
        yield Cluster(idle_stage, url)


def has_collect(message: SeenMessage) -> bool:
    return "Get image" in message.buttons


async def running(cluster: Cluster) -> None:
    await cluster.until(lambda: cluster.rows("select state from jobs") == RUNNING)


async def test_what_is_set_at_a_gateway_holds_for_a_worker(cluster: Cluster) -> None:
    stage = cluster.stage
    log = stage.discord.add_channel("log")
    beat = "select seen_at from processes where role = 'worker'"
    async with usual(cluster):
        await chosen(stage.discord.person("Grace"), "settings", log_channel_id=log.id)
        # By its third heartbeat from here on it has read what was changed.
        beats: set[int] = set()

        def has_read() -> bool:
            beats.update(row["seen_at"] for row in cluster.rows(beat))
            return len(beats) > 3

        await cluster.until(has_read)
        stage.ada.use("imagine", prompt="a lighthouse")
        entry = await standing(stage, "Grace", log).wait_for(has_picture)

    assert "a lighthouse" in entry.text


@pytest.fixture
def called_at_the_gateway(
    cluster: Cluster, unused_tcp_port_factory: Callable[[], int]
) -> tuple[dict[str, str], dict[str, str]]:
    """Let Flux call the gateway, and the worker hardly ask Flux; return what each of them needs."""
    ports = [unused_tcp_port_factory() for _ in range(2)]
    cluster.stage.more_settings.update(
        PUBLIC_URL=f"http://127.0.0.1:{ports[0]}",
        CALLBACK_HOST="127.0.0.1",
        POLL_INTERVAL_S=NEVER_S,
    )
    gateway, worker = ({"CALLBACK_PORT": str(port)} for port in ports)
    return {**GATEWAY, **gateway}, {**WORKER, **worker}


@pytest.mark.parametrize("cluster", ["notify"], indirect=True)
async def test_a_callback_at_another_process_is_heard_at_once(
    cluster: Cluster, called_at_the_gateway: tuple[dict[str, str], dict[str, str]]
) -> None:
    gateway, worker = called_at_the_gateway
    stage = cluster.stage
    async with cluster.process(**gateway), cluster.process(**worker):
        await stage.discord.wait_until(stage.discord.gateway.online, PATIENCE_S)
        stage.ada.use("imagine", prompt="a lighthouse")
        await cluster.ended(1)

    assert questions(stage) == 1
    assert len(stage.flux.charges) == 1


async def test_a_callback_at_another_process_tells_of_a_lost_answer(
    cluster: Cluster, called_at_the_gateway: tuple[dict[str, str], dict[str, str]]
) -> None:
    gateway, worker = called_at_the_gateway
    stage = cluster.stage
    async with cluster.process(**gateway), cluster.process(**worker):
        await stage.discord.wait_until(stage.discord.gateway.online, PATIENCE_S)
        told = await uncertain_card(stage)
        stage.flux.release()
        card = await stage.ada.wait_for(has_picture)
        [job] = await cluster.ended(1)

    assert card.id == told.id
    assert job["state"] == "delivered"
    assert len(stage.flux.charges) == 1


async def test_a_click_at_a_gateway_cancels_what_a_worker_runs(cluster: Cluster) -> None:
    stage = cluster.stage
    stage.flux.misbehave("work", Hang())
    async with usual(cluster):
        stage.ada.use("imagine", prompt="a lighthouse")
        card = await stage.ada.wait_for(says("Generating"))
        await running(cluster)
        await stage.ada.click(card, "Cancel")
        asked = "select 1 from jobs where cancel_asked_at is not null"
        await cluster.until(lambda: bool(cluster.rows(asked)))
        stage.flux.release()
        [job] = await cluster.ended(1)
        shown = await stage.ada.wait_for(says("Cancelled"))

    assert (job["state"], job["problem"]) == ("cancelled", "cancelled")
    assert shown.images == ()


async def test_a_fresh_token_at_a_gateway_is_used_by_the_worker(cluster: Cluster) -> None:
    stage = cluster.stage
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    stage.flux.misbehave("work", Hang())
    async with usual(cluster):
        stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
        await stage.ada.wait_for(lambda message: "Cancel" in message.buttons, channel=channel)
        await running(cluster)
    since = (datetime.now(UTC) - timedelta(minutes=14, seconds=30)).isoformat()
    cluster.rows(f"update jobs set token_since = '{since}' returning id")  # noqa: S608
    renewed = f"select 1 from jobs where token_since <> '{since}'"  # noqa: S608
    async with usual(cluster):
        card = await stage.ada.wait_for(has_collect, channel=channel)
        before = [*stage.discord.world.interactions.values()]
        await stage.ada.click(card, "Get image")
        await cluster.until(lambda: bool(cluster.rows(renewed)))
        for interaction in before:
            interaction.created_at -= 16 * 60  # only the fresh token reaches the message now
        stage.flux.release()
        result = await stage.ada.wait_for(has_picture, channel=channel)
        [job] = await cluster.ended(1)

    assert result.id == card.id
    assert job["state"] == "delivered"


@pytest.mark.parametrize("cluster", ["notify"], indirect=True)
async def test_what_flux_says_about_the_account_holds_for_a_gateway(cluster: Cluster) -> None:
    stage = cluster.stage
    stage.flux.account = accounts.ACCOUNTS["used_up"]
    asked = stored = 0
    async with usual(cluster):
        while stored == asked < MOST_ASKED:  # until the gateway has heard of it
            asked += 1
            refused = await stage.ada.use("imagine", prompt="a lighthouse").answered()
            [row] = cluster.rows("select count(*) as n from jobs")
            stored = row["n"]
            await cluster.ended(stored)
        assert refused.message is not None
        assert "has run out of credits" in refused.message.text

    assert stored < asked
    assert len([each for each in stage.flux.requests if each.path == "/flux/images"]) == 1
