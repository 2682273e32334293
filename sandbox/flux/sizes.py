"""What may stand in `size`, and how many pixels come of it."""

import math
import re
from dataclasses import dataclass

from sandbox.flux.models import SizeKind

CURRENT_RATIOS = frozenset(
    {"21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"},
)
# In the older reference page only, for the models that take nothing but ratios.
NEAR_SQUARE_RATIOS = frozenset({"4:5", "5:4"})

# From the vendor's older guide: limits of a side. The newer one names three sizes instead.
MIN_SIDE, MAX_SIDE, SIDE_STEP = 256, 1440, 32
NAMED_PIXEL_SIZES = frozenset({"1024x1024", "1024x1792", "1792x1024"})

# A result of 1:1 was seen at 1024x1024; the area of other ratios is inferred from it.
USUAL_AREA = 1024 * 1024
SCALED_STEP = 8

PIXELS = re.compile(r"([1-9][0-9]{2,3})x([1-9][0-9]{2,3})")


@dataclass(frozen=True, slots=True)
class PixelSize:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def short_side(self) -> int:
        """Give the smaller of both, which marks and captions are measured by."""
        return min(self.width, self.height)


def is_allowed(size: str, kind: SizeKind) -> bool:
    """Tell whether a model of this kind takes a size spelled so."""
    match kind:
        case SizeKind.PIXELS:
            return _is_within_sides(size)
        case SizeKind.NAMED_PIXELS_OR_RATIO:
            return size in CURRENT_RATIOS | NAMED_PIXEL_SIZES
        case SizeKind.RATIO:
            return size in CURRENT_RATIOS
        case SizeKind.RATIO_OR_NEAR_SQUARE:
            return size in CURRENT_RATIOS | NEAR_SQUARE_RATIOS


def pixels_of(size: str, megapixels: float = 1.0) -> PixelSize:
    """Turn an allowed size into pixels.

    `megapixels` scales the area: at 1.0 the sides are those of the API, below it they
    keep their ratio in steps of 8.
    """
    exact = _full_pixels(size)
    factor = math.sqrt(megapixels)
    return PixelSize(_scaled(exact.width, factor), _scaled(exact.height, factor))


def _is_within_sides(size: str) -> bool:
    found = PIXELS.fullmatch(size)
    return found is not None and all(
        MIN_SIDE <= side <= MAX_SIDE and side % SIDE_STEP == 0 for side in map(int, found.groups())
    )


def _full_pixels(size: str) -> PixelSize:
    found = PIXELS.fullmatch(size)
    if found is not None:
        return PixelSize(int(found[1]), int(found[2]))
    across, down = map(int, size.split(":"))
    return PixelSize(
        _floored(math.sqrt(USUAL_AREA * across / down)),
        _floored(math.sqrt(USUAL_AREA * down / across)),
    )


def _floored(side: float) -> int:
    """Step down, so that no ratio passes the usual area."""
    return int(side // SIDE_STEP) * SIDE_STEP


def _scaled(side: int, factor: float) -> int:
    return max(SCALED_STEP, round(side * factor / SCALED_STEP) * SCALED_STEP)
