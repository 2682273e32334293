"""The card of a job, from its stored state: queued, in progress, done or failed."""

from __future__ import annotations

import unicodedata
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import discord
from discord import ui

from domain.failures import FAILURES
from domain.models import FINAL, Action, Image, ImageKind, Job, JobState, PictureRef, Problem
from domain.queue_order import COUNTED
from images import palette
from images.store import stem_of
from jobs.requests import AUTO_SIZE, MAX_MEGAPIXELS
from ui.buttons import JobAction, JobButtonId, KeptAction, KeptButtonId, PictureButtonId
from ui.components import Card, button, gallery, inert, shorten
from ui.errors import place_in_words, problem_in_words
from ui.formatting import allowance_in_words, credits_in_words, seconds_taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    from ui.i18n import Words

PROMPT_CHARACTERS: Final = 1_000
"""Of the prompt on a card; text is limited to 4,000 characters over all of a message."""

ALT_TEXT_CHARACTERS: Final = 1_024
"""Discord's limit on a description; components reference."""

PHONE_WIDTH: Final = 54
"""Of one line of small print in a card on a phone of 390 pixels: Latin letters."""

UNDER_WAY: Final = frozenset(JobState) - FINAL - {JobState.FETCHED}
"""States in which Flux may still have to fetch the picture to edit."""

SMALL: Final = "-# "
"""Begins small print in Discord's markdown; no prompt can begin so, since it is shown inert."""

WORKING: Final = discord.Colour.from_str(palette.IN_PROGRESS)
DONE: Final = discord.Colour.from_str(palette.NEUTRAL)
REFUSED: Final = discord.Colour.from_str(palette.WARNING)
FAILED: Final = discord.Colour.from_str(palette.FAILURE)


_EMOJIS: Final[dict[StrEnum, str]] = {
    JobAction.RETRY: "\N{ANTICLOCKWISE DOWNWARDS AND UPWARDS OPEN CIRCLE ARROWS}",
    JobAction.ONE: "\N{ANTICLOCKWISE DOWNWARDS AND UPWARDS OPEN CIRCLE ARROWS}",
    JobAction.ORIGINAL: "\N{FRAME WITH PICTURE}\N{VARIATION SELECTOR-16}",
    JobAction.DM: "\N{ENVELOPE}\N{VARIATION SELECTOR-16}",
    JobAction.AGAIN: "\N{ANTICLOCKWISE DOWNWARDS AND UPWARDS OPEN CIRCLE ARROWS}",
    JobAction.EDIT: "\N{ARTIST PALETTE}",
    JobAction.CHANGE: "\N{PENCIL}\N{VARIATION SELECTOR-16}",
    JobAction.DETAILS: "\N{LEFT-POINTING MAGNIFYING GLASS}",
    JobAction.DELETE: "\N{WASTEBASKET}\N{VARIATION SELECTOR-16}",
    KeptAction.POST: "\N{OUTBOX TRAY}",
    KeptAction.ASK: "\N{WASTEBASKET}\N{VARIATION SELECTOR-16}",
}

_STYLES: Final[dict[StrEnum, discord.ButtonStyle]] = {
    JobAction.COLLECT: discord.ButtonStyle.primary,
    KeptAction.REMOVE: discord.ButtonStyle.danger,
}

RESULT_ACTIONS: Final = (
    JobAction.AGAIN,
    JobAction.EDIT,
    JobAction.CHANGE,
    JobAction.DETAILS,
    JobAction.DELETE,
)
"""One row of buttons; Discord's limit is five."""


def card_of(job: Job, words: Words, images: Sequence[Image] = (), *, position: int = 0) -> Card:
    """Return the card that shows a job as it is; `position` in the line is 0 for none."""
    if images and images[0].kind is ImageKind.SOURCE:
        attached = f"attachment://{images[0].file_name}"
        return status_card(job, words, position=position, source=attached)
    if images:
        has_all = job.problem is not None or job.state in {JobState.FETCHED, JobState.DELIVERED}
        return result_card(job, words, images) if has_all else partial_card(job, words, images)
    if job.problem is not None:
        return problem_card(job, words)
    if job.state is JobState.DELIVERED:
        return swept_card(job, words)
    source = job.request.source_url if holds_source(job) else None
    return status_card(job, words, position=position, source=source)


def holds_source(job: Job) -> bool:
    """Whether the job's own message shows the source of an edit in progress, for Flux."""
    name = PurePosixPath(urlsplit(job.request.source_url or "").path).stem
    return name == stem_of(job.id, ImageKind.SOURCE, 1) and job.state in UNDER_WAY


