"""A bot of several shards: each serves its servers, and it is ready once all are connected."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp.test_utils import unused_port

from sandbox.discord import Aim
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_final_refusals import A_DAY_S, logged, use_up
from tests.end_to_end.test_health import ask, until_ready
from tests.patience import PATIENCE_S
from ui.client import SPARE_SESSION_STARTS

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


def connected(stage: Stage) -> set[tuple[int, int]]:
    sessions = stage.discord.gateway.sessions.values()
    return {session.shard for session in sessions if session.connection is not None}


async def test_every_shard_serves_what_is_its_own(idle_stage: Stage) -> None:
    idle_stage.more_settings |= {"SHARD_COUNT": "2", "HEALTH_PORT": str(unused_port())}
    async with idle_stage.bot_running():
        await until_ready(idle_stage, 200)
        assert connected(idle_stage) == {(0, 2), (1, 2)}

        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)
        idle_stage.ada.send("a pier", channel=idle_stage.ada.dm)
        await idle_stage.ada.wait_for(has_picture, channel=idle_stage.ada.dm)


async def test_a_process_connects_only_its_own_shards(idle_stage: Stage) -> None:
    idle_stage.more_settings |= {
        "SHARD_COUNT": "4",
        "SHARD_IDS": "3",
        "HEALTH_PORT": str(unused_port()),
    }
    async with idle_stage.bot_running():
        await until_ready(idle_stage, 200)

        assert connected(idle_stage) == {(3, 4)}


async def test_a_bot_is_not_ready_before_its_last_shard(idle_stage: Stage) -> None:
    use_up(idle_stage, left=SPARE_SESSION_STARTS + 1, seconds=A_DAY_S)
    idle_stage.more_settings |= {"SHARD_COUNT": "2", "HEALTH_PORT": str(unused_port())}
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await logged(bot, f"only {SPARE_SESSION_STARTS} session starts left")
        status, text = await ask(idle_stage, "/readyz")

    assert status == 503
    assert '"gateway": false' in text
    assert idle_stage.discord.gateway.identified == 1


async def test_a_bot_stops_while_a_shard_connects_again(idle_stage: Stage) -> None:
    discord = idle_stage.discord
    async with asyncio.timeout(PATIENCE_S), idle_stage.bot_running():
        await discord.connected()
        discord.faults.hang(Aim("/gateway/bot$", "GET"))
        discord.gateway.invalidate()
        await idle_stage.until(lambda: bool(discord.faults.log))
