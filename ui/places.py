"""Channels: what the bot may do there, whether one is gone, and where the log goes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.models import Place
    from storage.preferences import ChoiceRepository

NEEDED: Final = ("view_channel", "send_messages", "attach_files")
NEEDED_IN_THREADS: Final = ("view_channel", "send_messages_in_threads", "attach_files")
NEEDED_IN_ANSWERS: Final = ("attach_files",)
"""Permissions by discord.py's names."""
FOUND_AGAIN_BY: Final = "read_message_history"
"""With it the bot finds its own message after a crash, instead of posting a second one."""

SHARD_SHIFT: Final = 22
"""https://discord.com/developers/docs/events/gateway#sharding"""


def knows(client: discord.Client, guild_id: int) -> bool:
    """Whether this process has the server's shard, and so hears what becomes of its channels."""
    if not isinstance(client, discord.AutoShardedClient):
        return True
    return (guild_id >> SHARD_SHIFT) % (client.shard_count or 1) in client.shards


async def is_gone(client: discord.Client, place: Place) -> bool:
    """Whether a channel is known not to be there any more, of a server that the bot is in."""
    if place.guild_id is not None and not knows(client, place.guild_id):
        try:
            await client.fetch_channel(place.channel_id)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            return isinstance(error, discord.NotFound)
        return False
    guild = client.get_guild(place.guild_id or 0)
    if guild is None or guild.unavailable:
        return False
    return guild.get_channel_or_thread(place.channel_id) is None


def lacking(granted: discord.Permissions, needed: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in needed if not getattr(granted, name))


async def log_channel_of(
    client: discord.Client, choices: ChoiceRepository, guild_id: int | None
) -> discord.TextChannel | discord.Thread | None:
    """Return a server's log channel, None if it has none.

    Raises:
        discord.HTTPException: Discord does not tell, where it has to be asked.
    """
    chosen = choices.guilds.of(guild_id).log_channel_id
    if guild_id is None or chosen is None:
        return None
    channel: object = None
    if knows(client, guild_id):
        guild = client.get_guild(guild_id)
        channel = guild and guild.get_channel_or_thread(chosen)
    else:
        with contextlib.suppress(discord.NotFound, discord.Forbidden):
            channel = await client.fetch_channel(chosen)
    return channel if isinstance(channel, discord.TextChannel | discord.Thread) else None
