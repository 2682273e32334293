"""The ten models: which sizes each one takes, whether it edits, what format it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    edits: bool
    gives: PictureFormat


PNG, JPEG = PictureFormat.PNG, PictureFormat.JPEG

# The vendor's reference page, and the guide of the same time.
DOCUMENTED_MODELS: Mapping[str, Model] = {
    "flux-dev": Model(SizeKind.PIXELS, edits=False, gives=PNG),
    "flux-pro": Model(SizeKind.PIXELS, edits=False, gives=PNG),
    "flux-pro-1.1": Model(SizeKind.PIXELS, edits=False, gives=PNG),
    "flux-pro-1.1-ultra": Model(SizeKind.RATIO_OR_NEAR_SQUARE, edits=False, gives=PNG),
    "flux-kontext-pro": Model(SizeKind.RATIO_OR_NEAR_SQUARE, edits=True, gives=PNG),
    "flux-kontext-max": Model(SizeKind.RATIO_OR_NEAR_SQUARE, edits=True, gives=PNG),
}

# The guide of autumn 2026. It names no edit with flux-2-klein, so there is none.
CURRENT_MODELS: Mapping[str, Model] = {
    "flux-dev": Model(SizeKind.NAMED_PIXELS_OR_RATIO, edits=True, gives=PNG),
    "flux-pro": Model(SizeKind.NAMED_PIXELS_OR_RATIO, edits=True, gives=PNG),
    "flux-kontext-pro": Model(SizeKind.RATIO, edits=True, gives=PNG),
    "flux-kontext-max": Model(SizeKind.RATIO, edits=True, gives=PNG),
    "flux-2-flex": Model(SizeKind.RATIO, edits=True, gives=JPEG),
    "flux-2-pro": Model(SizeKind.RATIO, edits=True, gives=JPEG),
    "flux-2-max": Model(SizeKind.RATIO, edits=True, gives=JPEG),
    "flux-2-klein": Model(SizeKind.RATIO, edits=False, gives=JPEG),
}
