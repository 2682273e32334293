"""Stores pictures in a folder of this machine's disk."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import filecmp
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from images.files import NAME, PART, File
from storage.private_files import make_ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
    from pathlib import Path

P = ParamSpec("P")
R = TypeVar("R")

NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""What a file system without hard links says."""

logger = logging.getLogger(__name__)


class Folder:
    """A folder with one file for each picture; implements `PictureFiles`.

    Args:
        is_shared: whether other processes may be writing parts of pictures there.
    """

    def __init__(self, path: Path, *, is_shared: bool = False) -> None:
        self.path = path.absolute()
        self._is_shared = is_shared
        # Threads of its own: the shared ones also resolve names, which a stuck disk must not stop.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="spool-disk")

    async def open(self) -> None:
        await self.on_disk(
            make_ready, self.path, "pictures", left=f"*{PART}", is_shared=self._is_shared
        )

    async def close(self) -> None:
        self._threads.shutdown()

    async def keep(self, part: Path, name: str, *, replaces: bool = False) -> bool:
        replaces = replaces or not self._is_shared
        return await self.on_disk(_keep, part, self.path / name, replaces=replaces)

    @contextlib.asynccontextmanager
    async def reading(self, names: Sequence[str]) -> AsyncIterator[list[Path]]:
        """Lend the files themselves; a missing one is noticed where it is opened."""
        yield [*map(self.path.joinpath, names)]

    async def stat(self, names: Sequence[str]) -> list[File | None]:
        return await self.on_disk(lambda: [_stat(self.path / name) for name in names])

    async def list_all(self) -> list[File]:
        return await self.on_disk(_list, self.path)

    async def names_of(self, job_ids: Collection[str]) -> list[str]:
        """Read the names in the folder, parts of pictures among them."""
        names = await self.on_disk(os.listdir, self.path)
        return [name for name in names if name.partition("-")[0] in job_ids]

    async def remove(self, names: Iterable[str]) -> set[str]:
        return await self.on_disk(_unlink, self.path, names)

    async def held_bytes(self) -> int:
        return sum(file.bytes for file in await self.list_all())

    async def append(self, path: Path, chunk: bytes) -> None:
        await self.on_disk(_append, path, chunk)

    async def on_disk(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it in a thread, to its end even if the caller is cancelled: nothing outlives it."""
        # Not by `asyncio.shield`, which takes two more turns of the event loop.
        working = self._threads.submit(work, *args, **kwargs)
        try:
            return await asyncio.wrap_future(working)
        except asyncio.CancelledError:
            if not working.cancel():
                await asyncio.gather(asyncio.wrap_future(working), return_exceptions=True)
            raise


def _stat(path: Path) -> File | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return File(name=path.name, bytes=found.st_size, modified_ns=found.st_mtime_ns)


def _list(folder: Path) -> list[File]:
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not (entry.name.endswith(PART) or NAME.fullmatch(entry.name)):
                continue
            try:
                stat = entry.stat(follow_symlinks=False)
                if entry.is_file(follow_symlinks=False):
                    files.append(
                        File(name=entry.name, bytes=stat.st_size, modified_ns=stat.st_mtime_ns)
                    )
            except FileNotFoundError:  # it got its final name, or was removed
                continue
    return files


def _unlink(folder: Path, names: Iterable[str]) -> set[str]:
    gone = set()
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            logger.warning("cannot delete %s from the spool: %s", name, error.strerror)
        else:
            gone.add(name)
    return gone


def _append(path: Path, chunk: bytes) -> None:
    with path.open("ab") as file:
        file.write(chunk)


def _keep(part: Path, final: Path, *, replaces: bool) -> bool:
    with part.open("r+b") as file:
        os.fsync(file.fileno())
    if replaces:
        part.replace(final)
    elif not _link(part, final):
        return False
    if os.name == "posix":  # Windows has no way to sync a folder, and renames there are journaled.
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _link(part: Path, final: Path) -> bool:
    """Rename a file where none has that name yet; False if one with other contents has."""
    try:
        final.hardlink_to(part)
    except FileExistsError:
        if not filecmp.cmp(part, final, shallow=False):
            part.unlink()
            return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        part.replace(final)
        return True
    part.unlink()
    return True
