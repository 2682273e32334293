"""Which stored pictures may go, by the state of their jobs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.models import FINAL, ImageKind, Job, JobState
from storage.database import Database
from storage.images import ImageRepository
from storage.jobs import JobRepository
from tests.factories import NOON, make_image, make_job, make_request, make_ticket

pytestmark = pytest.mark.both_engines

ENDED = NOON + timedelta(hours=1)


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


@pytest.fixture
def images(database: Database) -> ImageRepository:
    return ImageRepository(database)


async def add(
    jobs: JobRepository,
    number: int,
    *,
    state: JobState = JobState.DELIVERED,
    ended_after_h: int | None = 1,
    told: bool = True,
) -> Job:
    """Store a job with two files, `<number>-source` and `<number>-result`."""
    ended_at = None if ended_after_h is None else NOON + timedelta(hours=ended_after_h)
    job = make_job(
        id=f"job{number}",
        request=make_request(ticket=make_ticket(interaction_id=number)),
        state=state,
        ended_at=ended_at,
        told_at=ended_at if told else None,
    )
    await jobs.add(job)
    pictures = [
        make_image(job_id=job.id, kind=kind, file_name=f"{number}-{kind}")
        for kind in (ImageKind.SOURCE, ImageKind.RESULT)
    ]
    return await jobs.advance(job, job, pictures)


async def test_one_person_s_sources_that_delivered_nothing_are_free_past_their_limit(
    jobs: JobRepository, images: ImageRepository
) -> None:
    for number in (1, 2):
        await add(jobs, number, state=JobState.FAILED, ended_after_h=number)
    await add(jobs, 3, ended_after_h=3)
    user_id, size = make_request().requester.user_id, make_image().bytes

    assert await images.list_sources() == ["1-source", "2-source", "3-source"]
    assert await images.list_free_sources(user_id, size) == ["1-source"]
    assert await images.list_free_sources(user_id, 2 * size) == []
    assert await images.list_free_sources(user_id + 1, 0) == []


async def test_every_stored_file_is_known(jobs: JobRepository, images: ImageRepository) -> None:
    assert await images.list_files() == set()
    await add(jobs, 1)
    await add(jobs, 2, state=JobState.RUNNING, ended_after_h=None)

    assert await images.list_files() == {"1-source", "1-result", "2-source", "2-result"}


async def test_delivered_files_come_in_the_order_of_their_delivery(
    jobs: JobRepository, images: ImageRepository
) -> None:
    await add(jobs, 1, ended_after_h=9)
    await add(jobs, 2, ended_after_h=3)
    await add(jobs, 3, state=JobState.FAILED)
    await add(jobs, 4, told=False)

    assert await images.list_delivered() == ["2-result", "2-source", "1-result", "1-source"]


@pytest.mark.parametrize("state", sorted(FINAL))
async def test_files_of_every_end_are_listed_once_it_is_long_ago(
    jobs: JobRepository, images: ImageRepository, state: JobState
) -> None:
    await add(jobs, 1, state=state, ended_after_h=2)
    await add(jobs, 2, state=state, ended_after_h=4)

    assert await images.list_ended_before(NOON + timedelta(hours=2)) == []
    assert await images.list_ended_before(NOON + timedelta(hours=3)) == ["1-result", "1-source"]


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize(("ended_after_h", "told"), [(None, False), (1, False), (1, True)])
async def test_only_ended_and_told_jobs_give_their_files_away(
    jobs: JobRepository,
    images: ImageRepository,
    state: JobState,
    ended_after_h: int | None,
    told: bool,  # noqa: FBT001
) -> None:
    await add(jobs, 1, state=state, ended_after_h=ended_after_h, told=told)
    settled = state in FINAL and told
    files = {"1-source", "1-result"}

    assert await images.settled(["job1", "nobody's"]) == {"job1": settled}
    listed = await images.list_ended_before(NOON + timedelta(days=900))
    assert set(listed) == (files if settled else set())
    assert set(await images.forget(files)) == (files if settled else set())
    assert await images.list_files() == (set() if settled else files)


async def test_a_job_taken_up_again_keeps_what_was_listed_before(
    jobs: JobRepository, images: ImageRepository
) -> None:
    job = await add(jobs, 1, state=JobState.FAILED)
    await add(jobs, 2)
    listed = await images.list_ended_before(NOON + timedelta(days=1))
    await jobs.advance(job, replace(job, state=JobState.RUNNING))

    assert set(await images.forget(listed)) == {"2-source", "2-result"}
    assert await images.list_files() == {"1-source", "1-result"}


async def test_nothing_is_forgotten_that_was_not_named(
    jobs: JobRepository, images: ImageRepository
) -> None:
    await add(jobs, 1)

    assert await images.forget(["1-source", "another"]) == ["1-source"]
    assert await images.list_files() == {"1-result"}
