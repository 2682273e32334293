"""People and words taken out of the tables, and of the bytes of the files."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from domain.limits import EVERYWHERE, LimitKind, LimitRule, Who
from domain.models import JobState, MessageRef, PictureRef, Requester
from storage.drafts import DraftRepository
from storage.erasing import ErasureRepository
from storage.images import ImageRepository
from storage.jobs import JobRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import Block, ModerationRepository, WordRule
from storage.preferences import ChoiceRepository
from storage.repository import SettingRepository
from storage.settings import NOBODY, PERSON_KEY, known_as
from storage.styles import Style, StyleOwner, StyleRepository
from tests.examples import examples
from tests.factories import NOON, make_image, make_job, make_place, make_request, make_ticket
from tests.storage.rows import library
from tests.storage.totals import steps_of
from tests.traces import traces

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from domain.models import Job
    from storage.connection import Connection
    from storage.database import Database
    from storage.sqlite import SqliteConnection

pytestmark = pytest.mark.both_engines

ADA: Final = 712_345_678_901_234_567
BOB: Final = 698_765_432_109_876_543

FIRST_ID: Final = 1_400_000_000_000_000_000


class House:
    """A database with requests of several people in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs = JobRepository(database)
        self.erasures = ErasureRepository(database)
        self.moderation = ModerationRepository(database)
        self._number = 0

    async def delivered(
        self, user_id: int, *, at: datetime = NOON, guild_id: int | None = 4001, prompt: str = ""
    ) -> Job:
        """Store a request and all its steps, up to a picture that was shown."""
        job = await self.running(user_id, at=at, guild_id=guild_id, prompt=prompt)
        fetched = replace(job, state=JobState.FETCHED, fetched_at=at, charged_microcredits=216_000)
        image = make_image(job_id=job.id, file_name=f"{job.id}-result-1.png")
        job = await self.jobs.advance(job, fetched, [image])
        return await self.jobs.advance(
            job, replace(job, state=JobState.DELIVERED, ended_at=at, told_at=at)
        )

    async def running(
        self, user_id: int, *, at: datetime = NOON, guild_id: int | None = 4001, prompt: str = ""
    ) -> Job:
        self._number += 1
        number = FIRST_ID + self._number * 4_194_304
        job = make_job(
            id=f"{self._number:012x}",
            created_at=at,
            request=make_request(
                prompt=prompt or f"9q{user_id} number {self._number}",
                requester=Requester(user_id=user_id, user_name=f"name-of-{user_id}"),
                ticket=make_ticket(interaction_id=number),
                place=make_place(guild_id=guild_id, channel_id=number + 1, channel_name="here"),
                reply_to=number + 2,
            ),
        )
        await self.jobs.add(job)
        job = await self.jobs.advance(
            job, replace(job, state=JobState.SUBMITTING, nonce="n", message_id=number + 3)
        )
        return await self.jobs.advance(
            job, replace(job, state=JobState.RUNNING, task_id=f"task-{number}", trace_id="t9q")
        )

    async def erase_all(self, now: datetime = NOON) -> int:
        erased = 0
        while batch := await self.erasures.list_marked(3):
            erased += await self.erasures.erase(batch, now)
        return erased

    async def tidy(self) -> None:
        is_first = True
        while await self.erasures.merge_words(8, is_first=is_first):
            is_first = False
        assert await self.erasures.checkpoint()

    async def row(self, job_id: str) -> dict[str, object]:
        def select(db: Connection) -> dict[str, object]:
            return db.fetch("select * from jobs where id = ?", [job_id])[0]

        return await self.database.read(select)


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def names_of(job: Job) -> list[int | str]:
    """Return what must not be found of somebody's request any more."""
    request = job.request
    return [
        request.prompt,
        request.requester.user_name,
        request.requester.user_id,
        request.ticket.interaction_id,
        request.place.channel_id,
        request.reply_to or 0,
        job.message_id or 0,
        job.task_id or "",
    ]


