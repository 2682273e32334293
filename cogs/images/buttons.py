"""Actions of the buttons of a job's card, and results whose messages others deleted."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import ui
from discord.ext import commands

from domain.errors import UserError
from domain.models import FINAL, Action, Job, JobState, Payer, Problem
from jobs.requests import Draft, Kept, draft_of
from storage.errors import StorageError
from storage.jobs import StaleJobError
from storage.ledger import shares
from ui.buttons import (
    JobAction,
    JobButtonId,
    PictureButtonId,
    PositionSelectId,
    names_job,
    positions_on,
)
from ui.components import CustomId, JobId, chosen
from ui.discord_errors import GONE, TooLateError, open_form, take_click
from ui.forms import FormKind, FormRef, form_of, open_request_form
from ui.i18n import words_of
from ui.visibility import audience_of, check_age, is_requester, job_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.worker import JobWorker
    from storage.jobs import JobRepository
    from ui import Interaction
    from ui.autocomplete import Offers
    from ui.job_views import JobViews
    from ui.submit import Requests

logger = logging.getLogger(__name__)


class DeletionFormId(CustomId):
    """The form that asks whether the message of a paid result is to be deleted."""

    form = "fluxcord:deletion:{job_id}"

    job_id: JobId


class Buttons(commands.Cog):
    """Serves the buttons of job cards, on messages from before a restart too."""

    def __init__(
        self,
        jobs: JobRepository,
        worker: JobWorker,
        requests: Requests,
        views: JobViews,
        offers: Offers,
    ) -> None:
        self._jobs = jobs
        self._worker = worker
        self._requests = requests
        self._views = views
        self._offers = offers
        self._by_action = {
            JobAction.CANCEL: self._cancel,
            JobAction.RETRY: self._retry,
            JobAction.COLLECT: self._collect,
            JobAction.CHANGE: self._change,
            JobAction.DETAILS: views.show_details,
            JobAction.DELETE: self._delete,
        }

    async def press(self, interaction: Interaction, pressed: JobButtonId) -> None:
        job = await job_by_id(self._jobs, pressed.job_id)
        if pressed.action is JobAction.EDIT:
            await self._edit(interaction, job, pressed.position)
        elif pressed.action is JobAction.ORIGINAL:
            await self._views.show_original(interaction, job, pressed.position or 1)
        elif pressed.action in {JobAction.AGAIN, JobAction.ONE}:
            count = 1 if pressed.action is JobAction.ONE else None
            await self._requests.repeat(interaction, job, command="again", count=count)
        elif pressed.action is JobAction.DM:
            self._requests.check_posting(interaction, job)
            await self._views.send_to_dm(interaction, job, pressed.position)
        else:
            await self._by_action[pressed.action](interaction, job)

    async def open_picture(self, interaction: Interaction, pressed: PictureButtonId) -> None:
        """Show one of several images privately to anybody who sees the card."""
        job = await job_by_id(self._jobs, pressed.job_id)
        await self._views.show_picture(interaction, job, pressed.position)

    async def pick(self, interaction: Interaction, select: PositionSelectId) -> None:
        position = chosen(interaction)
        if not position:
            raise UserError("unknown-job")
        await self.open_picture(interaction, PictureButtonId(select.job_id, int(position)))

    async def _cancel(self, interaction: Interaction, job: Job) -> None:
        _check_own(interaction, job, "not-yours-to-cancel", or_moderator=True)
        with suppress(TooLateError):  # the job is cancelled even so
            await take_click(interaction)
        if job.state in FINAL:
            await self._worker.collect(job.id, interaction.token, interaction.created_at)
        else:
            await self._worker.cancel(job.id)

    async def _retry(self, interaction: Interaction, job: Job) -> None:
        _check_own(interaction, job, "not-yours-to-repeat")
        await self._requests.repeat(interaction, job, command="retry")

    async def _collect(self, interaction: Interaction, job: Job) -> None:
        _check_own(interaction, job, "not-yours-to-collect")
        with suppress(TooLateError):  # then the token is of no use, and the card stays
            await take_click(interaction)
            await self._worker.collect(job.id, interaction.token, interaction.created_at)

    async def _edit(self, interaction: Interaction, job: Job, position: int | None) -> None:
        # Checked before the user types.
        self._offers.check(interaction, Action.EDIT)
        check_age(audience_of(interaction, private=job.request.private), job)
        words = words_of(interaction)
        several = positions_on(interaction.message, job.id) or range(1, job.request.count + 1)
        named = {number: words("picture-number", number=number) for number in several}
        ref, pictures = FormRef(FormKind.EDIT, job.id, position), {} if position else named
        kept = Kept(draft=Draft(command="edit", prompt=""), editing=True)
        await open_request_form(
            interaction, self._offers, ref, kept, title="form-edit", pictures=pictures
        )

    async def _change(self, interaction: Interaction, job: Job) -> None:
        if job.fetched_at is None:
            # Without a picture to vary it is a way to try again.
            _check_own(interaction, job, "not-yours-to-repeat")
        self._offers.check(interaction, job.request.action)
        check_age(audience_of(interaction, private=job.request.private), job)
        ref, editing = FormRef(FormKind.CHANGE, job.id), job.request.action is Action.EDIT
        kept = Kept(draft=draft_of(job, "change"), editing=editing)
        await open_request_form(interaction, self._offers, ref, kept, title="form-change")

    async def _delete(self, interaction: Interaction, job: Job) -> None:
        """Delete the message below which Delete was pressed; ask first if the result was paid.

        The answer to a form can delete the message below which it was opened, in any channel and
        after any restart; the answer to a private message cannot.
        """
        _check_own(interaction, job, "not-yours-to-delete", or_moderator=True)
        if not shares(job)[Payer.USER]:
            await self._delete_message(interaction, job)
            return
        words, is_own = words_of(interaction), is_requester(job, interaction.user.id)
        who = f"<@{job.request.requester.user_id}>"
        asked = words("sure-to-delete" if is_own else "sure-to-delete-of", who=who)
        custom_id, question = DeletionFormId(job.id), ui.TextDisplay[Any](asked)
        await open_form(interaction, form_of(words("form-delete"), custom_id, question))

    async def confirm_deletion(self, interaction: Interaction, form: DeletionFormId) -> None:
        job = await job_by_id(self._jobs, form.job_id)
        if not names_job(interaction.message, job.id):
            raise UserError("unknown-job")
        _check_own(interaction, job, "not-yours-to-delete", or_moderator=True)
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
        """Note results that are gone, so that nothing links to them any more."""
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


def _check_own(
    interaction: Interaction, job: Job, refusal: str, *, or_moderator: bool = False
) -> None:
    """Raise UserError where a job is another's; outside of servers nobody is a moderator."""
    # Resolved by Discord for this channel.
    is_moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
    if not is_requester(job, interaction.user.id) and not (or_moderator and is_moderator):
        raise UserError(refusal)
