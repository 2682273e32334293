"""A person's own pictures as a gallery with pages, and what can be done with each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import discord
from discord import ui

from domain.models import FINAL, Action, Delivery, Image, Job, Problem
from flux.catalogue import MODELS
from ui.buttons import JobAction, JobButtonId, KeptAction, KeptButtonId
from ui.components import OPTION_CHARACTERS, Card, CustomId, button, inert, one_line
from ui.formatting import age_in_words, link_to, price_in_words
from ui.job_card import job_button

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ui.i18n import Words

PAGE_JOBS: Final = 5

MAX_WORDS_CHARACTERS: Final = 60
"""Of a filter, which is part of the buttons' custom_ids; those have 100 characters."""

MAX_OFFSET: Final = 99_999

PROMPT_CHARACTERS: Final = 200
"""Of each prompt, so that a page keeps within the 4,000 characters of a message."""


class View(CustomId, kw_only=True):
    """Which of a person's pictures a page shows; as a custom_id, of the button that turns to it.

    Attributes:
        kind: only drawings or only edits, None for both.
        offset: of its first request, counted from the newest one that fits.
    """

    form = "fluxcord:page:{offset}:{kind}:{words}"

    words: Annotated[str, ".*"] = ""
    kind: Action | None = None
    offset: Annotated[int, "[0-9]{1,5}"] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Content of a view; ages are counted from `at`, when it was read.

    Attributes:
        entries: its requests, each with those of its pictures that are still kept.
    """

    view: View
    entries: Sequence[tuple[Job, Sequence[Image]]]
    has_older: bool
    at: datetime


class PictureSelectId(CustomId):
    """The select among the requests of a page; its options are their jobs' ids."""

    form = "fluxcord:pictures"


def history_card(page: Page, words: Words, previews: Mapping[str, str] | None = None) -> Card:
    """Return one page of a person's pictures; `previews` are attached files, by job."""
    view, entries = page.view, page.entries
    rows = []
    if entries:
        heading = _heading(view, words, len(entries))
        options = [_option(job, page.at, words) for job, _ in entries]
        name, custom_id = words("open-one"), PictureSelectId().custom_id
        select = ui.Select[Any](custom_id=custom_id, placeholder=name, options=options)
        rows.append(ui.ActionRow[Any](select))
    else:
        heading = words("history-empty" if view == View() else "history-nothing-found")
    turns = []
    if view.offset:
        newer = replace(view, offset=max(view.offset - PAGE_JOBS, 0))
        turns.append(button(words("button-newer"), newer))
    if page.has_older and view.offset + PAGE_JOBS <= MAX_OFFSET:
        older = replace(view, offset=view.offset + PAGE_JOBS)
        turns.append(button(words("button-older"), older))
    if turns:
        rows.append(ui.ActionRow(*turns))
    items = [
        _item(job, words, len(pictures), (previews or {}).get(job.id)) for job, pictures in entries
    ]
    return Card(heading, *items, *rows)


def private_rows(
    job: Job, words: Words, images: Sequence[Image], *, is_own: bool
) -> list[ui.ActionRow[Any]]:
    """Return the buttons below a picture that is shown to one person alone."""
    position = images[0].position if len(images) == 1 else None
    actions = (JobAction.AGAIN, JobAction.EDIT, JobAction.CHANGE, JobAction.DETAILS)
    ids = [JobButtonId(action, job.id, position) for action in actions]
    rows = [ui.ActionRow[Any](*(job_button(each, words) for each in ids))]
    if is_own:
        post, ask = KeptButtonId(KeptAction.POST, job.id), KeptButtonId(KeptAction.ASK, job.id)
        own = (post, JobButtonId(JobAction.DM, job.id), ask)
        rows.append(ui.ActionRow(*(job_button(each, words) for each in own)))
    return rows


