"""The colours of cards and charts; nowhere else is one named."""

from typing import Final

SERIES: Final = ("#7f8cf5", "#4fb8a5", "#e38fae", "#68b5ee", "#b8a1e3", "#949ba4")
"""Of a chart's parts, easy to tell apart for most who are colour-blind; the last is grey, for the
rest."""

NEUTRAL: Final = SERIES[-1]
"""The edge of a card that needs no attention."""

IN_PROGRESS: Final = "#6d727a"
"""The same, dimmer, until its job has ended."""

WARNING: Final = "#f2c46d"
"""Of a refusal, and of the line of a budget."""

FAILURE: Final = "#e0787f"

GROUND: Final = "#25272c"
BORDER: Final = "#43464d"
INK: Final = "#f2f3f5"
FAINT_INK: Final = "#b5bac1"
GRID: Final = "#3a3d44"
"""A chart's own dark ground and what stands on it, the same in light and dark Discord."""
