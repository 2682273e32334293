"""The value of a chart; it is drawn in a worker process (`images.chart_drawing`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One part of every bar, such as a model; `values` has one for each bar."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Stacked bars over time.

    Attributes:
        labels: below the bars; those that would touch are left out.
        series: from the bottom of a bar to its top; at most `MAX_SERIES`.
        line: a height that is marked across all bars, such as a budget, None without one.
        empty_label: text in the middle where every value is 0.
    """

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...] = ()
    line: float | None = None
    line_label: str = ""
    empty_label: str = ""


MAX_SERIES = 6
"""As many colours as can be told apart in a legend."""
