"""Connections to Discord's gateway that outlive what Discord does, and refused logins."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import aiohttp
import discord
import discord.gateway
import discord.shard
from discord import app_commands

from domain.errors import RefusedError, StartError
from ui.errors import where

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

R = TypeVar("R")

logger = logging.getLogger(__name__)

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
    """Too few session starts are left to connect now.

    Attributes:
        left: how many Discord would still allow.
        wait_s: seconds until Discord allows more.
    """

    def __init__(self, left: int, wait_s: float) -> None:
        super().__init__(f"{left} session starts left, more in {wait_s:.0f} s")
        self.left = left
        self.wait_s = wait_s


class GatewaySocket(discord.gateway.DiscordWebSocket):
    """One shard's connection. Whatever ends it, discord.py connects that shard again.

    By itself, discord.py closes the whole client on what it cannot read, and retries a shard's
    first connection with a deeper stack each time.
    """

    @classmethod
    async def from_client(cls, client: discord.Client, **options: Any) -> Self:  # noqa: ANN401  # as discord.py's
        """Connect and identify, or resume; a shard's first connection until it is made."""
        connect = super().from_client

        async def connect_once() -> Self:
            with _unreadable_is_lost():
                return await connect(client, **options)

        async def launch() -> Self:
            try:
                return await connect_once()
            except (discord.ConnectionClosed, discord.gateway.ReconnectWebSocket) as error:
                raise ConnectionError from error

        is_first = (
            isinstance(client, discord.AutoShardedClient)
            and options["shard_id"] not in client.shards
        )
        return await (patiently(launch) if is_first else connect_once())

    async def received_message(self, msg: Any, /) -> None:  # noqa: ANN401  # whatever Discord sent
        """Parse a frame; part of discord.py's interface."""
        try:
            await super().received_message(msg)
        except Exception:  # noqa: BLE001  # sorted by the block within
            try:
                with _unreadable_is_lost():
                    raise
            except ConnectionError:
                await self.close(4000)  # else its thread goes on sending heartbeats
                raise


@contextlib.contextmanager
def _unreadable_is_lost() -> Iterator[None]:
    """Raise ConnectionError for what discord.py does not expect."""
    try:
        yield
    except (
        discord.DiscordException,
        discord.gateway.ReconnectWebSocket,
        discord.gateway.WebSocketClosure,
        aiohttp.ClientError,
        OSError,
    ):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, a new connection may be readable
        logger.warning("gateway connection lost: %s", where(error))
        raise ConnectionError from None  # discord.py logs it, and the cause may quote people


discord.shard.DiscordWebSocket = GatewaySocket  # type: ignore[misc]


async def patiently(action: Callable[[], Awaitable[R]]) -> R:
    """Do it again while Discord is away; discord.py itself gives up on a first failure."""
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
            if error.status < 500 and error.status != 429:  # noqa: PLR2004  # it is not away
                raise
            reason = f"status {error.status}"
        if time.monotonic() - began_at > SLOWEST_RETRY_S:  # it was there in between
            wait_s = FIRST_RETRY_S
        logger.warning("discord is unavailable (%s), retrying in %.0f s", reason, wait_s)
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311  # spreads retries
        wait_s = min(wait_s * 2, SLOWEST_RETRY_S)


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
