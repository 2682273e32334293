"""The chart of `/usage`: credits or images over time, by model, with the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cogs.usage.cards import Scope
from domain.amounts import two_digits
from domain.limits import Whose
from domain.models import MICROCREDITS_PER_CREDIT
from images.chart import MAX_SERIES, Chart, Series
from storage.usage import Period, slots_of
from ui.formatting import amount_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.limits import Budget
    from storage.usage import Span, UsageReport
    from ui.i18n import Words

WHOSE: Final = {Scope.MINE: Whose.PERSON, Scope.SERVER: Whose.SERVER, Scope.ALL: Whose.ALL}
"""The budgets that count exactly what a chart shows."""


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
    period: Period,
    budget: Budget | None,
) -> Chart:
    """Return a report as a chart: images where the budget counts these, else credits.

    A budget is drawn for days, a month's as an even share of each day; hours have none.
    """
    counts_images = budget is not None and budget.kind.counts_pictures
    slots = slots_of(span)
    first, last = slots[0][:10], slots[-1][:10]
    if period is Period.DAY:
        title, unit, budget = first, "hour", None
    else:
        title, unit = words("chart-dates", first=first, last=last), "day"
    shown = 5 if period is Period.WEEK else -2
    return Chart(
        title=f"{words(f'usage-{scope}')} · {title}",
        unit=words(f"chart-unit-{'images' if counts_images else 'credits'}-{unit}"),
        labels=tuple(slot[shown:] for slot in slots),
        series=_series(report, slots, words, counts_images=counts_images),
        line=None if budget is None else _per_day(budget, span),
        line_label="" if budget is None else _line_label(budget, span, words),
        empty_label=words("usage-nothing"),
    )


def alt_text(chart: Chart, words: Words) -> str:
    """Return what a chart shows, for those who do not see it."""
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


def _line_label(budget: Budget, span: Span, words: Words) -> str:
    return words(
        "chart-budget-month" if budget.kind.is_monthly else "chart-budget-day",
        amount=amount_in_words(budget.kind, budget.most),
        each=two_digits(_per_day(budget, span)),
    )
