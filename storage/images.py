"""The table `images` as a whole: which files it knows, and which of them may go."""

from __future__ import annotations

import json
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from domain.models import FINAL, Image, ImageKind, JobState
from storage.repository import Repository, reading, record_from_row, writing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.connection import Connection


SETTLED: Final = (
    "ended_at is not null and told_at is not null and state in "
    f"({', '.join(repr(str(state)) for state in sorted(FINAL))})"
)
"""Of jobs that have ended and whose author was told: nothing will ask for their pictures again."""


class ImageRepository(Repository):
    """Stored pictures by the names of their files.

    A job is settled when it has ended and its author was told. Pictures of other jobs are never
    listed here to be removed, and never forgotten.
    """

    @reading
    def list_files(self, db: Connection) -> set[str]:
        return {row["file_name"] for row in db.fetch("select file_name from images")}

    @reading
    def list_sources(self, db: Connection) -> list[str]:
        """Return the files that settled jobs edited, the first job to end first."""
        return _list_settled(db, "kind = ?", ImageKind.SOURCE)

    @reading
    def list_free_sources(self, db: Connection, user_id: int, kept_bytes: int) -> list[str]:
        """Return the files that settled jobs of a person edited which delivered nothing.

        Args:
            kept_bytes: how much of them is left out, the last job to end first.
        """
        rows = db.fetch(
            "select file_name from (select file_name, sum(bytes) over"  # noqa: S608  # a constant
            " (order by ended_at desc, job_id, position) as held"
            " from images join jobs on jobs.id = job_id"
            f" where user_id = ? and kind = ? and state != ? and {SETTLED}) as kept where held > ?",
            [user_id, ImageKind.SOURCE, JobState.DELIVERED, kept_bytes],
        )
        return [*map(itemgetter("file_name"), rows)]

    @reading
    def list_delivered(self, db: Connection) -> list[str]:
        """Return the files of settled jobs that were delivered, the first to be so first."""
        return _list_settled(db, "state = ?", JobState.DELIVERED)

    @reading
    def list_ended_before(self, db: Connection, time: datetime) -> list[str]:
        """Return the files of settled jobs that ended before this time, the oldest end first."""
        return _list_settled(db, "ended_at < ?", time.isoformat())

    @reading
    def settled(self, db: Connection, job_ids: Collection[str]) -> dict[str, bool]:
        """Return whether each of these jobs is settled; ids of no job are left out."""
        rows = db.fetch(
            f"select id, {SETTLED} as settled from jobs"  # noqa: S608  # a constant
            " where id in (select value from json_each(?))",
            [json.dumps([*job_ids])],
        )
        return {row["id"]: bool(row["settled"]) for row in rows}

    @writing
    def forget(self, db: Connection, file_names: Collection[str]) -> list[str]:
        """Delete the rows of these files; return the names of those that are free to go.

        A file whose job was taken up again since it was listed keeps its row.
        """
        rows = db.fetch(
            "delete from images where file_name in (select value from json_each(?))"  # noqa: S608  # a constant
            f" and job_id in (select id from jobs where {SETTLED}) returning file_name",
            [json.dumps([*file_names])],
        )
        return [row["file_name"] for row in rows]


def _list_settled(db: Connection, where: str, value: str) -> list[str]:
    rows = db.fetch(
        "select file_name from images join jobs on jobs.id = job_id"  # noqa: S608  # constants
        f" where {where} and {SETTLED} order by ended_at, job_id, kind, position",
        [value],
    )
    return [row["file_name"] for row in rows]


def select_images(db: Connection, job_id: str, kind: ImageKind) -> list[Image]:
    rows = db.fetch(
        "select * from images where job_id = ? and kind = ? order by position", [job_id, kind]
    )
    return [*map(record_from_row, repeat(Image), rows)]
