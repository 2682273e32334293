"""Where in a server the bot can post, told to those who manage it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import discord

from ui.places import lacking

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ui.i18n import Words

MAX_CHANNELS: Final = 15
"""Channels that are named in one message; the rest is counted."""


def named_permissions(names: Iterable[str], words: Words) -> str:
    """Return permissions as Discord names them, in a list."""
    named = [words(f"permission-{name.replace('_', '-')}") for name in names]
    return reduce(lambda some, one: words("list-of-two", first=some, second=one), named)


def report_channels(guild: discord.Guild, person: discord.Member, words: Words) -> str:
    """Return which of the channels that a person sees lack something the bot needs, and what."""
    seen = [channel for channel in _channels(guild) if channel.permissions_for(person).view_channel]
    missing = {channel: _lacking_in(channel) for channel in seen}
    broken = [channel for channel in seen if missing[channel]]
    if not broken:
        return words("doctor-all-fine", count=len(seen))
    lines = [
        words(
            "doctor-lacking",
            channel=channel.mention,
            permissions=named_permissions(missing[channel], words),
        )
        for channel in broken[:MAX_CHANNELS]
    ]
    if len(broken) > MAX_CHANNELS:
        lines.append(words("doctor-more", count=len(broken) - MAX_CHANNELS))
    told = words("doctor-some-lacking", broken=len(broken), count=len(seen))
    return "\n".join((told, *lines, words("doctor-mend")))


def _channels(guild: discord.Guild) -> Sequence[discord.TextChannel | discord.ForumChannel]:
    return [*guild.text_channels, *guild.forums]


def _lacking_in(channel: discord.TextChannel | discord.ForumChannel) -> list[str]:
    # In a forum every message stands in a thread.
    in_thread = isinstance(channel, discord.ForumChannel)
    return lacking(channel.permissions_for(channel.guild.me), in_thread=in_thread)
