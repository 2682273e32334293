"""The job of the running code, for its log lines."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_CURRENT: Final[ContextVar[str | None]] = ContextVar("current_job", default=None)


def current_job() -> str | None:
    """Return the id of the job that this task is about, None where it is about none."""
    return _CURRENT.get()


def mark(job_id: str) -> None:
    """Make this task, and those that it starts from now on, be about a job."""
    _CURRENT.set(job_id)


@contextmanager
def about(job_id: str) -> Iterator[None]:
    """Make the block, and the tasks that it starts, be about a job."""
    token = _CURRENT.set(job_id)
    try:
        yield
    finally:
        _CURRENT.reset(token)
