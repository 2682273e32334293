"""Whose turn it is at Flux: a limited number at once, first come, first served."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

GRACE_S: Final = 5.0
"""A status card is posted and a source fetched well within this, on any usual day."""


class Turns:
    """A line in which a place is fixed by `join`, however long its owner is busy until `wait`.

    Whoever comes to its turn before it is ready is waited for a few seconds, then passed by.

    Args:
        limit: how many have their turn at once.
        grace_s: how long a turn is kept free for one who is not ready.
    """

    def __init__(self, limit: int, *, grace_s: float = GRACE_S) -> None:
        self.limit = limit
        self._grace_s = grace_s
        self._taken = 0
        self._line: list[Turn] = []

    @property
    def next_position(self) -> int:
        """The place in line of the next who joins, 0 where there is none to wait for."""
        return max(0, self._taken + len(self._line) - self.limit + 1)

    def join(self) -> Turn:
        """Take the last place; a context manager that gives it back."""
        loop = asyncio.get_running_loop()
        turn = Turn(self, self.next_position, passed_by_at=loop.time() + self._grace_s)
        turn.grace = loop.call_at(turn.passed_by_at, self.call_next)
        self._line.append(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Give a place or a turn back; again changes nothing."""
        if turn.grace is not None:
            turn.grace.cancel()
        if turn in self._line:
            self._line.remove(turn)
        elif turn.called.is_set():
            turn.called.clear()
            self._taken -= 1
        self.call_next()

    def call_next(self) -> None:
        """Call as many as there are turns free."""
        now = asyncio.get_running_loop().time()
        free = self.limit - self._taken
        for turn in self._line[:]:
            if free == 0:
                return
            if turn.is_ready:
                self._line.remove(turn)
                self._taken += 1
                turn.called.set()
            if turn.is_ready or now < turn.passed_by_at:
                free -= 1


class Turn:
    """One place in the line, then one turn."""

    def __init__(self, turns: Turns, position: int, *, passed_by_at: float) -> None:
        self._turns = turns
        self.position = position
        self.passed_by_at = passed_by_at
        self.grace: asyncio.TimerHandle | None = None
        self.is_ready = False
        self.called = asyncio.Event()

    async def wait(self) -> None:
        """Be ready, and wait until it is this one's turn."""
        self.is_ready = True
        self._turns.call_next()
        await self.called.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._turns.leave(self)
