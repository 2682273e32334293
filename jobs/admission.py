"""What is decided about a request before it becomes a job."""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.models import Job, JobState, Problem
from flux import MODELS
from jobs.requests import RefusedRequestError

if TYPE_CHECKING:
    from clock import Clock
    from domain.models import ImageRequest
    from domain.scheduler import FairScheduler
    from images.store import ImageStore
    from jobs.circuit_breaker import CircuitBreaker
    from jobs.eta import EtaEstimator

logger = logging.getLogger(__name__)

CALLBACK_TOKEN_BYTES: Final = 32
"""Of randomness in the address that Flux calls back; nobody else can name it."""

GONE_FOR_S: Final = 86_400.0
"""How long a model that Flux does not know is not suggested: a day."""


class Admission:
    """Turns a request into a job that is worth storing, while Flux and the disk can take one."""

    def __init__(
        self,
        *,
        spool: ImageStore,
        account: CircuitBreaker,
        timing: EtaEstimator,
        turns: FairScheduler,
        clock: Clock,
        calls_back: bool,
    ) -> None:
        self._clock = clock
        self._spool = spool
        self._account = account
        self._timing = timing
        self._turns = turns
        self._calls_back = calls_back
        self._gone_until: dict[str, float] = {}

    async def job_for(self, request: ImageRequest) -> Job:
        """Return the job for a request, not stored yet.

        Raises:
            RefusedRequestError: the account or the disk cannot take one now.
        """
        problem = self._account.problem()
        if problem is not None:
            raise RefusedRequestError(problem)
        if not await self._spool.has_room():
            raise RefusedRequestError(Problem.SPOOL_UNAVAILABLE)
        now = self._clock.now()
        rounds = 1 + self._turns.next_position(request.requester.user_id) / self._turns.limit
        usual_s = self._timing.usual_seconds(request.model)
        return Job(
            id=secrets.token_hex(6),
            request=request,
            state=JobState.QUEUED,
            created_at=now,
            expected_at=now + timedelta(seconds=rounds * usual_s),
            estimated_microcredits=MODELS[request.model].estimated_microcredits * request.count,
            callback_token=secrets.token_urlsafe(CALLBACK_TOKEN_BYTES)
            if self._calls_back
            else None,
        )

    def forget_model(self, model: str) -> None:
        """Leave a model that Flux does not know out of the suggestions for a day."""
        logger.warning("flux does not offer %s; it is not suggested for a day", model)
        self._gone_until[model] = asyncio.get_running_loop().time() + GONE_FOR_S

    def models_gone(self) -> frozenset[str]:
        """Return the models to leave out of suggestions."""
        now = asyncio.get_running_loop().time()
        return frozenset(model for model, until in self._gone_until.items() if now < until)
