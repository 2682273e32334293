"""/access: models and channels that roles and users may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.limits.rules import (
    ConfirmRuleId,
    access_card,
    access_set_card,
    clear_rule,
    confirm_rule_card,
    own_access_card,
    stopped_by,
    suggest_rules,
)
from domain.errors import UserError
from domain.limits import AccessRule, Effect, Who
from domain.models import Problem
from flux.catalogue import MODELS
from jobs.requests import model_from_words
from ui.autocomplete import Suggestions, TypedName, suggest_models
from ui.components import Card, answer, check_open
from ui.i18n import words_of
from ui.submit import asker_of

if TYPE_CHECKING:
    from services.limits_and_access import Rules
    from ui import Interaction

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
        return discord.AppCommandOptionType.channel

    async def transform(self, interaction: Interaction, value: Any, /) -> discord.abc.Snowflake:  # noqa: ANN401  # as discord.py read it
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
    async def allow(
        self,
        interaction: Interaction,
        role: discord.Role | None = None,
        user: discord.User | None = None,
        model: TypedName | None = None,
        channel: Channel | None = None,
    ) -> None:
        rule = _rule(interaction, Effect.ALLOW, *_whom(role, user), model, channel)
        words, client = words_of(interaction), interaction.client
        stopped = stopped_by(rule, words, client)
        others = self._rules.repository.of(rule.guild_id).access
        if not stopped or any(other.effect is Effect.ALLOW for other in others):
            card = await self._set(interaction, rule)
        else:
            card = confirm_rule_card(rule, stopped, words, client)
        await answer(interaction, card)

    async def confirm(self, interaction: Interaction, pressed: ConfirmRuleId) -> None:
        check_open(interaction, "/access allow")
        channel = discord.Object(pressed.channel_id) if pressed.channel_id else None
        whom = (pressed.who, pressed.target_id)
        rule = _rule(interaction, Effect.ALLOW, *whom, pressed.model, channel)
        await interaction.response.edit_message(view=await self._set(interaction, rule))

    @app_commands.command(description="Deny for a role or user; overrides allow rules")
    @app_commands.describe(**OPTIONS)
    async def deny(
        self,
        interaction: Interaction,
        role: discord.Role | None = None,
        user: discord.User | None = None,
        model: TypedName | None = None,
        channel: Channel | None = None,
    ) -> None:
        rule = _rule(interaction, Effect.DENY, *_whom(role, user), model, channel)
        await answer(interaction, await self._set(interaction, rule))

    @app_commands.command(description="Remove an allow or deny rule")
    @app_commands.describe(rule="Rule")
    async def clear(self, interaction: Interaction, rule: TypedName) -> None:
        among = self._rules.repository.of(interaction.guild_id).access
        said = ("access-cleared", "access-unknown")
        await clear_rule(interaction, self._rules, rule, among, said)

    @app_commands.command(description="Show allow and deny rules")
    @app_commands.describe(user="What a user can use in this channel")
    async def show(self, interaction: Interaction, user: discord.User | None = None) -> None:
        words = words_of(interaction)
        if user is None:
            rules = self._rules.repository.of(interaction.guild_id).access
            card = access_card(rules, words, interaction.client)
        else:
            asker = asker_of(interaction, user)
            models, most = self._rules.usable_models(asker), self._rules.most_pictures(asker)
            card = own_access_card(user.mention, models, most, words)
        await answer(interaction, card)

    async def _set(self, interaction: Interaction, rule: AccessRule) -> Card:
        others = self._rules.repository.of(rule.guild_id).access
        before = await self._rules.repository.set_rule(rule)
        return access_set_card(rule, before, others, words_of(interaction), interaction.client)

    @allow.autocomplete("model")
    @deny.autocomplete("model")
    async def suggest_model(self, interaction: Interaction, typed: str) -> Suggestions:
        words, default = words_of(interaction), self._default_model
        return suggest_models(typed, words, editing=False, default=default, gone=())

    @clear.autocomplete("rule")
    async def suggest_rule(self, interaction: Interaction, typed: str) -> Suggestions:
        among = self._rules.repository.of(interaction.guild_id).access
        return await suggest_rules(interaction, self._rules, typed, among)


def _whom(role: discord.Role | None, user: discord.User | None) -> tuple[Who, int | None]:
    """Return for whom a rule is to be, None for everybody."""
    if role is not None and user is not None:
        raise UserError("limits-do-not-fit")
    if user is not None:
        return Who.USER, user.id
    return Who.ROLE, role.id if role else None


def _rule(
    interaction: Interaction,
    effect: Effect,
    who: Who,
    target_id: int | None,
    model: str | None,
    channel: discord.abc.Snowflake | None,
) -> AccessRule:
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
