"""/limits: how much roles, people, servers and the whole bot may use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.limits.cards import (
    KIND_CHOICES,
    amount_of,
    cleared_card,
    names_wanted,
    rule_of,
    set_card,
    sorted_rules,
    suggest_amounts,
    suggest_rules,
    suggest_servers,
)
from cogs.limits.targets import limit_target
from domain.limits import EVERYWHERE, LimitKind, LimitRule, Who
from services.limits import AMOUNT_CHARACTERS  # noqa: TC001  # discord.py reads it at run time
from storage.limits_and_access import TooManyRulesError
from ui.autocomplete import TypedName  # noqa: TC001  # discord.py reads it at run time
from ui.errors import DeclinedError
from ui.i18n import words_of

if TYPE_CHECKING:
    from cogs.limits.board import LimitBoard
    from services.rules import Rules
    from ui.operators import Operators

READ_DEADLINE_S: Final = 1.0
"""For what people are called, of the 3 s in which Discord takes an answer."""


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class LimitCommands(
    commands.GroupCog, group_name="limits", group_description="How much may be used, and by whom"
):
    """Takes limits: of wholes from who runs the bot, of roles and people from managers."""

    def __init__(self, *, rules: Rules, board: LimitBoard, operators: Operators) -> None:
        self._rules = rules
        self._board = board
        self._operators = operators

    @app_commands.command(name="set", description="Set a limit, in place of an older one")
    @app_commands.describe(
        what="What is limited; days and months begin at midnight UTC",
        amount="How much, such as 10; or no limit",
        role="For each member with this role; @everyone is everybody here",
        user="For one person; it stands before those of their roles",
        server="What this server may use; only for who runs the bot",
        everywhere="In the whole bot; only for who runs it",
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
            raise DeclinedError("limits-do-not-fit")
        target = await limit_target(
            interaction, self._operators, role or user, server, everywhere=everywhere
        )
        kind = LimitKind(what.value)
        is_a_whole = target.who is Who.ALL or target.guild_id == EVERYWHERE
        if is_a_whole and not kind.is_budget:
            raise DeclinedError("limit-not-of-a-whole")
        rule = LimitRule(
            guild_id=target.guild_id,
            who=target.who,
            target_id=target.target_id,
            kind=kind,
            amount=amount_of(kind, amount),
            set_by=interaction.user.id,
            set_at=interaction.created_at,
        )
        try:
            before = await self._rules.set_rule(rule)
        except TooManyRulesError as error:
            raise DeclinedError("too-many-limits") from error
        card = set_card(rule, before, words_of(interaction), interaction.client)
        await interaction.response.send_message(view=card, ephemeral=True)

    @app_commands.command(description="Take a limit away")
    @app_commands.describe(rule="Which one")
    async def clear(self, interaction: discord.Interaction[Any], rule: TypedName) -> None:
        """Take it away, a deleted role's too."""
        chosen = rule_of(rule, await self._changeable(interaction))
        by, at = interaction.user.id, interaction.created_at
        if await self._rules.clear_rule(chosen, by, at) is None:
            raise DeclinedError("limit-unknown")
        card = cleared_card(chosen, words_of(interaction), interaction.client)
        await interaction.response.send_message(view=card, ephemeral=True)

    @app_commands.command(description="Show the limits, and how much is used")
    @app_commands.describe(
        user="What holds here for one person, and what they have used",
        everywhere="Of the whole bot and of each server; only for who runs the bot",
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
            await self._board.show_own(interaction, user, elsewhere=is_own)
        else:
            await self._board.show_rules(interaction, self._rules.limits_of(guild_id), guild_id)

    async def _show_all(self, interaction: discord.Interaction[Any]) -> None:
        if not await self._operators.include(interaction.user.id):
            raise DeclinedError("not-the-operator")
        await self._board.show_rules(interaction, self._rules.limits_of_wholes(), EVERYWHERE)

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
        """Suggest servers to who runs the bot, and nothing to others."""
        if not await self._operators.include(interaction.user.id):
            return []
        return suggest_servers(typed, interaction.client.guilds)

    @clear.autocomplete("rule")
    async def suggest_rule(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest the limits that the person may take away."""
        rules = sorted_rules(await self._changeable(interaction))
        async with asyncio.timeout(READ_DEADLINE_S):
            names = await self._rules.names(names_wanted(rules))
        return suggest_rules(typed, rules, words_of(interaction), interaction.client, names)

    async def _changeable(self, interaction: discord.Interaction[Any]) -> list[LimitRule]:
        """Return the limits that are the person's to change: a server's own, and of wholes."""
        here = self._rules.limits_of(interaction.guild_id)
        own = [rule for rule in here if rule.who is not Who.ALL]
        if not await self._operators.include(interaction.user.id):
            return own
        return [*own, *self._rules.limits_of_wholes()]
