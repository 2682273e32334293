"""The table `totals`: what requests come to, kept in the transaction that books.

Budgets and reports read these rows and never the requests of a month. Each request counts in a row
for each of `KINDS`; the rows for a server or for all are kept like those of a person.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from domain.limits import Whose

if TYPE_CHECKING:
    from storage.connection import Connection


class Unit(StrEnum):
    """Of time, in UTC; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Section(StrEnum):
    """By what the requests of a row are divided."""

    TOTAL = ""
    MODEL = "model"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class RowKind:
    """One kind of row."""

    whose: Whose
    section: Section
    unit: Unit

    @property
    def is_kept(self) -> bool:
        """Whether it is kept for ever; the others only while a report can be about them."""
        if self.section is not Section.TOTAL or self.unit is Unit.HOUR:
            return False
        return self.unit is Unit.MONTH or self.whose in {Whose.ALL, Whose.SERVER}

    @property
    def has_seconds(self) -> bool:
        """Whether it has a histogram of how long requests took."""
        return self.section is Section.TOTAL and self.whose is not Whose.MEMBER

    @property
    def amounts(self) -> tuple[str, ...]:
        """Which columns are kept; the others of a part are 0."""
        return AMOUNTS if self.section is Section.TOTAL else OF_PARTS

    @property
    def is_of_server(self) -> bool:
        """Whether only what was asked for in a server counts."""
        return self.whose in {Whose.SERVER, Whose.MEMBER}


AMOUNTS: Final = (
    "requests",
    "pictures",
    "microcredits",
    "booked_pictures",
    "house_microcredits",
    "estimated_microcredits",
    "delivered",
    "unsuccessful",
)
"""Columns that are sums over requests; `seconds` besides is a histogram."""

OF_PARTS: Final = AMOUNTS[:3]
"""What is kept by model and by command."""

REPORTED: Final = (Whose.ALL, Whose.SERVER, Whose.PERSON)

WIDEST_FIRST: Final = (Whose.ALL, Whose.SERVER, Whose.PERSON, Whose.MEMBER)
"""Rows are locked in this order: two processes that count at the same time take turns."""

KINDS: Final = (
    *(
        RowKind(who, Section.TOTAL, each)
        for who in WIDEST_FIRST
        for each in Unit
        if each is not Unit.HOUR
    ),
    *(RowKind(who, Section.MODEL, each) for who in REPORTED for each in (Unit.HOUR, Unit.DAY)),
    *(RowKind(who, Section.COMMAND, Unit.DAY) for who in REPORTED),
)

KEYS: Final = ("whose", "guild_id", "user_id", "part", "unit", "since", "name")

_SINCE: Final = {
    Unit.HOUR: "substr(created_at, 1, 13)",
    Unit.DAY: "substr(created_at, 1, 10)",
    Unit.WEEK: "date(created_at, 'weekday 0', '-6 days')",
    Unit.MONTH: "substr(created_at, 1, 7) || '-01'",
}

_NAME: Final = {Section.TOTAL: "''", Section.MODEL: "model", Section.COMMAND: "command"}

# A second has two digits that count, so that one day has few different ones.
_COUNTED: Final = """
select
  created_at, user_id, guild_id, model, command,
  1 as requests,
  case when fetched_at is not null then user_pictures else 0 end as pictures,
  booked_pictures,
  microcredits,
  house_microcredits,
  case when charged_microcredits is null then estimated_microcredits else 0 end
    as estimated_microcredits,
  case state when 'delivered' then 1 else 0 end as delivered,
  case when state in ('refused', 'failed') then 1 else 0 end as unsuccessful,
  case when state <> 'delivered' or took is null then null
       when abs(took) < 10 then round(took, 1)
       when abs(took) < 100 then round(took)
       when abs(took) < 1000 then round(took / 10) * 10
       else round(took / 100) * 100
  end as seconds
from (
  select
    jobs.created_at, jobs.user_id, jobs.guild_id, model, command, state, fetched_at,
    charged_microcredits, estimated_microcredits,
    (julianday(ended_at) - julianday(jobs.created_at)) * 86400 as took,
    coalesce(sum(microcredits) filter (where payer = 'user'), 0) as microcredits,
    coalesce(sum(microcredits) filter (where payer = 'house'), 0) as house_microcredits,
    coalesce(sum(pictures) filter (where payer = 'user'), 0) as user_pictures,
    coalesce(sum(pictures), 0) as booked_pictures
  from jobs{index} left join ledger on ledger.job_id = jobs.id
  where {which}
  group by jobs.id
) as counted
"""

