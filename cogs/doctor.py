"""/doctor: the bot's permissions in this server's channels, for its managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from domain.errors import UserError
from ui.components import answer
from ui.formatting import named_permissions
from ui.i18n import Words, words_of
from ui.places import FOUND_AGAIN_BY, NEEDED, NEEDED_IN_THREADS, lacking

if TYPE_CHECKING:
    from ui import Interaction

MAX_CHANNELS: Final = 15
"""Channels that are named in one message; the rest is counted."""


class Doctor(commands.Cog):
    """Reports what keeps the bot from posting; `python bot.py doctor` checks the rest."""

    @app_commands.command(description="Check the bot's permissions in this server's channels")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def doctor(self, interaction: Interaction) -> None:
        guild, person = interaction.guild, interaction.user
        # Added with its commands only, the bot is no member and knows of no channel.
        is_member = interaction.client.get_guild(interaction.guild_id or 0) is not None
        if guild is None or not is_member or not isinstance(person, discord.Member):
            raise UserError("doctor-no-member")
        await answer(interaction, report_channels(guild, person, words_of(interaction)))


def report_channels(guild: discord.Guild, person: discord.Member, words: Words) -> str:
    """Return the permissions that the bot lacks in channels that a user sees."""
    channels: list[discord.TextChannel | discord.ForumChannel]
    channels = [*guild.text_channels, *guild.forums]
    seen = [channel for channel in channels if channel.permissions_for(person).view_channel]
    me = guild.me
    missing = {}
    for each in seen:
        # In a forum every message is in a thread.
        needed = NEEDED_IN_THREADS if isinstance(each, discord.ForumChannel) else NEEDED
        missing[each] = lacking(each.permissions_for(me), (*needed, FOUND_AGAIN_BY))
    broken = [channel for channel in seen if missing[channel]]
    if not broken:
        return words("doctor-all-fine", count=len(seen))
    lines = []
    for channel in broken[:MAX_CHANNELS]:
        named = named_permissions(missing[channel], words)
        lines.append(words("doctor-lacking", channel=channel.mention, permissions=named))
    if len(broken) > MAX_CHANNELS:
        lines.append(words("doctor-more", count=len(broken) - MAX_CHANNELS))
    summary = words("doctor-some-lacking", broken=len(broken), count=len(seen))
    return "\n".join((summary, *lines, words("doctor-mend")))
