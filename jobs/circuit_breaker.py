"""What Flux refuses at present: the account, of which hardly anything is sent then, or models."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.models import Problem

logger = logging.getLogger(__name__)

PROBE_AFTER_S: Final = 60.0
"""How long nothing is sent to an account that said no, until one request is let through."""

GONE_FOR_S: Final = 86_400.0
"""How long a model that Flux does not know is not suggested: a day."""


class CircuitBreaker:
    """Remembers that Flux refused the account itself, and the models that it does not know.

    Args:
        probe_after_s: how long after a refusal one request is let through to find out.
        clock: seconds that only grow; the event loop's own where none is given.
    """

    def __init__(
        self, *, probe_after_s: float = PROBE_AFTER_S, clock: Callable[[], float] | None = None
    ) -> None:
        self._probe_after_s = probe_after_s
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._problem: Problem | None = None
        self._probe_at = 0.0
        self._gone_until: dict[str, float] = {}

    def problem(self) -> Problem | None:
        """Why a request would be refused now; None where it may try."""
        return self._problem if self._clock() < self._probe_at else None

    def take_try(self) -> Problem | None:
        """Ask to send one request: why it may not, or None; others then wait for its answer."""
        problem = self.problem()
        if problem is None and self._problem is not None:
            self._probe_at = self._clock() + self._probe_after_s
        return problem

    def refused(self, problem: Problem) -> bool:
        """Note that Flux refused the account; True where that is news."""
        is_news = self._problem is None
        self._problem = problem
        self._probe_at = self._clock() + self._probe_after_s
        return is_news

    def works(self) -> None:
        """Note that Flux took a request."""
        self._problem = None

    def forget_model(self, model: str) -> None:
        """Leave a model that Flux does not know out of the suggestions for a day."""
        logger.warning("flux does not offer %s; it is not suggested for a day", model)
        self._gone_until[model] = self._clock() + GONE_FOR_S

    def models_gone(self) -> frozenset[str]:
        """Return the models to leave out of suggestions."""
        now = self._clock()
        return frozenset(model for model, until in self._gone_until.items() if now < until)
