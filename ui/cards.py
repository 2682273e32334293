"""The one message of a job, drawn from what storage knows of it: under way, done, or not made."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import discord
from discord import ui

from jobs.spool import stem_of
from storage.records import FINAL, Action, ImageKind, JobState, Problem
from ui.buttons import LABELS, JobAction, JobButton, PositionSelect
from ui.choices import size_in_words
from ui.errors import Card
from ui.sentences import (
    CANCEL_ASKED,
    COLLECT,
    MADE,
    NO_LONGER_KEPT,
    NOT_MADE,
    OVERDUE,
    SOURCE_ALT,
    UNCERTAIN,
    USUALLY,
    operator_alert,
    sentence,
)
from ui.text import credits_in_words, inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Image, Job

PROMPT_CHARACTERS: Final = 1_000
"""Of the prompt on a card; text is limited to 4,000 characters over all of a message."""

ALT_TEXT_CHARACTERS: Final = 1_024
"""Discord's limit on a description; components reference."""

UNDER_WAY: Final = frozenset(JobState) - FINAL - {JobState.FETCHED}
"""States in which Flux may still have to fetch the picture to edit."""

SMALL: Final = "-# "
"""Begins small print in Discord's markdown; no prompt can begin so, since it is shown inert."""

WORKING: Final = discord.Colour.blurple()
DONE: Final = discord.Colour.green()
REFUSED: Final = discord.Colour.gold()
FAILED: Final = discord.Colour.red()


MENDED_BY_ASKING_AGAIN: Final = frozenset(
    {
        Problem.FLUX_AUTHENTICATION,
        Problem.FLUX_OUT_OF_CREDITS,
        Problem.FLUX_RATE_LIMITED,
        Problem.FLUX_UNAVAILABLE,
        Problem.FLUX_FAILED,
        Problem.ANSWER_LOST,
        Problem.OVERDUE,
        Problem.SPOOL_UNAVAILABLE,
        Problem.RESULT_UNREACHABLE,
        Problem.RESULT_UNUSABLE,
        Problem.RESTARTED,
        Problem.INTERNAL,
    }
)
"""Problems after which the very same request may come out well."""

MENDED_BY_SAYING_IT_DIFFERENTLY: Final = frozenset(
    {Problem.FLUX_REFUSED_CONTENT, Problem.FLUX_BAD_REQUEST, Problem.MODEL_NOT_OFFERED}
)
"""Problems after which the same request comes to nothing, and a changed one may come out well."""

RESULT_ACTIONS: Final = (
    JobAction.AGAIN,
    JobAction.EDIT,
    JobAction.CHANGE,
    JobAction.DETAILS,
    JobAction.DELETE,
)
"""One row of buttons; Discord's limit is five."""


def card_of(job: Job, images: Sequence[Image] = (), *, position: int = 0) -> Card:
    """Return the card that shows a job as it is, with these of its pictures.

    Args:
        position: the job's place in the line, 0 where it need not wait.
    """
    if images and images[0].kind is ImageKind.SOURCE:
        return status_card(job, position=position, source=f"attachment://{images[0].file_name}")
    if images:
        has_all = job.problem is not None or job.state in {JobState.FETCHED, JobState.DELIVERED}
        return result_card(job, images) if has_all else partial_card(job, images)
    if job.problem is not None:
        return problem_card(job)
    if job.state is JobState.DELIVERED:
        return swept_card(job)
    source = job.request.source_url if holds_source(job) else None
    return status_card(job, position=position, source=source)


def holds_source(job: Job) -> bool:
    """Whether the source of an edit under way stands on the job's own message, for Flux."""
    name = PurePosixPath(urlsplit(job.request.source_url or "").path).stem
    return name == stem_of(job.id, ImageKind.SOURCE, 1) and job.state in UNDER_WAY


def status_card(job: Job, *, position: int, source: str | None = None) -> Card:
    """Return the card of a job that is under way.

    Args:
        source: address of the picture to edit, where the job's message has to hold it.
    """
    return _card(
        WORKING,
        ui.TextDisplay(_headline(job, position)),
        ui.TextDisplay(_prompt(job)),
        *([_source_gallery(job, source)] if source else []),
        ui.TextDisplay(_small_print(job)),
        # A second wish to cancel would change nothing.
        *([] if job.cancel_asked_at else [_row(job, JobAction.CANCEL)]),
    )


def partial_card(job: Job, images: Sequence[Image]) -> Card:
    """Return the card of a job that is under way, with the pictures that have come so far."""
    return _card(
        WORKING,
        ui.TextDisplay(f"**{len(images)} of {job.request.count} so far**"),
        ui.TextDisplay(_prompt(job)),
        _gallery(job, images),
        ui.TextDisplay(_small_print(job)),
        *([] if job.cancel_asked_at else [_row(job, JobAction.CANCEL)]),
    )


def result_card(
    job: Job, images: Sequence[Image], *, rows: Sequence[ui.ActionRow[Any]] | None = None
) -> Card:
    """Return the card of a finished job; its pictures are attached under their file names.

    Args:
        rows: of buttons, in place of the usual one.
    """
    positions = [image.position for image in images]
    several = len(positions) > 1
    return _card(
        DONE,
        ui.TextDisplay(_prompt(job)),
        _gallery(job, images),
        ui.TextDisplay(_small_print(job, pictures=len(images))),
        *([ui.ActionRow[Any](PositionSelect(job.id, positions))] if several else []),
        *(rows or [_row(job, *RESULT_ACTIONS, position=None if several else positions[0])]),
    )


