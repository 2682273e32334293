"""Shows limits and what is used of them: of a server, of the whole bot, of one person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from cogs.limits.cards import base_lines, limits_card, own_card, sorted_rules
from cogs.limits.targets import whole_in_words
from domain.limits import EVERYWHERE, Budget, Who, Whose
from ui.actors import asker_of_member
from ui.amounts import limit_in_words
from ui.i18n import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

    from domain.limits import LimitRule
    from services.rules import Rules
    from storage.limits import SpendingRepository

READ_DEADLINE_S: Final = 1.0
"""For what was spent, of the 3 s in which Discord takes an answer."""


class LimitBoard:
    """Answers who asks what holds."""

    def __init__(self, *, rules: Rules, spending: SpendingRepository) -> None:
        self._rules = rules
        self._spending = spending

    async def show_rules(
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

    async def show_own(
        self,
        interaction: discord.Interaction[Any],
        user: discord.User | discord.Member,
        *,
        elsewhere: bool,
    ) -> None:
        """Show what holds for somebody here, and what they have used of it.

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
        card = own_card(
            user.mention,
            limits,
            shown,
            self._rules.most_pictures(asker),
            words_of(interaction),
        )
        await interaction.response.send_message(view=card, ephemeral=True)

    async def _used(self, interaction: discord.Interaction[Any], rule: LimitRule) -> int | None:
        """Return what is used of a whole's budget, None of any other limit."""
        if rule.who is not Who.ALL or rule.amount is None:
            return None
        whose = Whose.ALL if rule.guild_id == EVERYWHERE else Whose.SERVER
        budget = Budget(whose=whose, kind=rule.kind, most=rule.amount)
        [used] = await self._spending.used([budget], interaction.created_at, guild_id=rule.guild_id)
        return used
