"""The line of the scheduler in its simplest form: all who wait are sorted at every change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count


@dataclass(eq=False)
class Place:
    """One turn."""

    user_id: int
    passed_by_at: float
    is_ready: bool = False
    is_called: bool = False
    is_next_up: bool = False
    has_left: bool = False


@dataclass
class SimpleLine:
    """Whom to call and where everybody stands, without a clock of its own."""

    limit: int
    per_user: int
    grace_s: float
    now: float = 0.0
    allowed: int = field(init=False)
    closed_until: float = 0.0
    line: list[Place] = field(default_factory=list)
    taken: list[Place] = field(default_factory=list)
    timers: list[tuple[float, Place | None]] = field(default_factory=list)
    last_call: dict[int, int] = field(default_factory=dict)
    calls: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.allowed = self.limit

    def join(self, user_id: int) -> Place:
        place = Place(user_id, self.now + self.grace_s)
        self.timers.append((place.passed_by_at, place))
        self.line.append(place)
        return place

    def resume(self, user_id: int) -> Place:
        place = self.join(user_id)
        self._call(place)
        return place

    def get_ready(self, place: Place) -> None:
        place.is_ready = True
        self.call_next()

    def leave(self, place: Place) -> None:
        place.has_left = True
        place.is_called = True
        if place in self.line:
            self.line.remove(place)
        elif place in self.taken:
            self.taken.remove(place)
        if not self.line and not self.taken:
            self.last_call.clear()
        self.call_next()

    def slow_down(self, hold_s: float) -> None:
        self.allowed = max(1, len(self.taken) // 2)
        self.closed_until = max(self.closed_until, self.now + hold_s)
        self.timers.append((self.closed_until, None))

    def speed_up(self) -> None:
        self.allowed = min(self.limit, self.allowed + 1)
        self.call_next()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, place in due:
            if place is None or not place.has_left:
                self.call_next()

    def call_next(self) -> None:
        if self.now < self.closed_until:
            return
        free = self.allowed - len(self.taken)
        kept: Counter[int] = Counter()
        waiting = []
        for place in self._in_order(self.line):
            if not place.is_ready and self.now >= place.passed_by_at:
                continue
            if free <= 0 or not self._may_have(place.user_id, kept):
                waiting.append(place)
                continue
            if place.is_ready:
                self._call(place)
            else:
                kept[place.user_id] += 1
            free -= 1
        if waiting and waiting[0].is_ready:
            waiting[0].is_next_up = True

    def positions(self, *newcomers: Place) -> dict[Place, int]:
        """Return everybody's place in line, if these joined now."""
        free = self.allowed - len(self.taken)
        kept: Counter[int] = Counter()
        places = count(1)
        positions = {}
        for place in self._in_order([*self.line, *newcomers]):
            if free > 0 and self._may_have(place.user_id, kept):
                free -= 1
                kept[place.user_id] += 1
                positions[place] = 0
            else:
                positions[place] = next(places)
        return positions

    def _may_have(self, user_id: int, more: Counter[int]) -> bool:
        return self._taken_by(user_id) + more[user_id] < self.per_user

    def _taken_by(self, user_id: int) -> int:
        return sum(place.user_id == user_id for place in self.taken)

    def _call(self, place: Place) -> None:
        self.line.remove(place)
        self.taken.append(place)
        self.last_call[place.user_id] = next(self.calls)
        place.is_called = True

    def _in_order(self, line: list[Place]) -> list[Place]:
        """Round by round, everybody's first before anybody's second; who waits longest leads."""
        rounds: Counter[int] = Counter()
        ranked = []
        for place in line:
            user_id = place.user_id
            round_ = self._taken_by(user_id) + rounds[user_id]
            ranked.append((round_, self.last_call.get(user_id, 0), place))
            rounds[user_id] += 1
        return [place for *_, place in sorted(ranked, key=lambda each: each[:2])]
