"""A short form of `make benchmark`: what it measures is real, and is found by indexes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from benchmarks.operations import BUSIEST, Reading
from benchmarks.rows import BUSY_PERSON, BUSY_SERVER, NOW, fill
from benchmarks.table import Comparison, compare
from storage.database import Database
from storage.jobs import JobRepository
from storage.usage import Period, UsageRepository, span_of

if TYPE_CHECKING:
    from pathlib import Path

OF = "SEARCH totals USING PRIMARY KEY (whose=? AND guild_id=? AND user_id=? AND part=? AND unit=?"

BY_NUMBER = "SEARCH jobs USING INDEX idx_jobs_interaction_id (interaction_id=?)"

BY_PERSON = "SEARCH jobs USING INDEX idx_jobs_user_id_created_at (user_id=?)"

OF_TIME = OF + " AND since>? AND since<?)"

FOUND_BY = {
    "budgets of a person": OF + " AND since>?)",
    "budgets of a person in a server": OF + " AND since>?)",
    "budgets of a server": OF + " AND since>?)",
    "budgets of the whole bot": OF + " AND since>?)",
    "a request stored, with all of these": "SEARCH jobs USING COVERING INDEX"
    " idx_jobs_interaction_id (interaction_id=?)",
    "`/history`, page 1": BY_PERSON,
}


def found_by(name: str) -> str:
    return FOUND_BY.get(name) or (OF_TIME if name.startswith("`/usage`") else BY_NUMBER)


async def test_budgets_usage_and_history_are_found_by_indexes(tmp_path: Path) -> None:
    comparison = await compare(tmp_path, 8_000, 20_000, runs=1)

    assert comparison.faults == []
    assert comparison.is_good
    assert comparison.rows.keys() > FOUND_BY.keys()
    for name, readings in comparison.rows.items():
        before, after = readings
        assert BUSIEST in name or after.work < before.work * 1.1, name
        for reading in readings:
            assert found_by(name) in reading.steps
            # Only what was booked for one job is summed.
            assert all("job_id=?" in step for step in reading.steps if "ledger" in step)
    text = "\n".join(comparison.lines())
    assert "| what | 8,000 requests | 20,000 requests | ratio | target | work |" in text
    assert "BAD" not in text


async def test_the_rows_are_such_as_the_bot_reads(tmp_path: Path) -> None:
    path = tmp_path / "filled.db"
    await fill(path, 2_000)

    async with Database(path) as database:
        jobs = await JobRepository(database).search(BUSY_PERSON, "quiet", offset=0, limit=999)
        report = await UsageRepository(database).report(span_of(Period.MONTH, NOW))
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select count(*) from jobs").fetchone() == (2_000,)
        [(charged,)] = db.execute("select sum(credits) from usage")
        [(booked,)] = db.execute("select sum(microcredits) / 1000000.0 from ledger")
        [(of_server,)] = db.execute("select count(*) from jobs where guild_id = ?", [BUSY_SERVER])
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        kinds = {kind for (kind,) in db.execute("select type from sqlite_master")}
    assert kinds == {"table", "index", "trigger", "view"}
    assert jobs
    assert all("quiet" in job.request.prompt for job in jobs)
    assert 150 < report.requests < 190
    assert report.people
    assert charged == pytest.approx(booked)
    assert of_server > 100


def test_a_scan_and_another_plan_are_bad() -> None:
    found = Reading((1.0,), 50, ("SEARCH jobs USING INDEX a (b=?)",))
    scan = Reading((9.0,), 50, ("SCAN jobs",))

    assert Comparison(1, 2, {"x": (found, found)}).is_good
    assert Comparison(1, 2, {"x": (scan, scan)}).faults == ["x: SCAN jobs"]
    assert not Comparison(1, 2, {"x": (found, scan)}).is_good
    assert Comparison(1, 2, {"x": (Reading((1.0,), 50, ()),) * 2}).faults == ["x: no plan was seen"]


def test_more_rows_are_bad_unless_they_are_of_the_busiest() -> None:
    few, more = (Reading((1.0,), work, ("SEARCH jobs USING INDEX a (b=?)",)) for work in (100, 121))

    assert Comparison(1, 2, {"x": (few, more)}).faults == ["x: 121 instructions in place of 100"]
    assert Comparison(1, 2, {"x of the busiest": (few, more)}).is_good
