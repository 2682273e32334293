"""Leases as one process knows them: for which jobs it may still do what others see or pay for."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from storage.jobs import StaleJobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import SimpleNamespace

    import aiohttp

NEEDED: Final = 1 / 6
"""Part of a lease that must be left when a request is sent; its answer may come later."""

READS: Final = frozenset({"GET", "HEAD"})

_CHECK: Final[ContextVar[Callable[[], None] | None]] = ContextVar("lease_check", default=None)


class LeaseLostError(StaleJobError):
    """Another process may have taken the job, so this one does nothing more for it."""


def running_s() -> float:
    """Return seconds that only grow, also while the machine or the process is suspended."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; elsewhere a suspended machine stops it
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Leases:
    """Until when this process has which jobs, never later than the database says."""

    def __init__(self, lease_s: float, *, clock: Callable[[], float] = running_s) -> None:
        self.lease_s = lease_s
        self.now = clock
        self._until: dict[str, float] = {}
        self._working: dict[str, set[asyncio.Task[Any]]] = {}

    @property
    def job_ids(self) -> list[str]:
        """The jobs that this process has."""
        return [*self._until]

    def extend(self, job_id: str, since: float) -> None:
        """Note a lease that the database gave.

        Args:
            since: before it was asked for it.
        """
        self._until[job_id] = since + self.lease_s

    def drop(self, job_id: str) -> None:
        """Renew a job's lease no more; again changes nothing."""
        self._until.pop(job_id, None)

    def lose(self, job_id: str) -> None:
        """Cancel what works on a job that another process has taken."""
        self.drop(job_id)
        for task in self._working.pop(job_id, ()):
            task.cancel()

    def check(self, job_id: str) -> None:
        """Check that enough of a lease is left to send a request.

        Raises:
            LeaseLostError: it is not.
        """
        if self._until.get(job_id, 0.0) - self.now() < NEEDED * self.lease_s:
            raise LeaseLostError(f"{job_id}: its lease has ended")

    @contextmanager
    def about(self, job_id: str) -> Iterator[None]:
        """Let the block, and the tasks that it starts, send nothing without a job's lease.

        Raises:
            LeaseLostError: the lease was lost, which has cancelled the block.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        working = self._working.setdefault(job_id, set())
        is_first = task not in working
        working.add(task)
        try:
            with _checking(partial(self.check, job_id)):
                yield
        except asyncio.CancelledError as error:
            is_lost = self._working.get(job_id) is not working
            if is_lost and is_first and not task.uncancel():
                raise LeaseLostError(f"{job_id}: another process has taken it") from error
            raise
        finally:
            if is_first:
                working.discard(task)
                if not working and self._working.get(job_id) is working:
                    del self._working[job_id]


@contextmanager
def _checking(check: Callable[[], None] | None) -> Iterator[None]:
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


unleased: Final = partial(_checking, None)
"""Lets the block, and the tasks that it starts, send what does no harm twice without a lease."""


def check_lease() -> None:
    """Check the lease of the job that the block is about, if it is about one.

    Raises:
        LeaseLostError: too little of it is left.
    """
    check = _CHECK.get()
    if check is not None:
        check()


def check_leases(trace: aiohttp.TraceConfig) -> None:
    """Check the job's lease whenever a request that is no question is about to be sent.

    That is once its connection is there, after every wait for Discord's limits.
    """

    async def began(_session: object, context: SimpleNamespace, about: Any) -> None:  # noqa: ANN401  # aiohttp's
        context.needs_lease = about.method not in READS

    async def connected(_session: object, context: SimpleNamespace, _about: object) -> None:
        if context.needs_lease:
            check_lease()

    trace.on_request_start.append(began)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
