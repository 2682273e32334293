"""Usage as people read it: a card with numbers, a chart and, if asked for, a table."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from discord import ui

from services.usage import Period, slots_of
from ui.errors import Card, text_card
from ui.formatting import inert

if TYPE_CHECKING:
    from datetime import datetime

    from storage.usage import Part, Span, UsageReport
    from ui.i18n import Words

CHART: Final = "usage.png"
TABLE: Final = "usage.csv"

MAX_PARTS: Final = 10
"""Lines under one heading, so that a card keeps within the 4,000 characters of a message."""

NAME_CHARACTERS: Final = 40


class Scope(StrEnum):
    """Whose usage is shown."""

    MINE = "mine"
    SERVER = "server"
    ALL = "all"


def usage_card(  # what it shows
    report: UsageReport,
    span: Span,
    words: Words,
    *,
    scope: Scope,
    period: Period,
    table: str | None = None,
) -> Card:
    """Return the numbers of a span; with any, `CHART` goes with it.

    Args:
        table: what is said of the table that goes with it as `TABLE`, None without one.
    """
    heading = f"{words(f'usage-{scope}')}\n-# {_when(span, words, period)}"
    if not report.requests:
        return text_card(f"{heading}\n{words('usage-nothing')}")
    card = text_card(f"{heading}\n" + "\n".join(_totals(report, words)))
    gallery = ui.MediaGallery[Any]()
    alt = alt_text(report, span, words, period)
    gallery.add_item(media=f"attachment://{CHART}", description=alt)
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


def bars_of(report: UsageReport, span: Span, period: Period) -> tuple[list[str], list[int]]:
    """Return the labels and heights of a chart's bars: pictures in each hour or day."""
    pictures = {part.name: part.pictures for part in report.slots}
    slots = slots_of(span)
    shown = 5 if period is Period.WEEK else -2
    return [slot[shown:] for slot in slots], [pictures.get(slot, 0) for slot in slots]


def alt_text(report: UsageReport, span: Span, words: Words, period: Period) -> str:
    """Return what the chart shows, for those who do not see it."""
    labels, values = bars_of(report, span, period)
    most = max(values)
    return words(
        "alt-usage-hours" if period is Period.DAY else "alt-usage-days",
        total=sum(values),
        most=most,
        when=labels[values.index(most)],
    )


def credits_text(amount: float, words: Words, *, about: bool = False) -> str:
    """Return credits in words, three digits of them or all before the point."""
    shown = f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"  # noqa: PLR2004  # three digits
    return words("credits-about" if about else "credits", amount=shown)


def _totals(report: UsageReport, words: Words) -> list[str]:
    about = report.estimated_credits > 0
    lines = [
        words(
            "usage-totals",
            pictures=report.pictures,
            requests=report.requests,
            credits=credits_text(report.credits, words, about=about),
        )
    ]
    if report.house_credits > 0:
        borne = credits_text(report.house_credits, words)
        lines.append(words("usage-house", credits=borne))
    ended = report.delivered + report.unsuccessful
    if ended:
        percent = f"{100 * report.delivered / ended:.3g}"
        lines.append(words("usage-success", percent=percent, ended=ended))
    if report.median_s is not None and report.p95_s is not None:
        median, p95 = f"{report.median_s:.3g}", f"{report.p95_s:.3g}"
        lines.append(words("usage-seconds", median=median, p95=p95))
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
