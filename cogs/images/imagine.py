"""/imagine: images from a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from domain.models import Action
from flux.catalogue import MAX_COUNT  # noqa: TC001  # discord.py reads it at run time
from jobs.requests import MAX_PROMPT_CHARACTERS, Draft
from ui.autocomplete import TypedName, model_from_words, size_from_words, suggest_counts
from ui.i18n import words_of
from ui.styles import StyledCog

if TYPE_CHECKING:
    from ui import Interaction


class Imagine(StyledCog):
    """Generates images."""

    action = Action.GENERATE

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
    @app_commands.autocomplete(
        model=StyledCog.suggest_model, size=StyledCog.suggest_size, style=StyledCog.suggest_style
    )
    async def imagine(  # noqa: PLR0913, PLR0917  # the options of the command
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, MAX_PROMPT_CHARACTERS],
        model: TypedName | None = None,
        size: TypedName | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        spoiler: bool | None = None,
        private: bool | None = None,
        style: TypedName | None = None,
    ) -> None:
        draft = Draft(
            command="imagine",
            prompt=prompt,
            model=model_from_words(model),
            size=size_from_words(size),
            count=count,
            spoiler=spoiler,
            private=private,
        )
        await self.submit(interaction, draft, style)

    @imagine.autocomplete("count")
    async def suggest_count(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[int]]:
        return suggest_counts(
            str(typed),
            words_of(interaction),
            most=self.offers.most_pictures(interaction),
            model_id=model_from_words(interaction.namespace.model)
            or self.offers.usual(interaction).generate,
        )
