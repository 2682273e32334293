"""The answer to an interaction that has to reach Discord within its 3 seconds.

Each way to answer raises `TooLateError` where Discord did not take it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from ui.discord_errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ui import Interaction

logger = logging.getLogger(__name__)

RECEIVED_AT: Final[ContextVar[float | None]] = ContextVar("received_at", default=None)
"""When the event that this task serves was received, by this process's monotonic clock, set by the
client: this machine's and Discord's clocks are never compared."""

ANSWER_DEADLINE_S: Final = 2.7
"""Since the interaction was received, of the 3 s in which Discord takes an answer."""

LAST_TRY_S: Final = 0.5
"""For an answer that is later than that: it may be in time all the same, and can do no harm."""

RETRY_S: Final = 0.2


def age_s() -> float:
    """Return the seconds since the event was received, 0 where this task serves none."""
    received_at = RECEIVED_AT.get()
    return 0.0 if received_at is None else time.monotonic() - received_at


class TooLateError(Exception):
    """Discord did not take the answer within its 3 seconds."""


async def promise_message(interaction: Interaction, *, private: bool) -> None:
    """Answer that a message will follow; Discord shows it as "thinking"."""
    await answer_in_time(partial(interaction.response.defer, ephemeral=private, thinking=True))


async def take_click(interaction: Interaction) -> None:
    """Answer a button so that its message stays as it is, to be edited later."""
    await answer_in_time(interaction.response.defer)


async def open_form(interaction: Interaction, form: discord.ui.Modal) -> None:
    """Answer with a modal, which nothing else can come before."""
    await answer_in_time(lambda: interaction.response.send_modal(form))


async def answer_in_time(send: Callable[[], Awaitable[object]]) -> None:
    """Send the first answer to an interaction, again where its connection breaks.

    Raises:
        TooLateError: Discord did not take it.
    """
    try:
        async with asyncio.timeout(max(ANSWER_DEADLINE_S - age_s(), LAST_TRY_S)):
            while True:
                try:
                    await send()
                except discord.HTTPException as error:
                    if error.code == ALREADY_ACKNOWLEDGED:
                        return  # an attempt before this one took effect though its answer was lost
                    if error.code == UNKNOWN_INTERACTION or error.status < 500:  # noqa: PLR2004
                        raise TooLateError from error
                except aiohttp.ClientError as error:
                    logger.info("response not accepted: %s", type(error).__name__)
                else:
                    return
                await asyncio.sleep(RETRY_S)
    except TimeoutError as error:
        raise TooLateError from error
