"""/limits: limits of roles, users, servers and the whole bot."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.limits.rules import (
    KIND_CHOICES,
    base_lines,
    clear_rule,
    limit_set_card,
    limits_card,
    own_limits_card,
    sorted_rules,
    suggest_rules,
    whole_in_words,
)
from domain.errors import UserError
from domain.limits import EVERYWHERE, Budget, LimitKind, LimitRule, Who, Whose
from domain.models import MICROCREDITS_PER_CREDIT
from flux.catalogue import MAX_COUNT
from ui.autocomplete import MAX_VALUE_CHARACTERS, Suggestions, TypedName, matching
from ui.components import answer
from ui.discord_errors import READ_DEADLINE_S
from ui.formatting import limit_in_words
from ui.i18n import languages, words_of
from ui.submit import asker_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.limits_and_access import Rules
    from storage.limit_checks import SpendingRepository
    from ui import Interaction
    from ui.operators import Operators

WHOLES: Final = frozenset({Who.ALL, Who.SERVER})

NO_LIMIT: Final = "none"
"""The value of the suggestion that there is no limit."""

USUAL: Final = {
    LimitKind.PICTURES_PER_REQUEST: ("1", "2", "3"),
    LimitKind.COOLDOWN: ("10", "30", "60", "300"),
    LimitKind.JOBS_AT_ONCE: ("1", "2", "3", "5"),
}
"""Amounts that are suggested before any is typed."""

USUAL_BUDGETS: Final = ("0", "5", "10", "20", "50", "100")

BOUNDS: Final = {
    LimitKind.CREDITS_PER_DAY: (0, 1_000_000),
    LimitKind.CREDITS_PER_MONTH: (0, 1_000_000),
    LimitKind.PICTURES_PER_DAY: (0, 1_000_000),
    LimitKind.PICTURES_PER_MONTH: (0, 1_000_000),
    LimitKind.COOLDOWN: (0, 86_400),
    LimitKind.PICTURES_PER_REQUEST: (1, MAX_COUNT),
    LimitKind.JOBS_AT_ONCE: (1, 1_000),
}
"""The least and the greatest amount of each kind, as typed: a day, the most images of one request,
and else what is surely no mistake. A person who may have no picture at all is denied access."""

AMOUNT_CHARACTERS: Final = 20
"""More than the longest amount, so that a person who types too much is shown what is accepted."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")


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
        interaction: Interaction,
        what: app_commands.Choice[str],
        amount: app_commands.Range[str, 1, AMOUNT_CHARACTERS],
        role: discord.Role | None = None,
        user: discord.User | None = None,
        server: TypedName | None = None,
        everywhere: bool = False,
    ) -> None:
        if role is not None and user is not None:
            raise UserError("limits-do-not-fit")
        guild_id, who, target_id = await self._target(
            interaction, role or user, server, everywhere=everywhere
        )
        kind = LimitKind(what.value)
        is_a_whole = who in WHOLES or guild_id == EVERYWHERE
        if is_a_whole and not kind.is_budget:
            raise UserError("limit-not-of-a-whole")
        unlimited = {NO_LIMIT, *(say("no-limit").casefold() for say in languages().values())}
        is_unlimited = amount.strip().casefold() in unlimited
        rule = LimitRule(
            guild_id=guild_id,
            who=who,
            target_id=target_id,
            kind=kind,
            amount=None if is_unlimited else read_amount(kind, amount),
            set_by=interaction.user.id,
            set_at=interaction.created_at,
        )
        before = await self._rules.repository.set_rule(rule)
        card = limit_set_card(rule, before, words_of(interaction), interaction.client)
        await answer(interaction, card)

    @app_commands.command(description="Remove a limit")
    @app_commands.describe(rule="Limit")
    async def clear(self, interaction: Interaction, rule: TypedName) -> None:
        among, said = await self._changeable(interaction), ("limit-cleared", "limit-unknown")
        await clear_rule(interaction, self._rules, rule, among, said)

    @app_commands.command(description="Show limits and usage")
    @app_commands.describe(
        user="Limits and usage of a user here",
        everywhere="The whole bot and each server; bot owner only",
    )
    async def show(
        self, interaction: Interaction, user: discord.User | None = None, everywhere: bool = False
    ) -> None:
        guild_id = None if everywhere else interaction.guild_id
        if guild_id is None:
            await self._operators.check(interaction.user.id)
            await self._show_rules(interaction, self._rules.limits_of_wholes(), EVERYWHERE)
        elif user is not None:
            me = interaction.user.id
            is_own = user.id == me or await self._operators.include(me)
            await self._show_own(interaction, user, elsewhere=is_own)
        else:
            await self._show_rules(
                interaction, self._rules.repository.of(guild_id).limits, guild_id
            )

    @set_limit.autocomplete("amount")
    async def suggest_amount(self, interaction: Interaction, typed: str) -> Suggestions:
        chosen, words = interaction.namespace.what, words_of(interaction)
        if chosen not in list(LimitKind):
            return []
        kind = LimitKind(chosen)
        suggested = []
        for each in [typed.strip()] if typed.strip() else USUAL.get(kind, USUAL_BUDGETS):
            try:
                said = limit_in_words(kind, read_amount(kind, each), words)
            except UserError:
                continue
            suggested.append(app_commands.Choice(name=said[:MAX_VALUE_CHARACTERS], value=each))
        return [*suggested, app_commands.Choice(name=words("no-limit"), value=NO_LIMIT)]

    @set_limit.autocomplete("server")
    async def suggest_server(self, interaction: Interaction, typed: str) -> Suggestions:
        if not await self._operators.include(interaction.user.id):
            return []
        guilds = interaction.client.guilds
        return matching(typed, ((guild.name, str(guild.id)) for guild in guilds))

    @clear.autocomplete("rule")
    async def suggest_rule(self, interaction: Interaction, typed: str) -> Suggestions:
        among = await self._changeable(interaction)
        return await suggest_rules(interaction, self._rules, typed, among)

    async def _target(
        self,
        interaction: Interaction,
        whom: discord.Role | discord.abc.User | None,
        server: str | None,
        *,
        everywhere: bool,
    ) -> tuple[int, Who, int]:
        """Return a limit's server, kind of target and its id: 0 for a whole.

        Managers limit their server below what the bot owner allows it.
        """
        guild_id = await self._guild_id(interaction, server, everywhere=everywhere)
        if whom is None:
            is_operator = await self._operators.include(interaction.user.id)
            return guild_id, Who.ALL if is_operator else Who.SERVER, 0
        is_role = isinstance(whom, discord.Role)
        if server is not None or (is_role and guild_id != interaction.guild_id):
            raise UserError("limits-do-not-fit")
        return guild_id, Who.ROLE if is_role else Who.USER, whom.id

    async def _guild_id(
        self, interaction: Interaction, server: str | None, *, everywhere: bool
    ) -> int:
        if server is None and not everywhere and interaction.guild_id is not None:
            return interaction.guild_id
        await self._operators.check(interaction.user.id)
        if everywhere:
            if server is not None:
                raise UserError("limits-do-not-fit")
            return EVERYWHERE
        if server is None:
            raise UserError("limits-of-which-server")
        # As text: what was typed may be no number, or one too long to be read.
        for guild in interaction.client.guilds:
            if str(guild.id) == server.strip():
                return int(guild.id)
        raise UserError("server-unknown")

    async def _changeable(self, interaction: Interaction) -> list[LimitRule]:
        """Return the limits that are the person's to change: a server's own, and of wholes."""
        here = self._rules.repository.of(interaction.guild_id).limits
        own = [rule for rule in here if rule.who is not Who.ALL]
        if not await self._operators.include(interaction.user.id):
            return own
        return [*own, *self._rules.limits_of_wholes()]

    async def _show_rules(
        self, interaction: Interaction, rules: Sequence[LimitRule], guild_id: int
    ) -> None:
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
        heading = words("limits-heading", where=where)
        await answer(interaction, limits_card(heading, used, besides, words, interaction.client))

    async def _show_own(
        self, interaction: Interaction, user: discord.User | discord.Member, *, elsewhere: bool
    ) -> None:
        """Show the limits of a user here, and their usage.

        Args:
            elsewhere: whether what they use in other servers and in direct messages is shown too.
        """
        asker = asker_of(interaction, user)
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
        most, words = self._rules.most_pictures(asker), words_of(interaction)
        await answer(interaction, own_limits_card(user.mention, limits, shown, most, words))

    async def _used(self, interaction: Interaction, rule: LimitRule) -> int | None:
        """Return what is used of a whole's budget, None of any other limit."""
        if rule.who not in WHOLES or rule.amount is None:
            return None
        whose = Whose.ALL if rule.guild_id == EVERYWHERE else Whose.SERVER
        budget = Budget(whose=whose, kind=rule.kind, most=rule.amount)
        [used] = await self._spending.used([budget], interaction.created_at, guild_id=rule.guild_id)
        return used


def read_amount(kind: LimitKind, typed: str) -> int:
    """Return an amount as a rule holds it: microcredits, pictures, seconds or requests.

    Raises:
        UserError: it is no number, too small or too great, or in parts where these make none.
    """
    least, most = BOUNDS[kind]
    reason = "amount-of-credits" if kind.counts_credits else "amount-whole"
    refused = UserError(reason, typed=typed, least=least, most=f"{most:,}")
    text = unicodedata.normalize("NFKC", typed).strip()
    if not _NUMBER.fullmatch(text):
        raise refused
    amount = Decimal(text) * (MICROCREDITS_PER_CREDIT if kind.counts_credits else 1)
    if not least <= Decimal(text) <= most or amount % 1:
        raise refused
    return int(amount)
