"""Everything about one person in ZIP files that Discord takes, with their pictures."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.models import ImageKind
from storage.errors import StorageError
from storage.private_files import make_ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from clock import Clock
    from images.files import PictureFiles
    from storage.connection import Row
    from storage.exporting import ExportRepository

PAGE: Final = 250
"""Requests in one file of the export; at most 2,000 characters of each are a person's own words."""

MAX_VOLUMES: Final = 5
"""An answer and four more: where the bot is no member, Discord takes five after an answer."""

ENTRY_BYTES: Final = 256
"""More than a ZIP needs for one entry besides its name and its bytes."""


class Fate(Enum):
    """State of an image in an export."""

    TAKEN = auto()
    LOST = auto()
    LEFT_OUT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export of a user's data.

    Attributes:
        volumes: ZIP files, each within the limit.
        requests_left_out: for which there was no room.
        pictures: how many files they hold, of the newest requests.
        pictures_lost: that are gone, or larger than a file may be.
        pictures_left_out: for which there was no room.
        next_skip: how many to skip for the next of those.
    """

    volumes: tuple[Path, ...]
    requests: int
    requests_left_out: int
    pictures: int
    pictures_lost: int
    pictures_left_out: int
    next_skip: int


class Exporter:
    """Puts exports together on the disk, one at a time, in bounded memory.

    Args:
        folder: of its own; what an earlier process left in it is removed.
        is_shared: whether other processes may use the folder too.
    """

    def __init__(
        self,
        *,
        exports: ExportRepository,
        folder: Path,
        pictures: PictureFiles,
        clock: Clock,
        is_shared: bool = False,
    ) -> None:
        self._clock = clock
        self._is_shared = is_shared
        self._exports = exports
        self._folder = folder
        self._pictures = pictures
        self._one_at_a_time = asyncio.Lock()
        self._under_way: set[int] = set()

    async def open(self) -> None:
        """Make the folder, empty; raises StorageError where it cannot be written."""
        await asyncio.to_thread(
            make_ready, self._folder, "exports", left="*", is_shared=self._is_shared
        )

    @contextlib.asynccontextmanager
    async def export(self, user_id: int, limit_bytes: int, skip: int = 0) -> AsyncIterator[Export]:
        """Lend what there is about a person; it is removed again at the end.

        Args:
            skip: how many pictures, from the newest on, to leave out; with any, the requests are
                left out too.

        Raises:
            UserError: another one for the same person is.
            StorageError: the database or the disk cannot be used now.
        """
        if user_id in self._under_way:
            raise UserError("export-under-way")
        self._under_way.add(user_id)
        folder = self._folder / secrets.token_hex(8)
        try:
            async with self._one_at_a_time:
                export = await self._build(_Volumes(folder, limit_bytes), user_id, skip)
            yield export
        finally:
            self._under_way.discard(user_id)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _build(self, volumes: _Volumes, user_id: int, skip: int) -> Export:
        try:
            all_requests = 0 if skip else await self._exports.count_requests(user_id)
            requests = 0 if skip else await self._add_words(volumes, user_id)
            counts = await self._add_pictures(volumes, user_id, skip)
            await asyncio.to_thread(volumes.close)
        except OSError as error:
            raise StorageError(f"An export cannot be written ({error.strerror}).") from error
        return Export(
            volumes=tuple(volumes.paths),
            requests=requests,
            requests_left_out=max(all_requests - requests, 0),
            pictures=counts[Fate.TAKEN],
            pictures_lost=counts[Fate.LOST],
            pictures_left_out=counts[Fate.LEFT_OUT],
            next_skip=skip + counts[Fate.TAKEN] + counts[Fate.LOST],
        )

    async def _add_words(self, volumes: _Volumes, user_id: int) -> int:
        about = {"exported_at": self._clock.now().isoformat(), "user_id": user_id}
        own = await self._exports.list_own_rows(user_id)
        await asyncio.to_thread(volumes.add_json, "about-you.json", {**about, **own})
        requests = 0
        async for number, page in self._pages(user_id):
            name = f"requests-{number:04d}.json"
            if not await asyncio.to_thread(volumes.add_json, name, page):
                break
            requests += len(page)
        return requests

    async def _add_pictures(self, volumes: _Volumes, user_id: int, skip: int) -> Counter[Fate]:
        """Add pictures until there is no room for one, and count them."""
        seen = 0
        counts: Counter[Fate] = Counter()
        async for _, page in self._pages(user_id):
            names = [
                image["file_name"]
                for request in page
                for image in request["images"]
                if image["kind"] != ImageKind.POSTED  # only smaller copies of the others
            ]
            wanted = names[max(skip - seen, 0) :]
            seen += len(names)
            counts += Counter([await self._add_file(volumes, name) for name in wanted])
        return counts

    async def _add_file(self, volumes: _Volumes, name: str) -> Fate:
        if volumes.is_full:
            return Fate.LEFT_OUT
        try:
            async with self._pictures.reading([name]) as (path,):
                return await asyncio.to_thread(volumes.add_file, f"pictures/{name}", path)
        except FileNotFoundError:
            return Fate.LOST

    async def _pages(self, user_id: int) -> AsyncIterator[tuple[int, list[Row]]]:
        last, number = None, 1
        while page := await self._exports.list_requests(user_id, last, PAGE):
            yield number, page
            last, number = page[-1], number + 1


class _Volumes:
    """ZIP files that are filled one after another; never used on the event loop.

    Attributes:
        is_full: whether a file had no room; those after it are left out.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.paths: list[Path] = []
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._open: zipfile.ZipFile | None = None
        self._bytes = 0
        self.is_full = False

    def add_json(self, name: str, content: object) -> bool:
        """Add a file of readable JSON; False where there is no room."""
        text = json.dumps(content, ensure_ascii=False, indent=1).encode()
        volume = self._with_room(name, len(zlib.compress(text)))
        if volume is None:
            return False
        volume.writestr(name, text, zipfile.ZIP_DEFLATED)
        return True

    def add_file(self, name: str, path: Path) -> Fate:
        """Add a file as it is.

        Raises:
            FileNotFoundError: it is not there.
        """
        size = path.stat().st_size
        if _needed(name, size) + ENTRY_BYTES > self._limit_bytes:
            return Fate.LOST
        volume = self._with_room(name, size)
        if volume is None:
            self.is_full = True
            return Fate.LEFT_OUT
        volume.write(path, name, zipfile.ZIP_STORED)  # pictures do not get smaller
        return Fate.TAKEN

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def _with_room(self, name: str, size: int) -> zipfile.ZipFile | None:
        needed = _needed(name, size)
        if self._open is None or self._bytes + needed > self._limit_bytes:
            if len(self.paths) == MAX_VOLUMES or needed + ENTRY_BYTES > self._limit_bytes:
                return None
            self._begin()
        self._bytes += needed
        return self._open

    def _begin(self) -> None:
        self.close()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / f"fluxcord-{len(self.paths) + 1}.zip"
        self._open = zipfile.ZipFile(path, "w")
        self.paths.append(path)
        self._bytes = ENTRY_BYTES


def _needed(name: str, size: int) -> int:
    return size + 2 * len(name.encode()) + ENTRY_BYTES
