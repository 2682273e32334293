"""Errors of commands become sentences in one place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from clock import Clock
from tests.openapi import local_discord
from ui.client import FluxcordBot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox.discord import LocalDiscord, SeenMessage

SECRET = "the inner details"


@app_commands.command(description="Fails")
async def fail(interaction: discord.Interaction[Any]) -> None:
    raise RuntimeError(SECRET)


@app_commands.command(description="Answers, then fails")
async def fail_later(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.defer(ephemeral=True)
    raise RuntimeError(SECRET)


@pytest.fixture
async def local() -> AsyncIterator[LocalDiscord]:
    """A local Discord with the real bot's client and tree, and faulty features in them."""
    async with local_discord() as local, FluxcordBot(clock=Clock()) as bot:
        Route.BASE = local.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(local.gateway_url)
        bot.tree.add_command(fail)
        bot.tree.add_command(fail_later)
        await bot.login(local.bot_token)
        await bot.tree.sync()
        serving = asyncio.create_task(bot.connect())
        await local.connected()
        yield local
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def check_sentence(message: SeenMessage | None, caplog: pytest.LogCaptureFixture) -> None:
    assert message is not None
    assert message.private
    assert "Something went wrong" in message.text
    assert SECRET not in message.text
    assert SECRET in caplog.text


async def test_an_unexpected_error_is_told_privately_and_logged(
    local: LocalDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    use = local.person().use("fail")
    await use.answered()

    check_sentence(use.message, caplog)


async def test_an_error_after_the_answer_is_told_too(
    local: LocalDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    use = local.person().use("fail_later")
    message = await local.person().wait_for(lambda seen: "Something went wrong" in seen.text)

    assert use.failed is None
    check_sentence(message, caplog)
