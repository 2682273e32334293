"""The one place that turns errors into sentences and into log lines without what a user typed."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from discord import app_commands, ui

from domain.errors import Plain, UserError
from domain.limits import Budget
from domain.models import Problem
from images.files import StoreUnavailableError
from jobs.messenger import Temporary
from jobs.problems import undelivered_problem
from storage.errors import DATABASE_UNAVAILABLE, EngineError, StorageError
from ui.buttons import DraftButtonId
from ui.components import MESSAGE_CHARACTERS, Card, button, inert
from ui.discord_errors import (
    FORBIDDEN,
    UNKNOWN_INTERACTION,
    TooLateError,
    must_wait,
    outcome_of,
)
from ui.formatting import limit_in_words, named_permissions
from ui.forms import PROMPT, values_of
from ui.i18n import Words, words_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from ui import Interaction
    from ui.client import FluxcordBot

logger = logging.getLogger(__name__)


PART_CHARACTERS: Final = 1_500
"""Of a prompt that goes into several messages; each can take two of a message's."""

MAX_PARTS: Final = 6
"""An answer and five follow-ups, Discord's limit where the bot is no member; 6,000 characters are
the longest text that an option can hold."""

DETAIL_CHARACTERS: Final = 60

REASON_CHARACTERS: Final = 200
"""Of the reason of a block, which is shown whole."""


INNERMOST_FRAMES: Final = 8
"""Of a traceback in the log; of an endless recursion too, these tell where it was."""


_SENTENCES: Final = {problem: f"problem-{problem.replace('_', '-')}" for problem in Problem}
"""The ids of their sentences in `ui/locales`."""


def not_shown(error: discord.HTTPException, words: Words, guild_id: int | None) -> UserError:
    """Return the error for a user whose stored image Discord refused to show in a place."""
    try:
        outcome = outcome_of(error)
    except Temporary:
        return UserError("error-discord-busy")
    place, cost = place_in_words(guild_id), words("cost-nothing")
    return UserError(_SENTENCES[undelivered_problem(outcome)], place=Plain(place), cost=Plain(cost))


def explain(error: Exception, words: Words) -> str:
    """Return the sentence for an error; one nobody expected is logged with its traceback."""
    match error:
        case UserError(reason=Problem() as problem):
            return problem_in_words(problem, words, **_shown(error.details, words))
        case UserError(reason=str() as message_id):
            return words(message_id, **_shown(error.details, words))
        case StorageError() | EngineError() | StoreUnavailableError():
            # The database logs the traceback of what it knows, once for an outage.
            trace = error if isinstance(error, EngineError) else None
            logger.error("storage is unavailable: %s", error, exc_info=trace)
            is_images = isinstance(error, StoreUnavailableError)
            return words("error-images" if is_images else "error-storage")
        case app_commands.CheckFailure():
            return words("error-not-allowed")
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            return words("error-outdated")
        case _:
            return words(_unexpected(error))


def _unexpected(error: Exception) -> str:
    match error:
        case discord.HTTPException() if error.code in FORBIDDEN:
            logger.warning("discord denied a request: code=%d", error.code)
            return "error-forbidden"
        case discord.HTTPException() if must_wait(error):
            logger.warning("discord is unavailable: status=%d", error.status)
            return "error-discord-busy"
        case aiohttp.ClientError():
            # Its words can hold the address that was called, and so an interaction's token.
            logger.error("cannot reach discord: %s", type(error).__name__)
        case _:
            logger.error("unexpected error", exc_info=error)
    return "error-unexpected"


def problem_in_words(problem: Problem, words: Words, **details: str) -> str:
    """Return the sentence for a problem, its details already made safe to show.

    A detail `image` is the number of the image that it is about.
    """
    number = details.pop("image", None)
    sentence = words(_SENTENCES[problem], **details)
    return words("problem-of-image", number=number, problem=sentence) if number else sentence


def place_in_words(guild_id: int | None) -> str:
    return "direct" if guild_id is None else "server"


def _shown(details: Mapping[str, object], words: Words) -> dict[str, str]:
    shown = {}
    for name, detail in details.items():
        match detail:
            case Plain():
                shown[name] = str(detail)
            case Budget():
                shown[name] = limit_in_words(detail.kind, detail.most, words)
            case datetime():
                shown[name] = discord.utils.format_dt(detail, "R")
            # What is in a list is the bot's or Discord's own.
            case tuple() if name == "permissions":
                shown[name] = named_permissions(detail, words)
            case tuple():
                items = (f"<#{each}>" if name == "channels" else str(each) for each in detail)
                # An empty list has a variant of its own in the sentence.
                shown[name] = ", ".join(items) or "none"
            case _:
                most = REASON_CHARACTERS if name == "reason" else DETAIL_CHARACTERS
                shown[name] = inert(str(detail), most)
    return shown


