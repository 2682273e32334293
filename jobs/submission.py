"""Sending a request to Flux: once, and stored before and after."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.models import Action, JobState, Problem
from flux import (
    AnswerLostError,
    EditRequest,
    FluxError,
    GenerateRequest,
    NotConnectedError,
    RateLimitedError,
    Submission,
    Task,
    TaskState,
    UnknownModelError,
)
from jobs.circuit_breaker import ACCOUNT_PROBLEMS
from jobs.events import Retry
from jobs.problems import flux_problem

if TYPE_CHECKING:
    from domain.models import Job
    from jobs.admission import Admission
    from jobs.means import Means
    from jobs.results import Retriever

logger = logging.getLogger(__name__)

SUBMIT_ATTEMPTS: Final = 6
"""Tries to submit, each after one that surely cost nothing."""


class Submitter:
    """The one step of a job that costs money."""

    def __init__(self, *, means: Means, admission: Admission, retriever: Retriever) -> None:
        self._means = means
        self._admission = admission
        self._retriever = retriever
        self._partials: dict[str, asyncio.Task[None]] = {}

    async def submit(self, job: Job) -> Job:
        """Send the request to Flux; again only where nothing can have been charged."""
        for attempt in range(SUBMIT_ATTEMPTS):
            if self._means.flux.is_closing:
                break
            if job.cancel_asked_at is not None:
                # During an earlier try, of which Flux took nothing.
                return await self._means.presenter.end(job, Problem.CANCELLED)
            problem = self._means.account.take_try() if attempt == 0 else None
            if problem is not None:
                return await self._means.presenter.end(job, problem)
            job, error = await self._attempt(job, is_last=attempt == SUBMIT_ATTEMPTS - 1)
            if error is None or self._means.flux.is_closing:
                break
            if job.cancel_asked_at is None:
                await self._before_another_try(attempt, error)
                job = await self._means.journal.fresh(job)
        return job

    async def _attempt(self, job: Job, *, is_last: bool) -> tuple[Job, FluxError | None]:
        """Send it once; an error is returned where it surely cost nothing and may be sent again."""
        job = await self._means.journal.advance(job, self._submitting(job))
        try:
            job = await self._send(job)
        except AnswerLostError as error:
            _log_refusal(job, error)
            lost = replace(job, state=JobState.UNCERTAIN, trace_id=error.trace_id)
            return await self._means.journal.advance(job, lost), None
        except FluxError as error:
            _log_refusal(job, error)
            if is_last or not isinstance(error, RateLimitedError | NotConnectedError):
                return await self._refused(replace(job, trace_id=error.trace_id), error), None
            # Surely not begun, and a stop in the pause must not make it look otherwise.
            queued = replace(job, state=JobState.QUEUED)
            return await self._means.journal.advance(job, queued), error
        self._means.account.works()
        self._means.turns.speed_up()
        return job, None

    def stop_submitting(self) -> None:
        """Send nothing more that costs money; what waits to be sent stays queued."""
        self._means.flux.is_closing = True

    def _submitting(self, job: Job) -> Job:
        now = self._means.clock.now()
        expected_at = now + timedelta(seconds=self._means.timing.usual_seconds(job.request.model))
        return replace(job, state=JobState.SUBMITTING, submitted_at=now, expected_at=expected_at)

    async def _send(self, job: Job) -> Job:
        request = self._flux_request(job)
        if self._means.options.streams:
            return await self._stream(job, request)
        submission = await self._means.flux.submit(request)
        return await self._submitted(job, submission)

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
        job = await self._means.journal.advance(job, running)
        if submission.task is None:
            return job
        # An endpoint that held the call has told the result with its answer.
        return await self._retriever.keep_results(job, submission.task)

    async def _stream(self, job: Job, request: GenerateRequest | EditRequest) -> Job:
        """Show each picture as its line arrives; what a broken stream leaves open is polled."""
        last: Task | None = None
        try:
            async for task in self._means.flux.stream(request):
                if job.state is JobState.SUBMITTING and task.id:
                    named = Submission(task_id=task.id, trace_id=task.trace_id)
                    job = await self._submitted(job, named)
                if len(task.image_urls) > (len(last.image_urls) if last else 0):
                    self._start_partial(job, task)
                last = task
        except FluxError as error:
            if job.state is JobState.SUBMITTING:
                raise
            _log_refusal(job, error)
            return job
        finally:
            await self._stop_partial(job)
        if last is None or last.state is not TaskState.DONE or _may_be_cut(job, last):
            return job
        if job.state is JobState.SUBMITTING:
            held = Submission(task_id="", trace_id=last.trace_id, task=last)
            return await self._submitted(job, held)
        return await self._retriever.keep_results(job, last)

    def _start_partial(self, job: Job, task: Task) -> None:
        # All of them together are the result, which has a card of its own.
        if len(task.image_urls) < job.request.count and job.id not in self._partials:
            self._partials[job.id] = asyncio.create_task(self._show_partial(job, task))

    async def _stop_partial(self, job: Job) -> None:
        partial = self._partials.pop(job.id, None)
        if partial is not None:
            # The result says more, and must not come before it.
            partial.cancel()
            await asyncio.gather(partial, return_exceptions=True)

    async def _show_partial(self, job: Job, task: Task) -> None:
        images = await self._means.fetcher.results(job, task)
        fresh = await self._means.journal.fresh(job)
        if not isinstance(images, Problem) and fresh.cancel_asked_at is None:
            await self._means.presenter.show_progress(fresh, images)
        self._partials.pop(job.id, None)

    async def _before_another_try(self, attempt: int, error: FluxError) -> None:
        wait_s = error.retry_after_s if isinstance(error, RateLimitedError) else None
        if isinstance(error, RateLimitedError):
            self._means.turns.slow_down(wait_s)
        await self._means.pace.pause(Retry.SUBMIT, attempt, wait_s)

    async def _refused(self, job: Job, error: FluxError) -> Job:
        problem = flux_problem(error)
        if isinstance(error, UnknownModelError):
            self._admission.forget_model(job.request.model)
        is_news = problem in ACCOUNT_PROBLEMS and self._means.account.refused(problem)
        # Stored first: else a kill meanwhile would make it look as if the answer was lost.
        job = await self._means.journal.end(job, problem)
        if is_news:
            logger.error("flux refuses the account: %s", problem)
            await self._means.presenter.alert_operator(problem)
        return await self._means.presenter.tell(job)

    def _flux_request(self, job: Job) -> GenerateRequest | EditRequest:
        request = job.request
        callback_url = None
        if self._means.options.callback_base is not None and job.callback_token is not None:
            callback_url = self._means.options.callback_base + job.callback_token
        if request.action is Action.EDIT:
            return EditRequest(
                prompt=request.prompt,
                model=request.model,
                size=request.size,
                image_url=request.source_url or "",
                callback_url=callback_url,
            )
        return GenerateRequest(
            prompt=request.prompt,
            model=request.model,
            size=request.size,
            count=request.count,
            callback_url=callback_url,
        )


def _may_be_cut(job: Job, last: Task) -> bool:
    """Whether asking has to tell if this was all: a stream can end early without an error."""
    return bool(job.task_id) and len(last.image_urls) < job.request.count


def _log_refusal(job: Job, error: FluxError) -> None:
    logger.warning(
        "job=%s not submitted: %s code=%s trace=%s",
        job.id,
        type(error).__name__,
        error.code,
        error.trace_id,
    )
