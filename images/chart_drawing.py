"""Draws a chart with Pillow, in a worker process (`images.decoder_worker`).

Discord shows a chart about 400 pixels wide on a phone and 550 on a desktop, so it is drawn at three
times that width, with letters that are 9 pixels high or more at 400.
"""

from __future__ import annotations

import io
import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from domain.amounts import two_digits
from images.palette import BORDER, FAINT_INK, GRID, GROUND, INK, SERIES, WARNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from images.chart import Chart

FONT: Final = Path(__file__).parent / "fonts" / "NotoSansSC-Fluxcord.otf"
"""Latin, Greek, Cyrillic and every character of `ui/locales`; `images/fonts/README.md` says how."""

WIDTH: Final = 1200
HEIGHT: Final = 700
MARGIN: Final = 36

TITLE: Final = 44
TEXT: Final = 34
SMALL: Final = 31
"""Font sizes in pixels."""

BAR_SHARE: Final = 0.72
"""Of the width between two bars' middles."""

MAX_BAR: Final = 120
MIN_BAR: Final = 3
"""The widest bar, and the lowest part of one that can be seen, in pixels."""

MAX_BARS_BELOW_LINE: Final = 4
"""A line more than so many times as high as the highest bar is only named, with an arrow."""

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
MAX_GRID_LINES: Final = 4

ALMOST: Final = 0.999
"""Keeps an error of rounding from adding a grid line."""


class Box(NamedTuple):
    """A rectangle, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def touches(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Scale(NamedTuple):
    """Heights of bars: the top value, and the distance of two grid lines."""

    most: float
    step: float

    def y(self, value: float, box: Box) -> int:
        """Return the row of pixels where a bar of this value ends."""
        return round(box.bottom - (box.bottom - box.top) * min(value / self.most, 1))


def draw(chart: Chart) -> bytes:
    picture = PIL.Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    canvas = PIL.ImageDraw.Draw(picture)
    canvas.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=BORDER, width=3)
    _write_fitting(canvas, (MARGIN, 28), chart.title, TITLE, INK)
    _write_fitting(canvas, (MARGIN, 84), chart.unit, SMALL, FAINT_INK)
    totals = [sum(values) for values in zip(*(part.values for part in chart.series), strict=True)]
    is_whole = all(float(total).is_integer() for total in totals)
    scale = scale_of(max(totals, default=0), chart.line, is_whole=is_whole)
    legend_bottom = _draw_legend(canvas, chart, scale, 134)
    left = MARGIN + max(_width(amount(tick), SMALL) for tick in _ticks(scale)) + 14
    box = Box(math.ceil(left), legend_bottom + 44, WIDTH - MARGIN, HEIGHT - 78)
    _draw_grid(canvas, scale, box)
    middles = [
        box.left + (box.right - box.left) * (number + 0.5) / len(chart.labels)
        for number in range(len(chart.labels))
    ]
    _draw_labels(canvas, chart.labels, middles, box.bottom + 12)
    bars = _draw_bars(canvas, chart, scale, box, middles)
    line = _draw_line(canvas, chart.line, scale, box) if chart.line is not None else []
    _draw_values(canvas, totals, bars, box, line)
    if not any(totals):
        middle = ((box.left + box.right) // 2, (box.top + box.bottom) // 2)
        canvas.rectangle(canvas.textbbox(middle, chart.empty_label, _font(TEXT), "mm"), GROUND)
        canvas.text(middle, chart.empty_label, FAINT_INK, _font(TEXT), anchor="mm")
    png = io.BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()


def scale_of(highest: float, line: float | None, *, is_whole: bool = False) -> Scale:
    """Return a scale on which the highest bar fills at least a fifth of the height.

    Args:
        is_whole: whether the values are counts, which have no parts.
    """
    if line is not None and 0 < line <= (highest or line) * MAX_BARS_BELOW_LINE:
        highest = max(highest, line)
    highest = highest or 1
    power = 10 ** math.floor(math.log10(highest / MAX_GRID_LINES))
    steps = [step * power for step in STEPS]
    if is_whole:
        steps = [step for step in steps if step.is_integer()] or [1.0]
    step = next(step for step in steps if step * MAX_GRID_LINES >= highest * ALMOST)
    return Scale(most=step * math.ceil(highest / step * ALMOST), step=step)


def amount(value: float) -> str:
    """Return a number with two digits or more, in at most six characters."""
    if value >= 10_000:  # noqa: PLR2004
        return f"{value / 1000:.3g}k" if value < 1_000_000 else f"{value / 1_000_000:.3g}M"  # noqa: PLR2004
    if value >= 100:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else two_digits(value)


@cache
def _font(size: int) -> PIL.ImageFont.FreeTypeFont:
    return PIL.ImageFont.truetype(FONT, size)


def _width(text: str, size: int) -> float:
    return _font(size).getlength(text)


def _ticks(scale: Scale) -> list[float]:
    return [scale.step * number for number in range(round(scale.most / scale.step) + 1)]


def _write_fitting(
    canvas: PIL.ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, ink: str
) -> None:
    """Write one line, in smaller letters where it would not fit."""
    room = WIDTH - 2 * MARGIN
    if (width := _width(text, size)) > room:
        size = int(size * room / width)
    canvas.text(at, text, ink, _font(size))


def _draw_legend(canvas: PIL.ImageDraw.ImageDraw, chart: Chart, scale: Scale, top: int) -> int:
    """Draw a name and a sum for each series, then the line's label; return the row below them."""
    entries = [
        (colour, f"{part.name} {amount(sum(part.values))}")
        for part, colour in zip(chart.series, SERIES, strict=False)
    ]
    if chart.line is not None:
        entries.append((WARNING, chart.line_label))
    x, y = MARGIN, top
    for colour, text in entries:
        indent = 52 if colour == WARNING else 36
        width = indent + math.ceil(_width(text, SMALL))
        if x > MARGIN and x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + 44
        if colour != WARNING:
            canvas.rectangle((x, y + 10, x + 24, y + 34), colour)
        elif chart.line is not None and chart.line > scale.most:
            canvas.text((x + 20, y), "\u2191", WARNING, _font(SMALL), anchor="ma")
        else:
            _draw_dashes(canvas, x, x + 38, y + 23)
        canvas.text((x + indent, y), text, INK, _font(SMALL))
        x += width + 32
    return y + 44


