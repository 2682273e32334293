"""Context menu commands: Edit image, Edit avatar, Image details."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from domain.errors import UserError
from domain.models import Action
from jobs.requests import Draft, Drafts, Kept, Source
from ui.discord_errors import READ_DEADLINE_S
from ui.forms import FormKind, FormRef, open_request_form
from ui.i18n import words_of
from ui.message_images import FoundPicture, pictures_in
from ui.visibility import job_of_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.jobs import JobRepository
    from ui import Interaction
    from ui.autocomplete import Offers
    from ui.job_views import JobViews

AVATAR_SIDE: Final = 1024
"""Pixels of an avatar's sides that Discord is asked for; Flux makes about a megapixel of it."""


class Menus:
    """The commands of menus, which it adds to the tree; a long press on phones."""

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        jobs: JobRepository,
        drafts: Drafts,
        views: JobViews,
        offers: Offers,
    ) -> None:
        self._jobs = jobs
        self._drafts = drafts
        self._views = views
        self._offers = offers
        in_servers = app_commands.AppCommandContext(
            guild=True, dm_channel=False, private_channel=False
        )
        by_servers = app_commands.AppInstallationType(guild=True, user=False)
        for menu in (
            app_commands.ContextMenu(name="Edit image", callback=self.edit_image),
            app_commands.ContextMenu(name="Image details", callback=self.image_details),
            app_commands.ContextMenu(
                name="Edit avatar",
                callback=self.edit_avatar,
                allowed_contexts=in_servers,
                allowed_installs=by_servers,
            ),
        ):
            tree.add_command(menu)

    async def edit_image(self, interaction: Interaction, message: discord.Message) -> None:
        """Open a form for a picture of the message, without looking anything up before."""
        pictures = pictures_in(message, is_own=_is_own(interaction, message))
        if not pictures:
            raise UserError("no-picture")
        sources = tuple(each.source for each in pictures)
        draft = Draft(
            command="edit",
            prompt="",
            spoiler=any(picture.spoiler for picture in pictures) or None,
            private=message.flags.ephemeral or None,
        )
        kept = Kept(draft=draft, editing=True, sources=sources)
        await self._open_form(interaction, pictures, kept)

    async def edit_avatar(
        self, interaction: Interaction, user: discord.Member | discord.User
    ) -> None:
        self._offers.check_avatar(interaction, user.id)
        avatar = user.display_avatar
        if avatar.key == user.default_avatar.key:
            raise UserError("no-avatar")
        url = avatar.replace(size=AVATAR_SIDE, static_format="png", format="png").url
        source = Source(url=url, bytes=None, width=None, height=None, content_type="image/png")
        draft = Draft(command="edit", prompt="", source=source, avatar_of=user.id)
        await self._open_form(interaction, [], Kept(draft=draft, editing=True))

    async def _open_form(
        self, interaction: Interaction, pictures: Sequence[FoundPicture], kept: Kept
    ) -> None:
        self._offers.check(interaction, Action.EDIT)
        words, draft_id = words_of(interaction), secrets.token_hex(8)
        ref = FormRef(FormKind.DRAFT, draft_id)
        named = {at: each.name(words) for at, each in enumerate(pictures, 1)}
        keeping = asyncio.create_task(self._drafts.keep(draft_id, interaction.user.id, kept))
        try:
            await open_request_form(
                interaction, self._offers, ref, kept, title="form-edit", pictures=named
            )
        finally:
            await keeping

    async def image_details(self, interaction: Interaction, message: discord.Message) -> None:
        job = None
        if _is_own(interaction, message):
            async with asyncio.timeout(READ_DEADLINE_S):
                job = await job_of_message(self._jobs, message)
        if job is None:
            raise UserError("not-mine")
        await self._views.show_details(interaction, job)


def _is_own(interaction: Interaction, message: discord.Message) -> bool:
    return interaction.client.user is not None and message.author.id == interaction.client.user.id
