"""Usage reports, from totals and line by line, and the figures of the metrics."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from domain.limits import Whose
from domain.models import MICROCREDITS_PER_CREDIT, Payer
from storage.repository import Repository, reading, text_from_time
from storage.totals import AMOUNTS, Section, Unit

if TYPE_CHECKING:
    from storage.connection import Connection


MAX_PEOPLE: Final = 5
"""Of those who asked for most."""


class Period(StrEnum):
    """A period of a report, in UTC as budgets are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whose requests of which time: a person's, a server's, or all where both are None."""

    period: Period
    since: datetime
    until: datetime
    user_id: int | None = None
    guild_id: int | None = None


def span_of(period: Period, now: datetime) -> Span:
    """Return the day, the week since Monday or the month that a time is in, of everybody."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case Period.DAY:
            since, until = today, today + timedelta(days=1)
        case Period.WEEK:
            since = today - timedelta(days=today.weekday())
            until = since + timedelta(days=7)
        case Period.MONTH:
            since = today.replace(day=1)
            until = (since + timedelta(days=31)).replace(day=1)
    return Span(period=period, since=since, until=until)


def slots_of(span: Span) -> list[str]:
    """Return how the times of each hour of a day, or each day, begin, in order."""
    is_day = span.period is Period.DAY
    step = timedelta(hours=1) if is_day else timedelta(days=1)
    characters = len("2026-11-27T17" if is_day else "2026-11-27")
    number = (span.until - span.since) // step
    return [(span.since + step * n).isoformat()[:characters] for n in range(number)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What some of the requests come to.

    Attributes:
        name: of the model or command, or the beginning of the time's text; empty of a person.
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
        unsuccessful: requests that were refused or failed; those cancelled are neither.
        median_s: seconds that half of the delivered ones took at most, to two digits; None without
            any.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts for the metrics.

    Attributes:
        open_jobs: jobs that have not ended, or whose end was not told, by state and model.
        month_microcredits: by payer, of requests since the month began in UTC; as the ledger has
            it, with what is reserved for open jobs.
    """

    open_jobs: dict[tuple[str, str], int]
    month_microcredits: dict[Payer, int]


class UsageRepository(Repository):
    """Reports, lines of the view `usage`, and figures."""

    @reading
    def figures(self, db: Connection, now: datetime) -> Figures:
        """Return the figures of a moment; few rows are read, however many there are."""
        jobs = db.fetch(
            "select state, model, count(*) as jobs from jobs where told_at is null"
            " group by state, model"
        )
        [month] = db.fetch(
            "select coalesce(sum(microcredits), 0) as user,"
            " coalesce(sum(house_microcredits), 0) as house from totals"
            " where whose = 'all' and guild_id = 0 and user_id = 0 and part = ''"
            " and unit = 'month' and since >= ?",
            [now.astimezone(UTC).replace(day=1).date().isoformat()],
        )
        return Figures(
            open_jobs={(row["state"], row["model"]): row["jobs"] for row in jobs},
            month_microcredits={payer: month[payer] for payer in Payer},
        )

    @reading
    def report(self, db: Connection, span: Span) -> UsageReport:
        """Return what the requests of a span come to, from totals: at most a few hundred rows."""
        of = _keys(span)
        with db.snapshot():
            totals = db.fetch(_TOTALS, of)
            slots = [_part(row) for row in db.fetch(_SLOTS, of)]
            parts = {
                part: tuple(_part(row) for row in db.fetch(_PARTS, of | {"part": part}))
                for part in (Section.MODEL, Section.COMMAND)
            }
            people = [_part(row) for row in db.fetch(_PEOPLE, of)] if span.user_id is None else []
        return UsageReport(
            **_sums(totals[0] if totals else dict.fromkeys(AMOUNTS, 0) | {"seconds": "{}"}),
            models=parts[Section.MODEL],
            commands=parts[Section.COMMAND],
            people=tuple(people),
            slots=tuple(slots),
        )

    @reading
    def list_lines(
        self, db: Connection, span: Span, *, before: UsageLine | None, limit: int
    ) -> list[UsageLine]:
        """Return the requests of a span, newest first.

        Args:
            before: only those that come after this one in that order.
        """
        parameters = {
            "since": text_from_time(span.since),
            "until": text_from_time(span.until),
            "user_id": span.user_id,
            "guild_id": span.guild_id,
            "limit": limit,
        }
        if before is not None:
            parameters |= {"before_at": before.requested_at, "before_job": before.job_id}
        rows = db.fetch(lines_sql(span, is_first=before is None), parameters)
        return [UsageLine(**row) for row in rows]


def _keys(span: Span) -> dict[str, object]:
    """Return which totals are a span's."""
    whose = Whose.ALL
    if span.user_id is not None:
        whose = Whose.PERSON
    elif span.guild_id is not None:
        whose = Whose.SERVER
    return {
        "whose": whose,
        "guild_id": span.guild_id or 0,
        "user_id": span.user_id or 0,
        "unit": Unit(span.period),
        "since": text_from_time(span.since),
        "until": text_from_time(span.until),
        "slot": Unit.HOUR if span.period is Period.DAY else Unit.DAY,
        "users": Whose.PERSON if whose is Whose.ALL else Whose.MEMBER,
        "most": MAX_PEOPLE,
    }


def _part(row: dict[str, Any]) -> Part:
    return Part(credits=row.pop("microcredits") / MICROCREDITS_PER_CREDIT, **row)


def _sums(row: dict[str, Any]) -> dict[str, Any]:
    seconds = sorted((float(key), number) for key, number in json.loads(row["seconds"]).items())
    delivered = sum(number for _, number in seconds)
    return {
        **{name: row[name] for name in ("requests", "pictures", "delivered", "unsuccessful")},
        "credits": row["microcredits"] / MICROCREDITS_PER_CREDIT,
        "house_credits": row["house_microcredits"] / MICROCREDITS_PER_CREDIT,
        "estimated_credits": row["estimated_microcredits"] / MICROCREDITS_PER_CREDIT,
        "median_s": _nth(seconds, (delivered + 1) // 2),
        "p95_s": _nth(seconds, (delivered * 95 + 99) // 100),
    }


def _nth(seconds: list[tuple[float, int]], number: int) -> float | None:
    """Return the value of this place among all in order, None where there is none."""
    for value, times in seconds:
        number -= times
        if number <= 0:
            return value
    return None


_OF: Final = "whose = :whose and guild_id = :guild_id and user_id = :user_id"

_TOTALS: Final = (
    f"select * from totals where {_OF} and part = '' and unit = :unit"  # noqa: S608  # constants
    " and since = substr(:since, 1, 10)"
)

_SLOTS: Final = (
    "select since as name, null as user_id, name as model, requests, pictures, microcredits"  # noqa: S608
    f" from totals where {_OF} and part = 'model' and unit = :slot"
    " and since >= substr(:since, 1, 10) and since < substr(:until, 1, 10)"
    " and requests > 0 order by since, pictures desc, requests desc"
)

_PARTS: Final = (
    "select name, null as user_id, sum(requests) as requests, sum(pictures) as pictures,"  # noqa: S608
    f" sum(microcredits) as microcredits from totals where {_OF} and part = :part"
    " and unit = 'day' and since >= substr(:since, 1, 10) and since < substr(:until, 1, 10)"
    " group by name having sum(requests) > 0 order by pictures desc, requests desc, name"
)

# The index has them in this order: no more are read than are named, or do not want to be.
_PEOPLE: Final = """
select '' as name, user_id, requests, pictures, microcredits from totals indexed by totals_people
where whose = :users and guild_id = :guild_id and part = '' and unit = :unit
  and since = substr(:since, 1, 10) and whose in ('person', 'member')
  and +user_id > 0 and requests > 0 and not exists (
    select 1 from user_settings as chosen
    where chosen.user_id = totals.user_id and key = 'counted' and value = 'off'
  )
order by pictures desc, requests desc, user_id limit :most
"""


def lines_sql(span: Span, *, is_first: bool) -> str:
    """Return the statement that lists a span's requests, a page at a time."""
    columns = ", ".join(f'"{column.name}"' for column in fields(UsageLine))
    source = "usage join (select id, age_restricted from jobs) as flags on id = job_id"
    where = "requested_at >= :since and requested_at < :until"
    if span.user_id is not None:
        where += " and user_id = :user_id"
    if span.guild_id is not None:
        where += " and guild_id = :guild_id"
    if not is_first:
        where += (
            " and requested_at <= :before_at"
            " and (requested_at < :before_at or job_id < :before_job)"
        )
    return (
        f"select {columns} from {source} where {where}"  # noqa: S608
        " order by requested_at desc, job_id desc limit :limit"
    )
