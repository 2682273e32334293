"""Edits that anyone can see and that still leave the picture what it was."""

import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps, ImageStat

from sandbox.flux import shapes
from sandbox.flux.caption import draw_caption, frost_foot
from sandbox.flux.drawing import random_from, seed_of
from sandbox.flux.palettes import words_of
from sandbox.flux.sizes import PixelSize

# Decoded, this is 100 MB; a header may promise anything, so it is asked first.
MAX_SOURCE_PIXELS = 25_000_000
READABLE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

# What each channel adds to the brightness that an eye sees.
LUMA = (0.299, 0.587, 0.114)

# A grade's gamma is meant for this brightness; a snowfield gets up to so many times as much.
USUAL_BRIGHTNESS = 110.0
MOST_GAMMA = 1.7

Matrix = tuple[
    float, float, float, float,
    float, float, float, float,
    float, float, float, float,
]  # fmt: skip


class UnreadableSourceError(Exception):
    """The bytes are no picture that the API takes."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A change of colours that keeps light places light and dark ones dark.

    `gain` times a channel plus `lift` hardly passes white, so no detail is lost to it.
    A `gamma` above 1 darkens what lies between black and white.
    """

    gain: tuple[float, float, float]
    lift: tuple[int, int, int] = (0, 0, 0)
    saturation: float = 1.0
    gamma: float = 1.0
    has_stars: bool = False
    has_snow: bool = False

    @property
    def matrix(self) -> Matrix:
        """Give the change as Pillow wants it: per channel three factors and a constant."""
        red, green, blue = (self._row(channel) for channel in range(3))
        return (*red, *green, *blue)

    def curve(self, brightness: float) -> list[int]:
        """Give the table for the 256 steps of a channel, for a picture this bright (0 to 255).

        What is dark already is hardly darkened: there would be nothing left to recognise.
        """
        gamma = 1 + (self.gamma - 1) * min(MOST_GAMMA, brightness / USUAL_BRIGHTNESS)
        return [round(255 * (step / 255) ** gamma) for step in range(256)]

    def _row(self, channel: int) -> tuple[float, float, float, float]:
        gain = self.gain[channel]
        grey = 1 - self.saturation
        red, green, blue = (
            gain * (grey * weight + (self.saturation if own == channel else 0.0))
            for own, weight in enumerate(LUMA)
        )
        return red, green, blue, float(self.lift[channel])


NIGHT = Grade((0.38, 0.44, 0.70), (2, 5, 20), saturation=0.45, gamma=1.9, has_stars=True)
SUNSET = Grade((0.80, 0.62, 0.46), (54, 22, 26), saturation=0.75)
WINTER = Grade((0.66, 0.70, 0.72), (60, 66, 74), saturation=0.35, has_snow=True)
BLACK_AND_WHITE = Grade((1.0, 1.0, 1.0), saturation=0.0)
SEPIA = Grade((0.92, 0.80, 0.62), (20, 12, 4), saturation=0.1)

GRADE_BY_WORD: dict[str, Grade] = {
    "night": NIGHT,
    "midnight": NIGHT,
    "moonlight": NIGHT,
    "dark": Grade((0.60, 0.60, 0.64), (0, 0, 4), saturation=0.9, gamma=1.6),
    "sunset": SUNSET,
    "sunrise": SUNSET,
    "evening": SUNSET,
    "golden": Grade((0.86, 0.74, 0.44), (36, 24, 6), saturation=0.7),
    "winter": WINTER,
    "snow": WINTER,
    "snowy": WINTER,
    "christmas": WINTER,
    "autumn": Grade((0.90, 0.66, 0.42), (30, 16, 6), saturation=0.7),
    "spring": Grade((0.80, 0.84, 0.70), (44, 34, 40), saturation=0.9),
    "summer": Grade((0.84, 0.80, 0.62), (40, 38, 20)),
    "sunny": Grade((0.82, 0.78, 0.62), (46, 42, 20)),
    "bright": Grade((0.72, 0.72, 0.72), (70, 70, 70)),
    "warm": Grade((0.90, 0.76, 0.56), (25, 10, 0)),
    "cold": Grade((0.58, 0.74, 0.90), (0, 12, 25), saturation=0.8),
    "cool": Grade((0.62, 0.78, 0.90), (0, 10, 25)),
    "blue": Grade((0.48, 0.64, 0.86), (0, 12, 34), saturation=0.6),
    "red": Grade((0.86, 0.50, 0.48), (34, 0, 0), saturation=0.6),
    "green": Grade((0.52, 0.84, 0.54), (0, 26, 4), saturation=0.6),
    "pink": Grade((0.82, 0.58, 0.70), (46, 16, 34), saturation=0.6),
    "purple": Grade((0.66, 0.50, 0.84), (24, 4, 34), saturation=0.6),
    "orange": Grade((0.88, 0.64, 0.40), (34, 14, 0), saturation=0.6),
    "yellow": Grade((0.86, 0.80, 0.42), (34, 30, 0), saturation=0.6),
    "foggy": Grade((0.50, 0.50, 0.50), (110, 112, 116), saturation=0.5),
    "fog": Grade((0.50, 0.50, 0.50), (110, 112, 116), saturation=0.5),
    "monochrome": BLACK_AND_WHITE,
    "grayscale": BLACK_AND_WHITE,
    "greyscale": BLACK_AND_WHITE,
    "vintage": SEPIA,
    "sepia": SEPIA,
    "old": SEPIA,
}

