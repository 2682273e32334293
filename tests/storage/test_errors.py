"""An outage is a traceback, a line each minute and a line at its end, however often it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.errors import REMIND_AFTER_S, Outage

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = OSError("no space left")


class Seconds:
    """Time that passes as a test says."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def outage(seconds: Seconds, caplog: pytest.LogCaptureFixture) -> Iterator[Outage]:
    with caplog.at_level("WARNING"):
        yield Outage("the disk is full", seconds=seconds)


def test_what_works_is_not_logged(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    outage.worked()

    assert caplog.messages == []


def test_an_outage_is_logged_at_its_beginning_each_minute_and_at_its_end(
    outage: Outage, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(150):
        outage.failed(FULL)
        seconds.now += 1
    outage.worked()
    outage.worked()

    assert caplog.messages == [
        "the disk is full: no space left",
        "the disk is full, for 60 s and 61 attempts: no space left",
        "the disk is full, for 120 s and 121 attempts: no space left",
        "the disk is full: over after 150 s and 150 failed attempts",
    ]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False, False]


def test_one_that_comes_and_goes_is_not_logged_each_time(
    outage: Outage, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        outage.failed(FULL)
        seconds.now += 1
        outage.worked()

    assert caplog.messages == [
        "the disk is full: no space left",
        "the disk is full: over after 1 s and 1 failed attempts",
    ]


def test_a_later_one_is_logged_as_the_first(
    outage: Outage, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        outage.failed(FULL)
        outage.worked()
        seconds.now += REMIND_AFTER_S

    assert len(caplog.messages) == 4
    assert caplog.records[2].exc_info
