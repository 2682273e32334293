"""Blocked users and word filters, checked in memory."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from domain.errors import UserError
from domain.limits import EVERYWHERE
from domain.models import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storage.moderation import Block, ModerationRepository, WordRule

logger = logging.getLogger(__name__)


class Moderation:
    """Word rules and blocks of every server and of the whole bot, asked without waiting."""

    def __init__(self, repository: ModerationRepository) -> None:
        self.repository = repository

    async def load(self) -> None:
        """Load the rows, before any request and after erasures; raises StorageError."""
        await self.repository.load()
        if any(each.rules for each in self.repository.by_owner().values()):
            await asyncio.to_thread(_load_filter)

    def check(self, prompt: str, *, user_id: int, guild_id: int | None, now: datetime) -> None:
        """Check that a person is not blocked and that no filter finds anything.

        Args:
            prompt: all words that would be sent, a style's included.
            guild_id: where it was requested, also where the result goes to direct messages.

        Raises:
            UserError: the person is blocked here, or the prompt contains blocked words.
        """
        everywhere, here = self.repository.of(EVERYWHERE), self.repository.of(guild_id)
        if everywhere.blocks or here.blocks:
            self.check_person(user_id=user_id, guild_id=guild_id, now=now)
        found = self.rules_found(prompt, guild_id) if everywhere.rules or here.rules else []
        for rule in found:
            if rule.is_test:
                # Only its place: the words are what a person typed.
                logger.info("a log-only word rule of guild=%d matched a request", rule.guild_id)
        for rule in found:
            if not rule.is_test:
                raise UserError(Problem.WORDS_NOT_ALLOWED, found=rule.words)

    def check_person(self, *, user_id: int, guild_id: int | None, now: datetime) -> None:
        """Raise UserError where a person is blocked: the whole bot's block before the server's."""
        blocks = self.repository.of(EVERYWHERE).blocks + self.repository.of(guild_id).blocks
        names = {user_id, self.repository.alias_of(user_id)} if blocks else set()
        for block in blocks:
            if block.user_id not in names or not _holds(block, now):
                continue
            if block.until is None:
                raise UserError(Problem.BLOCKED, reason=block.reason)
            raise UserError(Problem.BLOCKED_FOR_A_WHILE, reason=block.reason, until=block.until)

    def rules_found(self, text: str, guild_id: int | None) -> list[WordRule]:
        """Return the rules of a server and of the whole bot whose words a text holds."""
        rules = self.repository.of(EVERYWHERE).rules + self.repository.of(guild_id).rules
        if not rules:
            return []
        from services.word_filter import words_in  # noqa: PLC0415  # loaded with the first rule

        words = words_in(text)
        return [rule for rule in rules if words.hold(rule.key)]

    async def key_of(self, words: str) -> str:
        """Return what a rule of these words looks for; raises UserError where it cannot."""
        return (await asyncio.to_thread(_load_filter))(words)

    async def add_rule(self, rule: WordRule) -> bool:
        """Add a rule, or replace one of the same words; return whether there was one.

        Raises UserError where it is one too many.
        """
        await asyncio.to_thread(_load_filter)
        return await self.repository.save_rule(rule)

    async def remove_rule(self, guild_id: int, words: str) -> bool:
        """Remove the rule that finds the same; return whether there was one. Raises as `key_of`."""
        return await self.repository.delete_rule(guild_id, await self.key_of(words))

    def list_blocks(self, guild_id: int | None, now: datetime) -> list[Block]:
        """Return the blocks of a server, or of the whole bot, that have not ended."""
        blocks = self.repository.of(guild_id).blocks
        return [block for block in blocks if _holds(block, now)]


def _load_filter() -> Callable[[str], str]:
    """Import the filter and read its look-alikes, 60 ms; return `rule_key`. Never on the loop."""
    from services import confusables  # noqa: PLC0415  # most bots have no word rules
    from services.word_filter import rule_key  # noqa: PLC0415

    confusables.load()
    return rule_key


def _holds(block: Block, now: datetime) -> bool:
    return block.until is None or now < block.until
