"""The Discord client: what it asks of Discord, and how it outlives what Discord does."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from ui.errors import Tree
from ui.lost_errors import guarded, where

if TYPE_CHECKING:
    from storage.settings import SettingRepository

logger = logging.getLogger(__name__)

COMMANDS_HASH: Final = "commands_hash"
"""Key of the setting that holds what Discord was last told about the commands."""


class FluxcordBot(commands.Bot):
    """A Discord client with the least that the features need; nothing privileged."""

    def __init__(self) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        parsers = self._connection.parsers
        parsers.update({event: guarded(event, parse) for event, parse in parsers.items()})

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages alone: there are no prefix commands."""

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect to the gateway, until it is lost in a way that discord.py does not mend.

        Raises:
            ConnectionError: for what else discord.py cannot read; nothing is left open then.
        """
        try:
            await super().connect(reconnect=reconnect)
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            raise
        except Exception as error:
            # discord.py 2.7.1 leaves the websocket open then, and its thread that sends heartbeats.
            # The first connection that is never made ends so too: it looks for its sequence.
            logger.warning("the gateway was lost: %s", where(error))
            if self.ws is not None:
                await self.ws.close()
            raise ConnectionError from error

    async def sync_commands(self, settings: SettingRepository) -> None:
        """Tell Discord about the commands, only if they changed since it was last told."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if await settings.get(COMMANDS_HASH) == digest:
            return
        await self.tree.sync()
        await settings.set(COMMANDS_HASH, digest)
        logger.info("commands registered with discord: %d", len(payload))
