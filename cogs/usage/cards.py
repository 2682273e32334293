"""The card of /usage: numbers, a chart and, if wanted, a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from discord import ui
from discord.utils import format_dt

from domain.amounts import two_digits
from domain.models import MICROCREDITS_PER_CREDIT
from storage.usage import Period
from ui.components import Card, CustomId, text_card
from ui.formatting import amount_in_words, inert, limit_in_words, price_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.limits import Budget
    from storage.usage import Part, Span, UsageReport
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


@dataclass(frozen=True, slots=True)
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
    period: Period,
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
    heading = f"**{words(f'usage-{scope}')}**\n-# {_when(span, words, period)}"
    totals = _totals(report, words, scope) if report.requests else [words("usage-nothing")]
    card = text_card("\n".join([heading, *totals]))
    if limits is not None:
        card.add_item(ui.TextDisplay(limits))
    if chart_alt is not None:
        gallery = ui.MediaGallery[Any]()
        gallery.add_item(media=f"attachment://{CHART}", description=chart_alt)
        card.add_item(gallery)
    parts = [("usage-models", report.models), ("usage-commands", report.commands)]
    if scope is not Scope.MINE:
        parts.append(("usage-people", report.people))
    for title, some in parts:
        if some:
            lines = [words(title), *(_line(part, words) for part in some[:MAX_PARTS])]
            card.add_item(ui.TextDisplay("\n".join(lines)))
    if table is not None:
        card.add_item(ui.TextDisplay(table))
        card.add_item(ui.File(f"attachment://{TABLE}"))
    buttons = (
        ui.Button[Any](
            label=words(f"button-period-{each}"),
            disabled=each is period,
            custom_id=PeriodButtonId(scope, each).custom_id,
        )
        for each in Period
    )
    card.add_item(ui.ActionRow[Any](*buttons))
    return card


def limits_left(used: Mapping[Budget, int], now: datetime, words: Words) -> str:
    """Return what is left of a person's limits where they are, and when each is renewed.

    Args:
        now: in UTC.
    """
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


def _when(span: Span, words: Words, period: Period) -> str:
    last = span.until - timedelta.resolution
    return words(f"usage-{period}", first=_date(span.since), last=_date(last))


def _date(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"
