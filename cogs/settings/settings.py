"""/settings of a server, and /preferences of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from discord import Interaction, app_commands
from discord.ext import commands

from cogs.settings.fields import own_fields, server_fields
from cogs.settings.panel import Panel, PanelName
from domain.errors import UserError
from domain.models import Problem
from flux import MODELS
from ui.autocomplete import TypedName, size_from_words, suggest_sizes
from ui.i18n import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cogs.settings.panel import ControlId, Field, SaveId
    from jobs.request_service import Defaults
    from storage.preferences import ChoiceRepository, Value
    from ui.autocomplete import Offers

MAX_RETENTION_DAYS: Final = 3_650


class SettingsCommands(commands.Cog):
    """Opens both panels; what is worth typing is stored at once."""

    def __init__(
        self,
        choices: ChoiceRepository,
        defaults: Defaults,
        offers: Offers,
        models_gone: Callable[[], Collection[str]],
    ) -> None:
        self._choices = choices
        self._defaults = defaults
        self._offers = offers
        self._models_gone = models_gone
        self._panels = {
            PanelName.SERVER: Panel(
                PanelName.SERVER,
                command="/settings",
                fields=self._server_fields,
                choices=choices.guilds,
            ),
            PanelName.OWN: Panel(
                PanelName.OWN,
                command="/preferences",
                fields=self._own_fields,
                choices=choices.users,
            ),
        }

    @app_commands.command(description="Show or change this server's settings")
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        size="Default size of new images, such as 1344x768; saved at once",
        retention="Days that prompts and images are kept, 0 for unlimited; saved at once",
    )
    async def settings(
        self,
        interaction: Interaction[Any],
        size: TypedName | None = None,
        retention: app_commands.Range[int, 0, MAX_RETENTION_DAYS] | None = None,
    ) -> None:
        """Store what was typed, and show everything."""
        changes: dict[str, Value] = {}
        if size is not None:
            usual = self._defaults.models(None, interaction.guild_id).generate
            changes["default_size"] = _checked_size(size, usual)
        if retention is not None:
            changes["retention_days"] = retention
        if changes:
            await self._choices.guilds.change(interaction.guild_id or 0, **changes)
        await self._panels[PanelName.SERVER].open(interaction, saved=bool(changes))

    @app_commands.command(description="Show or change your own defaults")
    @app_commands.describe(
        size="Default size of your new images, such as 1344x768; saved at once",
        dm="Send your images to your DMs too; saved at once",
    )
    async def preferences(
        self,
        interaction: Interaction[Any],
        size: TypedName | None = None,
        dm: bool | None = None,  # noqa: FBT001  # an option is passed by name
    ) -> None:
        """Store what was typed, and show everything."""
        changes: dict[str, Value] = {}
        if size is not None:
            usual = self._offers.usual(interaction).generate
            changes["default_size"] = _checked_size(size, usual)
        if dm is not None:
            changes["dm"] = dm or None
        if changes:
            await self._choices.users.change(interaction.user.id, **changes)
        await self._panels[PanelName.OWN].open(interaction, saved=bool(changes))

    @settings.autocomplete("size")
    @preferences.autocomplete("size")
    async def suggest_size(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the sizes of the model that is taken."""
        usual = self._offers.usual(interaction).generate
        return suggest_sizes(typed, words_of(interaction), model_id=usual)

    async def press(self, interaction: Interaction[Any], pressed: ControlId) -> None:
        """Pick a value in a panel."""
        await self._panels[pressed.panel].press(interaction, pressed)

    async def save(self, interaction: Interaction[Any], pressed: SaveId) -> None:
        """Store what is picked in a panel."""
        await self._panels[pressed.panel].save(interaction)

    def _server_fields(self, interaction: Interaction[Any]) -> list[Field]:
        chosen = self._choices.guilds.of(interaction.guild_id)
        usual = self._defaults.models(None, None)
        return server_fields(chosen, usual, words_of(interaction), gone=self._models_gone())

    def _own_fields(self, interaction: Interaction[Any]) -> list[Field]:
        chosen = self._choices.users.of(interaction.user.id)
        usual = self._defaults.models(None, interaction.guild_id)
        gone = self._offers.left_out(interaction)
        return own_fields(chosen, usual, words_of(interaction), gone=gone)


def _checked_size(typed: str, model_id: str) -> str | None:
    size = size_from_words(typed)
    if size is not None and not MODELS[model_id].takes_size(size):
        known = any(model.takes_size(size) for model in MODELS.values())
        problem = Problem.SIZE_NOT_FOR_MODEL if known else Problem.SIZE_UNKNOWN
        raise UserError(problem, size=size, model=model_id)
    return size
