"""The pictures of a job, and the time its model takes."""

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest

from domain.models import ImageKind, Job, JobState
from storage.database import Database
from storage.errors import EngineError
from storage.jobs import JobRepository
from tests.factories import NOON, make_image, make_job, make_request, make_ticket

pytestmark = pytest.mark.both_engines

RUNNING = make_job(state=JobState.RUNNING)
FETCHED = replace(RUNNING, state=JobState.FETCHED)


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


async def test_pictures_come_back_in_order_and_by_kind(jobs: JobRepository) -> None:
    source = make_image(kind=ImageKind.SOURCE, file_name="s", media_type="image/webp", width=7)
    first, second = make_image(), make_image(position=2, file_name="2", height=9, bytes=5)
    await jobs.add(RUNNING)
    await jobs.advance(RUNNING, FETCHED, [second, source, first])

    assert await jobs.list_images(RUNNING.id, ImageKind.RESULT) == [first, second]
    assert await jobs.list_images(RUNNING.id, ImageKind.SOURCE) == [source]
    assert await jobs.list_images("another", ImageKind.RESULT) == []


async def test_a_picture_takes_the_place_of_an_older_one(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    again = await jobs.advance(RUNNING, RUNNING, [make_image(), make_image(position=2)])
    await jobs.advance(again, again, [make_image(file_name="new")])

    names = [image.file_name for image in await jobs.list_images(RUNNING.id, ImageKind.RESULT)]
    assert names == ["new", "0123456789ab-result-1.png"]


async def test_state_and_pictures_are_stored_together_or_not_at_all(jobs: JobRepository) -> None:
    await jobs.add(RUNNING)
    with pytest.raises(EngineError):
        await jobs.advance(RUNNING, FETCHED, [make_image(), make_image(job_id="nobody's")])

    assert await jobs.get(RUNNING.id) == RUNNING
    assert await jobs.list_images(RUNNING.id, ImageKind.RESULT) == []


def timed(number: int, seconds: float, *, model: str = "flux-dev") -> Job:
    """Make a finished job of a known duration; higher numbers were fetched later."""
    fetched_at = NOON + timedelta(minutes=number)
    return make_job(
        id=f"job-{number}",
        request=make_request(model=model, ticket=make_ticket(interaction_id=number)),
        state=JobState.FETCHED,
        submitted_at=fetched_at - timedelta(seconds=seconds),
        fetched_at=fetched_at,
    )


async def seconds_of(jobs: JobRepository, model: str) -> list[float]:
    return (await jobs.recent_seconds([model]))[model]


@pytest.mark.parametrize(
    ("seconds", "usual"),
    [
        pytest.param([12.5], 12.5, id="one"),
        pytest.param([30, 10], 20, id="two"),
        pytest.param([9, 8, 100], 9, id="three"),
        pytest.param([*([100] * 10), *([10] * 10)], 55, id="twenty"),
        pytest.param([*([100] * 30), *([10] * 20)], 10, id="the newest twenty of fifty"),
        pytest.param([*([10] * 20), *([100] * 10)], 55, id="the newest twenty of thirty"),
        pytest.param([10, 601, 700_000], 10, id="not those that waited for something else"),
        pytest.param([10, -3_600], 10, id="not those during which a clock was set back"),
    ],
)
async def test_usual_time_is_the_median_of_the_newest_twenty(
    jobs: JobRepository, seconds: list[float], usual: float
) -> None:
    # Stored from the newest to the oldest: the order of rows must not matter.
    for number, taken in reversed(list(enumerate(seconds))):
        await jobs.add(timed(number, taken))

    assert median(await seconds_of(jobs, "flux-dev")) == pytest.approx(usual, abs=0.01)


async def test_what_was_at_flux_over_a_start_tells_nothing(jobs: JobRepository) -> None:
    done = timed(1, 10)
    await jobs.add(done)
    began = replace(timed(2, 500), state=JobState.RUNNING, fetched_at=None)
    await jobs.add(began)
    await jobs.note_interruption()
    await jobs.advance(began, timed(2, 500))
    await jobs.advance(done, replace(done, state=JobState.RUNNING))
    await jobs.note_interruption()

    assert median(await seconds_of(jobs, "flux-dev")) == pytest.approx(10, abs=0.01)


async def test_every_model_has_its_own_usual_time(jobs: JobRepository) -> None:
    await jobs.add(timed(1, 10))
    await jobs.add(timed(2, 40, model="flux-2-max"))

    assert median(await seconds_of(jobs, "flux-dev")) == pytest.approx(10, abs=0.01)
    assert median(await seconds_of(jobs, "flux-2-max")) == pytest.approx(40, abs=0.01)


@pytest.mark.parametrize("submitted_at", [None, NOON])
async def test_no_usual_time_where_nothing_was_fetched(
    jobs: JobRepository, submitted_at: datetime | None
) -> None:
    await jobs.add(make_job(state=JobState.RUNNING, submitted_at=submitted_at))

    assert await seconds_of(jobs, "flux-dev") == []
