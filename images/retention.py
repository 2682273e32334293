"""Keeps the spool within its limits, and never deletes a picture that a job needs."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from images.files import NAME, PART, File, PictureFiles
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clock import Clock
    from storage.images import ImageRepository

logger = logging.getLogger(__name__)

SWEEP_INTERVAL_S: Final = 900.0

GRACE_S: Final = 3_600.0
"""Age below which an unknown file may still be about to become a known one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLimits:
    """What of the pictures may stay; 0 is no limit.

    Attributes:
        max_bytes: over which the sources of settled jobs go, then all files of delivered ones, the
            first to end first. Results of jobs that ended otherwise stay: they may hold all that
            was had for the money.
        max_user_bytes: of the sources of one person's settled jobs which delivered nothing.
        max_days: after which files of every ended job go.
    """

    max_bytes: int = 0
    max_user_bytes: int = 0
    max_days: int = 0


class Retention:
    """Removes what may go: leftovers, then what is too old, then what is too much.

    Pictures of a job that has not ended, or whose author was not told, always stay. Rows go before
    their files, so that a crash in between leaves an unknown file for the next sweep.

    Args:
        files: where pictures are stored; open as long as this is used.
    """

    def __init__(
        self,
        *,
        images: ImageRepository,
        files: PictureFiles,
        limits: SpoolLimits,
        clock: Clock,
        interval_s: float = SWEEP_INTERVAL_S,
    ) -> None:
        self._clock = clock
        self._images = images
        self._files = files
        self._limits = limits
        self._interval_s = interval_s

    async def run(self) -> None:
        """Sweep now and after each interval, until cancelled; errors are logged."""
        while True:
            try:
                await self.sweep()
            except Exception:  # the cleanup must run again
                logger.exception("spool cleanup failed")
            await asyncio.sleep(self._interval_s)

    async def trim(self, user_id: int) -> None:
        """Remove the first sources of a person's free requests that are over their limit.

        What cannot be removed now is left to the next call.
        """
        if not self._limits.max_user_bytes:
            return
        try:
            free = await self._images.list_free_sources(user_id, self._limits.max_user_bytes)
            await self._forget(free)
        except StorageError as error:
            logger.warning("sources over a limit not removed: %s", type(error).__name__)

    async def sweep(self) -> None:
        """Bring the spool within its limits, once."""
        # The files are listed before the rows: one that comes in between is not taken for unknown.
        files = {file.name: file for file in await self._files.list_all()}
        gone = await self._files.remove(await self._leftovers(files.values()))
        if self._limits.max_days:
            oldest = self._clock.now() - timedelta(days=self._limits.max_days)
            gone |= await self._forget(await self._images.list_ended_before(oldest))
        gone |= await self._forget(await self._too_many(files, gone))
        left = sum(file.bytes for name, file in files.items() if name not in gone)
        if gone:
            logger.info("spool cleaned up: files=%d bytes left=%d", len(gone), left)
        if self._limits.max_bytes and left > self._limits.max_bytes:
            logger.warning(
                "the spool has %d bytes, over its limit of %d, and no file can be deleted yet",
                left,
                self._limits.max_bytes,
            )

    async def _leftovers(self, files: Iterable[File]) -> list[str]:
        # File times are by this machine's clock, and that one may have been
        # set since then: a file is old only if it is so by both.
        now = min(time.time(), self._clock.now().timestamp())
        known = await self._images.list_files()
        old = [f for f in files if f.name not in known and now - f.modified_ns / 1e9 > GRACE_S]
        settled = await self._images.settled({_job_id(file.name) for file in old})
        names = []
        for file in old:
            # A job that is not in the database, as after a backup was restored, may be missed yet.
            forgotten = 0 < self._limits.max_days < (now - file.modified_ns / 1e9) / 86_400
            if file.name.endswith(PART) or settled.get(_job_id(file.name), forgotten):
                names.append(file.name)
        return names

    async def _too_many(self, files: dict[str, File], gone: set[str]) -> list[str]:
        left = sum(file.bytes for name, file in files.items() if name not in gone)
        if not self._limits.max_bytes or left <= self._limits.max_bytes:
            return []
        names = []
        for name in (*await self._images.list_sources(), *await self._images.list_delivered()):
            if left <= self._limits.max_bytes:
                break
            if name in files and name not in gone:
                left -= files[name].bytes
                gone = gone | {name}
                names.append(name)
        return names

    async def _forget(self, names: list[str]) -> set[str]:
        return await self._files.remove(await self._images.forget(names)) if names else set()


def _job_id(name: str) -> str:
    match = NAME.fullmatch(name)
    return match["job_id"] if match else ""
