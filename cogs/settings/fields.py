"""The choices that the panels of servers and people offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cogs.settings.panel import Field
from flux import MODELS, RATIOS
from flux.catalogue import MAX_COUNT
from jobs.requests import DEFAULT_SIZE
from ui.autocomplete import good_for, size_in_words
from ui.forms import OPTION_CHARACTERS
from ui.i18n import languages
from ui.places import ReplyEdits

if TYPE_CHECKING:
    from collections.abc import Collection

    from jobs.requests import DefaultModels
    from storage.preferences import GuildChoices, UserChoices
    from ui.i18n import Words

RETENTION_DAYS: Final = (7, 30, 90, 365, 0)
"""Offered without typing; 0 is unlimited."""


def server_fields(
    chosen: GuildChoices, usual: DefaultModels, words: Words, *, gone: Collection[str]
) -> list[Field]:
    """Return what a server chooses.

    Args:
        usual: the models that are taken where it chooses none.
        gone: models that are not offered.
    """
    counts = {str(count): str(count) for count in range(1, MAX_COUNT + 1)}
    who = {mode.value: words(f"reply-edits-{mode}") for mode in ReplyEdits}
    requester = who.pop(ReplyEdits.REQUESTER)
    own = () if chosen.retention_days is None else (chosen.retention_days,)
    days = sorted({*RETENTION_DAYS, *own}, key=lambda each: each or float("inf"))
    return [
        *_defaults(chosen, usual, words, gone=gone),
        Field(key="default_count", options={"": words("not-chosen", value="1"), **counts}),
        Field(
            key="language",
            options={
                "": words("value-as-discord"),
                **{locale: each("language-name") for locale, each in languages().items()},
            },
        ),
        Field(
            key="retention_days",
            options={
                "": words("value-as-operator"),
                **{
                    str(each): words("value-days", days=each) if each else words("value-for-ever")
                    for each in days
                },
            },
        ),
        Field(key="log_channel_id", options=None),
        Field(key="reply_edits", options={"": words("not-chosen", value=requester), **who}),
        _switch("spoiler", words),
        _switch("mention_generates", words),
        _switch("avatars", words),
    ]


def own_fields(
    chosen: UserChoices, usual: DefaultModels, words: Words, *, gone: Collection[str]
) -> list[Field]:
    """Return what a person chooses, as `server_fields` does for a server."""
    return [
        *_defaults(chosen, usual, words, gone=gone),
        _switch("private", words),
        _switch("dm", words),
        Field(
            key="counted",
            options={"": words("value-yes"), "off": words("value-no")},
            is_switch=True,
        ),
    ]


def _defaults(
    chosen: GuildChoices | UserChoices,
    usual: DefaultModels,
    words: Words,
    *,
    gone: Collection[str],
) -> list[Field]:
    ratios = {size: size_in_words(size, words) for size in RATIOS}
    if chosen.default_size:
        ratios[chosen.default_size] = size_in_words(chosen.default_size, words)
    nothing = words("not-chosen", value=size_in_words(DEFAULT_SIZE, words))
    return [
        _model("default_model", chosen.default_model, usual.generate, words, gone=gone),
        _model("default_edit_model", chosen.default_edit_model, usual.edit, words, gone=gone),
        Field(key="default_size", options={"": nothing, **ratios}),
    ]


def _model(
    key: str, chosen: str | None, usual: str, words: Words, *, gone: Collection[str]
) -> Field:
    offered = [
        model.id
        for model in MODELS.values()
        if (model.edits or key == "default_model") and (model.id not in gone or model.id == chosen)
    ]
    return Field(
        key=key,
        options={"": words("not-chosen", value=usual), **{each: each for each in offered}},
        notes={each: good_for(each, words)[:OPTION_CHARACTERS] for each in offered},
    )


def _switch(key: str, words: Words) -> Field:
    return Field(key=key, options={"": words("value-no"), "on": words("value-yes")}, is_switch=True)
