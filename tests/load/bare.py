"""A bot of bare discord.py with `/imagine` that only answers: what a burst costs discord.py."""

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
        self.tree.command(name="imagine", description="Answer")(imagine)

    async def setup_hook(self) -> None:
        await self.tree.sync()


@app_commands.describe(prompt="Read by nobody")
async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
    del prompt
    await interaction.response.defer(ephemeral=True, thinking=True)


def main() -> None:
    discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    Bare().run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    main()
