"""Takes requests, gives each its turn, and sees every job to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from flux import MODELS
from jobs.turns import Turns
from storage.database import StorageError
from storage.records import Job, JobState, Problem

if TYPE_CHECKING:
    from jobs.poller import Poller
    from jobs.steps import Steps
    from jobs.turns import Turn
    from storage.jobs import JobRepository
    from storage.records import ImageRequest

logger = logging.getLogger(__name__)

STORE_DEADLINE_S: Final = 1.0
"""For writing down a request, of the 3 s in which Discord takes an answer to it."""

LAST_ANSWERS_S: Final = 4.0
"""How long a stop waits for answers to requests that may cost money."""


class JobRunner:
    """Runs jobs first come, first served, at most `max_running` of them at Flux at once."""

    def __init__(
        self, *, jobs: JobRepository, steps: Steps, poller: Poller, max_running: int
    ) -> None:
        self._jobs = jobs
        self._steps = steps
        self._poller = poller
        self._turns = Turns(max_running)
        self._turn_of: dict[str, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[Job]] = set()
        self._closing = False

    async def open(self) -> None:
        """Start polling, and put every job that has not ended back on its way."""
        self._keep(asyncio.create_task(self._poller.run(), name="poller"))
        for model in MODELS:
            await self._steps.learn(model)
        for job in await self._jobs.list_open():
            if job.state.is_final:
                self._keep(asyncio.create_task(self._tell(job), name=f"tell {job.id}"))
                continue
            self._turn_of[job.id] = self._turns.join()
            if job.state is JobState.QUEUED and job.nonce is None:
                # Its author may never have had an answer, so it is not begun without a new word.
                ending = self.abandon(job, Problem.RESTARTED)
                self._keep(asyncio.create_task(ending, name=f"abandon {job.id}"))
            else:
                self.start(job)

    async def close(self) -> None:
        """Stop at once, but for answers of Flux that are on their way; nothing is forgotten.

        Jobs that have not ended go on at the next `open`.
        """
        self._closing = True
        self._steps.stop_submitting()
        # The jobs end first, so that none of them submits while the last answers are awaited.
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        submits = [*self._submits]
        if submits:
            await asyncio.wait(submits, timeout=LAST_ANSWERS_S)
        for submit in submits:
            submit.cancel()
        await asyncio.gather(*submits, return_exceptions=True)

    async def accept(self, request: ImageRequest) -> Job:
        """Store a job for the request; nothing is spent and nothing shown until `start`.

        Raises:
            DuplicateRequestError: the same interaction made a job before.
            StorageError: it could not be stored within a second, and will not be begun.
        """
        now = datetime.now(UTC)
        rounds = 1 + self._turns.next_position / self._turns.limit
        usual_s = self._steps.usual_seconds(request.model)
        job = Job(
            id=secrets.token_hex(6),
            request=request,
            state=JobState.QUEUED,
            created_at=now,
            expected_at=now + timedelta(seconds=rounds * usual_s),
            estimated_microcredits=MODELS[request.model].estimated_microcredits * request.count,
        )
        storing = asyncio.create_task(self._jobs.add(job), name=f"store {job.id}")
        try:
            async with asyncio.timeout(STORE_DEADLINE_S):
                await asyncio.shield(storing)
        except TimeoutError as error:
            self._keep(asyncio.create_task(self._forget(job, storing), name=f"forget {job.id}"))
            raise StorageError("The database did not take a request in time.") from error
        self._turn_of[job.id] = self._turns.join()
        logger.info(
            "job=%s accepted command=%s model=%s size=%s count=%d user=%d",
            job.id,
            request.command,
            request.model,
            request.size,
            request.count,
            request.requester.user_id,
        )
        return job

    async def abandon(self, job: Job, problem: Problem) -> None:
        """End a job that was accepted and never started; it cost nothing."""
        with self._turn_of.pop(job.id):
            await self._steps.end(job, problem)

    def start(self, job: Job) -> None:
        """Send an accepted job on its way; while closing it waits for the next `open`."""
        if self._closing:
            return
        self._keep(asyncio.create_task(self._run(job), name=f"job {job.id}"))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)

    async def _forget(self, job: Job, storing: asyncio.Task[None]) -> None:
        """Cancel a job whose row came too late: its author was told that it was not begun."""
        await storing
        await self._steps.end(job, Problem.STORED_TOO_LATE)

    async def _tell(self, job: Job) -> None:
        await self._steps.tell(job)

    async def _run(self, job: Job) -> None:
        try:
            with self._turn_of.pop(job.id) as turn:
                job = await self._until_fetched(job, turn)
            while job.state is JobState.FETCHED:
                job = await self._steps.deliver(job)
                if job.state is JobState.RUNNING:
                    job = await self._steps.fetch(job)
        except Exception:
            # Whatever it is, this job ends with a word to its author and the others go on.
            logger.exception("job=%s stopped by an unexpected error", job.id)
            await self._give_up(job.id)

    async def _until_fetched(self, job: Job, turn: Turn) -> Job:
        if job.state is JobState.SUBMITTING:
            # The process ended between the request and its answer: it is never sent again.
            return await self._steps.end(job, Problem.ANSWER_LOST)
        if job.state is JobState.QUEUED and job.message_id is None:
            job = await self._steps.announce(job, position=turn.position)
            if job.state is JobState.QUEUED:
                dismissing = self._steps.dismiss(job)
                self._keep(asyncio.create_task(dismissing, name=f"dismiss {job.id}"))
        if job.state is JobState.QUEUED:
            job = await self._steps.take_source(job)
        if job.state in {JobState.QUEUED, JobState.RUNNING}:
            await turn.wait()
        if job.state is JobState.QUEUED:
            job = await self._submit(job)
        return await self._fetch(job, turn) if job.state is JobState.RUNNING else job

    async def _fetch(self, job: Job, turn: Turn) -> Job:
        if not turn.position:
            return await self._steps.fetch(job)
        progress = asyncio.create_task(self._steps.show_progress(job), name=f"progress {job.id}")
        try:
            return await self._steps.fetch(job)
        finally:
            # The result says more, and a slow status must neither hold it up nor come after it.
            progress.cancel()
            await asyncio.gather(progress, return_exceptions=True)

    async def _submit(self, job: Job) -> Job:
        # A task of its own, so that a stop can wait for the answer while the job's task is ended.
        submit = asyncio.create_task(self._steps.submit(job), name=f"submit {job.id}")
        self._submits.add(submit)
        submit.add_done_callback(self._submits.discard)
        return await asyncio.shield(submit)

    async def _give_up(self, job_id: str) -> None:
        with contextlib.suppress(Exception):  # the first error is logged and matters more
            job = await self._jobs.get(job_id)
            if job is not None and not job.state.is_final:
                await self._steps.end(job, Problem.INTERNAL)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("%s failed", task.get_name(), exc_info=task.exception())
