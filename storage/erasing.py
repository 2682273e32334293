"""What a person said and who they are, taken out of every table; what it cost stays."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.limits import AccessRule, LimitRule, Who
from storage.connection import Lock, LockScope
from storage.drafts import DRAFT_LIFE
from storage.images import SETTLED
from storage.recount import trim
from storage.repository import Repository, holding, reading, text_from_time, writing
from storage.settings import NOBODY, PERSON_KEY, forget, make_pseudonym, remember, setting
from storage.styles import StyleOwner
from storage.totals import count_change, counted_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from storage.connection import Connection


LONGEST_PAUSE: Final = timedelta(days=1)
"""Between two requests of one person, as far as it can be set."""


NUMBER_BITS: Final = 62
"""Of the number that takes the place of an interaction's id, which is never negative."""

ERASING: Final = Lock(LockScope.ALL, 1)
"""What a process takes out of the totals, or gives a pseudonym, no other one does meanwhile."""

UNTIDY: Final = "erased_words_left"
"""Key of a setting that stands while the full-text index or the log may hold what was erased; its
value changes with each erasure."""


class ErasureRepository(Repository):
    """Forgets people and words.

    A job keeps its row, since the books refer to it: what it cost, when, where and with which
    model. One that has not ended, or whose author was not told, is never changed here.
    """

    @holding(ERASING)
    def ask(self, db: Connection, user_id: int, at: datetime) -> None:
        """Delete what is a person's alone, and mark every job of theirs to be erased.

        Blocks, and rules about the person, which outlive it, are kept under a pseudonym.
        """
        _mark_untidy(db)
        for statement in _OWN_ROWS:
            db.execute(statement, {"user_id": user_id, "nobody": NOBODY})
        for table, (column, key, where) in NAMING.items():
            if db.count(table, f"{column} = ? and {where}", [user_id]):
                names = {"before": user_id, "after": make_pseudonym(db, user_id)}
                rename(db, table, column, key, where, names)
        db.execute(
            "update jobs set erase_asked_at = coalesce(erase_asked_at, ?),"
            " removed_at = coalesce(removed_at, ?) where user_id = ?",
            [text_from_time(at), text_from_time(at), user_id],
        )

    @reading
    def count_left(self, db: Connection, user_id: int | None = None) -> int:
        """Return how many jobs are marked and not erased: a person's, or all."""
        theirs = "" if user_id is None else " and user_id = :user_id"
        return db.count("jobs", f"erase_asked_at is not null{theirs}", {"user_id": user_id})

    @reading
    def list_unfinished(self, db: Connection, user_id: int) -> list[str]:
        """Return the marked jobs of a person that have not ended, or whose end was not told."""
        rows = db.fetch(
            "select id from jobs where user_id = ? and erase_asked_at is not null"  # noqa: S608
            f" and not ({SETTLED}) order by created_at",
            [user_id],
        )
        return [row["id"] for row in rows]

    @reading
    def list_marked(self, db: Connection, limit: int) -> list[str]:
        """Return settled jobs that are marked and not erased, the first marked first."""
        rows = db.fetch(
            "select id from jobs where erase_asked_at is not null"  # noqa: S608  # a constant
            f" and {SETTLED} order by erase_asked_at limit ?",
            [limit],
        )
        return [row["id"] for row in rows]

    @reading
    def list_expired(self, db: Connection, now: datetime, usual_days: int, limit: int) -> list[str]:
        """Return settled jobs whose words and pictures were kept for as long as they may be.

        Args:
            usual_days: how long, where a server chose nothing and in direct messages; 0 is for
                ever.
        """
        chosen = db.fetch("select * from guild_settings where key = 'retention_days'")
        ages = [
            {"guild_id": row["guild_id"], "days": int(row["value"])}
            for row in chosen
            if row["value"].isdecimal()
        ]
        if not usual_days and not any(age["days"] for age in ages):
            return []
        rows = db.fetch(
            _EXPIRED,
            {
                "ages": json.dumps(ages),
                "usual_days": usual_days,
                "now": text_from_time(now),
                "limit": limit,
            },
        )
        return [row["id"] for row in rows]

    @holding(ERASING)
    def erase(self, db: Connection, job_ids: Collection[str], now: datetime) -> int:
        """Take the words out of settled jobs and, of those that are marked, the person.

        Of the current month a pseudonym is kept, which budgets are counted by. Files of
        pictures are to be gone before; their rows go here. Returns how many jobs were changed.
        """
        rows = db.fetch(
            "select id, user_id, created_at, erase_asked_at is not null as is_marked"  # noqa: S608
            f" from jobs where id in (select value from json_each(?)) and {SETTLED}",
            [json.dumps([*job_ids])],
        )
        if rows:
            _mark_untidy(db)
        since = text_from_time(current_since(now))
        for job in rows:
            number = -1 - secrets.randbits(NUMBER_BITS)
            names = {"job_id": job["id"], "now": text_from_time(now), "number": number}
            db.execute(_FORGET_WORDS, names)
            db.execute("delete from images where job_id = ?", [job["id"]])
            db.execute(_FORGET_SOURCE, [job["id"]])
            if job["is_marked"] and job["user_id"] > 0:
                is_current = job["created_at"] >= since
                alias = make_pseudonym(db, job["user_id"]) if is_current else NOBODY
                _forget_person(db, job["id"], alias, _FORGET_PERSON)
        return len(rows)

    @holding(ERASING)
    def lapse(self, db: Connection, now: datetime) -> None:
        """Drop what is of no use any more: old drafts, ended blocks, pseudonyms of past months."""
        db.execute("delete from blocks where until < ?", [text_from_time(now)])
        db.execute("delete from drafts where created_at < ?", [text_from_time(now - DRAFT_LIFE)])
        since = text_from_time(current_since(now))
        # In the order of the index of people; without one SQLite reads all requests before.
        past = db.fetch(
            "select id from jobs where user_id < 0 and created_at < ? order by user_id", [since]
        )
        for job in past:
            _forget_person(db, job["id"], NOBODY, _NAME_ANOTHER)
        named = {table: column for table, (column, *_) in NAMING.items()} | {"jobs": "user_id"}
        if not any(db.count(table, f"{column} < 0") for table, column in named.items()):
            forget(db, PERSON_KEY)

    @writing
    def trim_totals(self, db: Connection, now: datetime) -> bool:
        """Remove some totals that no report can be about; return whether there may be more."""
        return trim(db, now)

    @writing
    def merge_words(self, db: Connection, pages: int, *, is_first: bool) -> bool:
        return db.merge_words(pages, is_first=is_first)

    @reading
    def untidy(self, db: Connection) -> str | None:
        """Return a mark of what was erased and may still be in the full-text index or the log."""
        return setting(db, UNTIDY)

    @writing
    def mark_tidy(self, db: Connection, mark: str) -> None:
        db.execute("delete from settings where key = ? and value = ?", [UNTIDY, mark])

    async def checkpoint(self) -> bool:
        return await self._database.checkpoint()


