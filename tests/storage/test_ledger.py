"""The books: who bears what of a job in every state, in the transaction that changes it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from domain.models import FINAL, ImageKind, Job, JobState, Payer, Problem
from storage.connection import Connection
from storage.database import Database
from storage.errors import EngineError
from storage.images import ImageRepository
from storage.jobs import JobRepository, StaleJobError
from storage.ledger import LedgerEntry, LedgerKind, shares
from tests.domain.test_failures import KEPT
from tests.factories import NOON, make_image, make_job, make_request, make_ticket
from tests.storage.ledger import LedgerRepository

pytestmark = pytest.mark.both_engines

ESTIMATE = 216_000
CHARGE = 200_000
ROW = (LedgerKind.RESERVED, Payer.USER, ESTIMATE)

UNDER_WAY = [state for state in JobState if state not in FINAL]
ENDED = [state for state in JobState if state in FINAL]

WAY = [JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHED]
"""The way of a job to its pictures."""


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


@pytest.fixture
def ledger(database: Database) -> LedgerRepository:
    return LedgerRepository(database)


async def booked(ledger: LedgerRepository) -> list[tuple[LedgerKind, Payer, int]]:
    entries = await ledger.list_entries(make_job().id)
    return [(entry.kind, entry.payer, entry.microcredits) for entry in entries]


async def brought_to(jobs: JobRepository, last: JobState) -> Job:
    """Add a job and take it along the way, as far as this state."""
    job = make_job()
    await jobs.add(job)
    for _, after in pairwise(WAY[: WAY.index(last) + 1]):
        job = await jobs.advance(job, replace(job, state=after))
    return job


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_job_under_way_is_its_requester_s(state: JobState) -> None:
    assert shares(make_job(state=state)) == {Payer.USER: ESTIMATE, Payer.HOUSE: 0}
    assert shares(make_job(state=state, charged_microcredits=CHARGE)) == {
        Payer.USER: CHARGE,
        Payer.HOUSE: 0,
    }


@pytest.mark.parametrize("state", [state for state in ENDED if state is not JobState.DELIVERED])
@pytest.mark.parametrize("problem", [None, *Problem])
@pytest.mark.parametrize("charge", [None, 0, CHARGE])
def test_a_job_without_a_picture_is_the_house_s_and_a_kept_one_its_requester_s(
    state: JobState, problem: Problem | None, charge: int | None
) -> None:
    found = shares(make_job(state=state, problem=problem, charged_microcredits=charge))
    payer = Payer.USER if problem in KEPT - {Problem.ARRIVED_LATE} else Payer.HOUSE
    expected = ESTIMATE if charge is None else charge

    assert found[payer] == expected
    assert sum(found.values()) == expected


def test_a_delivered_job_is_its_requester_s() -> None:
    assert shares(make_job(state=JobState.DELIVERED)) == {Payer.USER: ESTIMATE, Payer.HOUSE: 0}


@pytest.mark.parametrize("state", JobState)
def test_what_arrives_late_was_given_back_and_stays_the_house_s(state: JobState) -> None:
    found = shares(make_job(state=state, problem=Problem.ARRIVED_LATE, charged_microcredits=CHARGE))

    assert found == {Payer.USER: 0, Payer.HOUSE: CHARGE}


async def test_the_price_is_reserved_with_the_job(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    job = make_job()
    await jobs.add(job)
    [entry] = await ledger.list_entries(job.id)

    assert (entry.kind, entry.payer, entry.microcredits) == ROW
    assert entry.is_estimate
    assert (entry.user_id, entry.guild_id) == (5001, 4001)
    assert entry.requested_at == entry.created_at == NOON


async def test_a_job_that_cannot_be_stored_reserves_nothing(
    jobs: JobRepository, database: Database
) -> None:
    await jobs.add(make_job())
    same_id = make_job(request=make_request(ticket=make_ticket(interaction_id=2)))
    with pytest.raises(EngineError):
        await jobs.add(same_id)

    assert await database.read(lambda db: db.count("ledger")) == 1


@pytest.mark.sqlite_only
async def test_a_price_that_cannot_be_reserved_stores_no_job(
    jobs: JobRepository, database: Database
) -> None:
    await database.write(refuse_entries)
    with pytest.raises(EngineError, match="no entry"):
        await jobs.add(make_job())

    assert await jobs.get(make_job().id) is None


@pytest.mark.sqlite_only
async def test_an_end_that_cannot_be_booked_is_not_stored(
    jobs: JobRepository, database: Database, ledger: LedgerRepository
) -> None:
    fetched = await brought_to(jobs, JobState.FETCHED)
    await database.write(refuse_entries)
    failed = replace(fetched, state=JobState.FAILED, problem=Problem.INTERNAL)
    with pytest.raises(EngineError, match="no entry"):
        await jobs.advance(fetched, failed)

    assert await jobs.get(fetched.id) == fetched
    assert await booked(ledger) == [ROW]


async def test_a_step_that_changes_no_price_books_nothing(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    await brought_to(jobs, JobState.RUNNING)

    assert await booked(ledger) == [ROW]


@pytest.mark.parametrize("charge", [ESTIMATE - 1, ESTIMATE + 1, ESTIMATE, 2 * ESTIMATE, 1])
async def test_a_job_is_settled_to_the_real_charge(
    jobs: JobRepository, ledger: LedgerRepository, charge: int
) -> None:
    running = await brought_to(jobs, JobState.RUNNING)
    fetched = replace(running, state=JobState.FETCHED, charged_microcredits=charge)
    fetched = await jobs.advance(running, fetched, [make_image()])
    await jobs.advance(fetched, replace(fetched, state=JobState.DELIVERED))
    entries = await ledger.list_entries(running.id)

    assert await booked(ledger) == [ROW, (LedgerKind.SETTLED, Payer.USER, charge - ESTIMATE)]
    assert [entry.is_estimate for entry in entries] == [True, False]
    assert {entry.requested_at for entry in entries} == {NOON}
    assert entries[-1].created_at <= datetime.now(UTC)


async def test_a_delivered_job_whose_charge_is_not_told_stays_at_its_estimate(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    fetched = await brought_to(jobs, JobState.FETCHED)
    await jobs.advance(fetched, replace(fetched, state=JobState.DELIVERED))

    assert await booked(ledger) == [ROW]


GIVEN_BACK = (LedgerKind.GIVEN_BACK, Payer.USER, -ESTIMATE)


@pytest.mark.parametrize(
    ("last", "end", "problem"),
    [
        (JobState.QUEUED, JobState.CANCELLED, Problem.ANSWERED_TOO_LATE),
        (JobState.QUEUED, JobState.CANCELLED, Problem.CANCELLED),
        (JobState.QUEUED, JobState.REFUSED, Problem.SOURCE_TOO_LARGE),
        (JobState.QUEUED, JobState.FAILED, Problem.PLACE_FORBIDDEN),
        (JobState.SUBMITTING, JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT),
        (JobState.SUBMITTING, JobState.FAILED, Problem.FLUX_OUT_OF_CREDITS),
        (JobState.RUNNING, JobState.FAILED, Problem.FLUX_FAILED),
        (JobState.RUNNING, JobState.REFUSED, Problem.FLUX_REFUSED_CONTENT),
    ],
)
async def test_what_cost_nothing_is_given_back(
    jobs: JobRepository,
    ledger: LedgerRepository,
    last: JobState,
    end: JobState,
    problem: Problem,
) -> None:
    job = await brought_to(jobs, last)
    await jobs.advance(job, replace(job, state=end, problem=problem, charged_microcredits=0))

    assert await booked(ledger) == [ROW, GIVEN_BACK]


@pytest.mark.parametrize("charge", [None, CHARGE])
async def test_what_was_charged_and_not_given_is_carried_by_the_house(
    jobs: JobRepository, ledger: LedgerRepository, charge: int | None
) -> None:
    running = await brought_to(jobs, JobState.RUNNING)
    failed = replace(
        running,
        state=JobState.FAILED,
        problem=Problem.RESULT_UNREACHABLE,
        charged_microcredits=charge,
    )
    await jobs.advance(running, failed)
    carried = (LedgerKind.CARRIED, Payer.HOUSE, ESTIMATE if charge is None else charge)
    entries = await ledger.list_entries(running.id)

    assert await booked(ledger) == [ROW, GIVEN_BACK, carried]
    assert entries[-1].is_estimate == (charge is None)


async def test_a_picture_that_is_kept_is_paid_by_its_requester(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    fetched = await brought_to(jobs, JobState.FETCHED)
    gone = replace(
        fetched,
        state=JobState.FAILED,
        problem=Problem.MESSAGE_GONE,
        charged_microcredits=ESTIMATE,
    )
    await jobs.advance(fetched, gone)

    assert await booked(ledger) == [ROW, (LedgerKind.SETTLED, Payer.USER, 0)]


async def test_a_lost_answer_is_given_back_and_its_late_picture_stays_the_house_s(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    job = await brought_to(jobs, JobState.SUBMITTING)
    for changes in (
        {"state": JobState.UNCERTAIN},
        {"state": JobState.FAILED, "problem": Problem.ANSWER_LOST},
        {"state": JobState.RUNNING, "problem": Problem.ARRIVED_LATE, "task_id": "t-1"},
        {"state": JobState.FETCHED, "charged_microcredits": CHARGE},
        {"state": JobState.FAILED},
    ):
        job = await jobs.advance(job, replace(job, **changes))

    assert await booked(ledger) == [
        ROW,
        GIVEN_BACK,
        (LedgerKind.CARRIED, Payer.HOUSE, ESTIMATE),
        (LedgerKind.CARRIED, Payer.HOUSE, CHARGE - ESTIMATE),
    ]


async def test_a_stale_step_books_nothing(jobs: JobRepository, ledger: LedgerRepository) -> None:
    queued = await brought_to(jobs, JobState.QUEUED)
    await jobs.advance(queued, replace(queued, state=JobState.SUBMITTING))
    cancelled = replace(queued, state=JobState.CANCELLED, charged_microcredits=0)
    with pytest.raises(StaleJobError):
        await jobs.advance(queued, cancelled)

    assert await booked(ledger) == [ROW]


async def test_of_an_end_and_a_step_at_the_same_moment_one_is_booked(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    queued = await brought_to(jobs, JobState.QUEUED)
    cancelled = replace(queued, state=JobState.CANCELLED, charged_microcredits=0)
    outcomes = await asyncio.gather(
        *(jobs.advance(queued, cancelled) for _ in range(5)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [Job, *[StaleJobError] * 4]
    assert await booked(ledger) == [ROW, GIVEN_BACK]


async def test_a_job_without_a_price_books_its_pictures_alone(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    job = make_job(estimated_microcredits=0)
    await jobs.add(job)
    assert await booked(ledger) == [(LedgerKind.RESERVED, Payer.USER, 0)]
    failed = replace(
        job, state=JobState.FAILED, problem=Problem.FLUX_FAILED, charged_microcredits=0
    )
    await jobs.advance(job, failed)

    entries = await ledger.list_entries(job.id)
    assert [entry.pictures for entry in entries] == [1, -1]
    assert entries[-1].kind is LedgerKind.GIVEN_BACK


def of_pictures(entries: Sequence[LedgerEntry]) -> int:
    assert all(not entry.pictures for entry in entries if entry.payer is Payer.HOUSE)
    return sum(entry.pictures for entry in entries)


async def fetched_with(jobs: JobRepository, pictures: int) -> Job:
    """Add a job for three pictures and bring it to having so many of them."""
    job = make_job(request=make_request(count=3), estimated_microcredits=3 * ESTIMATE)
    await jobs.add(job)
    for state in WAY[1:-1]:
        job = await jobs.advance(job, replace(job, state=state))
    after = replace(job, state=JobState.FETCHED, fetched_at=NOON, charged_microcredits=3 * CHARGE)
    images = [
        make_image(position=number, file_name=f"{job.id}-result-{number}.png")
        for number in range(1, pictures + 1)
    ]
    return await jobs.advance(job, after, images)


@pytest.mark.parametrize("came", [1, 2, 3])
async def test_pictures_that_did_not_come_are_given_back(
    jobs: JobRepository, ledger: LedgerRepository, came: int
) -> None:
    fetched = await fetched_with(jobs, came)
    await jobs.advance(fetched, replace(fetched, state=JobState.DELIVERED))
    entries = await ledger.list_entries(fetched.id)

    assert entries[0].pictures == 3
    assert of_pictures(entries) == came


@pytest.mark.parametrize("removed", [1, 2])
async def test_pictures_that_are_removed_later_stay_counted(
    jobs: JobRepository, ledger: LedgerRepository, database: Database, removed: int
) -> None:
    fetched = await fetched_with(jobs, 2)
    ended = replace(fetched, state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
    delivered = await jobs.advance(fetched, ended)
    images = await jobs.list_images(delivered.id, ImageKind.RESULT)
    files = [image.file_name for image in images[:removed]]
    assert await ImageRepository(database).forget(files) == files

    await jobs.advance(delivered, replace(delivered, problem=Problem.MESSAGE_GONE))

    assert of_pictures(await ledger.list_entries(fetched.id)) == 2


@pytest.mark.parametrize("problem", [*Problem])
async def test_pictures_are_counted_where_they_are_somebody_s_to_fetch(
    jobs: JobRepository, ledger: LedgerRepository, problem: Problem
) -> None:
    fetched = await fetched_with(jobs, 3)
    await jobs.advance(fetched, replace(fetched, state=JobState.FAILED, problem=problem))
    is_kept = problem in KEPT - {Problem.ARRIVED_LATE}

    assert of_pictures(await ledger.list_entries(fetched.id)) == (3 if is_kept else 0)


async def test_what_was_cancelled_before_it_was_made_counts_no_picture(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    queued = await brought_to(jobs, JobState.QUEUED)
    cancelled = replace(
        queued, state=JobState.CANCELLED, problem=Problem.CANCELLED, charged_microcredits=0
    )
    await jobs.advance(queued, cancelled)

    assert of_pictures(await ledger.list_entries(queued.id)) == 0


async def test_entries_of_another_job_are_not_shown(
    jobs: JobRepository, ledger: LedgerRepository
) -> None:
    await jobs.add(make_job())

    assert await ledger.list_entries("another") == []


def refuse_entries(db: Connection) -> None:
    """Make the ledger take nothing any more, as a fault between two statements would."""
    db.execute(
        "create trigger refuse before insert on ledger begin select raise(abort, 'no entry'); end"
    )
