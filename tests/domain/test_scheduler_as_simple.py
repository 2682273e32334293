"""The line calls as one that sorts everybody at every change, in far fewer steps."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import domain.queue_order
import domain.scheduler
from domain.queue_order import COUNTED
from domain.scheduler import PASSED_BY_AT_ONCE, FairScheduler, Slot
from tests.domain.simple_line import Place, SimpleLine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType

GRACE_S: Final = 5.0
USERS: Final = range(1, 6)
LOOKED_AT: Final = 20

KINDS: Final = (
    *["join", "ready"] * 3,
    *["leave"] * 2,
    *["join many", "resume", "pass time", "slow down", "speed up"],
)

Event = tuple[str, int, float]

EVENTS: Final = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 1_000),
    st.sampled_from([0.0, 1.0, GRACE_S / 2, GRACE_S, 2 * GRACE_S]),
)


class StillLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock moves only by hand."""

    now = 0.0

    def time(self) -> float:
        return self.now


class Both:
    """A line and the simple one, to which the same happens."""

    def __init__(self, loop: StillLoop, limit: int, per_user: int) -> None:
        self.loop = loop
        self.turns = FairScheduler(limit, per_user=per_user, grace_s=GRACE_S)
        self.simple = SimpleLine(limit, per_user, GRACE_S)
        self.joined: list[tuple[Slot, Place]] = []

    async def happen(self, event: Event) -> None:
        kind, number, seconds = event
        if kind == "pass time":
            self.loop.now += seconds
            for _ in range(1 + len(self.joined) // PASSED_BY_AT_ONCE):
                await tick()
            self.simple.pass_time(seconds)
        elif kind == "slow down":
            self.turns.slow_down(seconds)
            self.simple.slow_down(seconds)
        elif kind == "speed up":
            self.turns.speed_up()
            self.simple.speed_up()
        elif kind in {"ready", "leave"}:
            self.change(kind, number)
        else:
            self.add(kind, number)

    def add(self, kind: str, number: int) -> None:
        user_id = USERS[number % len(USERS)]
        if kind == "resume":
            self.joined.append((self.turns.resume(user_id), self.simple.resume(user_id)))
        elif kind == "join":
            self.join(user_id)
        else:
            for more in range(number % 120):
                self.join(1_000 + more if number % 2 else user_id)

    def join(self, user_id: int) -> None:
        self.joined.append((self.turns.join(user_id), self.simple.join(user_id)))

    def change(self, kind: str, number: int) -> None:
        if not self.joined:
            return
        turn, place = self.joined[number % len(self.joined)]
        if kind == "ready":
            self.turns.get_ready(turn)
            self.simple.get_ready(place)
        else:
            self.turns.leave(turn)
            self.simple.leave(place)

    def check(self, user_id: int) -> None:
        for turn, place in self.joined:
            assert turn.called.is_set() is place.is_called
            assert turn.next_up.is_set() is place.is_next_up
        newcomer = Place(user_id, 0)
        expected = self.simple.positions()
        # A few of a long line: it is long in many examples.
        for turn, place in self.joined[:: 1 + len(self.joined) // LOOKED_AT]:
            assert capped(self.turns.position(turn.person.user_id, turn)) == capped(
                expected.get(place, 0)
            )
        assert capped(self.turns.position(user_id)) == capped(
            self.simple.positions(newcomer)[newcomer]
        )


async def tick() -> None:
    """Let the timers run that are due."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def capped(position: int) -> int:
    return min(position, COUNTED + 1)


def run(loop: StillLoop, work: Coroutine[Any, Any, None]) -> None:
    try:
        loop.run_until_complete(work)
    finally:
        loop.close()


@given(events=st.lists(EVENTS, max_size=40), limit=st.integers(1, 8), per_user=st.integers(1, 4))
@example(  # more than are passed by in one step
    events=[
        ("join many", 328, 0.0),
        ("ready", 1, 0.0),
        ("join many", 13, 0.0),
        ("pass time", 0, GRACE_S),
    ],
    limit=1,
    per_user=1,
)
def test_the_line_calls_whom_the_simple_one_calls(
    events: list[Event], limit: int, per_user: int
) -> None:
    async def follow() -> None:
        both = Both(loop, limit, per_user)
        for event in events:
            await both.happen(event)
            both.check(USERS[event[1] % 7 % len(USERS)])

    loop = StillLoop()
    run(loop, follow())


@pytest.mark.parametrize("limit", [5, 100_000])
@pytest.mark.parametrize("requests_each", [1, 20, 100_000])
def test_ten_times_as_many_take_about_as_many_steps_each(limit: int, requests_each: int) -> None:
    few = steps_each(200, limit, requests_each)
    many = steps_each(2_000, limit, requests_each)

    assert many < 2 * few


def steps_each(turns: int, limit: int, requests_each: int) -> float:
    """Return how many lines of the line's code run for one turn, from its join to its end."""
    steps = 0
    files = {domain.scheduler.__file__, domain.queue_order.__file__}

    def count_line(_frame: FrameType, event: str, _arg: object) -> Callable[..., Any]:
        nonlocal steps
        steps += event == "line"
        return count_line

    def trace(frame: FrameType, _event: str, _arg: object) -> Callable[..., Any] | None:
        return count_line if frame.f_code.co_filename in files else None

    loop = StillLoop()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(loop, play(loop, turns, limit, requests_each))
    finally:
        sys.settrace(before)
    return steps / turns


async def play(loop: StillLoop, turns: int, limit: int, requests_each: int) -> None:
    """Have turns joined, got ready one way and another, and ended."""
    line = FairScheduler(limit, per_user=limit, grace_s=GRACE_S)
    joined = []
    for number in range(turns):
        line.position(number // requests_each)
        joined.append(line.join(number // requests_each))
    for turn in joined[::2]:
        line.get_ready(turn)
    loop.now += GRACE_S  # the others are passed by
    await tick()
    for turn in reversed(joined):
        line.get_ready(turn)
    while joined:
        running = [turn for turn in joined if turn.called.is_set()]
        joined = [turn for turn in joined if not turn.called.is_set()]
        for turn in running:
            line.leave(turn)
