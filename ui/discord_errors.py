"""What Discord's error codes mean and what is done about them; answers within its 3 seconds."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from domain.models import Problem
from jobs.messenger import (
    DEFAULT_FILE_LIMIT_BYTES,
    Expired,
    Forbidden,
    Gone,
    Outcome,
    Posted,
    Temporary,
    TooLarge,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from discord.abc import Messageable

    from ui import Interaction
    from ui.components import Card

logger = logging.getLogger(__name__)

CARD_DEADLINE_S: Final = 30.0
UPLOAD_DEADLINE_S: Final = 180.0
"""For one attempt, discord.py's own retries and waiting for its rate limits included."""

GONE: Final = frozenset({10003, 10008})
"""Unknown Channel, Unknown Message."""

FORBIDDEN: Final = {
    20009: Problem.EXPLICIT_CONTENT,
    50001: Problem.PLACE_FORBIDDEN,  # Missing Access
    50007: Problem.DIRECT_MESSAGES_CLOSED,
    50013: Problem.PLACE_FORBIDDEN,  # Missing Permissions
    50083: Problem.THREAD_LOCKED,  # Thread Archived, and it could not be unarchived
    50278: Problem.DIRECT_MESSAGES_CLOSED,  # No Mutual Guild
    160005: Problem.THREAD_LOCKED,
    200000: Problem.BLOCKED_BY_AUTOMOD,
    240000: Problem.HARMFUL_LINK,
}
"""Refusals for good, by code; any other status 4xx is one too, without a sentence of its own."""

RATE_LIMITS: Final = frozenset({20022, 20028, 20029})
"""Write limits of announcements, of a channel and of a server; they pass, whatever the status."""

WAIT_STATUSES: Final = frozenset({401, 408, 429})
"""Status codes that are no answer to the request itself: the bot's own token was not accepted,
which an invalid interaction token is not; a timeout; a rate limit."""

EXPIRED: Final = frozenset({10015, 50027})
"""Unknown Webhook, Invalid Webhook Token."""

UNKNOWN_INTERACTION: Final = 10062
"""The interaction was not answered within 3 s; opcodes and status codes, JSON error codes."""

NO_HISTORY_TO_REPLY: Final = 160002
"""Cannot reply without permission to read message history; JSON error codes."""

ALREADY_ACKNOWLEDGED: Final = 40060
"""The interaction was answered before; opcodes and status codes, JSON error codes."""

TOO_LARGE: Final = frozenset({40005, 50045})
"""Request Too Large, File Too Large; all from opcodes and status codes, JSON error codes."""

RECEIVED_AT: Final[ContextVar[float | None]] = ContextVar("received_at", default=None)
"""When the event that this task serves was received, by this process's monotonic clock, set by the
client: this machine's and Discord's clocks are never compared."""

ANSWER_DEADLINE_S: Final = 2.7
"""Since the interaction was received, of the 3 s in which Discord takes an answer."""

READ_DEADLINE_S: Final = 1.0
"""For reading from the database before an answer, of those 3 s."""

LAST_TRY_S: Final = 0.5
"""For an answer that is later than that: it may be in time all the same, and can do no harm."""

RETRY_S: Final = 0.2


class TooLateError(Exception):
    """Discord did not take the answer to an interaction within its 3 seconds."""


async def attempt(
    sending: Awaitable[Outcome],
    files: Sequence[discord.File] = (),
    *,
    limit_bytes: int = DEFAULT_FILE_LIMIT_BYTES,
) -> Outcome:
    """Return how one attempt ended, within its deadline, which is longer with files.

    Raises:
        Temporary: it may work later.
    """
    try:
        async with asyncio.timeout(UPLOAD_DEADLINE_S if files else CARD_DEADLINE_S):
            return await sending
    except (aiohttp.ClientError, OSError, TimeoutError, json.JSONDecodeError) as error:
        raise Temporary from error
    except discord.HTTPException as error:
        return outcome_of(error, limit_bytes=limit_bytes)


def outcome_of(
    error: discord.HTTPException, *, limit_bytes: int = DEFAULT_FILE_LIMIT_BYTES
) -> Expired | TooLarge | Gone | Forbidden:
    """Return how an attempt ended that was not accepted; one answer or another for each error.

    Raises:
        Temporary: Discord, or something before it, could not accept it just now.
    """
    if error.code in EXPIRED:
        return Expired()
    if is_too_large(error):
        return TooLarge(limit_bytes)
    if error.code in GONE:
        return Gone()
    if must_wait(error):
        raise Temporary from error
    if error.code not in FORBIDDEN:
        logger.warning("discord refused a request: status=%d code=%d", error.status, error.code)
    return Forbidden(FORBIDDEN.get(error.code, Problem.NOT_SHOWN))


async def unarchive(client: discord.Client, thread_id: int) -> Posted | Forbidden:
    """Unarchive a thread, so that its messages can be edited; it needs only Send Messages."""
    thread = await client.fetch_channel(thread_id)
    # Only moderators should unarchive a locked thread, even if the bot has their permission.
    if not isinstance(thread, discord.Thread) or thread.locked:
        return Forbidden(Problem.THREAD_LOCKED)
    await thread.edit(archived=False)
    return Posted(thread_id)


def must_wait(error: discord.HTTPException) -> bool:
    # Without a code of Discord's it is the answer of something in between.
    return (
        error.code == 0
        or error.code in RATE_LIMITS
        or error.status in WAIT_STATUSES
        or not 400 <= error.status < 500  # noqa: PLR2004
    )


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether Discord takes no files of that size there."""
    return error.code in TOO_LARGE or error.status == 413  # noqa: PLR2004


@contextmanager
def unimportant(what: str) -> Iterator[None]:
    """Only log where Discord does not take something that nobody waits for."""
    try:
        yield
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        code: Any = getattr(error, "code", "-")
        logger.info("%s: %s code=%s", what, type(error).__name__, code)


async def send_reply(
    channel: Messageable,
    to: discord.Message | discord.PartialMessage | None,
    card: Card,
    *,
    nonce: str,
    files: Sequence[discord.File] = (),
) -> discord.Message:
    """Send a card as a reply that pings nobody; as a message of its own where it cannot be one."""
    if to is not None:
        try:
            # Discord leaves it out where the message is gone.
            reference = to.to_reference(fail_if_not_exists=False)
            return await channel.send(view=card, files=files, nonce=nonce, reference=reference)
        except discord.HTTPException as error:
            if error.code != NO_HISTORY_TO_REPLY:
                raise
            for file in files:
                file.reset()
    return await channel.send(view=card, files=files, nonce=nonce)


def age_s() -> float:
    """Return the seconds since the event was received, 0 where this task serves none."""
    received_at = RECEIVED_AT.get()
    return 0.0 if received_at is None else time.monotonic() - received_at


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