@pytest.mark.sqlite_only
async def test_no_byte_of_a_person_is_left(house: House, path: Path) -> None:
    people = [ADA, BOB, BOB + 7, ADA, BOB]
    jobs = [await house.delivered(people[number % 5]) for number in range(examples(80))]
    hers = [job for job in jobs if job.request.requester.user_id == ADA]
    others = [job for job in jobs if job not in hers]
    await DraftRepository(house.database).save("d", ADA, f"9q{ADA} draft", NOON)
    styles = StyleRepository(house.database)
    for owner, owner_id in ((StyleOwner.USER, ADA), (StyleOwner.GUILD, 4001)):
        await styles.save(
            Style(owner=owner, owner_id=owner_id, name="ink", saved_by=ADA, saved_at=NOON)
        )
    block = Block(
        guild_id=4001, user_id=ADA, reason="x", until=None, blocked_by=ADA, blocked_at=NOON
    )
    await house.moderation.save_block(block)
    rule = WordRule(guild_id=4001, key="|a|", words="a", is_test=False, added_by=ADA, added_at=NOON)
    await house.moderation.save_rule(rule)
    named = [name for job in hers for name in names_of(job)]
    assert {thing for _, thing in traces(path.parent, named)} == set(named)

    await house.erasures.ask(ADA, NOON)
    assert await house.erase_all() == len(hers)
    await house.tidy()

    assert traces(path.parent, [*named, "9q7"]) == []
    kept = [name for job in others for name in names_of(job)]
    assert {thing for _, thing in traces(path.parent, kept)} == set(kept)
    assert await styles.list_usable(ADA, 4001) == [
        Style(owner=StyleOwner.GUILD, owner_id=4001, name="ink", saved_by=NOBODY, saved_at=NOON)
    ]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("is_asked", [True, False], ids=["asked", "expired"])
async def test_no_words_of_a_person_are_left_in_the_index(
    house: House, path: Path, *, is_asked: bool
) -> None:
    await house.delivered(ADA, prompt="9q9 a quiet lake", at=NOON - timedelta(days=2))
    await house.delivered(BOB, prompt="a quiet lake")
    if is_asked:
        await house.erasures.ask(ADA, NOON)
        await house.erase_all()
    else:
        [expired] = await house.erasures.list_expired(NOON, 1, 9)
        await house.erasures.erase([expired], NOON)
    await house.tidy()

    with sqlite3.connect(path) as connection:
        connection.execute("create virtual table temp.terms using fts5vocab (main, prompts, row)")
        terms = dict(connection.execute("select term, doc from temp.terms"))
    connection.close()
    assert "9q9" not in terms
    assert terms["lak"] == 1
    # Three characters stand for a person there; one document is hers no more.
    marks = {term: docs for term, docs in terms.items() if ord(term[0]) >= 0xF0000}
    assert sorted(marks.values()) == [1, 1]  # his, and his channel's
    assert len(await house.jobs.search(BOB, "quiet", offset=0, limit=9)) == 1


@pytest.mark.sqlite_only
async def test_the_log_holds_it_until_it_is_emptied(house: House, path: Path) -> None:
    job = await house.delivered(ADA)
    await house.erasures.ask(ADA, NOON)
    await house.erase_all()

    assert traces(path.parent, [job.request.prompt])
    await house.tidy()
    assert not traces(path.parent, [job.request.prompt])


@pytest.mark.sqlite_only
async def test_another_program_that_reads_keeps_the_log(house: House, path: Path) -> None:
    job = await house.delivered(ADA)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from jobs").fetchone()
    await house.erasures.ask(ADA, NOON)
    await house.erase_all()

    assert not await house.erasures.checkpoint()
    reader.close()
    assert await house.erasures.checkpoint()
    assert not traces(path.parent, [job.request.prompt])


