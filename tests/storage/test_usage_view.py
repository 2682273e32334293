"""The view `usage`, as its readers see it: one line per request, every column."""

from datetime import timedelta
from typing import Any

import pytest

from domain.models import Job, JobState, Problem
from storage.database import Database
from storage.jobs import JobRepository
from tests.factories import NOON, make_job, make_place, make_request

pytestmark = pytest.mark.both_engines

DELIVERED = make_job(
    state=JobState.DELIVERED,
    submitted_at=NOON + timedelta(seconds=1),
    fetched_at=NOON + timedelta(seconds=8),
    ended_at=NOON + timedelta(seconds=9.46),
    charged_microcredits=432_000,
    task_id="t-1",
    trace_id="r-1",
    request=make_request(count=2),
)

LINE: dict[str, Any] = {
    "requested_at": "2026-10-05T12:00:00+00:00",
    "user": "ada",
    "user_id": 5001,
    "place": "Harbour #pictures",
    "command": "imagine",
    "model": "flux-dev",
    "size": "1:1",
    "count": 2,
    "prompt": "a quiet lake",
    "state": "delivered",
    "seconds": 9.5,
    "credits": 0.432,
    "credits_are": "charged",
    "task_id": "t-1",
    "error_code": None,
    "job_id": "0123456789ab",
    "guild_id": 4001,
    "pictures": 2,
    "house_credits": 0.0,
    "private": 0,
}


async def lines(database: Database) -> list[dict[str, Any]]:
    return await database.read(lambda db: db.fetch("select * from usage"))


async def line_of(database: Database, job: Job) -> dict[str, Any]:
    await JobRepository(database).add(job)
    (line,) = await lines(database)
    return line


async def test_nobody_asked_for_anything(database: Database) -> None:
    assert await lines(database) == []


async def test_a_delivered_request(database: Database) -> None:
    assert await line_of(database, DELIVERED) == LINE


async def test_a_refused_request_cost_nothing(database: Database) -> None:
    job = make_job(
        state=JobState.REFUSED,
        ended_at=NOON + timedelta(seconds=2),
        charged_microcredits=0,
        problem=Problem.FLUX_REFUSED_CONTENT,
    )

    assert await line_of(database, job) == {
        **LINE,
        "count": 1,
        "state": "refused",
        "seconds": 2.0,
        "credits": 0.0,
        "task_id": None,
        "error_code": "flux_refused_content",
        "pictures": 0,
    }


async def test_a_request_whose_charge_is_not_known_shows_the_estimate(database: Database) -> None:
    job = make_job(state=JobState.RUNNING, task_id="t-1", submitted_at=NOON)

    assert await line_of(database, job) == {
        **LINE,
        "count": 1,
        "state": "running",
        "seconds": None,
        "credits": 0.216,
        "credits_are": "estimated",
        "pictures": 0,
    }


async def test_a_request_in_a_direct_message(database: Database) -> None:
    place = make_place(guild_id=None, guild_name=None, channel_name=None)
    job = make_job(request=make_request(place=place))

    assert await line_of(database, job) == {
        **LINE,
        "count": 1,
        "place": "direct message",
        "state": "queued",
        "seconds": None,
        "credits": 0.216,
        "credits_are": "estimated",
        "task_id": None,
        "pictures": 0,
        "guild_id": None,
    }


@pytest.mark.parametrize(
    ("names", "place"),
    [
        ({"guild_name": None}, "4001 #pictures"),
        ({"channel_name": None}, "Harbour #3001"),
        ({"guild_name": None, "channel_name": None}, "4001 #3001"),
    ],
)
async def test_a_place_without_names_shows_its_ids(
    database: Database, names: dict[str, object], place: str
) -> None:
    job = make_job(request=make_request(place=make_place(**names)))

    assert (await line_of(database, job))["place"] == place
