"""What became of a request at Flux, and its pictures."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.models import Job, JobState, Problem
from flux import MODELS, Task
from jobs.poller import EtaEstimator, Poller, seconds_left
from jobs.problems import task_problem
from storage.steps import Step

if TYPE_CHECKING:
    from jobs.delivery import Deliverer
    from jobs.downloads import Downloads
    from jobs.lost_answers import LostAnswers
    from jobs.transitions import Transitions

logger = logging.getLogger(__name__)

LAST_LOOKS: Final = 120
"""Intervals that a job still has after its deadline passed while the bot was down."""

OVERDUE_LIMIT: Final = timedelta(hours=24)
"""How long after its submit a job is looked for at all."""

OVERDUE_INTERVAL_S: Final = 60.0
"""Between two looks at a job that is overdue."""


class Retriever:
    """Waits for tasks, by asking and by what callbacks tell."""

    def __init__(
        self,
        transitions: Transitions,
        deliverer: Deliverer,
        downloads: Downloads,
        poller: Poller,
        eta: EtaEstimator,
        lost_answers: LostAnswers,
    ) -> None:
        self._transitions = transitions
        self._deliverer = deliverer
        self.downloads = downloads
        self.poller = poller
        self.eta = eta
        self.lost_answers = lost_answers

    async def fetch(self, job: Job) -> Job:
        """Wait for the task, then bring its pictures to the spool.

        Of a job whose answer was lost, the task is found first, and the job returned. A job that
        takes too long is marked overdue and returned as it is; called with such a job, this looks
        now and then, for a day.
        """
        if job.state is JobState.UNCERTAIN:
            return await self.lost_answers.find(job)
        if not job.task_id:
            # The call was held and named no task, and its pictures could not be kept.
            return await self._deliverer.end(job, Problem.RESULT_UNREACHABLE)
        is_overdue = job.overdue_at is not None
        limit = OVERDUE_LIMIT if is_overdue else timedelta(seconds=self.eta.timeout_s)
        left_s = seconds_left(job, limit, self._transitions.now())
        left_s = max(left_s, LAST_LOOKS * self.poller.interval_s)
        elapsed_s = max(limit.total_seconds() - left_s, 0.0)
        try:
            async with asyncio.timeout(left_s):
                task = await self.poller.wait(
                    job.task_id,
                    first_look_s=self.eta.first_look_s(job.request.model, elapsed_s, left_s),
                    gap_s=OVERDUE_INTERVAL_S if is_overdue else None,
                    # From here on a callback hurries the poller.
                    is_told=self.lost_answers.forget(job.id),
                )
        except TimeoutError:
            return await self._overdue(job)
        job = replace(job, trace_id=task.trace_id or job.trace_id)
        if task.failure is not None:
            logger.warning("job=%s failed at flux: code=%s", job.id, task.failure.code)
            return await self._deliverer.end(job, task_problem(job, task.failure))
        return await self.keep_results(job, task)

    async def called_back(self, job: Job, task_id: str | None) -> None:
        """Take what a callback says of a job that goes on as a hint, which is stored if new."""
        if job.state is JobState.RUNNING and job.task_id:
            self.lost_answers.name(job.id, job.task_id)
            self.poller.hurry(job.task_id)
        elif job.state in {JobState.SUBMITTING, JobState.UNCERTAIN} and task_id:
            self.lost_answers.name(job.id, task_id)
            await self._transitions.name_task(job, task_id)

    async def keep_results(self, job: Job, task: Task) -> Job:
        """Bring the pictures of a finished task to the spool."""
        # What Flux made is paid for, whether its links work or not.
        made = min(len(task.image_urls), job.request.count)
        model = MODELS.get(job.request.model)  # an update can have taken it from the catalogue
        estimate = model.estimated_microcredits * made if model else job.estimated_microcredits
        job = replace(
            job,
            # Pictures that are missing here later are brought again, and were made then.
            made_at=job.made_at or self._transitions.now(),
            charged_microcredits=task.charged_microcredits,
            estimated_microcredits=estimate,
        )
        images = await self.downloads.results(job, task)
        if isinstance(images, Problem):
            return await self._deliverer.end(job, images)
        charge = estimate if task.charged_microcredits is None else task.charged_microcredits
        after = replace(
            job,
            state=JobState.FETCHED,
            fetched_at=job.fetched_at or self._transitions.now(),
            carried_microcredits=charge * (made - len(images)) // made,
        )
        if job.fetched_at is None:
            self.eta.note(after)
        if job.task_id:  # after a crash Flux is asked again
            return self._transitions.hold(Step(job, after, images))
        return await self._transitions.advance(job, after, images)

    async def show_partial(self, job: Job, task: Task) -> None:
        """Show the pictures that have come so far, unless somebody has cancelled the job."""
        images = await self.downloads.results(job, task)
        fresh = await self._transitions.fresh(job)
        if not isinstance(images, Problem) and fresh.cancel_asked_at is None:
            await self._deliverer.show_progress(fresh, images)

    async def _overdue(self, job: Job) -> Job:
        if job.overdue_at is not None:
            return await self._deliverer.end(job, Problem.OVERDUE)
        logger.warning("job=%s is overdue", job.id)
        return await self._transitions.mark_overdue(job)
