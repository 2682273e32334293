"""Writes that wait for the disk at the same time: one commit for all, and to each its own end."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from sqlite_utils import Database as SqliteDatabase

R = TypeVar("R")


class Write(Generic[R]):
    """A change that waits for its turn; made on the event loop of whoever waits for it.

    Attributes:
        told: its end, as its caller sees it, on that loop.
        outcome: what the change returned or raised, None before it was tried. It is true only
            after the commit.
    """

    def __init__(self, change: Callable[[SqliteDatabase], R]) -> None:
        self._change = change
        self._beginning = Future[None]()
        self.told: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.outcome: Future[R] | None = None

    def withdraw(self) -> bool:
        """Take the change back, so that it is never made; False once it was begun.

        Whoever waits for it and the thread that makes it may both be at it: one of them is first.
        """
        return self._beginning.cancel()

    def attempt(self, db: SqliteDatabase) -> None:
        """Make the change within the open transaction; of one that fails nothing stays.

        Raises:
            BaseException: what the change raised, where it ended the whole transaction.
        """
        if not self._begin():
            self.fail(CancelledError())  # nobody waits for it any more
            return
        outcome = Future[R]()
        # Not `db.atomic`, whose names are random: SQLite prepares these once for all writes.
        db.conn.execute("SAVEPOINT one_write")
        try:
            outcome.set_result(self._change(db))
        except BaseException as error:
            # Whatever it is belongs to this write's caller, and not to the others of the group.
            # Some errors, such as of the disk, undo what others wrote in this transaction too.
            if not db.conn.in_transaction:
                raise
            db.conn.execute("ROLLBACK TO one_write")
            self.fail(error)
        else:
            self.outcome = outcome
        db.conn.execute("RELEASE one_write")

    def _begin(self) -> bool:
        if self._beginning.running():  # an attempt with others came before
            return True
        return not self._beginning.cancelled() and self._beginning.set_running_or_notify_cancel()

    def fail(self, error: BaseException) -> None:
        """Note why the change could not be made or kept."""
        self.outcome = Future()
        self.outcome.set_exception(error)

    def tell(self) -> None:
        """Let the caller have the outcome; on the event loop."""
        if self.outcome is None or self.told.done():  # nobody waits for it any more
            return
        error = self.outcome.exception()
        if error is None:
            self.told.set_result(self.outcome.result())
        else:
            self.told.set_exception(error)


class Waiting:
    """Writes that wait for one thread, which makes all of them at once.

    Args:
        make: makes them on the thread, so that each has its outcome.
    """

    def __init__(
        self, thread: ThreadPoolExecutor, make: Callable[[Sequence[Write[Any]]], None]
    ) -> None:
        self._thread = thread
        self._make = make
        self._writes: deque[Write[Any]] = deque()
        self._is_asked = False

    def add(self, write: Write[Any]) -> None:
        """Let a write be made with all that wait.

        Raises:
            RuntimeError: the thread takes no more work.
        """
        self._writes.append(write)
        if not self._is_asked:
            self._is_asked = True
            try:
                self._thread.submit(self._make_all)
            except RuntimeError:
                self._writes.remove(write)
                self._is_asked = False
                raise

    def _make_all(self) -> None:
        # First: what is added from here on, and is not among these, asks once more.
        self._is_asked = False
        group = [self._writes.popleft() for _ in range(len(self._writes))]
        if group:
            self._make(group)
            # Once for all of them: each such call wakes the loop.
            group[0].told.get_loop().call_soon_threadsafe(_tell, group)


def _tell(group: Sequence[Write[Any]]) -> None:
    for write in group:
        write.tell()


def commit_together(group: Sequence[Write[Any]], begin: Callable[[], SqliteDatabase]) -> None:
    """Make the changes in order and commit them at once; each of them has its outcome then.

    What cannot be committed together is made again, each change in a transaction of its own.

    Args:
        begin: begins a transaction and returns where, or raises why that is not possible now.
    """
    try:
        db = begin()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the outcome of each
        for write in group:
            write.fail(error)
        return
    try:
        for write in group:
            write.attempt(db)
        db.commit()
    except BaseException as error:  # noqa: BLE001  # a half-done change must not stay open
        db.rollback()
        if len(group) == 1:
            group[0].fail(error)
            return
        for write in group:
            commit_together([write], begin)
