"""What a chart of usage shows, in every language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import PIL.ImageFont
import pytest

from cogs.usage.cards import Scope, alt_text, budget_of, usage_chart
from domain.limits import Budget, LimitKind, Whose
from images.chart_drawing import FONT
from storage.usage import Part, Period, span_of
from tests.ui.boards import NO_USE, REPORT
from ui.i18n import languages, words_for

if TYPE_CHECKING:
    from images.chart import Chart
    from storage.usage import UsageReport

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
CREDIT = 1_000_000
A_DAY = Budget(whose=Whose.PERSON, kind=LimitKind.CREDITS_PER_DAY, most=5 * CREDIT)
A_MONTH = Budget(whose=Whose.PERSON, kind=LimitKind.CREDITS_PER_MONTH, most=62 * CREDIT)
IMAGES = Budget(whose=Whose.PERSON, kind=LimitKind.PICTURES_PER_DAY, most=1)


def charted(
    report: UsageReport,
    *budgets: Budget,
    period: Period = Period.MONTH,
    scope: Scope = Scope.MINE,
    language: str = "en-US",
) -> Chart:
    span = span_of(period, NOW)
    budget = budget_of(scope, budgets, span)
    words = words_for(language)
    return usage_chart(report, span, words, scope=scope, budget=budget)


def names(chart: Chart) -> list[str]:
    return [part.name for part in chart.series]


def used(**slots: list[tuple[str, int]]) -> UsageReport:
    parts = tuple(
        Part(
            name=f"2026-10-{day[1:]}",
            user_id=None,
            model=model,
            requests=1,
            pictures=n,
            credits=n / 4,
        )
        for day, some in slots.items()
        for model, n in some
    )
    return replace(REPORT, slots=parts)


def test_bars_are_credits_by_model_the_most_used_first() -> None:
    chart = charted(used(d03=[("flux-dev", 1), ("flux-pro", 8)], d31=[("flux-dev", 2)]))

    assert chart.title == "Your usage · 2026-10-01 to 2026-10-31"
    assert chart.unit == "Credits per day (UTC), by model"
    assert (chart.labels[0], chart.labels[-1]) == ("01", "31")
    assert [part.name for part in chart.series] == ["flux-pro", "flux-dev"]
    assert (chart.series[0].values[2], chart.series[1].values[30]) == (2, 0.5)
    assert sum(map(sum, (part.values for part in chart.series))) == 2.75
    assert chart.line is None


def test_the_least_used_of_many_models_are_one_series() -> None:
    chart = charted(used(d03=[(f"model-{n}", 9 - n) for n in range(8)]))

    assert [part.name for part in chart.series][4:] == ["model-4", "Other"]
    assert len(chart.series) == 6
    assert chart.series[-1].values[2] == (4 + 3 + 2) / 4


@pytest.mark.parametrize(
    ("budgets", "line", "label"),
    [
        ((A_DAY,), 5, "Budget: 5 a day"),
        ((A_MONTH,), 2, "Budget: 62 a month, 2 a day"),
        ((A_DAY, A_MONTH, IMAGES), 2, "Budget: 62 a month, 2 a day"),
        ((IMAGES,), 1, "Budget: 1 a day"),
    ],
)
def test_the_tightest_budget_of_the_same_requests_is_the_line(
    budgets: tuple[Budget, ...], line: float, label: str
) -> None:
    others = Budget(whose=Whose.ALL, kind=LimitKind.CREDITS_PER_DAY, most=CREDIT)
    chart = charted(used(d03=[("flux-dev", 1)]), *budgets, others)

    assert (chart.line, chart.line_label) == (line, label)
    assert chart.unit.startswith("Images" if budgets == (IMAGES,) else "Credits")


def test_hours_have_no_budget_line() -> None:
    chart = charted(NO_USE, A_DAY, period=Period.DAY)

    assert (chart.line, chart.line_label, len(chart.labels)) == (None, "", 24)
    assert chart.title == "Your usage · 2026-10-05"


def test_the_alt_text_says_what_the_chart_shows() -> None:
    words = words_for("en-US")
    chart = charted(used(d03=[("flux-dev", 1)], d04=[("flux-pro", 8)]), A_DAY)

    assert alt_text(chart, words) == (
        "Chart: Credits per day (UTC), by model. Total 2.25, highest 2 (04). Budget: 5 a day."
    )
    assert alt_text(charted(NO_USE), words) == (
        "Chart: Credits per day (UTC), by model. No requests in this period."
    )


@pytest.mark.parametrize("language", languages())
def test_the_font_has_every_character_of_every_chart(language: str) -> None:
    font = PIL.ImageFont.truetype(FONT, 40)
    missing = bytes(font.getmask("\uffff"))
    many = used(d03=[(f"model-{n}", 9 - n) for n in range(8)])
    texts = [
        text
        for scope in Scope
        for period in Period
        for kind in LimitKind
        if kind.is_budget
        for budget in [[Budget(whose=whose, kind=kind, most=CREDIT) for whose in Whose]]
        for chart in [
            charted(many, *budget, period=period, scope=scope, language=language),
        ]
        for text in (chart.title, chart.unit, chart.line_label, chart.empty_label, *names(chart))
    ]
    characters = {character for text in texts for character in text if not character.isspace()}

    # images/fonts/README.md says how to build it.
    assert {each for each in characters if bytes(font.getmask(each)) == missing} == set()
