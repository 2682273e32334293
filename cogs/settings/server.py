"""/settings: what a server chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from discord import Interaction, TextChannel, app_commands
from discord.ext import commands

from cogs.settings.cards import (
    chosen_model,
    chosen_size,
    settings_card,
    suggest_default_models,
    suggest_default_sizes,
)
from domain.errors import UserError
from flux.catalogue import MAX_COUNT  # noqa: TC001  # discord.py reads it at run time
from ui.autocomplete import TypedName  # noqa: TC001  # discord.py reads it at run time
from ui.command_translations import choice
from ui.errors import text_card
from ui.i18n import languages, words_of
from ui.reply_edits import ReplyEdits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from jobs.defaults import Defaults
    from jobs.requests import DefaultModels
    from storage.preferences import ChoiceRepository, Value

WHO: Final = [
    choice("Everyone", ReplyEdits.EVERYONE, "choice-everyone"),
    choice(
        "Requester; others need to mention me (default)", ReplyEdits.REQUESTER, "choice-requester"
    ),
    choice("Anyone who mentions me", ReplyEdits.MENTION, "choice-mention"),
    choice("Nobody", ReplyEdits.OFF, "choice-nobody"),
]

AS_DISCORD: Final = "discord"

LANGUAGES: Final = [
    choice("Same as the server's Discord language (default)", AS_DISCORD, "choice-as-discord"),
    *(
        app_commands.Choice(name=words("language-name"), value=locale)
        for locale, words in languages().items()
    ),
]
"""Each language by its own name, as those who read it know it."""

MAX_RETENTION_DAYS: Final = 3_650


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(
    commands.GroupCog,
    group_name="settings",
    group_description="Server settings",
):
    """Takes the choices of those who manage a server."""

    def __init__(
        self,
        *,
        choices: ChoiceRepository,
        defaults: Defaults,
        models_gone: Callable[[], Collection[str]],
    ) -> None:
        self._choices = choices
        self._defaults = defaults
        self._models_gone = models_gone

    @app_commands.command(description="Show the server settings")
    async def show(self, interaction: Interaction[Any]) -> None:
        """Show everything that was chosen."""
        await self._show(interaction, saved=False)

    @app_commands.command(name="defaults", description="Set this server's default options")
    @app_commands.rename(edit_model="edit-model")
    @app_commands.describe(
        model="Default model",
        edit_model="Default model for edits",
        size="Default size",
        count="Default number of images, 1 to 4",
        spoiler="Hide images until clicked",
    )
    async def set_defaults(  # the options of the command
        self,
        interaction: Interaction[Any],
        model: TypedName | None = None,
        edit_model: TypedName | None = None,
        size: TypedName | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        spoiler: bool | None = None,  # noqa: FBT001  # an option is passed by name
    ) -> None:
        """Choose what is taken where a person and their preferences name nothing."""
        changes: dict[str, Value] = {}
        if model is not None:
            changes["default_model"] = chosen_model(model, editing=False)
        if edit_model is not None:
            changes["default_edit_model"] = chosen_model(edit_model, editing=True)
        if size is not None:
            used = str(changes.get("default_model") or self._usual(interaction).generate)
            changes["default_size"] = chosen_size(size, model_id=used)
        if count is not None:
            changes["default_count"] = count
        if spoiler is not None:
            changes["spoiler"] = spoiler
        if changes:
            await self._choose(interaction, **changes)
        await self._show(interaction, saved=bool(changes))

    @app_commands.command(description="Set the language of public messages")
    @app_commands.describe(language="Language")
    @app_commands.choices(language=LANGUAGES)
    async def language(
        self, interaction: Interaction[Any], language: app_commands.Choice[str]
    ) -> None:
        """Choose the language of cards that everybody reads; each person keeps their own."""
        as_discord = language.value == AS_DISCORD
        await self._choose(interaction, language=None if as_discord else language.value)
        await self._show(interaction, saved=True)

    @app_commands.command(description="Set how long prompts and images are kept")
    @app_commands.describe(
        days="Days; 0: unlimited; default: set by the bot owner",
    )
    async def retention(
        self,
        interaction: Interaction[Any],
        days: app_commands.Range[int, 0, MAX_RETENTION_DAYS] | None = None,
    ) -> None:
        """Choose how long what was asked for here is kept."""
        await self._choose(interaction, retention_days=days)
        await self._show(interaction, saved=True)

    @app_commands.command(name="log-channel", description="Set the log channel for moderators")
    @app_commands.describe(channel="Log channel; leave empty for none")
    async def log_channel(
        self, interaction: Interaction[Any], channel: TextChannel | None = None
    ) -> None:
        """Choose where moderators see pictures, or that they see them nowhere."""
        if channel is not None:
            granted = channel.permissions_for(channel.guild.me)
            if not (granted.view_channel and granted.send_messages and granted.attach_files):
                raise UserError("log-channel-closed")
        await self._choose(interaction, log_channel_id=channel.id if channel else None)
        await self._show(interaction, saved=True)

    @app_commands.command(name="reply-edits", description="Set who can edit images by replying")
    @app_commands.describe(who="Who can edit images by replying")
    @app_commands.choices(who=WHO)
    async def reply_edits(
        self, interaction: Interaction[Any], who: app_commands.Choice[str]
    ) -> None:
        """Choose who edits by replying."""
        await self._choose(interaction, reply_edits=who.value)
        said = words_of(interaction)(f"reply-edits-{who.value}")
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @app_commands.command(
        name="mention-generates",
        description="Set whether a mention with a prompt generates an image",
    )
    @app_commands.describe(allowed="Generate an image from a mention with a prompt")
    async def mention_generates(self, interaction: Interaction[Any], allowed: bool) -> None:  # noqa: FBT001  # an option is passed by name
        """Choose whether a mention makes pictures from words."""
        await self._choose(interaction, mention_generates=allowed)
        said = words_of(interaction)(f"mention-generates-{'on' if allowed else 'off'}")
        await interaction.response.send_message(view=text_card(said), ephemeral=True)

    @set_defaults.autocomplete("model")
    async def suggest_model(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest models in words."""
        return suggest_default_models(
            typed,
            words_of(interaction),
            editing=False,
            default=self._usual(interaction).generate,
            gone=self._models_gone(),
        )

    @set_defaults.autocomplete("edit_model")
    async def suggest_edit_model(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the models that edit, in words."""
        return suggest_default_models(
            typed,
            words_of(interaction),
            editing=True,
            default=self._usual(interaction).edit,
            gone=self._models_gone(),
        )

    @set_defaults.autocomplete("size")
    async def suggest_size(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the sizes of the model chosen so far."""
        model_id = interaction.namespace.model or self._usual(interaction).generate
        return suggest_default_sizes(typed, words_of(interaction), model_id=model_id)

    def _usual(self, interaction: Interaction[Any]) -> DefaultModels:
        return self._defaults.models(None, interaction.guild_id)

    async def _show(self, interaction: Interaction[Any], *, saved: bool) -> None:
        card = settings_card(
            self._choices.of_guild(interaction.guild_id),
            self._usual(interaction),
            words_of(interaction),
            saved=saved,
        )
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _choose(self, interaction: Interaction[Any], **changes: Value) -> None:
        await self._choices.change_of_guild(interaction.guild_id or 0, **changes)
