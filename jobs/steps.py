"""The steps of a job: each takes it from one stored state to the next."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from flux import (
    MODELS,
    EditRequest,
    FluxError,
    GenerateRequest,
    NotConnectedError,
    RateLimitedError,
)
from jobs.messenger import Expired, Posted, Temporary
from jobs.problems import OUT_OF_SIGHT, UNDELIVERED, end_state, final_charge, flux_problem
from storage.records import Action, Delivery, ImageKind, JobState, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flux import FluxClient, Submission, Task
    from jobs.fetching import Fetcher, Pace
    from jobs.messenger import Messenger, Outcome
    from jobs.poller import Poller
    from storage.jobs import JobRepository
    from storage.records import Image, ImageRequest, Job

logger = logging.getLogger(__name__)

SUBMIT_ATTEMPTS: Final = 4
"""Tries to submit, each after one that surely cost nothing."""

ANNOUNCE_LIMIT: Final = timedelta(minutes=14)
"""For a first message: as long as the interaction's token can still tell that there is none."""

EARLY: Final = 0.7
"""The first look comes at this part of the usual time, so that getting faster is noticed."""

LAST_LOOKS: Final = 120
"""Intervals that a job still has after its deadline passed while the bot was down."""

MAX_UPLOADS: Final = 4
"""Uploads at once, far below Discord's connections, so that none delays an acknowledgement."""


