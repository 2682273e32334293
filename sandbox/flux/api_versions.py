"""The two contracts that the API had: the vendor's reference page, and the service of today."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.flux.models import CURRENT_MODELS, DOCUMENTED_MODELS, Model
from sandbox.flux.response_format import ResponseFormat

Era = Literal["documented", "current"]
ERAS: tuple[Era, ...] = get_args(Era)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a request is held against."""

    models: Mapping[str, Model]
    is_size_required: bool
    knows_async: bool


RULES: Mapping[Era, Rules] = {
    "documented": Rules(DOCUMENTED_MODELS, is_size_required=False, knows_async=False),
    "current": Rules(CURRENT_MODELS, is_size_required=True, knows_async=True),
}

# The reference page's fields; it has no price, and an accepted call told the task's id alone.
MANNERS: Mapping[Era, ResponseFormat] = {
    "documented": ResponseFormat(items="reference", has_cost=False, accepted_has_trace=False),
    "current": ResponseFormat(),
}


def era_named(name: str) -> Era:
    """Give the era of that name; raises ValueError where there is none."""
    for era in ERAS:
        if era == name:
            return era
    raise ValueError(f"era must be one of {', '.join(ERAS)}")
