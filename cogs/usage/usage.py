"""/usage: requests, their cost and their time."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs.usage.cards import (
    CHART,
    TABLE,
    PeriodButtonId,
    Scope,
    alt_text,
    budget_of,
    limits_left,
    usage_card,
    usage_chart,
)
from cogs.usage.csv_table import csv_table
from domain.errors import UserError
from domain.limits import Whose
from images.inspect import UnusablePictureError
from storage.usage import Period, Span, UsageRepository, span_of
from ui.discord_errors import promise_message, take_click
from ui.i18n import Words, choice, words_of
from ui.submit import asker_of
from ui.visibility import audience_of, is_old_enough

if TYPE_CHECKING:
    from images.chart import Chart
    from images.decoder import Decoder
    from services.limits_and_access import Rules
    from storage.limit_checks import SpendingRepository
    from storage.preferences import ChoiceRepository
    from ui import Interaction
    from ui.operators import Operators

logger = logging.getLogger(__name__)

SPARE_BYTES: Final = 1_000_000
"""Of what one message takes, for the chart and what is around both files."""

CHART_WITHIN_S: Final = 8.0
"""Usually it takes 0.1 s; the numbers are not held up for a decoder that starts slowly."""

SCOPES: Final = [
    choice("Mine", Scope.MINE, "choice-usage-mine"),
    choice("This server's; needs Manage Server", Scope.SERVER, "choice-usage-server"),
    choice("All; bot owner only", Scope.ALL, "choice-usage-all"),
]
PERIODS: Final = [
    choice("Today", Period.DAY, "choice-usage-day"),
    choice("This week, since Monday", Period.WEEK, "choice-usage-week"),
    choice("This month", Period.MONTH, "choice-usage-month"),
]


class Usage(commands.Cog):
    """Shows people their own usage, managers their server's, operators all."""

    def __init__(
        self,
        usage: UsageRepository,
        rules: Rules,
        spending: SpendingRepository,
        decoder: Decoder,
        choices: ChoiceRepository,
        operators: Operators,
    ) -> None:
        self._usage = usage
        self._rules = rules
        self._spending = spending
        self._decoder = decoder
        self._choices = choices
        self._operators = operators

    @app_commands.command(description="Show images, cost and time")
    @app_commands.describe(
        scope="Whose usage; default: yours",
        period="Period in UTC; default: this month",
        csv="Attach every request as a CSV file",
    )
    @app_commands.choices(scope=SCOPES, period=PERIODS)
    async def usage(
        self,
        interaction: Interaction,
        scope: str = Scope.MINE.value,
        period: str = Period.MONTH.value,
        csv: bool = False,
    ) -> None:
        whose = Scope(scope)
        span = await self._span(interaction, whose, Period(period))
        await promise_message(interaction, private=True)
        await self._show(interaction, span, whose, csv=csv)

    async def turn(self, interaction: Interaction, pressed: PeriodButtonId) -> None:
        span = await self._span(interaction, pressed.scope, pressed.period)
        await take_click(interaction)
        await self._show(interaction, span, pressed.scope)

    async def _show(
        self, interaction: Interaction, span: Span, scope: Scope, *, csv: bool = False
    ) -> None:
        words = words_of(interaction)
        report = await self._usage.report(span)
        files, said = [], None
        budget = budget_of(scope, self._rules.limits_for(asker_of(interaction)).budgets, span)
        chart = usage_chart(report, span, words, scope=scope, budget=budget)
        if (png := await self._drawn(chart)) is not None:
            files.append(discord.File(io.BytesIO(png), CHART))
        audience = audience_of(interaction, private=True)
        if csv and report.requests:
            data, number, is_all = await csv_table(
                self._usage,
                span,
                max_bytes=interaction.filesize_limit - SPARE_BYTES,
                unnamed=self._choices.unnamed() if scope is Scope.SERVER else None,
                is_seen=lambda line: is_old_enough(
                    audience,
                    age_restricted=bool(line.age_restricted),
                    channel_id=None,
                    user_id=line.user_id,
                ),
            )
            files.append(discord.File(io.BytesIO(data), TABLE))
            said = words("usage-table" if is_all else "usage-table-cut", count=number)
            if scope is Scope.SERVER:
                said += f"\n-# {words('usage-withheld')}"
            if scope is not Scope.MINE and not audience.adults:
                said += f"\n-# {words('usage-restricted')}"
        card = usage_card(
            report,
            span,
            words,
            scope=scope,
            limits=await self._limits(interaction, words) if scope is Scope.MINE else None,
            chart_alt=None if png is None else alt_text(chart, words),
            table=said,
        )
        await interaction.edit_original_response(view=card, attachments=files)

    async def _limits(self, interaction: Interaction, words: Words) -> str:
        asker, now = asker_of(interaction), interaction.created_at
        budgets = [
            budget
            for budget in self._rules.limits_for(asker).budgets
            # What the whole bot spends is for the bot owner to know.
            if budget.whose is not Whose.ALL
        ]
        used = await self._spending.used(
            budgets, now, user_id=asker.user_id, guild_id=asker.guild_id
        )
        return limits_left(dict(zip(budgets, used, strict=True)), now, words)

    async def _drawn(self, chart: Chart) -> bytes | None:
        """Return the chart as a PNG, None where this machine cannot draw it in time."""
        try:
            async with asyncio.timeout(CHART_WITHIN_S):
                return await self._decoder.chart(chart)
        except (UnusablePictureError, OSError) as error:
            logger.warning("no chart could be drawn: %s", type(error).__name__)
            return None

    async def _span(self, interaction: Interaction, scope: Scope, period: Period) -> Span:
        span = span_of(period, interaction.created_at)
        match scope:
            case Scope.MINE:
                return replace(span, user_id=interaction.user.id)
            case Scope.SERVER:
                # Resolved by Discord for this server, whether the bot is its member or not.
                if interaction.guild_id is None or not interaction.permissions.manage_guild:
                    raise UserError("not-yours-to-see-server")
                return replace(span, guild_id=interaction.guild_id)
            case Scope.ALL:
                if not await self._operators.include(interaction.user.id):
                    raise UserError("not-yours-to-see-all")
                return span
