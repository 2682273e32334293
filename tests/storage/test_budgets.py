"""Budgets of every kind: whose spending they count, in credits or pictures, by day or month."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest

from domain.errors import UserError
from domain.limits import BUDGETS, Allowance, Budget, LimitKind, Limits, Whose
from domain.models import Job, JobState, Problem, Requester
from storage.database import Database
from storage.erasing import ErasureRepository
from storage.jobs import JobRepository
from tests.factories import NOON, make_job, make_place, make_request, make_ticket

pytestmark = pytest.mark.both_engines

PRICE = 100
ADA, BEN = 1, 2
HERE, THERE = 4001, 4002
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


def asked(
    number: int,
    *,
    by: int = ADA,
    server: int | None = HERE,
    at: datetime = NOON,
    count: int = 1,
) -> Job:
    request = make_request(
        ticket=make_ticket(interaction_id=number),
        requester=Requester(user_id=by, user_name="somebody"),
        place=make_place(guild_id=server),
        count=count,
    )
    return make_job(
        id=f"job-{number}",
        created_at=at,
        estimated_microcredits=count * PRICE,
        request=request,
    )


def limits(*budgets: tuple[Whose, LimitKind, int]) -> Limits:
    return Limits(
        budgets=tuple(Budget(whose=whose, kind=kind, most=most) for whose, kind, most in budgets)
    )


async def refusal(jobs: JobRepository, job: Job, held_to: Limits) -> UserError | None:
    try:
        await jobs.add(job, held_to)
    except UserError as error:
        assert await jobs.get(job.id) is None
        return error
    return None


def amount(kind: LimitKind, pictures: int) -> int:
    return pictures if kind.counts_pictures else pictures * PRICE


SPENT = {
    Whose.PERSON: Problem.USER_BUDGET_SPENT,
    Whose.MEMBER: Problem.USER_BUDGET_SPENT,
    Whose.SERVER: Problem.SERVER_BUDGET_SPENT,
    Whose.ALL: Problem.TOTAL_BUDGET_SPENT,
}

COUNTED = {
    Whose.PERSON: {(ADA, HERE), (ADA, THERE)},
    Whose.MEMBER: {(ADA, HERE)},
    Whose.SERVER: {(ADA, HERE), (BEN, HERE)},
    Whose.ALL: {(ADA, HERE), (ADA, THERE), (BEN, HERE), (BEN, THERE)},
}
"""What each budget counts of a request of Ada's here."""


@pytest.mark.parametrize("whose", Whose)
@pytest.mark.parametrize("kind", BUDGETS)
async def test_a_budget_counts_whose_it_is_to_the_last(
    jobs: JobRepository, whose: Whose, kind: LimitKind
) -> None:
    for number, (person, server) in enumerate(product((ADA, BEN), (HERE, THERE))):
        await jobs.add(asked(number, by=person, server=server, count=2))
    used = 2 * len(COUNTED[whose])
    error = await refusal(jobs, asked(10), limits((whose, kind, amount(kind, used))))

    assert error is not None
    assert error.reason is SPENT[whose]
    month = datetime(2026, 11, 1, tzinfo=UTC)
    assert error.details.get("frees_at") == (
        month if kind.is_monthly else datetime(2026, 10, 6, tzinfo=UTC)
    )
    assert await refusal(jobs, asked(11), limits((whose, kind, amount(kind, used + 1)))) is None


@pytest.mark.parametrize("kind", BUDGETS)
async def test_a_server_s_budget_is_not_a_direct_message_s(
    jobs: JobRepository, kind: LimitKind
) -> None:
    spent = limits((Whose.SERVER, kind, amount(kind, 1)))
    await jobs.add(asked(1, server=None, count=3))

    assert await refusal(jobs, asked(2), spent) is None
    assert await refusal(jobs, asked(3), spent) is not None


