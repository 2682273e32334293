"""What is offered to one person: the models and counts that they may use where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flux import MODELS
from ui.places import asker_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import discord

    from services.limits_and_access import Rules


class Offers:
    """Leaves out of suggestions what a request would be refused for.

    Args:
        models_gone: tells which models the endpoint does not offer just now.
    """

    def __init__(self, *, rules: Rules, models_gone: Callable[[], Collection[str]]) -> None:
        self._rules = rules
        self._models_gone = models_gone

    def left_out(self, interaction: discord.Interaction[Any]) -> Collection[str]:
        """Return the models not to offer to whoever is behind an interaction."""
        usable = self._rules.usable_models(asker_of(interaction))
        return {*MODELS} - {*usable} | {*self._models_gone()}

    def most_pictures(self, interaction: discord.Interaction[Any]) -> int:
        """Return how many pictures they may ask for at once."""
        return self._rules.most_pictures(asker_of(interaction))
