"""Counted costs of the queue: comparisons, however many people wait."""

from __future__ import annotations

from functools import total_ordering
from math import log2
from typing import Any, ClassVar, cast

import pytest

from domain.queue_order import Heads


@total_ordering
class Rank:
    """A rank that counts how often ranks are compared."""

    comparisons: ClassVar[int] = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rank) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __lt__(self, other: Rank) -> bool:
        Rank.comparisons += 1
        return self.number < other.number


def rank(number: int) -> Any:  # noqa: ANN401  # any ordered value will do
    return cast("Any", Rank(number))


@pytest.mark.parametrize("people", [100, 10_000])
def test_a_change_takes_few_comparisons_however_many_wait(people: int) -> None:
    heads = Heads()
    for user_id in range(people):
        heads.put(user_id, rank(user_id))

    Rank.comparisons = 0
    heads.put(people // 2, rank(people))
    heads.put(people // 3, None)
    heads.count_before(rank(people // 4))

    assert Rank.comparisons <= 4 * (log2(people) + 1)