TINTS_WITHOUT_A_WORD: tuple[Grade, ...] = (
    Grade((0.88, 0.72, 0.56), (30, 10, 10), saturation=0.8),
    Grade((0.56, 0.80, 0.84), (0, 24, 34), saturation=0.8),
    Grade((0.76, 0.60, 0.86), (28, 4, 34), saturation=0.8),
    Grade((0.64, 0.86, 0.60), (10, 30, 14), saturation=0.8),
    Grade((0.88, 0.64, 0.72), (34, 10, 24), saturation=0.8),
)


def grade_for(prompt: str) -> Grade:
    """Choose the change by the prompt's first known word, or else by the prompt as a whole."""
    words = words_of(prompt)
    if {"black", "white"} <= words:
        return BLACK_AND_WHITE
    known = (grade for word, grade in GRADE_BY_WORD.items() if word in words)
    return next(known, TINTS_WITHOUT_A_WORD[seed_of(prompt) % len(TINTS_WITHOUT_A_WORD)])


def decoded(source: bytes) -> Image.Image:
    """Decode a picture upright, its first frame, flattened on white."""
    try:
        with Image.open(io.BytesIO(source), formats=READABLE_FORMATS) as image:
            if image.width * image.height > MAX_SOURCE_PIXELS:
                raise UnreadableSourceError("more pixels than the API takes")
            image.load()
            return _on_white(ImageOps.exif_transpose(image))
    except (
        OSError,
        ValueError,
        SyntaxError,
        struct.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        # Pillow's decoders raise all of these for broken bytes.
        raise UnreadableSourceError("not a readable picture") from error


def edit(source: Image.Image, prompt: str, size: PixelSize) -> Image.Image:
    """Fit a picture into `size`, cut from its middle, and change it as the prompt says."""
    grade = grade_for(prompt)
    image = _cut_to(source, size)
    image = image.point(grade.curve(_brightness(image)) * 3).convert("RGB", grade.matrix)
    random = random_from("edit", prompt)
    if grade.has_stars:
        shapes.specks(image, count=60, depth=0.4, largest=size.short_side * 0.002, random=random)
    if grade.has_snow:
        shapes.specks(image, count=160, depth=1.0, largest=size.short_side * 0.004, random=random)
    # The source may have a caption of its own, which must not shine through.
    frost_foot(image)
    _draw_frame(image)
    draw_caption(image, prompt)
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    paper = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(paper, layered).convert("RGB")


def _cut_to(image: Image.Image, size: PixelSize) -> Image.Image:
    return ImageOps.fit(image, (size.width, size.height), Image.Resampling.BICUBIC)


def _brightness(image: Image.Image) -> float:
    return _grey(image).mean[0]


def _grey(image: Image.Image) -> ImageStat.Stat:
    return ImageStat.Stat(image.convert("L").reduce(4))


def _draw_frame(image: Image.Image) -> None:
    """Draw a light line just inside the edge, fainter where the picture has little contrast."""
    strength = round(min(150.0, max(40.0, 3 * _grey(image).stddev[0])))
    short_side = min(image.size)
    inset, thick = max(1, short_side // 60), max(1, short_side // 250)
    pen = ImageDraw.Draw(image, "RGBA")
    outer = (inset, inset, image.width - 1 - inset, image.height - 1 - inset)
    pen.rectangle(outer, outline=(255, 255, 255, strength), width=thick)
