"""What is done with each request costs the writing thread and the event loop little."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import JobState
from storage.jobs import JobRepository, Step
from tests.factories import make_image, make_job, make_request, make_ticket
from tests.storage.rows import keys, put
from tests.storage.test_group_commit import held, statements, written_together

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from storage.database import Database

PLENTY: Final = 10**9

PAGE_BYTES: Final = 4096

PAGES_PER_JOB: Final = 60
"""48 when it was set."""

LIMITS: Final = Limits(
    cooldown_s=0.001,
    member_cooldown_s=0.001,
    jobs_per_user=PLENTY,
    jobs_per_member=PLENTY,
    budgets=tuple(
        Budget(whose=whose, kind=LimitKind.PICTURES_PER_DAY, most=PLENTY) for whose in Whose
    ),
)


async def test_a_request_is_stored_in_few_statements(database: Database) -> None:
    said = await statements(database)
    await JobRepository(database).add(make_job(), LIMITS)

    # On PostgreSQL each is a round trip, which others wait for.
    assert sum("from totals" in line for line in said) == 1
    assert [line for line in said if "from ledger" in line] == []


async def test_a_request_is_stored_and_moved_on_without_a_look_at_the_schema(
    database: Database,
) -> None:
    jobs = JobRepository(database)
    said = await statements(database)
    job = await jobs.add(make_job(), LIMITS)
    job = await jobs.advance(job, replace(job, state=JobState.SUBMITTING))
    job = await jobs.advance(job, replace(job, state=JobState.RUNNING))
    fetched = replace(job, state=JobState.FETCHED, fetched_at=job.created_at)
    await jobs.advance(job, fetched, [make_image(job_id=job.id)])

    schema = ("sqlite_master", "sqlite_schema", "table_info", "table_xinfo")
    assert [line for line in said if any(word in line.lower() for word in schema)] == []
    # Of the four none shares its transaction, which would take a savepoint.
    assert sum(line.startswith("BEGIN") for line in said) == 4
    assert [line for line in said if line.startswith("SAVEPOINT")] == []


async def test_a_job_writes_few_pages_to_the_log(database: Database, path: Path) -> None:
    jobs = JobRepository(database)
    before = await jobs.add(make_job(), LIMITS)
    await database.checkpoint()
    request = make_request(ticket=make_ticket(interaction_id=2))
    later = before.created_at + timedelta(seconds=1)
    job = await jobs.add(make_job(id="0" * 12, request=request, created_at=later), LIMITS)
    job = await jobs.advance(job, replace(job, state=JobState.SUBMITTING))
    job = await jobs.advance(job, replace(job, state=JobState.RUNNING))
    fetched = replace(job, state=JobState.FETCHED, fetched_at=job.created_at)
    await jobs.advance(job, fetched, [make_image(job_id=job.id)])
    pages = path.with_name(f"{path.name}-wal").stat().st_size // PAGE_BYTES
    assert pages <= PAGES_PER_JOB, pages


async def test_writes_that_share_a_transaction_share_the_name_of_their_savepoints(
    database: Database,
) -> None:
    said = await statements(database)
    await written_together(database, *[lambda db: db.conn.execute("select 1").fetchone()] * 3)

    savepoints = [line for line in said if line.startswith("SAVEPOINT")]
    assert len(savepoints) == 3
    assert len({*savepoints}) == 1  # so that it is prepared once


async def test_statements_that_may_fail_halfway_open_no_temporary_file(database: Database) -> None:
    pragma = await database.write(lambda db: db.conn.execute("PRAGMA temp_store").fetchone())
    assert pragma == (2,)


async def test_steps_are_booked_and_counted_once_and_only_where_the_cost_changes(
    database: Database,
) -> None:
    jobs = JobRepository(database)
    job = await jobs.add(make_job(), LIMITS)
    said = await statements(database)
    shown = Step(job, replace(job, revision=1, message_id=6001))
    sent = Step(shown.after, replace(shown.after, revision=2, state=JobState.SUBMITTING))
    job = await jobs.take(shown, sent)
    job = await jobs.advance(job, replace(job, state=JobState.RUNNING))

    assert [line for line in said if "totals" in line or "ledger" in line] == []
    assert sum(line.startswith("update jobs") for line in said) == 2

    said.clear()
    at = job.created_at
    fetched = Step(
        job,
        replace(job, revision=4, state=JobState.FETCHED, fetched_at=at, charged_microcredits=1),
        [make_image(job_id=job.id)],
    )
    delivered = replace(
        fetched.after, revision=5, state=JobState.DELIVERED, ended_at=at, told_at=at
    )
    job = await jobs.take(fetched, Step(fetched.after, delivered))

    assert (job.revision, job.state) == (5, JobState.DELIVERED)
    assert sum(line.startswith("update jobs") for line in said) == 1
    assert sum(line.startswith("insert into totals") for line in said) == 1


async def test_the_loop_is_woken_once_for_writes_that_wait_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    call_soon_threadsafe = loop.call_soon_threadsafe
    wakes = 0

    def wake(callback: Callable[..., object], *args: Any, **kwargs: Any) -> asyncio.Handle:  # noqa: ANN401
        nonlocal wakes
        wakes += 1
        return call_soon_threadsafe(callback, *args, **kwargs)

    async with held(database):
        writing = [asyncio.create_task(database.write(put, f"{at:02d}")) for at in range(50)]
        await asyncio.sleep(0)
        monkeypatch.setattr(loop, "call_soon_threadsafe", wake)
    await asyncio.gather(*writing)
    woken = wakes

    assert woken <= 2  # for what held them up, and for all of them
    assert len(await database.read(keys)) == 50
