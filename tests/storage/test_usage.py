"""Usage summed up by SQL, against the same sums over the view's rows; and the plans of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from domain.models import JobState, Problem, Requester
from storage.jobs import JobRepository
from storage.preferences import ChoiceRepository
from storage.usage import Period, Span, UsageRepository, lines_sql, slots_of, span_of
from tests.factories import make_job, make_place, make_request, make_ticket
from tests.storage.totals import steps_of

if TYPE_CHECKING:
    from domain.models import Job
    from storage.database import Database
    from storage.usage import Part, UsageReport

pytestmark = pytest.mark.both_engines

MONTH = Span(
    period=Period.MONTH,
    since=datetime(2026, 10, 1, tzinfo=UTC),
    until=datetime(2026, 11, 1, tzinfo=UTC),
)
STATES = (JobState.DELIVERED,) * 5 + (JobState.FAILED, JobState.CANCELLED, JobState.RUNNING)
MODELS = ("flux-dev", "flux-pro", "flux-2-pro")


def job_at(number: int, at: datetime, **changes: Any) -> Job:  # noqa: ANN401  # replace() checks
    user_id, guild_id = 5001 + number % 7, 4001 + number % 2
    state = STATES[number % len(STATES)]
    done = state is JobState.DELIVERED
    request = make_request(
        command=("imagine", "edit", "reply")[number % 3],
        model=MODELS[number % len(MODELS)],
        count=1 + number % 4,
        requester=Requester(user_id=user_id, user_name=f"person{user_id}"),
        place=make_place(guild_id=guild_id),
        ticket=make_ticket(interaction_id=1000 + number),
    )
    job = make_job(
        id=f"{number:012x}",
        request=request,
        state=state,
        created_at=at,
        fetched_at=at + timedelta(seconds=number % 11) if done else None,
        ended_at=None if state is JobState.RUNNING else at + timedelta(seconds=1 + number % 13),
        charged_microcredits=216_000 * (1 + number % 4) if done else None,
        problem=Problem.ANSWER_LOST if state is JobState.FAILED else None,
    )
    return replace(job, **changes)


async def fill(database: Database) -> list[dict[str, Any]]:
    """Store requests of September to November; return the rows of the view."""
    jobs = JobRepository(database)
    began = datetime(2026, 9, 25, tzinfo=UTC)
    for number in range(90):
        await jobs.add(job_at(number, began + timedelta(hours=11.3) * number))
    return await database.read(lambda db: db.fetch("select * from usage"))


def percentile(values: list[float], share: float) -> float | None:
    return sorted(values)[math.ceil(len(values) * share) - 1] if values else None


def check(report: UsageReport, rows: list[dict[str, Any]], slot_characters: int = 10) -> None:
    """Compare a report with sums over the rows, made without SQL."""
    done = [row for row in rows if row["state"] == "delivered"]
    assert report.requests == len(rows)
    assert report.pictures == sum(row["pictures"] for row in rows)
    people_s = sum(row["credits"] - row["house_credits"] for row in rows)
    assert report.credits == pytest.approx(people_s)
    assert report.house_credits == pytest.approx(sum(row["house_credits"] for row in rows))
    estimated = [row["credits"] for row in rows if row["credits_are"] == "estimated"]
    assert report.estimated_credits == pytest.approx(sum(estimated))
    assert report.delivered == len(done)
    assert report.unsuccessful == sum(row["state"] in {"failed", "refused"} for row in rows)
    assert report.median_s == percentile([row["seconds"] for row in done], 0.5)
    assert report.p95_s == percentile([row["seconds"] for row in done], 0.95)
    for parts, column in ((report.models, "model"), (report.commands, "command")):
        check_parts(parts, rows, lambda row, column=column: row[column])
    for model in {part.model for part in report.slots}:
        slots = tuple(part for part in report.slots if part.model == model)
        some = [row for row in rows if row["model"] == model]
        check_parts(slots, some, lambda row: row["requested_at"][:slot_characters])
    assert sum(part.requests for part in report.slots) == len(rows)


def check_parts(parts: tuple[Part, ...], rows: list[dict[str, Any]], name: Any) -> None:  # noqa: ANN401  # a key function
    assert len({part.name for part in parts}) == len(parts)
    assert {part.name for part in parts} == {name(row) for row in rows}
    for part in parts:
        some = [row for row in rows if name(row) == part.name]
        assert part.requests == len(some)
        assert part.pictures == sum(row["pictures"] for row in some)
        borne = sum(row["credits"] - row["house_credits"] for row in some)
        assert part.credits == pytest.approx(borne)


async def test_a_report_equals_the_rows_of_the_view(database: Database) -> None:
    rows = await fill(database)
    october = [row for row in rows if row["requested_at"].startswith("2026-10")]
    assert 0 < len(october) < len(rows)
    usage = UsageRepository(database)

    check(await usage.report(MONTH), october)
    own = [row for row in october if row["user_id"] == 5003]
    check(await usage.report(replace(MONTH, user_id=5003)), own)
    here = [row for row in october if row["guild_id"] == 4002]
    check(await usage.report(replace(MONTH, guild_id=4002)), here)


@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize(
    "now", [datetime(2026, 10, 1, 3, tzinfo=UTC), datetime(2026, 10, 18, 9, tzinfo=UTC)]
)
async def test_each_period_is_reported(database: Database, period: Period, now: datetime) -> None:
    rows = await fill(database)
    span = span_of(period, now)
    during = [
        row
        for row in rows
        if span.since.isoformat() <= row["requested_at"] < span.until.isoformat()
    ]
    assert during
    usage = UsageRepository(database)

    characters = len(slots_of(span)[0])
    check(await usage.report(span), during, characters)
    for user_id in {row["user_id"] for row in during}:
        own = [row for row in during if row["user_id"] == user_id]
        check(await usage.report(replace(span, user_id=user_id)), own, characters)


@pytest.mark.sqlite_only
async def test_a_report_reads_as_much_of_many_requests_as_of_few(database: Database) -> None:
    jobs, usage = JobRepository(database), UsageRepository(database)
    at = datetime(2026, 10, 9, tzinfo=UTC)
    spans = {
        f"{user_id} {guild_id} {period}": replace(
            span_of(period, at), user_id=user_id, guild_id=guild_id
        )
        for period in Period
        for user_id, guild_id in ((5001, None), (None, 4001), (None, None))
    }

    async def steps() -> dict[str, int]:
        return {
            whose: await steps_of(database, partial(usage.report, span))
            for whose, span in spans.items()
        }

    for number in range(40):
        await jobs.add(asked(number, at, person=number % 20))
    few = await steps()
    for number in range(40, 400):
        await jobs.add(asked(number, at, person=number))
    many = await steps()

    assert {whose: many[whose] for whose in spans if many[whose] > few[whose] * 1.1} == {}


def asked(number: int, at: datetime, *, person: int) -> Job:
    """Return a request of one of a few hours and models."""
    job = job_at(number, at + timedelta(hours=number % 3))
    requester = Requester(user_id=5001 + person, user_name="who")
    return replace(job, request=replace(job.request, requester=requester))


async def test_nothing_was_asked_for(database: Database) -> None:
    report = await UsageRepository(database).report(MONTH)

    assert (report.requests, report.pictures, report.credits, report.median_s) == (0, 0, 0, None)
    assert report.models == report.people == report.slots == ()


async def test_the_moments_of_a_month_s_ends_belong_to_one_month_each(database: Database) -> None:
    jobs = JobRepository(database)
    moment = timedelta(microseconds=1)
    moments = (MONTH.since - moment, MONTH.since, MONTH.until - moment, MONTH.until)
    for number, at in enumerate(moments):
        await jobs.add(job_at(number, at))
    lines = await UsageRepository(database).list_lines(MONTH, before=None, limit=9)

    assert [line.job_id for line in lines] == ["000000000002", "000000000001"]
    assert (await UsageRepository(database).report(MONTH)).requests == 2


async def test_who_asked_for_most_is_named_unless_they_do_not_want_to_be(
    database: Database,
) -> None:
    rows = await fill(database)
    october = [row for row in rows if row["requested_at"].startswith("2026-10")]
    by_person: dict[int, int] = {}
    for row in october:
        by_person[row["user_id"]] = by_person.get(row["user_id"], 0) + row["pictures"]
    order = sorted(by_person, key=lambda user_id: -by_person[user_id])
    usage = UsageRepository(database)

    people = (await usage.report(MONTH)).people
    assert len(people) == 5
    assert [part.pictures for part in people] == [by_person[user_id] for user_id in order[:5]]
    assert people[0].user_id == order[0]
    await ChoiceRepository(database).users.change(people[0].user_id or 0, counted=False)
    report = await usage.report(MONTH)
    assert people[0].user_id not in {part.user_id for part in report.people}
    assert len(report.people) == 5
    check(report, october)


async def test_what_nobody_was_given_is_the_house_s(database: Database) -> None:
    lost = job_at(0, MONTH.since, state=JobState.FAILED, problem=Problem.ANSWER_LOST)
    await JobRepository(database).add(lost)
    report = await UsageRepository(database).report(MONTH)

    assert (report.pictures, report.credits) == (0, 0)
    assert report.house_credits == pytest.approx(0.216)


async def test_lines_are_listed_page_by_page_without_a_gap(database: Database) -> None:
    await fill(database)
    jobs = JobRepository(database)
    for number in range(200, 205):  # at one moment
        await jobs.add(job_at(number, datetime(2026, 10, 9, tzinfo=UTC)))
    usage = UsageRepository(database)
    every = await usage.list_lines(MONTH, before=None, limit=999)
    paged, before = [], None
    while page := await usage.list_lines(MONTH, before=before, limit=3):
        paged += page
        before = page[-1]

    assert paged == every
    assert len(every) == (await usage.report(MONTH)).requests
    assert [line.requested_at for line in every] == sorted(
        (line.requested_at for line in every), reverse=True
    )


async def plan(database: Database, sql: str, span: Span) -> list[str]:
    named = {
        "since": "2026-10-01",
        "until": "2026-11-01",
        "user_id": span.user_id,
        "guild_id": span.guild_id,
        "most": 5,
        "limit": 9,
        "before_at": "2026-11",
        "before_job": "f",
    }
    rows = await database.read(lambda db: db.fetch(f"explain query plan {sql}", named))
    return [row["detail"] for row in rows]


SPANS = {
    "idx_jobs_created_at (created_at>? AND created_at<?)": MONTH,
    "idx_jobs_user_id_created_at (user_id=? AND created_at>?": replace(MONTH, user_id=5001),
    "idx_jobs_guild_id_created_at (guild_id=? AND created_at>?": replace(MONTH, guild_id=4001),
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("index", SPANS)
async def test_a_month_s_usage_is_read_by_an_index(database: Database, index: str) -> None:
    span = SPANS[index]
    for sql in (lines_sql(span, is_first=True),):
        steps = await plan(database, sql, span)
        assert any(step.startswith(f"SEARCH jobs USING INDEX {index}") for step in steps), steps
        assert not any(step.startswith("SCAN jobs") for step in steps), steps
    assert not any(
        step.startswith("SCAN jobs")
        for step in await plan(database, lines_sql(span, is_first=False), span)
    )


@pytest.mark.sqlite_only
async def test_the_first_page_of_a_history_is_read_by_an_index(database: Database) -> None:
    steps: list[str] = []

    await database.read(lambda db: db.conn.set_trace_callback(steps.append))
    await JobRepository(database).search(5001, offset=0, limit=6)
    await database.read(lambda db: db.conn.set_trace_callback(None))
    [statement] = [step for step in steps if step.startswith("select")]
    rows = await database.read(lambda db: db.fetch(f"explain query plan {statement}"))
    assert [row["detail"] for row in rows] == [
        "SEARCH jobs USING INDEX idx_jobs_user_id_created_at (user_id=?)"
    ]


@pytest.mark.parametrize(
    ("period", "now", "since", "until", "slots"),
    [
        (Period.DAY, "2026-11-30T23:59:59+00:00", "2026-11-30", "2026-12-01", 24),
        (Period.WEEK, "2026-11-30T00:00:00+00:00", "2026-11-30", "2026-12-07", 7),
        (Period.WEEK, "2026-11-29T23:59:59+00:00", "2026-11-23", "2026-11-30", 7),
        (Period.WEEK, "2027-01-01T12:00:00+00:00", "2026-12-28", "2027-01-04", 7),
        (Period.MONTH, "2026-12-31T23:59:59+00:00", "2026-12-01", "2027-01-01", 31),
        (Period.MONTH, "2027-02-28T12:00:00+00:00", "2027-02-01", "2027-03-01", 28),
        (Period.MONTH, "2028-02-29T12:00:00+00:00", "2028-02-01", "2028-03-01", 29),
        # Where it is already tomorrow, or still yesterday, UTC decides.
        (Period.MONTH, "2026-11-01T05:00:00+09:00", "2026-10-01", "2026-11-01", 31),
        (Period.DAY, "2026-10-31T20:00:00-05:00", "2026-11-01", "2026-11-02", 24),
        # The clocks of most of Europe go back in this night: the day has 24 hours all the same.
        (Period.DAY, "2026-10-25T12:00:00+01:00", "2026-10-25", "2026-10-26", 24),
    ],
)
def test_a_period_is_counted_in_utc(
    period: Period, now: str, since: str, until: str, slots: int
) -> None:
    span = span_of(period, datetime.fromisoformat(now))

    assert span.since == datetime.fromisoformat(f"{since}T00:00:00+00:00")
    assert span.until == datetime.fromisoformat(f"{until}T00:00:00+00:00")
    named = slots_of(span)
    assert len(named) == len(set(named)) == slots
    assert named[0].startswith(since)
