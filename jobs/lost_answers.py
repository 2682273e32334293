"""Requests whose answer from Flux was lost: their tasks are found by what callbacks name."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.models import Job, JobState, Problem
from flux.errors import FluxError
from flux.models import TaskState
from jobs.lifecycle import alongside
from jobs.transitions import Retry, RetryPolicy, Transitions

if TYPE_CHECKING:
    from flux.client import FluxClient
    from jobs.delivery import Deliverer
    from storage.jobs import JobRepository

logger = logging.getLogger(__name__)

EVIDENCE_LIMIT: Final = timedelta(minutes=15)
"""How long after its submit a callback is accepted for a job whose response was lost."""

LOOKS: Final = 5
"""Questions about a task that a callback names; a new record can take a moment to appear."""


class LostAnswers:
    """Finds the tasks of such jobs by what callbacks name: a hint, until Flux confirms it.

    Attributes:
        named: the tasks that callbacks have named, by job; not done where none has yet.

    Args:
        calls_back: whether callbacks can come at all.
    """

    def __init__(
        self,
        jobs: JobRepository,
        flux: FluxClient,
        transitions: Transitions,
        deliverer: Deliverer,
        retry: RetryPolicy,
        *,
        calls_back: bool,
    ) -> None:
        self._jobs = jobs
        self._flux = flux
        self._transitions = transitions
        self._deliverer = deliverer
        self._retry = retry
        self._calls_back = calls_back
        self.named: dict[str, asyncio.Future[str]] = {}

    def name(self, job_id: str, task_id: str) -> None:
        """Note that a callback of this job named a task; only the first one counts.

        It may come before anybody waits, as at a start that has to see to other jobs first.
        """
        named = self._future(job_id)
        if not named.done():
            named.set_result(task_id)

    async def find(self, job: Job) -> Job:
        """Wait for a callback to tell what became of a submit whose answer was lost."""
        hears = self._calls_back and job.callback_token is not None
        if not hears and job.named_task_id is None:
            return await self._deliverer.end(job, Problem.ANSWER_LOST)
        if job.named_task_id is not None:
            self.name(job.id, job.named_task_id)
        async with alongside(self._deliverer.show_status(job), f"status {job.id}"):
            task_id = await self._evidence(job)
        if task_id is None:
            return await self._deliverer.end(job, Problem.ANSWER_LOST)
        return await self._found(job, replace(job, task_id=task_id))

    async def reopen(self, job: Job, task_id: str) -> Job | None:
        """Take up a failed job whose task shows up late; its picture is kept, and costs nobody."""
        if job.task_id is None and not await self._is_evidence(task_id):
            await self._transitions.drop_named_task(job, task_id)
            return None
        self.name(job.id, task_id)
        late = replace(
            job,
            task_id=job.task_id or task_id,
            problem=Problem.ARRIVED_LATE,
            charged_microcredits=None,
            ended_at=None,
            told_at=None,
        )
        return await self._found(job, late)

    async def _evidence(self, job: Job) -> str | None:
        left = (job.submitted_at or job.created_at) + EVIDENCE_LIMIT - self._transitions.now()
        deadline = asyncio.get_running_loop().time() + left.total_seconds()
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    task_id = await asyncio.shield(self._future(job.id))
            except TimeoutError:
                return None
            if await self._is_evidence(task_id):
                return task_id
            # Another callback may be true.
            del self.named[job.id]
            await self._transitions.drop_named_task(job, task_id)

    async def _is_evidence(self, task_id: str) -> bool:
        """Whether Flux knows this task, asked until it answers, and it is no other job's."""
        if await self._jobs.has_task(task_id):
            return False
        looks = attempt = 0
        while looks < LOOKS:
            try:
                task = await self._flux.retrieve(task_id)
            except FluxError:
                pass  # no answer says nothing about the task
            else:
                if task.state is not TaskState.UNKNOWN:
                    return True
                looks += 1
            await self._retry.pause(Retry.EVIDENCE, attempt)
            attempt += 1
        return False

    async def _found(self, before: Job, after: Job) -> Job:
        logger.info("job=%s was accepted after all, task=%s", after.id, after.task_id)
        return await self._transitions.advance(before, replace(after, state=JobState.RUNNING))

    def _future(self, job_id: str) -> asyncio.Future[str]:
        return self.named.setdefault(job_id, asyncio.get_running_loop().create_future())
