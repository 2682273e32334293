from __future__ import annotations

import asyncio
import gc
import logging
import signal
from typing import TYPE_CHECKING

import hypothesis
import pytest

from bot import GARBAGE_THRESHOLDS
from tests.decoding import decoder_shared
from tests.examples import FULL
from tests.postgres import ENGINES, Server, running
from tests.reviewed import Snapshots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


# How long one example takes says more of the machine than of the code.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(FULL, parent=hypothesis.settings.get_profile("steady"))
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots anew")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured, also those that ran in another process."""
    for report in terminalreporter.getreports("passed"):
        for what, value in report.user_properties:
            terminalreporter.write_line(f"{what}: {value}")


gc.disable()  # nothing is garbage before all tests are read; looking for it takes 3 s of 10


def pytest_collection_finish() -> None:
    """Leave all that is imported out of every garbage collection, as the bot itself does.

    Like there, one is due after 10,000 new objects instead of 700, which takes 8 % off a test.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests with the mark `both_engines` on each, but for those with the mark `sqlite_only`."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "both_engines" in marks and "sqlite_only" not in marks:
        for fixture in {"database", "world"} & {*metafunc.fixturenames}:
            metafunc.parametrize(fixture, ENGINES, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run a PostgreSQL for all tests of this process that need one."""
    with running() as server:
        yield server


@pytest.fixture
def snapshots(request: pytest.FixtureRequest) -> Snapshots:
    return Snapshots(update=bool(request.config.getoption("--update-snapshots")))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT and SIGHUP reach the processes that are started, where a shell ignores them."""
    hangup = getattr(signal, "SIGHUP", signal.SIGINT)  # which Windows does not know
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, hangup)}
    signal.signal(hangup, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture(scope="session", autouse=True)
async def decoder_for_all() -> AsyncIterator[None]:
    """Open the decoder that all tests share."""
    async with decoder_shared():
        yield


@pytest.fixture(autouse=True)
def tidied_loop(request: pytest.FixtureRequest, decoder_for_all: None) -> None:
    """Tidy up after a coroutine; half of the tests are none, and take longer to enter a loop."""
    if request.node.get_closest_marker("asyncio"):
        request.getfixturevalue("nothing_left_running")


@pytest.fixture
async def nothing_left_running() -> AsyncIterator[None]:
    """Cancel what a test has left on the loop, as the end of a loop of its own would."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


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
    logger = logging.getLogger("ui.i18n")
    handler.setLevel(logging.ERROR)
    logger.addHandler(handler)
    yield handler.said
    logger.removeHandler(handler)
    assert handler.said == []
