"""What others than its own steps set on a job: flags, tokens, what a callback named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.models import JobState
from storage.mapping import text_from_time

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database as SqliteDatabase


def set_once(db: SqliteDatabase, job_id: str, column: str, at: datetime) -> None:
    """Set a time that keeps its first value."""
    # The column's name is one of two in `storage.jobs`; every value is a parameter.
    db.execute(
        f"update jobs set {column} = coalesce({column}, ?) where id = ?",  # noqa: S608
        [text_from_time(at), job_id],
    )


def set_token(db: SqliteDatabase, job_id: str, token: str, since: datetime) -> None:
    """Set the token of a later click, while the job has an end to be told."""
    db.execute(
        "update jobs set interaction_token = ?, token_since = ? where id = ? and told_at is null",
        [token, text_from_time(since), job_id],
    )


def set_dismissed(db: SqliteDatabase, job_id: str, at: datetime) -> None:
    """Set when the "thinking" answer was removed; of a told job this is the end of its token."""
    db.execute(
        "update jobs set dismissed_at = coalesce(dismissed_at, ?),"
        " interaction_token = case when told_at is null then interaction_token end where id = ?",
        [text_from_time(at), job_id],
    )


def name_task(db: SqliteDatabase, job_id: str, task_id: str) -> None:
    """Set what a callback named, unless the answer to the submit has told the task meanwhile."""
    db.execute(
        "update jobs set named_task_id = coalesce(named_task_id, ?)"
        " where id = ? and (task_id is null or state = ?)",
        [task_id, job_id, JobState.FAILED],
    )


def drop_named_task(db: SqliteDatabase, job_id: str) -> None:
    """Unset what a callback named."""
    db.execute("update jobs set named_task_id = null where id = ?", [job_id])