NAMING: Final = {
    "blocks": ("user_id", ("guild_id", "user_id"), "true"),
    "limits": ("target_id", LimitRule.KEY, f"who = '{Who.USER}'"),
    "access_rules": ("target_id", AccessRule.KEY, f"who = '{Who.USER}'"),
}
"""What servers set about people: the column that names one, the key, a condition."""

_OWN_ROWS: Final = (
    "delete from drafts where user_id = :user_id",
    "delete from user_settings where user_id = :user_id",
    f"delete from styles where owner = '{StyleOwner.USER}' and owner_id = :user_id",  # noqa: S608
    "update styles set saved_by = :nobody where saved_by = :user_id",
    "update word_rules set added_by = :nobody where added_by = :user_id",
    "update jobs set avatar_of = null where avatar_of = :user_id",
    "update blocks set blocked_by = :nobody where blocked_by = :user_id",
    "update limits set set_by = :nobody where set_by = :user_id",
    "update access_rules set set_by = :nobody where set_by = :user_id",
    "update rule_changes set changed_by = :nobody where changed_by = :user_id",
    "update rule_changes set target_id = :nobody where who = 'user' and target_id = :user_id",
)


# Each server by itself, so that the index leads to its oldest words; the last one is none at all.
_EXPIRED: Final = f"""
with recursive
  ages (of_guild, days) as (
    select json_extract(value, '$.guild_id'), json_extract(value, '$.days') from json_each(:ages)
  ),
  guilds (of_guild) as (
    select min(guild_id) from jobs where erased_at is null
    union all
    select (select min(guild_id) from jobs where erased_at is null and guild_id > of_guild)
    from guilds where of_guild is not null
  ),
  kept (of_guild, days) as (
    select of_guild, coalesce(days, :usual_days) from guilds left join ages using (of_guild)
  )
select id from kept cross join jobs on guild_id is of_guild
where days > 0 and erased_at is null
  and created_at < strftime('%Y-%m-%dT%H:%M:%S', :now, '-' || days || ' days')
  and {SETTLED}
limit :limit
"""  # noqa: S608  # a constant


