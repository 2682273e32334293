"""What a write holds together, what survives its caller, and what a reader sees of it."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import EngineError, StorageError
from storage.sqlite import SqliteConnection, SqliteEngine
from tests.storage.rows import keys, library, put


async def test_the_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError, match="readonly"):
        await database.read(put, "a")

    assert await database.read(keys) == []


async def test_the_reader_sees_what_a_write_stored_before_it_returned(database: Database) -> None:
    await database.write(put, "a")

    assert await database.read(keys) == ["a"]


async def test_the_reader_does_not_wait_for_the_writer(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(db: SqliteConnection) -> None:
        put(db, "slow")
        begun.set()
        go_on.wait(30)

    writing = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait)
    seen_meanwhile = await database.read(keys)
    go_on.set()
    await writing

    assert seen_meanwhile == []
    assert await database.read(keys) == ["slow"]


async def test_a_change_that_fails_leaves_nothing_behind(database: Database) -> None:
    def fail(db: SqliteConnection) -> None:
        put(db, "a")
        db.execute("create table extra (id integer)")
        put(db, "a")

    with pytest.raises(EngineError):
        await database.write(fail)
    await database.write(put, "b")

    assert await database.read(keys) == ["b"]
    assert "extra" not in await database.read(lambda db: library(db).table_names())


async def test_a_change_that_fails_at_commit_leaves_nothing_behind(database: Database) -> None:
    def fail(db: SqliteConnection) -> None:
        put(db, "a")
        db.execute("pragma defer_foreign_keys = on")
        db.execute("insert into images values ('no job', 'result', 1, 'a', 'b', 1, 1, 1)")

    with pytest.raises(EngineError, match="FOREIGN KEY"):
        await database.write(fail)
    await database.write(put, "b")

    assert await database.read(keys) == ["b"]


async def test_many_writes_at_once_all_land(database: Database) -> None:
    def add_one(db: SqliteConnection) -> None:
        (row,) = library(db).query("select value from settings where key = 'sum'")
        library(db).table("settings").update("sum", {"value": str(int(row["value"]) + 1)})

    await database.write(put, "sum", "0")
    await asyncio.gather(*(database.write(add_one) for _ in range(50)))

    rows = await database.read(lambda db: list(library(db).query("select value from settings")))
    assert rows == [{"value": "50"}]


async def test_a_write_lands_although_its_caller_was_cancelled(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: SqliteConnection) -> None:
        begun.set()
        go_on.wait(30)

    ahead = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await database.write(put, "a")
    go_on.set()
    await ahead

    assert await database.write(keys) == ["a"]


async def test_closing_finishes_the_writes_that_were_begun(path: Path) -> None:
    async with Database(path) as database:
        writing = [asyncio.create_task(database.write(put, str(number))) for number in range(9)]
        await asyncio.wait(writing, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*writing)
    async with Database(path) as database:
        assert len(await database.read(keys)) == 9


async def test_a_write_waits_for_another_program_that_holds_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "held.db"
    async with Database(SqliteEngine(path, busy_timeout_ms=1)) as database:
        other = sqlite3.connect(path)
        other.execute("begin immediate")
        writing = asyncio.create_task(database.write(put, "a"))
        while "another program has locked the database" not in caplog.text:
            await asyncio.sleep(0)
        other.rollback()
        other.close()
        await writing

        assert await database.read(keys) == ["a"]


async def test_closing_does_not_wait_for_another_program(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    other = sqlite3.connect(path)
    async with Database(SqliteEngine(path, busy_timeout_ms=1), close_patience_s=0) as database:
        other.execute("begin immediate")
        writing = asyncio.create_task(database.write(put, "a"))
        await asyncio.sleep(0)
    with pytest.raises(StorageError, match="Another program has locked it"):
        await writing
    other.close()
