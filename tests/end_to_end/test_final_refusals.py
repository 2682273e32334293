"""What Discord refuses for good ends the bot with status 3; session starts are never used up."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Aim
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import CloseCode
from tests.bot_process import bot_process
from tests.end_to_end.test_process import output_of
from ui.client import SPARE_SESSION_STARTS

if TYPE_CHECKING:
    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage

REFUSED_TOKEN = "Discord does not accept DISCORD_TOKEN. Reset it in the developer portal"

PATIENCE_S = 60

A_DAY_S = 24 * 60 * 60

posix_only = pytest.mark.skipif(os.name != "posix", reason="sends signals to another process")


async def logged(bot: AnyBot, words: str) -> None:
    """Read the bot's log until it says this."""
    assert bot.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while words not in (line := (await bot.stdout.readline()).decode()):
            assert line, f"the bot ended without saying {words!r}"


def use_up(stage: Stage, *, left: int, seconds: float) -> None:
    """Leave the bot so many session starts; one more is allowed after these seconds."""
    stage.discord.limits.set(Rule.RATE_IDENTIFY_DAY, left + 1, seconds)
    stage.discord.limits.take(Rule.RATE_IDENTIFY_DAY)


async def test_a_token_that_discord_refuses(idle_stage: Stage) -> None:
    environ = {**idle_stage.environ, "DISCORD_TOKEN": "wrong"}
    async with bot_process(idle_stage.folder, environ) as bot:
        output = await output_of(bot)

    assert bot.returncode == 3
    assert REFUSED_TOKEN in output
    assert "Traceback" not in output
    assert idle_stage.discord.gateway.identified == 0


async def test_an_intent_that_the_application_has_not_got(idle_stage: Stage) -> None:
    environ = {**idle_stage.environ, "MESSAGE_CONTENT_INTENT": "true"}
    async with bot_process(idle_stage.folder, environ) as bot:
        output = await output_of(bot)

    assert bot.returncode == 3
    assert "MESSAGE_CONTENT_INTENT is on" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (CloseCode.AUTHENTICATION_FAILED, REFUSED_TOKEN),
        (CloseCode.INVALID_SHARD, "Discord ended the connection for good (code 4010)."),
        (CloseCode.INVALID_INTENTS, "Discord ended the connection for good (code 4013)."),
        (CloseCode.DISALLOWED_INTENTS, "MESSAGE_CONTENT_INTENT is on"),
    ],
)
async def test_a_close_for_good_in_the_middle_of_a_run(
    idle_stage: Stage, code: CloseCode, words: str
) -> None:
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await idle_stage.discord.connected(within=PATIENCE_S)
        idle_stage.discord.gateway.close(code)
        output = await output_of(bot)

    assert bot.returncode == 3
    assert words in output
    assert "Traceback" not in output


async def test_more_shards_than_before_take_a_restart(idle_stage: Stage) -> None:
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await idle_stage.discord.connected(within=PATIENCE_S)
        idle_stage.discord.gateway.close(CloseCode.SHARDING_REQUIRED)
        output = await output_of(bot)

    assert bot.returncode == 1
    assert "Discord requires more shards" in output
    assert "Traceback" not in output


async def test_a_token_that_is_reset_while_the_bot_connects(idle_stage: Stage) -> None:
    idle_stage.discord.faults.status(401, Aim("^/gateway/bot", times=10), code=0)
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        output = await output_of(bot)

    assert bot.returncode == 3
    assert REFUSED_TOKEN in output
    assert "Traceback" not in output


async def test_an_answer_that_discord_refuses_at_start_can_be_tried_again(
    idle_stage: Stage,
) -> None:
    idle_stage.discord.faults.status(403, Aim("/commands$", "PUT", times=10), code=50001)
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        output = await output_of(bot)

    assert bot.returncode == 1
    assert "Discord refuses what the bot asks at its start" in output


async def test_few_session_starts_are_waited_for(idle_stage: Stage) -> None:
    use_up(idle_stage, left=SPARE_SESSION_STARTS, seconds=4)
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await logged(bot, f"only {SPARE_SESSION_STARTS} session starts left")
        assert idle_stage.discord.gateway.identified == 0
        await idle_stage.discord.connected(within=PATIENCE_S)

    assert idle_stage.discord.gateway.identified == 1


async def test_one_start_more_than_the_spare_ones_is_used_at_once(idle_stage: Stage) -> None:
    use_up(idle_stage, left=SPARE_SESSION_STARTS + 1, seconds=A_DAY_S)
    async with bot_process(idle_stage.folder, idle_stage.environ):
        await idle_stage.discord.connected(within=PATIENCE_S)


@posix_only
async def test_a_stop_does_not_wait_for_session_starts(idle_stage: Stage) -> None:
    use_up(idle_stage, left=SPARE_SESSION_STARTS, seconds=A_DAY_S)
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await logged(bot, "connecting again in 86")
        bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            output = await output_of(bot)

    assert bot.returncode == 0
    assert "Traceback" not in output
    assert idle_stage.discord.gateway.identified == 0


async def test_an_endless_restart_never_costs_the_token(idle_stage: Stage) -> None:
    left = SPARE_SESSION_STARTS + 2
    use_up(idle_stage, left=left, seconds=A_DAY_S)
    token = idle_stage.discord.bot_token
    for _ in range(2):
        async with bot_process(idle_stage.folder, idle_stage.environ):
            await idle_stage.discord.connected(within=PATIENCE_S)
        await idle_stage.discord.wait_until(lambda: not idle_stage.discord.gateway.online(), 60)
    for _ in range(2):
        async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
            await logged(bot, f"only {SPARE_SESSION_STARTS} session starts left")

    assert idle_stage.discord.gateway.identified == 2
    assert idle_stage.discord.bot_token == token


async def test_sessions_that_become_invalid_never_cost_the_token(idle_stage: Stage) -> None:
    use_up(idle_stage, left=SPARE_SESSION_STARTS + 1, seconds=A_DAY_S)
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await idle_stage.discord.connected(within=PATIENCE_S)
        idle_stage.discord.gateway.invalidate()
        await logged(bot, f"only {SPARE_SESSION_STARTS} session starts left")

    assert idle_stage.discord.gateway.identified == 1
