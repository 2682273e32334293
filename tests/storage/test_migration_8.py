"""The step to the language of a place, from a file as the version before it left it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlite_utils

from storage.database import Database
from storage.jobs import JobRepository
from storage.migrations import migrations
from tests.factories import NOON, make_job, make_place, make_request, make_ticket
from tests.storage.earlier import EARLIER_JOB

if TYPE_CHECKING:
    from pathlib import Path

    from domain.models import Job


def asked(number: int, locale: str | None, place_locale: str | None = None) -> Job:
    return make_job(
        id=f"{number:012x}",
        request=make_request(
            ticket=make_ticket(interaction_id=number),
            locale=locale,
            place=make_place(locale=place_locale),
        ),
        created_at=NOON + timedelta(minutes=number),
    )


async def test_earlier_jobs_keep_their_language_and_have_no_place_s(path: Path) -> None:
    earlier = asked(1, "zh-CN")
    db = sqlite_utils.Database(path)
    migrations().apply(db, stop_before="m008_language_of_the_place")
    known = {column.name for column in db.table("jobs").columns}
    assert "place_locale" not in known
    db.table("jobs").insert(
        EARLIER_JOB
        | {"id": earlier.id, "interaction_id": 1, "locale": "zh-CN"}
        | {"created_at": earlier.created_at.isoformat()}
    )
    db.close()

    async with Database(path) as database:
        jobs = JobRepository(database)
        assert await jobs.get(earlier.id) == earlier
        later = asked(2, None, "de")
        await jobs.add(later)
        assert await jobs.get(later.id) == later
        assert await jobs.last_locale(5001) == "zh-CN"


async def test_the_latest_language_of_a_person_is_found_in_an_index(database: Database) -> None:
    jobs = JobRepository(database)
    for job in (asked(1, "de"), asked(2, "zh-CN"), asked(3, None)):
        await jobs.add(job)
    assert await jobs.last_locale(5001) == "zh-CN"
    assert await jobs.last_locale(1) is None

    plan = await database.read(
        lambda db: list(
            db.fetch(
                "explain query plan select locale from jobs where user_id = 1"
                " and locale is not null order by created_at desc limit 1"
            )
        )
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH jobs USING COVERING INDEX jobs_locales (user_id=?)"
    ]
