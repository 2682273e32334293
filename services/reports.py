"""How often one person may report pictures."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REPORTS_AN_HOUR: Final = 5
HOUR_S: Final = 3_600.0


class ReportLimits:
    """Counts reports in memory; a restart forgets them.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reports: deque[tuple[float, int, str]] = deque()

    def take(self, user_id: int, job_id: str) -> bool:
        """Count a report; False where it is one too many, or of the same picture again."""
        now = self._clock()
        while self._reports and now - self._reports[0][0] >= HOUR_S:
            self._reports.popleft()
        jobs = [job for _, user, job in self._reports if user == user_id]
        if job_id in jobs or len(jobs) >= REPORTS_AN_HOUR:
            return False
        self._reports.append((now, user_id, job_id))
        return True

    def give_back(self, user_id: int, job_id: str) -> None:
        """Forget a report that reached nobody, so that it can be made again."""
        kept = (each for each in self._reports if each[1:] != (user_id, job_id))
        self._reports = deque(kept)
