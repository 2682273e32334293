"""Counts for monitoring: open jobs, and the month's credits by payer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.models import Job, JobState, Payer, Problem
from storage.database import Database
from storage.jobs import JobRepository
from storage.stats import FigureRepository, Figures, OpenJobs
from tests.factories import NOON, make_job, make_request, make_ticket

pytestmark = pytest.mark.both_engines

LAST_MONTH = NOON - timedelta(days=5)


@pytest.fixture
def figures(database: Database) -> FigureRepository:
    return FigureRepository(database)


async def add(
    database: Database, number: int, *, model: str = "flux-dev", **changes: object
) -> Job:
    request = make_request(model=model, ticket=make_ticket(interaction_id=number))
    job = make_job(id=f"job-{number}", request=request, **changes)
    await JobRepository(database).add(job)
    return job


async def test_of_a_blank_file_there_is_nothing_to_tell(figures: FigureRepository) -> None:
    assert await figures.read(NOON) == Figures(
        open_jobs=(), month_microcredits={Payer.USER: 0, Payer.HOUSE: 0}
    )


async def test_open_jobs_are_counted_by_state_and_model(
    database: Database, figures: FigureRepository
) -> None:
    await add(database, 1)
    await add(database, 2)
    await add(database, 3, model="flux-pro")
    await add(database, 4, state=JobState.RUNNING)
    await add(database, 5, state=JobState.FAILED, ended_at=NOON)
    await add(database, 6, state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)

    found = (await figures.read(NOON)).open_jobs

    assert set(found) == {
        OpenJobs(state="queued", model="flux-dev", jobs=2),
        OpenJobs(state="queued", model="flux-pro", jobs=1),
        OpenJobs(state="running", model="flux-dev", jobs=1),
        OpenJobs(state="failed", model="flux-dev", jobs=1),
    }


async def test_credits_are_those_of_the_month_by_payer(
    database: Database, figures: FigureRepository
) -> None:
    await add(database, 1, created_at=LAST_MONTH)
    await add(database, 2)
    running = await add(database, 3, state=JobState.RUNNING)
    failed = replace(running, state=JobState.FAILED, problem=Problem.RESULT_UNREACHABLE)
    await JobRepository(database).advance(running, replace(failed, charged_microcredits=400_000))

    assert (await figures.read(NOON)).month_microcredits == {
        Payer.USER: 216_000,
        Payer.HOUSE: 400_000,
    }
    assert (await figures.read(LAST_MONTH)).month_microcredits[Payer.USER] == 432_000


@pytest.mark.sqlite_only
async def test_only_open_jobs_are_read(database: Database) -> None:
    plan = await database.read(
        lambda db: [
            row["detail"]
            for row in db.fetch(
                "explain query plan select state, model, count(*) as jobs from jobs"
                " where told_at is null group by state, model"
            )
        ]
    )

    assert "USING INDEX idx_jobs_told_at_created_at (told_at=?)" in plan[0]
