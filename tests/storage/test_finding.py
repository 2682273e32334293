"""Jobs found again: by words, by message, by what was made from what."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.models import (
    FINAL,
    Action,
    ImageKind,
    Job,
    JobState,
    MessageRef,
    PictureRef,
    Problem,
    Requester,
)
from storage.connection import Connection
from storage.database import Database
from storage.finding import MAX_RELATIVES
from storage.jobs import JobRepository
from storage.repository import row_from_record
from storage.sqlite_dialect import LOOKED_AT
from tests.factories import NOON, make_image, make_job, make_place, make_request, make_ticket
from tests.storage.totals import steps_of

pytestmark = pytest.mark.both_engines

ADA, BOB = 5001, 5002


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


async def made(
    jobs: JobRepository,
    number: int,
    prompt: str = "a quiet lake",
    *,
    parent: str | None = None,
    fetched_at: datetime | None = NOON,
    **changes: object,
) -> Job:
    """Store the job of this number, each a minute after the one before."""
    user_id = changes.pop("user_id", ADA)
    place = changes.pop("place", make_place())
    request = replace(
        make_request(
            prompt=prompt,
            place=place,
            ticket=make_ticket(interaction_id=number),
            parent=PictureRef(job_id=parent, position=1) if parent else None,
            action=changes.pop("action", Action.GENERATE),
        ),
        requester=Requester(user_id=user_id, user_name="who"),  # type: ignore[arg-type]
    )
    job = make_job(
        id=f"{number:012x}",
        request=request,
        created_at=NOON + timedelta(minutes=number),
        fetched_at=fetched_at,
        **changes,
    )
    await jobs.add(job)
    return job


async def found(jobs: JobRepository, words: str, user_id: int = ADA) -> list[int]:
    return [int(job.id, 16) for job in await jobs.search(user_id, words, offset=0, limit=100)]


async def test_a_job_keeps_all_that_was_asked_for(jobs: JobRepository) -> None:
    request = make_request(
        action=Action.EDIT,
        source_url="https://cdn.example.org/a.png?ex=1",
        source_message=MessageRef(channel_id=3002, message_id=8001),
        parent=PictureRef(job_id="ba9876543210", position=3),
        reply_to=8002,
        private=True,
        locale="zh-CN",
        age_restricted=True,
        ticket=make_ticket(token=None),
    )
    job = make_job(request=request)
    await jobs.add(job)
    assert await jobs.get(job.id) == job


async def test_a_step_may_change_where_the_source_is(jobs: JobRepository) -> None:
    job = await made(jobs, 1)
    moved = replace(job, request=replace(job.request, source_url="https://cdn.example.org/new"))
    stored = await jobs.advance(job, moved)
    assert await jobs.get(job.id) == stored
    assert stored.request.source_url == "https://cdn.example.org/new"


async def test_one_s_own_pictures_newest_first(jobs: JobRepository) -> None:
    await made(jobs, 1)
    await made(jobs, 2, user_id=BOB)
    await made(jobs, 3)
    await made(jobs, 4, fetched_at=None)
    assert await found(jobs, "") == [3, 1]
    assert await found(jobs, "lake", BOB) == [2]


async def test_pages_hold_each_job_once(jobs: JobRepository) -> None:
    for number in range(1, 8):
        await made(jobs, number)
    pages = [
        [int(job.id, 16) for job in await jobs.search(ADA, "lake", offset=offset, limit=3)]
        for offset in (0, 3, 6, 9)
    ]
    assert pages == [[7, 6, 5], [4, 3, 2], [1], []]


async def test_one_kind_only(jobs: JobRepository) -> None:
    await made(jobs, 1)
    await made(jobs, 2, action=Action.EDIT)
    for kind, expected in ((Action.EDIT, 2), (Action.GENERATE, 1)):
        [job] = await jobs.search(ADA, "lake", kind, offset=0, limit=10)
        assert int(job.id, 16) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("fox", [1]),
        ("FOX snow", [1]),
        ("snow fox", [1]),
        ("fox lake", []),
        ("湖", [2]),
        ("宁静", [2]),
        ("宁静的湖", [2]),
        ("狐狸", []),
        ("of", [1]),
        ("Äpfel", [3]),
        ("äpfel", [3]),
        ("  \t ", [5, 4, 3, 2, 1]),
        ('"quoted', [4]),
        ('say "quoted"', [4]),
        ("100%", [5]),
        ("10_%", []),
        ("fox OR lake", []),
        ("NOT fox", []),
        ("prompt:fox", []),
        ("fo*", []),
        ("fox)", []),
        ("^fox", []),
        ("NEAR(fox snow)", []),
        ("'; drop table jobs; --", []),
        ("fox\x00", [1]),
        ("fox " * 5_000, [1]),
        ("\U0001f98a", [5]),
    ],
)
async def test_words_are_words_and_nothing_else(
    jobs: JobRepository, words: str, expected: list[int]
) -> None:
    prompts = ["a fox of snow", "一片宁静的湖水", "Äpfel", 'say "quoted" things', "100% \U0001f98a"]
    for number, prompt in enumerate(prompts, start=1):
        await made(jobs, number, prompt)
    assert await found(jobs, words) == expected


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a fox of snow", "of"),
        ("a fox of snow", "FO"),
        ("a fox of snow", "x"),
        ("a fox of snow", "OW fox O"),
        ("一片宁静的湖水", "湖"),
        ("一片宁静的湖水", "宁静"),
        ("一片宁静的湖水", "静的湖"),
        ("ÖL auf Leinwand", "öl"),
        ("Öl auf Leinwand", "ÖL lein"),
        ("a café", "FÉ"),
        ("a CAFÉ", "café"),
        ("Ёж в тумане", "ёЖ"),
        ("Жёлтый лев", "ЖЁЛ"),
        ("Λόγος", "ΟΣ"),
        ("a straße", "ß"),
        ("a \U0001f98a", "\U0001f98a"),
        ("a \U0001f98a in snow", "\U0001f98a snow"),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("\U0001f1e9\U0001f1ea on a wall", "\U0001f1e9\U0001f1ea"),
        ("100% cotton", "0%"),
        ("100% cotton", "100%"),
        ("snake_case", "e_"),
        ("snake_case", "E_C"),
        ('say "hi"', '"h'),
        ('say "hi"', '"HI"'),
        ("it's", "'s"),
        ("it's", "T'S"),
        ("a\\b [c] {d} ^e", "\\b [C {D} ^"),
    ],
)
async def test_parts_of_words_are_found_in_history_and_in_a_channel(
    jobs: JobRepository, prompt: str, words: str
) -> None:
    shown: dict[str, Any] = {"state": JobState.DELIVERED, "message_id": 1, "ended_at": NOON}
    await made(jobs, 1, prompt, **shown)
    await made(jobs, 2, prompt, user_id=BOB, place=make_place(channel_id=3002), **shown)
    await made(jobs, 3, "another one entirely: 100 snakecase pictures", **shown)

    assert await found(jobs, words) == [1]
    assert [int(job.id, 16) for job in await jobs.search_shown(3001, words, limit=9)] == [1]


def one_segment(db: Connection) -> None:
    """Merge the index, which else is in a few or in up to some twenty parts."""
    db.execute("insert into prompts (prompts) values ('optimize')")


@pytest.mark.sqlite_only
async def test_a_search_reads_what_one_person_or_channel_asked_for(
    database: Database, jobs: JobRepository
) -> None:
    shown: dict[str, Any] = {"state": JobState.DELIVERED, "message_id": 1, "ended_at": NOON}
    numbers = iter(range(1, 10_000))

    async def store(number: int, **changes: Any) -> None:  # noqa: ANN401  # as `made` takes
        for _ in range(number):
            await made(jobs, next(numbers), "a quiet lake 湖水", **shown, **changes)

    async def steps() -> dict[str, int]:
        await database.write(one_segment)
        return {
            f"{words} {work.__name__}": await steps_of(database, partial(work, words))
            for words in ("lake", "lake qui", "nowhere", "lake zz", "湖水", "zz")
            for work in (of_person, of_channel)
        }

    async def of_person(words: str) -> list[Job]:
        return await jobs.search(ADA, words, offset=0, limit=6)

    async def of_channel(words: str) -> list[Job]:
        return await jobs.search_shown(3001, words, limit=6)

    await store(9)
    few = await steps()
    assert len(await of_person("lake")) == len(await of_channel("湖水")) == 6
    await store(300, user_id=BOB, place=make_place(channel_id=3002))
    many = await steps()

    assert {what: many[what] for what in few if many[what] > few[what] * 1.1} == {}


@pytest.mark.sqlite_only
async def test_a_page_reads_no_more_of_a_long_history(
    database: Database, jobs: JobRepository
) -> None:
    async def steps() -> int:
        await database.write(one_segment)
        return await steps_of(database, partial(jobs.search, ADA, "quiet lake", offset=0, limit=6))

    for number in range(1, 20):
        await made(jobs, number)
    few = await steps()
    for number in range(20, 300):
        await made(jobs, number)

    assert await steps() < few * 1.1
    assert (await found(jobs, "quiet"))[:3] == [299, 298, 297]


async def store_many(
    database: Database, first: int, number: int, prompt: str, user_id: int = ADA
) -> None:
    def insert(db: Connection) -> None:
        rows = [
            row_from_record(
                make_job(
                    id=f"{each:012x}",
                    request=make_request(
                        prompt=prompt,
                        requester=Requester(user_id=user_id, user_name="who"),
                        ticket=make_ticket(interaction_id=each),
                    ),
                    created_at=NOON + timedelta(minutes=each),
                    fetched_at=NOON,
                )
            )
            for each in range(first, first + number)
        ]
        db.insert_many("jobs", rows)

    await database.write(insert)


async def test_all_of_a_long_history_is_found(database: Database, jobs: JobRepository) -> None:
    await made(jobs, 1, "a red fox")
    await made(jobs, 2, "湖 and a FOX")
    await store_many(database, 3, 2 * LOOKED_AT, "a quiet lake")
    await made(jobs, 5_000, "a fox at last")

    assert await found(jobs, "fox") == [5_000, 2, 1]
    assert await found(jobs, "湖") == [2]
    assert await found(jobs, "FO red") == [1]
    assert await found(jobs, "a fo") == [5_000, 2, 1]
    for words in ("quiet lake", "ak"):
        pages = [
            [int(job.id, 16) for job in await jobs.search(ADA, words, offset=at, limit=300)]
            for at in range(0, 2 * LOOKED_AT + 300, 300)
        ]
        assert [number for page in pages for number in page] == [*range(2 * LOOKED_AT + 2, 2, -1)]


@pytest.mark.sqlite_only
async def test_a_search_of_a_long_history_reads_what_one_person_asked_for(
    database: Database, jobs: JobRepository
) -> None:
    async def steps() -> int:
        await database.write(one_segment)
        return await steps_of(database, partial(jobs.search, ADA, "fox", offset=0, limit=6))

    await store_many(database, 1, 100, "a quiet lake")
    await store_many(database, 5_000, LOOKED_AT, "a quiet lake")
    few = await steps()
    await store_many(database, 1_000, 2_000, "a fox", BOB)

    assert await steps() < few * 1.1


@pytest.mark.sqlite_only
async def test_words_follow_the_rows(database: Database, jobs: JobRepository) -> None:
    job = await made(jobs, 1, "a fox")
    await database.write(
        lambda db: db.execute(
            "update jobs set prompt = 'removed by its author' where id = ?", [job.id]
        )
    )
    assert (await found(jobs, "fox"), await found(jobs, "removed")) == ([], [1])
    await made(jobs, 2, "a fox")
    await database.write(lambda db: db.execute("delete from ledger"))
    await database.write(lambda db: db.execute("delete from jobs where id <> ?", [job.id]))
    assert await found(jobs, "fox") == []
    # It compares the index with the rows, and raises where they differ.
    await database.write(
        lambda db: db.execute("insert into prompts (prompts, rank) values ('integrity-check', 1)")
    )


@pytest.mark.sqlite_only
async def test_steps_of_a_job_leave_the_words_alone(
    database: Database, jobs: JobRepository
) -> None:
    job = await made(jobs, 1, "a fox")
    before = await database.read(lambda db: db.count("prompts_data"))
    for _ in range(20):
        job = await jobs.advance(job, job)
    assert await database.read(lambda db: db.count("prompts_data")) == before
    assert await found(jobs, "fox") == [1]


async def test_a_vacuum_leads_no_word_astray(path: Path) -> None:
    async with Database(path) as database:
        for number in range(1, 6):
            await made(JobRepository(database), number, f"picture number{number}")
        await database.write(lambda db: db.execute("delete from ledger"))
        await database.write(lambda db: db.execute("delete from jobs where interaction_id = 3"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("vacuum")
    async with Database(path) as database:
        jobs = JobRepository(database)
        assert [await found(jobs, f"number{number}") for number in (2, 4, 5)] == [[2], [4], [5]]


async def test_the_family_goes_up_and_down_but_not_sideways(jobs: JobRepository) -> None:
    first = await made(jobs, 1)
    second = await made(jobs, 2, parent=first.id)
    other = await made(jobs, 3, parent=first.id)
    third = await made(jobs, 4, parent=second.id)
    fourth = await made(jobs, 5, parent=second.id)
    await made(jobs, 6)
    families = {
        job.id: [each.id for each in await jobs.list_family(job.id)]
        for job in (first, second, other, third)
    }
    assert families == {
        first.id: [first.id, second.id, other.id, third.id, fourth.id],
        second.id: [first.id, second.id, third.id, fourth.id],
        other.id: [first.id, other.id],
        third.id: [first.id, second.id, third.id],
    }


async def test_the_family_of_an_orphan_and_of_nobody(jobs: JobRepository) -> None:
    orphan = await made(jobs, 1, parent="f" * 12)
    assert await jobs.list_family(orphan.id) == [orphan]
    assert await jobs.list_family("f" * 12) == []


async def test_a_family_that_goes_round_in_a_circle_ends(
    database: Database, jobs: JobRepository
) -> None:
    first = await made(jobs, 1)
    second = await made(jobs, 2, parent=first.id)
    await database.write(
        lambda db: db.execute(
            "update jobs set parent_job_id = ?, parent_position = 1 where id = ?",
            [second.id, first.id],
        )
    )
    assert [job.id for job in await jobs.list_family(first.id)] == [first.id, second.id]


async def test_of_a_long_line_the_nearest_are_told(jobs: JobRepository) -> None:
    line = [await made(jobs, 1)]
    for number in range(2, 2 * MAX_RELATIVES + 30):
        line.append(await made(jobs, number, parent=line[-1].id))
    middle = MAX_RELATIVES + 14
    family = await jobs.list_family(line[middle].id)
    expected = line[middle - MAX_RELATIVES : middle + MAX_RELATIVES + 1]
    assert [job.id for job in family] == [job.id for job in expected]


async def test_a_job_by_its_message(jobs: JobRepository) -> None:
    job = await made(jobs, 1, message_id=6001)
    await made(jobs, 2, message_id=6002)
    assert await jobs.find_by_message(3001, 6001) == job
    assert await jobs.find_by_message(3002, 6001) is None
    assert await jobs.find_by_message(3001, 1) is None


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("sql", "parameters", "index"),
    [
        ("select * from jobs where message_id = ? and channel_id = ?", [1, 2], "message_id"),
        ("select * from jobs where parent_job_id = ?", ["a"], "parent_job_id"),
    ],
)
async def test_what_is_looked_up_at_a_click_has_an_index(
    database: Database, sql: str, parameters: list[object], index: str
) -> None:
    plan = await database.read(lambda db: db.fetch(f"explain query plan {sql}", parameters))
    assert [row["detail"] for row in plan] == [
        f"SEARCH jobs USING INDEX idx_jobs_{index} ({index}=?)"
    ]


async def test_deleted_pictures_are_returned_and_gone(jobs: JobRepository) -> None:
    job = await made(jobs, 1, state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
    other = await made(jobs, 2, state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
    images = [
        make_image(job_id=job.id, kind=kind, position=position, file_name=f"{kind}-{position}")
        for kind, position in (
            (ImageKind.SOURCE, 1),
            (ImageKind.RESULT, 1),
            (ImageKind.RESULT, 2),
            (ImageKind.POSTED, 2),
        )
    ]
    kept = make_image(job_id=other.id)
    await jobs.advance(job, job, images)
    await jobs.advance(other, other, [kept])

    deleted = await jobs.remove_pictures(job.id, NOON)
    assert deleted is not None

    assert {image.file_name for image in deleted} == {image.file_name for image in images}
    assert set(deleted) == set(images)
    assert [await jobs.list_images(job.id, kind) for kind in ImageKind] == [[], [], []]
    assert await jobs.list_images(other.id, ImageKind.RESULT) == [kept]
    assert await jobs.remove_pictures(job.id, NOON) == []
    assert await jobs.search(ADA, offset=0, limit=9) == [await jobs.get(other.id)]


@pytest.mark.parametrize("state", [JobState.FETCHED, JobState.RUNNING, JobState.FAILED])
async def test_pictures_that_are_still_to_be_shown_stay(
    jobs: JobRepository, state: JobState
) -> None:
    job = await made(jobs, 1, state=state, ended_at=NOON if state in FINAL else None)
    image = make_image(job_id=job.id)
    await jobs.advance(job, job, [image])
    assert await jobs.remove_pictures(job.id, NOON) is None
    assert await jobs.list_images(job.id, ImageKind.RESULT) == [image]
    assert [found.id for found in await jobs.search(ADA, offset=0, limit=9)] == [job.id]


async def test_what_a_channel_shows_is_found_there_by_everybody(jobs: JobRepository) -> None:
    shown: dict[str, Any] = {
        "state": JobState.DELIVERED,
        "message_id": 1,
        "ended_at": NOON,
        "told_at": NOON,
    }
    older = await made(jobs, 1, "a red lighthouse", **shown)
    newer = await made(jobs, 2, "a lighthouse, red", user_id=BOB, **shown)
    await made(jobs, 3, "a red lighthouse", **{**shown, "message_id": None})
    await made(jobs, 4, "a red lighthouse", problem=Problem.MESSAGE_GONE, **shown)
    await made(jobs, 5, "a red lighthouse", state=JobState.RUNNING, message_id=5)
    secret = make_request(
        prompt="a red lighthouse", private=True, ticket=make_ticket(interaction_id=6)
    )
    await jobs.add(make_job(id="secret", request=secret, fetched_at=NOON, **shown))
    removed = await made(jobs, 7, "a red lighthouse", **shown)
    await jobs.remove_pictures(removed.id, NOON)

    found = await jobs.search_shown(3001, "RED light", limit=9)
    assert [job.id for job in found] == [newer.id, older.id]
    assert [job.id for job in await jobs.search_shown(3001, limit=1)] == [newer.id]
    assert await jobs.search_shown(3001, "blue", limit=9) == []
    assert await jobs.search_shown(3002, limit=9) == []
