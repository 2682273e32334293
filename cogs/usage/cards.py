"""Usage as people read it: a card with numbers, a chart and, if asked for, a table."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from discord import ui

from cogs.usage.scope import Scope
from ui.errors import Card, text_card
from ui.formatting import inert

if TYPE_CHECKING:
    from datetime import datetime

    from services.usage import Period
    from storage.usage import Part, Span, UsageReport
    from ui.i18n import Words

CHART: Final = "usage.png"
TABLE: Final = "usage.csv"

MAX_PARTS: Final = 10
"""Lines under one heading, so that a card keeps within the 4,000 characters of a message."""

NAME_CHARACTERS: Final = 40


def usage_card(  # noqa: PLR0913  # what it shows
    report: UsageReport,
    span: Span,
    words: Words,
    *,
    scope: Scope,
    period: Period,
    chart_alt: str | None = None,
    table: str | None = None,
) -> Card:
    """Return the numbers of a span.

    Args:
        chart_alt: the text of the chart that goes with it as `CHART`, None without one.
        table: what is said of the table that goes with it as `TABLE`, None without one.
    """
    heading = f"**{words(f'usage-{scope}')}**\n-# {_when(span, words, period)}"
    totals = _totals(report, words) if report.requests else [words("usage-nothing")]
    card = text_card("\n".join([heading, *totals]))
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
    return card


def credits_text(amount: float, words: Words, *, about: bool = False) -> str:
    """Return credits in words, three digits of them or all before the point."""
    shown = f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"  # noqa: PLR2004  # three digits
    return words("credits-about" if about else "credits", amount=shown)


def _totals(report: UsageReport, words: Words) -> list[str]:
    about = report.estimated_credits > 0
    headline = words(
        "usage-totals",
        pictures=report.pictures,
        credits=credits_text(report.credits, words, about=about),
    )
    facts = [words("usage-requests", requests=report.requests)]
    if ended := report.delivered + report.unsuccessful:
        percent = f"{100 * report.delivered / ended:.3g}"
        done = report.delivered
        facts.append(words("usage-success", percent=percent, delivered=done, ended=ended))
    if report.median_s is not None and report.p95_s is not None:
        median, p95 = f"{report.median_s:.3g}", f"{report.p95_s:.3g}"
        facts.append(words("usage-seconds", median=median, p95=p95))
    lines = [f"### {headline}", " · ".join(facts)]
    if report.house_credits > 0:
        lines.append(words("usage-house", credits=credits_text(report.house_credits, words)))
    return lines


def _line(part: Part, words: Words) -> str:
    name = f"<@{part.user_id}>" if part.user_id is not None else inert(part.name, NAME_CHARACTERS)
    borne = credits_text(part.credits, words)
    return words("usage-part", name=name, pictures=part.pictures, credits=borne)


def _when(span: Span, words: Words, period: Period) -> str:
    last = span.until - timedelta.resolution
    return words(f"usage-{period}", first=_date(span.since), last=_date(last))


def _date(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"
