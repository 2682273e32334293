"""Word rules and blocks as they are stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import UserError
from domain.limits import EVERYWHERE
from storage.moderation import (
    MAX_WORD_RULES,
    Block,
    Filters,
    ModerationRepository,
    WordRule,
)
from tests.factories import NOON

if TYPE_CHECKING:
    from storage.database import Database

pytestmark = pytest.mark.both_engines

RULE = WordRule(
    guild_id=4001, key="|bad|", words="Bad", is_test=False, added_by=5001, added_at=NOON
)
BLOCK = Block(
    guild_id=4001, user_id=5002, reason="spam", until=None, blocked_by=5001, blocked_at=NOON
)


@pytest.fixture
def repository(database: Database) -> ModerationRepository:
    return ModerationRepository(database)


async def test_what_is_stored_is_loaded_first_added_first(repository: ModerationRepository) -> None:
    everywhere = replace(RULE, guild_id=EVERYWHERE, added_at=NOON - timedelta(days=1))
    ends = replace(BLOCK, user_id=5003, until=NOON, blocked_at=NOON - timedelta(days=1))
    later = replace(RULE, key="|worse|", added_at=NOON + timedelta(days=1))

    assert [await repository.save_rule(rule) for rule in (later, RULE, everywhere)] == [False] * 3
    assert [await repository.save_block(block) for block in (BLOCK, ends)] == [False, False]
    await repository.load()
    assert repository.by_owner() == {
        EVERYWHERE: Filters(rules=(everywhere,)),
        4001: Filters(rules=(RULE, later), blocks=(ends, BLOCK)),
    }


async def test_a_later_one_takes_the_place_of_an_earlier(repository: ModerationRepository) -> None:
    await repository.save_rule(RULE)
    await repository.save_block(BLOCK)
    trial, longer = replace(RULE, words="b-a-d", is_test=True), replace(BLOCK, until=NOON)

    assert await repository.save_rule(trial)
    assert await repository.save_block(longer)
    assert repository.of(4001) == Filters(rules=(trial,), blocks=(longer,))


async def test_what_is_deleted_is_gone(repository: ModerationRepository) -> None:
    await repository.save_rule(RULE)
    await repository.save_block(BLOCK)

    assert not await repository.delete_rule(EVERYWHERE, RULE.key)
    assert not await repository.delete_block(4002, BLOCK.user_id)
    assert await repository.delete_rule(4001, RULE.key)
    assert await repository.delete_block(4001, BLOCK.user_id)
    assert not await repository.delete_rule(4001, RULE.key)
    assert not await repository.delete_block(4001, BLOCK.user_id)
    assert repository.of(4001) == Filters()


async def test_a_server_has_so_many_rules_and_no_more(repository: ModerationRepository) -> None:
    for number in range(MAX_WORD_RULES):
        await repository.save_rule(replace(RULE, key=f"|bad|{number}|"))

    with pytest.raises(UserError):
        await repository.save_rule(RULE)
    assert await repository.save_rule(replace(RULE, key="|bad|7|", is_test=True))
    assert not await repository.save_rule(replace(RULE, guild_id=EVERYWHERE))
