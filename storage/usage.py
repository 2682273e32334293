"""The view `usage`, summed up: who asked for how much, what it cost, how long it took."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from storage.mapping import text_from_time
from storage.repository import Repository, reading

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database as SqliteDatabase


MAX_PEOPLE: Final = 5
"""Of those who asked for most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whose requests of which time: a person's, a server's, or all where both are None.

    Attributes:
        since: the first moment of it.
        until: the first moment after it.
        slot_characters: of a time's text, how many distinguish one bar of a chart from the next.
    """

    since: datetime
    until: datetime
    slot_characters: int
    user_id: int | None = None
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What some of the requests come to.

    Attributes:
        name: of the model or command, or the beginning of the time's text.
        model: of a part of an hour or day, None elsewhere.
        user_id: whose they are, None where they are several people's.
        credits: those that people bear.
    """

    name: str
    user_id: int | None
    model: str | None = None
    requests: int
    pictures: int
    credits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """What the requests of a span come to.

    Attributes:
        pictures: those that their requesters have.
        credits: those that people bear.
        house_credits: what Flux charged besides, for pictures that nobody was given.
        estimated_credits: of both, what Flux has not charged yet.
        delivered: requests that ended well.
        unsuccessful: requests that were refused or failed; those cancelled are neither.
        median_s: seconds that half of the delivered ones took at most, None without any.
        p95_s: the same of 95 in 100.
        people: who asked for most, without those who are not to be named.
        slots: by hour or day and model, those in which something was asked for.
    """

    requests: int
    pictures: int
    credits: float
    house_credits: float
    estimated_credits: float
    delivered: int
    unsuccessful: int
    median_s: float | None
    p95_s: float | None
    models: tuple[Part, ...]
    commands: tuple[Part, ...]
    people: tuple[Part, ...]
    slots: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One row of the view `usage`, column by column, and whether it is for adults alone."""

    requested_at: str
    user: str
    user_id: int | None
    place: str
    command: str
    model: str
    size: str
    count: int
    prompt: str = field(repr=False)
    state: str
    seconds: float | None
    credits: float
    credits_are: str
    task_id: str | None
    error_code: str | None
    job_id: str
    guild_id: int | None
    pictures: int
    house_credits: float
    private: int
    age_restricted: int


class UsageRepository(Repository):
    """Reports and lines of the view `usage`."""

    @reading
    def report(self, db: SqliteDatabase, span: Span) -> UsageReport:
        """Return what the requests of a span come to."""
        parameters = _parameters(span) | {
            "slot_characters": span.slot_characters,
            "most": MAX_PEOPLE,
        }
        db.conn.execute("begin")  # both see the same moment
        try:
            [totals] = db.query(totals_sql(span), parameters)
            parts: dict[str, list[Part]] = {}
            for row in db.query(parts_sql(span), parameters):
                parts.setdefault(row.pop("part"), []).append(Part(**row))
        finally:
            db.conn.rollback()
        return UsageReport(
            **totals,
            models=tuple(parts.get("model", ())),
            commands=tuple(parts.get("command", ())),
            people=tuple(parts.get("person", ())),
            slots=tuple(sorted(parts.get("slot", ()), key=lambda part: part.name)),
        )

    @reading
    def list_lines(
        self, db: SqliteDatabase, span: Span, *, before: UsageLine | None, limit: int
    ) -> list[UsageLine]:
        """Return the requests of a span, newest first.

        Args:
            before: only those that come after this one in that order.
        """
        parameters = _parameters(span) | {"limit": limit}
        if before is not None:
            parameters |= {"before_at": before.requested_at, "before_job": before.job_id}
        rows = db.query(lines_sql(span, is_first=before is None), parameters)
        return [UsageLine(**row) for row in rows]


def _parameters(span: Span) -> dict[str, object]:
    return {
        "since": text_from_time(span.since),
        "until": text_from_time(span.until),
        "user_id": span.user_id,
        "guild_id": span.guild_id,
    }


def _where(span: Span) -> str:
    where = "requested_at >= :since and requested_at < :until"
    if span.user_id is not None:
        where += " and user_id = :user_id"
    if span.guild_id is not None:
        where += " and guild_id = :guild_id"
    return where


# Only constants of this file are put together below; every value is a parameter.


def totals_sql(span: Span) -> str:
    """Return the one statement that all of a report's totals come from."""
    return f"""
with picked as materialized (
  select state, seconds, pictures, credits, house_credits, credits_are
  from usage where {_where(span)}
),
timed as (
  select seconds, row_number() over (order by seconds) as number, count(*) over () as of_all
  from picked where state = 'delivered'
)
select
  count(*) as requests,
  coalesce(sum(pictures), 0) as pictures,
  coalesce(sum(credits - house_credits), 0.0) as credits,
  coalesce(sum(house_credits), 0.0) as house_credits,
  coalesce(sum(credits) filter (where credits_are = 'estimated'), 0.0) as estimated_credits,
  coalesce(sum(state = 'delivered'), 0) as delivered,
  coalesce(sum(state in ('refused', 'failed')), 0) as unsuccessful,
  (select seconds from timed where number = (of_all + 1) / 2) as median_s,
  (select seconds from timed where number = (of_all * 95 + 99) / 100) as p95_s
from picked
"""  # noqa: S608


def parts_sql(span: Span) -> str:
    """Return the statement that divides a report by model, command, person and time."""
    sums = (
        "count(*) as requests, sum(pictures) as pictures, sum(credits - house_credits) as credits"
    )
    return f"""
with picked as materialized (
  select requested_at, user, user_id, command, model, pictures, credits, house_credits
  from usage where {_where(span)}
),
parts as (
  select 'model' as part, model as name, null as user_id, null as model, {sums} from picked
  group by 2
  union all
  select 'command', command, null, null, {sums} from picked group by command
  union all
  select 'slot', substr(requested_at, 1, :slot_characters), null, model, {sums} from picked
  group by 2, 4
  union all
  select * from (
    select 'person', max(user), user_id, null, {sums} from picked
    where user_id > 0 and user_id not in (
      select user_id from user_settings where key = 'counted' and value = 'off'
    )
    group by user_id order by pictures desc, requests desc, user_id limit :most
  )
)
select * from parts order by part, pictures desc, requests desc, name
"""  # noqa: S608


def lines_sql(span: Span, *, is_first: bool) -> str:
    """Return the statement that lists a span's requests, a page at a time."""
    columns = ", ".join(column.name for column in fields(UsageLine))
    source = "usage join (select id, age_restricted from jobs) on id = job_id"
    after = (
        ""
        if is_first
        else (
            " and requested_at <= :before_at"
            " and (requested_at < :before_at or job_id < :before_job)"
        )
    )
    return (
        f"select {columns} from {source} where {_where(span)}{after}"  # noqa: S608
        " order by requested_at desc, job_id desc limit :limit"
    )
