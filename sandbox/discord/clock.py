"""The world's time: real time, plus an offset that a test can move."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Timer:
    """An action that is due at a moment of the world's time."""

    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action = action
        self.handle: asyncio.TimerHandle | None = None


class Clock:
    """Tells the world's time in seconds since 1970 and runs what falls due."""

    def __init__(self) -> None:
        # The monotonic clock keeps the world's time from ever going back.
        self._offset = time.time() - time.monotonic()
        self._timers: set[Timer] = set()

    def now(self) -> float:
        """Return the world's time in seconds since 1970."""
        return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the world's time forward; whatever falls due happens before this returns."""
        if seconds < 0:
            raise ValueError("the world's time only goes forward")
        self._offset += seconds
        for timer in sorted(self._timers, key=lambda timer: timer.due):
            if timer.handle is not None:
                timer.handle.cancel()
            self._arm(timer)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Run the action when the world's time has moved on by that much."""
        timer = Timer(self.now() + seconds, action)
        self._timers.add(timer)
        self._arm(timer)
        return timer

    def cancel(self, timer: Timer) -> None:
        """Forget a timer; one that has run already is no mistake."""
        self._timers.discard(timer)
        if timer.handle is not None:
            timer.handle.cancel()

    def close(self) -> None:
        """Forget every timer."""
        for timer in tuple(self._timers):
            self.cancel(timer)

    def _arm(self, timer: Timer) -> None:
        left = timer.due - self.now()
        if left <= 0:
            self._fire(timer)
        else:
            timer.handle = asyncio.get_running_loop().call_later(left, self._fire, timer)

    def _fire(self, timer: Timer) -> None:
        if timer in self._timers:
            # The loop's clock and ours may differ by a rounding: never early by our own.
            self._timers.discard(timer)
            timer.action()


def iso(moment: float) -> str:
    """Write a moment the way Discord does."""
    return datetime.fromtimestamp(moment, UTC).isoformat()
