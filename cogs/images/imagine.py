"""/imagine: images from a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from domain.models import Action
from flux.catalogue import MAX_COUNT  # noqa: TC001  # discord.py reads it at run time
from jobs.requests import MAX_PROMPT_CHARACTERS, Draft
from ui.autocomplete import (
    TypedName,
    model_from_words,
    size_from_words,
    suggest_counts,
)
from ui.i18n import words_of

if TYPE_CHECKING:
    from ui.autocomplete import Offers
    from ui.styles import Styling
    from ui.submit import Requests


class Imagine(commands.Cog):
    """Generates images."""

    def __init__(self, *, requests: Requests, styling: Styling, offers: Offers) -> None:
        self._requests = requests
        self._styling = styling
        self._offers = offers

    @app_commands.command(description="Generate images from a prompt")
    @app_commands.describe(
        prompt="Describe the image",
        model="Flux model",
        size="Aspect ratio, such as 16:9; some models take pixels, such as 1344x768",
        count="Number of images, 1 to 4",
        spoiler="Hide the images until clicked",
        private="Only you can see the result",
        style="A saved style; options here override it",
    )
    async def imagine(  # noqa: PLR0913, PLR0917  # the options of the command
        self,
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, MAX_PROMPT_CHARACTERS],
        model: TypedName | None = None,
        size: TypedName | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        spoiler: bool | None = None,  # noqa: FBT001  # an option is passed by name
        private: bool | None = None,  # noqa: FBT001  # an option is passed by name
        style: TypedName | None = None,
    ) -> None:
        """Submit the request; the job's message shows the rest."""
        draft = Draft(
            command="imagine",
            prompt=prompt,
            model=model_from_words(model),
            size=size_from_words(size),
            count=count,
            spoiler=spoiler,
            private=private,
        )
        if style is not None:
            usual = self._offers.usual(interaction).generate
            draft = await self._styling.styled(interaction, draft, style, default_model=usual)
        await self._requests.submit(interaction, draft)

    @imagine.autocomplete("model")
    async def suggest_model(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest models in words."""
        return self._offers.suggest_models(interaction, typed, action=Action.GENERATE)

    @imagine.autocomplete("size")
    async def suggest_size(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the sizes of the model chosen so far."""
        return self._offers.suggest_sizes(interaction, typed, action=Action.GENERATE)

    @imagine.autocomplete("count")
    async def suggest_count(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[int]]:
        """Suggest the allowed numbers of images, with their cost."""
        return suggest_counts(
            str(typed),
            words_of(interaction),
            most=self._offers.most_pictures(interaction),
            model_id=model_from_words(interaction.namespace.model)
            or self._offers.usual(interaction).generate,
        )

    @imagine.autocomplete("style")
    async def suggest_style(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the person's own styles and the server's."""
        return await self._styling.suggest(interaction, typed)
