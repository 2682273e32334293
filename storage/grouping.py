"""Writes that wait for the disk at the same time: one commit for all, and to each its own end."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database as SqliteDatabase

R = TypeVar("R")


class Write(Generic[R]):
    """A change that waits for its turn.

    Attributes:
        outcome: what the change returned or raised, None before it was tried. It is true only
            after the commit.
    """

    def __init__(self, change: Callable[[SqliteDatabase], R]) -> None:
        self._change = change
        self._beginning = Future[None]()
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
        try:
            with db.atomic():
                outcome.set_result(self._change(db))
        except BaseException as error:
            # Whatever it is belongs to this write's caller, and not to the others of the group.
            # Some errors, such as of the disk, undo what others wrote in this transaction too.
            if not db.conn.in_transaction:
                raise
            self.fail(error)
        else:
            self.outcome = outcome

    def _begin(self) -> bool:
        if self._beginning.running():  # an attempt with others came before
            return True
        return not self._beginning.cancelled() and self._beginning.set_running_or_notify_cancel()

    def fail(self, error: BaseException) -> None:
        """Note why the change could not be made or kept."""
        self.outcome = Future()
        self.outcome.set_exception(error)


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
