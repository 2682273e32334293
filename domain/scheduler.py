"""Fair scheduling of requests to Flux, limited for each user and in total."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from domain.queue_order import FairQueue, Person

GRACE_S: Final = 5.0
"""A status card is posted and a source fetched well within this, on any usual day."""

PASSED_BY_AT_ONCE: Final = 100
"""Turns in one step: after a start with a long line, thousands are not ready at the same time."""

SLOWER_FOR_S: Final = 5.0
"""How long nobody is called after Flux said too many, where it did not say how long."""

LONGEST_HOLD_S: Final = 300.0
"""At most, even if Flux sets a longer wait: an odd number must not stop all for days."""


class FairScheduler:
    """A line in which people take turns, however many requests one of them has.

    A place is fixed by `join`, however long its owner is busy until `wait`. A turn that comes up
    before it is ready is waited for a few seconds, then passed by.

    Joining, calling and leaving take O(log n) for n turns, and a step for each turn that is free.

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
        self._running = 0
        self._line = FairQueue()
        self._waiting: dict[int, Slot] = {}
        self._ready: set[Slot] = set()
        self._in_grace: deque[Slot] = deque()
        self._grace: asyncio.TimerHandle | None = None
        self._calls = count(1)

    def join(self, user_id: int) -> Slot:
        """Join the queue; `leave` gives the place back."""
        loop = asyncio.get_running_loop()
        number, person = self._line.join(user_id)
        turn = Slot(self, person, number, passed_by_at=loop.time() + self._grace_s)
        self._waiting[number] = turn
        self._in_grace.append(turn)
        self._watch_grace()
        return turn

    def resume(self, user_id: int) -> Slot:
        """Take a slot at once, for what is already in progress at Flux."""
        turn = self.join(user_id)
        self._call(turn)
        return turn

    def leave(self, turn: Slot) -> None:
        """Give the place or turn back; who waits for it is let go. Again changes nothing."""
        if turn.number in self._waiting:
            del self._waiting[turn.number]
            self._ready.discard(turn)
            self._line.leave(turn.person, turn.number)
        elif turn.is_running:
            turn.is_running = False
            self._running -= 1
            turn.person.running -= 1
            self._line.sort(turn.person)
        turn.called.set()
        if not self._waiting and not self._running:
            self._line.people.clear()
        self.call_next()

    def slow_down(self, wait_s: float | None) -> None:
        """Halve how many may run at once, and call nobody for a while: Flux has too many."""
        self._allowed = max(1, self._running // 2)
        loop = asyncio.get_running_loop()
        hold_s = SLOWER_FOR_S if wait_s is None else wait_s
        until = loop.time() + min(hold_s, self._longest_hold_s)
        self._closed_until = max(self._closed_until, until)
        loop.call_at(self._closed_until, self.call_next)

    def speed_up(self) -> None:
        """Let one more run at once, up to the limit: Flux took a request."""
        self._allowed = min(self.limit, self._allowed + 1)
        self.call_next()

    def position(self, user_id: int, turn: Slot | None = None) -> int:
        """The queue position of a turn, 0 if it need not wait; above `COUNTED` an estimate.

        Args:
            turn: of this person; None for their next request.
        """
        if turn is not None and turn.number not in self._waiting:
            return 0
        if not self._running and len(self._waiting) == (turn is not None):
            return 0  # there is nobody else
        return self._line.position(
            user_id,
            turn.number if turn else None,
            free=max(0, self._allowed - self._running),
            per_user=self._per_user,
        )

    def get_ready(self, turn: Slot) -> bool:
        """Let a turn be called from now on, also one that was passed by; whether it is its turn."""
        turn.is_ready = True
        if turn.number in self._waiting:
            self._ready.add(turn)
            self._line.set_callable(turn.person, turn.number, is_callable=True)
        self.call_next()
        return turn.called.is_set()

    def call_next(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._closed_until:
            return
        if self._in_grace and self._in_grace[0].passed_by_at <= now:
            self._pass_by(now)
        if not self._ready:
            return
        # Where a turn is free for each who could be called, their order is the same.
        all_fit = self._line.callable <= self._allowed - self._running
        for turn in self._ready if all_fit else ():
            person = turn.person
            all_fit = all_fit and len(person.callable) <= self._per_user - person.running
        called = [*self._ready] if all_fit else self._choose()
        if len(called) > 1:
            called.sort(key=lambda turn: turn.person.rank(turn.number))
        for turn in called:
            self._call(turn)

    def _pass_by(self, now: float) -> None:
        """Keep no turn free any more for those who were not ready in time."""
        for _ in range(PASSED_BY_AT_ONCE):
            if not self._in_grace or self._in_grace[0].passed_by_at > now:
                break
            turn = self._in_grace.popleft()
            if turn.number in self._waiting and not turn.is_ready:
                self._line.set_callable(turn.person, turn.number, is_callable=False)
        self._watch_grace()

    def _watch_grace(self) -> None:
        """Pass by the next turn in time; one timer for all, of whom most are ready by then."""
        while self._in_grace and (
            self._in_grace[0].is_ready or self._in_grace[0].number not in self._waiting
        ):
            self._in_grace.popleft()
        if self._grace is None and self._in_grace:
            # While nobody is called, nobody is passed by.
            at = max(self._in_grace[0].passed_by_at, self._closed_until)
            self._grace = asyncio.get_running_loop().call_at(at, self._end_grace)

    def _end_grace(self) -> None:
        self._grace = None
        self.call_next()
        self._watch_grace()

    def _choose(self) -> list[Slot]:
        """Return whom to call, and let the first of those who have to wait know."""
        free, kept = self._allowed - self._running, Counter[int]()
        called: list[Slot] = []
        first: Slot | None = None
        # One more of each than there is room for: the first of all these is the next.
        for person, number in self._line.walk_callable(self._per_user):
            turn = self._waiting[number]
            if free > 0 and kept[person.user_id] < self._per_user - person.running:
                free -= 1
                kept[person.user_id] += 1
                if turn.is_ready:
                    called.append(turn)
                continue
            first = first or turn
            if free <= 0:
                break
        if first is not None and first.is_ready:
            first.next_up.set()
        return called

    def _call(self, turn: Slot) -> None:
        del self._waiting[turn.number]
        self._ready.discard(turn)
        self._running += 1
        turn.is_running = True
        turn.person.running += 1
        turn.person.last_call = next(self._calls)
        self._line.leave(turn.person, turn.number)
        turn.called.set()


@dataclass(slots=True, eq=False)
class Slot:
    """One place in the line, then one turn.

    Attributes:
        has_waited: whether it was not called at once, or was shown a queue position.
        next_up: set once it is ready and the first of those who have to wait.
    """

    turns: FairScheduler
    person: Person
    number: int
    passed_by_at: float
    is_ready: bool = False
    is_running: bool = False
    has_waited: bool = False
    called: asyncio.Event = field(default_factory=asyncio.Event)
    next_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Be ready, and wait until it is this one's turn."""
        if not self.turns.get_ready(self):
            self.has_waited = True
            await self.called.wait()
