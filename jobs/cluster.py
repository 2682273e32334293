"""The worker of one of several processes: the queue is in the database, and jobs are leased."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.limits import NO_LIMITS
from domain.models import FINAL, Action, Delivery, JobState, Problem
from flux.catalogue import MODELS
from jobs.leases import LeaseLostError, unleased
from jobs.worker import COPY_LOOK_BACK, JobWorker, may_be_reopened
from services.logs import CURRENT_JOB, about
from storage.errors import DatabaseClosedError, StorageError
from storage.jobs import StaleJobError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from domain.limits import Limits
    from domain.models import ImageRequest, Job, Ticket
    from jobs.shared_queue import SharedScheduler
    from storage.leases import Taken
    from storage.processes import Alive

logger = logging.getLogger(__name__)

RENEWALS: Final = 3
"""Renewals in the time that a lease lasts."""

LOOKS_FOR_LOST: Final = 6
"""Looks for jobs of processes that ended, in the time that a lease lasts."""

LOOK_S: Final = 1.0
"""Between two looks at the queue where no other process says that it changed."""

WAITED: Final = timedelta(seconds=2)
"""Age from which a job's card may still say that it is queued."""


class ClusterWorker(JobWorker):
    """Takes requests into the shared queue; runs those that it calls, as long as it has the lease.

    A step of a job is taken only with its lease. What ends the job elsewhere, such as a
    cancellation, takes the lease too and reports the end.
    """

    def join_others(self, scheduler: SharedScheduler) -> None:
        """Share the queue with other processes; called once, before `open`."""
        self._scheduler = scheduler
        self._queue = scheduler.queue
        self._leases = scheduler.leases
        self._look_s = min(LOOK_S, self._leases.lease_s / LOOKS_FOR_LOST)
        self._interval_s = self.lifecycle.retriever.poller.interval_s
        self._called: set[str] = set()
        self._copying: set[str] = set()
        self._wake = asyncio.Event()
        self._next_look = 0.0

    async def open(self) -> None:
        """Start to keep leases, and where this process runs jobs to take them."""
        retriever = self.lifecycle.retriever
        await retriever.eta.learn(MODELS, self.transitions.now())
        self._tasks.start(self._keep_leases(), "leases")
        if self._scheduler.runs_jobs:
            self._tasks.start(retriever.poller.run(), "poller")
            self._tasks.start(self._take_jobs(), "queue")
        self._opened.set()

    def wake(self, left: str = "") -> None:
        """Look at the queue: it has changed, or a slot is free.

        Args:
            left: a process that gave its leases up, if one did.
        """
        if left:
            self._next_look = 0.0
        self._wake.set()

    def share(self, alive: Alive) -> None:
        """Take this process's part of what Discord and Flux allow to all of them."""
        self.deliverer.lanes.processes = alive.processes
        self.lifecycle.retriever.poller.interval_s = self._interval_s * max(1, alive.workers)

    def hear_of_callback(self, job_id: str) -> None:
        """Look at a job that another process was called back about."""
        if job_id in self._leases.job_ids:
            self._tasks.start(self._look_at(job_id), f"look at {job_id}")

    def share_flux_state(self, said: str) -> None:
        """Notify other processes of what Flux answered about the account or a model."""
        self._tasks.start(self._queue.tell("flux", said), "share flux state")

    async def accept(
        self, request: ImageRequest, limits: Limits = NO_LIMITS, *, age_s: float = 0.0
    ) -> Job:
        """Store a job for the request, whose lease this process has until `start`."""
        since = self._leases.now()
        job = await super().accept(request, limits, age_s=age_s)
        self._leases.extend(job.id, since)
        return job

    async def abandon(self, job: Job, problem: Problem) -> None:
        async with self._working_on(job):
            await super().abandon(job, problem)

    async def called_back(self, callback_token: str, task_id: str | None) -> bool:
        """Take what a callback says as a hint, and tell the process that runs the job."""
        job = await self._jobs.find_by_callback_token(callback_token)
        if job is None:
            return False
        is_open = job.state in {JobState.SUBMITTING, JobState.UNCERTAIN}
        if task_id and (is_open or may_be_reopened(job)):
            await self.transitions.name_task(job, task_id)
        await self._queue.tell("callback", job.id)
        return True

    async def _look_at(self, job_id: str) -> None:
        job = await self._jobs.get(job_id)
        retriever = self.lifecycle.retriever
        task_id = job and (job.task_id or job.named_task_id)
        if task_id:
            retriever.lost_answers.name(job_id, task_id)
            retriever.poller.hurry(task_id)

    async def _keep_leases(self) -> None:
        while True:
            since = self._leases.now()
            wait_s = self._look_s  # once the database is back, before others may take jobs over
            try:
                await self._renew(since)
                self._scheduler.waiting = await self._queue.waiting()
            except DatabaseClosedError:
                return
            except StorageError:  # the database logs why, and for how long
                logger.debug("leases not renewed")
            except Exception:  # all jobs need this loop, so it must go on
                logger.exception("leases not renewed")
            else:
                wait_s = self._leases.lease_s / RENEWALS
            await asyncio.sleep(wait_s)

    async def _renew(self, since: float) -> None:
        job_ids = self._leases.job_ids
        kept = await self._queue.renew(job_ids) if job_ids else {}
        for job_id, named_task_id in kept.items():
            if job_id in self._leases.job_ids:  # else it was dropped meanwhile
                self._leases.extend(job_id, since)
                if named_task_id:
                    self.lifecycle.retriever.lost_answers.name(job_id, named_task_id)
        for job_id in {*job_ids} - kept.keys():
            self._leases.lose(job_id)

    async def _take_jobs(self) -> None:
        while True:
            self._wake.clear()
            try:
                if self._leases.now() >= self._next_look:
                    self._next_look = self._leases.now() + self._leases.lease_s / LOOKS_FOR_LOST
                    await self._take_over()
                await self._call()
            except DatabaseClosedError:
                return
            except StorageError:  # the database logs why, and for how long
                logger.debug("queue not read")
            except Exception:  # all jobs wait for this loop, so it must go on
                logger.exception("queue not read")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_s):
                    await self._wake.wait()

    async def _call(self) -> None:
        if self._closing:
            return
        since = self._leases.now()
        limit, per_user = self._scheduler.limit, self._scheduler.per_user
        for job in await self._queue.call(limit, per_user):
            self._leases.extend(job.id, since)
            self._called.add(job.id)
            turn = self.lifecycle.join(job)
            # Its card says that it is queued.
            turn.has_waited = self.transitions.now() - job.created_at > WAITED
            with about(job.id):
                self._tasks.start(self._run(job), f"job {job.id}")

    async def _take_over(self) -> None:
        since = self._leases.now()
        # What this process runs is renewed here if its lease has ended, and not run twice.
        since_ended, own = self.transitions.now() - COPY_LOOK_BACK, self._leases.job_ids
        taken = await self._queue.take_over(since_ended, own)
        for job in taken.all:
            self._leases.extend(job.id, since)
        if taken.all:
            logger.warning("continuing %d jobs that no process had a lease of", len(taken.all))
        self._go_on(taken)

    def _go_on(self, taken: Taken) -> None:
        self._called |= {job.id for job in taken.called}
        for job in (*taken.called, *taken.open):
            if job.state not in FINAL:
                self.lifecycle.join(job)
            with about(job.id):
                self._resume(job)
        for job in taken.undismissed:
            self._start_leased(job, self.deliverer.dismiss(job), "dismiss")
        for job in taken.uncopied:
            self._start_copy(job, job.request.ticket)
        for job in taken.named:
            self._start_leased(job, self._reopen(job, job.named_task_id or ""), "reopen")

    def _start_leased(self, job: Job, work: Coroutine[object, object, None], name: str) -> None:
        async def leased() -> None:
            async with self._working_on(job):
                await work

        with about(job.id):
            self._tasks.start(leased(), f"{name} {job.id}")

    @asynccontextmanager
    async def _working_on(self, job: Job, *, is_last: bool = True) -> AsyncIterator[None]:
        """Let the block work on a job until its lease is lost.

        Args:
            is_last: whether the lease is renewed no more after it.
        """
        try:
            with self._leases.about(job.id):
                yield
        except LeaseLostError:
            logger.warning("job=%s stopped here: its lease was lost or not renewed", job.id)
            self.lifecycle.forget(job.id)
            # Nobody has to wait for its end if no other process has taken it.
            with suppress(StorageError):
                await self._queue.give_up(job.id)
            self._leases.drop(job.id)
            with unleased():
                self._tasks.start(self._show_end_again(job), f"show {job.id} again")
        finally:
            if is_last and job.id not in self._copying:
                self._leases.drop(job.id)

    async def _show_end_again(self, job: Job) -> None:
        """Show how another process ended a request, over what this one still sent after that."""
        while job.id not in self._leases.job_ids:  # with its lease again, it shows the end anyway
            with suppress(StorageError):
                ended = await self._jobs.get(job.id)
                if ended is None:
                    return
                if ended.told_at is not None:
                    request = replace(ended.request, ticket=job.request.ticket)
                    await self.deliverer.show_again(replace(ended, request=request))
                    return
            await asyncio.sleep(self._look_s)

    async def _run(self, job: Job) -> None:
        if job.state is JobState.QUEUED and job.id not in self._called:
            async with self._working_on(job, is_last=False):
                await self._enqueue(job)
            return
        async with self._working_on(job):
            try:
                await super()._run(job)
            finally:
                self._called.discard(job.id)

    async def _enqueue(self, job: Job) -> None:
        """Post the job's card, and put the job into the queue for any worker."""
        CURRENT_JOB.set(job.id)
        await self._answers.step_back()
        is_mine = True
        try:
            # Images that are still to be joined may be refused, which is for their author alone.
            joins = job.request.action is Action.EDIT and job.request.more_source_urls is not None
            if job.message_id is None and not joins:
                position = await self._queue.position(job, self._scheduler.limit)
                job = await self.deliverer.announce(job, position=position)
            if job.state is JobState.QUEUED:
                # Once it is released, this process too may call it again.
                self._let_go(job.id)
                is_mine = False
                await self._release(job)
        except LeaseLostError:
            is_mine = False  # until the lease is given up, this process must not take it again
            raise
        except StaleJobError:
            logger.info("job=%s was ended elsewhere", job.id)
            await self._tell_if_unannounced(job)
        except StorageError:
            raise
        except Exception:  # this job fails and its requester is told; the others go on
            logger.exception("job=%s stopped by an unexpected error", job.id)
            await self._give_up(job)
        finally:
            if is_mine:
                self._let_go(job.id)

    def _let_go(self, job_id: str) -> None:
        self.lifecycle.forget(job_id)
        self._leases.drop(job_id)

    async def _release(self, job: Job) -> None:
        released = job.id, job.revision + 1
        self._queue.releasing.add(released)
        try:
            await self.transitions.advance(job, job)
        finally:
            self._queue.releasing.discard(released)
        with unleased():  # these do no harm twice
            self._tasks.start(self.deliverer.dismiss(job), f"dismiss {job.id}")
            if job.request.place.delivery is Delivery.RESPONSE:
                self._tasks.start(self._offer_collect(job), f"collect {job.id}")

    async def _resume_unannounced(self, job: Job) -> None:
        async with self._working_on(job, is_last=False):
            await super()._resume_unannounced(job)

    def _start_copy(self, ended: Job, ticket: Ticket) -> None:
        if not self._closing:
            self._copying.add(ended.id)
            self._start_leased(ended, self._copy(ended, ticket), "copy")

    async def _copy(self, ended: Job, ticket: Ticket) -> None:
        try:
            await self.deliverer.send_copy(ended, ticket)
        finally:
            self._copying.discard(ended.id)

    async def _tell(self, job: Job) -> None:
        since = self._leases.now()
        if not await self._queue.renew([job.id]):
            return  # another process has the lease and reports the end
        self._leases.extend(job.id, since)
        async with self._working_on(job):
            await super()._tell(job)

    async def _tell_if_unannounced(self, job: Job) -> None:
        if job.id not in self._leases.job_ids:
            return
        self._leases.check(job.id)
        if await self._queue.renew([job.id]):
            await super()._tell_if_unannounced(job)

    async def _give_up(self, job: Job) -> None:
        if job.id in self._leases.job_ids and await self._queue.renew([job.id]):
            await super()._give_up(job)
