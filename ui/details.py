"""All that is known of one job: what was asked, what it cost, and the family of its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from storage.ledger import shares
from storage.records import (
    MICROCREDITS_PER_CREDIT,
    Action,
    ImageKind,
    JobState,
    Payer,
)
from ui.buttons import JobAction, JobButton
from ui.cards import ALT_TEXT_CHARACTERS, DONE, FAILED, SMALL, WORKING, alt_text
from ui.choices import size_in_words
from ui.errors import MESSAGE_CHARACTERS, Card
from ui.history import jump_link, state_in_words
from ui.text import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Image, Job

MAX_RELATIVES: Final = 8
"""Versions that are listed, if their words fit; each takes three of a message's 40 components."""

LINE_CHARACTERS: Final = 80
"""Of a relative's prompt."""

ID_CHARACTERS: Final = 100
"""Of what Flux calls a request."""

START_AGAIN: Final = "Start again from this one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What is known of a job, as far as the reader may see it.

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


def details_card(dossier: Dossier) -> Card:
    """Return the card; its pictures and originals are attached under their file names."""
    for listed in range(MAX_RELATIVES, 0, -1):
        card = Card(timeout=None)
        colour = DONE if _has_picture(dossier.job) else FAILED if dossier.job.problem else WORKING
        items = (*_own(dossier), *_family(dossier, listed))
        card.add_item(ui.Container(*items, accent_colour=colour))
        if card.content_length() <= MESSAGE_CHARACTERS:
            break
    return card


def _own(dossier: Dossier) -> list[ui.Item[Any]]:
    job = dossier.job
    items: list[ui.Item[Any]] = [
        ui.TextDisplay(f"**Details**\n{_literally(job.request.prompt)}"),
        ui.TextDisplay("\n".join(_facts(job, dossier.shown))),
    ]
    if dossier.shown:
        edited = any(image.kind is ImageKind.SOURCE for image in dossier.shown)
        items += [ui.TextDisplay("**Before and after**")] if edited else []
        items.append(_gallery(dossier))
    if dossier.originals:
        items.append(ui.TextDisplay("**As Flux made it**, before it was made smaller to be posted"))
        items += [ui.File(f"attachment://{image.file_name}") for image in dossier.originals]
    if dossier.left_out:
        items.append(
            ui.TextDisplay(
                f"{SMALL}An original is larger than Discord takes here. Whoever runs this bot has "
                "it, under the job number above."
            )
        )
    return items


def is_seen_by(job: Job, *, user_id: int, channel_id: int | None) -> bool:
    """Whether somebody in a channel may see a job: their own, or one that stands there."""
    request = job.request
    if request.requester.user_id == user_id:
        return True
    return not request.private and request.place.channel_id == channel_id


def _literally(text: str) -> str:
    # In a block of code everything stands as it was typed, and can be copied so; only what would
    # end the block gives way to a letter that looks the same.
    return "```\n" + text.replace("```", "\u02cb" * 3) + "\n```"


def _facts(job: Job, shown: Sequence[Image]) -> list[str]:
    request = job.request
    asked = discord.utils.format_dt(job.created_at, "f")
    pixels = {
        f"{image.width} × {image.height}"  # noqa: RUF001  # the sign people read
        for image in shown
        if image.job_id == job.id and image.kind is not ImageKind.SOURCE
    }
    facts = [
        f"Asked by <@{request.requester.user_id}>, {asked}: {state_in_words(job)}",
        f"Model: {request.model}",
        f"Size: {size_in_words(request.size)}"
        + (f", made as {', '.join(sorted(pixels))}" if pixels else ""),
    ]
    if request.action is Action.GENERATE:
        facts.append(f"Pictures: {request.count}")
    facts.append(f"Price: {_price(job)}")
    if job.fetched_at is not None:
        facts.append(f"Took: {(job.fetched_at - job.created_at).total_seconds():.0f} s")
    facts.append(f"Job: `{job.id}`")
    if job.task_id:
        facts.append(f"Flux task: {inert(job.task_id, ID_CHARACTERS)}")
    if job.trace_id:
        facts.append(f"Flux trace: {inert(job.trace_id, ID_CHARACTERS)}")
    return facts


