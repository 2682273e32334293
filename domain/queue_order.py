"""Order and positions of the fair queue: a queue for each user, and the head of each, sorted."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNTED: Final = 100
"""The last queue position that is exact; a greater one is an estimate."""


class QueueKey(NamedTuple):
    """Sort key of a waiting request; the smallest comes first.

    Attributes:
        round: how many turns of the same person come before it or run.
        last_call: the number of the person's latest call, 0 before the first.
        number: of the turn, in the order of joining.
    """

    round: int
    last_call: int
    number: int
    user_id: int


@dataclass(slots=True)
class Person:
    """One person's turns.

    Attributes:
        waiting: the numbers of the others, ascending.
        callable: those of `waiting` that are ready, or for which a turn is kept free.
    """

    user_id: int
    running: int = 0
    last_call: int = 0
    waiting: list[int] = field(default_factory=list)
    callable: list[int] = field(default_factory=list)

    def rank(self, number: int) -> QueueKey:
        """Return the rank of a waiting turn, or of one that would join next."""
        before = bisect_left(self.waiting, number)
        return QueueKey(self.running + before, self.last_call, number, self.user_id)


class Heads:
    """The first rank of each person who has one.

    A change takes O(log n) comparisons. Unlike in a heap, those before a rank can be counted and
    all can be walked through.
    """

    def __init__(self) -> None:
        self._sorted: list[QueueKey] = []
        self._of: dict[int, QueueKey] = {}

    def __len__(self) -> int:
        return len(self._sorted)

    def put(self, user_id: int, rank: QueueKey | None) -> None:
        """Replace a person's rank; None removes it."""
        before = self._of.pop(user_id, None)
        if before is not None:
            del self._sorted[bisect_left(self._sorted, before)]
        if rank is not None:
            insort(self._sorted, rank)
            self._of[user_id] = rank

    def count_before(self, rank: QueueKey) -> int:
        """Return how many people have a turn before this rank."""
        return bisect_left(self._sorted, rank)

    def walk(self, following: Callable[[QueueKey], QueueKey | None]) -> Iterator[QueueKey]:
        """Yield all ranks in order, each in O(log n); nothing may change meanwhile.

        Args:
            following: returns the same person's next rank, None to leave it out.
        """
        heads = iter(self._sorted)
        head = next(heads, None)
        later: list[QueueKey] = []
        while head is not None or later:
            if head is None or (later and later[0] < head):
                rank = heapq.heappop(later)
            else:
                rank, head = head, next(heads, None)
            yield rank
            behind = following(rank)
            if behind is not None:
                heapq.heappush(later, behind)


class FairQueue:
    """The order of the queue: round by round, and in a round by who was called longest ago.

    Each change takes O(log n) comparisons for n turns.

    Attributes:
        callable: how many of them are ready, or have a turn kept free for them.
        people: who waits or runs, and who was called when.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self.callable = 0
        self.people: dict[int, Person] = {}
        self._numbers = 0
        self._first = Heads()
        self._first_callable = Heads()

    def join(self, user_id: int) -> tuple[int, Person]:
        """Add a callable turn; return its number, and whose it is, to be read."""
        self._numbers += 1
        person = self.people.setdefault(user_id, Person(user_id))
        person.waiting.append(self._numbers)
        person.callable.append(self._numbers)
        self.waiting += 1
        self.callable += 1
        self.sort(person)
        return self._numbers, person

    def leave(self, person: Person, number: int) -> None:
        del person.waiting[bisect_left(person.waiting, number)]
        self.waiting -= 1
        self.set_callable(person, number, is_callable=False)
        self.sort(person)

    def set_callable(self, person: Person, number: int, *, is_callable: bool) -> None:
        """Let a waiting turn be called, or not; it keeps its place."""
        at = bisect_left(person.callable, number)
        if (person.callable[at : at + 1] == [number]) is is_callable:
            return
        if is_callable:
            person.callable.insert(at, number)
        else:
            del person.callable[at]
        self.callable += 1 if is_callable else -1
        self.sort(person)

    def position(self, user_id: int, number: int | None = None, *, free: int, per_user: int) -> int:
        """Return the queue position of a turn, 0 if it need not wait; above `COUNTED` an estimate.

        Args:
            number: of a waiting turn of this person, None for the one that would join next.
            free: slots that are free, each for the first in order whose user may have one more.
            per_user: slots of one user at once.
        """
        person = self.people.get(user_id) or Person(user_id)
        rank = person.rank(self._numbers + 1 if number is None else number)
        own, room = rank.round - person.running, per_user - person.running
        if self.waiting < free and own < room:
            return 0
        # Each person before has one turn before it, its owner all the earlier ones.
        if self._first.count_before(rank) + max(0, own - 1) - free >= COUNTED:
            return self._estimate(own, free)
        left, kept = free, Counter[int]()
        position = 1
        for other in self._first.walk(self._behind):
            if other >= rank:
                break
            if left > 0 and kept[other.user_id] < per_user - self.people[other.user_id].running:
                left -= 1
                kept[other.user_id] += 1
            elif position > COUNTED:
                return self._estimate(own, free)
            else:
                position += 1
        is_called = left > 0 and kept[user_id] < room
        return 0 if is_called else position

    def _estimate(self, own: int, free: int) -> int:
        """Return an estimated position, from how many of the same user's come before it."""
        before = min(self.waiting, (own + 1) * len(self._first))
        return max(COUNTED + 1, before - free)

    def walk_callable(self, per_user: int) -> Iterator[tuple[Person, int]]:
        """Yield the callable turns in order, one more of each person than may run at once."""

        def behind(rank: QueueKey) -> QueueKey | None:
            person = self.people[rank.user_id]
            at = bisect_left(person.callable, rank.number) + 1
            is_of_interest = at <= per_user - person.running and at < len(person.callable)
            return person.rank(person.callable[at]) if is_of_interest else None

        for rank in self._first_callable.walk(behind):
            yield self.people[rank.user_id], rank.number

    def _behind(self, rank: QueueKey) -> QueueKey | None:
        person = self.people[rank.user_id]
        at = rank.round - person.running + 1
        return person.rank(person.waiting[at]) if at < len(person.waiting) else None

    def sort(self, person: Person) -> None:
        """Take note of a change of how many of a person's turns run, or who was called last."""
        # Its first turn is enough: what moves one of a person's turns moves all of them.
        for heads, numbers in (
            (self._first, person.waiting),
            (self._first_callable, person.callable),
        ):
            heads.put(person.user_id, person.rank(numbers[0]) if numbers else None)
