"""Words for the operator where Discord does not let the bot in."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands

from domain.errors import RefusedError, StartError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
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