def picture_card(job: Job, image: Image) -> Card:
    """Return the card of one of a finished job's several pictures."""
    return _card(
        DONE,
        ui.TextDisplay(_prompt(job)),
        _gallery(job, [image]),
        ui.TextDisplay(_small_print(job, position=image.position)),
        _row(job, *RESULT_ACTIONS, position=image.position),
    )


def problem_card(job: Job) -> Card:
    """Return the card of a job that ended without a picture to show."""
    if job.problem is None:
        raise ValueError(f"job {job.id} has no problem to tell of")
    cost = NOT_MADE if job.fetched_at is None else MADE
    details = {"model": inert(job.request.model, 100), "cost": cost}
    return _card(
        REFUSED if job.state in {JobState.REFUSED, JobState.CANCELLED} else FAILED,
        ui.TextDisplay(sentence(job.problem, details)),
        ui.TextDisplay(_prompt(job)),
        ui.TextDisplay(_small_print(job)),
        *_ways_on(job),
    )


def swept_card(job: Job) -> Card:
    """Return the card of a job that was delivered, and whose pictures are no longer kept."""
    return _card(
        DONE,
        ui.TextDisplay(NO_LONGER_KEPT),
        ui.TextDisplay(_prompt(job)),
        ui.TextDisplay(_small_print(job)),
    )


def collect_card(job: Job) -> Card:
    """Return the card by whose button a person gets a result that could not wait any longer."""
    return _card(
        WORKING,
        ui.TextDisplay(COLLECT),
        ui.TextDisplay(_prompt(job)),
        ui.TextDisplay(_small_print(job)),
        _row(job, JobAction.COLLECT),
    )


def alert_card(problem: Problem) -> Card:
    """Return what whoever runs the bot is told of a problem that only they can mend."""
    return _card(FAILED, ui.TextDisplay(operator_alert(problem)))


def is_card_of(message: discord.Message, job_id: str) -> bool:
    """Whether a message of the bot's own is the card of this job."""
    return any(
        isinstance(part, discord.TextDisplay)
        and part.content.startswith(SMALL)
        and part.content.endswith(_job_number(job_id))
        for container in message.components
        if isinstance(container, discord.Container)
        for part in container.children
    )


def alt_text(job: Job, position: int) -> str:
    """Return what a picture shows, for those who do not see it."""
    request = job.request
    if request.action is Action.EDIT:
        text = f"Picture edited as asked: {request.prompt}"
    elif request.count > 1:
        text = f"Picture {position} of {request.count}: {request.prompt}"
    else:
        text = f"Picture: {request.prompt}"
    return text if len(text) <= ALT_TEXT_CHARACTERS else text[: ALT_TEXT_CHARACTERS - 1] + "…"


def _card(colour: discord.Colour, *items: ui.Item[Card]) -> Card:
    card = Card(timeout=None)
    card.add_item(ui.Container(*items, accent_colour=colour))
    return card


def _row(job: Job, *actions: JobAction, position: int | None = None) -> ui.ActionRow[Any]:
    return ui.ActionRow[Any](*(JobButton(action, job.id, position) for action in actions))


def _ways_on(job: Job) -> list[ui.ActionRow[Any]]:
    if job.problem in MENDED_BY_ASKING_AGAIN:
        return [_row(job, JobAction.RETRY)]
    if job.problem in MENDED_BY_SAYING_IT_DIFFERENTLY:
        # What was asked for comes back in a form, to be said differently.
        label, style = LABELS[JobAction.RETRY], discord.ButtonStyle.primary
        return [ui.ActionRow(JobButton(JobAction.CHANGE, job.id, label=label, style=style))]
    return []


def _gallery(job: Job, images: Sequence[Image]) -> ui.MediaGallery[Card]:
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{image.file_name}",
                description=alt_text(job, image.position),
                spoiler=job.request.spoiler,
            )
            for image in images
        )
    )


def _source_gallery(job: Job, url: str) -> ui.MediaGallery[Card]:
    spoiler = job.request.spoiler
    item = discord.MediaGalleryItem(url, description=SOURCE_ALT, spoiler=spoiler)
    return ui.MediaGallery(item)


def _headline(job: Job, position: int) -> str:
    if job.cancel_asked_at is not None:
        return CANCEL_ASKED
    if job.overdue_at is not None:
        return OVERDUE
    if job.state is JobState.UNCERTAIN:
        return UNCERTAIN
    verb = "Editing" if job.request.action is Action.EDIT else "Drawing"
    doing = f"In line, place {position}" if position else verb
    usual = "" if position else f" · {_usual_time(job)}"
    return f"**{doing}**, ready {discord.utils.format_dt(job.expected_at, 'R')}{usual}"


def _usual_time(job: Job) -> str:
    """Return how long Flux takes, as measured: of a job in line, the wait would count too."""
    usual = job.expected_at - (job.submitted_at or job.created_at)
    return USUALLY.format(seconds=max(round(usual.total_seconds()), 1))


def _prompt(job: Job) -> str:
    return inert(job.request.prompt, PROMPT_CHARACTERS)


def _small_print(job: Job, *, pictures: int | None = None, position: int | None = None) -> str:
    request = job.request
    facts = [
        f"Asked by <@{request.requester.user_id}>",
        request.model,
        size_in_words(request.size),
    ]
    if position is not None:
        facts.append(f"picture {position} of {request.count}")
    if pictures is not None and pictures < request.count:
        facts.append(f"{pictures} of {request.count} pictures came")
    if job.fetched_at is not None:
        facts.append(f"{(job.fetched_at - job.created_at).total_seconds():.0f} s")
    return SMALL + " · ".join((*facts, credits_in_words(job))) + _job_number(job.id)


def _job_number(job_id: str) -> str:
    return f" · job {job_id}"
