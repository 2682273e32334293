"""The one way from any command, button, form or message to a job, with the defaults it takes."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from domain.errors import UserError
from domain.failures import FAILURES
from domain.models import Action, Delivery, ImageRequest, Job, Place, Problem, Requester, Ticket
from flux.catalogue import MAX_COUNT, MODELS
from jobs.requests import DefaultModels, Draft, Drafts, Kept, change_request, check_request
from services.limits_and_access import Asker, Rules
from storage.jobs import DuplicateRequestError, JobRepository

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.worker import JobWorker
    from services.moderation import Moderation
    from storage.preferences import ChoiceRepository

logger = logging.getLogger(__name__)


class Defaults:
    """Chosen by the person, else by the server where they ask, else by the operator.

    What no longer exists, does not edit, or does not fit the model is passed over: what is chosen
    once must never be what a request is refused for.
    """

    def __init__(self, usual: DefaultModels, choices: ChoiceRepository) -> None:
        self._usual = usual
        self.choices = choices

    def models(self, user_id: int | None, guild_id: int | None) -> DefaultModels:
        """Return a person's models in a server, or in direct messages; of None, everybody's."""
        generate, edit = self._usual.generate, self._usual.edit
        # The person's go before the server's.
        for chosen in (self.choices.guilds.of(guild_id), self.choices.users.of(user_id)):
            model = MODELS.get(chosen.default_model or "")
            generate = model.id if model else generate
            model = MODELS.get(chosen.default_edit_model or "")
            edit = model.id if model and model.edits else edit
        return DefaultModels(generate=generate, edit=edit)

    def fill(self, draft: Draft, user_id: int, guild_id: int | None) -> Draft:
        """Return the draft with what was not named in it, but for its model."""
        user, guild = self.choices.users.of(user_id), self.choices.guilds.of(guild_id)
        size = draft.size
        if size is None and draft.source is None:  # an edit keeps the shape of its picture
            model = MODELS.get(draft.model or self.models(user_id, guild_id).generate)
            for each in (guild.default_size, user.default_size):
                if each and model and model.takes_size(each):
                    size = each
        count = guild.default_count or 1
        if draft.count is not None:
            count = draft.count
        elif count > MAX_COUNT:
            count = 1
        return replace(
            draft,
            size=size,
            count=count,
            spoiler=bool(guild.spoiler) if draft.spoiler is None else draft.spoiler,
            private=bool(user.private) if draft.private is None else draft.private,
        )


READ_DEADLINE_S: Final = 0.5
"""For looking up what an edit starts from, of the 3 s in which Discord takes an answer."""


class Origin(Protocol):
    """What a request comes from, an interaction or a message: who asks, where, and in what way.

    Attributes:
        locale: the requester's language, None where the bot has never been told.
        reply_to: the message that the job's own message answers, None for an interaction.
        at: when it was received, by the bot's clock.
    """

    asker: Asker
    requester: Requester
    ticket: Ticket
    locale: str | None
    reply_to: int | None
    at: datetime

    def age_s(self) -> float:
        """Return the seconds since it was received, which count for its answer's deadline."""

    async def place(self, *, private: bool) -> Place:
        """Return where the result goes; raises UserError where the bot may not show images."""

    def is_for_adults(self, parent: Job | None, *, private: bool) -> bool:
        """Whether the result is for adults alone, of an image of this job if any.

        Raises:
            UserError: that image may not be shown to those who would see the result.
        """

    async def promise(self, *, private: bool) -> bool:
        """Answer an interaction: a message will follow; False where Discord took none in time."""