@pytest.mark.parametrize("kind", BUDGETS)
@pytest.mark.parametrize("hours", [-12, 0, 14])
async def test_days_and_months_are_utc_s(jobs: JobRepository, kind: LimitKind, hours: int) -> None:
    """A clock elsewhere, as in summer and in winter, moves no border of a day or month."""
    zone = timezone(timedelta(hours=hours))
    border = datetime(2026, 11, 1, tzinfo=UTC)
    one = limits((Whose.MEMBER, kind, amount(kind, 1)))
    await jobs.add(asked(1, at=(border - INSTANT).astimezone(zone)))

    error = await refusal(jobs, asked(2, at=(border - INSTANT).astimezone(zone)), one)
    assert error is not None
    assert error.details.get("frees_at") == border
    assert await refusal(jobs, asked(3, at=border.astimezone(zone)), one) is None
    assert await refusal(jobs, asked(4, at=border.astimezone(zone)), one) is not None


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        # The nights in which clocks in Europe and America are changed.
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_month_ends_where_the_next_begins(now: datetime, ends: datetime) -> None:
    for kind in (LimitKind.CREDITS_PER_MONTH, LimitKind.PICTURES_PER_MONTH):
        assert kind.period_start(now) == datetime(now.year, now.month, 1, tzinfo=UTC)
        assert kind.period_end(now) == ends
    for kind in (LimitKind.CREDITS_PER_DAY, LimitKind.PICTURES_PER_DAY):
        assert kind.period_end(now) - kind.period_start(now) == timedelta(days=1)


@pytest.mark.parametrize("kind", BUDGETS)
async def test_a_budget_lowered_below_what_is_spent_refuses_until_it_frees(
    jobs: JobRepository, kind: LimitKind
) -> None:
    await jobs.add(asked(1, count=4))
    error = await refusal(jobs, asked(2), limits((Whose.SERVER, kind, amount(kind, 2))))

    assert error is not None
    assert error.details.get("frees_at") == kind.period_end(NOON)
    later = asked(3, at=kind.period_end(NOON))
    assert await refusal(jobs, later, limits((Whose.SERVER, kind, amount(kind, 2)))) is None


@pytest.mark.parametrize("kind", BUDGETS)
async def test_a_budget_of_nothing_allows_nothing_and_promises_nothing(
    jobs: JobRepository, kind: LimitKind
) -> None:
    error = await refusal(jobs, asked(1), limits((Whose.MEMBER, kind, 0)))

    assert error is not None
    assert error.details.get("frees_at") is None


async def test_of_several_that_are_spent_the_one_that_lasts_longest_is_named(
    jobs: JobRepository,
) -> None:
    day = (Whose.MEMBER, LimitKind.PICTURES_PER_DAY, 2)
    month = (Whose.SERVER, LimitKind.CREDITS_PER_MONTH, 2 * PRICE)
    never = (Whose.ALL, LimitKind.CREDITS_PER_DAY, PRICE - 1)
    await jobs.add(asked(1, count=2))

    for held_to, problem, frees_at in (
        ((day,), Problem.USER_BUDGET_SPENT, datetime(2026, 10, 6, tzinfo=UTC)),
        ((day, month), Problem.SERVER_BUDGET_SPENT, datetime(2026, 11, 1, tzinfo=UTC)),
        ((month, day), Problem.SERVER_BUDGET_SPENT, datetime(2026, 11, 1, tzinfo=UTC)),
        ((day, never, month), Problem.TOTAL_BUDGET_SPENT, None),
    ):
        error = await refusal(jobs, asked(2), limits(*held_to))
        assert error is not None
        assert (error.reason, error.details.get("frees_at")) == (problem, frees_at)
        budget = error.details["limit"]
        assert isinstance(budget, Budget)
        assert budget.kind in {kind for _, kind, _ in held_to}


async def test_a_requester_learns_what_they_have_used_of_their_own(jobs: JobRepository) -> None:
    held_to = limits(
        (Whose.SERVER, LimitKind.PICTURES_PER_DAY, 4),
        (Whose.MEMBER, LimitKind.PICTURES_PER_DAY, 10),
        (Whose.PERSON, LimitKind.CREDITS_PER_MONTH, 40 * PRICE),
    )
    first = await jobs.add(asked(1, count=2), held_to)
    second = await jobs.add(asked(2), held_to)

    assert first.allowance == Allowance(kind=LimitKind.PICTURES_PER_DAY, used=2, most=10)
    assert second.allowance == Allowance(kind=LimitKind.PICTURES_PER_DAY, used=3, most=10)
    assert await jobs.get(second.id) == second
    moved = await jobs.advance(second, replace(second, state=JobState.SUBMITTING))
    assert moved.allowance == second.allowance
    assert (await jobs.add(asked(3))).allowance is None


