"""Stores what happens to jobs, however long the disk takes, and tells observers of it."""

from __future__ import annotations

import asyncio
import logging
from collections import ChainMap
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from domain.failures import FAILURES
from domain.models import FINAL, Image, Job, JobState, Problem
from jobs.leases import check_lease, unleased
from jobs.problems import final_charge
from storage.errors import DatabaseClosedError, StorageError
from storage.jobs import DISMISSED_WITHIN_S, Deliverable, Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from clock import Clock
    from storage.jobs import JobRepository

R = TypeVar("R")

logger = logging.getLogger(__name__)


class Retry(StrEnum):
    """What is tried again after it did not work."""

    SUBMIT = "submit"
    EVIDENCE = "evidence"
    DOWNLOAD = "download"
    DISCORD = "discord"
    DISK = "disk"


class Observer(Protocol):
    """Observes every step; its methods return at once and raise nothing."""

    def stepped(self, before: Job, after: Job) -> None:
        """Take note of a step that was stored."""

    def retried(self, what: Retry) -> None:
        """Take note that something is tried again."""


MAX_WAIT_S: Final = 60.0
"""Longest pause between two tries of anything, where nobody asked for a longer one."""

MAX_ASKED_S: Final = 300.0
"""Longest pause that is taken because it was asked for; an odd number must not be for days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient the bot is.

    Attributes:
        interval_s: seconds before a first retry.
        observers: are told of every try that has to be made again.
    """

    interval_s: float
    observers: Sequence[Observer] = ()

    async def pause(self, what: Retry, attempt: int, asked_s: float | None = None) -> None:
        """Wait before another try: twice as long each time, and at least what was asked for."""
        for observer in self.observers:
            observer.retried(what)
        await asyncio.sleep(self.pause_s(attempt, asked_s))

    def pause_s(self, attempt: int, asked_s: float | None = None) -> float:
        """Return how many seconds the pause before another try takes."""
        own_s: float = min(self.interval_s * 2 ** min(attempt, 10), MAX_WAIT_S)
        return max(own_s, min(asked_s or 0.0, MAX_ASKED_S))


HOLD_S: Final = 1.0
"""As long as most uploads take; a crash within it costs another download."""


