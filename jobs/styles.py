"""What a style makes of a request, and which styles can be saved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.models import Problem
from flux.catalogue import MODELS

if TYPE_CHECKING:
    from jobs.requests import Draft
    from storage.styles import Style

MAX_NAME_CHARACTERS: Final = 32

MAX_WORDS_CHARACTERS: Final = 500
"""Before and after the prompt each, so that half of the longest prompt is left to the person."""

_JOINS_ITSELF: Final = tuple(",.;:!?-()")


def apply_style(style: Style, draft: Draft, *, default_model: str) -> Draft:
    """Return the draft in this style: its words around the prompt, its model and size by default.

    A model that does not edit, or a size that the model does not take, is left out: what a style
    brings along must never be what a request is refused for.
    """
    prompt = draft.prompt
    if prompt.strip():  # an empty one is still refused as such
        before = f"{style.before.strip()} {prompt.strip()}".strip()
        after = style.after.strip()
        glue = "" if not after else " " if after.startswith(_JOINS_ITSELF) else ", "
        prompt = f"{before}{glue}{after}"
    own = MODELS.get(style.model or "")
    is_fitting = own is not None and (own.edits or draft.source is None)
    model = draft.model or (style.model if is_fitting else None)
    used = MODELS.get(model or default_model)
    fits = used is not None and style.size is not None and used.takes_size(style.size)
    return replace(
        draft, prompt=prompt, model=model, size=draft.size or (style.size if fits else None)
    )


def check_style(style: Style) -> None:
    """Raise UserError where a style's model or size is unknown, or they do not go together."""
    if style.model is not None and style.model not in MODELS:
        raise UserError(Problem.MODEL_UNKNOWN, model=style.model)
    if style.size is None:
        return
    if not any(model.takes_size(style.size) for model in MODELS.values()):
        raise UserError(Problem.SIZE_UNKNOWN, size=style.size)
    if style.model is not None and not MODELS[style.model].takes_size(style.size):
        raise UserError(Problem.SIZE_NOT_FOR_MODEL, size=style.size, model=style.model)
