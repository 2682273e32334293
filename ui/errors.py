"""The one place that turns errors into sentences, for commands, views and modals alike."""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands, ui

from jobs.requests import RefusedRequestError
from storage.database import StorageError
from ui.buttons import DraftButton
from ui.forms import read_form
from ui.sentences import NOT_ALLOWED, OUTDATED, STORAGE_UNAVAILABLE, UNEXPECTED, sentence
from ui.text import inert

logger = logging.getLogger(__name__)

MESSAGE_CHARACTERS: Final = 4_000
"""Over all text of a message of components; components reference."""

PART_CHARACTERS: Final = 1_500
"""Of a prompt that goes into several messages; each can take two of a message's."""

MAX_PARTS: Final = 6
"""An answer and five follow-ups, Discord's limit where the bot is no member; 6,000 characters are
the longest text that an option can hold."""

DETAIL_CHARACTERS: Final = 60

UNKNOWN_INTERACTION: Final = 10062
"""The interaction was not answered within 3 s; opcodes and status codes, JSON error codes."""

ALREADY_ACKNOWLEDGED: Final = 40060
"""The interaction was answered before; opcodes and status codes, JSON error codes."""


class DeclinedError(Exception):
    """A press or a command that is not for this person, or no longer of use.

    Attributes:
        sentence: one of `ui.sentences`, shown as it is.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def explain(error: Exception) -> str:
    """Return the sentence for an error; one nobody expected is logged with its traceback."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    match error:
        case RefusedRequestError():
            shown = {key: _shown(value) for key, value in error.details.items()}
            return sentence(error.problem, shown)
        case DeclinedError():
            return error.sentence
        case StorageError() | sqlite3.Error():
            logger.error("storage is unavailable", exc_info=error)
            return STORAGE_UNAVAILABLE
        case app_commands.CheckFailure():
            return NOT_ALLOWED
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return OUTDATED
        case aiohttp.ClientError():
            # Its words can hold the address that was called, and so an interaction's token.
            logger.error("discord was not reached: %s", type(error).__name__)
        case _:
            logger.error("unexpected error", exc_info=error)
    return UNEXPECTED


def _shown(detail: object) -> str:
    if isinstance(detail, datetime):
        return discord.utils.format_dt(detail, "R")
    return inert(str(detail), DETAIL_CHARACTERS)


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the person privately what went wrong, and give back what they typed."""
    first, *more = _messages(explain(error), _typed(interaction))
    draft_id = _draft_id(error)
    if draft_id is not None:
        first.add_item(ui.ActionRow[Any](DraftButton(draft_id)))
    try:
        match interaction.response.type:
            case None:
                await interaction.response.send_message(view=first, ephemeral=True)
            case discord.InteractionResponseType.deferred_channel_message:
                await interaction.edit_original_response(view=first)
            case _:
                await interaction.followup.send(view=first, ephemeral=True)
        for card in more:
            await interaction.followup.send(view=card, ephemeral=True)
    except (TimeoutError, aiohttp.ClientError, discord.HTTPException, RuntimeError) as failure:
        # RuntimeError: the client was closed meanwhile.
        logger.warning("an error could not be told: %s", type(failure).__name__)


def _typed(interaction: discord.Interaction[Any]) -> str:
    if interaction.type is discord.InteractionType.modal_submit:
        return read_form(interaction).prompt
    typed = getattr(interaction.namespace, "prompt", None) if interaction.command else None
    return typed if isinstance(typed, str) else ""


def _draft_id(error: Exception) -> str | None:
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    return error.draft_id if isinstance(error, RefusedRequestError) else None


def _messages(text: str, typed: str) -> list[Card]:
    if not typed.strip():
        return [_card(text)]
    whole = f"You wrote:\n{inert(typed, len(typed))}"
    if len(text) + len(whole) <= MESSAGE_CHARACTERS:
        return [_card(text, whole)]
    starts = range(0, len(typed), PART_CHARACTERS)[:MAX_PARTS]
    parts = [
        f"You wrote, part {number} of {len(starts)}:\n"
        + inert(typed[start : start + PART_CHARACTERS], PART_CHARACTERS)
        for number, start in enumerate(starts, start=1)
    ]
    return [_card(text, parts[0]), *(_card(part) for part in parts[1:])]


def _card(*texts: str) -> Card:
    card = Card(timeout=None)
    for text in texts:
        card.add_item(ui.TextDisplay(text))
    return card


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
