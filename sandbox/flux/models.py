"""The models: what each version of the API takes and gives, and the price of an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

DEFAULT_MODEL = "flux-dev"


class SizeKind(Enum):
    """How a model wants its size spelled."""

    PIXELS = "pixels, in steps of 32"
    NAMED_PIXELS_OR_RATIO = "three sizes in pixels or one of the nine ratios"
    RATIO = "one of the nine ratios"
    RATIO_OR_NEAR_SQUARE = "one of the nine ratios, 4:5 or 5:4"


class PictureFormat(Enum):
    """What a result is stored as; the value is the end of its file name."""

    PNG = "png"
    JPEG = "jpg"

    @property
    def content_type(self) -> str:
        """Give the media type that the file is served with."""
        return "image/png" if self is PictureFormat.PNG else "image/jpeg"


@dataclass(frozen=True, slots=True)
class Model:
    """What one model can do, after the vendor's guide and recorded results."""

    sizes: SizeKind
    edits: bool = False
    gives: PictureFormat = PictureFormat.PNG


JPEG = PictureFormat.JPEG
PIXELS, NAMED, RATIO, NEAR_SQUARE = SizeKind

# The price of an image in credits, and the model in the version of the reference page and in the
# one of autumn 2026; None where that version lacks it. The newer guide names no edit with
# flux-2-klein, so there is none. Only the prices of flux-dev and flux-kontext-pro were seen in
# real results; the vendor publishes no others that hold, so the rest are made up to stand in a
# plausible order.
MODELS: Mapping[str, tuple[Decimal, Model | None, Model | None]] = {
    "flux-dev": (Decimal("0.24"), Model(PIXELS), Model(NAMED, edits=True)),
    "flux-pro": (Decimal("0.50"), Model(PIXELS), Model(NAMED, edits=True)),
    "flux-pro-1.1": (Decimal("0.40"), Model(PIXELS), None),
    "flux-pro-1.1-ultra": (Decimal("0.60"), Model(NEAR_SQUARE), None),
    "flux-kontext-pro": (Decimal("0.47"), Model(NEAR_SQUARE, edits=True), Model(RATIO, edits=True)),
    "flux-kontext-max": (Decimal("0.94"), Model(NEAR_SQUARE, edits=True), Model(RATIO, edits=True)),
    "flux-2-flex": (Decimal("0.60"), None, Model(RATIO, edits=True, gives=JPEG)),
    "flux-2-pro": (Decimal("0.40"), None, Model(RATIO, edits=True, gives=JPEG)),
    "flux-2-max": (Decimal("0.80"), None, Model(RATIO, edits=True, gives=JPEG)),
    "flux-2-klein": (Decimal("0.15"), None, Model(RATIO, gives=JPEG)),
}
DOCUMENTED_MODELS = {name: model for name, (_, model, _) in MODELS.items() if model}
CURRENT_MODELS = {name: model for name, (_, _, model) in MODELS.items() if model}