class Steps:
    """Everything that happens to one job, as steps that store before they rely on an effect."""

    def __init__(
        self,
        *,
        jobs: JobRepository,
        flux: FluxClient,
        poller: Poller,
        fetcher: Fetcher,
        messenger: Messenger,
        pace: Pace,
    ) -> None:
        self._jobs = jobs
        self._flux = flux
        self._poller = poller
        self._fetcher = fetcher
        self._messenger = messenger
        self._pace = pace
        self._uploads = asyncio.Semaphore(MAX_UPLOADS)
        # Kept here, so that no report on the reading thread stands in front of an answer.
        self._measured_s: dict[str, float] = {}

    async def announce(self, job: Job, *, position: int) -> Job:
        """Post the job's message; where that cannot be, the job ends before it costs anything."""
        if job.nonce is None:
            job = await self._jobs.advance(job, replace(job, nonce=f"{job.id}-1"))
        outcome = await self._show(job, position=position, until=job.created_at + ANNOUNCE_LIMIT)
        if not isinstance(outcome, Posted):
            return await self.end(job, UNDELIVERED[type(outcome)])
        return await self._jobs.advance(job, replace(job, message_id=outcome.message_id))

    async def dismiss(self, job: Job) -> None:
        """Remove the private answer, now that the job's own message stands."""
        if job.request.place.delivery is Delivery.MESSAGE:
            await self._messenger.dismiss(job)

    async def take_source(self, job: Job) -> Job:
        """Copy the picture of an edit to the spool, checked, before anything is paid for it."""
        url = job.request.source_url
        if url is None or await self._jobs.list_images(job.id, ImageKind.SOURCE):
            return job
        source = await self._fetcher.source(job, url)
        if isinstance(source, Problem):
            return await self.end(job, source)
        return await self._jobs.advance(job, job, [source])

    async def submit(self, job: Job) -> Job:
        """Send the request to Flux, once; this is the step that costs money."""
        for attempt in range(SUBMIT_ATTEMPTS):
            if self._flux.is_closing:
                return job
            job = await self._jobs.advance(job, self._submitting(job))
            try:
                submission = await self._submit_once(job.request)
            except FluxError as error:
                _log_refusal(job, error)
                free = isinstance(error, RateLimitedError | NotConnectedError)
                if not free or attempt == SUBMIT_ATTEMPTS - 1:
                    job = replace(job, trace_id=error.trace_id)
                    return await self.end(job, flux_problem(error))
                # Surely not begun, and a stop in the pause must not make it look otherwise.
                job = await self._jobs.advance(job, replace(job, state=JobState.QUEUED))
                if self._flux.is_closing:
                    return job
                await self._pace.pause(attempt, getattr(error, "retry_after_s", None))
            else:
                return await self._submitted(job, submission)
        raise AssertionError("the last attempt returns")

    def stop_submitting(self) -> None:
        """Send nothing more that costs money; what waits to be sent stays queued."""
        self._flux.is_closing = True

    def _submitting(self, job: Job) -> Job:
        now = datetime.now(UTC)
        expected_at = now + timedelta(seconds=self.usual_seconds(job.request.model))
        return replace(job, state=JobState.SUBMITTING, submitted_at=now, expected_at=expected_at)

    async def _submitted(self, job: Job, submission: Submission) -> Job:
        logger.info(
            "job=%s submitted task=%s trace=%s", job.id, submission.task_id, submission.trace_id
        )
        running = replace(
            job,
            state=JobState.RUNNING,
            task_id=submission.task_id,
            trace_id=submission.trace_id,
        )
        job = await self._jobs.advance(job, running)
        # An endpoint that held the call has told the result with its answer.
        return job if submission.task is None else await self._fetch_results(job, submission.task)

    async def show_progress(self, job: Job) -> None:
        """Say that the job's turn has come; tried once, since the result will say more."""
        try:
            await self._messenger.show(job)
        except Exception as error:  # noqa: BLE001  # nothing about a status ends a paid job
            logger.warning("job=%s progress not shown: %s", job.id, type(error).__name__)

    async def fetch(self, job: Job) -> Job:
        """Wait for the task, then bring its pictures to the spool."""
        started = job.submitted_at or job.created_at
        elapsed_s = (datetime.now(UTC) - started).total_seconds()
        left_s = max(self._pace.timeout_s - elapsed_s, LAST_LOOKS * self._pace.interval_s)
        first_look_s = self._first_look_s(job.request.model, elapsed_s, left_s)
        try:
            async with asyncio.timeout(left_s):
                task = await self._poller.wait(job.task_id or "", first_look_s=first_look_s)
        except TimeoutError:
            return await self.end(job, Problem.OVERDUE)
        job = replace(job, trace_id=task.trace_id or job.trace_id)
        if task.failure is not None:
            logger.warning("job=%s failed at flux: code=%s", job.id, task.failure.code)
            refused = task.failure.refused
            problem = Problem.FLUX_REFUSED_CONTENT if refused else Problem.FLUX_FAILED
            return await self.end(job, problem)
        return await self._fetch_results(job, task)

    def _first_look_s(self, model: str, elapsed_s: float, left_s: float) -> float | None:
        measured_s = self._measured_s.get(model)
        if measured_s is None:
            return None
        look_s = min(EARLY * measured_s, MODELS[model].usual_seconds, left_s / 2)
        return max(look_s - elapsed_s, 0.0)

    async def deliver(self, job: Job) -> Job:
        """Turn the job's message into the result, however long Discord takes.

        A job whose pictures are no longer in the spool goes back to being fetched.
        """
        images = await self._jobs.list_images(job.id, ImageKind.RESULT)
        if not self._fetcher.has(images):
            logger.warning("job=%s pictures are missing from the spool", job.id)
            return await self._jobs.advance(job, replace(job, state=JobState.RUNNING))
        outcome = await self._show(job, images)
        if not isinstance(outcome, Posted):
            return await self.end(job, UNDELIVERED[type(outcome)])
        logger.info("job=%s delivered pictures=%d", job.id, len(images))
        now = datetime.now(UTC)
        delivered = replace(job, state=JobState.DELIVERED, ended_at=now, told_at=now)
        return await self._jobs.advance(job, delivered)

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
        return await self.tell(ended)

    async def tell(self, ended: Job) -> Job:
        """Say how a job ended: on its message, or privately where that cannot be."""
        in_sight = ended.message_id is not None and ended.problem not in OUT_OF_SIGHT
        if not in_sight or not isinstance(await self._show(ended), Posted):
            await self._tell_privately(ended)
        return await self._jobs.advance(ended, replace(ended, told_at=datetime.now(UTC)))

    async def learn(self, model: str) -> None:
        """Find out how long Flux has taken for this model of late."""
        measured = await self._jobs.usual_seconds(model)
        if measured is not None:
            self._measured_s[model] = measured

    def usual_seconds(self, model: str) -> float:
        """Return how long Flux usually takes: as measured, else as guessed by the catalogue."""
        return self._measured_s.get(model, MODELS[model].usual_seconds)

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
        images = await self._fetcher.results(job, task)
        if isinstance(images, Problem):
            return await self.end(job, images)
        after = replace(job, state=JobState.FETCHED, fetched_at=datetime.now(UTC))
        job = await self._jobs.advance(job, after, images)
        await self.learn(job.request.model)
        return job

    async def _tell_privately(self, ended: Job) -> None:
        attempt = 0
        while True:  # until it is told, or the interaction's token has expired
            try:
                return await self._messenger.tell(ended)
            except Temporary as error:
                await self._pace.pause(attempt, error.retry_after_s)
                attempt += 1

    async def _show(
        self,
        job: Job,
        images: Sequence[Image] = (),
        *,
        position: int = 0,
        until: datetime | None = None,
    ) -> Outcome:
        attempt = 0
        while until is None or datetime.now(UTC) < until:
            try:
                async with self._uploads if images else contextlib.nullcontext():
                    return await self._messenger.show(job, images, position=position)
            except Temporary as error:
                await self._pace.pause(attempt, error.retry_after_s)
                attempt += 1
        return Expired()


def _log_refusal(job: Job, error: FluxError) -> None:
    logger.warning(
        "job=%s not submitted: %s code=%s trace=%s",
        job.id,
        type(error).__name__,
        error.code,
        error.trace_id,
    )
