"""Log lines, as text for a terminal or as JSON for programs, each with its job."""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB: Final = re.compile(r"job=(\S+) ?")
"""How a message begins that names its job itself."""

CURRENT_JOB: Final[ContextVar[str | None]] = ContextVar("current_job", default=None)
"""The job that this task, and those that it starts from now on, are about."""


def set_up_logging(level: str, *, as_json: bool = False) -> None:
    """Write the log to the standard error stream from now on."""
    logging.basicConfig(level=level, handlers=[log_handler(as_json=as_json)])
    # discord.py's own debug lines hold tokens and prompts; Pillow's, metadata of people's images.
    for name in ("discord", "PIL"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))


def log_handler(*, as_json: bool) -> logging.Handler:
    """Return a handler for the standard error stream; its lines name the current job."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else TextLines())
    return handler


class TextLines(logging.Formatter):
    """Lines for people: time, level, logger, and the job before the message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-8s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Add the job where the message does not name one; part of logging's interface."""
        job = CURRENT_JOB.get()
        if job is not None and not JOB.match(record.message):
            record.message = f"job={job} {record.message}"
        return super().formatMessage(record)


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `job`, `message`, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        named = JOB.match(message)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "job": named[1] if named else CURRENT_JOB.get(),
            "message": message[named.end() :] if named else message,
            "error": self.formatException(record.exc_info) if record.exc_info else None,
        }
        told = {key: value for key, value in line.items() if value is not None}
        return json.dumps(told, ensure_ascii=False)


@contextmanager
def about(job_id: str) -> Iterator[None]:
    """Make the block, and the tasks that it starts, be about a job."""
    token = CURRENT_JOB.set(job_id)
    try:
        yield
    finally:
        CURRENT_JOB.reset(token)
