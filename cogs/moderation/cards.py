"""Cards of word rules and blocks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import discord

from ui.command_translations import choice
from ui.components import Card, text_card
from ui.formatting import as_list, inert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.moderation import Block, WordRule
    from ui.i18n import Words

ENDS: Final = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "never": None,
}
"""Length of a block, by the value that is chosen."""

END_CHOICES: Final = [
    choice("1 hour", "hour", "choice-hour"),
    choice("1 day", "day", "choice-day"),
    choice("1 week", "week", "choice-week"),
    choice("30 days", "month", "choice-month"),
    choice("No end date", "never", "choice-never"),
]


def end_of(chosen: str, now: datetime) -> datetime | None:
    """Return when a block ends, None for never; anything that is no choice is the longest end."""
    length = ENDS.get(chosen)
    return now + length if length is not None else None


def rules_card(words: Words, rules: Sequence[WordRule]) -> Card:
    """Return the word rules of a server, or of the whole bot."""
    if not rules:
        return text_card(words("no-word-rules"))
    lines = [_rule_line(words, rule) for rule in rules]
    return text_card(words("word-rules", count=len(rules)), as_list(words, lines))


def found_card(words: Words, rules: Sequence[WordRule]) -> Card:
    """Return which rules a text would be refused for."""
    if not rules:
        return text_card(words("no-rule-finds-it"))
    lines = [_rule_line(words, rule) for rule in rules]
    return text_card(words("rules-that-find-it"), as_list(words, lines))


def blocks_card(words: Words, blocks: Sequence[Block]) -> Card:
    """Return who is blocked in a server, or everywhere."""
    if not blocks:
        return text_card(words("nobody-blocked"))
    lines = [_block_line(words, block) for block in blocks]
    return text_card(words("blocked-people", count=len(blocks)), as_list(words, lines))


def _rule_line(words: Words, rule: WordRule) -> str:
    shown = f"||{inert(rule.words, len(rule.words))}||"
    return words("word-rule-on-trial", found=shown) if rule.is_test else shown


def _block_line(words: Words, block: Block) -> str:
    who = f"<@{block.user_id}>" if block.user_id > 0 else words("somebody-deleted")
    reason = inert(block.reason, len(block.reason))
    if block.until is None:
        return words("block-line", who=who, reason=reason)
    until = discord.utils.format_dt(block.until)
    return words("block-line-until", who=who, reason=reason, until=until)
