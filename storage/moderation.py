"""The tables `word_rules` and `blocks`: what may not be asked for, and who may not ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.models import Job, JobState
from storage.repository import (
    CachedRepository,
    by_guild,
    changing,
    reading,
    record_from_row,
    row_from_record,
    rows_of,
    text_from_time,
    writing,
)
from storage.settings import known_as

if TYPE_CHECKING:
    from datetime import datetime

    from storage.connection import Connection

MAX_RULE_CHARACTERS: Final = 100

MAX_WORD_RULES: Final = 200
"""Of one server, and of the whole bot; every request is looked through for each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRule:
    """Words that no request may hold; a row of `word_rules`.

    Attributes:
        guild_id: `EVERYWHERE` for the whole bot.
        key: what is looked for, as `services.word_filter` makes it of the words.
        is_test: whether a request that holds them is only noted, and made all the same.
    """

    guild_id: int
    key: str
    words: str
    is_test: bool
    added_by: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Somebody who may ask for no pictures; a row of `blocks`.

    Attributes:
        guild_id: `EVERYWHERE` for the whole bot.
        user_id: negative where it is a pseudonym of somebody who deleted their data.
        until: None where it has no end.
    """

    guild_id: int
    user_id: int
    reason: str
    until: datetime | None
    blocked_by: int
    blocked_at: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """Word rules and blocks of a server, or of the whole bot; the first added first."""

    rules: tuple[WordRule, ...] = ()
    blocks: tuple[Block, ...] = ()


class ModerationRepository(CachedRepository[Filters]):
    """Word rules and blocks."""

    empty = Filters()

    def select(self, db: Connection, owner_id: int | None) -> dict[int, Filters]:
        rules = rows_of(db, "word_rules", "guild_id", owner_id, order_by="added_at")
        blocks = rows_of(db, "blocks", "guild_id", owner_id, order_by="blocked_at")
        return by_guild(
            Filters,
            rules=map(partial(record_from_row, WordRule), rules),
            blocks=map(partial(record_from_row, Block), blocks),
        )

    @changing
    def save_rule(self, db: Connection, rule: WordRule) -> bool:
        """Store a rule, in place of one that looks for the same; return whether there was one.

        Raises:
            UserError: it is new, and one too many.
        """
        there = db.count("word_rules", "guild_id = ? and key = ?", [rule.guild_id, rule.key])
        number = db.count("word_rules", "guild_id = ?", [rule.guild_id])
        if not there and number >= MAX_WORD_RULES:
            raise UserError("too-many-word-rules")
        db.insert("word_rules", row_from_record(rule), key=("guild_id", "key"))
        return bool(there)

    @changing
    def delete_rule(self, db: Connection, guild_id: int, key: str) -> bool:
        """Delete a rule; return whether there was one."""
        sql = "delete from word_rules where guild_id = ? and key = ?"
        return db.execute(sql, [guild_id, key]) > 0

    @changing
    def save_block(self, db: Connection, block: Block) -> bool:
        """Store a block, in place of an older one; return whether there was one."""
        there = _delete_block(db, block.guild_id, block.user_id)
        db.insert("blocks", row_from_record(block))
        return there

    @changing
    def delete_block(self, db: Connection, guild_id: int, user_id: int) -> bool:
        """Delete a person's block; return whether there was one.

        Args:
            user_id: the person's id or, as a block's own, a pseudonym.
        """
        return _delete_block(db, guild_id, user_id)

    @writing
    def claim_entry(self, db: Connection, job_id: str, at: datetime) -> bool:
        """Note that a job is entered into its server's log; False where it was before."""
        sql = "update jobs set logged_at = ? where id = ? and logged_at is null"
        return db.execute(sql, [text_from_time(at), job_id]) > 0

    @reading
    def list_unlogged(self, db: Connection, since: datetime) -> list[Job]:
        """Return what was shown in servers since then and is in no log, the oldest first."""
        rows = db.fetch(
            "select * from jobs where told_at > ? and state = ? and guild_id is not null"
            " and private = 0 and logged_at is null and erased_at is null order by told_at",
            [text_from_time(since), JobState.DELIVERED],
        )
        return [record_from_row(Job, row) for row in rows]


def _delete_block(db: Connection, guild_id: int, user_id: int) -> bool:
    sql = "delete from blocks where guild_id = ? and user_id in (?, ?)"
    return db.execute(sql, [guild_id, user_id, known_as(db, user_id)]) > 0