def _mark_untidy(db: Connection) -> None:
    remember(db, UNTIDY, secrets.token_hex(8))


# The id of what made the request is unique, and numbers the words of the full-text index.
_FORGET_WORDS: Final = """
update jobs set
  prompt = '', source_url = null, more_source_urls = null, avatar_of = null,
  source_channel_id = null, source_message_id = null, parent_job_id = null, parent_position = null,
  retry_of = null, reply_to = null, interaction_id = :number, interaction_token = null,
  token_since = null, callback_token = null, nonce = null, message_id = null, task_id = null,
  named_task_id = null, trace_id = null, removed_at = coalesce(removed_at, :now),
  erased_at = coalesce(erased_at, :now), revision = revision + 1
where id = :job_id
"""

_FORGET_SOURCE: Final = """
update jobs set
  parent_job_id = null, parent_position = null, source_channel_id = null, source_message_id = null
where parent_job_id = ? and told_at is not null
"""
"""Of what others made from it: where it was. One in progress still needs its source."""


def forget_source(db: Connection, job_id: str) -> None:
    """Take out of the jobs whose authors were told where their source, an erased job, was."""
    _mark_untidy(db)
    db.execute(_FORGET_SOURCE, [job_id])


_NAME_ANOTHER: Final = (
    "update jobs set user_id = :alias where id = :job_id",
    "update ledger set user_id = :alias where job_id = :job_id",
)

_FORGET_PERSON: Final = (
    """
    update jobs set user_name = '', channel_id = 0, channel_name = null, locale = null,
      erase_asked_at = null where id = :job_id
    """,
    *_NAME_ANOTHER,
)


def _forget_person(db: Connection, job_id: str, alias: int, statements: Sequence[str]) -> None:
    before = counted_of(db, job_id)
    for statement in statements:
        db.execute(statement, {"job_id": job_id, "alias": alias})
    count_change(db, before, counted_of(db, job_id))


def current_since(now: datetime) -> datetime:
    """Return since when a person's spending and requests still count for them."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return month - LONGEST_PAUSE


def rename(
    db: Connection,
    table: str,
    column: str,
    key: Collection[str],
    where: str,
    given: Mapping[str, object],
) -> None:
    """Change a column of a key from `:before` to `:after`; rows that have that already go."""
    same = " and ".join(f"other.{each} = {table}.{each}" for each in key if each != column)
    # Names of tables and columns are constants of this package.
    db.execute(
        f"delete from {table} where {column} = :after and exists ("  # noqa: S608
        f"select 1 from {table} as other where other.{column} = :before and {same}) and {where}",
        given,
    )
    db.execute(
        f"update {table} set {column} = :after where {column} = :before and {where}",  # noqa: S608
        given,
    )
