"""One call of Flux that costs money, answered at once or by a stream of lines."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from domain.models import Action, ImageRequest, JobState
from flux import EditRequest, FluxError, GenerateRequest, Submission, Task, TaskState

if TYPE_CHECKING:
    from domain.models import Job
    from flux import FluxClient
    from jobs.eta import EtaEstimator
    from jobs.options import JobOptions
    from jobs.results import Retriever
    from jobs.transitions import Transitions

logger = logging.getLogger(__name__)


class FluxCalls:
    """Sends a job's request once."""

    def __init__(
        self,
        *,
        flux: FluxClient,
        transitions: Transitions,
        retriever: Retriever,
        eta: EtaEstimator,
        options: JobOptions,
    ) -> None:
        self._flux = flux
        self._transitions = transitions
        self._retriever = retriever
        self._eta = eta
        self._options = options

    @property
    def is_closing(self) -> bool:
        """Whether nothing more is sent."""
        return self._flux.is_closing

    def close(self) -> None:
        """Send nothing more that costs money."""
        self._flux.is_closing = True

    def begun(self, job: Job) -> Job:
        """Return the job as it has to be stored before its call."""
        now = self._transitions.now()
        expected_at = now + timedelta(seconds=self._eta.usual_seconds(job.request.model))
        return replace(job, state=JobState.SUBMITTING, submitted_at=now, expected_at=expected_at)

    async def send(self, job: Job) -> Job:
        """Send the request, and store what Flux names, before anything else happens.

        Raises:
            FluxError: it was not taken, or nobody knows (`AnswerLostError`).
            StaleJobError: something else happened to the job meanwhile.
        """
        request = _flux_request(job, self._options.callback_base)
        if self._options.streams:
            return await self._stream(job, request)
        submission = await self._flux.submit(request)
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
        job = await self._transitions.advance(job, running)
        if submission.task is None:
            return job
        # An endpoint that held the call has told the result with its answer.
        return await self._retriever.keep_results(job, submission.task)

    async def _stream(self, job: Job, request: GenerateRequest | EditRequest) -> Job:
        """Show each picture as its line arrives; what a broken stream leaves open is polled."""
        last: Task | None = None
        showing: asyncio.Task[None] | None = None
        try:
            async for task in self._flux.stream(request):
                if job.state is JobState.SUBMITTING and task.id:
                    named = Submission(task_id=task.id, trace_id=task.trace_id)
                    job = await self._submitted(job, named)
                if _is_partial(job, task, last) and (showing is None or showing.done()):
                    showing = asyncio.create_task(self._retriever.show_partial(job, task))
                last = task
        except FluxError as error:
            if job.state is JobState.SUBMITTING:
                raise
            log_refusal(job, error)
            return job
        finally:
            if showing is not None:  # the result says more, and must not come before it
                showing.cancel()
                await asyncio.gather(showing, return_exceptions=True)
        if last is None or last.state is not TaskState.DONE or _may_be_cut(job, last):
            return job
        return await self._streamed(job, last)

    async def _streamed(self, job: Job, last: Task) -> Job:
        if job.state is JobState.SUBMITTING:
            held = Submission(task_id="", trace_id=last.trace_id, task=last)
            return await self._submitted(job, held)
        return await self._retriever.keep_results(job, last)


def _flux_request(job: Job, callback_base: str | None) -> GenerateRequest | EditRequest:
    request = job.request
    given: dict[str, Any] = {}
    if callback_base is not None and job.callback_token is not None:
        given["callback_url"] = callback_base + job.callback_token
    kind: type[GenerateRequest | EditRequest] = GenerateRequest
    if request.action is Action.EDIT:
        kind = EditRequest
        given["image_url"] = request.source_url or ""
    stored = {each.name for each in fields(ImageRequest)}
    # What Flux takes is named alike in the stored request, so that a new field needs no line here.
    shared = [each.name for each in fields(kind) if each.name in stored]
    given |= {name: getattr(request, name) for name in shared}
    return kind(**given)


def _is_partial(job: Job, task: Task, last: Task | None) -> bool:
    """Whether there are more pictures than before, and not all: those have a card of their own."""
    so_far = len(last.image_urls) if last else 0
    return so_far < len(task.image_urls) < job.request.count


def _may_be_cut(job: Job, last: Task) -> bool:
    """Whether asking has to tell if this was all: a stream can end early without an error."""
    return bool(job.task_id) and len(last.image_urls) < job.request.count


def log_refusal(job: Job, error: FluxError) -> None:
    """Log what Flux said to a submit, without its text, which may quote the prompt."""
    logger.warning(
        "job=%s not submitted: %s code=%s trace=%s",
        job.id,
        type(error).__name__,
        error.code,
        error.trace_id,
    )
