"""What one person and everybody may ask for: every limit, and the moment it ends."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.errors import UserError
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import Job, JobState, Problem, Requester
from storage.database import Database
from storage.jobs import DuplicateRequestError, JobRepository
from tests.factories import NOON, make_job, make_request, make_ticket

pytestmark = pytest.mark.both_engines

PRICE = 100
ADA, BEN = 1, 2
MIDNIGHT = datetime(2026, 10, 6, tzinfo=UTC)
NEW_MONTH = datetime(2026, 11, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def per_day(most: int) -> Limits:
    budget = Budget(whose=Whose.PERSON, kind=LimitKind.CREDITS_PER_DAY, most=most)
    return Limits(budgets=(budget,))


def per_month(most: int) -> Limits:
    budget = Budget(whose=Whose.ALL, kind=LimitKind.CREDITS_PER_MONTH, most=most)
    return Limits(budgets=(budget,))


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


def asked(
    number: int,
    *,
    by: int = ADA,
    at: datetime = NOON,
    retry_of: str | None = None,
    **changes: object,
) -> Job:
    request = make_request(
        ticket=make_ticket(interaction_id=number),
        requester=Requester(user_id=by, user_name="somebody"),
        retry_of=retry_of,
    )
    plain = {"id": f"job-{number}", "created_at": at, "estimated_microcredits": PRICE}
    return make_job(**{**plain, "request": request, **changes})


async def refusal(jobs: JobRepository, job: Job, limits: Limits) -> UserError | None:
    """Ask; return the limit in the way, after seeing that nothing was stored then."""
    try:
        await jobs.add(job, limits)
    except UserError as error:
        assert await jobs.get(job.id) is None
        return error
    assert await jobs.get(job.id) is not None
    return None


async def is_refused(jobs: JobRepository, job: Job, limits: Limits) -> bool:
    return await refusal(jobs, job, limits) is not None


async def ended(
    jobs: JobRepository, job: Job, state: JobState, charge: int, problem: Problem | None = None
) -> Job:
    """Add a job and bring it to its end the shortest way."""
    await jobs.add(job)
    way = [state]
    if state is JobState.DELIVERED:
        way = [JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHED, JobState.DELIVERED]
    for step in way:
        job = await jobs.advance(job, replace(job, state=step))
    ending = replace(job, ended_at=job.created_at, charged_microcredits=charge, problem=problem)
    return await jobs.advance(job, ending)


async def test_without_limits_anything_goes(jobs: JobRepository) -> None:
    for number in range(30):
        assert not await is_refused(jobs, asked(number), Limits())


async def test_a_person_s_day_can_be_spent_to_the_last_microcredit(jobs: JobRepository) -> None:
    limits = per_day(3 * PRICE)
    for number in range(3):
        assert not await is_refused(jobs, asked(number), limits)
    error = await refusal(jobs, asked(3, estimated_microcredits=1), limits)

    assert error is not None
    assert (error.reason, error.details.get("frees_at")) == (Problem.USER_BUDGET_SPENT, MIDNIGHT)
    assert not await is_refused(jobs, asked(4, by=BEN), limits)


async def test_a_price_over_what_is_left_is_refused(jobs: JobRepository) -> None:
    limits = per_day(PRICE + 50)
    await jobs.add(asked(1))

    assert await is_refused(jobs, asked(2, estimated_microcredits=51), limits)
    assert not await is_refused(jobs, asked(3, estimated_microcredits=50), limits)


async def test_a_day_ends_at_midnight_utc(jobs: JobRepository) -> None:
    limits = per_day(PRICE)
    await jobs.add(asked(1, at=MIDNIGHT - INSTANT))

    assert await is_refused(jobs, asked(2, at=MIDNIGHT - INSTANT), limits)
    assert not await is_refused(jobs, asked(3, at=MIDNIGHT), limits)
    assert await is_refused(jobs, asked(4, at=MIDNIGHT + INSTANT), limits)


@pytest.mark.parametrize("hours", [-11, 13])
async def test_a_day_is_utc_s_wherever_the_clock_stands(jobs: JobRepository, hours: int) -> None:
    limits = per_day(PRICE)
    zone = timezone(timedelta(hours=hours))
    await jobs.add(asked(1, at=(MIDNIGHT - INSTANT).astimezone(zone)))

    assert await is_refused(jobs, asked(2, at=MIDNIGHT - INSTANT), limits)
    assert not await is_refused(jobs, asked(3, at=MIDNIGHT.astimezone(zone)), limits)
    assert await is_refused(jobs, asked(4, at=MIDNIGHT), limits)


async def test_a_job_counts_for_the_day_it_was_asked_on(jobs: JobRepository) -> None:
    limits = per_day(PRICE)
    late = asked(1, at=MIDNIGHT - INSTANT)
    await ended(jobs, late, JobState.DELIVERED, 10 * PRICE)

    assert not await is_refused(jobs, asked(2, at=MIDNIGHT + INSTANT), limits)


async def test_what_was_given_back_can_be_spent_again(jobs: JobRepository) -> None:
    limits = per_day(PRICE)
    await ended(jobs, asked(1), JobState.CANCELLED, 0)

    assert not await is_refused(jobs, asked(2), limits)
    assert await is_refused(jobs, asked(3), limits)


async def test_the_real_charge_counts_once_it_is_known(jobs: JobRepository) -> None:
    limits = per_day(3 * PRICE)
    await ended(jobs, asked(1), JobState.DELIVERED, 2 * PRICE)

    assert await is_refused(jobs, asked(2, estimated_microcredits=PRICE + 1), limits)
    assert not await is_refused(jobs, asked(3), limits)


async def test_what_the_house_carries_spends_the_month_and_nobody_s_day(
    jobs: JobRepository,
) -> None:
    lost = asked(1)
    await ended(jobs, lost, JobState.FAILED, PRICE, Problem.RESULT_UNREACHABLE)
    error = await refusal(jobs, asked(2), per_month(2 * PRICE - 1))

    assert error is not None
    assert (error.reason, error.details.get("frees_at")) == (Problem.TOTAL_BUDGET_SPENT, NEW_MONTH)
    assert not await is_refused(jobs, asked(3), per_day(PRICE))


async def test_a_month_is_everybody_s(jobs: JobRepository) -> None:
    limits = per_month(2 * PRICE)
    first_of_month = datetime(2026, 10, 1, tzinfo=UTC)
    await jobs.add(asked(1, at=first_of_month - INSTANT))
    for number, person in ((2, ADA), (3, BEN)):
        assert not await is_refused(jobs, asked(number, by=person, at=first_of_month), limits)

    assert await is_refused(jobs, asked(4, by=3, at=NEW_MONTH - INSTANT), limits)
    assert not await is_refused(jobs, asked(5, by=3, at=NEW_MONTH), limits)


@pytest.mark.parametrize(
    ("at", "frees_at"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2027, 1, 31, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
async def test_the_next_month_is_named(
    jobs: JobRepository, at: datetime, frees_at: datetime
) -> None:
    await jobs.add(asked(1, at=at))
    error = await refusal(jobs, asked(2, at=at), per_month(2 * PRICE - 1))

    assert error is not None
    assert error.details.get("frees_at") == frees_at


async def test_what_is_more_than_a_whole_budget_is_not_told_to_come_back(
    jobs: JobRepository,
) -> None:
    error = await refusal(jobs, asked(1), per_day(PRICE - 1))

    assert error is not None
    assert (error.reason, error.details.get("frees_at")) == (Problem.USER_BUDGET_SPENT, None)


async def test_a_cooldown_ends_to_the_microsecond(jobs: JobRepository) -> None:
    limits = Limits(cooldown_s=2.5)
    over = NOON + timedelta(seconds=2.5)
    await jobs.add(asked(1))
    error = await refusal(jobs, asked(2, at=over - INSTANT), limits)

    assert error is not None
    assert (error.reason, error.details.get("frees_at")) == (Problem.COOLING_DOWN, over)
    assert not await is_refused(jobs, asked(3, by=BEN), limits)
    assert not await is_refused(jobs, asked(4, at=over), limits)
    assert await is_refused(jobs, asked(5, at=over), limits)


async def test_what_is_dated_far_ahead_makes_nobody_wait(jobs: JobRepository) -> None:
    await jobs.add(asked(1, at=NOON + timedelta(hours=1)))
    await jobs.add(asked(2, retry_of="job-1", at=NOON + timedelta(hours=1)))

    limits = Limits(cooldown_s=60)
    assert not await is_refused(jobs, asked(3, retry_of="job-1"), limits)
    # Within the pause it may be a clock that was corrected by a little.
    ahead = NOON - timedelta(seconds=59)
    assert await is_refused(jobs, asked(4, at=ahead), limits)


@pytest.mark.parametrize(
    ("state", "problem", "waits"),
    [
        (JobState.CANCELLED, Problem.CANCELLED, True),
        (JobState.REFUSED, Problem.FLUX_BAD_SOURCE, True),
        (JobState.REFUSED, Problem.SOURCE_NOT_A_PICTURE, True),
        (JobState.REFUSED, Problem.SOURCE_TOO_LARGE, True),
        (JobState.REFUSED, Problem.SOURCE_TOO_MANY_PIXELS, True),
        (JobState.REFUSED, Problem.SOURCE_TOO_COSTLY, True),
        (JobState.REFUSED, Problem.SOURCE_UNREACHABLE, False),
        (JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT, False),
        (JobState.CANCELLED, Problem.RESTARTED, False),
        (JobState.CANCELLED, Problem.STORED_TOO_LATE, False),
        (JobState.FAILED, Problem.FLUX_UNAVAILABLE, False),
        (JobState.FAILED, Problem.INTERNAL, False),
    ],
)
async def test_what_cost_nothing_counts_for_the_pause_only_where_its_author_caused_it(
    jobs: JobRepository, state: JobState, problem: Problem, *, waits: bool
) -> None:
    await ended(jobs, asked(1), state, 0, problem)

    assert await is_refused(jobs, asked(2), Limits(cooldown_s=60)) == waits


async def test_a_person_has_so_many_jobs_at_once(jobs: JobRepository) -> None:
    limits = Limits(jobs_per_user=2)
    first = asked(1)
    await jobs.add(first)
    await jobs.add(asked(2))
    error = await refusal(jobs, asked(3), limits)

    assert error is not None
    assert (error.reason, error.details.get("frees_at")) == (
        Problem.TOO_MANY_JOBS,
        first.expected_at,
    )
    assert not await is_refused(jobs, asked(4, by=BEN), limits)
    late = await refusal(jobs, asked(6, at=first.expected_at), limits)
    assert late is not None
    assert late.details.get("frees_at") is None
    await jobs.advance(first, replace(first, state=JobState.FAILED, ended_at=NOON))
    assert not await is_refused(jobs, asked(5), limits)


async def test_a_job_that_is_overdue_or_uncertain_takes_nobody_s_place(
    jobs: JobRepository,
) -> None:
    limits = Limits(jobs_per_user=1)
    job = await jobs.add(asked(1))
    await jobs.advance(job, replace(job, overdue_at=NOON))
    assert not await is_refused(jobs, asked(2, state=JobState.UNCERTAIN), limits)
    assert not await is_refused(jobs, asked(3), limits)
    assert await is_refused(jobs, asked(4), limits)


async def test_of_many_at_the_same_moment_one_gets_the_last_of_an_allowance(
    jobs: JobRepository,
) -> None:
    for base, limits in enumerate(
        (
            per_day(PRICE),
            per_month(2 * PRICE),
            Limits(jobs_per_user=1),
            Limits(cooldown_s=1),
        ),
        start=1,
    ):
        person = 10 * base
        at = datetime(2026, base, 1, tzinfo=UTC)
        if limits == per_month(2 * PRICE):
            await jobs.add(asked(999, by=BEN, at=at))
        adding = (
            jobs.add(asked(100 * base + number, by=person, at=at), limits) for number in range(8)
        )
        outcomes = await asyncio.gather(*adding, return_exceptions=True)

        assert sum(isinstance(outcome, Job) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, UserError) for outcome in outcomes) == 7


async def test_a_second_click_within_five_seconds_is_the_same_wish(jobs: JobRepository) -> None:
    await jobs.add(asked(1))
    await jobs.add(asked(2, retry_of="job-1"))
    soon, later = (NOON + timedelta(seconds=5) + step for step in (-INSTANT, timedelta(0)))
    with pytest.raises(UserError) as refused:
        await jobs.add(asked(3, retry_of="job-1", at=soon))
    assert refused.value.reason is Problem.CLICKED_TWICE

    assert await jobs.get("job-3") is None
    await jobs.add(asked(4, retry_of="job-1", at=soon, by=BEN))
    await jobs.add(asked(5, retry_of="job-2", at=soon))
    await jobs.add(asked(6, at=soon))
    await jobs.add(asked(7, retry_of="job-1", at=later))


async def test_of_two_clicks_at_the_same_moment_one_makes_a_job(jobs: JobRepository) -> None:
    await jobs.add(asked(1))
    outcomes = await asyncio.gather(
        *(jobs.add(asked(number, retry_of="job-1")) for number in (2, 3)), return_exceptions=True
    )

    [_, refused] = outcomes
    assert isinstance(refused, UserError)
    assert refused.reason is Problem.CLICKED_TWICE


async def test_a_click_that_came_to_nothing_does_not_stand_in_the_way(
    jobs: JobRepository,
) -> None:
    await jobs.add(asked(1))
    await ended(jobs, asked(2, retry_of="job-1"), JobState.CANCELLED, 0)
    await jobs.add(asked(3, retry_of="job-1"))

    assert await jobs.get("job-3") is not None


@pytest.mark.parametrize(
    "limits",
    [
        per_day(PRICE),
        per_month(PRICE),
        Limits(cooldown_s=60),
        Limits(jobs_per_user=1),
        Limits(),
    ],
)
async def test_an_interaction_that_came_twice_is_no_second_wish(
    jobs: JobRepository, limits: Limits
) -> None:
    await jobs.add(asked(1, retry_of="another"), limits)
    with pytest.raises(DuplicateRequestError):
        await jobs.add(asked(1, retry_of="another", id="twice"), limits)

    assert await jobs.get("twice") is None
