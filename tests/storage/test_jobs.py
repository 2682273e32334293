"""Jobs and their pictures: stored as they are, moved only along the table, never halfway."""

from dataclasses import fields, replace
from datetime import timedelta
from itertools import product

import pytest

from domain.models import (
    TRANSITIONS,
    Action,
    Delivery,
    ImageKind,
    Job,
    JobState,
    MessageRef,
    PictureRef,
    Problem,
    Requester,
)
from storage.database import Database
from storage.errors import EngineError
from storage.jobs import DuplicateRequestError, JobRepository, StaleJobError
from tests.factories import NOON, make_image, make_job, make_place, make_request, make_ticket

pytestmark = pytest.mark.both_engines

SNOWFLAKE = 2**63 - 1
"""The largest id that Discord can ever give and SQLite can hold."""

FULL = make_job(
    request=make_request(
        action=Action.EDIT,
        command="edit",
        model="flux-kontext-pro",
        size="9:16",
        count=3,
        spoiler=True,
        source_url="https://cdn.discordapp.com/a.png?ex=1&is=2&hm=3",
        dm_copy=True,
        more_source_urls="https://cdn.discordapp.com/b.png\nhttps://cdn.discordapp.com/c.png",
        requester=Requester(user_id=SNOWFLAKE, user_name="\u30a2\u30c0"),
        place=make_place(
            channel_id=SNOWFLAKE,
            guild_id=SNOWFLAKE,
            delivery=Delivery.RESPONSE,
            file_limit_bytes=50 * 2**20,
        ),
        ticket=make_ticket(interaction_id=SNOWFLAKE, application_id=SNOWFLAKE, token_since=NOON),
        retry_of="abcdef012345",
        source_message=MessageRef(channel_id=SNOWFLAKE, message_id=SNOWFLAKE),
        parent=PictureRef(job_id="abcdef012345", position=2),
        reply_to=SNOWFLAKE,
        private=True,
        locale="pt-BR",
        avatar_of=SNOWFLAKE,
    ),
    state=JobState.FETCHED,
    answered_at=NOON + timedelta(seconds=0.4),
    submitted_at=NOON + timedelta(seconds=1),
    made_at=NOON + timedelta(seconds=8.5),
    fetched_at=NOON + timedelta(seconds=9.000001),
    ended_at=NOON + timedelta(days=1),
    dismissed_at=NOON + timedelta(seconds=0.7),
    charged_microcredits=423_000,
    task_id="t-1",
    trace_id="r-1",
    nonce="0123456789ab-1",
    announced_at=NOON + timedelta(seconds=0.5),
    callback_token="callback-token",
    named_task_id="t-2",
    cancel_asked_at=NOON + timedelta(seconds=2),
    overdue_at=NOON + timedelta(minutes=10),
    message_id=SNOWFLAKE,
    problem=Problem.RESULT_TOO_LARGE,
    problem_source=2,
    flux_error="503",
)

EMPTY = make_job(
    request=make_request(
        place=make_place(guild_id=None, guild_name=None, channel_name=None),
        ticket=make_ticket(token=None),
    )
)

every_pair = pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(*pair, id=" to ".join(pair)) for pair in product(JobState, JobState)],
)


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


def numbered(number: int, **changes: object) -> Job:
    """Make one of several jobs, later by as many seconds as its number."""
    request = make_request(ticket=make_ticket(interaction_id=number))
    created_at = NOON + timedelta(seconds=number)
    return make_job(id=f"job-{number}", **{"request": request, "created_at": created_at, **changes})


def unflagged(job: Job) -> Job:
    """Take off what others set, and no step of a job."""
    return replace(job, cancel_asked_at=None, dismissed_at=None, named_task_id=None)


def test_the_examples_leave_no_field_out() -> None:
    # A job that was told of keeps no token, and limits decide about an allowance: tests of their
    # own show that.
    missing = [field.name for field in fields(FULL) if getattr(FULL, field.name) is None]
    assert missing == ["told_at", "allowance"]
    assert None not in [getattr(FULL.request, field.name) for field in fields(FULL.request)]
    empty = {field.name for field in fields(EMPTY) if getattr(EMPTY, field.name) is None}
    optional = {field.name for field in fields(Job) if field.default is None}

    assert empty == optional


@pytest.mark.parametrize("job", [FULL, EMPTY], ids=["full", "empty"])
async def test_a_job_comes_back_as_it_was(jobs: JobRepository, job: Job) -> None:
    await jobs.add(job)

    assert await jobs.get(job.id) == job


async def test_a_job_comes_back_after_every_change(jobs: JobRepository) -> None:
    queued = replace(FULL, state=JobState.QUEUED)
    await jobs.add(unflagged(replace(EMPTY, request=FULL.request)))
    changed = unflagged(replace(FULL, state=JobState.SUBMITTING))
    after = await jobs.advance(queued, changed)

    assert await jobs.get(FULL.id) == after == replace(changed, revision=1)


async def test_a_change_can_empty_what_was_set(jobs: JobRepository) -> None:
    full = unflagged(FULL)
    await jobs.add(full)
    emptied = replace(EMPTY, request=FULL.request, state=JobState.FETCHED)
    await jobs.advance(full, emptied)

    assert await jobs.get(FULL.id) == replace(emptied, revision=1)


async def test_there_is_no_such_job(jobs: JobRepository) -> None:
    assert await jobs.get("nothing") is None


@pytest.mark.parametrize("problem", Problem)
async def test_every_problem_is_kept(jobs: JobRepository, problem: Problem) -> None:
    await jobs.add(make_job(problem=problem))
    stored = await jobs.get(make_job().id)

    assert stored is not None
    assert stored.problem is problem


