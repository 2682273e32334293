"""Jobs by what a person remembers of them, and those that a start goes on with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from domain.models import Image, Job, JobState
from storage.connection import Sought
from storage.images import SETTLED
from storage.repository import Repository, reading, record_from_row, text_from_time, writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.models import Action
    from storage.connection import Connection, Row

logger = logging.getLogger(__name__)

MAX_WORDS: Final = 20
"""Of a search; the rest of a longer one is left out."""

NEWEST: Final = 2**63 - 1
"""Above the number of every job."""

UNUSUAL_S: Final = 600
"""Jobs that took longer waited for something else than Flux; below 0 s a clock was set back."""

RECENT_JOBS: Final = 20
"""How many finished jobs of a model the usual time is taken from."""

MAX_RELATIVES: Final = 50
"""Of a family, upwards and downwards each; the nearest."""


class JobSearch(Repository):
    """Jobs by words, a message, what was made from what, and what is still to be done for them."""

    async def search(
        self, user_id: int, words: str = "", kind: Action | None = None, *, offset: int, limit: int
    ) -> list[Job]:
        """Return a person's jobs whose pictures were made and not removed, newest first.

        Args:
            words: as typed; each of them is somewhere in the prompt, in any order and case.
            kind: only drawings or only edits; None for both.
        """
        where = "user_id = :number and fetched_at is not null and removed_at is null"
        if kind is not None:
            where += " and action = :kind"
        sought = Sought(_split(words), "user_id", where, {"number": user_id, "kind": kind})
        return await self._search(sought, offset, limit)

    async def search_shown(self, channel_id: int, words: str = "", *, limit: int) -> list[Job]:
        """Return the jobs whose pictures everybody in a channel can see, newest first."""
        where = f"channel_id = :number and {_SHOWN}"
        sought = Sought(_split(words), "channel_id", where, {"number": channel_id})
        return await self._search(sought, 0, limit)

    async def _search(self, sought: Sought, offset: int, limit: int) -> list[Job]:
        if not sought.words:
            return await self._database.read(_list_newest, sought, offset, limit)
        wanted, numbers = offset + limit, list[int]()
        before: int | None = NEWEST
        # A short word that is rare takes many reads, and lets those of others come between.
        while before is not None and len(numbers) < wanted:
            missing = wanted - len(numbers)
            found, before = await self._database.read(_find, sought, before, missing)
            numbers += found
        page = numbers[offset:]
        return await self._database.read(_list_numbered, sought, page) if page else []

    @reading
    def list_open(self, db: Connection) -> list[Job]:
        """Return every job that has not ended, or whose end was not told, oldest first.

        A row that cannot be read is logged and left out: it must not keep the others from ending.
        """
        sql = "select * from jobs where told_at is null order by created_at, interaction_id"
        return readable(db.fetch(sql))

    @reading
    def list_undismissed(self, db: Connection) -> list[Job]:
        """Return the ended and told jobs whose "thinking" answer is still to be removed."""
        # In the order of the index of these few; without one SQLite reads all that were told.
        where = "told_at is not null and interaction_token is not null order by created_at"
        return readable(db.fetch(f"select * from jobs where {where}"))  # noqa: S608  # a constant

    @reading
    def list_named(self, db: Connection) -> list[Job]:
        """Return the failed jobs of which a callback has named a task that is not looked at yet."""
        sql = "select * from jobs where named_task_id is not null and state = ?"
        return readable(db.fetch(sql, [JobState.FAILED]))

    @writing
    def name_task(self, db: Connection, job_id: str, task_id: str) -> None:
        """Note the task that a callback named, where none is known; only the first one counts."""
        db.execute(
            "update jobs set named_task_id = coalesce(named_task_id, ?)"
            " where id = ? and (task_id is null or state = ?)",
            [task_id, job_id, JobState.FAILED],
        )

    @writing
    def drop_named_task(self, db: Connection, job_id: str, task_id: str) -> None:
        """Note that what a callback named was no task of the job, so that another one counts."""
        db.execute(
            "update jobs set named_task_id = null where id = ? and named_task_id = ?",
            [job_id, task_id],
        )

    @reading
    def list_uncopied(self, db: Connection, since: datetime) -> list[Job]:
        """Return the jobs that were delivered since then and whose copies are still to be sent."""
        sql = (
            "select * from jobs where dm_copy <> 0 and copied_at is null and ended_at > ?"
            " and state = ? and erased_at is null"
        )
        return readable(db.fetch(sql, [text_from_time(since), JobState.DELIVERED]))

    @writing
    def note_interruption(self, db: Connection) -> None:
        """Note that the bot was down while the jobs in progress were at Flux."""
        db.execute(
            "update jobs set interrupted = 1"
            " where told_at is null and submitted_at is not null and fetched_at is null"
        )

    @reading
    def recent_seconds(self, db: Connection, models: Iterable[str]) -> dict[str, list[float]]:
        """Return how long Flux took for recent jobs of each model, the latest first."""
        query = (
            "select seconds from (select fetched_at,"
            " (julianday(fetched_at) - julianday(submitted_at)) * 86400 as seconds"
            " from jobs where model = ? and fetched_at is not null and interrupted = 0) as taken"
            " where seconds between 0 and ? order by fetched_at desc limit ?"
        )
        recent = {model: db.fetch(query, [model, UNUSUAL_S, RECENT_JOBS]) for model in models}
        return {model: [float(row["seconds"]) for row in rows] for model, rows in recent.items()}

    @reading
    def list_family(self, db: Connection, job_id: str) -> list[Job]:
        """Return the job, what it was made from and what was made from it, oldest first.

        At most the 50 nearest each way; empty where there is no such job. They may be of several
        people and places.
        """
        rows = db.fetch(FAMILY, {"job_id": job_id, "most": MAX_RELATIVES + 1})
        return [record_from_row(Job, row) for row in rows]

    @writing
    def remove_pictures(self, db: Connection, job_id: str, at: datetime) -> list[Image] | None:
        """Take a job out of its requester's history; return its pictures, whose files can go.

        None before the job has ended and its author was told: then nothing is changed.
        """
        settled = db.execute(
            "update jobs set removed_at = coalesce(removed_at, ?)"  # noqa: S608  # a constant
            f" where id = ? and {SETTLED}",
            [text_from_time(at), job_id],
        )
        if not settled:
            return None
        rows = db.fetch("delete from images where job_id = ? returning *", [job_id])
        return [record_from_row(Image, row) for row in rows]

    @reading
    def find_by_message(self, db: Connection, channel_id: int, message_id: int) -> Job | None:
        rows = db.fetch(
            "select * from jobs where message_id = ? and channel_id = ?", [message_id, channel_id]
        )
        return next((record_from_row(Job, row) for row in rows), None)

    @reading
    def is_first_direct(self, db: Connection, job: Job) -> bool:
        """Whether no message in this job's direct messages had a result before its own."""
        earlier = db.fetch(
            "select 1 from jobs where channel_id = ? and id <> ? and reply_to is not null"
            " and private = 0 and state = 'delivered' and ended_at <= ? limit 1",
            [job.request.place.channel_id, job.id, text_from_time(job.ended_at)],
        )
        return not earlier


