"""The bot of most tutorials: it promises a message, waits for the API and sends the bytes."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import discord

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.baselines.bare import run
from benchmarks.baselines.job_bot import JobBot


class TutorialBot(JobBot):
    """Holds a call for each picture; a restart loses them all."""

    def command(self) -> Any:  # noqa: ANN401  # discord.py reads its annotations
        """Return the callback of `/imagine`."""

        async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
            await interaction.response.defer(thinking=True)
            order = {
                "action": "generate",
                "prompt": prompt,
                "model": "flux-dev",
                "size": "1024x1024",
            }
            async with self.flux.post("/flux/images", json=order) as response:
                url = (await response.json())["data"][0]["image_url"]
            async with self.flux.get(url) as response:
                picture = io.BytesIO(await response.read())
            await interaction.followup.send(prompt, file=discord.File(picture, "picture.png"))

        return imagine


if __name__ == "__main__":
    run(TutorialBot())
