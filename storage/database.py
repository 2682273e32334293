"""The bot's database: a thread that reads, and one that writes, with one commit for many."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, Self, TypeVar

from storage.engines import engine_of
from storage.errors import DatabaseClosedError, Outage, StorageError, TooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.connection import Connection, Engine, Lock

P = ParamSpec("P")
R = TypeVar("R")

CLOSE_PATIENCE_S: Final = 15.0

TOGETHER: Final = 100
"""Writes with one commit: of very many, the first shall not be as late as the last."""

PAUSES_S: Final = (0.01, 0.02, 0.04, 0.08, 0.16)
"""Before each further attempt of a write that other transactions were in the way of."""

OWN_REPEATS: Final = 2
"""Further attempts of each write of a group, after the one of all: others wait for its end."""


class Write(Generic[R]):
    """A change that waits for its turn; made on the event loop of its caller.

    Attributes:
        timer: withdraws it where it is not begun in time.
        told: its end, as its caller sees it, on that loop.
        error: what the change raised, or why it could not be kept.
    """

    def __init__(
        self,
        locks: Sequence[Lock],
        change: Callable[Concatenate[Any, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        self.locks = locks
        self._change: Callable[..., R] = change
        self._args, self._kwargs = args, kwargs
        self._right = threading.Lock()
        self._is_begun = False
        self.result: R | None = None
        self.told: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.error: BaseException | None = None
        self.timer: asyncio.TimerHandle | None = None

    def withdraw(self, error: type[Exception]) -> None:
        """Where it is not begun yet, never make it, and end it with an error.

        The loop and the writing thread may race: one of them is first.
        """
        # Also where its caller was cancelled: it may have given up because this is late.
        if self._right.acquire(blocking=False) and not self.told.done():
            self.told.set_exception(error())

    def attempt(self, db: Connection, *, is_alone: bool) -> None:
        """Make the change within the open transaction; of one that fails nothing stays.

        Args:
            is_alone: whether the whole transaction is its own, so that it needs no savepoint: with
                one, SQLite copies each page before it is changed.

        Raises:
            BaseException: what the change raised, where it ends the whole transaction.
        """
        if not self._is_begun:  # else an attempt with others came before
            self._is_begun = self._right.acquire(blocking=False)
        if not self._is_begun:
            return  # nobody waits for it any more
        self.error = None
        if is_alone:
            self.result = self._change(db, *self._args, **self._kwargs)
            return
        # Not `transaction`, whose names are random: SQLite prepares these once for all writes.
        db.execute("SAVEPOINT one_write")
        try:
            self.result = self._change(db, *self._args, **self._kwargs)
        except BaseException as error:
            # Whatever it is belongs to this write's caller, and not to the others of the group.
            # Some errors, such as of the disk, undo what others wrote in this transaction too.
            if not db.is_in_transaction or db.must_repeat(error):
                raise
            db.execute("ROLLBACK TO one_write")
            self.error = error
        db.execute("RELEASE one_write")


class Database:
    """The bot's only way to its database.

    Every write runs on one thread inside one transaction and is on disk when it returns. Writes
    that wait at the same time share a transaction and its commit, each in a savepoint of its own:
    committing takes most of the time, and a new request must not wait for the commits of a hundred
    steps of other jobs. Reads run on a second thread with a connection of its own, so that
    no report delays an acknowledgement.

    What reads or writes raises StorageError where the database cannot be used now,
    DatabaseClosedError where it never can be again, and EngineError for a fault of the bot's own.

    Args:
        at: what `engine_of` takes, or an engine.
        close_patience_s: how long `close` waits for writes that another program or a server that
            is unavailable holds up.
    """

    def __init__(
        self, at: Path | str | Engine, *, close_patience_s: float = CLOSE_PATIENCE_S
    ) -> None:
        self.engine = engine_of(at) if isinstance(at, Path | str) else at
        self._close_patience_s = close_patience_s
        self._close_at = math.inf
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._reader_thread = ThreadPoolExecutor(1, thread_name_prefix="database-reader")
        self._writes: deque[Write[Any]] = deque()
        self._is_asked = False
        self._later: asyncio.TimerHandle | None = None
        self._unwritable = Outage("the database cannot be written")
        self._unreadable = Outage("the database cannot be read")

    async def open(self) -> None:
        """Connect, and bring the schema up to date.

        Raises:
            StorageError: another bot or another program has it, a newer Fluxcord wrote it, or it
                cannot be created, read or written.
        """
        try:
            await self._on(self._writer_thread, self.engine.open_writer)
            await self._on(self._reader_thread, self.engine.open_reader)
        except Exception:
            await self.close()
            raise

    async def close(self) -> None:
        self._close_at = time.monotonic() + self._close_patience_s
        self._ask()  # what waits for others is made now
        await self._on(self._reader_thread, self.engine.close_reader)
        await self._on(self._writer_thread, self.engine.close_writer)
        self._reader_thread.shutdown()
        self._writer_thread.shutdown()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def write(
        self, change: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `change` on the writing thread; all of it is stored, or nothing.

        It may be run again where what was written with it could not be stored: it must do nothing
        but use the database, by the `Connection` that is its first argument.

        A caller that is cancelled does not undo it: a write that was begun is finished. After an
        error nothing of it is stored, and the next write may work, such as once there is room.
        """
        return await self.make(Write((), change, *args, **kwargs))

    async def make(
        self, write: Write[R], *, begin_within_s: float | None = None, along_within_s: float = 0.0
    ) -> R:
        """Make a change like `write`.

        Args:
            begin_within_s: seconds until it has to be begun; None is no limit. One that was begun
                is waited for, however long its commit takes. So what this returns or raises stays
                true, even if the process ends at that instant.
            along_within_s: seconds in which it may wait for the next write of anybody, whose commit
                is then its own. A crash before that loses it.

        Raises:
            TooSlowError: it was not begun in time and never will be.
        """
        loop = write.told.get_loop()
        self._writes.append(write)
        if not along_within_s or self._close_at < math.inf:
            try:
                self._ask()
            except RuntimeError as error:  # a thread that was shut down takes no more work
                self._writes.remove(write)
                raise DatabaseClosedError from error
        elif self._later is None:
            self._later = loop.call_later(along_within_s, self._ask)
        if begin_within_s is not None:
            write.timer = loop.call_later(begin_within_s, write.withdraw, TooSlowError)
        return await write.told

    async def is_writable(self) -> bool:
        """Write something that changes nothing, with all that a write takes.

        Raises:
            StorageError: the database cannot be written now.
        """
        await self.write(self.engine.write_nothing)
        return True

    async def read(
        self, query: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query` on the reading thread; only through a pooler can its connection write."""
        asking = partial(self.engine.read, query, *args, **kwargs)
        try:
            found = await self._on(self._reader_thread, asking)
        except DatabaseClosedError:
            raise
        except StorageError as error:
            self._unreadable.failed(error)
            raise
        if self._unreadable.is_on:
            self._unreadable.worked()
        return found

    async def checkpoint(self) -> bool:
        """Empty SQLite's write-ahead log into the file, so that nothing deleted is left in it.

        False where another program reads the file just now: it waits for none, and may be called
        again. PostgreSQL removes what was deleted by itself.
        """
        return await self._on(self._writer_thread, self.engine.checkpoint)

    def _ask(self) -> None:
        """Let all that wait be made on the writing thread."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._writes and not self._is_asked:
            self._is_asked = True
            try:
                self._writer_thread.submit(self._make_all)
            except RuntimeError:
                self._is_asked = False
                raise

    def _make_all(self) -> None:
        # First: what is added from here on, and is not among these, asks once more.
        self._is_asked = False
        while self._writes:
            group: list[Write[Any]] = []
            while self._writes and len(group) < TOGETHER:
                group.append(self._writes.popleft())
            commit_together(group, self.engine, self._close_at)
            for write in group:
                error = write.error
                if isinstance(error, Exception):
                    error = write.error = self.engine.explain(error)
                if error is None and self._unwritable.is_on:
                    self._unwritable.worked()
                elif isinstance(error, StorageError) and not isinstance(error, DatabaseClosedError):
                    self._unwritable.failed(error)
            # Once for all of these: each such call wakes the loop.
            group[0].told.get_loop().call_soon_threadsafe(_tell, group)

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        try:
            working = asyncio.get_running_loop().run_in_executor(thread, work)
        except RuntimeError as error:  # a thread that was shut down takes no more work
            raise DatabaseClosedError from error
        try:
            return await working
        except Exception as error:
            explained = self.engine.explain(error)
            if explained is error:
                raise
            raise explained from error


def _tell(group: Sequence[Write[Any]]) -> None:
    """Let the callers have results or errors; on the event loop, after the commit."""
    for write in group:
        if write.timer is not None:
            write.timer.cancel()
        if write.told.done():  # nobody waits for it any more
            continue
        if write.error is not None:
            write.told.set_exception(write.error)
            write.told.exception()  # a caller that is being cancelled will not look at it
        else:
            write.told.set_result(write.result)


def commit_together(
    group: Sequence[Write[Any]],
    engine: Engine,
    close_at: float,
    pauses: Iterator[float] | None = None,
) -> None:
    """Make the changes in order and commit them at once; each has its result or error then.

    What cannot be committed together is made again, each change in a transaction of its own.

    Args:
        close_at: the monotonic time after which nothing is waited for.
        pauses: seconds before each further attempt where others were in the way.
    """
    pauses = iter(PAUSES_S) if pauses is None else pauses
    locks = set(chain.from_iterable(map(attrgetter("locks"), group)))
    try:
        db = engine.begin(sorted(locks), close_at)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what each ends with
        for write in group:
            write.error = error
        return
    try:
        for write in group:
            write.attempt(db, is_alone=len(group) == 1)
        engine.commit(close_at)
    except BaseException as error:  # noqa: BLE001  # a half-done change must not stay open
        engine.rollback()
        pause_s = next(pauses, None) if db.must_repeat(error) else None
        if len(group) == 1 and pause_s is None:
            group[0].error = error
            return
        time.sleep(pause_s or 0)  # noqa: TID251  # this thread has nothing else to do
        for write in group:
            again = pauses if len(group) == 1 else iter(PAUSES_S[:OWN_REPEATS])
            commit_together([write], engine, close_at, again)
