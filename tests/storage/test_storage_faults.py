"""A disk that is full, read-only or held, and files of others: a sentence, and on it goes."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import EngineError, StorageError
from storage.jobs import JobRepository
from storage.sqlite import SqliteConnection, SqliteEngine
from tests.factories import make_job, make_request
from tests.python_process import output_of_python
from tests.storage.ledger import LedgerRepository
from tests.storage.rows import keys, put

BIG = "x" * 100_000
UNLIMITED = 2**31 - 2

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="uses what Linux has for it")

OPEN_AND_WRITE = """
import asyncio, pathlib, sys
from storage.database import Database, StorageError
from storage.sqlite import SqliteEngine
from tests.storage.rows import put

async def main():
    async with Database(SqliteEngine(pathlib.Path(sys.argv[1]), busy_timeout_ms=1)) as database:
        await database.write(put, "written")
        print("written")

try:
    asyncio.run(main())
except StorageError as error:
    print(error)
"""

FILL_AND_EMPTY_THE_DISK = """
import asyncio, logging, pathlib, resource, sys
from storage.database import Database, StorageError
from tests.storage.rows import keys, put

logging.disable()
async def main():
    async with Database(pathlib.Path(sys.argv[1])) as database:
        await database.write(put, "before")
        # No file may grow: what the system then refuses is a write, as on a full disk.
        for room in (0, 5_000, 20_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            try:
                await database.write(put, "during", "x" * 100_000)
            except StorageError as error:
                print(error)
            print(await database.read(keys))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        await database.write(put, "again")
        print(await database.read(keys))
    async with Database(pathlib.Path(sys.argv[1])) as database:
        print(await database.read(keys))

asyncio.run(main())
"""


def limit_pages(db: SqliteConnection, pages: int) -> None:
    """Let the file grow no further; what SQLite then says is what it says of a full disk."""
    db.fetch(f"pragma max_page_count = {pages}")


async def test_a_full_disk_is_a_storage_error(database: Database, path: Path) -> None:
    await database.write(limit_pages, 1)
    with pytest.raises(StorageError) as caught:
        await database.write(put, "a", BIG)

    assert str(caught.value) == (
        f"{path} cannot be used as the database (database or disk is full). "
        "Its disk is full: free some space."
    )
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


async def test_a_write_that_filled_the_disk_leaves_nothing_behind(database: Database) -> None:
    def fill(db: SqliteConnection) -> None:
        put(db, "a")
        put(db, "b", BIG)

    await database.write(limit_pages, 1)
    with pytest.raises(StorageError, match="disk is full"):
        await database.write(fill)

    assert await database.read(keys) == []


async def test_writes_go_on_when_there_is_room_again(database: Database) -> None:
    await database.write(limit_pages, 1)
    for _ in range(3):
        with pytest.raises(StorageError, match="disk is full"):
            await database.write(put, "a", BIG)
    await database.write(limit_pages, UNLIMITED)
    await database.write(put, "a", BIG)

    assert await database.read(keys) == ["a"]


async def test_a_full_disk_stores_neither_a_job_nor_its_price(database: Database) -> None:
    jobs, ledger = JobRepository(database), LedgerRepository(database)
    job = make_job(request=make_request(prompt=BIG))
    await database.write(limit_pages, 1)
    with pytest.raises(StorageError, match="disk is full"):
        await jobs.add(job)
    assert await jobs.get(job.id) is None
    assert await ledger.list_entries(job.id) == []
    await database.write(limit_pages, UNLIMITED)
    await jobs.add(job)

    assert await jobs.get(job.id) == job
    assert len(await ledger.list_entries(job.id)) == 1


@linux_only
async def test_a_disk_that_refuses_writes_is_a_storage_error_until_it_takes_them(
    path: Path,
) -> None:
    output = await output_of_python("-c", FILL_AND_EMPTY_THE_DISK, path)
    *refusals, after, reopened = output.splitlines()

    assert refusals[1::2] == ["['before']"] * 3
    for said in refusals[::2]:
        assert said.startswith(f"{path} cannot be used as the database")
        assert "disk" in said
    assert after == reopened == "['again', 'before']"


async def test_faults_of_the_bot_itself_are_no_outage(database: Database) -> None:
    for way in (database.write, database.read):
        with pytest.raises(EngineError, match="no such table"):
            await way(lambda db: db.execute("select * from absent"))


async def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    async with Database(path) as database:
        await database.write(applied_later)
    before = await asyncio.to_thread(path.read_bytes)
    with pytest.raises(StorageError) as caught:
        await Database(path).open()

    assert str(caught.value) == (
        f"{path} was written by a newer Fluxcord than this one. Start the newer one, "
        "or set DATABASE_PATH to another file."
    )
    assert await asyncio.to_thread(path.read_bytes) == before


async def test_steps_of_another_program_do_not_make_a_file_newer(path: Path) -> None:
    async with Database(path) as database:
        await database.write(applied_later, "another program")
    async with Database(path) as database:
        assert await database.read(keys) == []


def applied_later(db: SqliteConnection, program: str = "fluxcord") -> None:
    """Note a step that this version does not know."""
    row = {"migration_set": program, "name": "m999_later", "applied_at": "2030-01-01"}
    db.insert("_sqlite_migrations", row)


@pytest.mark.parametrize("hold", ["begin immediate", "begin exclusive"])
async def test_a_file_that_another_program_holds_is_explained_at_start(
    path: Path, hold: str
) -> None:
    async with Database(path):
        pass
    other = sqlite3.connect(path)
    other.execute(hold)
    with pytest.raises(StorageError, match="Another program has locked it: close that program"):
        await Database(SqliteEngine(path, busy_timeout_ms=1)).open()
    other.rollback()
    other.close()

    async with Database(SqliteEngine(path, busy_timeout_ms=1)) as database:
        await database.write(put, "a")


@pytest.fixture
async def closed(path: Path) -> Path:
    """Make a database that nobody uses."""
    async with Database(path):
        pass
    return path


@pytest.fixture
async def obeying(tmp_path: Path) -> None:
    """Skip where even a process without root's powers may write to what is read-only."""
    probe = tmp_path / "probe"
    probe.touch(mode=0o444)
    said = await output_of_python("-c", f"open({str(probe)!r}, 'w')", obeying=True)
    if "PermissionError" not in said:
        pytest.skip("permissions of files mean nothing here")


@linux_only
@pytest.mark.usefixtures("obeying")
async def test_a_read_only_file_is_explained_at_start(closed: Path) -> None:
    await asyncio.to_thread(closed.chmod, 0o444)
    said = await output_of_python("-c", OPEN_AND_WRITE, closed, obeying=True)
    for file in await asyncio.to_thread(lambda: list(closed.parent.iterdir())):
        file.chmod(0o644)

    assert said.startswith(f"{closed} cannot be used as the database")
    assert said.endswith("Make it, its -wal and -shm files and its folder writable.")
    assert await output_of_python("-c", OPEN_AND_WRITE, closed, obeying=True) == "written"


@linux_only
@pytest.mark.usefixtures("obeying")
@pytest.mark.parametrize("is_new", [False, True])
async def test_a_read_only_folder_is_explained_at_start(tmp_path: Path, is_new: bool) -> None:  # noqa: FBT001
    folder = tmp_path / "folder"
    path = folder / "fluxcord.db"
    folder.mkdir()
    if not is_new:
        async with Database(path):
            pass
    folder.chmod(0o555)
    said = await output_of_python("-c", OPEN_AND_WRITE, path, obeying=True)
    folder.chmod(0o755)

    assert "Traceback" not in said
    assert "writable" in said
    assert str(folder) in said
    assert await output_of_python("-c", OPEN_AND_WRITE, path, obeying=True) == "written"


@pytest.fixture
def damaged(closed: Path) -> Path:
    whole = closed.read_bytes()
    closed.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    return closed


async def test_a_damaged_file_is_explained(damaged: Path) -> None:
    with pytest.raises(StorageError, match=r"It is damaged: restore a backup\."):
        await Database(damaged).open()
