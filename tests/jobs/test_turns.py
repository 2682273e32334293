from jobs.turns import Turn, Turns


def called(turns: list[Turn]) -> list[bool]:
    return [turn.called.is_set() for turn in turns]


def test_join_calls_the_first_and_tells_the_others_their_place() -> None:
    turns = Turns(2)
    joined = [turns.join() for _ in range(4)]
    assert called(joined) == [True, True, False, False]
    assert [turn.position for turn in joined] == [0, 0, 1, 2]
    assert turns.next_position == 3


def test_leave_calls_the_next_in_the_order_they_came() -> None:
    turns = Turns(1)
    first, second, third = (turns.join() for _ in range(3))
    turns.leave(first)
    assert called([second, third]) == [True, False]
    turns.leave(second)
    assert called([second, third]) == [False, True]


def test_leave_calls_nobody_when_the_one_who_leaves_was_still_in_line() -> None:
    turns = Turns(1)
    _, second, third = (turns.join() for _ in range(3))
    turns.leave(second)
    assert called([second, third]) == [False, False]
    assert turns.next_position == 2


def test_leave_changes_nothing_when_it_is_said_again() -> None:
    turns = Turns(1)
    first, second, third = (turns.join() for _ in range(3))
    turns.leave(first)
    turns.leave(first)
    assert called([second, third]) == [True, False]


async def test_a_turn_is_given_back_when_its_block_ends() -> None:
    turns = Turns(1)
    with turns.join() as turn:
        await turn.wait()
        assert turns.next_position == 1
    assert turns.next_position == 0