_COUNTED_JOB: Final = _COUNTED.format(index="", which="jobs.id = ?")
COUNTED_BETWEEN: Final = _COUNTED.format(
    # Else SQLite goes through all jobs, by their ids, and looks at the time of each.
    index=" indexed by idx_jobs_created_at",
    which="jobs.created_at > :after and jobs.created_at <= :to",
)


def key_columns(kind: RowKind) -> dict[str, str]:
    """Return what the key of a row of this kind is, of the columns of a request."""
    is_theirs = kind.whose in {Whose.PERSON, Whose.MEMBER}
    return {
        "whose": f"'{kind.whose}'",
        "guild_id": "guild_id" if kind.is_of_server else "0",
        "user_id": "user_id" if is_theirs else "0",
        "part": f"'{kind.section}'",
        "unit": f"'{kind.unit}'",
        "since": _SINCE[kind.unit],
        "name": _NAME[kind.section],
    }


# Only constants of this file are put together below; every value is a parameter.

INTO: Final = f"insert into totals ({', '.join((*KEYS, *AMOUNTS, 'seconds'))})"

ADDING: Final = f"""
on conflict ({", ".join(KEYS)}) do update set
  {", ".join(f"{name} = totals.{name} + excluded.{name}" for name in AMOUNTS)},
  seconds = case when excluded.seconds = '{{}}' then totals.seconds else (
    select json_group_object(key, number) from (
      select key, sum(value) as number from (
        select key, value from json_each(totals.seconds)
        union all select key, value from json_each(excluded.seconds)
      ) as each group by key having sum(value) <> 0
    ) as summed
  ) end
"""  # noqa: S608


def _row_sql(kind: RowKind) -> str:
    """Return one row of what changed of one request, without those that stay as they are."""
    keys = ", ".join(key_columns(kind).values())
    where = "guild_id is not null" if kind.is_of_server else "true"
    if kind.section is not Section.TOTAL:
        where += f" and ({' or '.join(f'{name} <> 0' for name in kind.amounts)})"
    amounts = ", ".join(name if name in kind.amounts else "0" for name in AMOUNTS)
    seconds = "seconds" if kind.has_seconds else "'{}'"
    return f"select {keys}, {amounts}, {seconds} from changed where {where}"  # noqa: S608


_ADD_CHANGE: Final = (
    f"{INTO} with changed as materialized (select"  # noqa: S608
    " :created_at as created_at, cast(:user_id as bigint) as user_id,"
    " cast(:guild_id as bigint) as guild_id, :model as model, :command as command,"
    " :seconds as seconds,"
    f" {', '.join(f'cast(:{name} as bigint) as {name}' for name in AMOUNTS)})"
    f" select * from ({' union all '.join(map(_row_sql, KINDS))}) as rows where true {ADDING}"
)


def counted_of(db: Connection, job_id: str) -> dict[str, Any] | None:
    """Return what a job counts now; None before it is stored."""
    return next(iter(db.fetch(_COUNTED_JOB, [job_id])), None)


def count_change(
    db: Connection, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """Bring the totals from what a job counted to what it counts; part of its transaction."""
    if before == after:
        return
    is_another_s = before and after and itemgetter(*_OWNER)(before) != itemgetter(*_OWNER)(after)
    if not is_another_s:
        _add(db, before, after)
        return
    _add(db, before, None)
    # What counts nothing for a person does not name them.
    db.execute(
        "delete from totals where requests <= 0 and user_id = :user_id and ("
        "whose = 'person' and guild_id = 0 or whose = 'member' and guild_id = :guild_id)",
        before or {},
    )
    _add(db, None, after)


_OWNER: Final = ("user_id", "guild_id")


def _add(db: Connection, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Add what a job counts after, less what it counted before."""
    change = dict(after or before or {})
    seconds: Counter[str] = Counter()
    for sign, counted in ((-1, before), (1, after)):
        if counted is not None and counted["seconds"] is not None:
            seconds[str(float(counted["seconds"]))] += sign
    # Without the numbers that are 0.
    change["seconds"] = json.dumps(dict(filter(itemgetter(1), seconds.items())))
    for name in AMOUNTS:
        change[name] = (after[name] if after else 0) - (before[name] if before else 0)
    db.execute(_ADD_CHANGE, change)
