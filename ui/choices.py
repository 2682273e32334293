"""Models and sizes in words, as autocomplete suggests them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from discord import app_commands

from flux import MODELS, RATIOS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from flux import Model

MAX_SUGGESTIONS: Final = 25
"""Discord's limit; application-commands documentation."""

MAX_VALUE_CHARACTERS: Final = 100
"""Discord's limit on a suggested value; application-commands documentation."""

_PIXELS_IN_WORDS: Final = re.compile("([0-9]+) ?[x×] ?([0-9]+)(?: pixels)?(?:, as typed)?")  # noqa: RUF001

GOOD_FOR: Final = {
    "flux-dev": "quick and cheap, good for trying ideas",
    "flux-pro": "finer detail, good for most finished pictures",
    "flux-pro-1.1": "sharper and follows the words better than flux-pro",
    "flux-pro-1.1-ultra": "very large and photographic",
    "flux-kontext-pro": "edits a picture and keeps the rest as it is",
    "flux-kontext-max": "the most careful edits, and text in pictures",
    "flux-2-klein": "the quickest of the newer models",
    "flux-2-flex": "newer, good with text and layouts",
    "flux-2-pro": "newer, an all-rounder that also edits",
    "flux-2-max": "newer, the finest detail",
}
"""What each model is good for; its id is shown beside it."""


def size_in_words(size: str) -> str:
    """Return a size as people say it: "Landscape 16:9", "1344 x 768 pixels"."""
    if size in RATIOS:
        across, down = map(int, size.split(":"))
        if across == down:
            return f"Square {size}"
        return f"{'Landscape' if across > down else 'Portrait'} {size}"
    return f"{size.replace('x', ' × ')} pixels"  # noqa: RUF001  # the sign people read


def size_from_words(text: str | None) -> str | None:
    """Return the size that was meant: a suggestion typed out in full counts as picked."""
    if text is None or not text.strip():
        return None
    wanted = text.strip()
    pixels = _PIXELS_IN_WORDS.fullmatch(wanted)
    if pixels:
        return f"{pixels[1]}x{pixels[2]}"
    by_words = {size_in_words(ratio).casefold(): ratio for ratio in RATIOS}
    return by_words.get(wanted.casefold(), wanted)


def model_from_words(text: str | None) -> str | None:
    """Return the id of the model that was meant: a suggestion typed out counts as picked."""
    return None if text is None or not text.strip() else text.strip().partition(":")[0]


def suggest_models(
    typed: str, *, editing: bool, default: str, gone: Collection[str]
) -> list[app_commands.Choice[str]]:
    """Return the models to choose from, the default first.

    Args:
        gone: models that the endpoint does not offer just now; they can still be typed.
    """
    models = [
        model for model in MODELS.values() if (model.edits or not editing) and model.id not in gone
    ]
    models.sort(key=lambda model: model.id != default)
    described = [(_model_in_words(model, default), model.id) for model in models]
    return _matching(typed, described)


def suggest_sizes(typed: str, *, model_id: str) -> list[app_commands.Choice[str]]:
    """Return the sizes that the model takes, a size in pixels as typed among them."""
    model = MODELS.get(model_id)
    suggestions = [(size_in_words(ratio), ratio) for ratio in RATIOS]
    wanted = typed.strip()
    if model is not None and wanted not in RATIOS and model.takes_size(wanted):
        suggestions.insert(0, (f"{size_in_words(wanted)}, as typed", wanted))
    return _matching(typed, suggestions)


def _model_in_words(model: Model, default: str) -> str:
    usual = "default, " if model.id == default else ""
    price = model.estimated_microcredits / 1_000_000
    seconds = math.ceil(model.usual_seconds)
    words = f"{model.id}: {usual}{GOOD_FOR[model.id]} (about {price:.2g} credits, {seconds} s)"
    return words[:MAX_VALUE_CHARACTERS]


def _matching(typed: str, suggestions: Iterable[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    wanted = typed.strip().casefold()
    matching = [
        app_commands.Choice(name=words, value=value)
        for words, value in suggestions
        if wanted in words.casefold() or wanted == value.casefold()
    ]
    return matching[:MAX_SUGGESTIONS]
