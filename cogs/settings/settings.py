"""/settings of a server, and /preferences of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discord import app_commands
from discord.ext import commands

from cogs.settings.panel import ControlId, Field, Panel, PanelName, SaveId
from domain.errors import UserError
from domain.models import Action, Problem
from flux.catalogue import MAX_COUNT, MODELS, RATIOS
from jobs.requests import DEFAULT_SIZE, DefaultModels
from ui.autocomplete import (
    Offers,
    Suggestions,
    TypedName,
    good_for,
    size_from_words,
    size_in_words,
)
from ui.i18n import Words, languages, words_of
from ui.submit import ReplyEdits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from jobs.request_service import Defaults
    from storage.preferences import ChoiceRepository, GuildChoices, UserChoices, Value
    from ui import Interaction

MAX_RETENTION_DAYS: Final = 3_650

RETENTION_DAYS: Final = (7, 30, 90, 365, 0)
"""Offered without typing; 0 is unlimited."""


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
            name: Panel(name=name, command=command, fields=fields, choices=chosen)
            for name, command, fields, chosen in (
                (PanelName.SERVER, "/settings", self._server_fields, choices.guilds),
                (PanelName.OWN, "/preferences", self._own_fields, choices.users),
            )
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
        interaction: Interaction,
        size: TypedName | None = None,
        retention: app_commands.Range[int, 0, MAX_RETENTION_DAYS] | None = None,
    ) -> None:
        changes: dict[str, Value] = {}
        if size is not None:
            usual = self._defaults.models(None, interaction.guild_id).generate
            changes["default_size"] = _checked_size(size, usual)
        if retention is not None:
            changes["retention_days"] = retention
        await self._panels[PanelName.SERVER].open(interaction, changes)

    @app_commands.command(description="Show or change your own defaults")
    @app_commands.describe(
        size="Default size of your new images, such as 1344x768; saved at once",
        dm="Send your images to your DMs too; saved at once",
    )
    async def preferences(
        self, interaction: Interaction, size: TypedName | None = None, dm: bool | None = None
    ) -> None:
        changes: dict[str, Value] = {}
        if size is not None:
            usual = self._offers.usual(interaction).generate
            changes["default_size"] = _checked_size(size, usual)
        if dm is not None:
            changes["dm"] = dm or None
        await self._panels[PanelName.OWN].open(interaction, changes)

    @settings.autocomplete("size")
    @preferences.autocomplete("size")
    async def suggest_size(self, interaction: Interaction, typed: str) -> Suggestions:
        return self._offers.suggest_sizes(interaction, typed, action=Action.GENERATE)

    async def press(self, interaction: Interaction, pressed: ControlId) -> None:
        await self._panels[pressed.panel].press(interaction, pressed)

    async def save(self, interaction: Interaction, pressed: SaveId) -> None:
        await self._panels[pressed.panel].save(interaction)

    def _server_fields(self, interaction: Interaction) -> list[Field]:
        chosen = self._choices.guilds.of(interaction.guild_id)
        usual = self._defaults.models(None, None)
        return server_fields(chosen, usual, words_of(interaction), gone=self._models_gone())

    def _own_fields(self, interaction: Interaction) -> list[Field]:
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


def server_fields(
    chosen: GuildChoices, usual: DefaultModels, words: Words, *, gone: Collection[str]
) -> list[Field]:
    """Return what a server chooses; `usual` are the models that are taken where it does not."""
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
    chosen: GuildChoices | UserChoices, usual: DefaultModels, words: Words, *, gone: Collection[str]
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
        notes={each: good_for(each, words) for each in offered},
    )


def _switch(key: str, words: Words) -> Field:
    return Field(key=key, options={"": words("value-no"), "on": words("value-yes")}, is_switch=True)
