"""The card of /usage and its chart: credits or images over time, by model, with the budget."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui
from discord.utils import format_dt

from domain.amounts import two_digits
from domain.limits import Budget, Whose
from domain.models import MICROCREDITS_PER_CREDIT
from images.chart import MAX_SERIES, Chart, Series
from storage.usage import Part, Period, Span, UsageReport, slots_of
from ui.components import Card, CustomId, inert
from ui.formatting import amount_in_words, limit_in_words, price_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ui.i18n import Words

CHART: Final = "usage.png"
TABLE: Final = "usage.csv"

MAX_PARTS: Final = 10
"""Lines under one heading, so that a card keeps within the 4,000 characters of a message."""

NAME_CHARACTERS: Final = 40


class Scope(StrEnum):
    """Scope of a report: the user's own requests, the server's, all."""

    MINE = "mine"
    SERVER = "server"
    ALL = "all"


WHOSE: Final = {Scope.MINE: Whose.PERSON, Scope.SERVER: Whose.SERVER, Scope.ALL: Whose.ALL}
"""The budgets that count exactly what a chart shows."""


class PeriodButtonId(CustomId):
    """The button that shows the same usage of another period."""

    form = "fluxcord:usage:{scope}:{period}"

    scope: Scope
    period: Period


def usage_card(  # noqa: PLR0913  # what it shows
    report: UsageReport,
    span: Span,
    words: Words,
    *,
    scope: Scope,
    limits: str | None = None,
    chart_alt: str | None = None,
    table: str | None = None,
) -> Card:
    """Return the numbers of a span.

    Args:
        limits: what is left of the reader's limits, None where it is not only about them.
        chart_alt: the text of the chart that goes with it as `CHART`, None without one.
        table: what is said of the table that goes with it as `TABLE`, None without one.
    """
    first, last = (f"{day:%Y-%m-%d}" for day in (span.since, span.until - timedelta.resolution))
    when = words(f"usage-{span.period}", first=first, last=last)
    heading = f"**{words(f'usage-{scope}')}**\n-# {when}"
    totals = _totals(report, words, scope) if report.requests else [words("usage-nothing")]
    shown: list[str | ui.Item[Any]] = ["\n".join([heading, *totals])]
    if limits is not None:
        shown.append(limits)
    if chart_alt is not None:
        chart = discord.MediaGalleryItem(f"attachment://{CHART}", description=chart_alt)
        shown.append(ui.MediaGallery(chart))
    parts = [("usage-models", report.models), ("usage-commands", report.commands)]
    if scope is not Scope.MINE:
        parts.append(("usage-people", report.people))
    for title, some in parts:
        if some:
            lines = [words(title), *(_line(part, words) for part in some[:MAX_PARTS])]
            shown.append("\n".join(lines))
    if table is not None:
        shown += [table, ui.File(f"attachment://{TABLE}")]
    buttons = (
        ui.Button[Any](
            label=words(f"button-period-{each}"),
            disabled=each is span.period,
            custom_id=PeriodButtonId(scope, each).custom_id,
        )
        for each in Period
    )
    return Card(*shown, ui.ActionRow(*buttons))


def limits_left(used: Mapping[Budget, int], now: datetime, words: Words) -> str:
    """Return what is left of a person's limits where they are, and when each is renewed, in UTC."""
    lines = [
        words(
            "usage-left",
            whose=words(f"budget-{budget.whose}"),
            left=amount_in_words(budget.kind, max(budget.most - amount, 0)),
            limit=limit_in_words(budget.kind, budget.most, words),
            renewed_at=format_dt(budget.kind.period_end(now), "R"),
        )
        for budget, amount in used.items()
    ]
    return "\n".join([words("usage-limits"), *(lines or [words("no-limits")])])


def _credits(amount: float, words: Words, *, about: bool = False) -> str:
    return price_in_words(round(amount * MICROCREDITS_PER_CREDIT), words, about=about)


