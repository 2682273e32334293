"""Logging in to Discord and registering the commands, retried until Discord responds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp
import discord
from discord import app_commands

from domain.errors import RefusedError, StartError
from ui.i18n import CommandWords, digest_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from storage.repository import SettingRepository
    from ui.client import FluxcordBot

R = TypeVar("R")

logger = logging.getLogger(__name__)

COMMANDS_HASH: Final = "commands_hash"
"""Key of the setting that holds what Discord was last told about the commands."""

FIRST_RETRY_S: Final = 1.0
SLOWEST_RETRY_S: Final = 60.0

AUTHENTICATION_FAILED: Final = 4004
"""With this code Discord's gateway refuses a token.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
"""

SHARDING_REQUIRED: Final = 4011
"""With this code it refuses a shard that would have more than 2,500 servers."""

LOGIN_REFUSED: Final = (
    "Discord does not accept DISCORD_TOKEN. Reset it in the developer portal (your "
    "application, Bot, Reset Token) and put the new one into .env."
)

INTENT_REFUSED: Final = (
    "MESSAGE_CONTENT_INTENT is on, and Discord has not given your application that intent. "
    "Switch it on in the developer portal (your application, Bot, Message Content Intent), "
    "or take the setting out of .env."
)

MORE_SHARDS: Final = (
    "Discord requires more shards for this number of servers. Start again without SHARD_COUNT, or "
    "with a larger one."
)


class SessionStartLimitError(ConnectionError):
    """Only so many session starts are `left`; Discord allows more in `wait_s` seconds."""

    def __init__(self, left: int, wait_s: float) -> None:
        super().__init__(f"{left} session starts left, more in {wait_s:.0f} s")
        self.left = left
        self.wait_s = wait_s


async def patiently(action: Callable[[], Awaitable[R]]) -> R:
    """Retry while Discord is unavailable; discord.py itself gives up at the first failure."""
    wait_s = FIRST_RETRY_S
    while True:
        began_at = time.monotonic()
        try:
            return await action()
        except SessionStartLimitError as error:
            await asyncio.sleep(max(error.wait_s, FIRST_RETRY_S))
            continue
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = type(error).__name__
        except discord.HTTPException as error:
            if error.status < 500 and error.status != 429:  # noqa: PLR2004  # it is available
                raise
            reason = f"status {error.status}"
        if time.monotonic() - began_at > SLOWEST_RETRY_S:  # it was there in between
            wait_s = FIRST_RETRY_S
        logger.warning("discord is unavailable (%s), retrying in %.0f s", reason, wait_s)
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311  # spreads retries
        wait_s = min(wait_s * 2, SLOWEST_RETRY_S)


async def log_in(
    client: FluxcordBot,
    token: str,
    settings: SettingRepository | None,
    registering: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> None:
    """Log in and register the commands, retried until Discord responds.

    Args:
        settings: None to leave the commands to other processes.
        registering: lets one process at a time do that.

    Raises:
        discord.LoginFailure: the token is not accepted.
        discord.HTTPException: Discord refuses what is asked.
    """

    async def try_once() -> None:
        try:
            await client.login(token)
        except BaseException:  # a stop in the middle leaves a session behind as well
            await client.http.close()
            raise

    async def register(settings: SettingRepository) -> None:
        async with registering():
            digest = digest_of(client.tree, client.application_id)
            if await settings.get(COMMANDS_HASH) == digest:
                return  # Discord knows them
            await client.tree.set_translator(CommandWords())
            registered = await client.tree.sync()
            await settings.set(COMMANDS_HASH, digest)
            logger.info("commands registered with discord: %d", len(registered))

    await patiently(try_once)
    if settings is not None:
        await patiently(partial(register, settings))


@contextlib.contextmanager
def login_errors_explained() -> Iterator[None]:
    """Turn what Discord answers to a login into a sentence for the operator.

    Raises:
        RefusedError: Discord refuses the bot, which no restart changes.
        StartError: Discord refuses something else that the bot needs.
    """
    try:
        yield
    except discord.LoginFailure as error:
        raise RefusedError(LOGIN_REFUSED) from error
    except discord.PrivilegedIntentsRequired as error:
        raise RefusedError(INTENT_REFUSED) from error
    except discord.ConnectionClosed as error:
        if error.code == AUTHENTICATION_FAILED:
            raise RefusedError(LOGIN_REFUSED) from error
        if error.code == SHARDING_REQUIRED:
            raise StartError(MORE_SHARDS) from error
        raise RefusedError(f"Discord ended the connection for good (code {error.code}).") from error
    except (discord.HTTPException, app_commands.AppCommandError) as error:
        if isinstance(error, discord.HTTPException) and error.status == HTTPStatus.UNAUTHORIZED:
            raise RefusedError(LOGIN_REFUSED) from error
        raise StartError(f"Discord refuses what the bot asks at its start: {error}") from error
