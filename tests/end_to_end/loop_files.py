"""Files that the bot touches on the event loop, where a slow disk would make everybody wait."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ROOT = Path(__file__).parents[2]

NOT_THE_BOT = {"tests", "sandbox", "benchmarks"}

EVENTS = {
    "open",
    "os.link",
    "os.listdir",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.scandir",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "sqlite3.connect",
}
"""The events that name a file; docs.python.org/3.11/library/audit_events.html."""

below: list[str] = []
"""The folder that is watched, if any."""

touched: list[str] = []
"""What was done to files there on an event loop by the bot, and where."""


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if not below or event not in EVENTS or not arguments or isinstance(arguments[0], int):
        return
    path = os.fsdecode(arguments[0])
    if not path.startswith(below[0]) or not _is_on_a_loop():
        return
    frame = _nearest(sys._getframe(1))
    if frame is not None:
        stack = traceback.format_stack(frame, limit=3)
        touched.append(f"{event} {path}\n{''.join(stack)}")


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _nearest(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame of the project where that is the bot's."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and ".venv" not in path.parts:
            return None if path.relative_to(ROOT).parts[0] in NOT_THE_BOT else frame
        frame = frame.f_back
    return None


sys.addaudithook(_notice)  # there is no way to remove one


@pytest.fixture(autouse=True)
def loop_files(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which the bot touched a file of its data on the event loop."""
    if "tmp_path" not in request.fixturenames:
        yield
        return
    below[:] = [str(request.getfixturevalue("tmp_path"))]
    touched.clear()
    try:
        yield
    finally:
        below.clear()
    assert not touched, "files on the event loop:\n" + "\n".join(touched)
