"""Answers to interactions, before which all other work of jobs steps back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

LONGEST_S: Final = 3.0
"""How long others step back for one rush; Discord takes no answer to an interaction after 3 s."""


class AnswerPriority:
    """Counts requests that are being accepted: of many at once, each must be answered in 3 s."""

    def __init__(self) -> None:
        self._unanswered: set[str] = set()
        self._is_over = asyncio.Event()
        self._is_over.set()
        self._until = 0.0

    def begin(self, job_id: str) -> None:
        """Count a request that has to be answered."""
        if not self._unanswered:
            self._until = asyncio.get_running_loop().time() + LONGEST_S
        self._unanswered.add(job_id)
        self._is_over.clear()

    def end(self, job_id: str) -> None:
        """Count a request as answered, refused or given up; again changes nothing."""
        self._unanswered.discard(job_id)
        if not self._unanswered:
            self._is_over.set()

    async def step_back(self) -> None:
        """Wait until nobody waits for an answer, until `LONGEST_S` after the first one began to."""
        if self._unanswered:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._until):
                    await self._is_over.wait()
