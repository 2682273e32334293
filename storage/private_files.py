"""Files that only the bot's own user of the machine may read."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

logger = logging.getLogger(__name__)

UMASK: Final = 0o077
"""Takes every permission on a new file from its group and from others."""


ABANDONED_S: Final = 3_600.0
"""Age at which what is left in a shared folder is of a process that has ended."""


def files_of_database(path: Path) -> list[Path]:
    """Return the database and what SQLite and its lock put beside it, as far as they exist."""
    beside = (path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))
    lock = path.resolve().with_name(path.resolve().name + ".lock")
    return [each for each in (path, *beside, lock) if each.is_file()]


def make_private(paths: Iterable[Path]) -> None:
    """Take the permissions that others than the owner have on files and folders that exist.

    Does nothing on Windows, where a folder's own list of permissions decides. A file whose owner is
    somebody else stays as it is, which is logged.
    """
    if os.name != "posix":
        return
    for path in paths:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & UMASK:
                path.chmod(mode & ~UMASK)
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError as error:
            logger.warning("others can still read %s: %s", path, error.strerror)


def make_ready(folder: Path, use: str, *, left: str, is_shared: bool) -> None:
    """Make a folder that others cannot read, and remove what an earlier process left in it.

    Args:
        use: of the folder, for a sentence.
        left: the pattern of the names of what may be removed.
        is_shared: whether other processes may still need what is not an hour old.

    Raises:
        StorageError: it cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private([folder, *folder.iterdir()])
        for path in folder.glob(left):
            with suppress(FileNotFoundError):  # another process has removed it
                if is_shared and time.time() - path.stat().st_mtime < ABANDONED_S:
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be used for {use} ({error.strerror}). Make it a writable folder, "
            "or set DATA_DIR to one."
        ) from error


def sync(path: Path) -> None:
    """Wait until a file or a folder is on disk.

    Raises:
        OSError: the system cannot tell, as of folders on Windows.
    """
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def readable_by_others(paths: Iterable[Path], *, group: bool = True) -> list[Path]:
    """Return those that others than the owner can read or write; none on Windows.

    Args:
        group: whether members of its group count as others.
    """
    mask = 0o066 if group else 0o006
    if os.name != "posix":
        return []
    return [path for path in paths if path.exists() and path.stat().st_mode & mask]
