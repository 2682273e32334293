"""Jobs by what a person remembers of them: words, a message, what was made from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.mapping import job_from_row, text_from_time
from storage.repository import Repository, reading

if TYPE_CHECKING:
    from sqlite_utils import Database as SqliteDatabase

    from domain.models import Action, Job

MAX_WORDS: Final = 20
"""Of a search; the rest of a longer one is left out."""

INDEXED_CHARACTERS: Final = 3
"""Words shorter than this are in no trigram, and are looked for in each prompt itself."""

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
        return _search(db, words, where, parameters)

    @reading
    def search_shown(
        self, db: SqliteDatabase, channel_id: int, words: str = "", *, limit: int
    ) -> list[Job]:
        """Return the jobs whose pictures everybody in a channel can see, newest first.

        Args:
            words: as in `search`.
        """
        where = ["channel_id = :channel_id", _SHOWN]
        return _search(db, words, where, {"channel_id": channel_id, "limit": limit, "offset": 0})

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
    db: SqliteDatabase, words: str, where: list[str], parameters: dict[str, object]
) -> list[Job]:
    found = words.replace("\x00", " ").split()[:MAX_WORDS]
    long = [word for word in found if len(word) >= INDEXED_CHARACTERS]
    short = [word for word in found if len(word) < INDEXED_CHARACTERS]
    if long:
        where.append("interaction_id in (select rowid from prompts where prompts match :long)")
        # Between quotes nothing is an operator of the query language.
        parameters["long"] = " ".join('"' + word.replace('"', '""') + '"' for word in long)
    for number, word in enumerate(short):
        where.append(f"instr(lower(prompt), lower(:short{number}))")
        parameters[f"short{number}"] = word
    # Only constants of this file are put together; every value is a parameter.
    rows = db.query(
        f"select * from jobs where {' and '.join(where)}"  # noqa: S608
        " order by created_at desc, rowid desc limit :limit offset :offset",
        parameters,
    )
    return [job_from_row(row) for row in rows]


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
