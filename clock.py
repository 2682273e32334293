"""What time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DATE_STEP_S: Final = 1.0
"""HTTP's `Date` leaves out the fraction of a second; RFC 9110, 5.6.7."""


class Clock:
    """Discord's time, as far as Discord has told it; before that, this machine's.

    So days, limits and ages are the same whatever this machine's clock says, and can be compared
    with the times in Discord's ids. Between two answers it goes on steadily: setting the machine's
    clock does not move it.

    Args:
        wall: this machine's clock, in seconds since 1970; read once.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._offset_s = wall() - time.monotonic()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.fromtimestamp(time.monotonic() + self._offset_s, UTC)

    def take_date(self, date: datetime, *, asked_at: float) -> None:
        """Correct the clock, if needed, by the `Date` of an answer that has just come.

        Args:
            asked_at: `time.monotonic()` when the request was begun; Discord wrote the date later.
        """
        # What lies between the two is as exact as it can be known, so it is left alone.
        earliest = date.timestamp() - time.monotonic()
        latest = date.timestamp() + DATE_STEP_S - asked_at
        self._offset_s = min(max(self._offset_s, earliest), latest)

    def take_id_time(self, moment: datetime) -> None:
        """Correct a clock that is behind the time in an id which Discord has just sent.

        A machine that slept knows so what time it is before it has asked for anything.
        """
        self._offset_s = max(self._offset_s, moment.timestamp() - time.monotonic())
