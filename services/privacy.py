"""Deletion of users' data, on request and after its retention period."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from clock import Clock
    from storage.erasing import ErasureRepository

logger = logging.getLogger(__name__)

PURGE_INTERVAL_S: Final = 3_600.0
"""Between two looks for what has been kept for long enough; what is due goes within the day."""

UNFINISHED_INTERVAL_S: Final = 2.0
"""Between two looks at requests that are erased as soon as they have ended."""

BATCH: Final = 10
"""Jobs that are erased at once: the words of one take the index some milliseconds."""

LATE_AFTER: Final = timedelta(hours=1)
"""How long erasing waits for other programs until the log warns, and between two warnings."""

MERGE_PAGES: Final = 64
"""Of the full-text index, rewritten at once; it takes some 50 ms."""

PAUSE_S: Final = 0.01
"""After each step, so that requests are stored between them."""

CHECKPOINT_PATIENCE_S: Final = 10.0
"""For other programs that read the file, before a person is answered."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The result of a deletion request.

    Attributes:
        under_way: requests that are erased as soon as they have ended.
        is_complete: whether nothing else is left, in no file; if not, the rest goes by itself.
    """

    under_way: int
    is_complete: bool


class Privacy:
    """Deletes on request and by age, a little at a time, and resumes after a crash.

    Args:
        cancel: ends a job as soon as it can end.
        reload: reads again what may have been changed by it, such as whom a block names.
        usual_days: how long words and pictures are kept where a server chose nothing; 0 for ever.
    """

    def __init__(
        self,
        *,
        erasures: ErasureRepository,
        remove_files: Callable[[Collection[str]], Awaitable[None]],
        cancel: Callable[[str], Awaitable[object]],
        reload: Callable[[], Awaitable[None]],
        usual_days: int,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._erasures = erasures
        self._remove_files = remove_files
        self._cancel = cancel
        self._reload = reload
        self._usual_days = usual_days
        self._one_at_a_time = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._merged: str | None = None
        self._waiting_since: datetime | None = None
        self._warned_at: datetime | None = None

    async def ask(self, user_id: int) -> None:
        """Note that a person is to be forgotten; a stop only delays it. Raises StorageError."""
        await self._erasures.ask(user_id, self._clock.now())

    async def delete(self, user_id: int, *, patience_s: float = CHECKPOINT_PATIENCE_S) -> Deletion:
        """Forget a person: at once what has ended, the rest when it has.

        Args:
            patience_s: how long other programs are waited for that read the file.

        Raises:
            StorageError: the database does not take it; what was begun goes on by itself.
        """
        await self.ask(user_id)
        await self._reload()
        for job_id in await self._erasures.list_unfinished(user_id):
            await self._cancel(job_id)
        async with self._one_at_a_time:
            await self._erase(self._erasures.list_marked)
            is_tidy = await self._tidy(patience_s)
        left = await self._erasures.count_left(user_id)
        self._wanted.set()
        logger.info("data of a user deleted; requests in progress: %d", left)
        return Deletion(under_way=left, is_complete=is_tidy)

    async def run(self, *, look_again_s: float = UNFINISHED_INTERVAL_S) -> None:
        """Erase what is due, at intervals and after deletions, until cancelled; log errors."""
        clock = asyncio.get_running_loop().time
        purge_at = clock()
        while True:
            is_done = False
            try:
                if clock() >= purge_at:
                    await self.purge()
                    purge_at = clock() + PURGE_INTERVAL_S
                is_done = await self.finish()
            except StorageError as error:  # the database logs why, and for how long
                logger.debug("retention cleanup failed: %s", error)
            except Exception:  # whatever it is, the next time may work
                logger.exception("retention cleanup failed")
            wait_s = purge_at - clock() if is_done else look_again_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wanted.wait()
            self._wanted.clear()

    async def purge(self) -> None:
        """Erase what has been kept for long enough, and drop what nothing depends on any more."""
        async with self._one_at_a_time:
            now = self._clock.now()
            await self._erase(partial(self._erasures.list_expired, now, self._usual_days))
            await self._erasures.lapse(now)
            is_more = True
            while is_more:
                is_more = await self._erasures.trim_totals(now)
                await asyncio.sleep(PAUSE_S)
        await self._reload()

    async def finish(self) -> bool:
        """Erase what waited for something else; return whether nothing is left."""
        async with self._one_at_a_time:
            await self._erase(self._erasures.list_marked)
            is_tidy = await self._tidy(0)
        return is_tidy and not await self._erasures.count_left()

    async def _erase(self, listing: Callable[[int], Awaitable[list[str]]]) -> None:
        """Erase what is listed, some jobs at a time, until there is nothing, or nothing goes."""
        while batch := await listing(BATCH):
            # The files first: a crash after it leaves rows, and those are erased at the next start.
            await self._remove_files(batch)
            erased = await self._erasures.erase(batch, self._clock.now())
            await asyncio.sleep(PAUSE_S)
            if not erased:
                return

    async def _tidy(self, patience_s: float) -> bool:
        """Take what was erased out of the full-text index and the log; False if it is not yet."""
        mark = await self._erasures.untidy()
        if mark is None:
            return True
        if mark != self._merged:
            is_first = True
            while await self._erasures.merge_words(MERGE_PAGES, is_first=is_first):
                is_first = False
                await asyncio.sleep(PAUSE_S)
            self._merged = mark
        deadline = asyncio.get_running_loop().time() + patience_s
        while not await self._erasures.checkpoint():
            if asyncio.get_running_loop().time() > deadline:
                self._warn_if_late()
                return False
            await asyncio.sleep(PAUSE_S)
        await self._erasures.mark_tidy(mark)
        self._waiting_since = None
        return True

    def _warn_if_late(self) -> None:
        now = self._clock.now()
        if self._waiting_since is None or self._warned_at is None:
            self._waiting_since = self._warned_at = now
        if now - self._warned_at >= LATE_AFTER:
            self._warned_at = now
            logger.warning(
                "deleted data is still in the database's -wal file after %.1f h: another "
                "program keeps reading the database; if it is Litestream, restart that "
                "(docs/privacy.md)",
                (now - self._waiting_since) / timedelta(hours=1),
            )
