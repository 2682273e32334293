"""How long Flux usually takes, as measured on this bot's own jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flux import MODELS

if TYPE_CHECKING:
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
        self._measured_s: dict[str, float] = {}

    async def learn(self, model: str) -> None:
        """Find out how long Flux has taken for this model of late."""
        measured = await self._jobs.usual_seconds(model)
        if measured is not None:
            self._measured_s[model] = measured

    def usual_seconds(self, model: str) -> float:
        """Return how long Flux usually takes: as measured, else as guessed by the catalogue."""
        return self._measured_s.get(model, MODELS[model].usual_seconds)

    def first_look_s(self, model: str, elapsed_s: float, left_s: float) -> float | None:
        """Return in how many seconds a first look makes sense, None where no job was timed yet."""
        measured_s = self._measured_s.get(model)
        if measured_s is None:
            return None
        look_s = min(EARLY * measured_s, MODELS[model].usual_seconds, left_s / 2)
        return max(look_s - elapsed_s, 0.0)


def seconds_left(job: Job, limit: timedelta, now: datetime) -> float:
    """Return how much of the time after a job's submit is left, in seconds, at least 0."""
    started = job.submitted_at or job.created_at
    return max((started + limit - now).total_seconds(), 0.0)