def readable(rows: Iterable[Row]) -> list[Job]:
    jobs = []
    for row in rows:
        try:
            jobs.append(record_from_row(Job, row))
        except (TypeError, ValueError):
            # A word of a newer Fluxcord, or a hand in the file; the other jobs go on.
            logger.exception("job=%s cannot be read and is left alone", row["id"])
    return jobs


_SHOWN: Final = (
    "state = 'delivered' and problem is null and message_id is not null"
    " and private = 0 and removed_at is null"
)
"""`ui.visibility.has_access` says the same of a job at hand."""


def _split(typed: str) -> list[str]:
    return typed.replace("\x00", " ").split()[:MAX_WORDS]


# Only constants of this file are put together below; every value is a parameter.


def _list_newest(db: Connection, sought: Sought, offset: int, limit: int) -> list[Job]:
    rows = db.fetch(
        f"select * from jobs where {sought.where}"  # noqa: S608
        " order by created_at desc limit :limit offset :offset",
        {"limit": limit, "offset": offset, **sought.parameters},
    )
    return [record_from_row(Job, row) for row in rows]


def _list_numbered(db: Connection, sought: Sought, numbers: list[int]) -> list[Job]:
    names = {f"number{at}": number for at, number in enumerate(numbers)}
    rows = db.fetch(
        "select * from jobs"  # noqa: S608
        f" where interaction_id in ({', '.join(f':{name}' for name in names)})"
        f" and {sought.where} order by interaction_id desc",
        {**names, **sought.parameters},
    )
    return [record_from_row(Job, row) for row in rows]


def _find(db: Connection, sought: Sought, before: int, wanted: int) -> tuple[list[int], int | None]:
    return db.find_prompts(sought, before, wanted)


FAMILY: Final = """
with recursive
  ancestors (id, parent_job_id) as (
    select id, parent_job_id from jobs where id = :job_id
    union
    select jobs.id, jobs.parent_job_id
    from ancestors join jobs on jobs.id = ancestors.parent_job_id
  ),
  descendants (id) as (
    select id from jobs where id = :job_id
    union
    select jobs.id from descendants join jobs on jobs.parent_job_id = descendants.id
  )
select * from jobs
where erased_at is null and id in (
  select id from (select id from ancestors limit :most) as up
  union
  select id from (select id from descendants limit :most) as down
)
order by created_at, interaction_id
"""
