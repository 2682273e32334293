"""Writes that wait together are committed together, and each has its own end all the same."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.database import TOGETHER, Database, Write
from storage.errors import EngineError, StorageError
from storage.jobs import DuplicateRequestError, JobRepository
from storage.sqlite import SqliteConnection, SqliteEngine
from tests.factories import make_job, make_request, make_ticket
from tests.storage.rows import keys, put

BIG = "x" * 100_000

Change = Callable[[SqliteConnection], object]


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """Keep the writing thread busy, so that what is written meanwhile waits together."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: SqliteConnection) -> None:
        begun.set()
        go_on.wait(30)

    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(begun.wait)
    try:
        yield
        await asyncio.sleep(0)  # what was created above is begun
        await asyncio.sleep(0)
    finally:
        go_on.set()
        await holding


async def written_together(database: Database, *changes: Change) -> list[object]:
    """Return what each of the changes returned or raised."""
    async with held(database):
        writing = [asyncio.create_task(database.write(change)) for change in changes]
    return await asyncio.gather(*writing, return_exceptions=True)


async def statements(database: Database) -> list[str]:
    """Return a list that from now on takes every statement of the writing connection."""
    said: list[str] = []
    await database.write(lambda db: db.conn.set_trace_callback(said.append))
    said.clear()
    return said


def putting(key: str, value: str = "1") -> Change:
    return lambda db: put(db, key, value)


def put_an_orphan(db: SqliteConnection) -> None:
    """Fail at the commit and no sooner."""
    put(db, "orphan")
    db.execute("pragma defer_foreign_keys = on")
    db.execute("insert into images values ('no job', 'result', 1, 'a', 'b', 1, 1, 1)")


def undo_everything(db: SqliteConnection) -> None:
    """Fail as where SQLite gives up the whole transaction, such as on some disk errors."""
    put(db, "undone")
    db.execute(
        "create temp trigger undo before insert on settings begin"
        " select raise(rollback, 'given up'); end"
    )
    put(db, "never")


async def test_writes_that_wait_together_are_one_commit(database: Database) -> None:
    said = await statements(database)
    await written_together(database, *(putting(f"{number:02d}") for number in range(50)))

    assert said.count("COMMIT") == 2  # of what held them up, and of them
    assert len(await database.read(keys)) == 50


async def test_of_very_many_writes_the_first_do_not_wait_for_the_last(
    database: Database,
) -> None:
    said = await statements(database)
    numbers = range(2 * TOGETHER + 1)
    await written_together(database, *(putting(f"{number:03d}") for number in numbers))

    assert said.count("COMMIT") == 4  # of what held them up, and of three groups
    assert await database.read(keys) == [f"{number:03d}" for number in numbers]


async def test_a_write_that_nothing_waits_with_is_a_commit_of_its_own(database: Database) -> None:
    said = await statements(database)
    for number in range(3):
        await database.write(put, str(number))

    assert said.count("COMMIT") == 3


async def test_changes_are_made_in_the_order_in_which_they_were_asked_for(
    database: Database,
) -> None:
    seen = await written_together(
        database,
        putting("a"),
        keys,
        putting("b"),
        keys,
        lambda db: db.execute("delete from settings"),
        keys,
    )

    assert seen == [None, ["a"], None, ["a", "b"], 2, []]


async def test_no_write_returns_before_the_commit_of_all(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: SqliteConnection) -> None:
        begun.set()
        go_on.wait(30)

    async with held(database):
        first = asyncio.create_task(database.write(put, "a"))
        failing = asyncio.create_task(database.write(put_twice))
        last = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait)
    seen = [await database.read(keys) for _ in range(20)]
    were_done = [write.done() for write in (first, failing, last)]
    go_on.set()
    await asyncio.wait([first, failing, last])

    assert seen == [[]] * 20
    assert were_done == [False] * 3
    assert await database.read(keys) == ["a"]


def put_twice(db: SqliteConnection) -> None:
    put(db, "twice")
    put(db, "twice")


@pytest.mark.parametrize(
    ("failing", "reason"),
    [
        (put_twice, "UNIQUE"),
        (put_an_orphan, "FOREIGN KEY"),
        (undo_everything, "given up"),
    ],
)
async def test_a_change_that_fails_undoes_no_other(
    database: Database, failing: Change, reason: str
) -> None:
    before, error, after = await written_together(database, putting("a"), failing, putting("b"))

    assert (before, after) == (None, None)
    assert isinstance(error, EngineError)
    assert reason in str(error)
    assert await database.read(keys) == ["a", "b"]


async def test_every_failing_change_has_its_own_error(database: Database) -> None:
    _, twice, orphan, absent = await written_together(
        database,
        putting("a"),
        putting("a"),
        put_an_orphan,
        lambda db: db.execute("select * from absent"),
    )

    assert [str(error).split()[0] for error in (twice, orphan, absent)] == [
        "UNIQUE",
        "FOREIGN",
        "no",
    ]
    assert await database.read(keys) == ["a"]


