"""How long Flux usually takes, as measured on this bot's own jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flux import MODELS

if TYPE_CHECKING:
    from storage.jobs import JobRepository

EARLY: Final = 0.7
"""The first look comes at this part of the usual time, so that getting faster is noticed."""


class EtaEstimator:
    """The median time of recent jobs, by model."""

    def __init__(self, jobs: JobRepository) -> None:
        self._jobs = jobs
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
