"""One of several processes of a bot: alive for the others, and with what they changed in memory."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from domain.errors import StartError
from storage.errors import DatabaseClosedError, StorageError
from storage.processes import QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from storage.processes import Alive, ProcessRepository, Signals
    from storage.repository import CachedRepository

T = TypeVar("T")

logger = logging.getLogger(__name__)

IDENTIFY_S: Final = 5.0
"""In which one shard of each `max_concurrency` may identify.

https://discord.com/developers/docs/events/gateway#rate-limiting
"""

COMMANDS: Final = -1
"""The lock for registering commands; those for identifying have the numbers from 0 on."""

UNREAD: Final = -1
"""Instead of how often memory was changed: something of it is still to be read again."""


class Cluster:
    """Keeps this process's row, hears the others, and reads again what they changed.

    Attributes:
        caches: what is kept in memory, by the name that it has among processes.
        listeners: called with what a signal is about, by its name.
    """

    def __init__(self, processes: ProcessRepository, signals: Signals, *, beat_s: float) -> None:
        self._processes = processes
        self._signals = signals
        self._beat_s = beat_s
        self._seen = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()
        self.listeners: dict[str, Callable[[str], None]] = {}
        self.observers: list[Callable[[Alive], None]] = []
        self.caches: Mapping[str, CachedRepository[Any]] = {}

    async def __aenter__(self) -> Self:
        """Send the first heartbeat; what is in memory has to be read after this."""
        alive = await self._processes.beat()
        self._seen = alive.changes
        self._observe(alive)
        self._start(self._beat())
        self._start(self._signals.listen(self.hear))
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(StorageError):  # then they go on with its jobs when the leases have ended
            await self._processes.leave()

    async def take_shards(self, count: int, ids: Sequence[int]) -> None:
        """Take shards, waiting for those of a process that has ended without leaving.

        Raises:
            StartError: another process has one of them.
        """
        for _ in range(QUIET + 2):
            taken = await self._processes.take_shards(count, ids)
            if taken is None:
                return
            logger.warning("another process has shard %d, waiting", taken)
            await asyncio.sleep(self._beat_s)
        raise StartError(
            f"Another process of this bot has shard {taken}. Stop it, or give each process "
            "SHARD_IDS of its own and all of them the same SHARD_COUNT."
        )

    async def identify_turn(self, bucket: int) -> None:
        """Wait until a shard may identify; another one of its bucket may a while later.

        Args:
            bucket: the shard's number modulo Discord's `max_concurrency`.

        Raises:
            OSError: the database is unavailable.
        """
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        holding = self._start(self._hold(bucket, taken))
        try:
            await taken
        except asyncio.CancelledError:
            holding.cancel()
            raise

    async def _hold(self, number: int, taken: asyncio.Future[None]) -> None:
        try:
            async with self._signals.locked(number):
                taken.set_result(None)
                await asyncio.sleep(IDENTIFY_S)
        except OSError as error:
            if not taken.done():
                taken.set_exception(error)
        finally:
            taken.cancel()  # if nobody has taken it by then

    def registering(self) -> AbstractAsyncContextManager[None]:
        """Let one process at a time tell Discord about the commands."""
        return self._signals.locked(COMMANDS)

    def hear(self, name: str, about: str) -> None:
        if name == "connected":
            self._look.set()
            for listener in self.listeners.values():
                _call(listener, "")
        elif name == "changed":
            self._start(self._reload(about))
        elif name in self.listeners:
            _call(self.listeners[name], about)

    def _start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _observe(self, alive: Alive) -> None:
        for observer in self.observers:
            _call(observer, alive)

    async def _beat(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._beat_s):
                    await self._look.wait()
            self._look.clear()
            try:
                alive = await self._processes.beat()
                self._observe(alive)
                if alive.changes < self._seen:  # a standby has taken over that lagged behind
                    self._seen = UNREAD
                if alive.changes != self._seen:
                    await self._load_all(alive.changes)
            except DatabaseClosedError:
                return
            except StorageError:  # the database logs why, and for how long
                logger.debug("no heartbeat")
            except Exception:  # the other processes would take this one for gone
                logger.exception("no heartbeat")

    async def _reload(self, about: str) -> None:
        try:
            number, process, kind, owner = about.split(" ")
            if int(number) <= self._seen:
                return
            if int(number) > self._seen + 1 or owner == "*":
                await self._load_all(int(number))
                return
            self._seen += 1
            if process != self._processes.process and kind in self.caches:
                await self.caches[kind].reload(int(owner))
        except StorageError:
            self._seen = UNREAD  # so that the next heartbeat reads all
        except Exception:
            self._seen = UNREAD
            logger.exception("not read again: %s", about)

    async def _load_all(self, changes: int) -> None:
        """Read every cache; the next heartbeat reads all again if one of them fails."""
        loading = (cache.load() for cache in self.caches.values())
        ends = await asyncio.gather(*loading, return_exceptions=True)
        errors = {kind: end for kind, end in zip(self.caches, ends, strict=True) if end is not None}
        for kind, error in errors.items():
            if not isinstance(error, StorageError):  # of those the database logs why
                logger.error("not read again: %s", kind, exc_info=error)
        self._seen = UNREAD if errors else max(self._seen, changes)


def _call(hear: Callable[[T], None], about: T) -> None:
    """Let one part of the bot know, whose fault must not keep others from knowing."""
    try:
        hear(about)
    except Exception:
        logger.exception("a signal was not taken")
