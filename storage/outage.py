"""Logs what does not work for a while in few lines, however often it is tried."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

REMIND_AFTER_S: Final = 60.0
"""Between two lines about an outage that lasts."""


class Outage:
    """The outages of one resource, such as a full disk.

    Each is logged with its traceback when it begins, in a line every minute while it lasts, and in
    a line when it is over. One that begins within a minute of such a line is logged only then.

    Args:
        name: of what does not work, such as "the database cannot be written".
        seconds: monotonic.
    """

    def __init__(self, name: str, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._seconds = seconds
        self._began_at: float | None = None
        self._logged_at: float | None = None
        self._is_logged = False
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """Note that a try failed."""
        now = self._seconds()
        if self._began_at is None:
            self._began_at = now
        self._failures += 1
        if self._logged_at is not None and now - self._logged_at < REMIND_AFTER_S:
            return
        if self._is_logged:
            logger.warning(
                "%s, for %.0f s and %d attempts: %s",
                self._name,
                now - self._began_at,
                self._failures,
                error,
            )
        else:
            logger.error("%s: %s", self._name, error, exc_info=error)
        self._is_logged = True
        self._logged_at = now

    def worked(self) -> None:
        """Note that a try worked."""
        if self._began_at is None:
            return
        if self._is_logged:
            logger.warning(
                "%s: over after %.0f s and %d failed attempts",
                self._name,
                self._seconds() - self._began_at,
                self._failures,
            )
        self._began_at = None
        self._is_logged = False
        self._failures = 0
