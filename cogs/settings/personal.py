"""/preferences: what a person chooses for themselves, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands
from discord.ext import commands

from cogs.settings.cards import (
    chosen_model,
    chosen_size,
    preferences_card,
    suggest_default_models,
    suggest_default_sizes,
)
from ui.autocomplete import TypedName, usual_models
from ui.i18n import words_of

if TYPE_CHECKING:
    from jobs.defaults import Defaults
    from storage.preferences import ChoiceRepository, Value
    from ui.offers import Offers


class Preferences(commands.Cog):
    """Takes and shows what people choose for themselves."""

    def __init__(
        self,
        *,
        choices: ChoiceRepository,
        defaults: Defaults,
        offers: Offers,
    ) -> None:
        self._choices = choices
        self._defaults = defaults
        self._offers = offers

    @app_commands.command(description="Show or change your default options")
    @app_commands.rename(edit_model="edit-model")
    @app_commands.describe(
        model="Default model",
        edit_model="Default model for edits",
        size="Default size",
        private="Make your images visible only to you by default",
        statistics="Show your name in server statistics",
    )
    async def preferences(  # the options of the command
        self,
        interaction: Interaction[Any],
        model: TypedName | None = None,
        edit_model: TypedName | None = None,
        size: TypedName | None = None,
        private: bool | None = None,  # noqa: FBT001  # an option is passed by name
        statistics: bool | None = None,  # noqa: FBT001  # an option is passed by name
    ) -> None:
        """Store what was named, and show everything."""
        changes: dict[str, Value] = {}
        if model is not None:
            changes["default_model"] = chosen_model(model, editing=False)
        if edit_model is not None:
            changes["default_edit_model"] = chosen_model(edit_model, editing=True)
        if size is not None:
            usual = usual_models(interaction, self._defaults).generate
            used = str(changes.get("default_model") or usual)
            changes["default_size"] = chosen_size(size, model_id=used)
        if private is not None:
            changes["private"] = private or None
        if statistics is not None:
            changes["counted"] = None if statistics else False
        if changes:
            await self._choices.change_of_user(interaction.user.id, **changes)
        card = preferences_card(
            self._choices.of_user(interaction.user.id),
            usual_models(interaction, self._defaults),
            words_of(interaction),
            saved=bool(changes),
        )
        await interaction.response.send_message(view=card, ephemeral=True)

    @preferences.autocomplete("model")
    async def suggest_model(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest models in words."""
        return suggest_default_models(
            typed,
            words_of(interaction),
            editing=False,
            default=usual_models(interaction, self._defaults).generate,
            gone=self._offers.left_out(interaction),
        )

    @preferences.autocomplete("edit_model")
    async def suggest_edit_model(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the models that edit, in words."""
        return suggest_default_models(
            typed,
            words_of(interaction),
            editing=True,
            default=usual_models(interaction, self._defaults).edit,
            gone=self._offers.left_out(interaction),
        )

    @preferences.autocomplete("size")
    async def suggest_size(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the sizes of the model chosen so far."""
        usual = usual_models(interaction, self._defaults).generate
        model_id = interaction.namespace.model or usual
        return suggest_default_sizes(typed, words_of(interaction), model_id=model_id)
