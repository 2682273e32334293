"""What servers and people choose for themselves: as they type it, and as they read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import app_commands

from domain.errors import UserError
from domain.models import Problem
from flux import MODELS
from jobs.requests import DEFAULT_SIZE
from ui.autocomplete import (
    MAX_SUGGESTIONS,
    model_from_words,
    size_from_words,
    size_in_words,
    suggest_models,
    suggest_sizes,
)
from ui.errors import text_card
from ui.i18n import words_for
from ui.reply_edits import reply_edits

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from jobs.requests import DefaultModels
    from storage.preferences import GuildChoices, UserChoices
    from ui.errors import Card
    from ui.i18n import Words

NOTHING: Final = "default"
"""Typed where a model or a size is asked for: no longer any of one's own."""


def chosen_model(typed: str, *, editing: bool) -> str | None:
    """Return the id of the model that was chosen, None for none any more.

    Raises:
        UserError: there is no such model, or it does not edit.
    """
    model_id = model_from_words(typed)
    if model_id is None or model_id == NOTHING:
        return None
    model = MODELS.get(model_id)
    if model is None:
        raise UserError(Problem.MODEL_UNKNOWN, model=model_id)
    if editing and not model.edits:
        raise UserError(Problem.MODEL_CANNOT_EDIT, model=model.id)
    return model.id


def chosen_size(typed: str, *, model_id: str) -> str | None:
    """Return the size that was chosen, None for none any more.

    Raises:
        UserError: it is none, or the model does not take it.
    """
    size = size_from_words(typed)
    if size is None or size == NOTHING:
        return None
    if not MODELS[model_id].takes_size(size):
        known = any(model.takes_size(size) for model in MODELS.values())
        problem = Problem.SIZE_NOT_FOR_MODEL if known else Problem.SIZE_UNKNOWN
        raise UserError(problem, size=size, model=model_id)
    return size


def suggest_default_models(
    typed: str, words: Words, *, editing: bool, default: str, gone: Collection[str]
) -> list[app_commands.Choice[str]]:
    """Return the models to choose from, and to choose none any more."""
    models = suggest_models(typed, words, editing=editing, default=default, gone=gone)
    return _or_nothing(typed, words, models)


def suggest_default_sizes(
    typed: str, words: Words, *, model_id: str
) -> list[app_commands.Choice[str]]:
    """Return the sizes to choose from, and to choose none any more."""
    return _or_nothing(typed, words, suggest_sizes(typed, words, model_id=model_id))


def _or_nothing(
    typed: str, words: Words, suggestions: Sequence[app_commands.Choice[str]]
) -> list[app_commands.Choice[str]]:
    nothing = app_commands.Choice(name=words("choose-nothing"), value=NOTHING)
    fits = typed.strip().casefold() in nothing.name.casefold()
    return [*([nothing] if fits else []), *suggestions][:MAX_SUGGESTIONS]


def settings_card(
    chosen: GuildChoices, models: DefaultModels, words: Words, *, saved: bool = False
) -> Card:
    """Return all that a server chose.

    Args:
        models: those that everybody there starts from.
        saved: whether some of it was chosen just now.
    """
    days = chosen.retention_days
    if days is None:
        kept = words("value-as-operator")
    else:
        kept = words("value-days", days=days) if days else words("value-for-ever")
    language = chosen.language and words_for(chosen.language)("language-name")
    log = f"<#{chosen.log_channel_id}>" if chosen.log_channel_id else words("value-nowhere")
    switch = "on" if chosen.mention_generates else "off"
    lines = (
        words("chosen-model", value=_or(models.generate, chosen.default_model, words)),
        words("chosen-edit-model", value=_or(models.edit, chosen.default_edit_model, words)),
        words("chosen-size", value=_size(chosen.default_size, words)),
        words("chosen-count", value=str(chosen.default_count or 1)),
        words("chosen-spoiler", value=_yes_or_no(words, yes=bool(chosen.spoiler))),
        words("chosen-language", value=language or words("value-as-discord")),
        words("chosen-retention", value=kept),
        words("chosen-log-channel", value=log),
        words(f"reply-edits-{reply_edits(chosen)}"),
        words(f"mention-generates-{switch}"),
    )
    return text_card("\n".join((words("settings-saved" if saved else "settings-heading"), *lines)))


def preferences_card(
    chosen: UserChoices, models: DefaultModels, words: Words, *, saved: bool = False
) -> Card:
    """Return all that a person chose.

    Args:
        models: those that they start from where they read this.
        saved: whether some of it was chosen just now.
    """
    lines = (
        words("chosen-model", value=_or(models.generate, chosen.default_model, words)),
        words("chosen-edit-model", value=_or(models.edit, chosen.default_edit_model, words)),
        words("chosen-size", value=_size(chosen.default_size, words)),
        words("chosen-private", value=_yes_or_no(words, yes=bool(chosen.private))),
        words("chosen-counted", value=_yes_or_no(words, yes=chosen.counted is not False)),
    )
    heading = words("preferences-saved" if saved else "preferences-heading")
    return text_card("\n".join((heading, *lines)))


def _or(taken: str, chosen: str | None, words: Words) -> str:
    return taken if taken == chosen else words("not-chosen", value=taken)


def _size(chosen: str | None, words: Words) -> str:
    if chosen is None:
        return words("not-chosen", value=size_in_words(DEFAULT_SIZE, words))
    return size_in_words(chosen, words)


def _yes_or_no(words: Words, *, yes: bool) -> str:
    return words("value-yes" if yes else "value-no")
