"""What Discord's refusals mean for a job's message."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from jobs.messenger import Expired, Forbidden, Gone, Temporary, TooLarge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence

    from jobs.messenger import Outcome

logger = logging.getLogger(__name__)

CARD_DEADLINE_S: Final = 30.0
UPLOAD_DEADLINE_S: Final = 180.0
"""For one attempt, discord.py's own retries and waiting for its rate limits included."""

DEFAULT_FILE_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""The smallest limit Discord has had for a bot's files."""

GONE: Final = frozenset({10003, 10008})
"""Unknown Channel, Unknown Message."""

FORBIDDEN: Final = frozenset({50001, 50007, 50013, 50083, 50278, 200000})
"""Missing Access, Cannot Send to This User, Missing Permissions, Thread Archived, No Mutual Guild,
Message Blocked by AutoMod.
"""

EXPIRED: Final = frozenset({10015, 50027})
"""Unknown Webhook, Invalid Webhook Token."""

TOO_LARGE: Final = frozenset({40005, 50045})
"""Request Too Large, File Too Large; all from opcodes and status codes, JSON error codes."""


async def attempt(
    sending: Awaitable[Outcome],
    files: Sequence[discord.File] = (),
    *,
    limit_bytes: int = DEFAULT_FILE_LIMIT_BYTES,
) -> Outcome:
    """Return how one attempt ended, within its deadline.

    Args:
        files: that it uploads, which takes longer.
        limit_bytes: of a file there.

    Raises:
        Temporary: it may work later.
        discord.HTTPException: the request itself was wrong.
    """
    try:
        async with asyncio.timeout(UPLOAD_DEADLINE_S if files else CARD_DEADLINE_S):
            return await sending
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Temporary from error
    except discord.HTTPException as error:
        return outcome_of(error, limit_bytes=limit_bytes)


def outcome_of(error: discord.HTTPException, *, limit_bytes: int) -> Outcome:
    """Return how an attempt ended.

    Args:
        limit_bytes: of a file there, where that turns out to be what was wrong.

    Raises:
        Temporary: Discord, or something before it, could not take it just now.
        discord.HTTPException: the request itself was wrong.
    """
    if error.code in EXPIRED:
        return Expired()
    if is_too_large(error):
        return TooLarge(limit_bytes)
    if error.code in GONE:
        return Gone()
    if error.code in FORBIDDEN:
        return Forbidden()
    if error.code == 0 or error.status == 429 or error.status >= 500:  # noqa: PLR2004
        # Without a code of Discord's it is the word of something in between.
        raise Temporary from error
    raise error


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
