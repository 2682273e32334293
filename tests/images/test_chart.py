"""Charts, measured by their pixels."""

from __future__ import annotations

import io
from dataclasses import replace

import PIL.Image
import PIL.ImageColor
import pytest

from images.chart import Chart, Series
from images.chart_drawing import HEIGHT, MARGIN, WIDTH, amount, draw, scale_of
from images.palette import BORDER, GROUND, INK, SERIES, WARNING
from tests.decoding import shared_decoder

DAYS = tuple(str(day) for day in range(1, 31))
MUCH = Chart(
    title="Usage of this server · 2026-11-01 to 2026-11-30",
    unit="Credits per day (UTC), by model",
    labels=DAYS,
    series=(
        Series(name="flux-dev", values=(2.0,) * 30),
        Series(name="flux-pro", values=(1.0,) * 30),
    ),
    line=4.0,
    line_label="Budget: 4 a day",
    empty_label="No requests in this period.",
)


def pixels(chart: Chart) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(draw(chart))).convert("RGB")


def rows_of(picture: PIL.Image.Image, colour: str, top: int = 180) -> dict[int, list[int]]:
    """Return the rows of a colour in each column, below the legend."""
    wanted = PIL.ImageColor.getrgb(colour)
    rows: dict[int, list[int]] = {}
    data = picture.load()
    assert data is not None
    for x in range(MARGIN, WIDTH - MARGIN):
        found = [y for y in range(top, HEIGHT) if data[x, y] == wanted]
        if found:
            rows[x] = found
    return rows


def heights(picture: PIL.Image.Image, colour: str) -> set[int]:
    return {len(rows) for rows in rows_of(picture, colour).values()}


def test_bars_are_stacked_by_model_in_proportion() -> None:
    picture = pixels(replace(MUCH, line=None))
    dev, pro = rows_of(picture, SERIES[0]), rows_of(picture, SERIES[1])

    assert dev.keys() == pro.keys()
    for x, rows in dev.items():
        assert len(rows) == pytest.approx(2 * len(pro[x]), abs=3)
        assert max(pro[x]) + 1 == min(rows)


def test_the_budget_is_a_line_at_its_height() -> None:
    picture = pixels(MUCH)
    bars = rows_of(picture, SERIES[0])
    bottom = max(rows[-1] for rows in bars.values()) + 1
    unit = (bottom - min(rows[0] for rows in bars.values())) / 2
    line = rows_of(picture, WARNING)
    lowest = max(rows[-1] for rows in line.values())

    assert min(rows[0] for rows in line.values()) < min(rows[0] for rows in bars.values())
    assert len(line) > 0.5 * (WIDTH - 2 * MARGIN)
    assert bottom - lowest == pytest.approx(4 * unit, abs=5)


def test_the_highest_value_is_written_above_a_line_that_is_near() -> None:
    values = (*[0.0] * 20, 1.95, *[0.0] * 9)
    near = replace(MUCH, series=(Series(name="flux-dev", values=values),), line=2.0)
    picture = pixels(near)
    line = min(rows[-1] for rows in rows_of(picture, WARNING).values() if len(rows) < 10)
    written = rows_of(picture, INK)

    assert len(written) > 20
    assert all(rows[-1] < line for rows in written.values())


def test_the_first_value_is_beside_the_numbers_of_the_scale() -> None:
    values = (0.36, *[0.0] * 28, 1.0)
    chart = replace(MUCH, series=(Series(name="flux-dev", values=values),), line=None)
    picture = pixels(chart)
    bars, written = rows_of(picture, SERIES[0]), rows_of(picture, INK)

    assert min(written) >= min(bars) - 4


@pytest.mark.parametrize("line", [None, 0.0, 0.03, 1.0, 1_000_000.0])
@pytest.mark.parametrize("value", [0.000_001, 0.022, 1, 12_345_678])
def test_one_bar_among_empty_days_can_be_seen(value: float, line: float | None) -> None:
    values = (*[0.0] * 20, value, *[0.0] * 9)
    lone = replace(MUCH, series=(Series(name="flux-dev", values=values),), line=line)

    assert max(heights(pixels(lone), SERIES[0])) >= 60


def test_the_smallest_part_of_a_bar_can_be_seen() -> None:
    small = Series(name="flux-pro", values=(0.001, *[0.0] * 29))
    chart = replace(MUCH, series=(MUCH.series[0], small), line=None)

    assert heights(pixels(chart), SERIES[1]) == {3}


@pytest.mark.parametrize("bars", [1, 7, 24, 31])
@pytest.mark.parametrize("highest", [0.0, 0.5, 3, 999, 99_999])
def test_nothing_is_written_beyond_the_edges(bars: int, highest: float) -> None:
    chart = Chart(
        title="W" * 90,
        unit="W" * 200,
        labels=tuple(f"11-{number:02}" for number in range(bars)),
        series=tuple(
            Series(name=f"flux-pro-1.1-ultra-{number}", values=(highest,) * bars)
            for number in range(6)
        ),
        line=highest,
        line_label="Budget: 1,000,000 a month, 33,333 a day",
        empty_label="No requests in this period.",
    )
    picture = pixels(chart)
    edge = {PIL.ImageColor.getrgb(GROUND), PIL.ImageColor.getrgb(BORDER)}

    assert picture.size == (WIDTH, HEIGHT)
    for box in (
        (0, 0, MARGIN - 2, HEIGHT),
        (WIDTH - 10, 0, WIDTH, HEIGHT),
        (0, HEIGHT - 20, WIDTH, HEIGHT),
    ):
        colours = picture.crop(box).getcolors(WIDTH * HEIGHT)
        assert colours is not None
        assert {colour for _, colour in colours} <= edge


@pytest.mark.parametrize(
    ("highest", "line", "most", "step"),
    [
        (0, None, 1, 0.25),
        (4.15, 3.23, 6, 2),
        (0.094, 1.667, 0.1, 0.025),  # the budget is far away: marked at the top instead
        (0, 1.667, 2, 0.5),
        (10, 10, 10, 2.5),
        (20, 40, 40, 10),
    ],
)
def test_a_scale_ends_at_a_round_number(
    highest: float, line: float | None, most: float, step: float
) -> None:
    assert scale_of(highest, line) == pytest.approx((most, step))


def test_counts_have_whole_steps() -> None:
    assert scale_of(1, None, is_whole=True) == (1, 1)
    assert scale_of(10, None, is_whole=True) == (10, 5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.022, "0.022"),
        (0.216, "0.22"),
        (3.148, "3.15"),
        (12.34, "12.3"),
        (14, "14"),
        (999.6, "1,000"),
        (107_400, "107k"),
        (2.5e6, "2.5M"),
    ],
)
def test_values_are_short(value: float, text: str) -> None:
    assert amount(value) == text


async def test_a_chart_is_drawn_in_the_decoder_process() -> None:
    assert await shared_decoder().chart(MUCH) == draw(MUCH)