class RequestService:
    """Checks requests, stores a job for each, has it answered, and starts it."""

    def __init__(
        self,
        worker: JobWorker,
        jobs: JobRepository,
        rules: Rules,
        moderation: Moderation,
        defaults: Defaults,
        drafts: Drafts,
    ) -> None:
        self._worker = worker
        self._jobs = jobs
        self._rules = rules
        self._moderation = moderation
        self._defaults = defaults
        self._drafts = drafts

    async def submit(
        self, origin: Origin, draft: Draft, *, of: Job | None = None, is_typed: bool = True
    ) -> None:
        """Check a draft, store a job for it, answer its origin, then start the job.

        Args:
            of: the job that it repeats, with the draft's changes; what was private stays so.
            is_typed: whether a person typed it, so that a refused one is kept, to be edited.

        Raises:
            UserError: it cannot be done, not here, or not now; nothing was stored or charged.
            StorageError: the job could not be stored in time.
        """
        asker = origin.asker
        try:
            if of is None:
                is_usual = draft.count is None
                draft = self._defaults.fill(draft, asker.user_id, asker.guild_id)
                # A default is at most what the person may request at once.
                if is_usual and draft.count is not None and draft.count > 1:
                    most = self._rules.most_pictures(asker)
                    draft = replace(draft, count=min(draft.count, most))
            request = await self._request(origin, draft, of)
            self.check(origin, request)
            # What goes to direct messages is spent there, wherever it was requested.
            is_direct = request.place.guild_id is None
            limits = self._rules.limits_for(Asker(user_id=asker.user_id) if is_direct else asker)
            job = await self._worker.accept(request, limits, age_s=origin.age_s())
        except DuplicateRequestError:
            logger.info("request %d was delivered twice", origin.ticket.interaction_id)
            return
        except UserError as error:
            if is_typed:
                editing = draft.source or (of and of.request.action is Action.EDIT)
                kept = Kept(draft=draft, editing=bool(editing))
                await self._keep(error, asker.user_id, kept)
            raise
        await self._answer(origin, job)

    async def check_edit(self, asker: Asker, kept: Kept, at: datetime) -> None:
        """Check an edit before its requester is asked which of several sources it is about.

        Raises:
            UserError: it would be refused whichever of them is chosen.
        """
        try:
            self._rules.check_model(
                asker, Action.EDIT, self._defaults.models(asker.user_id, asker.guild_id).edit
            )
            self._moderation.check(
                kept.draft.prompt, user_id=asker.user_id, guild_id=asker.guild_id, now=at
            )
        except UserError as error:
            await self._keep(error, asker.user_id, kept)
            raise

    def check(self, origin: Origin, request: ImageRequest, *, is_made: bool = False) -> None:
        """Check that this person may make this request here, or post an existing image of it.

        Raises:
            UserError: they may not.
        """
        asker = origin.asker
        self._rules.check(asker, request, is_made=is_made)
        self._moderation.check(
            request.prompt, user_id=asker.user_id, guild_id=asker.guild_id, now=origin.at
        )

    async def _request(self, origin: Origin, draft: Draft, of: Job | None) -> ImageRequest:
        asker, parent = origin.asker, of
        private = bool(draft.private) if of is None else of.request.private
        place = await origin.place(private=private)
        requester, ticket, locale = origin.requester, origin.ticket, origin.locale
        if of is not None:
            request = change_request(
                of, draft, requester=requester, place=place, ticket=ticket, locale=locale
            )
        else:
            request = check_request(
                replace(draft, locale=locale, reply_to=origin.reply_to),
                requester=requester,
                place=place,
                ticket=ticket,
                defaults=self._defaults.models(asker.user_id, asker.guild_id),
            )
            if request.parent is not None:
                async with asyncio.timeout(READ_DEADLINE_S):
                    parent = await self._jobs.get(request.parent.job_id)
            if parent is not None:
                request = replace(request, avatar_of=parent.request.avatar_of)
        return replace(
            request,
            age_restricted=origin.is_for_adults(parent, private=request.private),
            dm_copy=bool(self._defaults.choices.users.of(asker.user_id).dm),
        )

    async def _keep(self, error: UserError, user_id: int, kept: Kept) -> None:
        """Keep a refused draft where changing it helps, for a button that opens it in a form."""
        is_kept = isinstance(error.reason, Problem) and FAILURES[error.reason].keeps_draft
        if not is_kept or error.details.get("models") == ():
            return
        draft_id = secrets.token_hex(8)
        if await self._drafts.keep(draft_id, user_id, kept):
            error.draft_id = draft_id

    async def _answer(self, origin: Origin, job: Job) -> None:
        """Answer once that the job is accepted, and start it, or end it unanswered."""
        request = job.request
        # Where a message of its own follows, the answer is private and is removed again.
        private = request.private or request.place.delivery is Delivery.MESSAGE
        try:
            # A message is answered by the job's own message alone.
            is_promised = request.ticket.token is None or await origin.promise(private=private)
        except Exception:  # not at a stop: the next start looks whether the answer was taken
            await self._worker.abandon(job, Problem.INTERNAL)
            raise
        if is_promised:
            self._worker.start(job)
        else:
            await self._worker.abandon(job, Problem.ANSWERED_TOO_LATE)
