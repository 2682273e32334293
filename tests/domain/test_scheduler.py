from __future__ import annotations

import asyncio
import cProfile
import pstats
from typing import TYPE_CHECKING, Any

from domain.scheduler import PASSED_BY_AT_ONCE, FairScheduler
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    import pytest

    from domain.scheduler import Slot

PATIENT_S = 1_000
"""Longer than any of these tests."""

ADA, BEN, CLEO = 5001, 5002, 5003

MANY = 100


def line_of(limit: int, *, per_user: int = MANY, grace_s: float = PATIENT_S) -> FairScheduler:
    return FairScheduler(limit, per_user=per_user, grace_s=grace_s)


async def ready(*turns: Slot) -> None:
    """Let these wait for their turn, in this order."""
    for turn in turns:
        waiting = asyncio.create_task(turn.wait())
        await asyncio.sleep(0)
        if not turn.called.is_set():
            waiting.cancel()


def called(*turns: Slot) -> list[bool]:
    return [turn.called.is_set() for turn in turns]


async def test_join_tells_each_its_place() -> None:
    turns = line_of(2)
    joined = [turns.join(ADA) for _ in range(4)]
    assert [turns.position(turn.person.user_id, turn) for turn in joined] == [0, 0, 1, 2]
    assert turns.position(ADA) == 3


async def test_turns_are_taken_in_the_order_of_joining_however_they_get_ready() -> None:
    turns = line_of(1, grace_s=PATIENT_S)
    first, second, third = (turns.join(ADA) for _ in range(3))
    await ready(third, second)
    assert called(first, second, third) == [False, False, False]
    await ready(first)
    assert called(first, second, third) == [True, False, False]
    turns.leave(first)
    assert called(second, third) == [True, False]


async def test_one_who_is_never_ready_is_passed_by() -> None:
    turns = line_of(1, grace_s=0)
    slow, quick = turns.join(ADA), turns.join(ADA)
    await ready(quick)
    assert called(slow, quick) == [False, True]
    turns.leave(quick)
    await ready(slow)
    assert called(slow) == [True]


async def test_one_who_is_not_ready_keeps_one_turn_free_and_no_more() -> None:
    turns = line_of(2, grace_s=PATIENT_S)
    _, second, third = (turns.join(ADA) for _ in range(3))
    await ready(second, third)
    assert called(second, third) == [True, False]


async def test_waiting_ends_when_the_grace_of_another_does() -> None:
    turns = line_of(1, grace_s=0.01)
    turns.join(ADA)
    turn = turns.join(ADA)
    await turn.wait()
    turns.leave(turn)
    assert turns.position(ADA) == 1


async def test_leave_calls_the_next_also_when_the_one_who_leaves_was_in_line() -> None:
    turns = line_of(1, grace_s=PATIENT_S)
    first, second = turns.join(ADA), turns.join(ADA)
    await ready(second)
    turns.leave(first)
    assert called(second) == [True]
    assert turns.position(ADA) == 1


async def test_leave_changes_nothing_when_it_is_said_again() -> None:
    turns = line_of(1)
    first, second, third = (turns.join(ADA) for _ in range(3))
    await ready(first, second, third)
    turns.leave(first)
    turns.leave(first)
    assert called(second, third) == [True, False]


async def test_a_turn_that_is_given_back_is_free_for_the_next() -> None:
    turns = line_of(1)
    turn = turns.join(ADA)
    await turn.wait()
    assert turns.position(ADA) == 1
    turns.leave(turn)
    assert turns.position(ADA) == 0


async def test_people_take_turns_however_many_requests_one_of_them_has() -> None:
    turns = line_of(1)
    running = turns.join(CLEO)
    await ready(running)
    adas = [turns.join(ADA) for _ in range(3)]
    ben = turns.join(BEN)
    # Everybody's first, then everybody's second: Ben came last and waits for one only.
    assert [turns.position(turn.person.user_id, turn) for turn in (*adas, ben)] == [1, 3, 4, 2]
    await ready(*adas, ben)
    turns.leave(running)
    assert called(*adas, ben) == [True, False, False, False]
    turns.leave(adas[0])
    assert called(*adas[1:], ben) == [False, False, True]
    turns.leave(ben)
    assert called(*adas[1:]) == [True, False]


