from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jobs.turns import Turns

if TYPE_CHECKING:
    from jobs.turns import Turn

PATIENT_S = 1_000
"""Longer than any of these tests."""


async def ready(*turns: Turn) -> None:
    """Let these wait for their turn, in this order."""
    for turn in turns:
        waiting = asyncio.create_task(turn.wait())
        await asyncio.sleep(0)
        if not turn.called.is_set():
            waiting.cancel()


def called(*turns: Turn) -> list[bool]:
    return [turn.called.is_set() for turn in turns]


async def test_join_tells_each_its_place() -> None:
    turns = Turns(2)
    joined = [turns.join() for _ in range(4)]
    assert [turn.position for turn in joined] == [0, 0, 1, 2]
    assert turns.next_position == 3


async def test_turns_are_taken_in_the_order_of_joining_however_they_get_ready() -> None:
    turns = Turns(1, grace_s=PATIENT_S)
    first, second, third = (turns.join() for _ in range(3))
    await ready(third, second)
    assert called(first, second, third) == [False, False, False]
    await ready(first)
    assert called(first, second, third) == [True, False, False]
    turns.leave(first)
    assert called(second, third) == [True, False]


async def test_one_who_is_never_ready_is_passed_by() -> None:
    turns = Turns(1, grace_s=0)
    slow, quick = turns.join(), turns.join()
    await ready(quick)
    assert called(slow, quick) == [False, True]
    turns.leave(quick)
    await ready(slow)
    assert called(slow) == [True]


async def test_one_who_is_not_ready_keeps_one_turn_free_and_no_more() -> None:
    turns = Turns(2, grace_s=PATIENT_S)
    _, second, third = (turns.join() for _ in range(3))
    await ready(second, third)
    assert called(second, third) == [True, False]


async def test_waiting_ends_when_the_grace_of_another_does() -> None:
    turns = Turns(1, grace_s=0.01)
    turns.join()
    with turns.join() as turn:
        await turn.wait()
    assert turns.next_position == 1


async def test_leave_calls_the_next_also_when_the_one_who_leaves_was_in_line() -> None:
    turns = Turns(1, grace_s=PATIENT_S)
    first, second = turns.join(), turns.join()
    await ready(second)
    turns.leave(first)
    assert called(second) == [True]
    assert turns.next_position == 1


async def test_leave_changes_nothing_when_it_is_said_again() -> None:
    turns = Turns(1)
    first, second, third = (turns.join() for _ in range(3))
    await ready(first, second, third)
    turns.leave(first)
    turns.leave(first)
    assert called(second, third) == [True, False]


async def test_a_turn_is_given_back_when_its_block_ends() -> None:
    turns = Turns(1)
    with turns.join() as turn:
        await turn.wait()
        assert turns.next_position == 1
    assert turns.next_position == 0