@pytest.mark.parametrize("whose", Whose)
async def test_what_somebody_spent_stays_spent_when_their_rows_are_erased(
    jobs: JobRepository, database: Database, whose: Whose
) -> None:
    three = limits((whose, LimitKind.PICTURES_PER_MONTH, 3))
    erasures = ErasureRepository(database)
    done = replace(asked(1, count=2), state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
    await jobs.add(done)
    await erasures.ask(ADA, NOON)
    await erasures.erase([done.id], NOON)

    if whose in {Whose.PERSON, Whose.MEMBER}:
        assert await refusal(jobs, asked(2, by=BEN, count=2), three) is None
    error = await refusal(jobs, asked(3, count=2), three)
    assert error is not None
    assert error.reason is SPENT[whose]
    paused = await refusal(jobs, asked(4), Limits(cooldown_s=60))
    assert paused is not None
    assert paused.reason is Problem.COOLING_DOWN
    assert await refusal(jobs, asked(5), three) is None


async def test_what_is_given_back_can_be_asked_for_again(jobs: JobRepository) -> None:
    three = limits((Whose.MEMBER, LimitKind.PICTURES_PER_DAY, 3))
    job = await jobs.add(asked(1, count=3), three)
    assert await refusal(jobs, asked(2), three) is not None
    failed = replace(
        job, state=JobState.FAILED, problem=Problem.FLUX_FAILED, charged_microcredits=0
    )
    await jobs.advance(job, failed)

    assert await refusal(jobs, asked(3, count=3), three) is None
    assert await refusal(jobs, asked(4), three) is not None


@pytest.mark.parametrize("whose", Whose)
@pytest.mark.parametrize("kind", BUDGETS)
async def test_of_many_at_the_same_moment_as_many_are_taken_as_there_is_room_for(
    jobs: JobRepository, whose: Whose, kind: LimitKind
) -> None:
    held_to = limits((whose, kind, amount(kind, 10)))
    outcomes = await asyncio.gather(
        *(jobs.add(asked(number), held_to) for number in range(50)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 10
    refused = [outcome for outcome in outcomes if isinstance(outcome, UserError)]
    assert [error.details.get("frees_at") for error in refused] == [kind.period_end(NOON)] * 40


@pytest.mark.parametrize(
    ("held_to", "problem"),
    [
        (Limits(member_cooldown_s=60), Problem.COOLING_DOWN),
        (Limits(jobs_per_member=1), Problem.TOO_MANY_JOBS),
    ],
)
async def test_a_server_s_pause_and_number_of_jobs_are_its_own(
    jobs: JobRepository, held_to: Limits, problem: Problem
) -> None:
    await jobs.add(asked(1, server=THERE))
    await jobs.add(asked(2, server=None))
    assert await refusal(jobs, asked(3), held_to) is None
    error = await refusal(jobs, asked(4), held_to)

    assert error is not None
    assert error.reason is problem
    assert await refusal(jobs, asked(5, by=BEN), held_to) is None


async def test_the_pause_comes_before_what_is_under_way_and_that_before_budgets(
    jobs: JobRepository,
) -> None:
    await jobs.add(asked(1))
    spent = limits((Whose.ALL, LimitKind.PICTURES_PER_DAY, 1))
    for held_to, problem in (
        (replace(spent, jobs_per_user=1, cooldown_s=60), Problem.COOLING_DOWN),
        (replace(spent, jobs_per_user=1, member_cooldown_s=60), Problem.COOLING_DOWN),
        (replace(spent, jobs_per_user=1), Problem.TOO_MANY_JOBS),
        (replace(spent, jobs_per_member=1), Problem.TOO_MANY_JOBS),
        (spent, Problem.TOTAL_BUDGET_SPENT),
    ):
        error = await refusal(jobs, asked(2), held_to)
        assert error is not None
        assert error.reason is problem
