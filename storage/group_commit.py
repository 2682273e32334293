"""Writes that wait for the disk at the same time: one commit for all, and to each its own end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, TypeVar

from storage.errors import DatabaseClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from storage.connection import Connection, Engine, Lock

P = ParamSpec("P")
R = TypeVar("R")


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


class Waiting:
    """Writes that wait for one thread, which makes all of them at once.

    Args:
        make: makes them on the thread; each has its result or its error then.
    """

    def __init__(
        self, thread: ThreadPoolExecutor, make: Callable[[Sequence[Write[Any]]], None]
    ) -> None:
        self._thread = thread
        self._make = make
        self._writes: deque[Write[Any]] = deque()
        self._is_asked = False
        self._is_closed = False
        self._later: asyncio.TimerHandle | None = None

    def add(self, write: Write[R], *, within_s: float = 0.0) -> asyncio.Future[R]:
        """Let a write be made with all that wait; return its end.

        Args:
            within_s: for how many seconds it can wait for others, whose commit is then its own.

        Raises:
            DatabaseClosedError: the thread takes no more work.
        """
        self._writes.append(write)
        if within_s and not self._is_closed:
            if self._later is None:
                self._later = write.told.get_loop().call_later(within_s, self._ask)
            return write.told
        try:
            self._ask()
        except RuntimeError as error:  # it was shut down
            self._writes.remove(write)
            raise DatabaseClosedError from error
        return write.told

    def close(self) -> None:
        """Let what waits for others be made now; nothing waits for others from here on."""
        self._is_closed = True
        self._ask()

    def _ask(self) -> None:
        if self._later is not None:  # all that wait are made now
            self._later.cancel()
            self._later = None
        if self._writes and not self._is_asked:
            self._is_asked = True
            try:
                self._thread.submit(self._make_all)
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
            self._make(group)
            # Once for all of these: each such call wakes the loop.
            group[0].told.get_loop().call_soon_threadsafe(_tell, group)


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
