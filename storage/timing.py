"""How long Flux took for the jobs of a model."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase

UNUSUAL_S: Final = 600
"""Jobs that took longer waited for something else than Flux; below 0 s a clock was set back."""

RECENT_JOBS: Final = 20
"""How many finished jobs of a model the usual time is taken from."""


def select_usual_seconds(db: SqliteDatabase, model: str) -> float | None:
    """Return the median time of recent jobs of this model in seconds, None without any."""
    rows = db.query(
        "select (julianday(fetched_at) - julianday(submitted_at)) * 86400 as seconds from jobs"
        " where model = ? and fetched_at is not null and seconds between 0 and ?"
        " and not interrupted"
        " order by fetched_at desc limit ?",
        [model, UNUSUAL_S, RECENT_JOBS],
    )
    seconds = [row["seconds"] for row in rows]
    return median(seconds) if seconds else None


def note_interruption(db: SqliteDatabase) -> None:
    """Leave what is at Flux now out of all usual times: nobody looked while the bot was down."""
    db.execute(
        "update jobs set interrupted = 1"
        " where told_at is null and submitted_at is not null and fetched_at is null"
    )
