"""Buttons of the log channel: remove an image, block its requester."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.ext import commands

from cogs.moderation.cards import blocks_card, end_of
from cogs.moderation.log_entries import END, EntryAction, block_form, entry_card
from domain.errors import UserError
from storage.errors import StorageError
from storage.moderation import EVERYWHERE, Block
from ui.discord_errors import FORBIDDEN, GONE
from ui.errors import REASON_CHARACTERS
from ui.forms import PROMPT, values_of
from ui.i18n import words_for, words_of
from ui.message_images import pictures_in
from ui.responses import open_form, take_click
from ui.visibility import audience_of, job_by_id

if TYPE_CHECKING:
    from clock import Clock
    from cogs.moderation.log_channel import LogChannel
    from cogs.moderation.log_entries import BlockFormId, EntryButtonId
    from domain.models import Job
    from services.moderation import Moderation
    from storage.jobs import JobRepository
    from ui.operators import Operators

logger = logging.getLogger(__name__)

LOOK_BACK: Final = timedelta(minutes=10)
"""How old a delivery may be that a start enters into a log; a crash came between the two."""


class LogButtons(commands.Cog):
    """Serves the buttons of entries, and posts the entries that a crash prevented."""

    def __init__(
        self,
        jobs: JobRepository,
        moderation: Moderation,
        operators: Operators,
        log_channel: LogChannel,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._jobs = jobs
        self._moderation = moderation
        self._operators = operators
        self._log_channel = log_channel

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Post the entries of jobs that were delivered just before the bot ended."""
        try:
            jobs = await self._moderation.repository.list_unlogged(self._clock.now() - LOOK_BACK)
        except StorageError as error:
            logger.warning("log channel not searched: %s", type(error).__name__)
            return
        for job in jobs:
            await self._log_channel.enter(job)

    async def press(self, interaction: discord.Interaction[Any], pressed: EntryButtonId) -> None:
        """Do what a moderator pressed."""
        job = await job_by_id(self._jobs, pressed.job_id)
        if pressed.action is EntryAction.REMOVE:
            await self._remove(interaction, job)
        else:
            await self._check_may_block(interaction, job)
            await open_form(interaction, block_form(job.id, words_of(interaction)))

    async def submit(self, interaction: discord.Interaction[Any], form: BlockFormId) -> None:
        """Block a job's requester."""
        job = await job_by_id(self._jobs, form.job_id)
        guild_id = await self._check_may_block(interaction, job)
        values = values_of(interaction)
        block = Block(
            guild_id=guild_id,
            user_id=job.request.requester.user_id,
            reason=" ".join(values.get(PROMPT, "").split())[:REASON_CHARACTERS] or "-",
            until=end_of(values.get(END, ""), interaction.created_at),
            blocked_by=interaction.user.id,
            blocked_at=interaction.created_at,
        )
        await self._moderation.repository.save_block(block)
        card = blocks_card(words_of(interaction), [block])
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _remove(self, interaction: discord.Interaction[Any], job: Job) -> None:
        if not await self._may_remove(interaction, job):
            raise UserError("not-yours-to-remove")
        await take_click(interaction)
        assert interaction.message is not None  # noqa: S101  # a button's
        place = job.request.place
        channel = interaction.client.get_partial_messageable(place.channel_id)
        try:
            await channel.get_partial_message(job.message_id or 0).delete()
        except discord.HTTPException as error:
            if error.code in FORBIDDEN:
                raise UserError("not-mine-to-remove") from error
            if error.code not in GONE:
                raise
        logger.info("job=%s message removed by a moderator", job.id)
        words = words_for(place.locale)
        notes = [words("entry-removed", who=interaction.user.mention)]
        images = await self._log_channel.images(job, audience_of(interaction, private=False))
        if images is None:
            card = entry_card(job, words, None, notes=notes, is_removed=True)
            await interaction.edit_original_response(view=card, attachments=[])
            return
        # The files stay attached; others, such as those of a channel restricted since, are missing.
        attached = {each.file_name for each in pictures_in(interaction.message)}
        shown = [image for image in images if image.file_name in attached]
        card = entry_card(job, words, shown, notes=notes, is_removed=True)
        await interaction.edit_original_response(view=card)

    async def _check_may_block(self, interaction: discord.Interaction[Any], job: Job) -> int:
        """Return where a block of the moderator's would hold."""
        if job.is_of(interaction.user.id):
            raise UserError("not-yourself")
        if interaction.guild_id is None:
            if not await self._operators.include(interaction.user.id):
                raise UserError("not-the-operator")
            return EVERYWHERE
        # Its picture may have been made elsewhere, and posted here from a history.
        if not interaction.permissions.manage_guild:
            raise UserError("not-yours-to-block")
        return interaction.guild_id

    async def _may_remove(self, interaction: discord.Interaction[Any], job: Job) -> bool:
        guild, person = interaction.guild, interaction.user
        if guild is None:
            return await self._operators.include(person.id)
        if guild.id != job.request.place.guild_id or not isinstance(person, discord.Member):
            return False
        channel = guild.get_channel_or_thread(job.request.place.channel_id)
        return channel is not None and channel.permissions_for(person).manage_messages