def status_card(job: Job, words: Words, *, position: int, source: str | None = None) -> Card:
    """Return what is happening to a job in progress and when it will be ready, nothing else.

    With the prompt, so that AutoMod refuses it before it costs anything.

    Args:
        source: address of the picture to edit, where the job's message has to hold it.
    """
    shown: list[ui.Item[Any]] = []
    if source:
        alt, spoiler = words("alt-source"), job.request.spoiler
        item = discord.MediaGalleryItem(source, description=alt, spoiler=spoiler)
        shown.append(ui.MediaGallery(item))
    if not job.cancel_asked_at:  # a second cancel would change nothing
        shown.append(_row(job, words, JobAction.CANCEL))
    return Card(_headline(job, words, position), _prompt(job), *shown, colour=WORKING)


def partial_card(job: Job, words: Words, images: Sequence[Image]) -> Card:
    headline = words("status-partial", done=len(images), count=job.request.count)
    return Card(
        headline,
        _prompt(job),
        gallery(images, partial(alt_text, job, words), spoiler=job.request.spoiler),
        *([] if job.cancel_asked_at else [_row(job, words, JobAction.CANCEL)]),
        colour=WORKING,
    )


def result_card(
    job: Job,
    words: Words,
    images: Sequence[Image],
    *,
    rows: Sequence[ui.ActionRow[Any]] | None = None,
    is_opened: bool = False,
) -> Card:
    """Return the card of a finished job; its pictures are attached under their file names.

    Args:
        rows: of buttons, in place of the usual one.
        is_opened: whether it shows one of several pictures, to be looked at by itself.
    """
    several = len(images) > 1
    position = None if several else images[0].position
    if is_opened:
        facts = _facts(job, words, position=position)
    else:
        facts = _facts(job, words, pictures=len(images))
    numbers = (PictureButtonId(job.id, each.position) for each in images)
    return Card(
        _prompt(job),
        gallery(images, partial(alt_text, job, words), spoiler=job.request.spoiler),
        *facts,
        *([ui.ActionRow(*(button(str(at.position), at) for at in numbers))] if several else []),
        *(rows or [_row(job, words, *RESULT_ACTIONS, position=position)]),
        colour=DONE,
    )


def problem_card(job: Job, words: Words, *, quotes: bool = True) -> Card:
    """Return the card of a job that ended without a picture to show, or without its prompt."""
    if job.problem is None:
        raise ValueError(f"job {job.id} has no problem")
    cost = words("cost-not-made" if job.fetched_at is None else "cost-made")
    details = {
        "model": inert(job.request.model, 100),
        "cost": cost,
        "flux": _flux_error(job, words),
        "place": place_in_words(job.request.place.guild_id),
        "megapixels": "unknown",
        "limit": MAX_MEGAPIXELS,
    }
    if job.problem_source is not None:
        details["image"] = str(job.problem_source)
    ways_on = []
    if FAILURES[job.problem].may_be_retried:
        ways_on.append(_row(job, words, JobAction.RETRY))
    elif FAILURES[job.problem].may_be_rephrased:
        # The request opens in a form, to be rephrased.
        custom_id, label = JobButtonId(JobAction.CHANGE, job.id), words("button-retry")
        rephrase = job_button(custom_id, words, label=label)
        ways_on.append(ui.ActionRow(rephrase))
    return Card(
        problem_in_words(job.problem, words, **details),
        *([_prompt(job)] if quotes else []),
        # Such a card has no Details, and `is_card_of` looks for the number at its end.
        *_facts(job, words, number=words("fact-job", job=job.id)),
        *ways_on,
        colour=REFUSED if job.state in {JobState.REFUSED, JobState.CANCELLED} else FAILED,
    )


def swept_card(job: Job, words: Words) -> Card:
    return Card(words("no-longer-kept"), _prompt(job), *_facts(job, words), colour=DONE)


def collect_card(job: Job, words: Words) -> Card:
    """Return the card whose button fetches a result after its token expired."""
    return Card(
        words("status-collect"), _prompt(job), _row(job, words, JobAction.COLLECT), colour=WORKING
    )


def alert_card(problem: Problem, words: Words) -> Card:
    return Card(words(f"alert-{problem.replace('_', '-')}"), colour=FAILED)


