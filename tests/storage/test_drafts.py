"""What was typed and not begun: for its author alone, and not for ever."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database
from storage.drafts import DRAFT_LIFE, DRAFTS_PER_USER, DraftRepository
from tests.factories import NOON

pytestmark = pytest.mark.both_engines

ADA, BOB = 5001, 5002
ID, CONTENT = "0123456789abcdef", '{"prompt": "a"}'


@pytest.fixture
def drafts(database: Database) -> DraftRepository:
    return DraftRepository(database)


async def test_a_draft_is_its_author_s_alone(drafts: DraftRepository) -> None:
    await drafts.save(ID, ADA, CONTENT, NOON)

    assert await drafts.get(ID, ADA) == CONTENT
    assert await drafts.get(ID, BOB) is None
    assert await drafts.get("fedcba9876543210", ADA) is None


async def test_a_draft_outlives_the_process(path: Path) -> None:
    async with Database(path) as database:
        await DraftRepository(database).save(ID, ADA, CONTENT, NOON)
    async with Database(path) as database:
        assert await DraftRepository(database).get(ID, ADA) == CONTENT


async def test_old_drafts_go_whoever_writes_the_next(drafts: DraftRepository) -> None:
    await drafts.save(ID, ADA, CONTENT, NOON)
    at_its_end = NOON + DRAFT_LIFE
    await drafts.save("1", BOB, CONTENT, at_its_end)
    assert await drafts.get(ID, ADA) == CONTENT

    await drafts.save("2", BOB, CONTENT, at_its_end + timedelta(seconds=1))
    assert await drafts.get(ID, ADA) is None
    assert await drafts.get("1", BOB) == CONTENT


async def test_one_person_s_oldest_draft_goes_for_a_newer_one(drafts: DraftRepository) -> None:
    await drafts.save("bob", BOB, CONTENT, NOON)
    for number in range(DRAFTS_PER_USER + 2):
        at = NOON + timedelta(seconds=number)
        await drafts.save(str(number), ADA, CONTENT, at)

    kept = [await drafts.get(str(number), ADA) for number in range(DRAFTS_PER_USER + 2)]
    assert [draft is None for draft in kept] == [True, True, *[False] * DRAFTS_PER_USER]
    assert await drafts.get("bob", BOB) is not None
