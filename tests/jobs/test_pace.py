"""Pauses between tries: longer each time, and as long as was asked for within reason."""

import pytest

from jobs.transitions import RetryPolicy


@pytest.mark.parametrize(
    ("attempt", "asked_s", "pause_s"),
    [
        (0, None, 1),
        (1, None, 2),
        (5, None, 32),
        (6, None, 60),
        (10_000, None, 60),
        (0, 0, 1),
        (0, 7.5, 7.5),
        (5, 7.5, 32),
        (6, 120, 120),
        (0, 300, 300),
        (0, 86_400, 300),
    ],
)
def test_the_longer_of_its_own_and_what_was_asked_for(
    attempt: int, asked_s: float | None, pause_s: float
) -> None:
    assert RetryPolicy(interval_s=1).pause_s(attempt, asked_s) == pause_s
