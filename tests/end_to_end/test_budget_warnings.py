"""Managers hear once that four fifths of a server's budget are used, and where they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.faults import Aim
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage

WARNED = "**This server has used 2 of 2 images a month.**"
CANNOT_SEND_TO_USER = 50007


@pytest.fixture
def grace(idle_stage: Stage) -> Person:
    """Who runs the bot and owns the server."""
    return idle_stage.discord.person("Grace")


async def use_it_up(stage: Stage, grace: Person) -> None:
    await grace.use("limits set", what="Images per month", amount="2").answered()
    stage.ada.use("imagine", prompt="two lakes", count=2)
    await stage.ada.wait_for(has_picture)
    await stage.ended()


async def test_the_owner_is_told_once_and_not_again_after_a_restart(
    idle_stage: Stage, grace: Person
) -> None:
    async with idle_stage.bot_running():
        await use_it_up(idle_stage, grace)
        told = await grace.wait_for(says(WARNED), channel=grace.dm)
        assert "image generation stops until it resets <t:" in told.text
        await idle_stage.until(lambda: bool(idle_stage.rows("budget_warnings")[0]["told_at"]))
    async with idle_stage.bot_running():
        use = await idle_stage.ada.use("imagine", prompt="a third lake").answered()
        assert use.message is not None
        assert "exceed this server's limit of 2 images a month, set by" in use.message.text
    assert len([seen for seen in grace.read(grace.dm) if WARNED in seen.text]) == 1


async def test_moderators_are_told_in_their_log_in_the_server_s_language(
    idle_stage: Stage, grace: Person
) -> None:
    idle_stage.discord.guild.locale = "zh-CN"
    log = idle_stage.discord.add_channel("log")
    async with idle_stage.bot_running():
        await chosen(grace, "settings", log_channel_id=log.id)
        await use_it_up(idle_stage, grace)
        told = await grace.wait_for(says("额度（每月 2 张图片）已用 2"), channel=log)
    assert "用完后停止生成图片" in told.text
    assert not [seen for seen in grace.read(grace.dm) if "额度" in seen.text]


async def test_the_system_channel_is_told_where_the_owner_takes_no_messages(
    idle_stage: Stage, grace: Person
) -> None:
    news = idle_stage.discord.add_channel("news")
    idle_stage.discord.guild.system_channel_id = news.id
    closed = Aim(f"^/channels/{grace.dm.id}/messages$", times=9)
    idle_stage.discord.faults.status(403, closed, code=CANNOT_SEND_TO_USER)
    async with idle_stage.bot_running():
        await use_it_up(idle_stage, grace)
        await grace.wait_for(says(WARNED), channel=news)


async def test_it_is_told_again_until_discord_takes_it(idle_stage: Stage, grace: Person) -> None:
    away = Aim(f"^/channels/{grace.dm.id}/messages$", times=9)
    idle_stage.discord.faults.status(503, away)
    async with idle_stage.bot_running():
        await use_it_up(idle_stage, grace)
        await idle_stage.until(lambda: bool(idle_stage.rows("budget_warnings")))
    assert [row["told_at"] for row in idle_stage.rows("budget_warnings")] == [None]
    idle_stage.discord.faults.clear()
    async with idle_stage.bot_running():
        await grace.wait_for(says(WARNED), channel=grace.dm)
        await idle_stage.until(lambda: bool(idle_stage.rows("budget_warnings")[0]["told_at"]))
