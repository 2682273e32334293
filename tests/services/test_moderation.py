"""What is objected to in a request, and to whom."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from domain.errors import UserError
from domain.limits import EVERYWHERE
from domain.models import Problem
from services import confusables
from services.moderation import Moderation
from services.word_filter import rule_key
from storage.database import Database
from storage.erasing import ErasureRepository
from storage.moderation import Block, ModerationRepository, WordRule
from tests.factories import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from domain.errors import Detail

ADA = 712_345_678_901_234_567
GUILD = 4001

BLOCK = Block(
    guild_id=GUILD, user_id=ADA, reason="spam", until=None, blocked_by=5001, blocked_at=NOON
)


def rule(words: str, *, guild_id: int = GUILD, is_test: bool = False) -> WordRule:
    return WordRule(
        guild_id=guild_id,
        key=rule_key(words),
        words=words,
        is_test=is_test,
        added_by=5001,
        added_at=NOON,
    )


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "jobs.db") as opened:
        yield opened


@pytest.fixture
def moderation(database: Database) -> Moderation:
    return Moderation(ModerationRepository(database))


Objection: TypeAlias = "tuple[Problem | str, dict[str, Detail]]"


def objection(
    moderation: Moderation, prompt: str, guild_id: int | None = GUILD
) -> Objection | None:
    """Return why a request is refused, and with which details."""
    try:
        moderation.check(prompt, user_id=ADA, guild_id=guild_id, now=NOON)
    except UserError as error:
        return error.reason, error.details
    return None


def found(words: str) -> Objection:
    return Problem.WORDS_NOT_ALLOWED, {"found": words}


def blocked(block: Block) -> Objection:
    if block.until is None:
        return Problem.BLOCKED, {"reason": block.reason}
    return Problem.BLOCKED_FOR_A_WHILE, {"reason": block.reason, "until": block.until}


async def test_words_are_found_where_their_rule_holds(moderation: Moderation) -> None:
    await moderation.add_rule(rule("bad cat"))
    await moderation.add_rule(rule("worse", guild_id=EVERYWHERE))

    assert objection(moderation, "a B-a-d cat") == found("bad cat")
    for elsewhere in (4002, None):
        assert objection(moderation, "a bad cat", elsewhere) is None
    for anywhere in (GUILD, 4002, None):
        assert objection(moderation, "a worse cat", anywhere) == found("worse")
    assert objection(moderation, "a good cat") is None


async def test_look_alikes_are_read_with_the_first_rule(moderation: Moderation) -> None:
    confusables.look_alikes.cache_clear()
    await moderation.load()
    assert objection(moderation, "a b\u0430d cat") is None
    assert confusables.look_alikes.cache_info().currsize == 0

    await moderation.add_rule(rule("bad"))
    assert confusables.look_alikes.cache_info().currsize
    assert objection(moderation, "a b\u0430d cat") == found("bad")


async def test_a_rule_on_trial_is_only_noted(
    moderation: Moderation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await moderation.add_rule(rule("bad", is_test=True))

    assert objection(moderation, "a bad cat") is None
    assert caplog.messages == [f"a log-only word rule of guild={GUILD} matched a request"]
    assert moderation.rules_found("a bad cat", GUILD) == [rule("bad", is_test=True)]

    assert await moderation.add_rule(rule("bad"))  # in earnest from now on
    assert objection(moderation, "a bad cat") == found("bad")


async def test_a_rule_is_removed_by_whatever_finds_the_same(moderation: Moderation) -> None:
    await moderation.add_rule(rule("bad"))

    assert not await moderation.remove_rule(EVERYWHERE, "bad")
    assert not await moderation.remove_rule(GUILD, "worse")
    with pytest.raises(UserError):
        await moderation.remove_rule(GUILD, "b")
    assert await moderation.remove_rule(GUILD, "B A D")
    assert moderation.repository.of(GUILD).rules == ()
    assert objection(moderation, "bad") is None


async def test_a_block_holds_where_it_was_made_and_until_its_end(moderation: Moderation) -> None:
    ends = replace(BLOCK, until=NOON + timedelta(hours=1))
    await moderation.repository.save_block(ends)

    assert objection(moderation, "a cat") == blocked(ends)
    assert objection(moderation, "a cat", 4002) is objection(moderation, "a cat", None) is None
    moderation.check_person(user_id=ADA, guild_id=GUILD, now=NOON + timedelta(hours=1))
    moderation.check_person(user_id=ADA + 1, guild_id=GUILD, now=NOON)
    assert moderation.list_blocks(GUILD, NOON) == [ends]
    assert moderation.list_blocks(GUILD, NOON + timedelta(hours=1)) == []


async def test_the_whole_bots_block_comes_first(moderation: Moderation) -> None:
    everywhere = replace(BLOCK, guild_id=EVERYWHERE, reason="fraud")
    await moderation.repository.save_block(BLOCK)
    await moderation.repository.save_block(everywhere)
    await moderation.add_rule(rule("bad"))

    for place in (GUILD, 4002, None):
        assert objection(moderation, "a bad cat", place) == blocked(everywhere)
    assert await moderation.repository.delete_block(EVERYWHERE, ADA)
    assert objection(moderation, "a bad cat") == blocked(BLOCK)
    assert await moderation.repository.delete_block(GUILD, ADA)
    assert not await moderation.repository.delete_block(GUILD, ADA)
    assert objection(moderation, "a bad cat") == found("bad")


async def test_all_of_it_is_known_after_a_restart(
    moderation: Moderation, database: Database
) -> None:
    await moderation.repository.save_block(BLOCK)
    await moderation.add_rule(rule("bad"))
    again = Moderation(ModerationRepository(database))
    await again.load()

    assert objection(again, "a cat") == blocked(BLOCK)
    assert again.repository.of(GUILD).rules == (rule("bad"),)


async def test_who_deletes_their_data_stays_blocked(
    moderation: Moderation, database: Database
) -> None:
    await moderation.repository.save_block(BLOCK)
    await ErasureRepository(database).ask(ADA, NOON)
    await moderation.load()

    [block] = moderation.list_blocks(GUILD, NOON)
    assert block.user_id < 0
    assert objection(moderation, "a cat") == blocked(block)
    moderation.check_person(user_id=ADA + 1, guild_id=GUILD, now=NOON)

    # By the person's own id again, or by what stands for it in the list.
    assert await moderation.repository.save_block(replace(BLOCK, reason="again"))
    assert [found.reason for found in moderation.list_blocks(GUILD, NOON)] == ["again"]
    await ErasureRepository(database).ask(ADA, NOON)
    await moderation.load()
    [block] = moderation.list_blocks(GUILD, NOON)
    assert await moderation.repository.delete_block(GUILD, block.user_id)
    assert objection(moderation, "a cat") is None
