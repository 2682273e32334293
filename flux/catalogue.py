"""The models of the Flux Images API: what each does, which sizes it takes, what it costs."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import Final

RATIOS: Final = ("1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4", "21:9", "9:21")
"""The ratios that every model takes today, by the vendor's guide."""

PIXELS_BY_RATIO: Final = {
    "1:1": "1024x1024",
    "16:9": "1344x768",
    "9:16": "768x1344",
    "3:2": "1248x832",
    "2:3": "832x1248",
    "4:3": "1152x864",
    "3:4": "864x1152",
    "21:9": "1344x576",
    "9:21": "576x1344",
}
"""About a megapixel of each shape, in sides that the documented contract allows."""

MIN_SIDE_PX: Final = 256
MAX_SIDE_PX: Final = 1440
SIDE_STEP_PX: Final = 32
"""Sides of a free pixel size, by the vendor's guide of the documented contract."""

FIXED_SIZES: Final = ("1024x1024", "1024x1792", "1792x1024")
"""The only sizes in pixels of the vendor's current guide."""

MAX_COUNT: Final = 4
"""Pictures of one request in the vendor's own web client; the API documents no number."""

_PIXELS: Final = re.compile("([1-9][0-9]{2,3})x([1-9][0-9]{2,3})")


class Contract(StrEnum):
    """Which edition of the API an endpoint speaks; they differ in models and sizes."""

    DOCUMENTED = "documented"
    """The vendor's reference page: six models, sizes in pixels for three, no `async`."""
    CURRENT = "current"
    """The live service since summer 2026: other models, ratios everywhere, `async`."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalogue.

    Attributes:
        estimated_microcredits: a picture's price in millionths of a credit. For flux-dev and
            flux-kontext-pro it was seen on real results of October 2026; the others are the
            vendor's old price list raised by the same factor, flux-2 by its neighbours. The
            charge in a result is always preferred.
        usual_seconds: a first guess until jobs of this model have been timed.
        takes_pixels: whether it takes `WIDTHxHEIGHT` beside ratios.
        contracts: the editions of the API that have this model.
    """

    id: str
    estimated_microcredits: int
    usual_seconds: float
    _: KW_ONLY
    edits: bool = False
    takes_pixels: bool = False
    contracts: frozenset[Contract] = frozenset(Contract)

    def takes_size(self, size: str) -> bool:
        return size in RATIOS or (self.takes_pixels and is_pixel_size(size))


def is_pixel_size(size: str) -> bool:
    """Whether this is a pixel size that a model with `takes_pixels` accepts."""
    return size in FIXED_SIZES or is_free_size(size)


def is_free_size(size: str) -> bool:
    """Whether both sides are a number of pixels that the documented contract takes."""
    match = _PIXELS.fullmatch(size)
    return match is not None and all(
        MIN_SIDE_PX <= int(side) <= MAX_SIDE_PX and int(side) % SIDE_STEP_PX == 0
        for side in match.groups()
    )


_DOCUMENTED: Final = frozenset({Contract.DOCUMENTED})
_CURRENT: Final = frozenset({Contract.CURRENT})

MODELS: Final[dict[str, Model]] = {
    model.id: model
    for model in (
        Model("flux-dev", 216_000, 10, takes_pixels=True),
        Model("flux-pro", 528_000, 15, takes_pixels=True),
        Model("flux-pro-1.1", 423_000, 15, takes_pixels=True, contracts=_DOCUMENTED),
        Model("flux-pro-1.1-ultra", 634_000, 25, contracts=_DOCUMENTED),
        Model("flux-kontext-pro", 423_000, 20, edits=True),
        Model("flux-kontext-max", 846_000, 30, edits=True),
        Model("flux-2-klein", 216_000, 8, contracts=_CURRENT),
        Model("flux-2-flex", 528_000, 15, edits=True, contracts=_CURRENT),
        Model("flux-2-pro", 528_000, 15, edits=True, contracts=_CURRENT),
        Model("flux-2-max", 846_000, 30, edits=True, contracts=_CURRENT),
    )
}
"""The models by id: those of the documented page and those that came since.

`edits` follows what vendor clients have really done: both kontext models and flux-2, klein aside.
"""
