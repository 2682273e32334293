"""A job bot that keeps nothing: Fluxcord's Discord calls, a poll a job and a temporary file."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
import discord

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.baselines.bare import Bare, run

POLL_S = 1.0


class JobBot(Bare):
    """Answers, posts a card, removes the answer, and edits the picture into the card."""

    async def setup_hook(self) -> None:
        """Register the command, and open the way to Flux."""
        headers = {"Authorization": f"Bearer {os.environ['FLUX_API_TOKEN']}"}
        self.flux = aiohttp.ClientSession(os.environ["FLUX_API_BASE"], headers=headers)
        await super().setup_hook()

    async def close(self) -> None:
        """Close the way to Flux too."""
        await self.flux.close()
        await super().close()

    def command(self) -> Any:  # noqa: ANN401  # discord.py reads its annotations
        """Return the callback of `/imagine`."""

        async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            channel = self.get_partial_messageable(interaction.channel_id or 0)
            card = await channel.send(f"Generating: {prompt}")
            await interaction.delete_original_response()
            url = await self.made(prompt)
            with tempfile.NamedTemporaryFile(suffix=".png") as file:
                async with self.flux.get(url) as response:
                    file.write(await response.read())
                file.flush()
                await card.edit(content=prompt, attachments=[discord.File(file.name)])

        return imagine

    async def made(self, prompt: str) -> str:
        """Have a picture made; return its address."""
        order = {"action": "generate", "prompt": prompt, "model": "flux-dev", "size": "1024x1024"}
        async with self.flux.post("/flux/images", json=order | {"async": True}) as response:
            task = (await response.json())["task_id"]
        while True:
            await asyncio.sleep(POLL_S)
            asking = {"action": "retrieve", "id": task}
            async with self.flux.post("/flux/tasks", json=asking) as response:
                told = (await response.json()).get("response") or {}
            if told.get("data"):
                return str(told["data"][0]["image_url"])


if __name__ == "__main__":
    run(JobBot())