class Transitions:
    """The stored state of jobs; a step goes on only after what it did is on disk.

    Attributes:
        now: returns the time that steps are stored with.
        delivered: called with each job once its result is shown; returns at once.
        unleased: lets a block do what does no harm twice without the job's lease.

    Args:
        is_shared: whether other processes have jobs too; then what is held would keep its slot
            from them, and what `delivered` starts may last longer than the lease of the job.
    """

    def __init__(
        self,
        *,
        jobs: JobRepository,
        retry: RetryPolicy,
        clock: Clock,
        observers: Sequence[Observer] = (),
        is_shared: bool = False,
    ) -> None:
        self.now = clock.now
        self.delivered: Callable[[Job], None] | None = None
        self._jobs = jobs
        self._retry = retry
        self._observers = observers
        self._hold_s = 0.0 if is_shared else HOLD_S
        self.unleased = unleased if is_shared else nullcontext
        self._held: dict[str, tuple[Step, asyncio.TimerHandle]] = {}
        self._cancel_asked: set[str] = set()
        self._storing: dict[str, asyncio.Future[None]] = {}
        jobs.unstored = ChainMap[str, Any](self._held, self._storing)
        jobs.store_held = self.store_held

    async def advance(self, before: Job, after: Job, images: Sequence[Image] = ()) -> Job:
        """Store a step and return the job as it stands; a full disk is waited for.

        Raises:
            StaleJobError: something else happened to the job meanwhile.
            DatabaseClosedError: the bot has stopped.
        """
        step = Step(before, replace(after, revision=before.revision + 1), images)
        held, _ = self._held.get(before.id, (None, None))
        if held is None or held.after.revision != before.revision:
            if before.id in self._held or before.id in self._storing:
                await self.store_held(before.id)
            return await self._take(step)
        return await self._store(self._release(before.id), step)

    def hold(self, before: Job, after: Job, images: Sequence[Image] = ()) -> Job:
        """Take a step whose loss in a crash loses nothing; return the job after it.

        It is stored in the transaction of the job's next step, or by itself where none comes soon.
        """
        after = replace(after, revision=before.revision + 1)
        timer = asyncio.get_running_loop().call_later(self._hold_s, self._begin_storing, after.id)
        self._held[after.id] = Step(before, after, images), timer
        if not self._hold_s:
            self._begin_storing(after.id)
        return after

    def held_for_delivery(self, job_id: str) -> Deliverable | None:
        """Return what showing a result takes where a held step brought it; None where none did."""
        held, _ = self._held.get(job_id, (None, None))
        if held is None or not held.images:
            return None
        is_cancelled = job_id in self._cancel_asked
        return Deliverable(cancel_asked=is_cancelled, results=held.images, posted=())

    async def ask_cancel(self, job_id: str) -> None:
        """Store that a job's images are no longer to be shown."""
        self._cancel_asked.add(job_id)
        await self._jobs.ask_cancel(job_id, self.now())

    async def store_held(self, job_id: str) -> None:
        """Store the step of a job that is held, if one is."""
        self._begin_storing(job_id)
        storing = self._storing.get(job_id)
        if storing is not None:
            await asyncio.wait({storing})

    async def close(self) -> None:
        for job_id in [*self._held, *self._storing]:
            await self.store_held(job_id)

    def _begin_storing(self, job_id: str) -> None:
        if job_id in self._held:
            storing = asyncio.create_task(
                self._store(self._release(job_id)), name=f"store {job_id}"
            )
            # The job's next step meets the same error, and raises it.
            storing.add_done_callback(lambda ended: ended.cancelled() or ended.exception())

    def _release(self, job_id: str) -> Step:
        """Return the held step of a job, which is being stored from now on."""
        step, timer = self._held.pop(job_id)
        timer.cancel()
        self._storing[job_id] = asyncio.get_running_loop().create_future()
        return step

    async def _store(self, held: Step, *further: Step) -> Job:
        try:
            return await self._take(held, *further)
        finally:
            self._storing.pop(held.before.id).set_result(None)

    async def _take(self, *steps: Step) -> Job:
        stored = await self._until_stored(steps[0].before, partial(self._jobs.take, *steps))
        for step in steps:
            after = stored if step is steps[-1] else step.after
            for observer in self._observers:
                observer.stepped(step.before, after)
        # With what leads to the others, more is logged.
        if stored.state not in {steps[0].before.state, JobState.SUBMITTING, JobState.RUNNING}:
            logger.info("job=%s %s", stored.id, stored.state)
        if stored.state in FINAL:
            self._cancel_asked.discard(stored.id)
        is_shown = stored.state is not steps[-1].before.state and stored.state is JobState.DELIVERED
        if is_shown and self.delivered is not None:
            with self.unleased():
                self.delivered(stored)
        return stored

    async def note_dismissed(self, job: Job, *, is_awaited: bool) -> None:
        """Store that a "thinking" answer is no longer there; a full disk is waited for."""
        now = self.now()
        within_s = 0.0 if is_awaited else DISMISSED_WITHIN_S
        noting = partial(self._jobs.note_dismissed, job.id, now, within_s=within_s)
        await self._until_stored(job, noting)

    async def name_task(self, job: Job, task_id: str) -> None:
        """Store what a callback named as a job's task; a full disk is waited for."""
        await self._until_stored(job, partial(self._jobs.name_task, job.id, task_id))

    async def drop_named_task(self, job: Job, task_id: str) -> None:
        """Store that what a callback named was no task of the job's; a full disk is waited for."""
        await self._until_stored(job, partial(self._jobs.drop_named_task, job.id, task_id))

    async def end(self, job: Job, problem: Problem) -> Job:
        """Store that a job cannot go on, and what it cost; raises StaleJobError."""
        ended = replace(
            job,
            state=FAILURES[problem].ends_as,
            problem=problem,
            charged_microcredits=final_charge(job, problem),
            ended_at=self.now(),
        )
        logger.info("job=%s ends: %s", job.id, problem)
        return await self.advance(job, ended)

    async def fresh(self, job: Job) -> Job:
        """Return the job as it is stored now, with what others set; raises LeaseLostError."""
        await self.store_held(job.id)
        found = await self._jobs.get(job.id) or job
        # Else the next step would be taken from what another process did meanwhile.
        check_lease()
        return found

    async def patiently(self, job: Job, steps: Callable[[Job], Awaitable[Job]]) -> Job:
        """Take steps; where one cannot be read, from the job as it is then. Raises as `advance`."""
        again = partial(self._go_on, job, steps)
        return await self._until_stored(job, partial(steps, job), again)

    async def _go_on(self, job: Job, steps: Callable[[Job], Awaitable[Job]]) -> Job:
        return await steps(await self.fresh(job))

    async def _until_stored(
        self,
        job: Job,
        write: Callable[[], Awaitable[R]],
        again: Callable[[], Awaitable[R]] | None = None,
    ) -> R:
        attempt = 0
        while True:
            try:
                return await write()
            except DatabaseClosedError:
                raise  # waiting would keep a stopping bot from ever ending
            except StorageError:
                # It may be the only trace of something that was paid for.
                if not attempt:  # the database logs why, and for how long
                    logger.warning("job=%s cannot be stored, retrying", job.id)
                await self._retry.pause(Retry.DISK, attempt)
                attempt, write = attempt + 1, again or write
