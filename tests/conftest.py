from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.reviewed import Snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots anew")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured, also those that ran in another process."""
    for report in terminalreporter.getreports("passed"):
        for what, value in report.user_properties:
            terminalreporter.write_line(f"{what}: {value}")


@pytest.fixture
def snapshots(request: pytest.FixtureRequest) -> Snapshots:
    return Snapshots(update=bool(request.config.getoption("--update-snapshots")))


class Complaints(logging.Handler):
    """Keeps what was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture(autouse=True)
def unsaid() -> Iterator[list[str]]:
    """Fail the test in which a catalogue lacked words; at run time there is always something."""
    handler = Complaints()
    logger = logging.getLogger("ui.words")
    handler.setLevel(logging.ERROR)
    logger.addHandler(handler)
    yield handler.said
    logger.removeHandler(handler)
    assert handler.said == []
