"""/edit: edits of attached images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from domain.models import Action
from jobs.requests import MAX_PROMPT_CHARACTERS, Draft, Source
from ui.autocomplete import TypedName, model_from_words, size_from_words
from ui.styles import StyledCog

if TYPE_CHECKING:
    from ui import Interaction


class Edit(StyledCog):
    """Edits attached images."""

    action = Action.EDIT

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
    @app_commands.autocomplete(
        model=StyledCog.suggest_model, size=StyledCog.suggest_size, style=StyledCog.suggest_style
    )
    async def edit(  # noqa: PLR0913, PLR0917  # the options of the command
        self,
        interaction: Interaction,
        image: discord.Attachment,
        prompt: app_commands.Range[str, 1, MAX_PROMPT_CHARACTERS],
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        model: TypedName | None = None,
        size: TypedName | None = None,
        spoiler: bool | None = None,
        private: bool | None = None,
        style: TypedName | None = None,
    ) -> None:
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
        await self.submit(interaction, draft, style)


def _source_of(image: discord.Attachment) -> Source:
    return Source(
        url=image.url,
        bytes=image.size,
        width=image.width,
        height=image.height,
        content_type=image.content_type,
    )
