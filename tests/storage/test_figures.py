"""Counts for monitoring: open jobs, and the month's credits by payer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.models import Job, JobState, Payer, Problem
from storage.database import Database
from storage.jobs import JobRepository
from storage.usage import Figures, UsageRepository
from tests.factories import NOON, make_job, make_request, make_ticket

pytestmark = pytest.mark.both_engines

LAST_MONTH = NOON - timedelta(days=5)


@pytest.fixture
def usage(database: Database) -> UsageRepository:
    return UsageRepository(database)


async def add(
    database: Database, number: int, *, model: str = "flux-dev", **changes: object
) -> Job:
    request = make_request(model=model, ticket=make_ticket(interaction_id=number))
    job = make_job(id=f"job-{number}", request=request, **changes)
    await JobRepository(database).add(job)
    return job


async def test_of_a_blank_file_there_is_nothing_to_tell(usage: UsageRepository) -> None:
    assert await usage.figures(NOON) == Figures(
        open_jobs={}, month_microcredits={Payer.USER: 0, Payer.HOUSE: 0}
    )


async def test_open_jobs_are_counted_by_state_and_model(
    database: Database, usage: UsageRepository
) -> None:
    await add(database, 1)
    await add(database, 2)
    await add(database, 3, model="flux-pro")
    await add(database, 4, state=JobState.RUNNING)
    await add(database, 5, state=JobState.FAILED, ended_at=NOON)
    await add(database, 6, state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)

    found = (await usage.figures(NOON)).open_jobs

    assert found == {
        ("queued", "flux-dev"): 2,
        ("queued", "flux-pro"): 1,
        ("running", "flux-dev"): 1,
        ("failed", "flux-dev"): 1,
    }


async def test_credits_are_those_of_the_month_by_payer(
    database: Database, usage: UsageRepository
) -> None:
    await add(database, 1, created_at=LAST_MONTH)
    await add(database, 2)
    running = await add(database, 3, state=JobState.RUNNING)
    failed = replace(running, state=JobState.FAILED, problem=Problem.RESULT_UNREACHABLE)
    await JobRepository(database).advance(running, replace(failed, charged_microcredits=400_000))

    assert (await usage.figures(NOON)).month_microcredits == {
        Payer.USER: 216_000,
        Payer.HOUSE: 400_000,
    }
    assert (await usage.figures(LAST_MONTH)).month_microcredits[Payer.USER] == 432_000


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