def _totals(report: UsageReport, words: Words, scope: Scope) -> list[str]:
    about = report.estimated_credits > 0
    headline = words(
        "usage-totals",
        pictures=report.pictures,
        credits=_credits(report.credits, words, about=about),
    )
    facts = [words("usage-requests", requests=report.requests)]
    ended = report.delivered + report.unsuccessful
    if ended and scope is not Scope.MINE:
        percent = f"{100 * report.delivered / ended:.3g}"
        done = report.delivered
        facts.append(words("usage-success", percent=percent, delivered=done, ended=ended))
    if report.median_s is not None and report.p95_s is not None and scope is not Scope.MINE:
        median, p95 = two_digits(report.median_s), two_digits(report.p95_s)
        facts.append(words("usage-seconds", median=median, p95=p95))
    lines = [f"### {headline}", *facts]
    if report.house_credits > 0:
        lines.append(words("usage-house", credits=_credits(report.house_credits, words)))
    return lines


def _line(part: Part, words: Words) -> str:
    name = f"<@{part.user_id}>" if part.user_id is not None else inert(part.name, NAME_CHARACTERS)
    # One line on a phone, so without money, which the headline has.
    borne = price_in_words(round(part.credits * MICROCREDITS_PER_CREDIT), words, money=False)
    return words("usage-part", name=name, pictures=part.pictures, credits=borne)


def budget_of(scope: Scope, budgets: Iterable[Budget], span: Span) -> Budget | None:
    """Return the budget that a chart compares with: the tightest one, in credits where any is."""
    found = [budget for budget in budgets if budget.whose is WHOSE[scope]]
    return min(
        found,
        key=lambda budget: (budget.kind.counts_pictures, _per_day(budget, span)),
        default=None,
    )


def usage_chart(
    report: UsageReport,
    span: Span,
    words: Words,
    *,
    scope: Scope,
    budget: Budget | None,
) -> Chart:
    """Return a report as a chart: images where the budget counts these, else credits.

    A budget is drawn for days, a month's as an even share of each day; hours have none.
    """
    counts_images = budget is not None and budget.kind.counts_pictures
    slots = slots_of(span)
    first, last = slots[0][:10], slots[-1][:10]
    if span.period is Period.DAY:
        title, unit, budget = first, "hour", None
    else:
        title, unit = words("chart-dates", first=first, last=last), "day"
    line_label = ""
    if budget is not None:
        line_label = words(
            "chart-budget-month" if budget.kind.is_monthly else "chart-budget-day",
            amount=amount_in_words(budget.kind, budget.most),
            each=two_digits(_per_day(budget, span)),
        )
    shown = 5 if span.period is Period.WEEK else -2
    return Chart(
        title=f"{words(f'usage-{scope}')} · {title}",
        unit=words(f"chart-unit-{'images' if counts_images else 'credits'}-{unit}"),
        labels=tuple(slot[shown:] for slot in slots),
        series=_series(report, slots, words, counts_images=counts_images),
        line=None if budget is None else _per_day(budget, span),
        line_label=line_label,
        empty_label=words("usage-nothing"),
    )


def alt_text(chart: Chart, words: Words) -> str:
    totals = [sum(values) for values in zip(*(part.values for part in chart.series), strict=True)]
    if not any(totals):
        return words("alt-usage-nothing", unit=chart.unit, nothing=chart.empty_label)
    most = max(totals)
    return words(
        "alt-usage",
        unit=chart.unit,
        total=two_digits(sum(totals)),
        most=two_digits(most),
        when=chart.labels[totals.index(most)],
        budget=chart.line_label or "none",
    )


def _series(
    report: UsageReport, slots: list[str], words: Words, *, counts_images: bool
) -> tuple[Series, ...]:
    """Return the bars' parts by model, the least used of many models as one."""
    by_model: dict[str, dict[str, float]] = {}
    for part in report.slots:
        amount = part.pictures if counts_images else part.credits
        by_model.setdefault(part.model or "", {})[part.name] = amount
    models = sorted(by_model, key=lambda model: -sum(by_model[model].values()))
    named = models if len(models) <= MAX_SERIES else models[: MAX_SERIES - 1]
    parts = [(model, [by_model[model]]) for model in named]
    if rest := models[len(named) :]:
        parts.append((words("chart-other"), [by_model[model] for model in rest]))
    return tuple(
        Series(
            name=name, values=tuple(sum(some.get(slot, 0) for some in amounts) for slot in slots)
        )
        for name, amounts in parts
    )


def _per_day(budget: Budget, span: Span) -> float:
    kind = budget.kind
    days = (kind.period_end(span.since) - kind.period_start(span.since)).days
    return budget.most / (1 if kind.counts_pictures else MICROCREDITS_PER_CREDIT) / days
