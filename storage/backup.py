"""A checked copy of the database, taken by a process of its own while the bot runs."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.errors import advice
from storage.private_files import sync
from storage.sqlite import BUSY_TIMEOUT_MS

PAGES_PER_STEP: Final = 256
"""A mebibyte of SQLite's usual pages."""

PAUSE_S: Final = 0.005
"""After each step, so that the bot's commits find the disk free."""


class BackupError(Exception):
    """There is no backup; the text is a sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was made.

    Attributes:
        open_jobs: those of them that a bot which starts with it takes up again.
    """

    jobs: int
    open_jobs: int
    bytes: int


def back_up(source: Path | str, target: Path, *, pause_s: float = PAUSE_S) -> Backup:
    """Copy the database as of one moment, check the copy, and give it its name.

    Nothing is locked and no write of the bot's waits: the copy is read from a snapshot of the
    write-ahead log. It is written beside `target` under a name that ends in `.part`, which an error
    removes again, and is on disk before it is renamed.

    Raises:
        BackupError: it could not be made, the copy is not sound, or `target` is there already.
    """
    if isinstance(source, str):
        raise BackupError("DATABASE_URL names a PostgreSQL database: back it up with pg_dump.")
    try:
        _check_names(source, target)
        handle, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
        part = Path(name)
        try:
            backup = _copy(source, part, pause_s)
            sync(part)
            _check_names(source, target)
            part.replace(target)
            if os.name == "posix":  # Windows has no way to sync a folder.
                sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(
            f"{error.filename or target} cannot be used ({error.strerror})."
        ) from error
    except sqlite3.Error as error:
        text = f"{source} could not be copied to {target} ({error}).{advice(error)}"
        raise BackupError(text) from error
    return backup


def _check_names(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupError(f"Database {source} not found. Check DATABASE_PATH.")
    if target.is_dir():
        raise BackupError(f"{target} is a folder. Choose a file in it.")
    if target.exists():
        raise BackupError(f"{target} already exists. Choose another file.")
    if not target.parent.is_dir():
        raise BackupError(f"Folder {target.parent} not found. Create it, or choose another place.")


def _copy(source: Path, part: Path, pause_s: float) -> Backup:
    def pause(_status: int, remaining: int, _total: int) -> None:
        if remaining:
            time.sleep(pause_s)  # noqa: TID251  # there is no event loop in this process

    uri = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as reader,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        reader.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS:d}")
        # A read transaction pins the moment. Without it, every write of the bot's between two
        # steps would start the copy again, and beside a busy bot it would never end.
        reader.execute("BEGIN")
        if reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone() is None:
            raise BackupError(f"{source} is not a Fluxcord database. Check DATABASE_PATH.")
        copy.execute("PRAGMA synchronous = OFF")  # synced once, in the end
        reader.backup(copy, pages=PAGES_PER_STEP, progress=pause)
        # One file without a write-ahead log beside it, to be read from anywhere.
        copy.execute("PRAGMA journal_mode = DELETE")
        _check(copy, source)
        jobs, open_jobs = copy.execute("SELECT count(*), sum(told_at IS NULL) FROM jobs").fetchone()
    return Backup(jobs=jobs, open_jobs=open_jobs or 0, bytes=part.stat().st_size)


def _check(copy: sqlite3.Connection, source: Path) -> None:
    [first, *_] = copy.execute("PRAGMA integrity_check").fetchall()
    faults = [] if first == ("ok",) else [first[0]]
    faults += [f"{row[0]} without {row[2]}" for row in copy.execute("PRAGMA foreign_key_check")]
    if faults:
        raise BackupError(
            f"{source} is damaged ({' '.join(faults[0].split())}). No backup was created: "
            "keep the existing ones."
        )
