"""The clock's time: this machine's, then Discord's."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from clock import Clock

STEP = timedelta(seconds=1)
NEAR = timedelta(seconds=30)
"""A slow machine takes part of it between two lines of a test."""


def machine_time() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class Wall:
    """A machine's clock that can be set."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


def test_it_starts_with_the_time_of_the_machine() -> None:
    before = machine_time()

    assert before - STEP <= Clock().now() <= machine_time() + STEP


@pytest.mark.parametrize("ahead_s", [-3_600.0, 86_400.0])
def test_setting_the_machine_s_clock_does_not_move_it(ahead_s: float) -> None:
    wall = Wall()
    clock = Clock(wall)
    before = clock.now()
    wall.ahead_s = ahead_s

    assert before <= clock.now() < before + NEAR


@pytest.mark.parametrize("ahead_s", [-3_600.0, -30.0, 0.0, 120.0, 1_200.0, 86_400.0])
def test_a_date_of_discord_s_corrects_it(ahead_s: float) -> None:
    wall = Wall()
    wall.ahead_s = ahead_s
    clock = Clock(wall)
    asked_at = time.monotonic()
    before = machine_time()
    clock.take_date(before.replace(microsecond=0), asked_at=asked_at)

    assert before - STEP <= clock.now() <= machine_time() + STEP


def test_a_date_that_agrees_with_it_leaves_it_alone() -> None:
    began = time.monotonic()
    clock = Clock(lambda: 1_000.5)
    before = clock.now()
    clock.take_date(datetime.fromtimestamp(1_000, UTC), asked_at=began)
    passed = timedelta(seconds=time.monotonic() - began)

    assert before <= clock.now() <= before + passed + timedelta(milliseconds=100)


def test_an_answer_that_took_long_is_believed_no_more_than_it_can_tell() -> None:
    clock = Clock(lambda: 1_000.0)
    # Asked for a minute ago; Discord may have written its date at any moment of it.
    clock.take_date(datetime.fromtimestamp(970, UTC), asked_at=time.monotonic() - 60)

    assert clock.now() >= datetime.fromtimestamp(1_000, UTC)


def test_an_id_corrects_a_clock_that_is_behind_and_never_one_that_is_ahead() -> None:
    clock = Clock(lambda: 1_000.0)
    clock.take_id_time(datetime.fromtimestamp(900, UTC))
    assert clock.now() >= datetime.fromtimestamp(1_000, UTC)

    clock.take_id_time(datetime.fromtimestamp(9_000, UTC))
    assert clock.now() >= datetime.fromtimestamp(9_000, UTC)
