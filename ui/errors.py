"""The one place that turns errors into sentences, for commands, views and modals alike."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands, ui

from jobs.requests import RefusedRequestError
from storage.database import StorageError
from ui.sentences import NOT_ALLOWED, OUTDATED, STORAGE_UNAVAILABLE, UNEXPECTED, sentence
from ui.text import inert

logger = logging.getLogger(__name__)

TYPED_CHARACTERS: Final = 1_500
"""Of a refused prompt that are given back; each can take two of a message's 4,000."""

DETAIL_CHARACTERS: Final = 60

UNKNOWN_INTERACTION: Final = 10062
"""The interaction was not answered within 3 s; opcodes and status codes, JSON error codes."""

ALREADY_ACKNOWLEDGED: Final = 40060
"""The interaction was answered before; opcodes and status codes, JSON error codes."""


def explain(error: Exception) -> str:
    """Return the sentence for an error; one nobody expected is logged with its traceback."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    match error:
        case RefusedRequestError():
            shown = {
                key: inert(str(value), DETAIL_CHARACTERS) for key, value in error.details.items()
            }
            return sentence(error.problem, shown)
        case StorageError() | sqlite3.Error():
            logger.error("storage is unavailable", exc_info=error)
            return STORAGE_UNAVAILABLE
        case app_commands.CheckFailure():
            return NOT_ALLOWED
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return OUTDATED
        case _:
            logger.error("unexpected error", exc_info=error)
            return UNEXPECTED


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the person privately what went wrong, and give back what they typed."""
    text = explain(error)
    typed = getattr(interaction.namespace, "prompt", None) if interaction.command else None
    card = Card(timeout=None)
    card.add_item(ui.TextDisplay(text))
    if isinstance(typed, str) and typed.strip():
        card.add_item(ui.TextDisplay(f"You wrote:\n{inert(typed, TYPED_CHARACTERS)}"))
    try:
        match interaction.response.type:
            case None:
                await interaction.response.send_message(view=card, ephemeral=True)
            case discord.InteractionResponseType.deferred_channel_message:
                await interaction.edit_original_response(view=card)
            case _:
                await interaction.followup.send(view=card, ephemeral=True)
    except (TimeoutError, aiohttp.ClientError, discord.HTTPException, RuntimeError) as failure:
        # RuntimeError: the client was closed meanwhile.
        logger.warning("an error could not be told: %s", type(failure).__name__)


class Tree(app_commands.CommandTree[discord.Client]):
    """The command tree whose errors become sentences."""

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer for every command; part of discord.py's interface."""
        if interaction.type is discord.InteractionType.autocomplete:
            logger.warning("autocomplete failed: %s", type(error).__name__)
            return
        await answer_error(interaction, error)


class Card(ui.LayoutView):
    """A message of components whose errors become sentences."""

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, item: ui.Item[Any], /
    ) -> None:
        """Answer for every button and select; part of discord.py's interface."""
        del item
        await answer_error(interaction, error)


class Form(ui.Modal):
    """A modal whose errors become sentences."""

    async def on_error(  # type: ignore[override]  # discord.py's own Modal differs from its base
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Answer for every submit; part of discord.py's interface."""
        await answer_error(interaction, error)