@pytest.mark.parametrize(
    "prompt",
    [
        'it\'s "so"',
        "two\nlines\r\nand\ttabs",
        "'); drop table jobs; --",
        ":state ? ?1 $a @b %s {} \\",
        "\U0001f98a \u0639\u0631\u0628\u064a \u200b",
        "x" * 6_000,
    ],
    ids=lambda prompt: repr(prompt)[:30],
)
async def test_a_prompt_is_kept_exactly(jobs: JobRepository, prompt: str) -> None:
    job = make_job(request=make_request(prompt=prompt))
    await jobs.add(job)
    await jobs.advance(job, replace(job, state=JobState.SUBMITTING))
    stored = await jobs.get(job.id)

    assert stored is not None
    assert stored.request.prompt == prompt


async def test_no_text_is_stored_with_a_nul(jobs: JobRepository) -> None:
    requester = Requester(user_id=5001, user_name="a\0da")
    job = make_job(request=make_request(prompt="\0 in the middle \0", requester=requester))
    await jobs.add(job)
    stored = await jobs.get(job.id)

    assert stored is not None
    assert stored.request.prompt == " in the middle "
    assert stored.request.requester.user_name == "ada"


async def test_an_interaction_makes_one_job(jobs: JobRepository) -> None:
    first = numbered(1)
    await jobs.add(first)
    with pytest.raises(DuplicateRequestError):
        await jobs.add(replace(first, id="another"))

    assert await jobs.get("another") is None
    assert await jobs.list_open() == [first]


async def test_a_job_id_is_used_once(jobs: JobRepository) -> None:
    await jobs.add(make_job())
    with pytest.raises(EngineError):
        await jobs.add(make_job(request=make_request(ticket=make_ticket(interaction_id=2))))


@every_pair
async def test_a_job_moves_along_the_table_only(
    jobs: JobRepository, before: JobState, after: JobState
) -> None:
    job = make_job(state=before, request=make_request(ticket=make_ticket(token=None)))
    moved = replace(job, state=after, message_id=77)
    await jobs.add(job)
    if after in {before, *TRANSITIONS[before]}:
        moved = replace(moved, revision=1)
        assert await jobs.advance(job, moved) == moved
        assert await jobs.get(job.id) == moved
    else:
        with pytest.raises(StaleJobError):
            await jobs.advance(job, moved)
        assert await jobs.get(job.id) == job


@pytest.mark.parametrize("stored", [state for state in JobState if state is not JobState.RUNNING])
async def test_a_job_that_moved_on_is_not_overwritten(
    jobs: JobRepository, stored: JobState
) -> None:
    read = make_job(state=JobState.RUNNING, request=make_request(ticket=make_ticket(token=None)))
    moved_on = replace(read, state=stored)
    await jobs.add(moved_on)
    with pytest.raises(StaleJobError, match="no longer running"):
        await jobs.advance(read, replace(read, state=JobState.FETCHED), [make_image()])

    assert await jobs.get(read.id) == moved_on
    assert await jobs.list_images(read.id, ImageKind.RESULT) == []


async def test_of_two_moves_from_one_state_one_wins(jobs: JobRepository) -> None:
    job = make_job()
    await jobs.add(job)
    submitting = await jobs.advance(job, replace(job, state=JobState.SUBMITTING))
    with pytest.raises(StaleJobError):
        await jobs.advance(job, replace(job, state=JobState.CANCELLED))

    assert await jobs.get(job.id) == submitting


async def test_a_job_that_was_never_stored_cannot_move(jobs: JobRepository) -> None:
    with pytest.raises(StaleJobError):
        await jobs.advance(make_job(), make_job(state=JobState.SUBMITTING))

    assert await jobs.list_open() == []


async def test_a_move_touches_no_other_job(jobs: JobRepository) -> None:
    one, other = numbered(1), numbered(2)
    await jobs.add(one)
    await jobs.add(other)
    await jobs.advance(one, replace(one, state=JobState.CANCELLED))

    assert await jobs.get(other.id) == other


@pytest.mark.sqlite_only
async def test_the_token_is_kept_until_the_end_was_told(
    jobs: JobRepository, database: Database
) -> None:
    job = make_job(state=JobState.RUNNING)
    await jobs.add(job)
    failed = await jobs.advance(job, replace(job, state=JobState.FAILED))
    before = await jobs.get(job.id)
    await jobs.advance(failed, replace(failed, told_at=NOON))
    after = await jobs.get(job.id)
    dump = await database.read(lambda db: "\n".join(db.conn.iterdump()))

    assert before is not None
    assert before.request.ticket.token == "interaction-token"
    assert after is not None
    assert after.told_at == NOON
    assert after.request.ticket.token is None
    assert "interaction-token" not in dump


async def test_open_jobs_are_all_whose_end_was_not_told(jobs: JobRepository) -> None:
    every = [numbered(number, state=state) for number, state in enumerate(JobState)]
    for job in every:
        await jobs.add(job)
    await jobs.add(numbered(99, state=JobState.FAILED, told_at=NOON))

    assert await jobs.list_open() == every


async def test_open_jobs_come_oldest_first(jobs: JobRepository) -> None:
    half = NOON + timedelta(seconds=1.5)
    order = [numbered(3), numbered(1), numbered(4, created_at=half), numbered(5, created_at=half)]
    for job in order:
        await jobs.add(job)

    assert [job.id for job in await jobs.list_open()] == ["job-1", "job-4", "job-5", "job-3"]


def test_tokens_prompts_and_links_are_hidden_in_repr() -> None:
    request = FULL.request

    assert str(request.source_url) not in repr(FULL)
    assert request.prompt not in repr(FULL)
    assert "interaction-token" not in repr(FULL)
