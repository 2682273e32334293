"""A bot of several real processes: a budget for all, a rolling restart, a database that is away."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import pytest

from sandbox.discord.sessions import shard_of
from sandbox.flux.faults import Hang
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_cluster import GATEWAY, WORKER, Cluster
from tests.end_to_end.test_fifty_at_once import BUDGET, WISHES, refusal_of
from tests.end_to_end.test_fifty_at_once import settings as budget_settings
from tests.end_to_end.test_storage_faults import NOT_STORED
from tests.patience import PATIENCE_S
from tests.postgres import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sandbox.discord import Channel, InteractionResult
    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

SLOTS: Final = 4
LEASE_S: Final = 1.0

BETWEEN_COMMANDS_S: Final = 0.05

ANSWER_WINDOW_S: Final = 10.0
"""After which a command has no answer any more: long, as the machine may be busy."""


class Crew:
    """The processes of one bot, by their names."""

    def __init__(self, cluster: Cluster, stack: AsyncExitStack) -> None:
        self.cluster = cluster
        self._stack = stack
        self._bots: dict[str, AnyBot] = {}
        self._settings: dict[str, dict[str, str]] = {}

    async def start(self, name: str, **settings: str) -> None:
        """Start a process, and wait until the others know of it and its shard is connected."""
        known, stage = self._names(), self.cluster.stage
        self._settings[name] = settings
        environ = {**stage.environ, "DATABASE_URL": self.cluster.url, **settings}
        process = bot_process(stage.folder, environ)
        self._bots[name] = await self._stack.enter_async_context(process)
        await self.cluster.until(lambda: bool(self._names() - known))
        if shard := settings.get("SHARD_IDS"):
            await self.cluster.until(lambda: self._has_session(int(shard)))

    async def restart(self, name: str) -> None:
        """Stop a process as systemd and Docker do, and start it again."""
        bot = self._bots[name]
        bot.terminate()
        output, _ = await bot.communicate()
        assert bot.returncode == 0, output.decode()
        assert "Traceback" not in output.decode()
        await self.start(name, **self._settings[name])

    def _names(self) -> set[str]:
        return {row["id"] for row in self.cluster.rows("select id from processes")}

    def _has_session(self, shard: int) -> bool:
        sessions = self.cluster.stage.discord.gateway.sessions.values()
        return any(each.shard[0] == shard and each.connection for each in sessions)


@pytest.fixture
def cluster(idle_stage: Stage, postgres: Server) -> Iterator[Cluster]:
    idle_stage.discord.gateway.max_concurrency = 16
    with postgres.migrated_database() as url:
        yield Cluster(idle_stage, url)


@pytest.fixture
def own_server() -> Iterator[Server]:
    with running() as server:
        yield server


@asynccontextmanager
async def running_crew(cluster: Cluster, **roles: dict[str, str]) -> AsyncIterator[Crew]:
    async with AsyncExitStack() as stack:
        crew = Crew(cluster, stack)
        for name, settings in roles.items():
            await crew.start(name, **settings)
        yield crew


async def channels(stage: Stage, shards: int) -> list[Channel]:
    """Return a channel of each shard, where everybody is."""
    found = {shard_of(stage.discord.guild.id, shards): stage.discord.channel}
    while len(found) < shards:
        guild = stage.discord.add_guild("Another")
        shard = shard_of(guild.id, shards)
        if shard not in found:
            found[shard] = stage.discord.add_channel("pictures", guild)
        await asyncio.sleep(0.001)  # an id is of a millisecond
    return [found[shard] for shard in range(shards)]


def sent(stage: Stage) -> list[str]:
    """Return the prompts of all that Flux was asked to generate."""
    return [
        str(request.payload["prompt"])
        for request in stage.flux.requests
        if request.path == "/flux/images"
    ]


def shown(stage: Stage, places: list[Channel]) -> Counter[str]:
    """Count the messages with images, by their prompts."""
    messages = [message for place in places for message in stage.ada.read(place)]
    texts = [message.text for message in messages if has_picture(message)]
    return Counter(prompt for text in texts for prompt in re.findall(r"lighthouse \d{4}", text))


async def test_three_processes_keep_one_budget_and_one_limit_of_jobs(cluster: Cluster) -> None:
    stage = cluster.stage
    stage.more_settings |= {
        **budget_settings(),
        "MAX_RUNNING_JOBS": str(SLOTS),
        "SHARD_COUNT": "3",
    }
    places = await channels(stage, 3)
    stage.flux.misbehave("work", Hang(), times=None)
    roles = {f"all_{shard}": {"SHARD_IDS": str(shard)} for shard in range(3)}
    async with running_crew(cluster, **roles):
        uses = [
            stage.ada.use("imagine", prompt=wish, channel=places[number % 3])
            for number, wish in enumerate(WISHES)
        ]
        for use in uses:
            await use.answered()
        await stage.until(lambda: len(sent(stage)) >= SLOTS)
        await asyncio.sleep(1)  # in which a fifth could be sent
        assert len(sent(stage)) == SLOTS
        stage.flux.behave()
        stage.flux.release()
        jobs = await cluster.ended(BUDGET)

    assert [job["state"] for job in jobs] == ["delivered"] * BUDGET
    assert len(stage.flux.charges) == len(set(sent(stage))) == BUDGET
    assert sum(refusal_of(use) is not None for use in uses) == len(WISHES) - BUDGET


def prompt_of(use: InteractionResult) -> str:
    [option] = use.interaction.data["options"]
    return str(option["value"])


def is_accepted(use: InteractionResult) -> bool:
    """Whether the bot took a request; on a busy machine it refuses one that it stores too late."""
    return not (use.failed or (use.message and NOT_STORED in use.message.text))


async def ask_on(stage: Stage, places: list[Channel], uses: list[InteractionResult]) -> None:
    """Type a command in one place after the other, until cancelled."""
    while True:
        number = len(uses)
        prompt = f"lighthouse {number:04}"
        uses.append(stage.ada.use("imagine", prompt=prompt, channel=places[number % len(places)]))
        await asyncio.sleep(BETWEEN_COMMANDS_S)


async def test_a_rolling_restart_loses_nothing(cluster: Cluster) -> None:
    stage = cluster.stage
    stage.more_settings |= {
        "SHARD_COUNT": "2",
        "MAX_JOBS_PER_USER": "0",
        "MAX_RUNNING_PER_USER": "5",
        "LEASE_S": str(10 * PATIENCE_S),  # nothing waits for the end of a lease
    }
    stage.discord.interactions.answer_window_s = ANSWER_WINDOW_S
    places, uses = await channels(stage, 2), list["InteractionResult"]()
    roles = {f"gateway_{shard}": GATEWAY | {"SHARD_IDS": str(shard)} for shard in (0, 1)}
    roles |= {f"worker_{number}": WORKER for number in (0, 1)}
    async with running_crew(cluster, **roles) as crew:
        asking = asyncio.create_task(ask_on(stage, places, uses))
        for name in roles:
            await crew.restart(name)
        asking.cancel()
        # While a shard has no gateway, Discord says at once that the bot does not respond.
        reached = [use for use in uses if not use.failed]
        for use in reached:
            await use.answered()
        stored = len(cluster.rows("select id from jobs"))
        jobs = await cluster.ended(stored)

    # What Discord sends in the instant in which a gateway closes is lost, and nowhere stored.
    prompts = {job["prompt"] for job in jobs}
    assert prompts == {prompt_of(use) for use in reached if is_accepted(use)}
    assert len(prompts) == len(jobs)
    assert Counter(job["state"] for job in jobs) == {"delivered": len(jobs)}
    assert Counter(sent(stage)) == dict.fromkeys(prompts, 1)
    assert len(stage.flux.charges) == len(jobs)
    assert shown(stage, places) == dict.fromkeys(prompts, 1)


async def test_an_outage_longer_than_a_lease_loses_nothing(
    idle_stage: Stage, own_server: Server
) -> None:
    with own_server.migrated_database() as url:
        cluster, stage = Cluster(idle_stage, url), idle_stage
        stage.more_settings["LEASE_S"] = str(LEASE_S)
        stage.flux.misbehave("work", Hang(), times=2)
        roles = {"gateway": GATEWAY, "worker_0": WORKER, "worker_1": WORKER}
        async with running_crew(cluster, **roles):
            await stage.discord.connected()
            for prompt in ("lighthouse 0001", "lighthouse 0002"):
                stage.ada.use("imagine", prompt=prompt)
            running = "select 1 from jobs where state = 'running'"
            await cluster.until(lambda: len(cluster.rows(running)) == 2)
            await asyncio.to_thread(own_server.stop)
            stage.flux.release()
            refused = await stage.ada.use("imagine", prompt="a harbour").answered()
            await asyncio.sleep(3 * LEASE_S)
            await asyncio.to_thread(own_server.start)
            jobs = await cluster.ended(2)

    assert refused.message is not None
    assert NOT_STORED in refused.message.text
    assert {job["state"] for job in jobs} == {"delivered"}
    assert len(stage.flux.charges) == len(sent(stage)) == 2
    assert shown(stage, [stage.discord.channel]) == {job["prompt"]: 1 for job in jobs}
