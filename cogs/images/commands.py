"""/imagine and /edit: images from a prompt, and edits of attached ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from domain.errors import UserError
from domain.models import Action
from flux.catalogue import MAX_COUNT  # noqa: TC001  # discord.py reads it at run time
from jobs.requests import MAX_PROMPT_CHARACTERS, Draft, model_from_words
from jobs.styles import apply_style
from ui.autocomplete import (
    STYLE_DEADLINE_S,
    Offers,
    Suggestions,
    TypedName,
    size_from_words,
    suggest_counts,
    suggest_styles,
)
from ui.i18n import words_of
from ui.message_images import source_of_attachment

if TYPE_CHECKING:
    from storage.styles import StyleRepository
    from ui import Interaction
    from ui.submit import Requests


class ImageCommands(commands.Cog):
    """Submits requests; the job's own message shows the rest."""

    def __init__(self, *, requests: Requests, styles: StyleRepository, offers: Offers) -> None:
        self._requests = requests
        self._styles = styles
        self._offers = offers

    async def suggest_model(self, interaction: Interaction, typed: str) -> Suggestions:
        return self._offers.suggest_models(interaction, typed, action=_action_of(interaction))

    async def suggest_size(self, interaction: Interaction, typed: str) -> Suggestions:
        return self._offers.suggest_sizes(interaction, typed, action=_action_of(interaction))

    async def suggest_style(self, interaction: Interaction, typed: str) -> Suggestions:
        return await suggest_styles(self._styles, interaction, typed)

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
    @app_commands.autocomplete(model=suggest_model, size=suggest_size, style=suggest_style)
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
            model=model,
            size=size,
            count=count,
            spoiler=spoiler,
            private=private,
        )
        await self._submit(interaction, draft, style)

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
    @app_commands.autocomplete(model=suggest_model, size=suggest_size, style=suggest_style)
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
            model=model,
            size=size,
            spoiler=spoiler,
            private=private,
            source=source_of_attachment(image),
            more_sources=tuple(
                source_of_attachment(each) for each in (image2, image3) if each is not None
            ),
        )
        await self._submit(interaction, draft, style)

    @imagine.autocomplete("count")
    async def suggest_count(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[int]]:
        usual = self._offers.usual(interaction).generate
        return suggest_counts(
            str(typed),
            words_of(interaction),
            most=self._offers.most_pictures(interaction),
            model_id=model_from_words(interaction.namespace.model) or usual,
        )

    async def _submit(self, interaction: Interaction, draft: Draft, style: str | None) -> None:
        if draft.model is not None:
            draft = replace(draft, model=model_from_words(draft.model))
        if draft.size is not None:
            draft = replace(draft, size=size_from_words(draft.size))
        if style is not None and style.strip():
            async with asyncio.timeout(STYLE_DEADLINE_S):
                found = await self._styles.find(
                    style, user_id=interaction.user.id, guild_id=interaction.guild_id
                )
            if found is None:
                raise UserError("style-unknown", name=style)
            usual = self._offers.usual(interaction).of(_action_of(interaction))
            draft = apply_style(found, draft, default_model=usual)
        await self._requests.submit(interaction, draft)


def _action_of(interaction: Interaction) -> Action:
    is_edit = interaction.command is not None and interaction.command.name == "edit"
    return Action.EDIT if is_edit else Action.GENERATE