def is_card_of(message: discord.Message, job_id: str, like: Card | None = None) -> bool:
    """Whether a message of the bot's own is the card of this job, in whichever language.

    Args:
        like: a card that begins with the same text; None for any card.
    """
    texts = [
        part.content
        for container in message.components
        if isinstance(container, discord.Container)
        for part in container.children
        if isinstance(part, discord.TextDisplay)
    ]
    if like is not None:
        first = next(each for each in like.walk_children() if isinstance(each, ui.TextDisplay))
        if texts[:1] != [first.content]:
            return False
    if any(text.startswith(SMALL) and text.endswith(f" {job_id}") for text in texts):
        return True
    named = JobButtonId.first_on(message)
    return named is not None and named.job_id == job_id


def alt_text(job: Job, words: Words, picture: Image | PictureRef) -> str:
    """Return what a picture of the job shows, for those who do not see it."""
    request = job.request
    if request.action is Action.EDIT:
        text = words("alt-edited", prompt=request.prompt)
    elif request.count > 1:
        number, count = picture.position, request.count
        text = words("alt-picture-of", number=number, count=count, prompt=request.prompt)
    else:
        text = words("alt-picture", prompt=request.prompt)
    return shorten(text, ALT_TEXT_CHARACTERS)


def job_button(
    custom_id: JobButtonId | KeptButtonId, words: Words, *, label: str | None = None
) -> ui.Button[Any]:
    action = custom_id.action
    return ui.Button(
        label=label or words(f"button-{action}"),
        emoji=_EMOJIS.get(action),
        style=_STYLES.get(action, discord.ButtonStyle.secondary),
        custom_id=custom_id.custom_id,
    )


def _row(
    job: Job, words: Words, *actions: JobAction, position: int | None = None
) -> ui.ActionRow[Any]:
    row = ui.ActionRow[Any]()
    for action in actions:
        row.add_item(job_button(JobButtonId(action, job.id, position), words))
    return row


def _headline(job: Job, words: Words, position: int) -> str:
    if job.cancel_asked_at is not None or job.overdue_at is not None:
        return words("status-cancel-asked" if job.cancel_asked_at else "status-overdue")
    if job.state is JobState.UNCERTAIN:
        return words("status-uncertain", flux=_flux_error(job, words))
    when = discord.utils.format_dt(job.expected_at, "R")
    if position > COUNTED:
        return words("status-line-far", counted=str(COUNTED), when=when)
    if position:
        return words("status-line", position=str(position), when=when)
    if job.state is JobState.QUEUED and job.flux_error is not None:
        return words("status-retrying", flux=_flux_error(job, words))
    doing = "status-editing" if job.request.action is Action.EDIT else "status-drawing"
    return words(doing, when=when)


def _flux_error(job: Job, words: Words) -> str:
    """Return why the job's last submit failed, a sentence without its end."""
    unknown = "unavailable" if job.problem is Problem.FLUX_UNAVAILABLE else "unconfirmed"
    error = job.flux_error or unknown
    return words("flux-error", error=int(error) if error.isdecimal() else error)


def _prompt(job: Job) -> str:
    return inert(job.request.prompt, PROMPT_CHARACTERS)


def _facts(
    job: Job,
    words: Words,
    *,
    pictures: int | None = None,
    position: int | None = None,
    number: str | None = None,
) -> list[str]:
    """Return requester, model, ratio, time and cost: one line on a phone.

    Where it would be longer, as with money and a long name, the time is left out, then the ratio.
    Anything else is a line of its own.
    """
    request = job.request
    name, mention = f"@{request.requester.user_name}", f"<@{request.requester.user_id}>"
    size = request.size.replace("x", "\u00d7") if request.size != AUTO_SIZE else ""
    took = words("fact-seconds", seconds=seconds_taken(job)) if job.fetched_at is not None else ""
    facts = [mention, request.model, size, took, credits_in_words(job, words)]
    for spare in (took, size):
        line = " · ".join(filter(None, facts)).replace(mention, name)
        # A Chinese letter takes the room of two.
        width = len(line) + sum(map("WF".count, map(unicodedata.east_asian_width, line)))
        if spare and width > PHONE_WIDTH:
            facts.remove(spare)
    more = []
    if position is not None:
        more.append(words("fact-picture-of", number=position, count=request.count))
    if pictures is not None and pictures < request.count:
        more.append(words("fact-pictures-came", done=pictures, count=request.count))
    if job.allowance is not None and job.problem is None:
        more.append(allowance_in_words(job.allowance, words))
    shown = []
    for parts in (facts, more, [number]):
        line = " · ".join(filter(None, parts))
        if line:
            shown.append(SMALL + line)
    return shown
