"""Copies of results by direct message, for requesters who chose that: free, and once."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.models import Delivery, Image, Job, JobState, Problem, Ticket
from jobs.messenger import Forbidden, Messenger, Outcome
from storage.jobs import JobRepository, StaleJobError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clock import Clock
    from jobs.results import Downloads
    from jobs.sending import Sender

logger = logging.getLogger(__name__)


def is_wanted(job: Job) -> bool:
    """Whether a job's requester is to have a copy: of a result that is not in their DMs anyhow."""
    place, sent_directly = job.request.place, job.nonce == f"{job.id}-2"
    is_direct = place.guild_id is None and place.delivery is Delivery.MESSAGE
    is_shown = job.state is JobState.DELIVERED and job.problem is None
    return job.request.dm_copy and is_shown and not is_direct and not sent_directly


class DirectCopies:
    """Sends them after the result stands in its own place, so that it never waits for them."""

    def __init__(
        self,
        jobs: JobRepository,
        messenger: Messenger,
        downloads: Downloads,
        sender: Sender,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._messenger = messenger
        self._downloads = downloads
        self._sender = sender
        self._clock = clock

    async def send(self, job: Job, ticket: Ticket) -> None:
        """Send the copy of a delivered job, if its requester wants one that was not sent.

        The nonce is always the same, and a message that an earlier process may have sent is looked
        for, so that none comes twice.

        Args:
            ticket: its interaction's, by which a requester without open direct messages is told.
        """
        if not is_wanted(job):
            return
        stored = await self._jobs.for_delivery(job.id)
        try:
            if stored.results and await self._downloads.has(stored.results):
                _, outcome = await self._sender.send_fitting(
                    job, stored.results, stored.posted, attempt_one=self._send_one
                )
                logger.info("job=%s copy by DM: %s", job.id, type(outcome).__name__)
                if outcome == Forbidden(Problem.DIRECT_MESSAGES_CLOSED):
                    told = replace(job, request=replace(job.request, ticket=ticket))
                    await self._sender.until_told(lambda: self._messenger.tell_no_copy(told))
            await self._jobs.note_copied(job.id, self._clock.now())
        except (FileNotFoundError, StaleJobError):  # somebody removed it meanwhile
            logger.info("job=%s no copy: its images changed", job.id)

    async def _send_one(self, job: Job, images: Sequence[Image]) -> Outcome:
        # An earlier process can have sent it from the moment on when the result stood there.
        copy = replace(job, nonce=f"{job.id}-copy", announced_at=job.ended_at)
        return await self._messenger.send_direct(copy, images)
