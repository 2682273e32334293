"""The way of one job: how a request becomes one, and its states, from whichever it is found in."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.models import Action, Delivery, ImageRequest, Job, JobState, Problem
from flux.catalogue import MODELS
from images.decoder import Lane
from jobs.leases import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from clock import Clock
    from domain.scheduler import FairScheduler, Slot
    from images.store import ImageStore
    from jobs.delivery import Deliverer
    from jobs.poller import EtaEstimator
    from jobs.results import Retriever
    from jobs.source_images import SourceImages
    from jobs.submission import CircuitBreaker, Submitter
    from jobs.transitions import Transitions

logger = logging.getLogger(__name__)

CALLBACK_TOKEN_BYTES: Final = 32
"""Of randomness in the address that Flux calls back; nobody else can name it."""


class Admission:
    """Turns a request into a job that is worth storing, while Flux and the disk can take one."""

    def __init__(
        self,
        spool: ImageStore,
        breaker: CircuitBreaker,
        eta: EtaEstimator,
        scheduler: FairScheduler,
        clock: Clock,
        *,
        calls_back: bool,
    ) -> None:
        self._clock = clock
        self._spool = spool
        self._breaker = breaker
        self._eta = eta
        self._scheduler = scheduler
        self._calls_back = calls_back

    async def job_for(self, request: ImageRequest) -> Job:
        """Return the job for a request, not stored; raises UserError where none is taken now."""
        problem = self._breaker.problem()
        if problem is not None:
            raise UserError(problem)
        if not await self._spool.has_room():
            raise UserError(Problem.SPOOL_UNAVAILABLE)
        now = self._clock.now()
        rounds = 1 + self._scheduler.position(request.requester.user_id) / self._scheduler.limit
        usual_s = self._eta.usual_seconds(request.model)
        job_id = secrets.token_hex(6)
        # A response's text tells whether it was answered, as long as no card has replaced it.
        has_card = request.place.delivery is Delivery.MESSAGE
        return Job(
            id=job_id,
            request=request,
            state=JobState.QUEUED,
            created_at=now,
            expected_at=now + timedelta(seconds=rounds * usual_s),
            nonce=f"{job_id}-1" if has_card else None,
            announced_at=now if has_card else None,
            estimated_microcredits=MODELS[request.model].estimated_microcredits * request.count,
            callback_token=secrets.token_urlsafe(CALLBACK_TOKEN_BYTES)
            if self._calls_back
            else None,
        )


@asynccontextmanager
async def alongside(work: Coroutine[object, object, object], name: str) -> AsyncIterator[None]:
    """Do something during the block, at whose end it is cancelled and has ended."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class BackgroundTasks:
    """Keeps tasks until they end, logs what they raise, and cancels them at a stop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def cancel(self) -> None:
        """Cancel the tasks that have not ended, and wait until they have."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, LeaseLostError):  # the job's task logs that
            logger.error("%s failed", task.get_name(), exc_info=error)