async def test_what_finds_no_room_takes_nothing_with_it(database: Database) -> None:
    await database.write(limit_growth)
    small, big, last = await written_together(
        database, putting("a"), putting("b", BIG), putting("c")
    )

    assert (small, last) == (None, None)
    assert isinstance(big, StorageError)
    assert await database.read(keys) == ["a", "c"]


def limit_growth(db: SqliteConnection) -> None:
    [row] = db.fetch("pragma page_count")
    db.fetch(f"pragma max_page_count = {row['page_count'] + 1}")


async def test_a_request_delivered_twice_is_refused_beside_one_that_is_taken(
    database: Database,
) -> None:
    jobs = JobRepository(database)
    first = make_job()
    other = make_job(id="b" * 12, request=make_request(ticket=make_ticket(interaction_id=1002)))
    async with held(database):
        adding = [
            asyncio.create_task(jobs.add(job)) for job in (first, make_job(id="a" * 12), other)
        ]
    taken, twice, taken_too = await asyncio.gather(*adding, return_exceptions=True)

    assert (taken, taken_too) == (first, other)
    assert isinstance(twice, DuplicateRequestError)
    assert {job.id for job in await jobs.list_open()} == {first.id, other.id}


async def test_cancelled_callers_undo_nothing_of_the_group(database: Database) -> None:
    async with held(database):
        writing = [asyncio.create_task(database.write(put, key)) for key in "abc"]
        await asyncio.sleep(0)
        writing[1].cancel()
    await asyncio.wait(writing)

    assert await database.write(keys) == ["a", "b", "c"]


async def test_what_is_not_begun_in_time_is_never_made(database: Database) -> None:
    async with held(database):
        late = asyncio.create_task(database.make(Write((), put, "late"), begin_within_s=0.01))
        others = [asyncio.create_task(database.write(put, key)) for key in "ab"]
        with pytest.raises(StorageError, match="in time"):
            await late
        assert await database.read(keys) == []
    await asyncio.gather(*others)

    assert await database.write(keys) == ["a", "b"]


async def test_what_is_not_begun_in_time_is_not_made_at_a_second_attempt(
    database: Database,
) -> None:
    async with held(database):
        late = asyncio.create_task(database.make(Write((), put, "late"), begin_within_s=0.01))
        others = [
            asyncio.create_task(database.write(change))
            for change in (putting("a"), undo_everything, putting("b"))
        ]
        with pytest.raises(StorageError, match="in time"):
            await late
    await asyncio.gather(*others, return_exceptions=True)

    assert await database.write(keys) == ["a", "b"]


async def test_what_was_begun_in_time_is_waited_for(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: SqliteConnection) -> None:
        begun.set()
        go_on.wait(30)

    async with held(database):
        soon = asyncio.create_task(database.make(Write((), put, "soon"), begin_within_s=0.2))
        # Later in the same transaction, as a commit that takes long.
        holding = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait)
    await asyncio.sleep(0.3)
    was_done = soon.done()
    go_on.set()
    await asyncio.gather(soon, holding)

    assert not was_done
    assert await database.read(keys) == ["soon"]


async def test_what_was_begun_with_others_may_be_made_again_alone(database: Database) -> None:
    async with held(database):
        soon = asyncio.create_task(database.make(Write((), put, "soon"), begin_within_s=30))
        undoing = asyncio.create_task(database.write(undo_everything))
    await asyncio.gather(soon, undoing, return_exceptions=True)

    assert await database.read(keys) == ["soon"]


async def test_closing_writes_what_waits_together(path: Path) -> None:
    async with Database(path) as database, held(database):
        writing = [asyncio.create_task(database.write(put, key)) for key in "abc"]
    await asyncio.gather(*writing)
    async with Database(path) as database:
        assert await database.read(keys) == ["a", "b", "c"]


async def test_what_waits_for_another_program_at_the_end_all_hears_so(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        async with Database(SqliteEngine(path, busy_timeout_ms=1), close_patience_s=0) as database:
            other.execute("begin immediate")
            writing = [asyncio.create_task(database.write(put, key)) for key in "abc"]
            await asyncio.sleep(0)
        errors = await asyncio.gather(*writing, return_exceptions=True)

    assert [type(error) for error in errors] == [StorageError] * 3
    assert len({id(error) for error in errors}) == 3


async def test_a_write_before_the_opening_is_not_made_later(path: Path) -> None:
    database = Database(path)
    with pytest.raises(StorageError, match="closed"):
        await database.write(put, "too early")
    async with database:
        await database.write(put, "a")

        assert await database.read(keys) == ["a"]
