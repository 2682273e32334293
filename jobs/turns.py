"""Whose turn it is at Flux: a limited number at once, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Turns:
    """A line in which a place is fixed by `join`, however long its owner is busy until `wait`.

    Args:
        limit: how many have their turn at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._line: deque[Turn] = deque()

    @property
    def next_position(self) -> int:
        """The place in line of the next who joins, 0 where there is none to wait for."""
        return len(self._line) + 1 if self._taken >= self._limit else 0

    @property
    def limit(self) -> int:
        """How many have their turn at once."""
        return self._limit

    def join(self) -> Turn:
        """Take the last place; a context manager that gives it back."""
        turn = Turn(self, self.next_position)
        self._line.append(turn)
        self._call_next()
        return turn

    def leave(self, turn: Turn) -> None:
        """Give a place or a turn back; again changes nothing."""
        if turn in self._line:
            self._line.remove(turn)
        elif turn.called.is_set():
            turn.called.clear()
            self._taken -= 1
            self._call_next()

    def _call_next(self) -> None:
        while self._line and self._taken < self._limit:
            self._taken += 1
            self._line.popleft().called.set()


class Turn:
    """One place in the line, then one turn."""

    def __init__(self, turns: Turns, position: int) -> None:
        self._turns = turns
        self.position = position
        self.called = asyncio.Event()

    async def wait(self) -> None:
        """Wait until it is this one's turn."""
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
