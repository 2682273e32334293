"""/edit: edits of attached images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from domain.models import Action
from jobs.requests import MAX_PROMPT_CHARACTERS, Draft, Source
from ui.autocomplete import (
    TypedName,
    model_from_words,
    size_from_words,
)

if TYPE_CHECKING:
    from ui.autocomplete import Offers
    from ui.styles import Styling
    from ui.submit import Requests


class Edit(commands.Cog):
    """Edits attached images."""

    def __init__(self, *, requests: Requests, styling: Styling, offers: Offers) -> None:
        self._requests = requests
        self._styling = styling
        self._offers = offers

    @app_commands.command(description="Edit an image")
    @app_commands.describe(
        image="The image to edit: PNG, JPEG, WebP, GIF, AVIF or HEIC",
        image2="Another image, joined to the right of the first one",
        image3="A third image, joined to the right of the others",
        prompt="Describe what should change",
        model="Flux model",
        size="Aspect ratio; default: same as original",
        spoiler="Hide the image until clicked",
        private="Only you can see the result",
        style="A saved style; options here override it",
    )
    async def edit(  # noqa: PLR0913, PLR0917  # the options of the command
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        prompt: app_commands.Range[str, 1, MAX_PROMPT_CHARACTERS],
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        model: TypedName | None = None,
        size: TypedName | None = None,
        spoiler: bool | None = None,  # noqa: FBT001  # an option is passed by name
        private: bool | None = None,  # noqa: FBT001  # an option is passed by name
        style: TypedName | None = None,
    ) -> None:
        """Take the request; the job's own message says the rest."""
        draft = Draft(
            command="edit",
            prompt=prompt,
            model=model_from_words(model),
            size=size_from_words(size),
            spoiler=spoiler,
            private=private,
            source=_source_of(image),
            more_sources=tuple(_source_of(each) for each in (image2, image3) if each is not None),
        )
        if style is not None:
            usual = self._offers.usual(interaction).edit
            draft = await self._styling.styled(interaction, draft, style, default_model=usual)
        await self._requests.submit(interaction, draft)

    @edit.autocomplete("model")
    async def suggest_model(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the models that edit, in words."""
        return self._offers.suggest_models(interaction, typed, action=Action.EDIT)

    @edit.autocomplete("size")
    async def suggest_size(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the sizes of the model chosen so far."""
        return self._offers.suggest_sizes(interaction, typed, action=Action.EDIT)

    @edit.autocomplete("style")
    async def suggest_style(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the person's own styles and the server's."""
        return await self._styling.suggest(interaction, typed)


def _source_of(image: discord.Attachment) -> Source:
    return Source(
        url=image.url,
        bytes=image.size,
        width=image.width,
        height=image.height,
        content_type=image.content_type,
    )
