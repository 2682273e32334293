"""Learning what became of a request at Flux, and bringing its pictures here."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.models import JobState, Problem
from flux import MODELS
from jobs.problems import task_problem

if TYPE_CHECKING:
    from domain.models import Job
    from flux import Task
    from jobs.means import Means

logger = logging.getLogger(__name__)

LAST_LOOKS: Final = 120
"""Intervals that a job still has after its deadline passed while the bot was down."""

OVERDUE_LIMIT: Final = timedelta(hours=24)
"""How long after its submit a job is looked for at all."""

OVERDUE_INTERVAL_S: Final = 60.0
"""Between two looks at a job that is overdue."""

EVIDENCE_LIMIT: Final = timedelta(minutes=15)
"""How long after its submit a callback can still tell of a job whose answer was lost."""


class Retriever:
    """Waits for tasks, by asking and by what callbacks tell."""

    def __init__(self, *, means: Means) -> None:
        self._means = means

    async def lose(self, job: Job) -> Job:
        """Note that nobody heard the answer to a submit."""
        return await self._means.journal.advance(job, replace(job, state=JobState.UNCERTAIN))

    async def await_evidence(self, job: Job) -> Job:
        """Wait for a callback to tell what became of a submit whose answer was lost."""
        hears = self._means.options.callback_base is not None and job.callback_token is not None
        if not hears and job.named_task_id is None:
            return await self._means.presenter.end(job, Problem.ANSWER_LOST)
        if job.named_task_id is not None:
            self._means.evidence.name(job.id, job.named_task_id)
        telling = asyncio.create_task(self._means.presenter.show_status(job))
        try:
            task_id = await self._evidence(job)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        if task_id is None:
            return await self._means.presenter.end(job, Problem.ANSWER_LOST)
        return await self._found(job, replace(job, task_id=task_id))

    async def reopen(self, job: Job, task_id: str) -> Job | None:
        """Take up a failed job whose task shows up late; its picture is kept, and costs nobody."""
        if job.task_id is None and not await self._is_evidence(task_id):
            await self._means.journal.drop_named_task(job)
            return None
        self._means.evidence.name(job.id, task_id)
        late = replace(
            job,
            task_id=job.task_id or task_id,
            problem=Problem.ARRIVED_LATE,
            charged_microcredits=None,
            ended_at=None,
            told_at=None,
        )
        return await self._found(job, late)

    async def fetch(self, job: Job) -> Job:
        """Wait for the task, then bring its pictures to the spool.

        A job that takes too long is marked overdue and returned as it is; called with such a job,
        this looks now and then, for a day.
        """
        if not job.task_id:
            # The call was held and named no task, and its pictures could not be kept.
            return await self._means.presenter.end(job, Problem.RESULT_UNREACHABLE)
        task = await self._ended_task(job)
        if task is None:
            return await self._overdue(job)
        job = replace(job, trace_id=task.trace_id or job.trace_id)
        if task.failure is not None:
            logger.warning("job=%s failed at flux: code=%s", job.id, task.failure.code)
            return await self._means.presenter.end(job, task_problem(job, task.failure))
        return await self.keep_results(job, task)

    async def _ended_task(self, job: Job) -> Task | None:
        is_overdue = job.overdue_at is not None
        limit = OVERDUE_LIMIT if is_overdue else timedelta(seconds=self._means.pace.timeout_s)
        left_s = max(self._left_s(job, limit), LAST_LOOKS * self._means.pace.interval_s)
        elapsed_s = max(limit.total_seconds() - left_s, 0.0)
        first_look_s = self._means.timing.first_look_s(job.request.model, elapsed_s, left_s)
        gap_s = OVERDUE_INTERVAL_S if is_overdue else None
        try:
            async with asyncio.timeout(left_s):
                return await self._means.poller.wait(
                    job.task_id or "",
                    first_look_s=first_look_s,
                    gap_s=gap_s,
                    # From here on a callback hurries the poller.
                    is_told=self._means.evidence.forget(job.id),
                )
        except TimeoutError:
            return None

    async def _overdue(self, job: Job) -> Job:
        if job.overdue_at is not None:
            return await self._means.presenter.end(job, Problem.OVERDUE)
        logger.warning("job=%s is overdue", job.id)
        return await self._means.journal.mark_overdue(job)

    async def _evidence(self, job: Job) -> str | None:
        deadline = asyncio.get_running_loop().time() + self._left_s(job, EVIDENCE_LIMIT)
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    task_id = await self._means.evidence.wait(job.id)
            except TimeoutError:
                return None
            if await self._is_evidence(task_id):
                return task_id
            # Another callback may be true.
            self._means.evidence.forget(job.id)
            await self._means.journal.drop_named_task(job)

    async def _is_evidence(self, task_id: str) -> bool:
        return not await self._means.jobs.has_task(task_id) and await self._means.evidence.confirms(
            task_id
        )

    async def _found(self, before: Job, after: Job) -> Job:
        logger.info("job=%s was begun after all, task=%s", after.id, after.task_id)
        return await self._means.journal.advance(before, replace(after, state=JobState.RUNNING))

    async def keep_results(self, job: Job, task: Task) -> Job:
        """Bring the pictures of a finished task to the spool."""
        # What Flux made is paid for, whether its links work or not.
        made = min(len(task.image_urls), job.request.count)
        model = MODELS.get(job.request.model)  # an update can have taken it from the catalogue
        estimate = model.estimated_microcredits * made if model else job.estimated_microcredits
        job = replace(
            job,
            # Pictures that are missing here later are brought again, and were made then.
            made_at=job.made_at or self._means.clock.now(),
            charged_microcredits=task.charged_microcredits,
            estimated_microcredits=estimate,
        )
        images = await self._means.fetcher.results(job, task)
        if isinstance(images, Problem):
            return await self._means.presenter.end(job, images)
        charge = estimate if task.charged_microcredits is None else task.charged_microcredits
        after = replace(
            job,
            state=JobState.FETCHED,
            fetched_at=job.fetched_at or self._means.clock.now(),
            carried_microcredits=charge * (made - len(images)) // made,
        )
        job = await self._means.journal.advance(job, after, images)
        await self._means.timing.learn(job.request.model)
        return job

    def _left_s(self, job: Job, limit: timedelta) -> float:
        """Return how much of the time after a job's submit is left, in seconds, at least 0."""
        started = job.submitted_at or job.created_at
        return max((started + limit - self._means.clock.now()).total_seconds(), 0.0)