def _draw_grid(canvas: PIL.ImageDraw.ImageDraw, scale: Scale, box: Box) -> None:
    for tick in _ticks(scale):
        y = scale.y(tick, box)
        canvas.line((box.left, y, box.right, y), GRID, 2)
        canvas.text((box.left - 14, y), amount(tick), FAINT_INK, _font(SMALL), anchor="rm")


def _draw_bars(
    canvas: PIL.ImageDraw.ImageDraw, chart: Chart, scale: Scale, box: Box, middles: Sequence[float]
) -> list[Box]:
    """Draw stacked bars; return where each of them is."""
    half = min((box.right - box.left) / len(chart.labels) * BAR_SHARE, MAX_BAR) / 2
    bars = []
    for number, middle in enumerate(middles):
        below, top = 0.0, box.bottom
        for part, colour in zip(chart.series, SERIES, strict=False):
            if part.values[number] > 0:
                bottom = top
                below += part.values[number]
                top = min(scale.y(below, box), bottom - MIN_BAR)
                canvas.rectangle((middle - half, top, middle + half, bottom - 1), colour)
        bars.append(Box(round(middle - half), top, round(middle + half), box.bottom))
    return bars


def _draw_labels(
    canvas: PIL.ImageDraw.ImageDraw, labels: Sequence[str], middles: Sequence[float], y: int
) -> None:
    distance = min((right - left for left, right in pairwise(middles)), default=WIDTH)
    every = math.ceil((max(_width(label, SMALL) for label in labels) + 14) / distance)
    for label, middle in list(zip(labels, middles, strict=True))[::every]:
        canvas.text((middle, y), label, FAINT_INK, _font(SMALL), anchor="ma")


def _draw_line(canvas: PIL.ImageDraw.ImageDraw, line: float, scale: Scale, box: Box) -> list[Box]:
    """Draw the line where the scale has it; return where it is."""
    if line > scale.most:
        return []
    y = scale.y(line, box)
    _draw_dashes(canvas, box.left, box.right, y)
    return [Box(box.left, y - 2, box.right, y + 2)]


def _draw_dashes(canvas: PIL.ImageDraw.ImageDraw, left: int, right: int, y: int) -> None:
    for x in range(left, right, 24):
        canvas.line((x, y, min(x + 14, right), y), WARNING, 4)


def _draw_values(
    canvas: PIL.ImageDraw.ImageDraw,
    totals: Sequence[float],
    bars: Sequence[Box],
    box: Box,
    line: Sequence[Box],
) -> None:
    """Write values above their bars, the highest first, where they touch nothing else.

    A value that would be on the line is written above it.
    """
    taken = [*line, *bars]
    for number in sorted(range(len(totals)), key=lambda number: -totals[number]):
        text, bar = amount(totals[number]), bars[number]
        half = math.ceil(_width(text, SMALL) / 2) + 4
        middle = min((bar.left + bar.right) // 2, WIDTH - MARGIN // 2 - half)
        middle = max(middle, box.left + half)  # beside the numbers of the scale
        place = Box(middle - half, bar.top - 38, middle + half, bar.top - 4)
        for each in line:
            if place.touches(each):
                place = place._replace(top=each.top - 38, bottom=each.top - 4)
        if totals[number] > 0 and not any(place.touches(other) for other in taken):
            taken.append(place)
            canvas.text((middle, place.bottom - 6), text, INK, _font(SMALL), anchor="ms")
