"""/limits: limits of roles, users, servers and the whole bot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.limits.amounts import (
    AMOUNT_CHARACTERS,
    amount_of,
    suggest_amounts,
)
from cogs.limits.cards import (
    base_lines,
    limit_set_card,
    limits_card,
    own_limits_card,
    suggest_servers,
)
from cogs.limits.rules import (
    KIND_CHOICES,
    READ_DEADLINE_S,
    clear_rule,
    sorted_rules,
    suggest_rules,
)
from cogs.limits.targets import limit_target, whole_in_words
from domain.errors import UserError
from domain.limits import EVERYWHERE, Budget, LimitKind, LimitRule, Who, Whose
from ui.autocomplete import TypedName  # noqa: TC001  # discord.py reads it at run time
from ui.formatting import limit_in_words
from ui.i18n import words_of
from ui.places import asker_of_member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.limits_and_access import Rules
    from storage.limits import SpendingRepository
    from ui.operators import Operators


WHOLES: Final = frozenset({Who.ALL, Who.SERVER})


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class LimitCommands(
    commands.GroupCog, group_name="limits", group_description="Limit images and credits"
):
    """Sets limits: the bot owner those of wholes, managers those of roles and users."""

    def __init__(self, rules: Rules, spending: SpendingRepository, operators: Operators) -> None:
        self._rules = rules
        self._spending = spending
        self._operators = operators

    @app_commands.command(name="set", description="Set or replace a limit")
    @app_commands.describe(
        what="Type of limit; days and months start at midnight UTC",
        amount="Amount, such as 10, or No limit",
        role="For each member with this role; without role and user: the whole server",
        user="For one user; overrides role limits",
        server="For a whole server; bot owner only",
        everywhere="Across the whole bot; bot owner only",
    )
    @app_commands.choices(what=KIND_CHOICES)
    async def set_limit(  # noqa: PLR0913, PLR0917  # the options of the command
        self,
        interaction: discord.Interaction[Any],
        what: app_commands.Choice[str],
        amount: app_commands.Range[str, 1, AMOUNT_CHARACTERS],
        role: discord.Role | None = None,
        user: discord.User | None = None,
        server: TypedName | None = None,
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """Set it, and say what it was before."""
        if role is not None and user is not None:
            raise UserError("limits-do-not-fit")
        target = await limit_target(
            interaction, self._operators, role or user, server, everywhere=everywhere
        )
        kind = LimitKind(what.value)
        is_a_whole = target.who in WHOLES or target.guild_id == EVERYWHERE
        if is_a_whole and not kind.is_budget:
            raise UserError("limit-not-of-a-whole")
        rule = LimitRule(
            guild_id=target.guild_id,
            who=target.who,
            target_id=target.target_id,
            kind=kind,
            amount=amount_of(kind, amount),
            set_by=interaction.user.id,
            set_at=interaction.created_at,
        )
        before = await self._rules.repository.set_rule(rule)
        card = limit_set_card(rule, before, words_of(interaction), interaction.client)
        await interaction.response.send_message(view=card, ephemeral=True)

    @app_commands.command(description="Remove a limit")
    @app_commands.describe(rule="Limit")
    async def clear(self, interaction: discord.Interaction[Any], rule: TypedName) -> None:
        """Remove it, a deleted role's too."""
        await clear_rule(
            interaction,
            self._rules,
            rule,
            await self._changeable(interaction),
            cleared="limit-cleared",
            unknown="limit-unknown",
        )

    @app_commands.command(description="Show limits and usage")
    @app_commands.describe(
        user="Limits and usage of a user here",
        everywhere="The whole bot and each server; bot owner only",
    )
    async def show(
        self,
        interaction: discord.Interaction[Any],
        user: discord.User | None = None,
        everywhere: bool = False,  # noqa: FBT001, FBT002  # an option is passed by name
    ) -> None:
        """Show those of the server, of one of its members, or of the whole bot."""
        guild_id = None if everywhere else interaction.guild_id
        if guild_id is None:
            await self._show_all(interaction)
        elif user is not None:
            me = interaction.user.id
            is_own = user.id == me or await self._operators.include(me)
            await self._show_own(interaction, user, elsewhere=is_own)
        else:
            await self._show_rules(interaction, self._rules.limits_of(guild_id), guild_id)

    async def _show_all(self, interaction: discord.Interaction[Any]) -> None:
        if not await self._operators.include(interaction.user.id):
            raise UserError("not-the-operator")
        await self._show_rules(interaction, self._rules.limits_of_wholes(), EVERYWHERE)

    @set_limit.autocomplete("amount")
    async def suggest_amount(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest amounts in words."""
        return suggest_amounts(typed, interaction.namespace.what, words_of(interaction))

    @set_limit.autocomplete("server")
    async def suggest_server(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest servers to the bot owner, and nothing to others."""
        if not await self._operators.include(interaction.user.id):
            return []
        return suggest_servers(typed, interaction.client.guilds)

    @clear.autocomplete("rule")
    async def suggest_rule(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the limits that the user may remove."""
        among = await self._changeable(interaction)
        return await suggest_rules(interaction, self._rules, typed, among)

    async def _changeable(self, interaction: discord.Interaction[Any]) -> list[LimitRule]:
        """Return the limits that are the person's to change: a server's own, and of wholes."""
        here = self._rules.limits_of(interaction.guild_id)
        own = [rule for rule in here if rule.who is not Who.ALL]
        if not await self._operators.include(interaction.user.id):
            return own
        return [*own, *self._rules.limits_of_wholes()]

    async def _show_rules(
        self, interaction: discord.Interaction[Any], rules: Sequence[LimitRule], guild_id: int
    ) -> None:
        """Show limits with what is used of those of a whole, and what the bot holds besides.

        Raises:
            TimeoutError: what is used could not be looked up in time.
        """
        words, base = words_of(interaction), self._rules.base
        shown = sorted_rules(rules)
        async with asyncio.timeout(READ_DEADLINE_S):
            used = [(rule, await self._used(interaction, rule)) for rule in shown]
        besides = [
            limit_in_words(budget.kind, budget.most, words)
            for budget in base.budgets
            if budget.whose is Whose.PERSON or guild_id == EVERYWHERE
        ]
        besides += base_lines(base, words)
        where = whole_in_words(guild_id, words, interaction.client)
        card = limits_card(
            words("limits-heading", where=where), used, besides, words, interaction.client
        )
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _show_own(
        self,
        interaction: discord.Interaction[Any],
        user: discord.User | discord.Member,
        *,
        elsewhere: bool,
    ) -> None:
        """Show the limits of a user here, and their usage.

        Args:
            elsewhere: whether what they use in other servers and in direct messages is shown too.

        Raises:
            TimeoutError: what is used could not be looked up in time.
        """
        asker = asker_of_member(interaction, user)
        limits = self._rules.limits_for(asker)
        budgets = [budget for budget in limits.budgets if budget.whose is not Whose.ALL]
        async with asyncio.timeout(READ_DEADLINE_S):
            used = await self._spending.used(
                budgets, interaction.created_at, user_id=user.id, guild_id=asker.guild_id
            )
        shown = {
            budget: amount if elsewhere or budget.whose is not Whose.PERSON else None
            for budget, amount in zip(budgets, used, strict=True)
        }
        card = own_limits_card(
            user.mention,
            limits,
            shown,
            self._rules.most_pictures(asker),
            words_of(interaction),
        )
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _used(self, interaction: discord.Interaction[Any], rule: LimitRule) -> int | None:
        """Return what is used of a whole's budget, None of any other limit."""
        if rule.who not in WHOLES or rule.amount is None:
            return None
        whose = Whose.ALL if rule.guild_id == EVERYWHERE else Whose.SERVER
        budget = Budget(whose=whose, kind=rule.kind, most=rule.amount)
        [used] = await self._spending.used([budget], interaction.created_at, guild_id=rule.guild_id)
        return used
