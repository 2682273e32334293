"""Whose turn it is at Flux: fair over people, limited for each and over all."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

GRACE_S: Final = 5.0
"""A status card is posted and a source fetched well within this, on any usual day."""

SLOWER_FOR_S: Final = 5.0
"""How long nobody is called after Flux said too many, where it did not say how long."""

LONGEST_HOLD_S: Final = 300.0
"""However long Flux asks for: an odd number must not hold everybody up for days."""


class Turns:
    """A line in which people take turns, however many requests one of them has.

    A place is fixed by `join`, however long its owner is busy until `wait`. Whoever comes to its
    turn before it is ready is waited for a few seconds, then passed by.

    Args:
        limit: how many have their turn at once; fewer for a while after `slow_down`.
        per_user: how many of them may be one person's.
        grace_s: how long a turn is kept free for one who is not ready.
        longest_hold_s: how long nobody is called at most after `slow_down`.
    """

    def __init__(
        self,
        limit: int,
        *,
        per_user: int,
        grace_s: float = GRACE_S,
        longest_hold_s: float = LONGEST_HOLD_S,
    ) -> None:
        self.limit = limit
        self._allowed = limit
        self._per_user = per_user
        self._grace_s = grace_s
        self._longest_hold_s = longest_hold_s
        self._closed_until = 0.0
        self._taken: set[Turn] = set()
        self._taken_by: Counter[int] = Counter()
        self._line: list[Turn] = []
        self._calls = count(1)
        self._last_call: dict[int, int] = {}

    def join(self, user_id: int) -> Turn:
        """Take a place in line; a context manager that gives it back."""
        loop = asyncio.get_running_loop()
        turn = Turn(self, user_id, passed_by_at=loop.time() + self._grace_s)
        turn.grace = loop.call_at(turn.passed_by_at, self.call_next)
        self._line.append(turn)
        turn.has_waited = turn.position > 0
        return turn

    def resume(self, user_id: int) -> Turn:
        """Take a turn at once, for what is already under way at Flux."""
        turn = self.join(user_id)
        self._call(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Give a place or a turn back; again changes nothing."""
        if turn.grace is not None:
            turn.grace.cancel()
        if turn in self._line:
            self._line.remove(turn)
        elif turn in self._taken:
            self._taken.remove(turn)
            self._taken_by[turn.user_id] -= 1
        turn.called.set()
        if not self._line and not self._taken:
            self._last_call.clear()
            self._taken_by.clear()
        self.call_next()

    def slow_down(self, wait_s: float | None) -> None:
        """Halve how many may run at once, and call nobody for a while: Flux has too many."""
        self._allowed = max(1, len(self._taken) // 2)
        loop = asyncio.get_running_loop()
        hold_s = SLOWER_FOR_S if wait_s is None else wait_s
        until = loop.time() + min(hold_s, self._longest_hold_s)
        self._closed_until = max(self._closed_until, until)
        loop.call_at(self._closed_until, self.call_next)

    def speed_up(self) -> None:
        """Let one more run at once, up to the limit: Flux took a request."""
        self._allowed = min(self.limit, self._allowed + 1)
        self.call_next()

    def next_position(self, user_id: int) -> int:
        """The place in line of this person's next request, 0 where there is none to wait for."""
        return self._position(Turn(self, user_id, passed_by_at=0))

    def position_of(self, turn: Turn) -> int:
        """The place in line that a turn has now, 0 where there is none to wait for."""
        return self._position(turn) if turn in self._line else 0

    def call_next(self) -> None:
        """Call as many as there are turns free."""
        now = asyncio.get_running_loop().time()
        if now < self._closed_until:
            return
        free = self._allowed - len(self._taken)
        called: Counter[int] = Counter()
        waiting = []
        for turn in self._order(self._line):
            if free <= 0 or not self._may_have(turn.user_id, called):
                waiting.append(turn)
                continue
            if turn.is_ready:
                self._call(turn)
            elif now < turn.passed_by_at:
                called[turn.user_id] += 1
            else:
                continue
            free -= 1
        if waiting:
            waiting[0].next_up.set()

    def _may_have(self, user_id: int, more: Counter[int]) -> bool:
        return self._taken_by[user_id] + more[user_id] < self._per_user

    def _call(self, turn: Turn) -> None:
        self._line.remove(turn)
        self._taken.add(turn)
        self._taken_by[turn.user_id] += 1
        self._last_call[turn.user_id] = next(self._calls)
        turn.called.set()

    def _order(self, line: list[Turn]) -> list[Turn]:
        """Round by round, everybody's first before anybody's second; who waits longest leads."""
        rounds: Counter[int] = Counter()
        ranked = []
        for turn in line:
            user_id = turn.user_id
            round_ = self._taken_by[user_id] + rounds[user_id]
            ranked.append((round_, self._last_call.get(user_id, 0), turn))
            rounds[user_id] += 1
        return [turn for *_, turn in sorted(ranked, key=lambda each: each[:2])]

    def _position(self, turn: Turn) -> int:
        line = self._line if turn in self._line else [*self._line, turn]
        free = self._allowed - len(self._taken)
        called: Counter[int] = Counter()
        position = 0
        for other in self._order(line):
            if free > 0 and self._may_have(other.user_id, called):
                free -= 1
                called[other.user_id] += 1
                if other is turn:
                    return 0
            else:
                position += 1
                if other is turn:
                    return position
        raise AssertionError("the turn is in the line")


class Turn:
    """One place in the line, then one turn."""

    def __init__(self, turns: Turns, user_id: int, *, passed_by_at: float) -> None:
        self._turns = turns
        self.user_id = user_id
        self.passed_by_at = passed_by_at
        self.grace: asyncio.TimerHandle | None = None
        self.is_ready = False
        self.has_waited = False
        """Whether others were before it when it joined."""
        self.called = asyncio.Event()
        self.next_up = asyncio.Event()
        """Set once it is the first of those who have to wait."""

    @property
    def position(self) -> int:
        """The place in line, 0 where there is none to wait for."""
        return self._turns.position_of(self)

    async def wait(self) -> None:
        """Be ready, and wait until it is this one's turn."""
        self.is_ready = True
        self._turns.call_next()
        await self.called.wait()

    def leave(self) -> None:
        """Give the place or turn back; who waits for it is let go. Again changes nothing."""
        self._turns.leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()
