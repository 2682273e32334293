"""All that is known of one job: what was asked, what it cost, and the family of its picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from domain.models import Action, Image, ImageKind, Job, JobState, Payer
from storage.ledger import shares
from ui.autocomplete import size_in_words
from ui.buttons import JobAction, JobButtonId
from ui.components import MESSAGE_CHARACTERS, Card, gallery, inert
from ui.formatting import credits_in_words, link_to, seconds_taken
from ui.gallery import jump_link, state_in_words
from ui.job_card import ALT_TEXT_CHARACTERS, DONE, FAILED, SMALL, WORKING, alt_text, job_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.i18n import Words

MAX_RELATIVES: Final = 8
"""Versions that are listed, if their words fit; each takes three of a message's 40 components."""

LINE_CHARACTERS: Final = 80
"""Of a relative's prompt."""

ID_CHARACTERS: Final = 100
"""Of what Flux calls a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A job's stored facts, as far as the reader may see them.

    Attributes:
        shown: the pictures to look at, of an edit with the one it was made from; attached.
        originals: results that were posted as smaller copies; attached where they fit.
        left_out: whether some original does not fit.
        family: what the picture was made from and what was made from it, itself among them.
    """

    job: Job
    shown: Sequence[Image]
    originals: Sequence[Image]
    left_out: bool
    family: Sequence[Job]


def details_card(dossier: Dossier, words: Words) -> Card:
    """Return the card; its pictures and originals are attached under their file names."""
    for listed in range(MAX_RELATIVES, 0, -1):
        colour = DONE if _has_picture(dossier.job) else FAILED if dossier.job.problem else WORKING
        card = Card(*_own(dossier, words), *_family(dossier, words, listed), colour=colour)
        if card.content_length() <= MESSAGE_CHARACTERS:
            break
    return card


def _own(dossier: Dossier, words: Words) -> list[str | ui.Item[Any]]:
    job = dossier.job
    # A code block shows everything as it was typed, to be copied; only what would
    # end the block gives way to a letter that looks the same.
    prompt = job.request.prompt.replace("```", "\u02cb" * 3)
    items: list[str | ui.Item[Any]] = [
        f"{words('details-heading')}\n```\n{prompt}\n```",
        "\n".join(_facts(job, words, dossier.shown)),
    ]
    if dossier.shown:
        edited = any(image.kind is ImageKind.SOURCE for image in dossier.shown)
        items += [words("details-before-after")] if edited else []
        spoiler = job.request.spoiler
        items.append(gallery(dossier.shown, partial(_alt_text, dossier, words), spoiler=spoiler))
    if dossier.originals:
        items.append(words("details-originals"))
        items += [ui.File(f"attachment://{image.file_name}") for image in dossier.originals]
    if dossier.left_out:
        items.append(SMALL + words("details-left-out"))
    return items


def _facts(job: Job, words: Words, shown: Sequence[Image]) -> list[str]:
    request = job.request
    facts = [
        words(
            "details-asked",
            who=f"<@{request.requester.user_id}>",
            when=discord.utils.format_dt(job.created_at, "f"),
            state=state_in_words(job, words),
        ),
        words("details-model", model=request.model),
        _size(job, words, shown),
    ]
    if request.action is Action.GENERATE:
        facts.append(words("details-count", count=request.count))
    facts += [words("details-spoiler")] if request.spoiler else []
    facts += [words("details-private")] if request.private else []
    facts.append(_price(job, words))
    if job.fetched_at is not None:
        facts.append(words("details-took", seconds=seconds_taken(job)))
    facts.append(words("details-job", job=job.id))
    if job.task_id:
        facts.append(words("details-task", task=inert(job.task_id, ID_CHARACTERS)))
    if job.trace_id:
        facts.append(words("details-trace", trace=inert(job.trace_id, ID_CHARACTERS)))
    return facts


def _size(job: Job, words: Words, shown: Sequence[Image]) -> str:
    size = size_in_words(job.request.size, words)
    pixels = {
        f"{image.width} × {image.height}"  # the sign people read
        for image in shown
        if image.job_id == job.id and image.kind is not ImageKind.SOURCE
    }
    if not pixels:
        return words("details-size", size=size)
    return words("details-size-made", size=size, pixels=", ".join(sorted(pixels)))


