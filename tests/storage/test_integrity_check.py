"""Looking at the file beside a running bot: what it holds, and why a bot could not use it."""

from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import StorageError
from storage.integrity_check import inspect
from storage.jobs import JobRepository
from tests.factories import make_job, make_request, make_ticket

PAGE_BYTES = 4096


async def fill(path: Path, jobs: int) -> None:
    async with Database(path) as database:
        for number in range(1, jobs + 1):
            request = make_request(prompt="x" * 500, ticket=make_ticket(interaction_id=number))
            await JobRepository(database).add(make_job(id=f"job-{number}", request=request))


def damage(path: Path) -> None:
    """Overwrite four pages in the middle."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // PAGE_BYTES * PAGE_BYTES
    content[middle : middle + 4 * PAGE_BYTES] = b"\xff" * 4 * PAGE_BYTES
    path.write_bytes(content)


def test_a_file_that_is_not_there_yet_is_not_made(path: Path) -> None:
    assert inspect(path) is None
    assert not path.exists()


async def test_a_file_is_read_while_a_bot_has_it(path: Path) -> None:
    async with Database(path) as database:
        await JobRepository(database).add(make_job())
        assert inspect(path) == 1
        await JobRepository(database).get("0123456789ab")


def test_an_empty_file_is_as_good_as_none(path: Path) -> None:
    path.touch()

    assert inspect(path) == 0


async def test_a_damaged_file_is_told(path: Path) -> None:
    await fill(path, 200)
    damage(path)

    with pytest.raises(StorageError, match="restore a backup"):
        inspect(path)


def test_a_folder_is_no_database(path: Path) -> None:
    path.mkdir()

    with pytest.raises(StorageError, match="cannot be read"):
        inspect(path)
