"""/access: models and channels that roles and users may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.limits.cards import (
    access_card,
    access_set_card,
    confirm_rule_card,
    own_access_card,
    stopped_by,
)
from cogs.limits.rules import clear_rule, suggest_rules
from domain.errors import UserError
from domain.limits import AccessRule, Effect, Who
from domain.models import Problem
from flux import MODELS
from ui.autocomplete import TypedName, model_from_words, suggest_models
from ui.components import check_open
from ui.i18n import words_of
from ui.places import asker_of_member

if TYPE_CHECKING:
    from cogs.limits.cards import ConfirmRuleId
    from services.limits_and_access import Rules
    from ui.components import Card

OPTIONS: Final = {
    "role": "Role; default: everyone",
    "user": "User",
    "model": "Model; default: every model",
    "channel": "Channel or category; default: every channel",
}
"""Of what is allowed, and of what is denied."""


class AnyChannel(app_commands.Transformer):
    """A channel, thread or category, of whichever kind."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The option's type; part of discord.py's interface."""
        return discord.AppCommandOptionType.channel

    async def transform(
        self,
        interaction: discord.Interaction[Any],
        value: Any,  # noqa: ANN401  # as discord.py read it
        /,
    ) -> discord.abc.Snowflake:
        """Take it as it is; part of discord.py's interface."""
        del interaction
        return value  # type: ignore[no-any-return]


Channel = app_commands.Transform[discord.abc.Snowflake, AnyChannel]


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class AccessCommands(
    commands.GroupCog, group_name="access", group_description="Allow or deny models and channels"
):
    """Sets the access rules of a server."""

    def __init__(self, *, rules: Rules, default_model: str) -> None:
        self._rules = rules
        self._default_model = default_model

    @app_commands.command(description="Allow for a role or user; everything else is denied")
    @app_commands.describe(**OPTIONS)
    async def allow(  # the options of the command
        self,
        interaction: discord.Interaction[Any],
        role: discord.Role | None = None,
        user: discord.User | None = None,
        model: TypedName | None = None,
        channel: Channel | None = None,
    ) -> None:
        """Allow it, in place of a denial of the same; ask before it closes everything else."""
        rule = _rule(interaction, Effect.ALLOW, _whom(role, user), model, channel)
        words, client = words_of(interaction), interaction.client
        stopped = stopped_by(rule, words, client)
        others = self._rules.access_of(rule.guild_id)
        if not stopped or any(other.effect is Effect.ALLOW for other in others):
            await self._set(interaction, rule)
            return
        card = confirm_rule_card(rule, stopped, words, client)
        await interaction.response.send_message(view=card, ephemeral=True)

    async def confirm(self, interaction: discord.Interaction[Any], pressed: ConfirmRuleId) -> None:
        """Set the rule that was asked about, in place of the question."""
        check_open(interaction, "/access allow")
        guild_id = interaction.guild_id or 0
        rule = AccessRule(
            guild_id=guild_id,
            effect=Effect.ALLOW,
            who=pressed.who,
            target_id=pressed.target_id,
            model=pressed.model,
            channel_id=pressed.channel_id,
            set_by=interaction.user.id,
            set_at=interaction.created_at,
        )
        await interaction.response.edit_message(view=await self._stored(interaction, rule))

    @app_commands.command(description="Deny for a role or user; overrides allow rules")
    @app_commands.describe(**OPTIONS)
    async def deny(  # the options of the command
        self,
        interaction: discord.Interaction[Any],
        role: discord.Role | None = None,
        user: discord.User | None = None,
        model: TypedName | None = None,
        channel: Channel | None = None,
    ) -> None:
        """Deny it, in place of a permission for the same."""
        rule = _rule(interaction, Effect.DENY, _whom(role, user), model, channel)
        await self._set(interaction, rule)

    @app_commands.command(description="Remove an allow or deny rule")
    @app_commands.describe(rule="Rule")
    async def clear(self, interaction: discord.Interaction[Any], rule: TypedName) -> None:
        """Remove it, a deleted role's too."""
        await clear_rule(
            interaction,
            self._rules,
            rule,
            self._rules.access_of(interaction.guild_id),
            cleared="access-cleared",
            unknown="access-unknown",
        )

    @app_commands.command(description="Show allow and deny rules")
    @app_commands.describe(user="What a user can use in this channel")
    async def show(
        self, interaction: discord.Interaction[Any], user: discord.User | None = None
    ) -> None:
        """Show the server's rules, or what they come to for one person here."""
        words = words_of(interaction)
        if user is None:
            rules = self._rules.access_of(interaction.guild_id)
            card = access_card(rules, words, interaction.client)
        else:
            asker = asker_of_member(interaction, user)
            models, most = self._rules.usable_models(asker), self._rules.most_pictures(asker)
            card = own_access_card(user.mention, models, most, words)
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _set(self, interaction: discord.Interaction[Any], rule: AccessRule) -> None:
        card = await self._stored(interaction, rule)
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _stored(self, interaction: discord.Interaction[Any], rule: AccessRule) -> Card:
        others = self._rules.access_of(rule.guild_id)
        before = await self._rules.repository.set_rule(rule)
        return access_set_card(rule, before, others, words_of(interaction), interaction.client)

    @allow.autocomplete("model")
    @deny.autocomplete("model")
    async def suggest_model(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest every model, those that the person may not use themselves too."""
        words, default = words_of(interaction), self._default_model
        return suggest_models(typed, words, editing=False, default=default, gone=())

    @clear.autocomplete("rule")
    async def suggest_rule(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest what is allowed and denied."""
        among = self._rules.access_of(interaction.guild_id)
        return await suggest_rules(interaction, self._rules, typed, among)


def _whom(role: discord.Role | None, user: discord.User | None) -> tuple[Who, int | None]:
    """Return for whom a rule is to be, None for everybody."""
    if role is not None and user is not None:
        raise UserError("limits-do-not-fit")
    if user is not None:
        return Who.USER, user.id
    return Who.ROLE, role.id if role else None


def _rule(
    interaction: discord.Interaction[Any],
    effect: Effect,
    whom: tuple[Who, int | None],
    model: str | None,
    channel: discord.abc.Snowflake | None,
) -> AccessRule:
    who, target_id = whom
    model_id = model_from_words(model)
    if model_id is not None and model_id not in MODELS:
        raise UserError(Problem.MODEL_UNKNOWN, model=model_id)
    guild_id = interaction.guild_id or 0
    return AccessRule(
        guild_id=guild_id,
        effect=effect,
        who=who,
        # Everybody's role has the server's number.
        target_id=target_id or guild_id,
        model=model_id,
        channel_id=channel.id if channel else None,
        set_by=interaction.user.id,
        set_at=interaction.created_at,
    )
