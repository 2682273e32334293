"""Steps of jobs as they are stored, and what is read to deliver one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.models import Image, Job


@dataclass(frozen=True)
class Step:
    """One step of a job, with the images that it adds; `after` gets its revision when stored."""

    before: Job
    after: Job
    images: Sequence[Image] = ()

    @cached_property
    def done(self) -> Job:
        """The job after the step."""
        return replace(self.after, revision=self.before.revision + 1)


@dataclass(frozen=True, slots=True)
class Deliverable:
    """Stored facts for a delivery.

    Attributes:
        posted: the results that were made smaller.
    """

    cancel_asked: bool
    results: Sequence[Image]
    posted: Sequence[Image]
