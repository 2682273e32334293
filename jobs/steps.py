"""The steps of a job: each takes it from one stored state to the next."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from flux import (
    MODELS,
    EditRequest,
    FluxError,
    GenerateRequest,
    NotConnectedError,
    RateLimitedError,
    TaskState,
)
from jobs.messenger import Posted, Temporary
from jobs.problems import (
    OUT_OF_SIGHT,
    UNDELIVERED,
    end_state,
    final_charge,
    flux_problem,
    result_problem,
    source_problem,
)
from jobs.spool import FetchError, UnusablePictureError
from storage.records import Action, Delivery, ImageKind, JobState, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flux import FluxClient, Submission, Task
    from jobs.messenger import Messenger, Outcome
    from jobs.poller import Poller
    from jobs.spool import Spool
    from storage.jobs import JobRepository
    from storage.records import Image, ImageRequest, Job

logger = logging.getLogger(__name__)

SUBMIT_ATTEMPTS: Final = 4
FETCH_ATTEMPTS: Final = 4
"""Tries in all, where a try that failed cost nothing."""

MAX_WAIT_S: Final = 60.0
"""Longest pause between two tries, whatever was asked for."""

LAST_LOOKS: Final = 10
"""Intervals that a job has left at least: it may have finished while the bot was down."""

MAX_UPLOADS: Final = 4
"""Uploads at once, far below Discord's connections, so that none delays an acknowledgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient the bot is.

    Attributes:
        interval_s: seconds between two questions to Flux, and before a first retry.
        timeout_s: seconds after its submit until a job is given up.
    """

    interval_s: float
    timeout_s: float


class Steps:
    """Everything that happens to one job, as steps that store before they rely on an effect."""

    def __init__(
        self,
        *,
        jobs: JobRepository,
        flux: FluxClient,
        poller: Poller,
        spool: Spool,
        messenger: Messenger,
        pace: Pace,
    ) -> None:
        self._jobs = jobs
        self._flux = flux
        self._poller = poller
        self._spool = spool
        self._messenger = messenger
        self._pace = pace
        self._uploads = asyncio.Semaphore(MAX_UPLOADS)
        # Kept here, so that no report on the reading thread stands in front of an answer.
        self._measured_s: dict[str, float] = {}

    async def announce(self, job: Job, *, position: int) -> Job:
        """Post the job's message; where that cannot be, the job ends before it costs anything."""
        if job.nonce is None:
            job = await self._jobs.advance(job, replace(job, nonce=f"{job.id}-1"))
        outcome = await self._show(job, position=position)
        if not isinstance(outcome, Posted):
            return await self.end(job, UNDELIVERED[type(outcome)])
        job = await self._jobs.advance(job, replace(job, message_id=outcome.message_id))
        if job.request.place.delivery is Delivery.MESSAGE:
            await self._messenger.dismiss(job)
        return job

    async def take_source(self, job: Job) -> Job:
        """Copy the picture of an edit to the spool, checked, before anything is paid for it."""
        url = job.request.source_url
        if url is None or await self._jobs.list_images(job.id, ImageKind.SOURCE):
            return job
        try:
            source = await self._fetch(job, url, ImageKind.SOURCE, 1)
        except (FetchError, UnusablePictureError) as error:
            return await self.end(job, source_problem(error))
        return await self._jobs.advance(job, job, [source])

    async def submit(self, job: Job) -> Job:
        """Send the request to Flux, once; this is the step that costs money."""
        now = datetime.now(UTC)
        usual_s = self.usual_seconds(job.request.model)
        job = await self._jobs.advance(
            job,
            replace(
                job,
                state=JobState.SUBMITTING,
                submitted_at=now,
                expected_at=now + timedelta(seconds=usual_s),
            ),
        )
        try:
            submission = await self._submit_until_told(job.request)
        except FluxError as error:
            logger.warning(
                "job=%s not submitted: %s code=%s trace=%s",
                job.id,
                type(error).__name__,
                error.code,
                error.trace_id,
            )
            job = replace(job, trace_id=error.trace_id)
            return await self.end(job, flux_problem(error))
        logger.info(
            "job=%s submitted task=%s trace=%s", job.id, submission.task_id, submission.trace_id
        )
        job = await self._jobs.advance(
            job,
            replace(
                job,
                state=JobState.RUNNING,
                task_id=submission.task_id,
                trace_id=submission.trace_id,
            ),
        )
        # An endpoint that held the call has told the result with its answer.
        return job if submission.task is None else await self._fetch_results(job, submission.task)

    async def show_progress(self, job: Job) -> None:
        """Say that the job's turn has come; tried once, since the result will say more."""
        try:
            await self._messenger.show(job)
        except Temporary:
            logger.info("job=%s progress not shown", job.id)

    async def fetch(self, job: Job) -> Job:
        """Wait for the task, then bring its pictures to the spool."""
        started = job.submitted_at or job.created_at
        elapsed_s = (datetime.now(UTC) - started).total_seconds()
        left_s = max(self._pace.timeout_s - elapsed_s, LAST_LOOKS * self._pace.interval_s)
        timed_s = self._measured_s.get(job.request.model)
        first_look_s = None if timed_s is None else max(timed_s - elapsed_s, 0.0)
        try:
            async with asyncio.timeout(left_s):
                task = await self._poller.wait(job.task_id or "", first_look_s=first_look_s)
        except TimeoutError:
            return await self.end(job, Problem.OVERDUE)
        if task.state is TaskState.UNKNOWN:
            return await self.end(job, Problem.TASK_UNKNOWN)
        job = replace(job, trace_id=task.trace_id or job.trace_id)
        if task.failure is not None:
            logger.warning("job=%s failed at flux: code=%s", job.id, task.failure.code)
            refused = task.failure.refused
            problem = Problem.FLUX_REFUSED_CONTENT if refused else Problem.FLUX_FAILED
            return await self.end(job, problem)
        return await self._fetch_results(job, task)

    async def deliver(self, job: Job) -> Job:
        """Turn the job's message into the result, however long Discord takes."""
        images = await self._jobs.list_images(job.id, ImageKind.RESULT)
        outcome = await self._show(job, images)
        if not isinstance(outcome, Posted):
            return await self.end(job, UNDELIVERED[type(outcome)])
        logger.info("job=%s delivered pictures=%d", job.id, len(images))
        return await self._jobs.advance(
            job, replace(job, state=JobState.DELIVERED, ended_at=datetime.now(UTC))
        )

    async def end(self, job: Job, problem: Problem) -> Job:
        """End a job that cannot go on, and say so where its author sees it."""
        ended = replace(
            job,
            state=end_state(problem),
            problem=problem,
            charged_microcredits=final_charge(job, problem),
            ended_at=datetime.now(UTC),
        )
        await self._jobs.advance(job, ended)
        logger.info("job=%s %s: %s", ended.id, ended.state, problem)
        if ended.message_id is None:
            await self._messenger.tell(ended)
        elif problem not in OUT_OF_SIGHT:
            await self._show(ended)
        return ended

    async def learn(self, model: str) -> None:
        """Find out how long Flux has taken for this model of late."""
        measured = await self._jobs.usual_seconds(model)
        if measured is not None:
            self._measured_s[model] = measured

    def usual_seconds(self, model: str) -> float:
        """Return how long Flux usually takes: as measured, else as guessed by the catalogue."""
        return self._measured_s.get(model, MODELS[model].usual_seconds)

    async def _submit_until_told(self, request: ImageRequest) -> Submission:
        for attempt in range(SUBMIT_ATTEMPTS):
            try:
                return await self._submit_once(request)
            except RateLimitedError as error:
                if attempt == SUBMIT_ATTEMPTS - 1:
                    raise
                await self._pause(attempt, error.retry_after_s)
            except NotConnectedError:
                if attempt == SUBMIT_ATTEMPTS - 1:
                    raise
                await self._pause(attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _submit_once(self, request: ImageRequest) -> Submission:
        if request.action is Action.EDIT:
            return await self._flux.edit(
                EditRequest(
                    prompt=request.prompt,
                    model=request.model,
                    size=request.size,
                    image_url=request.source_url or "",
                )
            )
        return await self._flux.generate(
            GenerateRequest(
                prompt=request.prompt, model=request.model, size=request.size, count=request.count
            )
        )

    async def _fetch_results(self, job: Job, task: Task) -> Job:
        # What Flux made is paid for, whether its links work or not.
        job = replace(job, charged_microcredits=task.charged_microcredits)
        results = await asyncio.gather(
            *(
                self._try_to_fetch(job, url, position)
                for position, url in enumerate(task.image_urls, start=1)
            )
        )
        images = [result for result in results if not isinstance(result, Problem)]
        if not images:
            problems = [result for result in results if isinstance(result, Problem)]
            return await self.end(job, problems[0])
        after = replace(job, state=JobState.FETCHED, fetched_at=datetime.now(UTC))
        job = await self._jobs.advance(job, after, images)
        await self.learn(job.request.model)
        return job

    async def _try_to_fetch(self, job: Job, url: str, position: int) -> Image | Problem:
        try:
            return await self._fetch(job, url, ImageKind.RESULT, position)
        except (FetchError, UnusablePictureError) as error:
            logger.warning("job=%s picture %d: %s", job.id, position, error)
            return result_problem(error)

    async def _fetch(self, job: Job, url: str, kind: ImageKind, position: int) -> Image:
        for attempt in range(FETCH_ATTEMPTS):
            try:
                return await self._spool.fetch(url, job_id=job.id, kind=kind, position=position)
            except FetchError:
                if attempt == FETCH_ATTEMPTS - 1:
                    raise
                await self._pause(attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _show(self, job: Job, images: Sequence[Image] = (), *, position: int = 0) -> Outcome:
        attempt = 0
        while True:
            try:
                async with self._uploads if images else contextlib.nullcontext():
                    return await self._messenger.show(job, images, position=position)
            except Temporary as error:
                await self._pause(attempt, error.retry_after_s)
                attempt += 1

    async def _pause(self, attempt: int, asked_s: float | None = None) -> None:
        own_s = self._pace.interval_s * 2 ** min(attempt, 10)
        await asyncio.sleep(min(own_s if asked_s is None else asked_s, MAX_WAIT_S))
