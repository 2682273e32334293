"""Models, sizes, counts and styles in words, and which of them autocomplete suggests to a user."""

from __future__ import annotations

import asyncio
import math
import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from discord import app_commands

from domain.amounts import credits_number
from domain.models import Action
from flux.catalogue import MODELS, RATIOS
from jobs.requests import AUTO_SIZE, DefaultModels
from storage.styles import Style, StyleOwner, StyleRepository
from ui.i18n import Words, languages, words_of
from ui.submit import asker_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from jobs.request_service import Defaults
    from services.limits_and_access import Rules
    from services.moderation import Moderation
    from ui import Interaction

MAX_SUGGESTIONS: Final = 25
"""Discord's limit; application-commands documentation."""

MAX_VALUE_CHARACTERS: Final = 100
"""Discord's limit on a suggested value; application-commands documentation."""

TypedName: TypeAlias = app_commands.Range[str, 1, MAX_VALUE_CHARACTERS]
"""An option of a command that takes a name or a size."""

Suggestions: TypeAlias = list[app_commands.Choice[str]]

STYLE_DEADLINE_S: Final = 0.8
"""For looking up a style, of the 3 s in which Discord takes an answer."""

_PIXELS: Final = re.compile("[0-9]{1,6}x[0-9]{1,6}")
_TIMES: Final = re.compile("[x×]")  # the sign people read


def good_for(model_id: str, words: Words) -> str:
    return words(f"model-{model_id.replace('.', '-')}")


def size_in_words(size: str, words: Words) -> str:
    """Return a size as people say it: "Landscape 16:9", "1344 x 768 pixels"."""
    if size == AUTO_SIZE:
        return words("form-own-shape")
    if size in RATIOS:
        across, down = map(int, size.split(":"))
        if across == down:
            return words("size-square", size=size)
        return words("size-landscape" if across > down else "size-portrait", size=size)
    return _pixels_in_words(size, words, "size-pixels")


def size_from_words(text: str | None) -> str | None:
    """Return the size that was typed; a suggestion typed out, in any language, counts as picked."""
    if text is None or not text.strip():
        return None
    ratio = _ratios_by_words().get(text.strip().casefold())
    if ratio is not None:
        return ratio
    wanted = _plain(text)
    if pixels := _PIXELS.match(wanted):
        forms = (
            _plain(_pixels_in_words(pixels[0], words, message_id))
            for words in languages().values()
            for message_id in ("size-pixels", "size-pixels-typed")
        )
        if wanted == pixels[0] or wanted in forms:
            return pixels[0]
    return text.strip()


def suggest_models(
    typed: str, words: Words, *, editing: bool, default: str, gone: Collection[str]
) -> Suggestions:
    """Return the models to choose from, the default first; those that are gone can be typed."""
    models = [
        model for model in MODELS.values() if (model.edits or not editing) and model.id not in gone
    ]
    models.sort(key=lambda model: model.id != default)
    suggestions = []
    for model in models:
        shown = words(
            "suggested-model-default" if model.id == default else "suggested-model",
            model=model.id,
            good=good_for(model.id, words),
            amount=credits_number(model.estimated_microcredits),
            seconds=str(math.ceil(model.usual_seconds)),
        )
        suggestions.append((shown, model.id))
    return matching(typed, suggestions)


def suggest_counts(
    typed: str, words: Words, *, most: int, model_id: str
) -> list[app_commands.Choice[int]]:
    model = MODELS.get(model_id)
    suggestions = []
    for count in range(1, most + 1):
        shown = words("suggested-count", count=count)
        if model is not None:
            price = credits_number(model.estimated_microcredits * count)
            shown = words("suggested-count-priced", count=count, amount=price)
        if typed.strip() in {"", str(count)}:
            suggestions.append(app_commands.Choice(name=shown, value=count))
    return suggestions


def suggest_sizes(typed: str, words: Words, *, model_id: str) -> Suggestions:
    """Return the sizes that the model takes, a size in pixels as typed among them."""
    model = MODELS.get(model_id)
    suggestions = [(size_in_words(ratio, words), ratio) for ratio in RATIOS]
    wanted = typed.strip()
    if model is not None and wanted not in RATIOS and model.takes_size(wanted):
        suggestions.insert(0, (_pixels_in_words(wanted, words, "size-pixels-typed"), wanted))
    return matching(typed, suggestions)


