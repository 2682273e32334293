"""A copy of a database that others write to: whole, checked, and never a half one by its name."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.backup import BackupError, back_up
from storage.database import Database
from storage.jobs import JobRepository
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.patience import PATIENCE_S
from tests.python_process import ROOT, output_of_python
from tests.storage.rows import keys, put

if TYPE_CHECKING:
    from pathlib import Path

    from domain.models import Job

posix_only = pytest.mark.skipif(os.name != "posix", reason="uses what Linux and macOS have for it")

MEBIBYTE = 1 << 20

BACK_UP = """
import pathlib, sys
from storage.backup import BackupError, back_up
try:
    print(back_up(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
except BackupError as error:
    print(error)
"""

BACK_UP_WITHOUT_ROOM = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
{BACK_UP}
"""

BACK_UP_SLOWLY = """
import pathlib, sys
from storage.backup import back_up
back_up(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pause_s=60)
"""


def numbered(number: int) -> Job:
    request = make_request(ticket=make_ticket(interaction_id=1000 + number))
    return make_job(id=f"{number:012x}", request=request)


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.glob(f"{target.name}*"))


async def test_a_copy_holds_what_the_open_database_holds(database: Database, path: Path) -> None:
    jobs = JobRepository(database)
    await jobs.add(numbered(1))
    await jobs.add(replace(numbered(2), told_at=NOON))
    target = path.with_name("copy.db")

    backup = back_up(path, target)

    assert (backup.jobs, backup.open_jobs, backup.bytes) == (2, 1, target.stat().st_size)
    assert beside(target) == ["copy.db"]
    async with Database(target) as copy:
        assert await JobRepository(copy).get("000000000001") == numbered(1)
        assert await JobRepository(copy).search(5001, offset=0, limit=5) == []
    assert await jobs.get("000000000001") == numbered(1)


@posix_only
async def test_a_copy_is_read_by_its_owner_alone(database: Database, path: Path) -> None:
    target = path.with_name("copy.db")
    back_up(path, target)

    assert target.stat().st_mode & 0o777 == 0o600


async def test_a_copy_is_of_one_moment_while_others_write(database: Database, path: Path) -> None:
    for number in range(8):
        await database.write(put, f"before {number}", "x" * MEBIBYTE)
    await database.write(put, "before")
    target = path.with_name("copy.db")
    copying = asyncio.create_task(asyncio.to_thread(back_up, path, target))
    written = 0
    while not copying.done():
        async with asyncio.timeout(PATIENCE_S):
            await database.write(put, f"during {written:06}", "y" * 1000)
        written += 1
    await copying

    assert written > 8  # at every step, which would have started an unpinned copy again
    async with Database(target) as copy:
        copied = [key for key in await copy.read(keys) if key.startswith("during")]
    assert len(copied) < written
    assert copied == [f"during {number:06}" for number in range(len(copied))]


async def test_a_database_that_no_bot_uses_is_copied_too(path: Path) -> None:
    async with Database(path) as database:
        await database.write(put, "kept")
    target = path.with_name("copy.db")
    back_up(path, target)

    async with Database(target) as copy:
        assert await copy.read(keys) == ["kept"]


async def test_what_a_killed_bot_left_in_its_log_is_copied(database: Database, path: Path) -> None:
    await database.write(put, "kept")
    killed = path.with_name("killed.db")
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{killed}{suffix}")
    target = path.with_name("copy.db")
    back_up(killed, target)

    async with Database(target) as copy:
        assert await copy.read(keys) == ["kept"]


async def test_a_file_that_is_there_is_never_overwritten(database: Database, path: Path) -> None:
    target = path.with_name("copy.db")
    target.write_text("last week's")
    with pytest.raises(BackupError, match="already exists"):
        back_up(path, target)

    assert target.read_text() == "last week's"
    assert beside(target) == ["copy.db"]


async def test_places_that_no_file_can_have_are_told(database: Database, path: Path) -> None:
    with pytest.raises(BackupError, match="is a folder"):
        back_up(path, path.parent)
    with pytest.raises(BackupError, match=r"Folder .* not found"):
        back_up(path, path.parent / "nowhere" / "copy.db")
    with pytest.raises(BackupError, match="cannot be used"):
        back_up(path, path.parent / ("x" * 300))
    with pytest.raises(BackupError, match=r"Database .* not found"):
        back_up(path.parent / "nothing.db", path.parent / "copy.db")


@pytest.mark.parametrize("content", [b"", b"this is no database" * 100])
def test_other_files_are_not_taken_for_the_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BackupError, match=r"Check DATABASE_PATH|set DATABASE_PATH"):
        back_up(path, path.with_name("copy.db"))

    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_no_backup_is_made_of_a_damaged_database(path: Path) -> None:
    async with Database(path) as database:
        for number in range(50):
            await JobRepository(database).add(numbered(number))
    with sqlite3.connect(path) as db:
        [page_bytes] = db.execute("pragma page_size").fetchone()
        [root] = db.execute(
            "select rootpage from sqlite_master where name = 'idx_jobs_task_id'"
        ).fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * page_bytes)
        file.write(b"\x0a" + b"\x00" * 7)  # an index page without entries
    target = path.with_name("copy.db")
    with pytest.raises(BackupError, match=r"is damaged .* No backup was created"):
        back_up(path, target)

    assert beside(target) == []


async def test_no_backup_is_made_of_rows_without_their_job(path: Path) -> None:
    async with Database(path) as database:
        await JobRepository(database).add(numbered(1))
    with sqlite3.connect(path) as db:
        db.execute("delete from jobs")
    db.close()
    with pytest.raises(BackupError, match=r"is damaged \(ledger without jobs\)"):
        back_up(path, path.with_name("copy.db"))


@posix_only
async def test_a_full_disk_leaves_no_half_copy(database: Database, path: Path) -> None:
    await database.write(put, "big", "x" * MEBIBYTE)
    target = path.with_name("copy.db")
    output = await output_of_python("-c", BACK_UP_WITHOUT_ROOM, path, target)

    assert output.startswith(f"{path} could not be copied to {target} (")
    assert output.endswith("Check its disk and the free space.")
    assert beside(target) == []


@pytest.mark.skipif(sys.platform != "linux", reason="makes root obey permissions as Linux can")
async def test_a_folder_that_takes_no_file_is_told(database: Database, path: Path) -> None:
    folder = path.parent / "fixed"
    folder.mkdir(mode=0o500)
    output = await output_of_python("-c", BACK_UP, path, folder / "copy.db", obeying=True)

    assert output.endswith("cannot be used (Permission denied).")


@posix_only
@pytest.mark.usefixtures("interruptible")
async def test_a_stop_in_the_middle_leaves_no_half_copy(database: Database, path: Path) -> None:
    await database.write(put, "big", "x" * 2 * MEBIBYTE)
    target = path.with_name("copy.db")
    copying = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", BACK_UP_SLOWLY, str(path), str(target)),
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(PATIENCE_S):
        while not any(target.parent.glob("*.part")):
            await asyncio.sleep(0.01)
        copying.send_signal(signal.SIGINT)
        await copying.wait()

    assert copying.returncode != 0
    assert beside(target) == []