class Lifecycle:
    """Takes jobs from step to step, each in its turn."""

    def __init__(
        self,
        transitions: Transitions,
        deliverer: Deliverer,
        sources: SourceImages,
        submitter: Submitter,
        retriever: Retriever,
        scheduler: FairScheduler,
    ) -> None:
        self._transitions = transitions
        self._deliverer = deliverer
        self.sources = sources
        self.submitter = submitter
        self.retriever = retriever
        self.scheduler = scheduler
        self._turn_of: dict[str, Slot] = {}
        self._submits: set[asyncio.Task[Job]] = set()
        self._beside = BackgroundTasks()

    def join(self, job: Job) -> Slot:
        """Give the job a place in line; one that is at Flux takes its turn at once."""
        is_at_flux = job.state is JobState.RUNNING and job.overdue_at is None
        joining = self.scheduler.resume if is_at_flux else self.scheduler.join
        turn = self._turn_of[job.id] = joining(job.request.requester.user_id)
        return turn

    def leave(self, job_id: str) -> bool:
        """Give a job's place to others, for good; True where it had one."""
        turn = self._turn_of.get(job_id)
        if turn is not None:
            self.scheduler.leave(turn)
        return turn is not None

    def forget(self, job_id: str) -> None:
        """Keep nothing more about a job, neither its place nor what callbacks named."""
        turn = self._turn_of.pop(job_id, None)
        if turn is not None:
            self.scheduler.leave(turn)
        self.retriever.lost_answers.named.pop(job_id, None)

    async def run(self, job: Job) -> Job:
        """Run a job to its end; its slot is free when Flux is done. Raises StaleJobError."""
        turn = self._turn_of[job.id]
        try:
            job = await self._transitions.patiently(job, partial(self._until_fetched, turn))
        finally:
            self.scheduler.leave(turn)
        # From here on nobody waits for this job's place.
        if job.overdue_at is not None and job.state is JobState.RUNNING:
            self._beside.start(self._deliverer.show_status(job), f"status {job.id}")
        return await self._transitions.patiently(job, self._until_ended)

    async def close(self, patience_s: float) -> None:
        """Wait for answers to submits that are on their way."""
        await self._beside.cancel()
        submits = [*self._submits]
        if submits:
            await asyncio.wait(submits, timeout=patience_s)
        for submit in submits:
            submit.cancel()
        await asyncio.gather(*submits, return_exceptions=True)

    async def _until_fetched(self, turn: Slot, job: Job) -> Job:
        if job.state is JobState.SUBMITTING:
            # The process ended between the request and its answer: it is never sent again.
            lost = replace(job, state=JobState.UNCERTAIN, flux_error=None)
            return await self._transitions.advance(job, lost)
        if job.state is JobState.QUEUED:
            job = await self._until_sent(job, turn)
        if job.state is not JobState.RUNNING or job.overdue_at is not None:
            return job
        if not turn.has_waited and job.flux_error is None:
            return await self.retriever.fetch(job)
        # The result says more, and a slow status must neither hold it up nor come after it.
        async with alongside(self._deliverer.show_progress(job), f"progress {job.id}"):
            return await self.retriever.fetch(job)

    async def _until_sent(self, job: Job, turn: Slot) -> Job:
        is_edit = job.request.action is Action.EDIT
        if is_edit:
            self.retriever.downloads.spool.decoder.warm(Lane.SOURCES)
            if job.request.more_source_urls is not None:
                job = await self.sources.join(job)
        if job.state is JobState.QUEUED and job.message_id is None:
            position = self.scheduler.position(job.request.requester.user_id, turn)
            turn.has_waited = position > 0
            job = await self._deliverer.announce(job, position=position)
            if job.state is JobState.QUEUED and job.request.ticket.token is not None:
                with self._transitions.unleased():  # it does no harm twice
                    self._beside.start(self._deliverer.dismiss(job), f"dismiss {job.id}")
        if is_edit and job.state is JobState.QUEUED:
            job = await self.sources.take(job)
        if job.state is not JobState.QUEUED:
            return job
        if not self.scheduler.get_ready(turn):
            await self._wait_for(turn, job)
        self.retriever.downloads.spool.decoder.warm(Lane.RESULTS)
        # A task of its own, so that a stop can wait for the answer while the job's task is ended.
        submit = asyncio.create_task(self.submitter.submit(job), name=f"submit {job.id}")
        self._submits.add(submit)
        submit.add_done_callback(self._submits.discard)
        return await asyncio.shield(submit)

    async def _wait_for(self, turn: Slot, job: Job) -> None:
        if turn.next_up.is_set():
            await turn.wait()
            return
        async with alongside(self._note_next_up(turn, job), f"next up {job.id}"):
            await turn.wait()

    async def _note_next_up(self, turn: Slot, job: Job) -> None:
        await turn.next_up.wait()
        await self._deliverer.show_progress(job, position=1)

    async def _until_ended(self, job: Job) -> Job:
        while job.state in {JobState.UNCERTAIN, JobState.RUNNING, JobState.FETCHED}:
            if job.state is JobState.FETCHED:
                job = await self._deliverer.deliver(job)
            else:
                job = await self.retriever.fetch(job)
        return job
