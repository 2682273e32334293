"""From a checked request to a running job: stored, then answered once, then started."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobs.requests import RefusedRequestError, check_request, repeat_request
from storage.jobs import DuplicateRequestError, SecondClickError
from storage.ledger import LimitReachedError
from storage.records import Delivery, Problem
from ui.answers import TooLateError, promise_message
from ui.places import (
    place_of,
    place_of_message,
    requester_of,
    requester_of_message,
    ticket_of,
    ticket_of_message,
)

if TYPE_CHECKING:
    import discord

    from jobs.requests import DefaultModels, Draft
    from jobs.runner import JobRunner
    from storage.records import ImageRequest, Job

logger = logging.getLogger(__name__)


class Intake:
    """The one way from an interaction or a message to a job."""

    def __init__(self, *, runner: JobRunner, defaults: DefaultModels) -> None:
        self._runner = runner
        self._defaults = defaults

    async def take(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Check the draft, store a job for it, answer the interaction, start the job.

        Raises:
            RefusedRequestError: the draft cannot be done, not here, or not now.
            StorageError: the job could not be stored within a second.
        """
        request = check_request(
            draft,
            requester=requester_of(interaction),
            place=place_of(interaction),
            ticket=ticket_of(interaction),
            defaults=self._defaults,
        )
        await self._begin(interaction, request)

    async def take_message(
        self, message: discord.Message, draft: Draft, *, application_id: int
    ) -> None:
        """Check the draft, store a job for it, start the job, whose message answers the other.

        Raises:
            RefusedRequestError: the draft cannot be done, not here, or not now.
            StorageError: the job could not be stored within a second.
        """
        request = check_request(
            replace(draft, reply_to=message.id),
            requester=requester_of_message(message),
            place=place_of_message(message),
            ticket=ticket_of_message(message, application_id),
            defaults=self._defaults,
        )
        job = await self._accept(request)
        if job is not None:
            self._runner.start(job)

    async def repeat(self, interaction: discord.Interaction[Any], job: Job) -> None:
        """Begin the same picture again, as a new job where the button was pressed.

        Raises:
            RefusedRequestError: it cannot be done any more, not here, or not now.
            StorageError: the job could not be stored within a second.
        """
        request = repeat_request(
            job,
            requester=requester_of(interaction),
            place=place_of(interaction),
            ticket=ticket_of(interaction),
        )
        await self._begin(interaction, request)

    async def _begin(self, interaction: discord.Interaction[Any], request: ImageRequest) -> None:
        job = await self._accept(request)
        if job is None:
            return
        try:
            # Where a message of its own follows, the answer is private and is removed again.
            private = request.place.delivery is Delivery.MESSAGE
            await promise_message(interaction, private=private)
        except TooLateError:
            await self._runner.abandon(job, Problem.ANSWERED_TOO_LATE)
        except BaseException:  # a stop too: the job would keep its place in line and never run
            await self._runner.abandon(job, Problem.INTERNAL)
            raise
        else:
            self._runner.start(job)

    async def _accept(self, request: ImageRequest) -> Job | None:
        """Store a job for the request, None where this one was delivered before."""
        try:
            return await self._runner.accept(request)
        except DuplicateRequestError:
            logger.info("request %d was delivered twice", request.ticket.interaction_id)
            return None
        except SecondClickError as error:
            raise RefusedRequestError(Problem.CLICKED_TWICE) from error
        except LimitReachedError as error:
            details = {"frees_at": error.frees_at} if error.frees_at else {}
            raise RefusedRequestError(error.problem, **details) from error