def opened_row(job: Job, words: Words, position: int, *, is_own: bool) -> ui.ActionRow[Any]:
    """Return the buttons below one of several pictures, opened for one person alone."""
    model = MODELS.get(job.request.model)
    price = (
        model.estimated_microcredits if model else job.estimated_microcredits // job.request.count
    )
    again = words("button-one", price=price_in_words(price, words, money=False))
    return ui.ActionRow[Any](
        job_button(JobButtonId(JobAction.EDIT, job.id, position), words),
        job_button(JobButtonId(JobAction.ONE, job.id, position), words, label=again),
        job_button(JobButtonId(JobAction.ORIGINAL, job.id, position), words),
        job_button(JobButtonId(JobAction.DM, job.id, position), words),
        *([job_button(KeptButtonId(KeptAction.POST, job.id, position), words)] if is_own else []),
    )


def removal_card(job: Job, words: Words) -> Card:
    prompt = inert(job.request.prompt, PROMPT_CHARACTERS)
    actions = (KeptAction.REMOVE, KeptAction.SHOW)
    row = ui.ActionRow[Any](*(job_button(KeptButtonId(each, job.id), words) for each in actions))
    return Card(words("sure-to-remove"), prompt, row)


def gone_card(job: Job, words: Words) -> Card:
    return Card(words("no-longer-kept"), _entry(job, words, 0))


def jump_link(job: Job) -> str | None:
    """Return a link to the job's message, None if it is gone or only one user sees it."""
    request = job.request
    if job.message_id is None or job.problem is Problem.MESSAGE_GONE:
        return None
    if request.private and request.place.delivery is Delivery.RESPONSE:
        return None
    return link_to(request.place.guild_id, request.place.channel_id, job.message_id)


def state_in_words(job: Job, words: Words) -> str:
    state = words(f"state-{job.state}")
    if job.problem is not None and job.fetched_at is not None:
        return words("state-kept", state=state)
    if job.overdue_at is not None and job.state not in FINAL:
        return words("state-overdue")
    return state


def _heading(view: View, words: Words, shown: int) -> str:
    first, last = str(view.offset + 1), str(view.offset + shown)
    facts = [words("history-range", first=first, last=last)]
    if view.kind is not None:
        is_edit = view.kind is Action.EDIT
        facts.append(words("history-only-edits" if is_edit else "history-only-drawings"))
    if view.words:
        facts.append(words("history-words", words=inert(view.words, MAX_WORDS_CHARACTERS)))
    return f"{words('history-heading')}\n-# {' · '.join(facts)}"


def _item(job: Job, words: Words, kept: int, file_name: str | None) -> str | ui.Item[Any]:
    text = _entry(job, words, kept)
    if file_name is None:
        return text
    preview = ui.Thumbnail[Any](
        f"attachment://{file_name}",
        description=one_line(job.request.prompt, 1_000),
        spoiler=job.request.spoiler,
    )
    return ui.Section(text, accessory=preview)


def _entry(job: Job, words: Words, kept: int) -> str:
    prompt = inert(" ".join(job.request.prompt.split()), PROMPT_CHARACTERS)
    facts = [discord.utils.format_dt(job.created_at, "R")]
    if job.request.action is Action.EDIT:
        facts.append(words("entry-edit"))
    if kept > 1:
        facts.append(words("entry-pictures", count=kept))
    if not kept:
        facts.append(words("entry-gone"))
    link = jump_link(job)
    if link is not None:
        facts.append(f"[{words('entry-jump')}]({link})")
    # One line beside the preview on a phone, so without the cost, which Details show.
    return f"{prompt}\n-# {' · '.join(facts)}"


def _option(job: Job, at: datetime, words: Words) -> discord.SelectOption:
    # Equal prompts are told apart by the number, if by nothing else.
    facts = age_in_words(job, at, words), job.request.model, words("fact-job", job=job.id)
    return discord.SelectOption(
        label=one_line(job.request.prompt, OPTION_CHARACTERS) or "-",
        value=job.id,
        description=" · ".join(facts),
    )
