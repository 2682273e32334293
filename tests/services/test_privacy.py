"""Erasing by wish and by age, with real files and a real database."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from clock import Clock
from domain.models import FINAL, JobState, Requester
from images.folder import Folder
from services.privacy import Deletion, Privacy
from storage.database import Database
from storage.erasing import ErasureRepository
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.preferences import ChoiceRepository
from tests.factories import make_image, make_job, make_place, make_request, make_ticket
from tests.patience import PATIENCE_S
from tests.traces import traces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from domain.models import Job

ADA: Final = 712_345_678_901_234_567
BOB: Final = 698_765_432_109_876_543


class House:
    """The service with what it works on."""

    def __init__(self, database: Database, folder: Path, *, usual_days: int = 0) -> None:
        self.folder = folder
        self.jobs = JobRepository(database)
        self.images = ImageRepository(database)
        self.choices = ChoiceRepository(database)
        self.erasures = ErasureRepository(database)
        self.cancelled: list[str] = []
        self.reloads = 0
        self.clock = Clock()
        self.privacy = Privacy(
            erasures=self.erasures,
            remove_files=self.remove_files,
            cancel=self.cancel,
            reload=self.reload,
            usual_days=usual_days,
            clock=self.clock,
        )

    def wait(self, seconds: float) -> None:
        self.clock.take_id_time(self.clock.now() + timedelta(seconds=seconds))

    async def remove_files(self, job_ids: Collection[str]) -> None:
        files = Folder(self.folder)
        await files.remove(await files.names_of(job_ids))

    async def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    async def reload(self) -> None:
        self.reloads += 1

    async def add(
        self, number: int, state: JobState, *, user_id: int = ADA, days_ago: int = 0
    ) -> Job:
        """Store a job with a picture; an ended one was told."""
        at = datetime.now(UTC) - timedelta(days=days_ago)
        ended_at = at if state in FINAL else None
        job = make_job(
            id=f"{number:012x}",
            created_at=at,
            request=make_request(
                prompt=f"9q{user_id} number {number}",
                requester=Requester(user_id=user_id, user_name=f"name-of-{user_id}"),
                ticket=make_ticket(interaction_id=number),
                place=make_place(guild_id=4000 + number),
            ),
            state=state,
            ended_at=ended_at,
            told_at=ended_at,
        )
        await self.jobs.add(job)
        name = f"{job.id}-result-1.png"
        for file in (name, f"{job.id}-posted-1.jpg"):
            (self.folder / file).write_bytes(b"picture")
        return await self.jobs.advance(job, job, [make_image(job_id=job.id, file_name=name)])

    def files(self) -> set[str]:
        """Return the ids of the jobs that have files."""
        return {path.name.partition("-")[0] for path in self.folder.iterdir()}

    async def until_erased(self, job: Job) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await self.jobs.get(job.id) is not None or await self.erasures.untidy():
                await asyncio.sleep(0.01)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "data" / "jobs.db") as opened:
        yield opened


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    folder = tmp_path / "data" / "spool"
    folder.mkdir()
    return House(database, folder)


async def test_what_has_ended_is_gone_when_it_returns(house: House) -> None:
    hers = [await house.add(number, JobState.DELIVERED) for number in range(25)]
    other = await house.add(99, JobState.DELIVERED, user_id=BOB)

    assert await house.privacy.delete(ADA) == Deletion(under_way=0, is_complete=True)

    assert house.files() == {other.id}
    assert await house.images.list_files() == {f"{other.id}-result-1.png"}
    assert traces(house.folder.parent, [ADA, *(job.request.prompt for job in hers)]) == []
    assert await house.jobs.get(other.id) == other
    assert await house.erasures.untidy() is None
    assert house.reloads


async def test_somebody_without_data_can_delete_it(house: House) -> None:
    assert await house.privacy.delete(ADA) == Deletion(under_way=0, is_complete=True)


async def test_what_is_under_way_is_cancelled_and_goes_when_it_has_ended(house: House) -> None:
    done = await house.add(1, JobState.DELIVERED)
    job = await house.add(2, JobState.RUNNING)

    assert await house.privacy.delete(ADA) == Deletion(under_way=1, is_complete=True)
    assert house.cancelled == [job.id]
    assert house.files() == {job.id}
    assert await house.jobs.get(done.id) is None
    assert await house.privacy.finish() is False

    ended_at = datetime.now(UTC)
    ended = replace(job, state=JobState.FAILED, ended_at=ended_at, told_at=ended_at)
    await house.jobs.advance(job, ended)
    assert await house.privacy.finish() is True
    assert house.files() == set()
    assert traces(house.folder.parent, [ADA, job.request.prompt]) == []


async def test_it_goes_on_after_a_crash_at_any_step(house: House) -> None:
    job = await house.add(1, JobState.DELIVERED)
    await house.erasures.ask(ADA, datetime.now(UTC))
    await house.remove_files([job.id])

    running = asyncio.create_task(house.privacy.run())
    await house.until_erased(job)
    running.cancel()

    assert traces(house.folder.parent, [ADA, job.request.prompt]) == []


async def test_another_program_that_reads_holds_up_the_end_and_no_request(
    house: House,
) -> None:
    job = await house.add(1, JobState.DELIVERED)
    reader = sqlite3.connect(house.folder.parent / "jobs.db", isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from jobs").fetchone()

    deletion = await house.privacy.delete(ADA, patience_s=0.05)
    assert deletion == Deletion(under_way=0, is_complete=False)
    await house.add(2, JobState.QUEUED, user_id=BOB)
    assert await house.privacy.finish() is False
    reader.close()
    assert await house.privacy.finish() is True
    assert traces(house.folder.parent, [ADA, job.request.prompt]) == []


async def test_a_program_that_keeps_reading_is_warned_of_each_hour(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.add(1, JobState.DELIVERED)
    # As Litestream does, which keeps others from emptying the log.
    reader = sqlite3.connect(house.folder.parent / "jobs.db", isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from jobs").fetchall()
    warned = []
    await house.privacy.delete(ADA, patience_s=0)
    for _ in range(5):
        house.wait(1_800)
        assert not await house.privacy.finish()
        warned.append(caplog.text.count("still in the database's -wal file"))
    assert warned == [0, 1, 1, 2, 2]
    assert "after 2.0 h" in caplog.text
    reader.close()
    assert await house.privacy.finish()
    house.wait(7_200)
    assert await house.privacy.finish()
    assert caplog.text.count("still in the database's -wal file") == 2


async def test_what_was_kept_for_long_enough_goes(house: House, database: Database) -> None:
    old = await house.add(1, JobState.DELIVERED, days_ago=31)
    young = await house.add(2, JobState.DELIVERED, days_ago=29)
    short = await house.add(3, JobState.DELIVERED, days_ago=8)
    for_ever = await house.add(4, JobState.DELIVERED, days_ago=99)
    under_way = await house.add(5, JobState.RUNNING, days_ago=99)
    for job, days in ((short, 7), (for_ever, 0)):
        guild_id = job.request.place.guild_id or 0
        await house.choices.guilds.change(guild_id, retention_days=days)

    await house.privacy.purge()  # nothing of its own is set
    assert house.files() == {old.id, young.id, for_ever.id, under_way.id}

    again = House(database, house.folder, usual_days=30)
    await again.privacy.purge()
    assert house.files() == {young.id, for_ever.id, under_way.id}
    assert await again.privacy.finish()
    assert traces(house.folder.parent, [old.request.prompt, short.request.prompt]) == []
    assert await house.jobs.get(young.id) == young


async def test_an_error_does_not_end_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    job = await house.add(1, JobState.DELIVERED)
    await house.erasures.ask(ADA, datetime.now(UTC))
    folder = house.folder.rename(house.folder.with_name("elsewhere"))

    running = asyncio.create_task(house.privacy.run(look_again_s=0.01))
    async with asyncio.timeout(PATIENCE_S):
        while "retention cleanup failed" not in caplog.messages:
            await asyncio.sleep(0.01)
    folder.rename(house.folder)
    await house.until_erased(job)
    running.cancel()