def _price(job: Job) -> str:
    borne = shares(job)
    by_user = f"{borne[Payer.USER] / MICROCREDITS_PER_CREDIT:.3g} credits"
    if not borne[Payer.USER]:
        return f"{by_user}, nothing was charged or it was given back"
    if job.charged_microcredits is None:
        return f"about {by_user}, estimated"
    return f"{by_user}, as charged by Flux"


def _gallery(dossier: Dossier) -> ui.MediaGallery[Any]:
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{image.file_name}",
                description=_alt_text(dossier, image)[:ALT_TEXT_CHARACTERS],
                spoiler=dossier.job.request.spoiler,
            )
            for image in dossier.shown
        )
    )


def _alt_text(dossier: Dossier, image: Image) -> str:
    job = dossier.job
    if image.kind is not ImageKind.SOURCE:
        after = "After. " if job.request.action is Action.EDIT else ""
        return after + alt_text(job, image.position)
    parent = job.request.parent
    for relative in dossier.family:
        if parent is not None and relative.id == parent.job_id:
            return f"Before. {alt_text(relative, parent.position)}"
    return "Before. The picture that was edited"


def _family(dossier: Dossier, listed: int) -> list[ui.Item[Any]]:
    job = dossier.job
    versions = [each for each in dossier.family if each.id == job.id or _has_picture(each)]
    origin = _origin(versions[0]) if versions else None
    if len(versions) < 2 and origin is None and not _has_picture(job):  # noqa: PLR2004
        return []
    shown = _nearest(versions, job, listed)
    heading = "**Family**, the oldest first" if len(versions) > 1 else "**Family**"
    if len(shown) < len(versions):
        heading += f"; {len(versions) - len(shown)} more are not shown"
    if origin is not None:
        heading += f"\n{origin}"
    items: list[ui.Item[Any]] = [ui.Separator(), ui.TextDisplay(heading)]
    for number, version in enumerate(versions, start=1):
        if version in shown:
            items.append(_version(number, version, job, versions))
    return items


def _version(number: int, version: Job, job: Job, versions: Sequence[Job]) -> ui.Item[Any]:
    words = inert(" ".join(version.request.prompt.split()), LINE_CHARACTERS)
    facts = [discord.utils.format_dt(version.created_at, "R")]
    link = jump_link(version)
    if link is not None:
        facts.append(f"[go to it]({link})")
    mark = "**this one**: " if version.id == job.id else ""
    text = f"{number}\\. {mark}{words}\n{SMALL}{' · '.join(facts)}"
    if not _has_picture(version):
        return ui.TextDisplay(text)
    button = JobButton(
        JobAction.EDIT, version.id, _used_position(version, versions), label=START_AGAIN
    )
    return ui.Section(text, accessory=button)


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


def _origin(oldest: Job) -> str | None:
    request = oldest.request
    if request.action is not Action.EDIT or request.parent is not None:
        return None
    if request.source_message is None:
        return "It began with a picture that was sent in."
    where = request.source_message
    guild = request.place.guild_id or "@me"
    link = f"https://discord.com/channels/{guild}/{where.channel_id}/{where.message_id}"
    return f"It began with [this picture]({link})."


def _nearest(versions: Sequence[Job], job: Job, most: int) -> Sequence[Job]:
    """Return the oldest and those around the job, at most so many."""
    if len(versions) <= most:
        return versions
    at = next(index for index, version in enumerate(versions) if version.id == job.id)
    begin = min(max(at - most // 2, 1), len(versions) - (most - 1))
    return [versions[0], *versions[begin : begin + most - 1]]


def _has_picture(job: Job) -> bool:
    return job.fetched_at is not None and job.state is not JobState.RUNNING
