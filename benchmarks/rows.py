"""A year of use in seconds: a database full of requests, as the bot would have stored them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from flux.catalogue import MODELS
from storage.database import Database
from storage.recount import COUNTED_TO

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
"""At a month's end most of it is to be summed."""

YEAR: Final = timedelta(days=365)
"""The requests are spread over it evenly."""

PEOPLE: Final = 2_000
SERVERS: Final = 200

BUSY_PERSON: Final = 0
BUSY_SERVER: Final = 0
"""Ask for most: about one in 45 of all requests, and one in 14."""

STEADY: Final = 200
"""Requests of one more person in a server of their own, the same ones in each database."""

STEADY_PERSON: Final = PEOPLE
STEADY_SERVER: Final = SERVERS

SUBJECTS: Final = (
    "lake lighthouse storm harbour fox lantern meadow train violin castle garden river bridge "
    "forest whale market tiger library island balloon anchor beacon canyon dolphin engine falcon "
    "glacier hammock iceberg jungle kettle ladder mirror needle orchard pebble quilt robot saddle "
    "teapot"
)
LOOKS: Final = (
    "quiet golden misty ancient tiny frozen glowing painted wooden paper velvet broken floating "
    "hidden crooked marble rusty silver stormy sunlit"
)


async def fill(path: Path, rows: int, until: datetime = NOW) -> None:
    """Create a database with this many requests, their words and what was booked for them.

    The schema is the bot's own. Its indexes and the index of words are built once all rows are
    there: row by row takes many times as long. The totals are counted when it is opened, as after
    an upgrade.
    """
    async with Database(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -400000"):
            db.execute(f"pragma {pragma}")
        later = db.execute(
            "select type, name, sql from sqlite_master where sql is not null"
            " and (tbl_name in ('jobs', 'ledger') and type = 'index' or type = 'trigger')"
        ).fetchall()
        for kind, name, _ in later:
            db.execute(f"drop {kind} {name}")
        _insert(db, rows, until)
        db.execute("insert into prompts (prompts) values ('rebuild')")
        for _, _, statement in later:
            db.execute(statement)
        db.execute("insert into settings values (?, '')", [COUNTED_TO])
        db.execute("pragma journal_mode = wal")


def _insert(db: sqlite3.Connection, rows: int, until: datetime) -> None:
    subjects, looks = SUBJECTS.split(), LOOKS.split()
    for table, words in (("subjects", subjects), ("looks", looks), ("models", MODELS)):
        db.execute(f"create temp table {table} (number integer primary key, word text)")
        db.executemany(f"insert into {table} values (?, ?)", enumerate(words))  # noqa: S608
    parameters = {
        "rows": rows,
        "start": int((until - YEAR).timestamp()),
        "step": YEAR.total_seconds() / rows,
        "people": PEOPLE,
        "servers": SERVERS,
        "subjects": len(subjects),
        "looks": len(looks),
        "models": len(MODELS),
        "every": max(rows // STEADY, 1),
        "steady": STEADY,
    }
    db.execute("begin")
    db.execute(_JOBS, parameters)
    db.execute(_LEDGER)
    db.execute("commit")


# A number's draws come from multiplying it by large odd numbers, so that the rows are the same in
# each run. Squared, they let few people and servers ask for much and most for little. The draws of
# the steady person come from the number among their own requests.
_JOBS: Final = """
with recursive
numbers (number) as (select 0 union all select number + 1 from numbers where number + 1 < :rows),
seeds as (
  select number, number % :every = 0 and number / :every < :steady as is_steady,
    iif(number % :every = 0 and number / :every < :steady, number / :every, number) as seed
  from numbers
),
draws as (
  select
    number,
    is_steady,
    seed,
    cast(:start + number * :step as integer) as second,
    (seed * 2654435761 + 97) % 4294967296 / 4294967296.0 as a,
    (seed * 2246822519 + 89) % 4294967296 / 4294967296.0 as b,
    (seed * 3266489917 + 83) % 4294967296 / 4294967296.0 as c,
    (seed * 668265263 + 79) % 4294967296 / 4294967296.0 as d
  from seeds
),
asked as (
  select
    number,
    seed,
    iif(is_steady, :people, cast(:people * a * a as integer)) as person,
    iif(is_steady, :servers, cast(:servers * b * b as integer)) as server,
    cast(iif(is_steady, 2, :looks) * a as integer) as look,
    cast(iif(is_steady, 4, :subjects) * c as integer) as subject,
    cast(:models * b as integer) as model,
    case when d < 0.92 then 'delivered' when d < 0.98 then 'failed' else 'cancelled' end as state,
    1 + cast(4 * c * d as integer) as count,
    strftime('%Y-%m-%dT%H:%M:%S', second, 'unixepoch') || '+00:00' as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', second + 4 + cast(16 * c * c as integer), 'unixepoch')
      || '+00:00' as ended_at
  from draws
)
insert into jobs (
  id, state, created_at, expected_at, submitted_at, fetched_at, ended_at, told_at,
  command, action, prompt, model, size, count, spoiler,
  user_id, user_name, guild_id, guild_name, channel_id, channel_name, delivery,
  interaction_id, application_id, message_id, task_id, locale,
  estimated_microcredits, charged_microcredits
)
select
  printf('%012x', number), state, created_at, ended_at, created_at,
  case state when 'delivered' then ended_at end, ended_at, ended_at,
  case when seed % 5 then 'imagine' else 'edit' end,
  case when seed % 5 then 'generate' else 'edit' end,
  'a ' || (select word from looks where looks.number = look) || ' '
    || (select word from subjects where subjects.number = subject),
  (select word from models where models.number = model),
  '1:1', count, 0,
  person, 'person' || person, server, 'server' || server, server * 10 + seed % 3, 'pictures',
  'message', number, 1, number, 'task-' || number, 'en-US',
  40000 * count, case state when 'delivered' then 40000 * count else 0 end
from asked
"""

_LEDGER: Final = """
insert into ledger (
  job_id, payer, kind, microcredits, pictures, is_estimate, user_id, guild_id,
  requested_at, created_at
)
select id, 'user', 'reserved', estimated_microcredits, count, 1, user_id, guild_id,
  created_at, created_at
from jobs
union all
select id, 'user', iif(state = 'delivered', 'settled', 'given_back'),
  charged_microcredits - estimated_microcredits, iif(state = 'delivered', 0, -count), 0,
  user_id, guild_id, created_at, ended_at
from jobs
"""
