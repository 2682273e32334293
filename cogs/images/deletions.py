"""The Delete button of a job's card, and results whose messages others deleted."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import discord
from discord import ui
from discord.ext import commands

from domain.errors import UserError
from domain.models import Job, JobState, Payer, Problem
from storage.errors import StorageError
from storage.jobs import StaleJobError
from storage.ledger import shares
from ui.buttons import names_job
from ui.components import CustomId, JobId
from ui.discord_errors import GONE, open_form, take_click
from ui.forms import form_of
from ui.i18n import Words, words_of
from ui.visibility import job_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.jobs import JobRepository
    from ui import Interaction


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeletionFormId(CustomId):
    """The form that asks whether the message of a paid result is to be deleted."""

    form = "fluxcord:deletion:{job_id}"

    job_id: JobId


class Deletions(commands.Cog):
    """Deletes results, and notes those that are gone, so that nothing links to them any more."""

    def __init__(self, *, jobs: JobRepository) -> None:
        self._jobs = jobs

    async def press(self, interaction: Interaction, job: Job) -> None:
        """Delete the message below which Delete was pressed; ask first if the result was paid."""
        _check_may_delete(interaction, job)
        if shares(job)[Payer.USER]:
            await open_form(interaction, _form(job, interaction.user.id, words_of(interaction)))
        else:
            await self._delete_message(interaction, job)

    async def confirm(self, interaction: Interaction, form: DeletionFormId) -> None:
        job = await job_by_id(self._jobs, form.job_id)
        if not names_job(interaction.message, job.id):
            raise UserError("unknown-job")
        _check_may_delete(interaction, job)
        await self._delete_message(interaction, job)

    async def _delete_message(self, interaction: Interaction, job: Job) -> None:
        await take_click(interaction)
        try:
            # By its token: the message may be one that the bot may not touch otherwise.
            await interaction.delete_original_response()
        except discord.HTTPException as error:
            if error.code not in GONE:
                raise
        logger.info("job=%s message deleted by user=%d", job.id, interaction.user.id)
        message = interaction.message
        if message is not None and message.id == job.message_id:
            # Where the bot is no member, it gets no event.
            await self._note_gone(job)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._note(event.channel_id, [event.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        await self._note(event.channel_id, event.message_ids)

    async def _note(self, channel_id: int, message_ids: Iterable[int]) -> None:
        try:
            for message_id in message_ids:
                job = await self._jobs.find_by_message(channel_id, message_id)
                if job is not None:
                    await self._note_gone(job)
        except StorageError as error:
            logger.warning("deletion not stored: %s", type(error).__name__)

    async def _note_gone(self, job: Job) -> None:
        # A job in progress finds out by itself when its result is to be shown.
        if job.state is JobState.DELIVERED and job.problem is None:
            with suppress(StaleJobError):  # another event noted the same
                await self._jobs.advance(job, replace(job, problem=Problem.MESSAGE_GONE))


def is_moderator(interaction: Interaction) -> bool:
    """Whether the user may manage messages here; outside of servers nobody may."""
    # Resolved by Discord for this channel.
    return interaction.guild_id is not None and interaction.permissions.manage_messages


def _check_may_delete(interaction: Interaction, job: Job) -> None:
    if not job.is_of(interaction.user.id) and not is_moderator(interaction):
        raise UserError("not-yours-to-delete")


def _form(job: Job, reader_id: int, words: Words) -> ui.Modal:
    """Return the question whether to delete the message of a paid result.

    The answer to a form can delete the message below which it was opened, in any channel and after
    any restart; the answer to a private message cannot.
    """
    who = f"<@{job.request.requester.user_id}>"
    asked = words("sure-to-delete" if job.is_of(reader_id) else "sure-to-delete-of", who=who)
    return form_of(words("form-delete"), DeletionFormId(job.id), ui.TextDisplay(asked))
