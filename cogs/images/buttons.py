"""Actions of the buttons of a job's card."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cogs.images.deletions import Deletions, is_moderator
from domain.errors import UserError
from domain.models import Action, Job
from ui.buttons import JobAction, JobButtonId, PictureButtonId, PositionSelectId, positions_on
from ui.components import chosen
from ui.discord_errors import TooLateError, take_click
from ui.forms import Filled, FormKind, FormRef, open_request_form
from ui.i18n import words_of
from ui.visibility import audience_of, check_age, job_by_id

if TYPE_CHECKING:
    from jobs.worker import JobWorker
    from storage.jobs import JobRepository
    from ui import Interaction
    from ui.autocomplete import Offers
    from ui.job_views import JobViews
    from ui.submit import Requests


class Buttons:
    """Serves the buttons of job cards, on messages from before a restart too."""

    def __init__(
        self,
        jobs: JobRepository,
        worker: JobWorker,
        requests: Requests,
        views: JobViews,
        offers: Offers,
        deletions: Deletions,
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
            JobAction.DELETE: deletions.press,
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
        if not job.is_of(interaction.user.id) and not is_moderator(interaction):
            raise UserError("not-yours-to-cancel")
        with suppress(TooLateError):  # the job is cancelled even so
            await take_click(interaction)
        if job.state.is_final:
            await self._worker.collect(job.id, interaction.token, interaction.created_at)
        else:
            await self._worker.cancel(job.id)

    async def _retry(self, interaction: Interaction, job: Job) -> None:
        if not job.is_of(interaction.user.id):
            raise UserError("not-yours-to-repeat")
        await self._requests.repeat(interaction, job, command="retry")

    async def _collect(self, interaction: Interaction, job: Job) -> None:
        if not job.is_of(interaction.user.id):
            raise UserError("not-yours-to-collect")
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
        await open_request_form(
            interaction, self._offers, ref, "form-edit", Filled(), editing=True, pictures=pictures
        )

    async def _change(self, interaction: Interaction, job: Job) -> None:
        if job.fetched_at is None and not job.is_of(interaction.user.id):
            # Without a picture to vary it is a way to try again.
            raise UserError("not-yours-to-repeat")
        self._offers.check(interaction, job.request.action)
        check_age(audience_of(interaction, private=job.request.private), job)
        asked, ref = job.request, FormRef(FormKind.CHANGE, job.id)
        filled = Filled(prompt=asked.prompt, model=asked.model, size=asked.size, count=asked.count)
        editing = asked.action is Action.EDIT
        await open_request_form(
            interaction, self._offers, ref, "form-change", filled, editing=editing
        )