class Offers:
    """Leaves out of suggestions what a request would be refused for."""

    def __init__(
        self,
        rules: Rules,
        moderation: Moderation,
        defaults: Defaults,
        models_gone: Callable[[], Collection[str]],
    ) -> None:
        self._rules = rules
        self._moderation = moderation
        self._defaults = defaults
        self._models_gone = models_gone

    def check(self, interaction: Interaction, action: Action) -> None:
        """Raise UserError where a user is blocked or may use no model for it, before they type."""
        asker, at = asker_of(interaction), interaction.created_at
        if not self._rules.usable_models(asker, action):
            usual = self.usual(interaction).of(action)
            self._rules.check_model(asker, action, usual)
        self._moderation.check_person(user_id=asker.user_id, guild_id=asker.guild_id, now=at)

    def check_avatar(self, interaction: Interaction, user_id: int) -> None:
        self._rules.check_avatar(asker_of(interaction), user_id)

    def left_out(self, interaction: Interaction) -> Collection[str]:
        """Return the models that the user may not use, or that are not currently offered."""
        usable = self._rules.usable_models(asker_of(interaction))
        return {*MODELS} - {*usable} | {*self._models_gone()}

    def most_pictures(self, interaction: Interaction) -> int:
        return self._rules.most_pictures(asker_of(interaction))

    def usual(self, interaction: Interaction) -> DefaultModels:
        """Return the models of a user's requests that name none."""
        return self._defaults.models(interaction.user.id, interaction.guild_id)

    def suggest_models(
        self, interaction: Interaction, typed: str, *, action: Action
    ) -> Suggestions:
        return suggest_models(
            typed,
            words_of(interaction),
            editing=action is Action.EDIT,
            default=self.usual(interaction).of(action),
            gone=self.left_out(interaction),
        )

    def suggest_sizes(self, interaction: Interaction, typed: str, *, action: Action) -> Suggestions:
        model_id = interaction.namespace.model or self.usual(interaction).of(action)
        return suggest_sizes(typed, words_of(interaction), model_id=model_id)


async def suggest_styles(
    styles: StyleRepository,
    interaction: Interaction,
    typed: str,
    *,
    owner: StyleOwner | None = None,
) -> Suggestions:
    async with asyncio.timeout(STYLE_DEADLINE_S):
        usable = await styles.list_usable(interaction.user.id, interaction.guild_id)
    words, names = words_of(interaction), dict[str, tuple[str, str]]()
    for style in usable:
        if owner in {None, style.owner}:
            is_server_s = style.owner is StyleOwner.GUILD
            shown = words(
                "suggested-style-guild" if is_server_s else "suggested-style",
                name=style.name,
                words=style_in_words(style, words),
            )
            if typed.strip().casefold() in shown.casefold():
                names.setdefault(style.name.casefold(), (shown, style.name))
    # Of two by one name the first is taken.
    return matching("", names.values())


def style_in_words(style: Style, words: Words) -> str:
    around = words("style-words", before=style.before, after=style.after)
    size = size_in_words(style.size, words) if style.size else None
    facts = [" ".join(around.split()), style.model, size]
    return " · ".join(fact for fact in facts if fact)


@cache
def _ratios_by_words() -> Mapping[str, str]:
    return {
        size_in_words(ratio, words).casefold(): ratio
        for words in languages().values()
        for ratio in RATIOS
    }


def _pixels_in_words(size: str, words: Words, message_id: str) -> str:
    width, _, height = size.partition("x")
    return words(message_id, width=width, height=height)


def _plain(text: str) -> str:
    return "x".join(part.strip() for part in _TIMES.split(text))


def matching(typed: str, suggestions: Iterable[tuple[str, str]]) -> Suggestions:
    """Return the suggestions, each a text and its value, that what was typed is part of."""
    wanted = typed.strip().casefold()
    choices = (
        app_commands.Choice(name=suggestion[:MAX_VALUE_CHARACTERS], value=value)
        for suggestion, value in suggestions
        if wanted in suggestion.casefold() or wanted == value.casefold()
    )
    return [*islice(choices, MAX_SUGGESTIONS)]
