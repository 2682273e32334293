"""A write-ahead log that breaks off or is torn anywhere leaves an earlier state, whole."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from domain.models import FINAL, Image, Job, JobState, Problem
from storage.database import Database
from storage.jobs import JobRepository
from tests.examples import examples
from tests.factories import NOON, make_image, make_job, make_request, make_ticket
from tests.migrated import place_database

POINTS = examples(1_000, fewer=10)
JOBS = 12
PAGES_UNTIL_CHECKPOINT = 1_000
"""SQLite's default: pages that have left the log are on disk for good, and cannot be torn."""

PAGE_BYTES = 4_096
ENDS = ("", "-wal")

State = tuple[tuple[object, ...], ...]

QUEUED_TO_END = (JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHED, JobState.DELIVERED)


def state_of(path: Path) -> State:
    """Return every row of every table, and that the file is sound."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert database.execute("pragma foreign_key_check").fetchall() == []
        assert books_that_differ(database) == []
        return tuple(
            row
            for table in ("jobs", "images", "ledger")
            for row in database.execute(f"select '{table}', * from {table} order by 2, 3, 4")  # noqa: S608  # three constants
        )


def books_that_differ(database: sqlite3.Connection) -> list[object]:
    """Return jobs whose price is not what both payers bear of it together."""
    return database.execute(
        "select jobs.id from jobs left join ledger on ledger.job_id = jobs.id group by jobs.id"
        " having coalesce(sum(microcredits), 0)"
        " <> coalesce(charged_microcredits, estimated_microcredits)"
    ).fetchall()


def next_step(job: Job, random: Random) -> tuple[Job, list[Image]]:
    """Return what the job may become: mostly one step nearer to its picture."""
    now = NOON + timedelta(seconds=random.randrange(1_000))
    if random.random() < 0.1:
        problem = random.choice((Problem.FLUX_FAILED, Problem.RESULT_UNREACHABLE))
        charge = random.choice((0, 216_000))
        return replace(
            job, state=JobState.FAILED, problem=problem, charged_microcredits=charge, ended_at=now
        ), []
    state = QUEUED_TO_END[(JobState.QUEUED, *QUEUED_TO_END).index(job.state)]
    images = [make_image(job_id=job.id, position=n) for n in (1, 2)]
    if state is JobState.RUNNING:
        return replace(job, state=state, task_id=f"task of {job.id}"), []
    if state is JobState.FETCHED:
        charge = random.choice((108_000, 216_000, 250_000))
        return replace(job, state=state, charged_microcredits=charge, fetched_at=now), images
    return replace(job, state=state), []


async def recorded_states(path: Path) -> list[State]:
    """Drive jobs through their states; return what stood in the file after each commit."""
    place_database(path)
    random = Random(1)  # noqa: S311  # no secret
    states = [state_of(path)]
    async with Database(path) as database:
        jobs = JobRepository(database)
        under_way: list[Job] = []
        for number in range(JOBS):
            ticket = make_ticket(interaction_id=1_000 + number)
            job = make_job(id=f"{number:012x}", request=make_request(ticket=ticket))
            await jobs.add(job)
            states.append(state_of(path))
            under_way.append(job)
            for _ in range(5):
                before = under_way.pop(random.randrange(len(under_way)))
                after = await jobs.advance(before, *next_step(before, random))
                states.append(state_of(path))
                if after.state not in FINAL:
                    under_way.append(after)
                if not under_way:
                    break
        # While it is open: its end would take everything out of the log.
        for end in ENDS:
            shutil.copyfile(f"{path}{end}", copy_of(path, end))
    return states


def copy_of(path: Path, end: str) -> Path:
    return path.with_name(f"copy.db{end}")


def torn(log: bytes, at: int, random: Random) -> bytes:
    """Return the log as a crash of the machine may leave it, unharmed up to that byte."""
    if random.random() < 0.5:
        return log[:at]
    span = random.randrange(1, 2 * PAGE_BYTES)
    filler = random.randbytes(span) if random.random() < 0.5 else bytes(span)
    return log[:at] + filler[: len(log) - at] + log[at + span :]


async def test_whatever_of_the_log_is_left_is_an_earlier_state(path: Path) -> None:
    states = await recorded_states(path)
    file, log = (copy_of(path, end).read_bytes() for end in ENDS)
    assert len(log) < PAGES_UNTIL_CHECKPOINT * PAGE_BYTES
    torn_path = path.with_name("torn.db")
    random = Random(2)  # noqa: S311  # no secret

    def reopened(what_is_left: bytes) -> State:
        torn_path.write_bytes(file)
        torn_path.with_name("torn.db-wal").write_bytes(what_is_left)
        return state_of(torn_path)

    assert reopened(log) == states[-1]
    found = {reopened(torn(log, random.randrange(len(log)), random)) for _ in range(POINTS)}

    assert found <= set(states)
    assert len(found) > len(states) / 2
