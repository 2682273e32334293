"""The one message of a job, drawn from what storage knows of it: at work, done, or not made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from storage.records import Action
from ui.choices import size_in_words
from ui.errors import Card
from ui.sentences import MADE, NOT_MADE, sentence
from ui.text import credits_in_words, inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Image, Job

PROMPT_CHARACTERS: Final = 1_000
"""Of the prompt on a card; text is limited to 4,000 characters over all of a message."""

ALT_TEXT_CHARACTERS: Final = 1_024
"""Discord's limit on a description; components reference."""

WORKING: Final = discord.Colour.blurple()
DONE: Final = discord.Colour.green()
REFUSED: Final = discord.Colour.gold()
FAILED: Final = discord.Colour.red()


def status_card(job: Job, *, position: int) -> Card:
    """Return the card of a job that is under way."""
    when = discord.utils.format_dt(job.expected_at, "R")
    verb = "Editing" if job.request.action is Action.EDIT else "Drawing"
    headline = f"**In line, place {position}**" if position else f"**{verb}**"
    return _card(
        WORKING,
        ui.TextDisplay(f"{headline}, ready {when}"),
        ui.TextDisplay(_prompt(job)),
        ui.TextDisplay(_small_print(job)),
    )


def result_card(job: Job, images: Sequence[Image]) -> Card:
    """Return the card of a finished job; its pictures are attached under their file names."""
    gallery = ui.MediaGallery[Card](
        *(
            discord.MediaGalleryItem(
                f"attachment://{image.file_name}",
                description=alt_text(job, image.position),
                spoiler=job.request.spoiler,
            )
            for image in images
        )
    )
    return _card(
        DONE,
        ui.TextDisplay(_prompt(job)),
        gallery,
        ui.TextDisplay(_small_print(job, pictures=len(images))),
    )


def problem_card(job: Job) -> Card:
    """Return the card of a job that ended without a picture."""
    if job.problem is None:
        raise ValueError(f"job {job.id} has no problem to tell of")
    cost = NOT_MADE if job.fetched_at is None else MADE
    details = {"model": inert(job.request.model, 100), "cost": cost}
    return _card(
        REFUSED if job.state == "refused" else FAILED,
        ui.TextDisplay(sentence(job.problem, details)),
        ui.TextDisplay(_prompt(job)),
        ui.TextDisplay(_small_print(job)),
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


def _prompt(job: Job) -> str:
    return inert(job.request.prompt, PROMPT_CHARACTERS)


def _small_print(job: Job, *, pictures: int | None = None) -> str:
    request = job.request
    facts = [
        f"Asked by <@{request.requester.user_id}>",
        request.model,
        size_in_words(request.size),
    ]
    if pictures is not None and pictures < request.count:
        facts.append(f"{pictures} of {request.count} pictures came")
    if job.fetched_at is not None:
        facts.append(f"{(job.fetched_at - job.created_at).total_seconds():.0f} s")
    facts.extend((credits_in_words(job), f"job {job.id}"))
    return "-# " + " · ".join(facts)
