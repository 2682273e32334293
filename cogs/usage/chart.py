"""Numbers as a picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

INCHES: Final = (8.0, 3.2)
DOTS_PER_INCH: Final = 120

BACKGROUND: Final = "#2b2d31"
BARS: Final = "#7983f5"
TEXT: Final = "#dbdee1"
GRID: Final = "#4a4d55"
"""A picture with a background of its own reads well on a light and on a dark one."""

MAX_LABELS: Final = 16
"""Below the bars, so that they do not touch."""


def bar_chart(labels: Sequence[str], values: Sequence[int]) -> bytes:
    """Return a PNG with a bar for each value; it takes some tenths of a second, in any thread.

    Args:
        labels: of the bars, digits and Latin letters only: no other font is sure to be there.
    """
    # It takes a second to load and 50 MB to hold, and not every bot is asked for a chart. Its
    # other way, pyplot, keeps what was drawn and is no good in threads.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor=BACKGROUND, layout="tight")
    axes = figure.add_subplot(facecolor=BACKGROUND)
    axes.bar(range(len(values)), values, color=BARS, width=0.72)
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.set_ylim(0, max(1, *values) * 1.08)
    every = -(-len(labels) // MAX_LABELS)
    axes.set_xticks(range(0, len(labels), every), labels[::every])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=TEXT, labelsize=11, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    FigureCanvasAgg(figure)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()
