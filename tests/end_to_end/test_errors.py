"""Errors become sentences in one place, for commands and buttons alike."""

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
from sandbox.discord import LocalDiscord
from tests.openapi import check_requests
from ui.client import FluxcordBot
from ui.errors import Card

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox.discord import SeenMessage, Use

SECRET = "the inner details"


class FaultyCard(Card):
    """A message whose button fails."""

    row = discord.ui.ActionRow["FaultyCard"]()

    @row.button(label="Fail")
    async def fail(
        self, interaction: discord.Interaction[Any], button: discord.ui.Button[Any]
    ) -> None:
        raise RuntimeError(SECRET)


@app_commands.command(description="Fails")
async def fail(interaction: discord.Interaction[Any]) -> None:
    raise RuntimeError(SECRET)


@app_commands.command(description="Answers, then fails")
async def fail_later(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.defer(ephemeral=True)
    raise RuntimeError(SECRET)


@app_commands.command(description="Shows a card")
async def card(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.send_message(view=FaultyCard())


@pytest.fixture
async def local() -> AsyncIterator[LocalDiscord]:
    """A local Discord with the real bot's client and tree, and faulty features in them."""
    async with await LocalDiscord.start() as local, FluxcordBot(clock=Clock()) as bot:
        Route.BASE = local.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(local.gateway_url)
        bot.tree.add_command(fail)
        bot.tree.add_command(fail_later)
        bot.tree.add_command(card)
        await bot.login(local.bot_token)
        await bot.tree.sync()
        serving = asyncio.create_task(bot.connect())
        await local.connected()
        yield local
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        check_requests(local.requests)


def check_sentence(message: SeenMessage | None, caplog: pytest.LogCaptureFixture) -> None:
    assert message is not None
    assert message.private
    assert "Something went wrong on my side" in message.text
    assert SECRET not in message.text
    assert SECRET in caplog.text


async def failing_use(local: LocalDiscord, way: str) -> Use:
    ada = local.person()
    if way in {"fail", "fail_later"}:
        return ada.use(way)
    ada.use("card")
    message = await ada.wait_for(lambda seen: bool(seen.buttons))
    return await ada.click(message, "Fail")


@pytest.mark.parametrize("way", ["fail", "button"])
async def test_an_unexpected_error_is_told_privately_and_logged(
    local: LocalDiscord, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    use = await failing_use(local, way)
    await use.answered()

    check_sentence(use.message, caplog)


async def test_an_error_after_the_answer_is_told_too(
    local: LocalDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    use = await failing_use(local, "fail_later")
    message = await local.person().wait_for(lambda seen: "wrong on my side" in seen.text)

    assert use.failed is None
    check_sentence(message, caplog)
