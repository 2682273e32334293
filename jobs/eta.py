"""How long Flux usually takes, as measured on this bot's own jobs."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING, Final

from flux import MODELS
from storage.jobs import RECENT_JOBS, UNUSUAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from domain.models import Job
    from storage.jobs import JobRepository

EARLY: Final = 0.7
"""The first look comes at this part of the usual time, so that getting faster is noticed."""


class EtaEstimator:
    """The median time of recent jobs, by model.

    Attributes:
        timeout_s: seconds after its submit until a job is overdue.
    """

    def __init__(self, jobs: JobRepository, *, timeout_s: float) -> None:
        self._jobs = jobs
        self.timeout_s = timeout_s
        # Kept here, so that no report on the reading thread stands in front of an answer.
        self._recent_s: dict[str, deque[float]] = {}
        self._since: datetime | None = None

    async def learn(self, models: Iterable[str], now: datetime) -> None:
        """Find out how long Flux has taken of late, up to this start of the bot."""
        for model in models:
            self._recent_s[model] = deque(await self._jobs.recent_seconds(model), RECENT_JOBS)
        self._since = now

    def note(self, job: Job) -> None:
        """Take note of a job that was fetched just now, unless the bot was down meanwhile."""
        began, ended = job.submitted_at, job.fetched_at
        if began is None or ended is None or (self._since and began < self._since):
            return
        seconds = (ended - began).total_seconds()
        if 0 <= seconds <= UNUSUAL_S:
            recent = self._recent_s.setdefault(job.request.model, deque(maxlen=RECENT_JOBS))
            recent.appendleft(seconds)

    def usual_seconds(self, model: str) -> float:
        """Return how long Flux usually takes: as measured, else as guessed by the catalogue."""
        recent = self._recent_s.get(model)
        return median(recent) if recent else MODELS[model].usual_seconds

    def first_look_s(self, model: str, elapsed_s: float, left_s: float) -> float | None:
        """Return in how many seconds a first look makes sense, None where no job was timed yet."""
        recent = self._recent_s.get(model)
        if not recent:
            return None
        look_s = min(EARLY * median(recent), MODELS[model].usual_seconds, left_s / 2)
        return max(look_s - elapsed_s, 0.0)


def seconds_left(job: Job, limit: timedelta, now: datetime) -> float:
    """Return how much of the time after a job's submit is left, in seconds, at least 0."""
    started = job.submitted_at or job.created_at
    return max((started + limit - now).total_seconds(), 0.0)
