"""Errors of the database, what the bot owner can do about each, and how outages are logged."""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

REMIND_AFTER_S: Final = 60.0
"""Between two lines about an outage that lasts."""

ADVICE: Final = {
    sqlite3.SQLITE_FULL: "Its disk is full: free some space.",
    sqlite3.SQLITE_IOERR: "Check its disk and the free space.",
    sqlite3.SQLITE_READONLY: "Make it, its -wal and -shm files and its folder writable.",
    sqlite3.SQLITE_CANTOPEN: "Make it and its folder readable and writable.",
    sqlite3.SQLITE_PERM: "Make it and its folder readable and writable.",
    sqlite3.SQLITE_BUSY: "Another program has locked it: close that program.",
    sqlite3.SQLITE_CORRUPT: "It is damaged: restore a backup.",
    sqlite3.SQLITE_NOTADB: "It is not an SQLite file: set DATABASE_PATH to another file.",
}
"""What the operator can do, by SQLite's primary result code; others are the bot's own faults."""

DATABASE_UNAVAILABLE: Final = "database_unavailable"
"""Why a request was not started, as the metrics count it; people see another text."""


class EngineError(Exception):
    """The database refused a statement; neither its operator nor its disk is at fault."""


class StorageError(Exception):
    """The database cannot be used; the text is a sentence for the operator."""


class TooSlowError(StorageError):
    """Something could not be stored in time, and never will be."""

    def __init__(self) -> None:
        super().__init__("The database did not take a request in time.")


class DatabaseClosedError(StorageError):
    """The bot is stopping: no write or read will ever work again."""

    def __init__(self) -> None:
        super().__init__("The database is closed.")


def result_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where there is none.

    It is the last byte of an extended one; sqlite.org/rescode.html, section 2.
    """
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def advice(error: sqlite3.Error) -> str:
    """Return what the bot owner can do about an error, as the end of a sentence; or nothing."""
    text = ADVICE.get(result_code(error))
    return f" {text}" if text else ""


def explain(error: sqlite3.Error, path: Path) -> Exception:
    """Return a StorageError for what the bot owner can fix, an EngineError for other faults."""
    explained: Exception = EngineError(str(error))
    if advice(error):
        explained = StorageError(f"{path} cannot be used as the database ({error}).{advice(error)}")
    explained.__cause__ = error
    return explained


class Outage:
    """The outages of one resource, such as a full disk.

    Each is logged with its traceback when it begins, in a line every minute while it lasts, and in
    a line when it is over. One that begins within a minute of such a line is logged only then.

    Attributes:
        is_on: whether the last try failed.

    Args:
        name: of what does not work, such as "the database cannot be written".
        seconds: monotonic.
    """

    def __init__(self, name: str, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._seconds = seconds
        self.is_on = False
        self._began_at = 0.0
        self._logged_at: float | None = None
        self._is_logged = False
        self._failures = 0

    def failed(self, error: Exception) -> None:
        now = self._seconds()
        if not self.is_on:
            self._began_at = now
        self.is_on = True
        self._failures += 1
        if self._logged_at is not None and now - self._logged_at < REMIND_AFTER_S:
            return
        if self._is_logged:
            logger.warning(
                "%s, for %.0f s and %d attempts: %s",
                self._name,
                now - self._began_at,
                self._failures,
                error,
            )
        else:
            logger.error("%s: %s", self._name, error, exc_info=error)
        self._is_logged = True
        self._logged_at = now

    def worked(self) -> None:
        if not self.is_on:
            return
        if self._is_logged:
            logger.warning(
                "%s: over after %.0f s and %d failed attempts",
                self._name,
                self._seconds() - self._began_at,
                self._failures,
            )
        self.is_on = False
        self._is_logged = False
        self._failures = 0
