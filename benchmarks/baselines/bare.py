"""A bot of bare discord.py with `/imagine` that only answers; the other baselines build on it."""

from __future__ import annotations

import os
from typing import Any

import discord
import yarl
from discord import app_commands


class Bare(discord.Client):
    """Answers each command at once, and nothing follows."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="imagine", description="Answer")(self.command())

    def command(self) -> Any:  # noqa: ANN401  # discord.py reads its annotations
        """Return the callback of `/imagine`."""
        return imagine

    async def setup_hook(self) -> None:
        """Register the command."""
        await self.tree.sync()


@app_commands.describe(prompt="Read by nobody")
async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
    """Promise a message that never comes."""
    del prompt
    await interaction.response.defer(ephemeral=True, thinking=True)


def run(bot: discord.Client) -> None:
    """Run a bot until it is ended."""
    discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    bot.run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    run(Bare())
