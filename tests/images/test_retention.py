"""What is removed from the spool and, above all, what is not: real files, a real database."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clock import Clock
from domain.models import FINAL, ImageKind, JobState
from images.folder import Folder
from images.retention import Retention, SpoolLimits
from storage.database import Database
from storage.images import ImageRepository
from storage.jobs import JobRepository
from tests.factories import make_image, make_job, make_request, make_ticket
from tests.patience import PATIENCE_S

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
SIZE = 1_000


class House:
    """A spool folder and the rows that belong to it."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.jobs = JobRepository(database)
        self.images = ImageRepository(database)
        self._numbers = iter(range(1, 100))
        folder.mkdir()

    def sweeper(
        self,
        *,
        max_bytes: int = 0,
        max_user_bytes: int = 0,
        max_days: int = 0,
        interval_s: float = 900,
        clock: Clock | None = None,
    ) -> Retention:
        return Retention(
            images=self.images,
            files=Folder(self.folder),
            limits=SpoolLimits(
                max_bytes=max_bytes, max_user_bytes=max_user_bytes, max_days=max_days
            ),
            clock=clock or Clock(),
            interval_s=interval_s,
        )

    def put(self, name: str, *, age_s: float = 0) -> str:
        path = self.folder / name
        path.write_bytes(bytes(SIZE))
        os.utime(path, (time.time() - age_s,) * 2)
        return name

    async def add(
        self,
        state: JobState,
        *,
        days_ago: float = 0,
        told: bool = True,
        kinds: tuple[ImageKind, ...] = (ImageKind.RESULT,),
        rows: bool = True,
    ) -> list[str]:
        """Store a job that ended so long ago, with a file of each kind; return their names."""
        number = next(self._numbers)
        ended_at = datetime.now(UTC) - timedelta(days=days_ago) if state in FINAL else None
        job = make_job(
            id=f"job{number}",
            request=make_request(ticket=make_ticket(interaction_id=number)),
            state=state,
            ended_at=ended_at,
            told_at=ended_at if told else None,
        )
        await self.jobs.add(job)
        names = [self.put(f"job{number}-{kind}-1.png", age_s=days_ago * DAY_S) for kind in kinds]
        pictures = [
            make_image(job_id=job.id, kind=kind, file_name=name, bytes=SIZE)
            for kind, name in zip(kinds, names, strict=True)
        ]
        if rows:
            await self.jobs.advance(job, job, pictures)
        return names

    async def left(self) -> set[str]:
        """Return what is in the folder; no row of a removed file is left."""
        names = {path.name for path in self.folder.iterdir()}
        assert await self.images.list_files() <= names
        return names


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Database(tmp_path / "jobs.db") as database:
        yield House(tmp_path / "spool", database)


OPEN_STATES = [state for state in JobState if state not in FINAL]
ENDS = [state for state in JobState if state in FINAL]


async def test_the_first_delivered_go_first_and_only_as_many_as_must(house: House) -> None:
    newest = await house.add(JobState.DELIVERED, days_ago=1)
    oldest = await house.add(JobState.DELIVERED, days_ago=3)
    middle = await house.add(JobState.DELIVERED, days_ago=2)

    await house.sweeper(max_bytes=3 * SIZE).sweep()
    assert await house.left() == {*newest, *middle, *oldest}
    await house.sweeper(max_bytes=3 * SIZE - 1).sweep()
    assert await house.left() == {*newest, *middle}
    await house.sweeper(max_bytes=1).sweep()
    assert await house.left() == set()


async def test_sources_and_copies_of_delivered_jobs_go_too(house: House) -> None:
    await house.add(JobState.DELIVERED, kinds=tuple(ImageKind))

    await house.sweeper(max_bytes=1).sweep()

    assert await house.left() == set()


async def test_the_sources_of_any_settled_job_go_first(house: House) -> None:
    delivered = await house.add(JobState.DELIVERED, days_ago=9)
    kept = await house.add(JobState.CANCELLED, days_ago=8)
    source = (ImageKind.SOURCE,)
    waiting = await house.add(JobState.REFUSED, told=False, kinds=source)
    for state in ENDS:
        await house.add(state, days_ago=1, kinds=source)

    await house.sweeper(max_bytes=3 * SIZE).sweep()
    assert await house.left() == {*delivered, *kept, *waiting}
    await house.sweeper(max_bytes=1).sweep()
    assert await house.left() == {*kept, *waiting}


async def test_one_person_s_free_sources_are_bounded(house: House) -> None:
    source = (ImageKind.SOURCE,)
    paid = await house.add(JobState.DELIVERED, days_ago=9, kinds=source)
    result = await house.add(JobState.CANCELLED, days_ago=8)
    waiting = await house.add(JobState.REFUSED, days_ago=7, told=False, kinds=source)
    free = [
        await house.add(state, days_ago=days, kinds=source)
        for days, state in enumerate((JobState.REFUSED, JobState.CANCELLED, JobState.FAILED))
    ]
    kept = {*paid, *result, *waiting, *free[0], *free[1]}
    user_id = make_request().requester.user_id

    await house.sweeper().trim(user_id)
    await house.sweeper(max_user_bytes=2 * SIZE).trim(user_id + 1)
    assert await house.left() == {*kept, *free[2]}
    await house.sweeper(max_user_bytes=2 * SIZE).trim(user_id)
    assert await house.left() == kept


async def test_sources_that_cannot_be_removed_now_stop_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Database(tmp_path / "bot.db") as database:
        house = House(tmp_path / "spool", database)

    await house.sweeper(max_user_bytes=SIZE).trim(make_request().requester.user_id)
    assert "sources over a limit not removed: DatabaseClosedError" in caplog.messages


