"""The file itself: who may open it, and what is said where it cannot be opened."""

import asyncio
import random
import sqlite3
import sys
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import StorageError
from storage.sqlite import SqliteConnection, SqliteEngine
from tests.patience import PATIENCE_S
from tests.storage.rows import keys, put

ROOT = Path(__file__).parents[2]

OPEN_IN_ANOTHER_PROCESS = """
import asyncio, pathlib, sys
from storage.database import Database, StorageError

async def open_and_close():
    async with Database(pathlib.Path(sys.argv[1])):
        print("opened")

try:
    asyncio.run(open_and_close())
except StorageError as error:
    print(error)
"""


async def said_by_another_process(path: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OPEN_IN_ANOTHER_PROCESS,
        str(path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return said.decode().strip()


async def test_a_file_is_used_by_one_database_at_a_time(database: Database, path: Path) -> None:
    del database
    with pytest.raises(StorageError) as caught:
        await Database(path).open()

    assert str(caught.value) == (
        f"Another Fluxcord is already using {path}. Stop it, or give this one "
        "a DATABASE_PATH of its own."
    )


async def test_a_lock_that_a_killed_bot_s_child_holds_is_waited_for(path: Path) -> None:
    async with Database(path):
        second = Database(SqliteEngine(path, lock_patience_s=PATIENCE_S))
        opening = asyncio.create_task(second.open())
        finished, _ = await asyncio.wait({opening}, timeout=0.3)
        assert not finished
    await opening
    await second.close()


async def test_a_link_does_not_lead_around_the_lock(
    database: Database, path: Path, tmp_path: Path
) -> None:
    del database
    link = tmp_path / "link.db"
    link.symlink_to(path)

    with pytest.raises(StorageError, match="Another Fluxcord"):
        await Database(link).open()


async def test_a_file_is_used_by_one_process_at_a_time(path: Path) -> None:
    async with Database(path):
        said_while_open = await said_by_another_process(path)
    said_after = await said_by_another_process(path)

    assert said_while_open.startswith(f"Another Fluxcord is already using {path}.")
    assert said_after == "opened"


async def test_a_closed_file_can_be_opened_again_with_what_it_held(path: Path) -> None:
    async with Database(path) as database:
        await database.write(put, "a")
    async with Database(path) as database:
        await database.write(put, "b")

        assert await database.read(keys) == ["a", "b"]


async def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    path = tmp_path / "some" / "where" / "fluxcord.db"
    async with Database(path) as database:
        await database.write(put, "a")

    assert path.is_file()


async def test_a_path_below_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(StorageError, match="set DATABASE_PATH to another place") as caught:
        await Database(tmp_path / "file" / "data" / "fluxcord.db").open()

    assert str(tmp_path / "file" / "data") in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def rubbish(tmp_path: Path) -> Path:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(random.Random(1).randbytes(4096))  # noqa: S311  # nothing secret
    return rubbish


async def test_a_folder_in_the_file_s_place_is_explained(folder: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used as the database"):
        await Database(folder).open()


async def test_a_file_of_something_else_is_explained_and_left_alone(rubbish: Path) -> None:
    before = await asyncio.to_thread(rubbish.read_bytes)
    with pytest.raises(StorageError, match=f"{rubbish} cannot be used as the database"):
        await Database(rubbish).open()

    assert await asyncio.to_thread(rubbish.read_bytes) == before


async def test_a_file_of_something_else_is_let_go(rubbish: Path) -> None:
    failed = Database(rubbish)
    with pytest.raises(StorageError):
        await failed.open()
    await asyncio.to_thread(rubbish.unlink)

    async with Database(rubbish) as database:
        assert await database.read(keys) == []


async def test_a_database_of_another_program_is_refused(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("create table jobs (salary integer)")
    other.close()
    with pytest.raises(StorageError, match="cannot be used as the database"):
        await Database(path).open()
    other = sqlite3.connect(path)
    tables = other.execute("select name from sqlite_master where name in ('jobs', 'images')")
    names = tables.fetchall()
    other.close()

    assert names == [("jobs",)]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("synchronous", 2),
        ("journal_mode", "wal"),
        ("foreign_keys", 1),
        ("busy_timeout", 5_000),
        ("wal_autocheckpoint", 4_000),
    ],
)
async def test_the_writing_connection_is_set_up(
    database: Database, pragma: str, value: object
) -> None:
    assert await database.write(_pragma, pragma) == value


async def test_the_reading_connection_waits_for_locks_too(database: Database) -> None:
    assert await database.read(_pragma, "busy_timeout") == 5_000


def _pragma(db: SqliteConnection, name: str) -> object:
    return db.conn.execute(f"pragma {name}").fetchone()[0]


async def test_a_database_that_is_not_open_says_so(path: Path) -> None:
    never_opened, closed = Database(path), Database(path)
    async with closed:
        pass
    for database in (never_opened, closed):
        with pytest.raises(StorageError, match="closed"):
            await database.write(put, "a")
        with pytest.raises(StorageError, match="closed"):
            await database.read(keys)
    await never_opened.close()
