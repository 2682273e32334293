"""Writes down what happens to jobs, however long the disk takes; nothing goes on without it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from domain.failures import FAILURES
from jobs.events import UNOBSERVED, Observer, Retry
from jobs.problems import final_charge
from storage.database import DatabaseClosedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from clock import Clock
    from domain.models import Image, Job, Problem
    from jobs.downloads import RetryPolicy
    from storage.jobs import JobRepository

R = TypeVar("R")

logger = logging.getLogger(__name__)


class Transitions:
    """The stored state of jobs; a step goes on only after what it did is on disk.

    Args:
        observer: is told of every step, once it is stored.
    """

    def __init__(
        self,
        *,
        jobs: JobRepository,
        retry: RetryPolicy,
        clock: Clock,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._clock = clock
        self._jobs = jobs
        self._retry = retry
        self._observer = observer

    async def advance(self, before: Job, after: Job, images: Sequence[Image] = ()) -> Job:
        """Store a step and return the job as it stands; a full disk is waited for.

        Raises:
            StaleJobError: something else happened to the job meanwhile.
            DatabaseClosedError: the bot has stopped.
        """
        stored = await self._until_stored(before, lambda: self._jobs.advance(before, after, images))
        if stored.state is not before.state:
            logger.info("job=%s %s", stored.id, stored.state)
        self._observer.stepped(before, stored)
        return stored

    async def mark_overdue(self, job: Job) -> Job:
        """Store that a job takes too long, and return it so; a full disk is waited for."""
        now = self._clock.now()
        await self._until_stored(job, lambda: self._jobs.mark_overdue(job.id, now))
        return replace(job, overdue_at=now)

    async def note_dismissed(self, job: Job) -> None:
        """Store that a "thinking" answer is no longer there; a full disk is waited for."""
        now = self._clock.now()
        await self._until_stored(job, lambda: self._jobs.note_dismissed(job.id, now))

    async def name_task(self, job: Job, task_id: str) -> None:
        """Store what a callback named as a job's task; a full disk is waited for."""
        await self._until_stored(job, lambda: self._jobs.name_task(job.id, task_id))

    async def drop_named_task(self, job: Job) -> None:
        """Store that what a callback named was no task of the job's; a full disk is waited for."""
        await self._until_stored(job, lambda: self._jobs.drop_named_task(job.id))

    async def end(self, job: Job, problem: Problem) -> Job:
        """Store that a job cannot go on, and what it cost.

        Raises:
            StaleJobError: something else happened to the job meanwhile.
        """
        ended = replace(
            job,
            state=FAILURES[problem].ends_as,
            problem=problem,
            charged_microcredits=final_charge(job, problem),
            ended_at=self._clock.now(),
        )
        logger.info("job=%s ends: %s", job.id, problem)
        return await self.advance(job, ended)

    async def fresh(self, job: Job) -> Job:
        """Return the job as it is stored now, with the flags and the token that others set."""
        return await self._jobs.get(job.id) or job

    def now(self) -> datetime:
        """Return the time that steps are stored with."""
        return self._clock.now()

    async def patiently(self, job: Job, steps: Callable[[Job], Awaitable[Job]]) -> Job:
        """Take steps; where one cannot be read, from where the job stands by then.

        Raises:
            StaleJobError: something else happened to the job meanwhile.
            DatabaseClosedError: the bot has stopped.
        """
        attempt = 0
        while True:
            try:
                if attempt:
                    job = await self.fresh(job)
                return await steps(job)
            except DatabaseClosedError:
                raise
            except StorageError:
                if not attempt:  # the database logs why, and for how long
                    logger.warning("job=%s cannot be read, trying again", job.id)
                await self._retry.pause(Retry.DISK, attempt)
                attempt += 1

    async def _until_stored(self, job: Job, write: Callable[[], Awaitable[R]]) -> R:
        attempt = 0
        while True:
            try:
                return await write()
            except DatabaseClosedError:
                raise  # waiting would keep a stopping bot from ever ending
            except StorageError:
                # It may be the only trace of something that was paid for.
                if not attempt:  # the database logs why, and for how long
                    logger.warning("job=%s cannot be stored, trying again", job.id)
                await self._retry.pause(Retry.DISK, attempt)
                attempt += 1