async def test_one_person_runs_no_more_than_is_theirs() -> None:
    turns = line_of(3, per_user=1)
    first, second = turns.join(ADA), turns.join(ADA)
    ben = turns.join(BEN)
    await ready(first, second, ben)
    assert called(first, second, ben) == [True, False, True]
    assert turns.position(second.person.user_id, second) == 1
    assert turns.position(CLEO) == 0
    turns.leave(first)
    assert called(second) == [True]


async def test_what_is_under_way_has_its_turn_at_once_also_over_the_limit() -> None:
    turns = line_of(1)
    resumed = [turns.resume(ADA), turns.resume(ADA)]
    assert called(*resumed) == [True, True]
    waiting = turns.join(BEN)
    await ready(waiting)
    turns.leave(resumed[0])
    assert called(waiting) == [False]
    turns.leave(resumed[1])
    assert called(waiting) == [True]


async def test_the_first_of_those_who_wait_is_told_that_it_is_next() -> None:
    turns = line_of(1)
    first, second, third = (turns.join(ADA) for _ in range(3))
    await ready(first, second, third)
    assert [turn.next_up.is_set() for turn in (second, third)] == [True, False]
    turns.leave(first)
    assert third.next_up.is_set()


async def test_one_who_leaves_the_line_is_let_go() -> None:
    turns = line_of(1)
    first, second = turns.join(ADA), turns.join(BEN)
    await ready(first)
    turns.leave(second)
    await second.wait()
    turns.leave(first)
    assert turns.position(ADA) == 0


async def test_too_many_requests_halve_the_turns_and_each_success_adds_one_again() -> None:
    turns = line_of(4)
    running = [turns.join(user) for user in range(4)]
    await ready(*running)
    turns.slow_down(0)
    waiting = [turns.join(10 + user) for user in range(4)]
    await ready(*waiting)
    turns.leave(running[0])
    turns.leave(running[1])
    assert called(*waiting) == [False] * 4
    turns.speed_up()
    assert called(*waiting) == [True, False, False, False]
    turns.speed_up()
    turns.speed_up()
    turns.speed_up()
    turns.leave(running[2])
    turns.leave(running[3])
    assert called(*waiting) == [True] * 4
    assert turns.position(ADA) == 1


async def test_nobody_is_called_until_flux_wants_to_hear_again() -> None:
    turns = line_of(2)
    turns.slow_down(0.02)
    turn = turns.join(ADA)
    await ready(turn)
    assert called(turn) == [False]
    await turn.wait()


async def test_nobody_is_held_up_for_as_long_as_an_odd_answer_asks() -> None:
    turns = FairScheduler(2, per_user=MANY, longest_hold_s=0.02)
    turns.slow_down(86_400)
    turn = turns.join(ADA)
    async with asyncio.timeout(PATIENCE_S):
        await turn.wait()


async def test_to_join_and_to_be_ready_works_out_no_position() -> None:
    scheduler = FairScheduler(1, per_user=1)
    with cProfile.Profile() as profile:
        for user in range(50):
            scheduler.get_ready(scheduler.join(user))

    called = pstats.Stats(profile).get_stats_profile().func_profiles
    assert "get_ready" in called
    assert "position" not in called


async def test_one_timer_passes_by_a_long_line_in_small_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    timers, set_timer = [], loop.call_at

    def call_at(when: float, *args: Any, **more: Any) -> asyncio.TimerHandle:  # noqa: ANN401
        timers.append(when)
        return set_timer(when, *args, **more)

    turns = line_of(1, grace_s=0)
    monkeypatch.setattr(loop, "call_at", call_at)
    running = turns.resume(MANY)
    for user_id in range(MANY + 1, MANY + 1 + 5 * PASSED_BY_AT_ONCE):
        turns.join(user_id)
    last = turns.join(MANY)
    assert len(timers) == 1
    waiting = asyncio.create_task(last.wait())
    turns.leave(running)
    while not waiting.done():
        await asyncio.sleep(0)
    assert 2 < len(timers) < 10


async def test_nobody_is_passed_by_again_and_again_while_nobody_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    timers, set_timer = [], loop.call_at

    def call_at(when: float, *args: Any, **more: Any) -> asyncio.TimerHandle:  # noqa: ANN401
        timers.append(when)
        return set_timer(when, *args, **more)

    turns = line_of(1, grace_s=0)
    monkeypatch.setattr(loop, "call_at", call_at)
    turns.slow_down(0.2)
    turns.join(ADA)
    waiting = turns.join(BEN)
    await waiting.wait()
    assert len(timers) < 10
