"""/doctor: whether the bot can post in this server's channels, for those who manage it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from domain.errors import UserError
from ui.errors import text_card
from ui.i18n import words_of
from ui.permissions import report_channels


class Doctor(commands.Cog):
    """Says what keeps the bot from posting; `python bot.py doctor` knows the rest."""

    @app_commands.command(description="Check the bot's permissions in this server's channels")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def doctor(self, interaction: discord.Interaction[Any]) -> None:
        """Look into every channel that the person sees."""
        guild, person = interaction.guild, interaction.user
        # Added with its commands only, the bot is no member and knows of no channel.
        is_member = interaction.client.get_guild(interaction.guild_id or 0) is not None
        if guild is None or not is_member or not isinstance(person, discord.Member):
            raise UserError("doctor-no-member")
        told = report_channels(guild, person, words_of(interaction))
        await interaction.response.send_message(view=text_card(told), ephemeral=True)
