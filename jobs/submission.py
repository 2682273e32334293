"""Sending a request to Flux: once, stored before and after, and not while it refuses."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.failures import FAILURES
from domain.models import Action, ImageRequest, Job, JobState, Problem
from flux.errors import (
    AnswerLostError,
    FluxError,
    NotConnectedError,
    RateLimitedError,
    UnknownModelError,
)
from flux.models import EditRequest, GenerateRequest, Submission, Task, TaskState
from jobs.lifecycle import alongside
from jobs.problems import flux_problem
from jobs.transitions import Retry, RetryPolicy, Transitions
from storage.jobs import StaleJobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.scheduler import FairScheduler
    from flux.client import FluxClient
    from jobs.delivery import Deliverer
    from jobs.options import JobOptions
    from jobs.poller import EtaEstimator
    from jobs.results import Retriever

logger = logging.getLogger(__name__)

PROBE_AFTER_S: Final = 60.0
"""How long nothing is sent to an account that said no, until one request is let through."""

GONE_FOR_S: Final = 86_400.0
"""How long a model that Flux does not know is not suggested: a day."""


STORED: Final = {each.name for each in fields(ImageRequest)}

SHARED: Final[dict[type[GenerateRequest | EditRequest], list[str]]] = {
    kind: [each.name for each in fields(kind) if each.name in STORED]
    for kind in (GenerateRequest, EditRequest)
}
"""What Flux takes and a stored request names alike, so that a new field needs no line here."""


class CircuitBreaker:
    """Remembers that Flux refused the account itself, and the models that it does not know.

    Attributes:
        tell: lets other processes hear what Flux said to this one.
    """

    tell: Callable[[str], None] | None = None

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._problem: Problem | None = None
        self._probe_at = 0.0
        self._gone_until: dict[str, float] = {}

    def problem(self) -> Problem | None:
        """Why a request would be refused now; None where it may try."""
        return self._problem if self._clock() < self._probe_at else None

    def take_try(self) -> Problem | None:
        """Ask to send one request: why it may not, or None; others then wait for its answer."""
        now = self._clock()
        if now < self._probe_at or self._problem is None:
            return self._problem
        self._probe_at = now + PROBE_AFTER_S
        return None

    def refused(self, problem: Problem) -> bool:
        """Note that Flux refused the account; True where that is news."""
        is_news = self._problem is None
        self._note(f"refused {problem}")
        return is_news

    def works(self) -> None:
        """Note that Flux took a request."""
        if self._problem is not None:
            self._note("works")

    def forget_model(self, model: str) -> None:
        """Leave a model that Flux does not know out of the suggestions for a day."""
        logger.warning("flux does not offer %s; it is not suggested for a day", model)
        self._note(f"gone {model}")

    def _note(self, said: str) -> None:
        self.hear(said)
        if self.tell is not None:
            self.tell(said)

    def hear(self, said: str) -> None:
        """Take what Flux said to this process or to another one."""
        what, _, name = said.partition(" ")
        if what == "refused":
            self._problem = Problem(name)
            self._probe_at = self._clock() + PROBE_AFTER_S
        elif what == "works":
            self._problem = None
        elif what == "gone":
            self._gone_until[name] = self._clock() + GONE_FOR_S

    def models_gone(self) -> frozenset[str]:
        """Return the models to leave out of suggestions."""
        now = self._clock()
        return frozenset(model for model, until in self._gone_until.items() if now < until)


class FluxCalls:
    """Sends a job's request once."""

    def __init__(
        self,
        flux: FluxClient,
        transitions: Transitions,
        retriever: Retriever,
        eta: EtaEstimator,
        options: JobOptions,
    ) -> None:
        self.flux = flux
        self._transitions = transitions
        self._retriever = retriever
        self.eta = eta
        self._options = options

    async def send(self, job: Job) -> Job:
        """Send the request, and store what Flux names, before anything else happens.

        Raises:
            FluxError: it was not taken, or nobody knows (`AnswerLostError`).
            StaleJobError: something else happened to the job meanwhile.
        """
        asked, base = job.request, self._options.callback_base
        kind = EditRequest if asked.action is Action.EDIT else GenerateRequest
        given: dict[str, Any] = {}
        for name in SHARED[kind]:
            given[name] = getattr(asked, name)
        if base is not None and job.callback_token is not None:
            given["callback_url"] = base + job.callback_token
        if asked.action is Action.EDIT:
            given["image_url"] = asked.source_url or ""
        request = kind(**given)
        if self._options.streams:
            return await self._stream(job, request)
        submission = await self.flux.submit(request)
        return await self._submitted(job, submission)

    async def _submitted(self, job: Job, submission: Submission) -> Job:
        logger.info(
            "job=%s submitted task=%s trace=%s", job.id, submission.task_id, submission.trace_id
        )
        running = replace(
            job, state=JobState.RUNNING, task_id=submission.task_id, trace_id=submission.trace_id
        )
        try:
            job = await self._transitions.advance(job, running)
        except StaleJobError:
            # Another process took the job while Flux answered: this tells it of the task.
            if submission.task_id:
                await self._transitions.name_task(job, submission.task_id)
            raise
        if submission.task is None:
            return job
        # An endpoint that held the call has told the result with its answer.
        return await self._retriever.keep_results(job, submission.task)

    async def _stream(self, job: Job, request: GenerateRequest | EditRequest) -> Job:
        """Show each picture as its line arrives; what a broken stream leaves open is polled."""
        last: Task | None = None
        showing: asyncio.Task[None] | None = None
        try:
            async for task in self.flux.stream(request):
                if job.state is JobState.SUBMITTING and task.id:
                    named = Submission(task_id=task.id, trace_id=task.trace_id)
                    job = await self._submitted(job, named)
                # Not where it has all: those have a card of their own.
                has_more = len(task.image_urls) > (len(last.image_urls) if last else 0)
                is_partial = has_more and len(task.image_urls) < job.request.count
                if is_partial and (showing is None or showing.done()):
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
        return await self._streamed(job, last)

    async def _streamed(self, job: Job, last: Task | None) -> Job:
        if last is None or last.state is not TaskState.DONE:
            return job
        if job.state is JobState.SUBMITTING:
            held = Submission(task_id="", trace_id=last.trace_id, task=last)
            return await self._submitted(job, held)
        # A stream can end early without an error: polling then tells whether this was all.
        if job.task_id and len(last.image_urls) < job.request.count:
            return job
        return await self._retriever.keep_results(job, last)


