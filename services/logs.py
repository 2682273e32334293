"""How a line of the log looks: for a terminal, or as JSON for programs; each names its job."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

JOB: Final = re.compile(r"job=(\S+) ?")
"""How a message begins that names its job itself."""


def set_up_logging(
    level: str, *, as_json: bool = False, current_job: Callable[[], str | None]
) -> None:
    """Write the log to the standard error stream from now on.

    Args:
        current_job: see `log_handler`.
    """
    logging.basicConfig(
        level=level, handlers=[log_handler(as_json=as_json, current_job=current_job)]
    )
    # discord.py's own debug lines hold tokens and prompts; Pillow's, what pictures say of people.
    for name in ("discord", "PIL"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.root.level))


def log_handler(*, as_json: bool, current_job: Callable[[], str | None]) -> logging.Handler:
    """Return what writes the log to the standard error stream.

    Args:
        current_job: the job that the code which logs is about; its messages need not name it.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(current_job) if as_json else TextLines(current_job))
    return handler


class TextLines(logging.Formatter):
    """Lines for people: time, level, where from, and the job before everything else."""

    def __init__(self, current_job: Callable[[], str | None]) -> None:
        super().__init__("%(asctime)s %(levelname)-8s %(name)s: %(message)s")
        self._current_job = current_job

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Name the job where the message does not; part of logging's interface."""
        job = self._current_job()
        if job is not None and not JOB.match(record.message):
            record.message = f"job={job} {record.message}"
        return super().formatMessage(record)


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `job`, `message`, `error`."""

    def __init__(self, current_job: Callable[[], str | None]) -> None:
        super().__init__()
        self._current_job = current_job

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; part of logging's interface."""
        message = record.getMessage()
        named = JOB.match(message)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "job": named[1] if named else self._current_job(),
            "message": message[named.end() :] if named else message,
            "error": self.formatException(record.exc_info) if record.exc_info else None,
        }
        told = {key: value for key, value in line.items() if value is not None}
        return json.dumps(told, ensure_ascii=False)
