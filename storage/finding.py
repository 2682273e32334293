"""Jobs by what a person remembers of them: words, a message, what was made from what."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from storage.mapping import job_from_row, text_from_time
from storage.repository import Repository, reading
from storage.statements import fetch, insert

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase

    from domain.models import Action, Job

logger = logging.getLogger(__name__)

MAX_WORDS: Final = 20
"""Of a search; the rest of a longer one is left out."""

INDEXED_CHARACTERS: Final = 3
"""Words shorter than this are in no trigram, and are looked for in each prompt itself."""

INDEXED_TO: Final = "prompts_indexed_to"
"""Key of a setting that exists while stored prompts are indexed: the number of the last one."""

BATCH: Final = 10_000
"""Prompts that are indexed in one transaction: about a second."""

MAX_RELATIVES: Final = 50
"""Of a family, upwards and downwards each; the nearest."""


class JobSearch(Repository):
    """Jobs by what a person remembers of them."""

    @reading
    def search(
        self,
        db: SqliteDatabase,
        user_id: int,
        words: str = "",
        kind: Action | None = None,
        *,
        offset: int,
        limit: int,
    ) -> list[Job]:
        """Return a person's jobs whose pictures were made and not removed, newest first.

        Args:
            words: as typed; each of them is somewhere in the prompt, in any order and case.
            kind: only drawings or only edits; None for both.
        """
        where = ["user_id = :user_id", "fetched_at is not null", "removed_at is null"]
        parameters: dict[str, object] = {"user_id": user_id, "limit": limit, "offset": offset}
        if kind is not None:
            where.append("action = :kind")
            parameters["kind"] = kind
        return _search(db, words, ("person", user_id), where, parameters)

    @reading
    def search_shown(
        self, db: SqliteDatabase, channel_id: int, words: str = "", *, limit: int
    ) -> list[Job]:
        """Return the jobs whose pictures everybody in a channel can see, newest first.

        Args:
            words: as in `search`.
        """
        where = ["channel_id = :channel_id", _SHOWN]
        parameters: dict[str, object] = {"channel_id": channel_id, "limit": limit, "offset": 0}
        return _search(db, words, ("place", channel_id), where, parameters)

    @reading
    def list_family(self, db: SqliteDatabase, job_id: str) -> list[Job]:
        """Return the job, what it was made from and what was made from it, oldest first.

        At most the 50 nearest each way; empty where there is no such job. They may be of several
        people and places.
        """
        rows = db.query(FAMILY, {"job_id": job_id, "most": MAX_RELATIVES + 1})
        return [job_from_row(row) for row in rows]

    @reading
    def find_by_message(self, db: SqliteDatabase, channel_id: int, message_id: int) -> Job | None:
        """Return the job whose own message this is, or None."""
        rows = db.query(
            "select * from jobs where message_id = ? and channel_id = ?", [message_id, channel_id]
        )
        return next(map(job_from_row, rows), None)

    @reading
    def is_first_direct(self, db: SqliteDatabase, job: Job) -> bool:
        """Whether no message in this job's direct messages had a result before its own."""
        earlier = db.query(
            "select 1 from jobs where channel_id = ? and id <> ? and reply_to is not null"
            " and not private and state = 'delivered' and ended_at <= ? limit 1",
            [job.request.place.channel_id, job.id, text_from_time(job.ended_at)],
        )
        return next(earlier, None) is None


_SHOWN: Final = (
    "state = 'delivered' and problem is null and message_id is not null"
    " and not private and removed_at is null"
)
"""`ui.places.sees` says the same of a job at hand."""


def _search(
    db: SqliteDatabase,
    words: str,
    narrow: tuple[str, int],
    where: list[str],
    parameters: dict[str, object],
) -> list[Job]:
    """Return the jobs of one person or channel, newest first.

    Args:
        narrow: the column of the index that names whose or where, and the number.
    """
    found = words.replace("\x00", " ").split()[:MAX_WORDS]
    long = [word for word in found if len(word) >= INDEXED_CHARACTERS]
    short = [word for word in found if len(word) < INDEXED_CHARACTERS]
    source, order = "jobs", "created_at desc, jobs.rowid"
    if long:
        # Requests are numbered as they are made. The index is read from the newest on, and only as
        # far as the page goes.
        source, order = "prompts cross join jobs on interaction_id = prompts.rowid", "prompts.rowid"
        where.append("prompts match :words")
        column, number = narrow
        # Between quotes nothing is an operator of the query language.
        quoted = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
        parameters["words"] = f'{column} : "{_mark(number)}" AND text : ({quoted})'
    for number, word in enumerate(short):
        where.append(f"instr(lower(prompt), lower(:short{number}))")
        parameters[f"short{number}"] = word
    # Only constants of this file are put together; every value is a parameter.
    rows = db.query(
        f"select jobs.* from {source} where {' and '.join(where)}"  # noqa: S608
        f" order by {order} desc limit :limit offset :offset",
        parameters,
    )
    return [job_from_row(row) for row in rows]


def _mark(number: int) -> str:
    """Return the three characters that stand for a person or a channel in the index."""
    return "".join(chr(0xF0000 + (number >> shift & 0x7FFF)) for shift in (0, 15, 30))


def index_stored(db: SqliteDatabase, *, batch: int = BATCH) -> None:
    """Index the prompts that an earlier version stored, and go on where a kill has stopped it.

    Nothing else may write meanwhile. It takes about half a minute for a million requests.

    Args:
        batch: prompts that are indexed in one transaction.
    """
    indexed = 0
    while marks := fetch(db, "select value from settings where key = ?", [INDEXED_TO]):
        after = int(marks[0]["value"])
        [found] = fetch(
            db,
            "select count(*) as prompts, max(id) as last from (select interaction_id as id"
            " from searchable where interaction_id > ? order by interaction_id limit ?)",
            [after, batch],
        )
        with db.atomic():
            if not found["prompts"]:
                db.conn.execute("delete from settings where key = ?", [INDEXED_TO])
                return
            db.conn.execute(
                "insert into prompts (rowid, text, person, place) select * from searchable"
                " where interaction_id > ? and interaction_id <= ?",
                [after, found["last"]],
            )
            mark = {"key": INDEXED_TO, "value": str(found["last"])}
            insert(db, "settings", mark, verb="replace")
        indexed += found["prompts"]
        logger.info("prompts indexed for the search: %d", indexed)


FAMILY: Final = """
with recursive
  ancestors (id, parent_job_id) as (
    select id, parent_job_id from jobs where id = :job_id
    union
    select jobs.id, jobs.parent_job_id
    from ancestors join jobs on jobs.id = ancestors.parent_job_id
    limit :most
  ),
  descendants (id) as (
    select id from jobs where id = :job_id
    union
    select jobs.id from descendants join jobs on jobs.parent_job_id = descendants.id
    limit :most
  )
select * from jobs
where id in (select id from ancestors union select id from descendants) and erased_at is null
order by created_at, rowid
"""