def log_refusal(job: Job, error: FluxError) -> None:
    """Log what Flux said to a submit, without its text, which may quote the prompt."""
    logger.warning(
        "job=%s not submitted: %s cause=%s code=%s trace=%s",
        job.id,
        type(error).__name__,
        error.cause,
        error.code,
        error.trace_id,
    )


SUBMIT_ATTEMPTS: Final = 6
"""Tries to submit, each after one that surely cost nothing."""


class Submitter:
    """The one step of a job that costs money."""

    def __init__(
        self,
        calls: FluxCalls,
        transitions: Transitions,
        deliverer: Deliverer,
        breaker: CircuitBreaker,
        scheduler: FairScheduler,
        retry: RetryPolicy,
    ) -> None:
        self._calls = calls
        self._transitions = transitions
        self._deliverer = deliverer
        self._breaker = breaker
        self._scheduler = scheduler
        self._retry = retry

    async def submit(self, job: Job) -> Job:
        """Send the request to Flux; again only where nothing can have been charged."""
        for attempt in range(SUBMIT_ATTEMPTS):
            if self._calls.flux.is_closing:
                break
            if job.cancel_asked_at is not None:
                # During an earlier try, of which Flux took nothing.
                return await self._deliverer.end(job, Problem.CANCELLED)
            problem = self._breaker.take_try() if attempt == 0 else None
            if problem is not None:
                return await self._deliverer.end(job, problem)
            before = job.flux_error
            job, error = await self._attempt(job, is_last=attempt == SUBMIT_ATTEMPTS - 1)
            if error is None or self._calls.flux.is_closing:
                break
            if job.cancel_asked_at is None:
                is_news = job.flux_error != before
                await self._before_retry(job, attempt, error, is_news=is_news)
                job = await self._transitions.fresh(job)
        return job

    async def _attempt(self, job: Job, *, is_last: bool) -> tuple[Job, FluxError | None]:
        """Send it once; an error is returned where it surely cost nothing and may be sent again."""
        now = self._transitions.now()
        usual = timedelta(seconds=self._calls.eta.usual_seconds(job.request.model))
        begun = replace(job, state=JobState.SUBMITTING, submitted_at=now, expected_at=now + usual)
        job = await self._transitions.advance(job, begun)
        try:
            job = await self._calls.send(job)
        except AnswerLostError as error:
            log_refusal(job, error)
            lost = replace(_failed(job, error), state=JobState.UNCERTAIN)
            return await self._transitions.advance(job, lost), None
        except FluxError as error:
            log_refusal(job, error)
            if is_last or not isinstance(error, RateLimitedError | NotConnectedError):
                return await self._refused(_failed(job, error), error), None
            # Surely not begun, and a stop in the pause must not make it look otherwise.
            queued = replace(job, state=JobState.QUEUED, flux_error=error.cause)
            return await self._transitions.advance(job, queued), error
        self._breaker.works()
        self._scheduler.speed_up()
        return job, None

    def stop_submitting(self) -> None:
        """Send nothing more that costs money; what waits to be sent stays queued."""
        self._calls.flux.is_closing = True

    async def _before_retry(
        self, job: Job, attempt: int, error: FluxError, *, is_news: bool
    ) -> None:
        wait_s = error.retry_after_s if isinstance(error, RateLimitedError) else None
        if isinstance(error, RateLimitedError):
            self._scheduler.slow_down(wait_s)
        showing = self._deliverer.show_progress(job) if is_news else asyncio.sleep(0)
        async with alongside(showing, f"progress {job.id}"):
            await self._retry.pause(Retry.SUBMIT, attempt, wait_s)

    async def _refused(self, job: Job, error: FluxError) -> Job:
        problem = flux_problem(error)
        if isinstance(error, UnknownModelError):
            self._breaker.forget_model(job.request.model)
        is_news = FAILURES[problem].concerns_account and self._breaker.refused(problem)
        # Stored first: else a kill meanwhile would make it look as if the answer was lost.
        job = await self._transitions.end(job, problem)
        if is_news:
            logger.error("flux rejects the account: %s", problem)
            await self._deliverer.alert_operator(problem)
        return await self._deliverer.tell(job)


def _failed(job: Job, error: FluxError) -> Job:
    return replace(job, trace_id=error.trace_id, flux_error=error.cause)