@pytest.mark.parametrize("state", [end for end in ENDS if end is not JobState.DELIVERED])
async def test_what_was_not_delivered_goes_by_age_alone(house: House, state: JobState) -> None:
    kept = await house.add(state, days_ago=29)
    await house.add(state, days_ago=31)

    await house.sweeper(max_bytes=1).sweep()
    assert len(await house.left()) == 2
    await house.sweeper(max_days=30).sweep()
    assert await house.left() == {*kept}


async def test_delivered_ones_go_by_age_as_well(house: House) -> None:
    kept = await house.add(JobState.DELIVERED, days_ago=29)
    await house.add(JobState.DELIVERED, days_ago=31)

    await house.sweeper(max_days=30).sweep()

    assert await house.left() == {*kept}


@pytest.mark.parametrize("state", OPEN_STATES)
async def test_a_job_that_has_not_ended_loses_nothing(house: House, state: JobState) -> None:
    kinds = (ImageKind.SOURCE, ImageKind.RESULT, ImageKind.POSTED)
    names = await house.add(state, days_ago=900, told=False, kinds=kinds)
    unknown = await house.add(state, days_ago=900, told=False, kinds=kinds, rows=False)

    await house.sweeper(max_bytes=1, max_days=1).sweep()

    assert await house.left() == {*names, *unknown}


@pytest.mark.parametrize("state", ENDS)
async def test_a_job_whose_author_was_not_told_loses_nothing(house: House, state: JobState) -> None:
    names = await house.add(state, days_ago=900, told=False)
    unknown = await house.add(state, days_ago=900, told=False, rows=False)

    await house.sweeper(max_bytes=1, max_days=1).sweep()

    assert await house.left() == {*names, *unknown}


async def test_no_limits_remove_nothing(house: House) -> None:
    names = {name for state in ENDS for name in await house.add(state, days_ago=9_000, told=True)}

    await house.sweeper().sweep()

    assert await house.left() == names


async def test_leftovers_older_than_an_hour_go(house: House) -> None:
    await house.add(JobState.DELIVERED, days_ago=0.1, rows=False)
    fresh = await house.add(JobState.DELIVERED, days_ago=0.01, rows=False)
    house.put("job9-0123456789abcdef.part", age_s=HOUR_S + 60)
    young = house.put("job9-fedcba9876543210.part", age_s=HOUR_S - 60)

    await house.sweeper().sweep()

    assert await house.left() == {*fresh, young}


@pytest.mark.parametrize("ahead_s", [-25 * HOUR_S, 25 * HOUR_S])
async def test_a_wrong_clock_of_the_machine_makes_no_file_old(house: House, ahead_s: float) -> None:
    """Of a clock that is ahead the file was written before it was set, of one behind after."""
    written_ago_s = max(ahead_s, 0)
    young = house.put("job9-fedcba9876543210.part", age_s=written_ago_s)
    clock = Clock(lambda: time.time() - ahead_s)

    await house.sweeper(clock=clock).sweep()

    assert await house.left() == {young}


async def test_a_file_of_a_job_the_database_does_not_know_goes_by_age_alone(house: House) -> None:
    house.put("lost-result-1.png", age_s=31 * DAY_S)
    younger = house.put("lost-result-2.webp", age_s=29 * DAY_S)

    await house.sweeper(max_bytes=1).sweep()
    assert len(await house.left()) == 2
    await house.sweeper(max_days=30).sweep()
    assert await house.left() == {younger}


async def test_what_is_not_the_spool_s_is_left_alone(house: House, tmp_path: Path) -> None:
    foreign = {house.put(name, age_s=900 * DAY_S) for name in ("notes.txt", "a-b.png", ".keep")}
    folder, link = (house.folder / f"other-result-{at}.png" for at in (1, 2))
    folder.mkdir()
    link.symlink_to(tmp_path / "jobs.db")
    for path in (folder, link):
        os.utime(path, (0, 0), follow_symlinks=False)
    names = await house.add(JobState.RUNNING, told=False)
    kept = await house.add(JobState.DELIVERED)

    await house.sweeper(max_bytes=2 * SIZE, max_days=1).sweep()

    assert await house.left() == {*foreign, *names, *kept, folder.name, link.name}


async def test_a_row_whose_file_is_gone_stops_nothing(house: House) -> None:
    (lost,) = await house.add(JobState.DELIVERED, days_ago=40)
    await house.add(JobState.DELIVERED, days_ago=35)
    (house.folder / lost).unlink()

    await house.sweeper(max_days=30).sweep()

    assert await house.left() == set()


async def test_a_limit_that_cannot_be_kept_is_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.add(JobState.RUNNING, told=False)
    await house.add(JobState.DELIVERED)

    with caplog.at_level(logging.INFO):
        await house.sweeper(max_bytes=SIZE - 1).sweep()

    swept, warning = caplog.messages
    assert swept == f"spool cleaned up: files=1 bytes left={SIZE}"
    assert f"over its limit of {SIZE - 1}" in warning


async def until_left(house: House, names: set[str]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await house.left() != names:
            await asyncio.sleep(0.01)


async def test_it_goes_on_by_itself_and_no_error_ends_it(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    folder, elsewhere = house.folder, house.folder.with_name("elsewhere")
    folder.rename(elsewhere)
    sweeping = asyncio.create_task(house.sweeper(max_bytes=1, interval_s=0.01).run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while "spool cleanup failed" not in caplog.text:
                await asyncio.sleep(0.01)
        await asyncio.to_thread(elsewhere.rename, folder)
        for _ in range(2):
            await house.add(JobState.DELIVERED)
            await until_left(house, set())
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
