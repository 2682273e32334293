"""Jobs by what a person remembers of them: words, a message, what was made from what."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from storage.mapping import job_from_row, text_from_time
from storage.repository import Repository, fetch, forget, reading, remember, setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database as SqliteDatabase

    from domain.models import Action, Job

logger = logging.getLogger(__name__)

MAX_WORDS: Final = 20
"""Of a search; the rest of a longer one is left out."""

INDEXED_CHARACTERS: Final = 3
"""Words shorter than this are in no trigram, and are looked for in each prompt itself."""

LOOKED_AT: Final = 1_000
"""Prompts of a person or channel that are looked at in one read: about 3 ms."""

NEWEST: Final = 2**63 - 1
"""Above the number of every job."""

INDEXED_TO: Final = "prompts_indexed_to"
"""Key of a setting that exists while stored prompts are indexed: the number of the last one."""

BATCH: Final = 10_000
"""Prompts that are indexed in one transaction: about a second."""

MAX_RELATIVES: Final = 50
"""Of a family, upwards and downwards each; the nearest."""


class JobSearch(Repository):
    """Jobs by what a person remembers of them."""

    async def search(
        self,
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
        where = "user_id = :number and fetched_at is not null and removed_at is null"
        if kind is not None:
            where += " and action = :kind"
        sought = _Sought(_split(words), "person", where, {"number": user_id, "kind": kind})
        return await self._search(sought, offset, limit)

    async def search_shown(self, channel_id: int, words: str = "", *, limit: int) -> list[Job]:
        """Return the jobs whose pictures everybody in a channel can see, newest first.

        Args:
            words: as in `search`.
        """
        where = f"channel_id = :number and {_SHOWN}"
        sought = _Sought(_split(words), "place", where, {"number": channel_id})
        return await self._search(sought, 0, limit)

    async def _search(self, sought: _Sought, offset: int, limit: int) -> list[Job]:
        if not sought.words:
            return await self._database.read(_list_newest, sought, offset, limit)
        wanted, numbers = offset + limit, list[int]()
        before: int | None = NEWEST
        # A short word that is rare takes many reads, and lets those of others come between.
        while before is not None and len(numbers) < wanted:
            found, before = await self._database.read(_find, sought, before, wanted - len(numbers))
            numbers += found
        page = numbers[offset:]
        return await self._database.read(_list_numbered, sought, page) if page else []

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
            " and private = 0 and state = 'delivered' and ended_at <= ? limit 1",
            [job.request.place.channel_id, job.id, text_from_time(job.ended_at)],
        )
        return next(earlier, None) is None


_SHOWN: Final = (
    "state = 'delivered' and problem is null and message_id is not null"
    " and private = 0 and removed_at is null"
)
"""`ui.visibility.has_access` says the same of a job at hand."""


def _split(typed: str) -> list[str]:
    return typed.replace("\x00", " ").split()[:MAX_WORDS]


@dataclass(frozen=True, slots=True)
class _Sought:
    """Words, and the jobs of one person or in one channel that can be found by them.

    Attributes:
        column: of the index of words, that names whose or where.
        where: a condition of constants.
        parameters: its values; `number` is the person's or the channel's.
    """

    words: list[str]
    column: str
    where: str
    parameters: Mapping[str, Any]


# Only constants of this file are put together below; every value is a parameter.


def _list_newest(db: SqliteDatabase, sought: _Sought, offset: int, limit: int) -> list[Job]:
    rows = db.query(
        f"select * from jobs where {sought.where}"  # noqa: S608
        " order by created_at desc limit :limit offset :offset",
        {"limit": limit, "offset": offset, **sought.parameters},
    )
    return [job_from_row(row) for row in rows]


def _list_numbered(db: SqliteDatabase, sought: _Sought, numbers: list[int]) -> list[Job]:
    names = {f"number{at}": number for at, number in enumerate(numbers)}
    rows = db.query(
        "select * from jobs"  # noqa: S608
        f" where interaction_id in ({', '.join(f':{name}' for name in names)})"
        f" and {sought.where} order by interaction_id desc",
        {**names, **sought.parameters},
    )
    return [job_from_row(row) for row in rows]


def _find(
    db: SqliteDatabase, sought: _Sought, before: int, wanted: int
) -> tuple[list[int], int | None]:
    """Return the numbers of some jobs that are sought, newest first.

    The newest prompts of a person or channel are looked at themselves: others make them no more, as
    they do the places of a word in the index. That is read only for those that may be older.

    Args:
        before: the number of a job; only older ones are looked at.
        wanted: no more are returned.

    Returns:
        The numbers, and before which to go on; None where there are no more.
    """
    mark = f'{sought.column} : "{_mark(sought.parameters["number"])}"'
    found, last = _walk(db, sought, mark, before, wanted, LOOKED_AT)
    # Between quotes nothing is an operator of the query language.
    long = [
        '"' + word.replace('"', '""') + '"'
        for word in sought.words
        if len(word) >= INDEXED_CHARACTERS
    ]
    if last is None or len(found) == wanted or not long:
        return found, last
    match = f"{mark} AND text : ({' AND '.join(long)})"
    older, last = _walk(db, sought, match, last, wanted - len(found))
    return found + older, last


def _walk(
    db: SqliteDatabase,
    sought: _Sought,
    match: str,
    before: int,
    wanted: int,
    most: int | None = None,
) -> tuple[list[int], int | None]:
    """Look at prompts, newest first, until so many are found or so many were looked at."""
    # Requests are numbered as they are made.
    sql = (
        f"select prompts.rowid, {sought.where}, prompt from prompts"  # noqa: S608
        " cross join jobs on interaction_id = prompts.rowid"
        " where prompts match :match and prompts.rowid < :before order by prompts.rowid desc"
    )
    folded = [word.casefold() for word in sought.words]
    found: list[int] = []
    parameters = {"match": match, "before": before, **sought.parameters}
    with closing(db.conn.execute(sql, parameters)) as rows:
        for looked, (number, counts, prompt) in enumerate(rows, start=1):
            if counts and all(word in prompt.casefold() for word in folded):
                found.append(number)
            if len(found) == wanted or looked == most:
                return found, number
    return found, None


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
    while after := setting(db, INDEXED_TO):
        [found] = fetch(
            db,
            "select count(*) as prompts, max(id) as last from (select interaction_id as id"
            " from searchable where interaction_id > ? order by interaction_id limit ?)",
            [int(after), batch],
        )
        with db.atomic():
            if not found["prompts"]:
                forget(db, INDEXED_TO)
                return
            db.conn.execute(
                "insert into prompts (rowid, text, person, place) select * from searchable"
                " where interaction_id > ? and interaction_id <= ?",
                [int(after), found["last"]],
            )
            remember(db, INDEXED_TO, str(found["last"]))
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
order by created_at, interaction_id
"""