def count_refusal(client: FluxcordBot, error: Exception) -> None:
    """Tell the client's observers that a request was refused, if the error means that."""
    match error:
        case UserError(reason=Problem() as problem):
            reason = str(problem)
        case StorageError():
            reason = DATABASE_UNAVAILABLE
        case _:
            return
    for observe in client.refusal_observers:
        observe(reason)


async def answer_error(interaction: Interaction, error: Exception) -> None:
    """Show the user privately what went wrong, with what they typed."""
    count_refusal(interaction.client, error)
    words = words_of(interaction)
    typed: object = getattr(interaction.namespace, "prompt", "") if interaction.command else ""
    if interaction.type is discord.InteractionType.modal_submit:
        typed = values_of(interaction).get(PROMPT, "")
    first, *more = _messages(explain(error, words), str(typed or ""), words)
    _offer_draft(first, error, words)
    try:
        match interaction.response.type:
            case None:
                await interaction.response.send_message(view=first, ephemeral=True)
            case discord.InteractionResponseType.deferred_channel_message:
                try:  # in place of "thinking"
                    await interaction.edit_original_response(view=first)
                except discord.HTTPException:
                    await interaction.followup.send(view=first, ephemeral=True)
            case _:
                await interaction.followup.send(view=first, ephemeral=True)
        for card in more:
            await interaction.followup.send(view=card, ephemeral=True)
    except (TimeoutError, aiohttp.ClientError, discord.HTTPException, RuntimeError) as failure:
        # RuntimeError: the client was closed meanwhile.
        logger.warning("error message not sent: %s", type(failure).__name__)


def error_card(error: Exception, words: Words) -> Card:
    """Return what went wrong, with a button to rephrase where that may help."""
    card = Card(explain(error, words))
    _offer_draft(card, error, words)
    return card


def _offer_draft(card: Card, error: Exception, words: Words) -> None:
    if isinstance(error, UserError) and error.draft_id is not None:
        retry = button(words("button-retry"), DraftButtonId(error.draft_id))
        card.add_item(ui.ActionRow[Any](retry))


def _messages(text: str, typed: str, words: Words) -> list[Card]:
    if not typed.strip():
        return [Card(text)]
    whole = f"{words('you-wrote')}\n{inert(typed, len(typed))}"
    if len(text) + len(whole) <= MESSAGE_CHARACTERS:
        return [Card(text, whole)]
    starts = range(0, len(typed), PART_CHARACTERS)[:MAX_PARTS]
    parts = [
        f"{words('you-wrote-part', number=number, count=len(starts))}\n"
        + inert(typed[start : start + PART_CHARACTERS], PART_CHARACTERS)
        for number, start in enumerate(starts, start=1)
    ]
    return [Card(text, parts[0]), *(Card(part) for part in parts[1:])]


def where(error: BaseException) -> str:
    """Return an error's type and innermost frames, not its text: a user may have typed that."""
    frames = reversed(traceback.extract_tb(error.__traceback__, limit=-INNERMOST_FRAMES))
    places = (f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}" for frame in frames)
    return " < ".join((type(error).__name__, *places))


def log_lost_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of a task or a callback that nothing awaited; the event loop's handler."""
    del loop
    error = context.get("exception")
    # With an error, asyncio's own message can hold the arguments of the call.
    logger.error("unhandled error: %s", where(error) if error else context["message"])


class Tree(app_commands.CommandTree[discord.Client]):
    """The command tree whose errors become sentences."""

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Answer for every command; part of discord.py's interface."""
        if interaction.type is discord.InteractionType.autocomplete:
            logger.warning("autocomplete failed: %s", type(error).__name__)
            return
        if not isinstance(error, app_commands.CommandInvokeError):
            await answer_error(interaction, error)
        elif not isinstance(late := error.original, TooLateError):
            await answer_error(interaction, late)
        elif isinstance(refusal := late.__cause__, discord.HTTPException) and (
            refusal.code != UNKNOWN_INTERACTION
        ):
            # Of that response alone: the interaction may well take another.
            await answer_error(interaction, refusal)
        else:
            logger.info("%s: the response came too late", error.command.qualified_name)
