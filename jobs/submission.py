"""Sending a request to Flux: once, and stored before and after."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from domain.failures import FAILURES
from domain.models import JobState, Problem
from flux import (
    AnswerLostError,
    FluxError,
    NotConnectedError,
    RateLimitedError,
    UnknownModelError,
)
from jobs.events import Retry
from jobs.flux_calls import log_refusal
from jobs.problems import flux_problem

if TYPE_CHECKING:
    from domain.models import Job
    from domain.scheduler import FairScheduler
    from jobs.circuit_breaker import CircuitBreaker
    from jobs.delivery import Deliverer
    from jobs.downloads import RetryPolicy
    from jobs.flux_calls import FluxCalls
    from jobs.transitions import Transitions

logger = logging.getLogger(__name__)

SUBMIT_ATTEMPTS: Final = 6
"""Tries to submit, each after one that surely cost nothing."""


class Submitter:
    """The one step of a job that costs money."""

    def __init__(
        self,
        *,
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
            if self._calls.is_closing:
                break
            if job.cancel_asked_at is not None:
                # During an earlier try, of which Flux took nothing.
                return await self._deliverer.end(job, Problem.CANCELLED)
            problem = self._breaker.take_try() if attempt == 0 else None
            if problem is not None:
                return await self._deliverer.end(job, problem)
            job, error = await self._attempt(job, is_last=attempt == SUBMIT_ATTEMPTS - 1)
            if error is None or self._calls.is_closing:
                break
            if job.cancel_asked_at is None:
                await self._before_another_try(attempt, error)
                job = await self._transitions.fresh(job)
        return job

    async def _attempt(self, job: Job, *, is_last: bool) -> tuple[Job, FluxError | None]:
        """Send it once; an error is returned where it surely cost nothing and may be sent again."""
        job = await self._transitions.advance(job, self._calls.begun(job))
        try:
            job = await self._calls.send(job)
        except AnswerLostError as error:
            log_refusal(job, error)
            lost = replace(job, state=JobState.UNCERTAIN, trace_id=error.trace_id)
            return await self._transitions.advance(job, lost), None
        except FluxError as error:
            log_refusal(job, error)
            if is_last or not isinstance(error, RateLimitedError | NotConnectedError):
                return await self._refused(replace(job, trace_id=error.trace_id), error), None
            # Surely not begun, and a stop in the pause must not make it look otherwise.
            queued = replace(job, state=JobState.QUEUED)
            return await self._transitions.advance(job, queued), error
        self._breaker.works()
        self._scheduler.speed_up()
        return job, None

    def stop_submitting(self) -> None:
        """Send nothing more that costs money; what waits to be sent stays queued."""
        self._calls.close()

    async def _before_another_try(self, attempt: int, error: FluxError) -> None:
        wait_s = error.retry_after_s if isinstance(error, RateLimitedError) else None
        if isinstance(error, RateLimitedError):
            self._scheduler.slow_down(wait_s)
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
