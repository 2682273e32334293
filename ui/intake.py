"""From a checked request to a running job: stored, then answered once, then started."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord

from domain.errors import UserError
from domain.failures import FAILURES
from domain.models import Action, Delivery, Problem
from jobs.drafts import Kept
from jobs.requests import change_request, check_request, repeat_request
from services.limits_and_access import Asker
from storage.database import StorageError
from storage.jobs import DuplicateRequestError
from ui.places import (
    asker_of,
    asker_of_message,
    requester_of,
    requester_of_message,
    ticket_of,
    ticket_of_message,
)
from ui.responses import TooLateError, age_s, promise_message
from ui.visibility import audience_of, audience_of_answer, check_age, is_for_adults

if TYPE_CHECKING:
    from clock import Clock
    from domain.models import ImageRequest, Job
    from jobs.defaults import Defaults
    from jobs.drafts import Drafts
    from jobs.requests import DefaultModels, Draft
    from jobs.worker import JobWorker
    from services.limits_and_access import Rules
    from services.moderation import Moderation
    from storage.jobs import JobRepository
    from ui.places import Places
    from ui.visibility import Audience

logger = logging.getLogger(__name__)

READ_DEADLINE_S: Final = 0.5
"""For looking up what an edit starts from, of the 3 s in which Discord takes an answer."""


class Intake:
    """The one way from an interaction or a message to a job."""

    def __init__(  # noqa: PLR0913  # all that a request passes on its way
        self,
        *,
        runner: JobWorker,
        rules: Rules,
        jobs: JobRepository,
        places: Places,
        defaults: Defaults,
        drafts: Drafts,
        moderation: Moderation,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._moderation = moderation
        self._runner = runner
        self._rules = rules
        self._jobs = jobs
        self._places = places
        self._defaults = defaults
        self._drafts = drafts

    async def take(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Check the draft, store a job for it, answer the interaction, start the job.

        Raises:
            UserError: what it is about may not be shown to those who would see it.
            UserError: the draft cannot be done, not here, or not now.
            StorageError: the job could not be stored in time.
        """
        models, draft = self._fill(draft, asker_of(interaction))
        try:
            request = check_request(
                replace(draft, locale=interaction.locale.value),
                requester=requester_of(interaction),
                place=self._places.of(interaction, private=bool(draft.private)),
                ticket=ticket_of(interaction),
                defaults=models,
            )
            await self._begin(interaction, request, await self._parent_of(request))
        except UserError as error:
            kept = Kept(draft=draft, editing=draft.source is not None)
            await self._keep(interaction.user.id, kept, error)
            raise

    async def take_message(
        self, message: discord.Message, draft: Draft, *, application_id: int, locale: str | None
    ) -> None:
        """Check the draft, store a job for it, start the job, whose message answers the other.

        Args:
            locale: the language of who wrote it, None where the bot has never been told.

        Raises:
            UserError: what it is about may not be shown to those who would see it.
            UserError: the draft cannot be done, not here, or not now.
            StorageError: the job could not be stored in time.
        """
        models, draft = self._fill(draft, asker_of_message(message))
        private = bool(draft.private)
        try:
            request = check_request(
                replace(draft, reply_to=message.id, locale=locale),
                requester=requester_of_message(message),
                place=await self._places.of_message(message, private=private),
                ticket=ticket_of_message(message, application_id),
                defaults=models,
            )
            audience = audience_of_answer(message, private=private)
            job = await self._accept(
                _for(audience, request, await self._parent_of(request)), asker_of_message(message)
            )
        except UserError as error:
            kept = Kept(draft=draft, editing=draft.source is not None)
            await self._keep(message.author.id, kept, error)
            raise
        if job is not None:
            self._runner.start(job)

    async def repeat(
        self, interaction: discord.Interaction[Any], job: Job, *, command: str
    ) -> None:
        """Begin the same picture again, as a new job where the button was pressed.

        Raises:
            UserError: it may not be shown to those who would see it.
            UserError: it cannot be done any more, not here, or not now.
            StorageError: the job could not be stored in time.
        """
        request = repeat_request(
            job,
            requester=requester_of(interaction),
            place=self._places.of(interaction, private=job.request.private),
            ticket=ticket_of(interaction),
            locale=interaction.locale.value,
        )
        await self._begin(interaction, replace(request, command=command), job)

    async def change(self, interaction: discord.Interaction[Any], job: Job, draft: Draft) -> None:
        """Begin a job once more with the draft's words, where the form was handed in.

        Raises:
            UserError: what it is about may not be shown to those who would see it.
            UserError: the draft cannot be done, not here, or not now.
            StorageError: the job could not be stored in time.
        """
        try:
            request = change_request(
                job,
                draft,
                requester=requester_of(interaction),
                place=self._places.of(interaction, private=job.request.private),
                ticket=ticket_of(interaction),
                locale=interaction.locale.value,
            )
            await self._begin(interaction, request, job)
        except UserError as error:
            kept = Kept(draft=draft, editing=job.request.action is Action.EDIT)
            await self._keep(interaction.user.id, kept, error)
            raise

    def check_posting(self, interaction: discord.Interaction[Any], job: Job) -> None:
        """Check that a kept picture may be shown to others, by this person and in this place.

        Raises:
            UserError: it may not, as if it were asked for there.
        """
        asker = asker_of(interaction)
        self._rules.check(asker, job.request, is_made=True)
        self._check_moderation(job.request, asker.guild_id)

    def _check_moderation(self, request: ImageRequest, guild_id: int | None) -> None:
        self._moderation.check(
            request.prompt,
            user_id=request.requester.user_id,
            guild_id=guild_id,
            now=self._clock.now(),
        )

    def _fill(self, draft: Draft, asker: Asker) -> tuple[DefaultModels, Draft]:
        models, filled = self._defaults.fill(draft, asker.user_id, asker.guild_id)
        if draft.count is None and filled.count is not None:
            # Who named no number is not refused for the one that the server chose.
            filled = replace(filled, count=min(filled.count, self._rules.most_pictures(asker)))
        return models, filled

    async def _keep(self, user_id: int, kept: Kept, error: UserError) -> None:
        """Keep what was refused, so that the answer can have a button that opens it again."""
        if not isinstance(error.reason, Problem) or not FAILURES[error.reason].keeps_draft:
            return
        draft_id = self._drafts.new_id()
        try:
            await self._drafts.keep(draft_id, user_id, kept)
        except (StorageError, TimeoutError) as failure:
            # The answer gives back what was typed all the same.
            logger.warning("a refused request was not kept: %s", type(failure).__name__)
        else:
            error.draft_id = draft_id

    async def _parent_of(self, request: ImageRequest) -> Job | None:
        """Return the job whose picture an edit starts from, None where it is no job's."""
        if request.parent is None:
            return None
        async with asyncio.timeout(READ_DEADLINE_S):
            return await self._jobs.get(request.parent.job_id)

    async def _begin(
        self, interaction: discord.Interaction[Any], request: ImageRequest, origin: Job | None
    ) -> None:
        audience = audience_of(interaction, private=request.private)
        job = await self._accept(_for(audience, request, origin), asker_of(interaction))
        if job is None:
            return
        try:
            # Where a message of its own follows, the answer is private and is removed again.
            private = request.private or request.place.delivery is Delivery.MESSAGE
            await promise_message(interaction, private=private)
        except TooLateError:
            await self._runner.abandon(job, Problem.ANSWERED_TOO_LATE)
        except Exception:
            # Not at a stop: the next start finds out whether the answer was taken after all.
            await self._runner.abandon(job, Problem.INTERNAL)
            raise
        else:
            self._runner.start(job)

    async def _accept(self, request: ImageRequest, asker: Asker) -> Job | None:
        """Store a job for the request, None where this one was delivered before."""
        self._rules.check(asker, request)
        self._check_moderation(request, asker.guild_id)
        if request.place.guild_id is None:
            # What goes to direct messages is spent there, wherever it was asked for.
            asker = Asker(user_id=asker.user_id)
        try:
            limits = self._rules.limits_for(asker)
            return await self._runner.accept(request, limits, age_s=age_s())
        except DuplicateRequestError:
            logger.info("request %d was delivered twice", request.ticket.interaction_id)
            return None


def _for(audience: Audience, request: ImageRequest, origin: Job | None) -> ImageRequest:
    """Return the request with whether it is for adults alone.

    Raises:
        UserError: what it is about may not be shown to them.
    """
    if origin is not None:
        check_age(audience, origin)
    return replace(request, age_restricted=is_for_adults(audience, origin))
