"""Cards and forms of moderators: word rules, blocks, reports and entries of the log channel."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from storage.moderation import Block, WordRule
from ui.components import Card, CustomId, JobId, Snowflake, button, gallery, inert
from ui.errors import REASON_CHARACTERS
from ui.formatting import as_list, credits_in_words, link_to
from ui.forms import form_of, select_field, text_field
from ui.i18n import Words, choice
from ui.job_card import PROMPT_CHARACTERS, SMALL, alt_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.models import Image, Job
    from ui import Interaction

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


def new_block(
    interaction: Interaction, guild_id: int, user_id: int, reason: str, end: str
) -> Block:
    """Return a block that begins now; an `end` that is none of `ENDS` is the longest."""
    now, length = interaction.created_at, ENDS.get(end)
    return Block(
        guild_id=guild_id,
        user_id=user_id,
        reason=" ".join(reason.split())[:REASON_CHARACTERS] or "-",
        until=now + length if length is not None else None,
        blocked_by=interaction.user.id,
        blocked_at=now,
    )


def rules_card(
    words: Words,
    rules: Sequence[WordRule],
    heading: str = "word-rules",
    empty: str = "no-word-rules",
) -> Card:
    lines = []
    for rule in rules:
        shown = _hidden(rule)
        lines.append(words("word-rule-on-trial", found=shown) if rule.is_test else shown)
    return _list_card(words, lines, heading, empty)


def blocks_card(words: Words, blocks: Sequence[Block]) -> Card:
    lines = []
    for block in blocks:
        who = f"<@{block.user_id}>" if block.user_id > 0 else words("somebody-deleted")
        reason = inert(block.reason, len(block.reason))
        if block.until is None:
            lines.append(words("block-line", who=who, reason=reason))
        else:
            until = discord.utils.format_dt(block.until)
            lines.append(words("block-line-until", who=who, reason=reason, until=until))
    return _list_card(words, lines, "blocked-people", "nobody-blocked")


def _list_card(words: Words, lines: Sequence[str], heading: str, empty: str) -> Card:
    if not lines:
        return Card(words(empty))
    return Card(words(heading, count=len(lines)), as_list(words, lines))


def _hidden(rule: WordRule) -> str:
    return f"||{inert(rule.words, len(rule.words))}||"


END: Final = "end"
"""The custom_id of the field for the length of a block."""


class EntryAction(StrEnum):
    """Action of an entry's button; the value is part of its custom_id."""

    REMOVE = "remove"
    BLOCK = "block"


class EntryButtonId(CustomId):
    """A button of an entry in the log channel."""

    form = "fluxcord:entry:{action}:{job_id}"

    action: EntryAction
    job_id: JobId


class ReportFormId(CustomId):
    """The form that asks why a message's picture is reported."""

    form = "fluxcord:report:{job_id}:{message_id}"

    job_id: JobId
    message_id: Snowflake


class BlockFormId(CustomId):
    """The form that asks why and how long a job's requester is blocked."""

    form = "fluxcord:block:{job_id}"

    job_id: JobId


def entry_card(
    job: Job,
    words: Words,
    images: Sequence[Image] | None,
    *,
    notes: Sequence[str] = (),
    is_removed: bool = False,
) -> Card:
    """Return the log entry of a job: its images as spoilers, the requester and the cost.

    Args:
        images: that are attached under their file names; None where the reader may see neither
            them nor the prompt.
        notes: what else is to be said, such as a report.
        is_removed: whether its message is gone, so that it cannot be removed again.
    """
    request = job.request
    requester = request.requester
    # Its number comes first: what ends with it is the job's own card.
    who = (job.id, f"<@{requester.user_id}>", inert(requester.user_name, 40))
    what = (f"<#{request.place.channel_id}>", request.model, credits_in_words(job, words))
    told = [*notes]

    if request.avatar_of is not None:
        told.append(words("entry-avatar", who=f"<@{request.avatar_of}>"))
    is_hidden = images is None
    told.append(words("entry-hidden") if is_hidden else inert(request.prompt, PROMPT_CHARACTERS))
    return Card(
        *told,
        *([gallery(images, partial(alt_text, job, words), spoiler=True)] if images else []),
        "\n".join(SMALL + " · ".join(each) for each in (who, what)),
        _row(job, words, is_removed=is_removed),
    )


def notes_of_rules(words: Words, rules: Sequence[WordRule]) -> list[str]:
    return [words("entry-on-trial", found=_hidden(rule)) for rule in rules if rule.is_test]


def report_form(job_id: str, message_id: int, words: Words) -> ui.Modal:
    reason = text_field(words("form-report-reason"), longest=REASON_CHARACTERS)
    return form_of(words("form-report"), ReportFormId(job_id, message_id), reason)


def block_form(job_id: str, words: Words) -> ui.Modal:
    reason = text_field(words("form-block-reason"), longest=REASON_CHARACTERS)
    ends = {end: words(f"end-{end}") for end in ENDS}
    chooser = select_field(words("form-block-end"), END, ends, next(iter(ENDS)))
    return form_of(words("form-block"), BlockFormId(job_id), reason, chooser)


def _row(job: Job, words: Words, *, is_removed: bool) -> ui.ActionRow[Any]:
    row = ui.ActionRow[Any]()
    place = job.request.place
    if job.message_id is not None and not is_removed:
        jump = link_to(place.guild_id, place.channel_id, job.message_id)
        row.add_item(ui.Button(label=words("button-jump"), url=jump))
        remove = EntryButtonId(EntryAction.REMOVE, job.id)
        danger = discord.ButtonStyle.danger
        row.add_item(button(words("button-remove-message"), remove, danger))
    return row.add_item(button(words("button-block"), EntryButtonId(EntryAction.BLOCK, job.id)))
