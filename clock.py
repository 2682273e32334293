"""What time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """The time that days, limits and what is kept are counted by.

    It reads this machine's clock once. Whoever sets that one while the bot runs changes nothing
    here, so no time that this clock tells is earlier than one that it told before.

    Args:
        wall: this machine's clock, in seconds since 1970.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._offset_s = wall() - time.monotonic()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.fromtimestamp(time.monotonic() + self._offset_s, UTC)