async def test_an_erased_request_is_unknown_and_its_price_stays(house: House) -> None:
    job = await house.delivered(ADA)
    await house.erasures.ask(ADA, NOON)
    assert await house.jobs.search(ADA, offset=0, limit=9) == []  # at once
    assert await house.jobs.get(job.id) is not None  # until it is erased
    await house.erase_all()

    assert await house.jobs.get(job.id) is None
    assert await house.jobs.has_task(job.task_id or "") is False
    assert await house.jobs.find_by_message(job.request.place.channel_id, 1) is None
    assert await house.jobs.list_family(job.id) == []
    assert await house.jobs.list_open() == []
    assert await ImageRepository(house.database).list_files() == set()
    spent = await house.database.read(
        lambda db: db.fetch("select sum(microcredits) as spent from ledger")[0]["spent"]
    )
    assert spent == 216_000
    usage = await house.database.read(lambda db: db.fetch("select * from usage"))
    assert [(row["credits"], row["prompt"], row["user"]) for row in usage] == [(0.216, "", "")]


async def test_what_others_made_from_it_names_it_no_more(house: House) -> None:
    job = await house.delivered(ADA)
    made = await house.delivered(BOB)
    under_way = await house.running(BOB)
    source = {
        "parent_job_id": job.id,
        "parent_position": 1,
        "source_channel_id": 9,
        "source_message_id": job.message_id,
    }
    for other in (made, under_way):
        await house.database.write(
            lambda db, job_id: db.execute(
                "update jobs set parent_job_id = :parent_job_id, parent_position = 1,"
                " source_channel_id = 9, source_message_id = :source_message_id where id = :job_id",
                {**source, "job_id": job_id},
            ),
            other.id,
        )
    await house.erasures.ask(ADA, NOON)
    await house.erase_all()

    settled, running = await house.jobs.get(made.id), await house.jobs.get(under_way.id)
    assert settled is not None
    assert settled.request.parent is None
    assert settled.request.source_message is None
    assert settled.request.prompt == made.request.prompt
    assert running is not None
    assert running.request.parent == PictureRef(job_id=job.id, position=1)
    assert running.request.source_message == MessageRef(
        channel_id=9, message_id=job.message_id or 0
    )
    assert await house.jobs.list_family(made.id) == [settled]
    ended = await house.jobs.advance(
        running, replace(running, state=JobState.FAILED, ended_at=NOON)
    )
    await house.jobs.advance(ended, replace(ended, told_at=NOON))
    told = await house.jobs.get(running.id)
    assert told is not None
    assert told.request.parent is None
    assert told.request.source_message is None


async def test_a_request_under_way_is_erased_when_it_has_ended(house: House) -> None:
    job = await house.running(ADA)
    await house.erasures.ask(ADA, NOON)

    assert await house.erasures.list_unfinished(ADA) == [job.id]
    assert await house.erasures.list_marked(9) == []
    assert await house.erasures.erase([job.id], NOON) == 0
    assert await house.jobs.get(job.id) == job
    ended = replace(job, state=JobState.FAILED, ended_at=NOON)
    job = await house.jobs.advance(job, ended)
    assert await house.erasures.list_marked(9) == []  # its author was not told
    await house.jobs.advance(job, replace(job, told_at=NOON))
    assert await house.erasures.count_left(ADA) == await house.erasures.count_left() == 1
    assert await house.erase_all() == 1
    assert await house.erasures.count_left() == 0


async def test_nobody_else_is_touched(house: House) -> None:
    job = await house.delivered(BOB)
    await house.delivered(ADA)
    await house.erasures.ask(ADA, NOON)
    await house.erase_all()

    assert await house.jobs.get(job.id) == job
    assert await house.jobs.search(BOB, offset=0, limit=9) == [job]


