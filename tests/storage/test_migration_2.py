"""The step to the ledger, from a file as the version before it left it."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
import sqlite_utils

from domain.models import FINAL, Job, JobState, Payer, Problem
from storage.database import Database
from storage.jobs import JobRepository
from storage.ledger import LedgerKind, shares
from storage.migrations import migrations
from tests.domain.test_failures import REFUSED_BY_DISCORD
from tests.factories import NOON, make_image, make_job, make_request, make_ticket
from tests.storage.earlier import EARLIER_JOB
from tests.storage.ledger import LedgerRepository
from tests.storage.rows import library

NEW_PROBLEMS = {
    Problem.TOO_MANY_JOBS,
    Problem.PLACE_NOT_ALLOWED,
    Problem.PERSON_NOT_ALLOWED,
    Problem.MODEL_NOT_ALLOWED,
    Problem.COUNT_NOT_ALLOWED,
    Problem.SERVER_BUDGET_SPENT,
    Problem.COOLING_DOWN,
    Problem.USER_BUDGET_SPENT,
    Problem.TOTAL_BUDGET_SPENT,
    Problem.CLICKED_TWICE,
    Problem.CANCELLED,
    Problem.ARRIVED_LATE,
    *REFUSED_BY_DISCORD - {Problem.PLACE_FORBIDDEN},
}


def earlier_jobs() -> Iterator[Job]:
    """Make a job of every state, charge and problem that the version before knew."""
    problems = [None, *(problem for problem in Problem if problem not in NEW_PROBLEMS)]
    states = [state for state in JobState if state is not JobState.UNCERTAIN]
    every = product(states, (None, 0, 200_000), problems)
    for number, (state, charge, problem) in enumerate(every, start=1):
        yield make_job(
            id=f"job-{number}",
            request=make_request(ticket=make_ticket(interaction_id=number)),
            state=state,
            charged_microcredits=charge,
            problem=problem,
            ended_at=NOON if state in FINAL else None,
        )


@pytest.fixture
def earlier(path: Path) -> list[Job]:
    """Write the file of the version before."""
    jobs = list(earlier_jobs())
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m002_ledger_and_flags")
    db.table("jobs").insert_all(
        EARLIER_JOB
        | {"id": job.id, "interaction_id": job.request.ticket.interaction_id}
        | {"state": job.state, "problem": job.problem}
        | {"charged_microcredits": job.charged_microcredits}
        | {"ended_at": job.ended_at.isoformat() if job.ended_at else None}
        for job in jobs
    )
    db.table("images").insert(
        {"job_id": jobs[0].id, "kind": "result", "position": 1}
        | {"file_name": "a.png", "media_type": "image/png", "width": 1, "height": 1, "bytes": 1}
    )
    db.table("settings").insert({"key": "a", "value": "b"})
    db.close()
    return jobs


async def test_earlier_rows_are_kept_as_they_were(path: Path, earlier: list[Job]) -> None:
    async with Database(path) as database:
        repository = JobRepository(database)
        assert [await repository.get(job.id) for job in earlier] == earlier
        assert await database.read(lambda db: library(db).table("images").count) == 1
        assert await database.read(lambda db: list(library(db).table("settings").rows)) == [
            {"key": "a", "value": "b"}
        ]


async def test_the_books_of_earlier_jobs_agree(path: Path, earlier: list[Job]) -> None:
    async with Database(path) as database:
        ledger = LedgerRepository(database)
        for job in earlier:
            entries = await ledger.list_entries(job.id)
            found = {
                payer: sum(entry.microcredits for entry in entries if entry.payer is payer)
                for payer in Payer
            }
            assert found == shares(job), job
            for entry in entries:
                assert entry.is_estimate == (job.charged_microcredits is None)
                assert (entry.user_id, entry.guild_id) == (5001, 4001)
                assert entry.requested_at == entry.created_at == job.created_at
                assert entry.kind is kind_of(job, entry.payer)


def kind_of(job: Job, payer: Payer) -> LedgerKind:
    if payer is Payer.HOUSE:
        return LedgerKind.CARRIED
    return LedgerKind.SETTLED if job.state in FINAL else LedgerKind.RESERVED


async def test_an_earlier_job_goes_on_as_any_other(path: Path, earlier: list[Job]) -> None:
    running = next(job for job in earlier if job.state is JobState.RUNNING)
    async with Database(path) as database:
        repository, ledger = JobRepository(database), LedgerRepository(database)
        failed = make_job(
            id=running.id,
            request=running.request,
            state=JobState.FAILED,
            problem=Problem.FLUX_FAILED,
            charged_microcredits=0,
        )
        await repository.advance(running, failed, [make_image(job_id=running.id)])

        entries = await ledger.list_entries(running.id)
        assert [entry.kind for entry in entries] == [LedgerKind.RESERVED, LedgerKind.GIVEN_BACK]
        assert sum(entry.microcredits for entry in entries) == 0


async def test_the_same_schema_as_a_blank_file_gets(
    path: Path, earlier: list[Job], tmp_path: Path
) -> None:
    del earlier
    schemas = []
    for file in (path, tmp_path / "blank.db"):
        async with Database(file) as database:
            schemas.append(await database.read(lambda db: library(db).schema))

    assert schemas[0] == schemas[1]
