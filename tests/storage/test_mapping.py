"""Every field of a job is stored in a column of its own."""

from dataclasses import replace
from datetime import timedelta

import sqlite_utils

from domain.limits import Allowance, LimitKind
from domain.models import Job, JobState, MessageRef, PictureRef, Problem
from storage.database import Database
from storage.mapping import job_from_row, row_from_record
from tests.factories import NOON, make_job, make_place, make_request, make_ticket

TIMES = (
    "answered_at submitted_at made_at fetched_at ended_at dismissed_at announced_at"
    " cancel_asked_at overdue_at"
)
TEXTS = "task_id trace_id nonce callback_token named_task_id"

FULL: Job = make_job(
    request=make_request(
        spoiler=True,
        private=True,
        age_restricted=True,
        source_url="https://cdn.test/a.png",
        source_message=MessageRef(channel_id=3, message_id=4),
        parent=PictureRef(job_id="job-1", position=2),
        place=make_place(locale="de"),
        ticket=make_ticket(token_since=NOON),
        retry_of="job-2",
        reply_to=5,
        locale="zh-CN",
    ),
    state=JobState.FAILED,
    problem=Problem.FLUX_FAILED,
    charged_microcredits=6,
    carried_microcredits=7,
    message_id=8,
    revision=9,
    allowance=Allowance(kind=LimitKind.PICTURES_PER_DAY, used=10, most=11),
    **{name: NOON + timedelta(hours=hour) for hour, name in enumerate(TIMES.split())},
    **{name: name for name in TEXTS.split()},
)


def test_a_job_comes_back_as_it_was() -> None:
    assert job_from_row(row_from_record(FULL)) == FULL
    told = replace(FULL, told_at=NOON)
    assert job_from_row(row_from_record(told)) == told
    assert job_from_row(row_from_record(make_job())) == make_job()


def test_a_full_job_leaves_no_column_empty() -> None:
    row = row_from_record(replace(FULL, told_at=NOON))
    assert not [column for column, value in row.items() if value is None]


async def test_the_table_has_a_column_for_every_field(database: Database) -> None:
    def columns(db: sqlite_utils.Database) -> set[str]:
        return {column.name for column in db.table("jobs").columns}

    assert row_from_record(FULL).keys() <= await database.read(columns)
