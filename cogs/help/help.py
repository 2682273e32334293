"""/help: what a person can do where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

if TYPE_CHECKING:
    from ui.help import Help


class HelpCommand(commands.Cog):
    """Shows the help; a mention without words and a first direct message get it too."""

    def __init__(self, help_: Help) -> None:
        self._help = help_

    @app_commands.command(description="Show what you can do here")
    async def help(self, interaction: discord.Interaction[Any]) -> None:
        """Answer with what this person can do here."""
        card = await self._help.for_interaction(interaction)
        await interaction.response.send_message(view=card, ephemeral=True)
