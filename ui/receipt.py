"""When the event of Discord's that this task serves was received.

By this process's monotonic clock: this machine's and Discord's clocks are never compared.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Final

_RECEIVED_AT: Final[ContextVar[float | None]] = ContextVar("received_at", default=None)


def stamp(at: float) -> None:
    """Note when an event was received, for all tasks that are started from here on."""
    _RECEIVED_AT.set(at)


def age_s() -> float:
    """Return the seconds since the event was received, 0 where this task serves none."""
    received_at = _RECEIVED_AT.get()
    return 0.0 if received_at is None else time.monotonic() - received_at
