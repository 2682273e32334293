"""Sending what shows a job: in its channel's lane, again while Discord is away, small enough."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from domain.models import Delivery, ImageKind
from jobs.channel_queue import ChannelQueues, Priority
from jobs.events import Retry
from jobs.messenger import Expired, Temporary, TooLarge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from domain.models import Image, Job
    from jobs.answer_priority import AnswerPriority
    from jobs.downloads import Downloads, RetryPolicy
    from jobs.messenger import Messenger, Outcome
    from jobs.transitions import Transitions
    from storage.jobs import JobRepository

R = TypeVar("R")

MAX_UPLOADS: Final = 4
"""Uploads at once, far below Discord's connections, so that none delays an acknowledgement."""

FIT_ATTEMPTS: Final = 4
"""Uploads of one result, each smaller than the one that Discord found too large."""

STILL_TOO_LARGE: Final = 0.6
"""How much smaller the next is, where Discord refused what should have fitted."""


class Sender:
    """Makes the messenger's single attempts into what was meant.

    Attributes:
        lanes: the order within each channel.
    """

    def __init__(
        self,
        *,
        jobs: JobRepository,
        transitions: Transitions,
        messenger: Messenger,
        downloads: Downloads,
        retry: RetryPolicy,
        answers: AnswerPriority,
    ) -> None:
        self.lanes = ChannelQueues(answers)
        self._jobs = jobs
        self._transitions = transitions
        self._messenger = messenger
        self._downloads = downloads
        self._retry = retry
        self._uploads = asyncio.Semaphore(MAX_UPLOADS)

    async def send(
        self,
        job: Job,
        images: Sequence[Image] = (),
        *,
        position: int = 0,
        until: float | None = None,
        attempt_one: Callable[[Job, Sequence[Image]], Awaitable[Outcome]] | None = None,
    ) -> Outcome:
        """Show a job, as often as it takes, until some time has come.

        Args:
            until: by the loop's time.
            attempt_one: one attempt in another way than the messenger's `show`.

        Raises:
            FileNotFoundError: the file of a picture is missing.
        """
        attempt = 0
        while until is None or asyncio.get_running_loop().time() < until:
            try:
                async with (
                    self.lanes.turn(
                        job.request.place.channel_id, Priority.RESULT if images else Priority.CARD
                    ),
                    self._uploads if images else contextlib.nullcontext(),
                ):
                    if job.request.place.delivery is Delivery.RESPONSE:
                        job = await self._with_token(job)
                    if attempt_one is not None:
                        return await attempt_one(job, images)
                    return await self._messenger.show(job, images, position=position)
            except Temporary as error:
                await self._retry.pause(Retry.DISCORD, attempt, error.retry_after_s)
                attempt += 1
        return Expired()

    async def send_fitting(
        self,
        job: Job,
        images: Sequence[Image],
        smaller: Sequence[Image],
        *,
        until: float | None = None,
        attempt_one: Callable[[Job, Sequence[Image]], Awaitable[Outcome]] | None = None,
    ) -> tuple[Job, Outcome]:
        """Show the pictures, made smaller where Discord finds them too large.

        Args:
            smaller: copies of some of them that were made before.
        """
        shown = [*images]
        if smaller and await self._downloads.has(smaller):
            shown = _replaced(images, smaller)
        limit_bytes = None
        for _ in range(FIT_ATTEMPTS):
            outcome = await self.send(job, shown, until=until, attempt_one=attempt_one)
            if not isinstance(outcome, TooLarge):
                break
            limit_bytes = min(
                outcome.limit_bytes,
                round(STILL_TOO_LARGE * limit_bytes) if limit_bytes else outcome.limit_bytes,
            )
            fitted = await self._downloads.fit(images, limit_bytes)
            if fitted is None:
                break
            posted = [image for image in fitted if image.kind is ImageKind.POSTED]
            job = await self._transitions.advance(job, job, posted)
            shown = fitted
        return job, outcome

    async def until_told(self, call: Callable[[], Awaitable[R]]) -> R:
        """Make a call of the messenger again until Discord has taken it."""
        attempt = 0
        while True:  # until it worked, or the interaction's token has expired
            try:
                return await call()
            except Temporary as error:
                await self._retry.pause(Retry.DISCORD, attempt, error.retry_after_s)
                attempt += 1

    async def _with_token(self, job: Job) -> Job:
        """Return the job with the token that a click may have brought meanwhile."""
        ticket = (await self._jobs.get(job.id) or job).request.ticket
        if ticket.token is None:  # its end was told, and only a click's own token is left
            return job
        return replace(job, request=replace(job.request, ticket=ticket))


def _replaced(images: Sequence[Image], smaller: Sequence[Image]) -> list[Image]:
    """Return the pictures, with the smaller copy of each that has one in its place."""
    copies = {image.position: image for image in smaller}
    return [copies.get(image.position, image) for image in images]
