"""The step to totals: what earlier versions stored is counted, also where a kill stops it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlite_utils

from domain.limits import Budget, LimitKind, Whose
from storage.database import Database
from storage.limit_checks import SpendingRepository
from storage.migrations import migrations
from storage.recount import count_stored, is_counting
from storage.totals import COUNTED_BETWEEN
from tests.storage.earlier import EARLIER_JOB, migrate_with_stops
from tests.storage.totals import check_totals

if TYPE_CHECKING:
    import pytest

DUMP: Final = Path(__file__).parent / "fluxcord-1.0.0.sql"
NEWEST: Final = datetime(2026, 10, 5, 12, tzinfo=UTC)
JOBS: Final = 90


def earlier(path: Path) -> None:
    """Write a file of the version before, with requests of three people on thirty days."""
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m018_totals")
    for number in range(JOBS):
        at = NEWEST - timedelta(hours=8 * (number // 2))  # two at each moment
        user_id, guild_id = 5001 + number % 3, None if number % 7 == 0 else 4001 + number % 2
        job = {
            "id": f"{number:012x}",
            "interaction_id": number,
            "created_at": at.isoformat(),
            "user_id": user_id,
            "guild_id": guild_id,
            "state": "delivered" if number % 4 else "failed",
            "fetched_at": at.isoformat() if number % 4 else None,
            "ended_at": (at + timedelta(seconds=number)).isoformat(),
            "charged_microcredits": 216_000 if number % 5 else None,
        }
        db.table("jobs").insert(EARLIER_JOB | job)
        booked = {
            "job_id": job["id"],
            "payer": "user" if number % 4 else "house",
            "kind": "settled",
            "microcredits": 216_000,
            "pictures": 1 if number % 4 else 0,
            "is_estimate": 0,
            "user_id": user_id,
            "guild_id": guild_id,
            "requested_at": at.isoformat(),
            "created_at": at.isoformat(),
        }
        db.table("ledger").insert(booked)
    db.close()


async def test_what_an_earlier_version_stored_is_counted(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    earlier(path)
    with caplog.at_level(logging.INFO, "storage.recount"):
        async with Database(path) as database:
            await database.write(check_totals, NEWEST)
            spending = SpendingRepository(database)
            budgets = [
                Budget(whose=whose, kind=LimitKind.CREDITS_PER_MONTH, most=1)
                for whose in (Whose.PERSON, Whose.ALL)
            ]
            used = await spending.used(budgets, NEWEST, user_id=5002)
            assert used == [7 * 216_000, 28 * 216_000]  # of fourteen moments of October
    assert f"requests counted: {JOBS} of {JOBS}" in caplog.messages

    caplog.clear()
    async with Database(path):
        assert caplog.messages == []


async def test_of_version_1_0_0_all_is_counted(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
    async with Database(path) as database:
        await database.write(check_totals, datetime(2026, 11, 5, tzinfo=UTC))


async def test_a_count_that_was_stopped_goes_on(path: Path) -> None:
    earlier(path)
    step = partial(count_stored, batch=20)

    stops = migrate_with_stops(path, step, is_counting, first=1_000, longer=100)

    assert stops > 3
    async with Database(path) as database:
        await database.write(check_totals, NEWEST)


async def test_a_part_is_found_without_a_look_at_all_requests(path: Path) -> None:
    earlier(path)
    async with Database(path) as database:
        plan = await database.read(
            lambda db: db.fetch(
                f"explain query plan {COUNTED_BETWEEN}", {"after": "2026", "to": "2027"}
            )
        )
    assert not [row["detail"] for row in plan if row["detail"].startswith("SCAN jobs")]
