"""What is decided about a request before it becomes a job."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.models import Delivery, Job, JobState, Problem
from flux import MODELS

if TYPE_CHECKING:
    from clock import Clock
    from domain.models import ImageRequest
    from domain.scheduler import FairScheduler
    from images.store import ImageStore
    from jobs.poller import EtaEstimator
    from jobs.submission import CircuitBreaker

CALLBACK_TOKEN_BYTES: Final = 32
"""Of randomness in the address that Flux calls back; nobody else can name it."""


class Admission:
    """Turns a request into a job that is worth storing, while Flux and the disk can take one."""

    def __init__(
        self,
        *,
        spool: ImageStore,
        breaker: CircuitBreaker,
        eta: EtaEstimator,
        scheduler: FairScheduler,
        clock: Clock,
        calls_back: bool,
    ) -> None:
        self._clock = clock
        self._spool = spool
        self._breaker = breaker
        self._eta = eta
        self._scheduler = scheduler
        self._calls_back = calls_back

    async def job_for(self, request: ImageRequest) -> Job:
        """Return the job for a request, not stored yet.

        Raises:
            UserError: the account or the disk cannot take one now.
        """
        problem = self._breaker.problem()
        if problem is not None:
            raise UserError(problem)
        if not await self._spool.has_room():
            raise UserError(Problem.SPOOL_UNAVAILABLE)
        now = self._clock.now()
        rounds = (
            1 + self._scheduler.next_position(request.requester.user_id) / self._scheduler.limit
        )
        usual_s = self._eta.usual_seconds(request.model)
        job_id = secrets.token_hex(6)
        # A response's text tells whether it was answered, as long as no card has replaced it.
        has_card = request.place.delivery is Delivery.MESSAGE
        return Job(
            id=job_id,
            request=request,
            state=JobState.QUEUED,
            created_at=now,
            expected_at=now + timedelta(seconds=rounds * usual_s),
            nonce=f"{job_id}-1" if has_card else None,
            announced_at=now if has_card else None,
            estimated_microcredits=MODELS[request.model].estimated_microcredits * request.count,
            callback_token=secrets.token_urlsafe(CALLBACK_TOKEN_BYTES)
            if self._calls_back
            else None,
        )
