"""What is offered to one person: the models and counts that they may use where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flux import MODELS
from ui.autocomplete import usual_models
from ui.places import asker_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import discord

    from domain.models import Action
    from jobs.defaults import Defaults
    from services.limits_and_access import Rules
    from services.moderation import Moderation


class Offers:
    """Leaves out of suggestions what a request would be refused for.

    Args:
        models_gone: tells which models the endpoint does not offer just now.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        moderation: Moderation,
        defaults: Defaults,
        models_gone: Callable[[], Collection[str]],
    ) -> None:
        self._rules = rules
        self._moderation = moderation
        self._defaults = defaults
        self._models_gone = models_gone

    def check(self, interaction: discord.Interaction[Any], action: Action) -> None:
        """Check that somebody may do this where they are, before they fill in a form for it.

        Raises:
            UserError: they are blocked, or may not use any model that can do it.
        """
        asker, at = asker_of(interaction), interaction.created_at
        if not self._rules.usable_models(asker, action):
            usual = usual_models(interaction, self._defaults).of(action)
            self._rules.check_model(asker, action, usual)
        self._moderation.check_person(user_id=asker.user_id, guild_id=asker.guild_id, now=at)

    def check_avatar(self, interaction: discord.Interaction[Any], user_id: int) -> None:
        """Check that somebody's avatar may be edited where a person is.

        Raises:
            UserError: the server has not allowed it, or that person does not.
        """
        self._rules.check_avatar(asker_of(interaction), user_id)

    def left_out(self, interaction: discord.Interaction[Any]) -> Collection[str]:
        """Return the models not to offer to whoever is behind an interaction."""
        usable = self._rules.usable_models(asker_of(interaction))
        return {*MODELS} - {*usable} | {*self._models_gone()}

    def most_pictures(self, interaction: discord.Interaction[Any]) -> int:
        """Return how many pictures they may ask for at once."""
        return self._rules.most_pictures(asker_of(interaction))
