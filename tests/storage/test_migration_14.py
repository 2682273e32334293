"""The step to limits, from a file as the version before it left it: earlier pictures count."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils

from domain.errors import UserError
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import Job, JobState, Payer, Problem
from storage.database import Database
from storage.jobs import JobRepository
from storage.ledger import LedgerKind
from storage.migrations import migrations
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.storage.earlier import EARLIER_JOB
from tests.storage.ledger import LedgerRepository
from tests.storage.rows import library

STEP = "m014_limits_and_access"

PRICE = 100

BOOKED: dict[str, tuple[dict[str, object], list[tuple[LedgerKind, Payer, int]], int]] = {
    "under way": ({}, [(LedgerKind.RESERVED, Payer.USER, 2 * PRICE)], 2),
    "delivered": (
        {"state": JobState.DELIVERED, "charged_microcredits": PRICE},
        [(LedgerKind.RESERVED, Payer.USER, 2 * PRICE), (LedgerKind.SETTLED, Payer.USER, -PRICE)],
        2,
    ),
    "delivered for nothing": (
        {"state": JobState.DELIVERED, "charged_microcredits": 0},
        [
            (LedgerKind.RESERVED, Payer.USER, 2 * PRICE),
            (LedgerKind.GIVEN_BACK, Payer.USER, -2 * PRICE),
        ],
        2,
    ),
    "of before the ledger": (
        {"state": JobState.DELIVERED, "charged_microcredits": PRICE},
        [(LedgerKind.SETTLED, Payer.USER, PRICE)],
        2,
    ),
    "not made": (
        {"state": JobState.FAILED, "charged_microcredits": 0, "problem": Problem.FLUX_FAILED},
        [
            (LedgerKind.RESERVED, Payer.USER, 2 * PRICE),
            (LedgerKind.GIVEN_BACK, Payer.USER, -2 * PRICE),
        ],
        0,
    ),
    "lost": (
        {"state": JobState.FAILED, "problem": Problem.ANSWER_LOST},
        [
            (LedgerKind.RESERVED, Payer.USER, 2 * PRICE),
            (LedgerKind.GIVEN_BACK, Payer.USER, -2 * PRICE),
            (LedgerKind.CARRIED, Payer.HOUSE, 2 * PRICE),
        ],
        0,
    ),
}
"""Jobs for two pictures, what the version before booked for them, and how many count."""


def earlier_jobs() -> Iterator[Job]:
    for number, (changes, _, _) in enumerate(BOOKED.values(), start=1):
        request = make_request(count=2, ticket=make_ticket(interaction_id=number))
        yield make_job(
            id=f"job-{number}",
            request=request,
            created_at=NOON + timedelta(seconds=number),
            estimated_microcredits=2 * PRICE,
            **changes,
        )


@pytest.fixture
def earlier(path: Path) -> list[Job]:
    """Write the file of the version before."""
    jobs = list(earlier_jobs())
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before=STEP)
    known = {column.name for column in db.table("jobs").columns}
    assert "allowance" not in known
    db.table("jobs").insert_all(
        EARLIER_JOB
        | {"id": job.id, "interaction_id": job.request.ticket.interaction_id, "count": 2}
        | {"created_at": job.created_at.isoformat(), "estimated_microcredits": 2 * PRICE}
        | changes
        for job, (changes, _, _) in zip(jobs, BOOKED.values(), strict=True)
    )
    for job, (_, entries, _) in zip(jobs, BOOKED.values(), strict=True):
        for kind, payer, microcredits in entries:
            db.table("ledger").insert(
                {
                    "job_id": job.id,
                    "payer": payer,
                    "kind": kind,
                    "microcredits": microcredits,
                    "is_estimate": 0,
                    "user_id": 5001,
                    "guild_id": 4001,
                    "requested_at": job.created_at.isoformat(),
                    "created_at": job.created_at.isoformat(),
                }
            )
    db.close()
    return jobs


async def test_earlier_jobs_are_kept_and_their_pictures_counted(
    path: Path, earlier: list[Job]
) -> None:
    async with Database(path) as database:
        jobs, ledger = JobRepository(database), LedgerRepository(database)
        assert [await jobs.get(job.id) for job in earlier] == earlier
        for job, (_, booked, pictures) in zip(earlier, BOOKED.values(), strict=True):
            entries = await ledger.list_entries(job.id)
            assert [(row.kind, row.payer, row.microcredits) for row in entries] == booked
            assert sum(row.pictures for row in entries) == pictures


async def test_earlier_pictures_count_for_new_limits(path: Path, earlier: list[Job]) -> None:
    total = sum(pictures for _, _, pictures in BOOKED.values())
    async with Database(path) as database:
        jobs = JobRepository(database)
        for most, is_refused in ((total, True), (total + 1, False)):
            budget = Budget(whose=Whose.SERVER, kind=LimitKind.PICTURES_PER_DAY, most=most)
            asked = make_job(created_at=NOON, request=make_request())
            if is_refused:
                with pytest.raises(UserError):
                    await jobs.add(asked, Limits(budgets=(budget,)))
            else:
                await jobs.add(asked, Limits(budgets=(budget,)))


async def test_the_same_schema_as_a_blank_file_gets(
    path: Path, earlier: list[Job], tmp_path: Path
) -> None:
    del earlier
    schemas = []
    for file in (path, tmp_path / "blank.db"):
        async with Database(file) as database:
            schemas.append(await database.read(lambda db: library(db).schema))

    assert schemas[0] == schemas[1]
