"""The answer to an interaction that has to reach Discord within its 3 seconds."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from ui.errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

ANSWER_DEADLINE_S: Final = 1.7
"""Of the 3 s in which Discord takes an answer; storing the job may have taken one of them."""

RETRY_S: Final = 0.2


class TooLateError(Exception):
    """Discord did not take the answer within its 3 seconds."""


async def promise_message(interaction: discord.Interaction[Any], *, private: bool) -> None:
    """Answer that a message will follow; Discord shows it as "thinking".

    Raises:
        TooLateError: Discord did not take it.
    """
    await _answer(lambda: interaction.response.defer(ephemeral=private, thinking=True))


async def take_click(interaction: discord.Interaction[Any]) -> None:
    """Answer a button so that its message stays as it is, to be edited later.

    Raises:
        TooLateError: Discord did not take it.
    """
    await _answer(interaction.response.defer)


async def open_form(interaction: discord.Interaction[Any], form: discord.ui.Modal) -> None:
    """Answer with a modal, which nothing else can come before.

    Raises:
        TooLateError: Discord did not take it.
    """
    await _answer(lambda: interaction.response.send_modal(form))


async def _answer(send: Callable[[], Awaitable[object]]) -> None:
    try:
        async with asyncio.timeout(ANSWER_DEADLINE_S):
            while True:
                try:
                    await send()
                except discord.HTTPException as error:
                    if error.code == ALREADY_ACKNOWLEDGED:
                        return  # an attempt before this one took effect though its answer was lost
                    if error.code == UNKNOWN_INTERACTION or error.status < 500:  # noqa: PLR2004
                        raise TooLateError from error
                except aiohttp.ClientError as error:
                    logger.info("answer not taken: %s", type(error).__name__)
                else:
                    return
                await asyncio.sleep(RETRY_S)
    except TimeoutError as error:
        raise TooLateError from error