async def test_this_month_is_kept_under_a_pseudonym_and_earlier_ones_under_none(
    house: House,
) -> None:
    now = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
    await house.delivered(ADA, at=datetime(2026, 9, 29, 23, 59, tzinfo=UTC))
    # The longest pause between two requests reaches so far back.
    eve = await house.delivered(ADA, at=datetime(2026, 9, 30, 0, 0, tzinfo=UTC))
    today = await house.delivered(ADA, at=now)
    await house.erasures.ask(ADA, now)
    await house.erase_all(now)

    alias = await house.database.read(known_as, ADA)
    assert alias < 0
    assert [await people(house, table) for table in ("jobs", "ledger")] == [
        {NOBODY: 1, alias: 2}
    ] * 2
    assert (await house.row(eve.id))["user_id"] == (await house.row(today.id))["user_id"]

    await house.erasures.lapse(datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert await people(house, "ledger") == {NOBODY: 1, alias: 2}
    await house.erasures.lapse(datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    assert await people(house, "ledger") == await people(house, "jobs") == {NOBODY: 3}


async def test_the_key_goes_with_the_last_pseudonym(house: House) -> None:
    settings = SettingRepository(house.database)
    assert await house.database.read(known_as, ADA) == ADA
    await house.delivered(ADA)
    await house.moderation.save_block(
        Block(
            guild_id=EVERYWHERE,
            user_id=ADA,
            reason="spam",
            until=NOON + timedelta(days=90),
            blocked_by=BOB,
            blocked_at=NOON,
        )
    )
    await house.erasures.ask(ADA, NOON)
    await house.erase_all()
    key = await settings.get(PERSON_KEY)
    assert key

    await house.erasures.lapse(NOON + timedelta(days=60))
    assert await settings.get(PERSON_KEY) == key  # the block needs it
    await house.moderation.load()
    assert [block.user_id for block in blocks_of(house)] == [
        await house.database.read(known_as, ADA)
    ]
    await house.erasures.lapse(NOON + timedelta(days=91))
    assert await settings.get(PERSON_KEY) is None
    await house.moderation.load()
    assert blocks_of(house) == []


def blocks_of(house: House) -> list[Block]:
    return [block for each in house.moderation.by_owner().values() for block in each.blocks]


async def test_two_people_and_two_databases_have_different_pseudonyms(
    house: House, tmp_path: Path
) -> None:
    for user_id in (ADA, BOB):
        await house.delivered(user_id)
        await house.erasures.ask(user_id, NOON)
    await house.erase_all()

    aliases = {await house.database.read(known_as, user_id) for user_id in (ADA, BOB)}
    assert aliases == set(await people(house, "ledger"))
    assert len(aliases) == 2


async def test_words_go_after_the_days_that_a_server_chose(house: House) -> None:
    ages = {4001: 10, 4002: 40, 4003: 40, None: 40}
    jobs = {
        guild_id: await house.delivered(ADA, guild_id=guild_id, at=NOON - timedelta(days=days))
        for guild_id, days in ages.items()
    }
    await house.running(ADA, at=NOON - timedelta(days=99))

    choices = ChoiceRepository(house.database)

    async def expired(days: dict[int, int], usual_days: int) -> set[str]:
        for guild_id in (4001, 4002, 4003):
            await choices.guilds.change(guild_id, retention_days=days.get(guild_id))
        return set(await house.erasures.list_expired(NOON, usual_days, 99))

    assert await expired({}, 0) == set()
    assert await expired({}, 30) == {jobs[4002].id, jobs[4003].id, jobs[None].id}
    assert await expired({4001: 9, 4002: 0}, 30) == {
        jobs[4001].id,
        jobs[4003].id,
        jobs[None].id,
    }
    assert await expired({4001: 10, 4003: 39}, 0) == {jobs[4003].id}


@pytest.mark.sqlite_only
async def test_what_expired_is_looked_for_among_few(house: House) -> None:
    def look() -> Awaitable[object]:
        return house.erasures.list_expired(NOON, 30, 9)

    async def use(number: int) -> None:
        for each in range(number):
            at = NOON - timedelta(days=40 * (each % 2))
            await house.delivered(ADA, guild_id=4001 + each % 2, at=at)
        while expired := await house.erasures.list_expired(NOON, 30, 9):
            await house.erasures.erase(expired, NOON)

    await use(4)
    few = await steps_of(house.database, look)
    await use(60)
    assert await steps_of(house.database, look) <= few


async def test_what_expired_keeps_who_asked_and_loses_what_was_said(
    house: House, path: Path
) -> None:
    job = await house.delivered(ADA)
    await house.erasures.erase([job.id], NOON + timedelta(days=30))
    await house.tidy()

    assert await house.jobs.get(job.id) is None
    row = await house.row(job.id)
    assert (row["user_id"], row["user_name"]) == (ADA, f"name-of-{ADA}")
    assert traces(path.parent, [job.request.prompt, job.message_id or 0, job.task_id or ""]) == []
    assert await house.erasures.list_expired(NOON, 1, 9) == []

    await house.erasures.ask(ADA, NOON)
    assert await house.erase_all() == 1
    assert (await house.row(job.id))["user_name"] == ""


async def test_drafts_go_after_a_week(house: House) -> None:
    drafts = DraftRepository(house.database)
    await drafts.save("d", ADA, "{}", NOON)

    await house.erasures.lapse(NOON + timedelta(days=6))
    assert await drafts.get("d", ADA) is not None
    await house.erasures.lapse(NOON + timedelta(days=8))
    assert await drafts.get("d", ADA) is None


async def test_a_mark_stands_until_all_is_tidy(house: House) -> None:
    assert await house.erasures.untidy() is None
    await house.erasures.ask(ADA, NOON)
    first = await house.erasures.untidy()
    await house.erasures.ask(BOB, NOON)
    second = await house.erasures.untidy()
    assert first
    assert second
    assert first != second
    await house.erasures.mark_tidy(first)
    assert await house.erasures.untidy() == second
    await house.erasures.mark_tidy(second)
    assert await house.erasures.untidy() is None


async def test_who_deletes_twice_keeps_the_later_block_and_limit(house: House) -> None:
    limits = RuleRepository(house.database)
    for number in (1, 2):
        await limits.set_rule(
            LimitRule(
                guild_id=4001,
                who=Who.USER,
                target_id=ADA,
                kind=LimitKind.PICTURES_PER_DAY,
                amount=number,
                set_by=BOB,
                set_at=NOON,
            )
        )
        await house.moderation.save_block(
            Block(
                guild_id=4001,
                user_id=ADA,
                reason=str(number),
                until=None,
                blocked_by=BOB,
                blocked_at=NOON,
            )
        )
        await house.erasures.ask(ADA, NOON)

    await limits.load()
    await house.moderation.load()
    [[rule]] = [each.limits for each in limits.by_owner().values()]
    [block] = blocks_of(house)
    assert (rule.amount, block.reason) == (2, "2")
    assert rule.target_id == block.user_id < 0


PEOPLE: Final = {
    "blocks": {"user_id", "blocked_by"},
    "drafts": {"user_id"},
    "access_rules": {"target_id", "set_by"},
    "jobs": {"user_id"},
    "limits": {"target_id", "set_by"},
    "rule_changes": {"target_id", "changed_by"},
    "ledger": {"user_id"},
    "styles": {"owner_id", "saved_by"},
    "totals": {"user_id"},
    "user_settings": {"user_id"},
    "word_rules": {"added_by"},
}
"""Columns in which people's ids stand: `storage.erasing` and `storage.exporting` name each."""

OF_A_REQUEST: Final = {"channel_id", "interaction_id", "message_id", "source_channel_id"} | {
    "source_message_id",
    "reply_to",
}
"""Of the table `jobs`, and emptied there."""

NO_PERSON: Final = {"guild_id", "application_id", "id"}


@pytest.mark.sqlite_only
async def test_every_number_that_may_name_a_person_is_known(house: House) -> None:
    def columns(db: SqliteConnection) -> dict[str, set[str]]:
        return {
            table.name: {
                column.name
                for column in table.columns
                if column.type == "INTEGER" and column.name.endswith(("_id", "_by", "_to"))
            }
            - NO_PERSON
            - ({"channel_id"} if table.name == "access_rules" else set())
            - (OF_A_REQUEST if table.name == "jobs" else set())
            for table in library(db).tables
            if not table.name.startswith(("prompts", "_"))
        }

    found = await house.database.read(columns)
    assert {table: names for table, names in found.items() if names} == PEOPLE


async def people(house: House, table: str) -> dict[int, int]:
    """Return how many jobs each id has in a table."""

    def count(db: Connection) -> dict[int, int]:
        column = "id" if table == "jobs" else "job_id"
        jobs = {(row["user_id"], row[column]) for row in db.fetch(f"select * from {table}")}  # noqa: S608
        return dict(Counter(user_id for user_id, _ in jobs))

    return await house.database.read(count)
