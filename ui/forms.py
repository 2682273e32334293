"""Modals of requests; their custom_ids name the job or draft, so that they work after a restart."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import discord
from discord import ui

from flux.catalogue import MAX_COUNT, MODELS, RATIOS
from jobs.requests import AUTO_SIZE, MAX_PROMPT_CHARACTERS, Draft, Kept
from ui.autocomplete import good_for, size_in_words
from ui.components import OPTION_CHARACTERS, CustomId, Position, data_of
from ui.discord_errors import open_form
from ui.i18n import Words, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ui import Interaction
    from ui.autocomplete import Offers

PROMPT: Final = "prompt"
PICTURE: Final = "picture"
MODEL: Final = "model"
SIZE: Final = "size"
COUNT: Final = "count"
"""The custom_ids of a form's fields."""

OWN_SHAPE: Final = "own"
"""Value of the size of an edit that keeps the ratio of its picture."""

MAX_TEXT_CHARACTERS: Final = 4_000
"""Discord's limit on what is typed into one field; components reference, text input."""


class FormKind(StrEnum):
    """Purpose of a form."""

    EDIT = "edit"
    """An edit of a job's picture."""
    CHANGE = "change"
    """A job once more, with changes."""
    DRAFT = "draft"
    """What a draft says: a message's picture to edit, or what was refused before."""


class FormRef(CustomId):
    """A form's job or draft.

    Attributes:
        key: the job's id, or the draft's.
        position: which of the job's pictures, None where the form itself asks.
    """

    form = "fluxcord:form:{kind}:{key}[:{position}]"

    kind: FormKind
    key: Annotated[str, "[0-9a-f]{12}|[0-9a-f]{16}"]
    position: Position | None = None


def request_form(  # noqa: PLR0913  # what a form asks, and in which words
    ref: FormRef,
    words: Words,
    kept: Kept,
    *,
    title: str,
    gone: Collection[str] = (),
    most: int = MAX_COUNT,
    pictures: Mapping[int, str] | None = None,
) -> ui.Modal:
    """Return the form for a request, with what is known of it filled in.

    Args:
        kept: a draft with a model, and with a count where the form asks how many pictures.
        title: its id.
        gone: models that are not to be chosen.
        most: as many pictures as may be requested at once.
        pictures: by number, what to call each of those to choose from.
    """
    draft, editing = kept.draft, kept.editing
    asked = words("form-what-changes" if editing else "form-what-to-show")
    # A prompt that was too long is filled in, to be shortened.
    is_long = len(draft.prompt) > MAX_PROMPT_CHARACTERS
    longest = MAX_TEXT_CHARACTERS if is_long else MAX_PROMPT_CHARACTERS
    fields = [text_field(asked, longest=longest, filled=draft.prompt)]
    if pictures and len(pictures) > 1:
        numbered = {str(number): name for number, name in pictures.items()}
        first = str(min(pictures))
        fields.append(select_field(words("form-which-picture"), PICTURE, numbered, first))
    fields.append(_model_field(draft.model, words, editing=editing, gone=gone))
    keeps_shape = editing and (ref.kind is not FormKind.CHANGE or draft.size == AUTO_SIZE)
    fields.append(_size_field(draft.size, words, keeps_shape=keeps_shape))
    if draft.count is not None and not editing:
        counts = {str(count): str(count) for count in range(1, most + 1)}
        chosen = str(min(draft.count, most))
        fields.append(select_field(words("form-count"), COUNT, counts, chosen))
    return form_of(words(title), ref, *fields)


async def open_request_form(
    interaction: Interaction,
    offers: Offers,
    ref: FormRef,
    kept: Kept,
    *,
    title: str,
    pictures: Mapping[int, str] | None = None,
) -> None:
    """Answer with the form for a request, limited to what the user may use; by default, theirs."""
    usual = offers.usual(interaction)
    model = kept.draft.model or (usual.edit if kept.editing else usual.generate)
    form = request_form(
        ref,
        words_of(interaction),
        replace(kept, draft=replace(kept.draft, model=model)),
        title=title,
        gone=offers.left_out(interaction),
        most=offers.most_pictures(interaction),
        pictures=pictures,
    )
    await open_form(interaction, form)


