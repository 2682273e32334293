"""The table `totals` as a whole: counting what an earlier version stored, trimming, comparing."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from clock import Clock
from storage.settings import forget, remember, setting
from storage.totals import (
    ADDING,
    AMOUNTS,
    COUNTED_BETWEEN,
    INTO,
    KEYS,
    KINDS,
    RowKind,
    Unit,
    key_columns,
)

if TYPE_CHECKING:
    from storage.connection import Connection

logger = logging.getLogger(__name__)

COUNTED_TO: Final = "totals_counted_to"
"""Key of a setting that exists while stored requests are counted: the time of the last one."""

BATCH: Final = 50_000
"""Requests that are counted in one transaction: about a second."""

TRIMMED: Final = 5_000
"""Rows that are removed in one transaction."""

DETAIL: Final = timedelta(days=7)
"""Before a month begins: its first week began at most so long before."""


def oldest_reported(now: datetime, unit: Unit) -> str:
    """Return the first hour or day that a report can still be about."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=1) if unit is Unit.HOUR else midnight.replace(day=1) - DETAIL
    return first.isoformat()[:10]


def count_stored(db: Connection, *, batch: int = BATCH) -> None:
    """Count the requests that an earlier version stored, and go on where a kill has stopped it.

    Nothing else may write meanwhile. A million requests take about 20 seconds of CPU.
    """
    after = setting(db, COUNTED_TO)
    if after is None:
        return
    [stored] = db.fetch("select count(*) as jobs, max(created_at) as newest from jobs")
    [left] = db.fetch("select count(*) as jobs from jobs where created_at > ?", [after])
    number = stored["jobs"] - left["jobs"]
    logger.info("counting stored requests for budgets and reports; stopping only delays it")
    while after < (stored["newest"] or ""):
        with db.transaction():
            after, counted = _count_batch(db, after, stored["newest"], batch)
        number += counted
        logger.info("requests counted: %d of %d", number, stored["jobs"])
    with db.transaction():
        forget(db, COUNTED_TO)


def is_counting(db: Connection) -> bool:
    return setting(db, COUNTED_TO) is not None


def _count_batch(db: Connection, after: str, newest: str, size: int) -> tuple[str, int]:
    """Count some requests; return the time of the last of them, and how many they were."""
    rows = db.fetch(
        "select created_at from jobs where created_at > ? order by created_at limit 1 offset ?",
        [after, size - 1],
    )
    to = rows[0]["created_at"] if rows else newest
    db.execute(f"create temp table batch as {COUNTED_BETWEEN}", {"after": after, "to": to})
    [batch] = db.fetch("select count(*) as jobs from temp.batch")
    # By whichever clock is behind: rows too many are removed later.
    now = min(Clock().now(), datetime.fromisoformat(newest))
    for kind in KINDS:
        since = "" if kind.is_kept else oldest_reported(now, kind.unit)
        db.execute(_batch_sql(kind), {"since": since})
    db.execute("drop table temp.batch")
    remember(db, COUNTED_TO, to)
    return to, batch["jobs"]


def _batch_sql(kind: RowKind) -> str:
    """Return the statement that adds a batch of requests to the rows of one kind."""
    columns = key_columns(kind)
    keys = ", ".join(f"{value} as of_{name}" for name, value in columns.items())
    by = ", ".join(f"of_{name}" for name in ("guild_id", "user_id", "since", "name"))
    sums = ", ".join(
        f"sum({name}) as {name}" if name in kind.amounts else f"0 as {name}" for name in AMOUNTS
    )
    where = "guild_id is not null" if kind.is_of_server else "true"
    of_batch = f"from temp.batch where {where} and created_at >= :since group by {by}"
    if not kind.has_seconds:
        return f"{INTO} select {keys}, {sums}, '{{}}' {of_batch} {ADDING}"
    return (
        f"{INTO} select {', '.join(f'of_{name}' for name in KEYS)}, {sums},"  # noqa: S608
        " json_group_object(cast(bucket as text), delivered) filter (where bucket is not null)"
        f" from (select {keys}, seconds as bucket, {sums} {of_batch}, bucket) as buckets"
        f" group by {', '.join(f'of_{name}' for name in KEYS)} {ADDING}"
    )


def trim(db: Connection, now: datetime) -> bool:
    """Remove some rows that no report can be about any more; return whether there may be more."""
    passed = db.fetch(
        f"select {', '.join(KEYS)} from totals where {PASSING}"  # noqa: S608  # constants
        " and unit in ('hour', 'day', 'week') and since < :day"
        " union all"
        f" select {', '.join(KEYS)} from totals where {PASSING} and unit = 'hour' and since < :hour"
        " limit :limit",
        {
            "day": oldest_reported(now, Unit.DAY),
            "hour": oldest_reported(now, Unit.HOUR),
            "limit": TRIMMED,
        },
    )
    # A row at a time, each by its key: for a list of keys SQLite reads the whole table.
    by_key = " and ".join(f"{name} = :{name}" for name in KEYS)
    db.execute_many(f"delete from totals where {by_key}", passed)  # noqa: S608
    return len(passed) == TRIMMED


PASSING: Final = "unit <> 'month' and (part <> '' or whose in ('person', 'member'))"
"""Rows of kinds that are not kept; the condition of their index."""


def recount(db: Connection) -> None:
    """Let every request be counted again by `count_stored`."""
    db.execute("delete from totals")
    remember(db, COUNTED_TO, "")


def find_differences(db: Connection, now: datetime) -> list[str]:
    """Return for whom and since when the totals are not what the ledger sums up to.

    Compared are months, and the days that a report or budget can be about.
    """
    return [row["at"] for row in db.fetch(_DIFFERENCES, {"since": oldest_reported(now, Unit.DAY)})]


_MONTH: Final = "substr(day, 1, 7) || '-01'"

_BOOKED_AS: Final = " union all ".join(
    f"select '{whose}', {guild_id}, {user_id}, '{unit}', {since},"  # noqa: S608  # constants
    " coalesce(sum(microcredits) filter (where payer = 'user'), 0),"
    " coalesce(sum(microcredits) filter (where payer = 'house'), 0), sum(pictures)"
    f" from booked where day >= {first} and {where} group by 1, 2, 3, 4, 5"
    for whose, guild_id, user_id, where in (
        ("all", "0", "0", "true"),
        ("server", "guild_id", "0", "guild_id is not null"),
        ("person", "0", "user_id", "true"),
        ("member", "guild_id", "user_id", "guild_id is not null"),
    )
    for unit, since, first in (("month", _MONTH, "''"), ("day", "day", ":since"))
)

_DIFFERENCES: Final = f"""
with booked as materialized (
  select user_id, guild_id, payer, substr(requested_at, 1, 10) as day,
    sum(microcredits) as microcredits, sum(pictures) as pictures
  from ledger group by 1, 2, 3, 4
),
summed (whose, guild_id, user_id, unit, since, microcredits, house_microcredits, pictures) as (
  {_BOOKED_AS}
),
kept as (
  select whose, guild_id, user_id, unit, since, microcredits, house_microcredits, booked_pictures
  from totals where part = '' and (unit = 'month' or unit = 'day' and since >= :since)
),
differing as (
  select * from (select * from summed except select * from kept) as missing
  union
  select * from (select * from kept except select * from summed) as extra
)
select distinct whose || ' ' || unit || ' ' || since as at from differing
where microcredits <> 0 or house_microcredits <> 0 or pictures <> 0
order by at
"""  # noqa: S608