def _price(job: Job, words: Words) -> str:
    credits_borne = credits_in_words(job, words)
    if not shares(job)[Payer.USER]:
        return words("details-price-none", credits=credits_borne)
    if job.charged_microcredits is None:
        return words("details-price-estimated", credits=credits_borne)
    return words("details-price", credits=credits_borne)


def _alt_text(dossier: Dossier, words: Words, image: Image) -> str:
    job, parent = dossier.job, dossier.job.request.parent
    if image.kind is ImageKind.SOURCE:
        text = words("alt-before-unknown")
        for relative in dossier.family:
            if parent is not None and relative.id == parent.job_id:
                text = words("alt-before", alt=alt_text(relative, words, parent))
    else:
        text = alt_text(job, words, image)
        if job.request.action is Action.EDIT:
            text = words("alt-after", alt=text)
    return text[:ALT_TEXT_CHARACTERS]


def _family(dossier: Dossier, words: Words, listed: int) -> list[str | ui.Item[Any]]:
    job = dossier.job
    versions = [each for each in dossier.family if each.id == job.id or _has_picture(each)]
    origin = _origin(versions[0], words) if versions else None
    if len(versions) < 2 and origin is None and not _has_picture(job):  # noqa: PLR2004
        return []
    shown = _nearest(versions, job, listed)
    lines = [words("family-heading-several" if len(versions) > 1 else "family-heading")]
    if len(shown) < len(versions):
        lines.append(SMALL + words("family-more", count=len(versions) - len(shown)))
    if origin is not None:
        lines.append(origin)
    items: list[str | ui.Item[Any]] = [ui.Separator(), "\n".join(lines)]
    for number, version in enumerate(versions, start=1):
        if version in shown:
            text, edit = _version(number, version, job, words), None
            if _has_picture(version):
                position, label = _used_position(version, versions), words("button-start-again")
                custom_id = JobButtonId(JobAction.EDIT, version.id, position)
                edit = job_button(custom_id, words, label=label)
            items.append(ui.Section(text, accessory=edit) if edit else text)
    return items


def _version(number: int, version: Job, job: Job, words: Words) -> str:
    # Its own prompt is above.
    own = words("family-this-one") if version.id == job.id else None
    line = own or inert(" ".join(version.request.prompt.split()), LINE_CHARACTERS)
    facts = [discord.utils.format_dt(version.created_at, "R")]
    link = jump_link(version)
    if link is not None:
        facts.append(f"[{words('go-to-it')}]({link})")
    return f"{number}\\. {line}\n{SMALL}{' · '.join(facts)}"


def _used_position(version: Job, versions: Sequence[Job]) -> int | None:
    """Return the picture that the family goes on from, None where the person has to say."""
    if version.request.count == 1:
        return 1
    used = {
        each.request.parent.position
        for each in versions
        if each.request.parent is not None and each.request.parent.job_id == version.id
    }
    return used.pop() if len(used) == 1 else None


def _origin(oldest: Job, words: Words) -> str | None:
    request = oldest.request
    if request.action is not Action.EDIT or request.parent is not None:
        return None
    where, place = request.source_message, request.place
    # The source of a private reply is in a server, whose id the reply's place does not have.
    if where is None or (place.guild_id is None and where.channel_id != place.channel_id):
        return words("family-began-elsewhere")
    link = link_to(place.guild_id, where.channel_id, where.message_id)
    return words("family-began-here", link=link)


def _nearest(versions: Sequence[Job], job: Job, most: int) -> Sequence[Job]:
    """Return the oldest and those around the job, at most so many."""
    if len(versions) <= most:
        return versions
    at = next(index for index, version in enumerate(versions) if version.id == job.id)
    begin = min(max(at - most // 2, 1), len(versions) - (most - 1))
    return [versions[0], *versions[begin : begin + most - 1]]


def _has_picture(job: Job) -> bool:
    return job.fetched_at is not None and job.state is not JobState.RUNNING
