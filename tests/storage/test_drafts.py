"""What was typed and not begun: for its author alone, and not for ever."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database
from storage.drafts import DRAFT_LIFE, DRAFTS_PER_USER, DraftRepository, SavedDraft
from tests.factories import NOON

ADA, BOB = 5001, 5002
DRAFT = SavedDraft(id="0123456789abcdef", user_id=ADA, created_at=NOON, content='{"prompt": "a"}')


@pytest.fixture
def drafts(database: Database) -> DraftRepository:
    return DraftRepository(database)


async def test_a_draft_is_its_author_s_alone(drafts: DraftRepository) -> None:
    await drafts.save(DRAFT)

    assert await drafts.get(DRAFT.id, ADA) == DRAFT
    assert await drafts.get(DRAFT.id, BOB) is None
    assert await drafts.get("fedcba9876543210", ADA) is None


async def test_a_draft_outlives_the_process(path: Path) -> None:
    async with Database(path) as database:
        await DraftRepository(database).save(DRAFT)
    async with Database(path) as database:
        assert await DraftRepository(database).get(DRAFT.id, ADA) == DRAFT


async def test_old_drafts_go_whoever_writes_the_next(drafts: DraftRepository) -> None:
    await drafts.save(DRAFT)
    at_its_end = replace(DRAFT, id="1", user_id=BOB, created_at=NOON + DRAFT_LIFE)
    await drafts.save(at_its_end)
    assert await drafts.get(DRAFT.id, ADA) == DRAFT

    later = at_its_end.created_at + timedelta(seconds=1)
    await drafts.save(replace(at_its_end, id="2", created_at=later))
    assert await drafts.get(DRAFT.id, ADA) is None
    assert await drafts.get("1", BOB) == at_its_end


async def test_one_person_s_oldest_draft_goes_for_a_newer_one(drafts: DraftRepository) -> None:
    await drafts.save(replace(DRAFT, id="bob", user_id=BOB))
    for number in range(DRAFTS_PER_USER + 2):
        at = NOON + timedelta(seconds=number)
        await drafts.save(replace(DRAFT, id=str(number), created_at=at))

    kept = [await drafts.get(str(number), ADA) for number in range(DRAFTS_PER_USER + 2)]
    assert [draft is None for draft in kept] == [True, True, *[False] * DRAFTS_PER_USER]
    assert await drafts.get("bob", BOB) is not None
