"""Who asks and where, as the rules of a server see it, read from a payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from services.limits_and_access import Asker

if TYPE_CHECKING:
    from collections.abc import Iterator


def asker_of(interaction: discord.Interaction[Any]) -> Asker:
    """Return who is behind an interaction, and where."""
    return _asker(interaction.user, interaction.guild, interaction.guild_id, interaction.channel)


def asker_of_member(
    interaction: discord.Interaction[Any], user: discord.User | discord.Member
) -> Asker:
    """Return somebody as if they asked where an interaction came from."""
    return _asker(user, interaction.guild, interaction.guild_id, interaction.channel)


def asker_of_message(message: discord.Message) -> Asker:
    """Return who wrote a message, and where."""
    guild = message.guild
    return _asker(message.author, guild, guild.id if guild else None, message.channel)


def _asker(
    user: discord.User | discord.Member,
    guild: discord.Guild | None,
    guild_id: int | None,
    channel: object,
) -> Asker:
    if guild_id is None:
        return Asker(user_id=user.id)
    return Asker(
        user_id=user.id,
        guild_id=guild_id,
        # By their numbers, also where the server's roles are not known: a denial must hold there.
        role_ids=frozenset({guild_id, *getattr(user, "_roles", ())}),
        channel_ids=frozenset(_channels(guild, channel)),
    )


def _channels(guild: discord.Guild | None, channel: object) -> Iterator[int]:
    """Yield a channel, a thread's own channel, and the category of either."""
    parent_id = getattr(channel, "parent_id", None)
    parent = guild.get_channel(parent_id) if guild and parent_id else None
    # discord.py does not tell the category of a thread whose channel it does not know.
    holder = parent if isinstance(channel, discord.Thread) else channel
    known = (getattr(channel, "id", None), parent_id, getattr(holder, "category_id", None))
    yield from (channel_id for channel_id in known if channel_id)