def form_of(title: str, custom_id: CustomId, *items: ui.Item[Any]) -> ui.Modal:
    form = ui.Modal(title=title, custom_id=custom_id.custom_id)
    for item in items:
        form.add_item(item)
    # discord.py would keep it until the process ends, and serve it beside the component router.
    form.stop()
    return form


def text_field(asked: str, *, longest: int, filled: str = "") -> ui.Label[Any]:
    typed = ui.TextInput[Any](
        custom_id=PROMPT,
        style=discord.TextStyle.paragraph,
        max_length=longest,
        default=filled[:longest] or None,
    )
    return ui.Label(text=asked, component=typed)


def select_field(
    asked: str,
    custom_id: str,
    options: Mapping[str, str],
    chosen: str,
    notes: Mapping[str, str] | None = None,
) -> ui.Label[Any]:
    select = ui.Select[Any](custom_id=custom_id, options=options_of(options, chosen, notes))
    return ui.Label(text=asked, component=select)


def options_of(
    options: Mapping[str, str], chosen: str, notes: Mapping[str, str] | None = None
) -> list[discord.SelectOption]:
    """Return a select's options: by value, what each and the note below it says."""
    return [
        discord.SelectOption(
            label=name[:OPTION_CHARACTERS],
            value=value,
            description=notes[value][:OPTION_CHARACTERS] if notes and value in notes else None,
            default=value == chosen,
        )
        for value, name in options.items()
    ]


def picked_picture(interaction: Interaction) -> int | None:
    return _small_number(values_of(interaction).get(PICTURE))


def read_form(interaction: Interaction, command: str) -> Draft:
    """Return what was submitted as a draft of a command; a value of the wrong kind is left out."""
    values = values_of(interaction)
    size = _name(values.get(SIZE))
    return Draft(
        command=command,
        prompt=values.get(PROMPT, ""),
        model=_name(values.get(MODEL)),
        size=None if size == OWN_SHAPE else size,
        count=_small_number(values.get(COUNT)),
    )


def values_of(interaction: Interaction) -> dict[str, str]:
    """Return the submitted texts by their fields' custom_ids."""
    parts = data_of(interaction).get("components")
    texts = {}
    for part in parts if isinstance(parts, list) else ():
        found = part.get("component") if isinstance(part, dict) else None
        if not isinstance(found, dict):
            continue
        values = found.get("values")
        value = values[0] if isinstance(values, list) and values else found.get("value")
        if isinstance(value, str):
            texts[str(found.get("custom_id"))] = value
    return texts


def _model_field(
    chosen: str | None, words: Words, *, editing: bool, gone: Collection[str]
) -> ui.Label[Any]:
    able = [model for model in MODELS.values() if model.edits or not editing]
    # Where none is left, Flux may take one all the same; a select needs an option.
    offered = [model for model in able if model.id not in gone] or able
    options = {model.id: model.id for model in offered}
    default = chosen if chosen in options else offered[0].id
    notes = {each: good_for(each, words) for each in options}
    return select_field(words("form-model"), MODEL, options, default, notes)


def _size_field(chosen: str | None, words: Words, *, keeps_shape: bool) -> ui.Label[Any]:
    sizes = {ratio: size_in_words(ratio, words) for ratio in RATIOS}
    if chosen is not None and any(model.takes_size(chosen) for model in MODELS.values()):
        sizes[chosen] = size_in_words(chosen, words)
    if keeps_shape:
        sizes = {OWN_SHAPE: words("form-own-shape"), **sizes}
    default = chosen if chosen in sizes else next(iter(sizes))
    return select_field(words("form-shape"), SIZE, sizes, default)


def _name(text: str | None) -> str | None:
    return text if text is not None and len(text) <= OPTION_CHARACTERS else None


def _small_number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,2}", text) else None
