"""Renders images: a simple scene with the prompt on it, and a visible edit of a source image."""

import colorsys
import hashlib
import io
import re
import struct
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps, ImageStat

from sandbox.flux.models import PictureFormat
from sandbox.flux.sizes import PixelSize

# A decoded image of this size takes 100 MB; the header is checked before decoding.
MAX_SOURCE_PIXELS = 25_000_000
READABLE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

# Level 1 is five times as fast as the default 6.
PNG_COMPRESS_LEVEL = 1
JPEG_QUALITY = 88

HILLS = 3
PLACES = 4
HUE_STEP = 0.09

# Pillow's built-in font knows little beyond ASCII; the others are Debian's.
FONTS = ("DejaVuSans-Bold.ttf", "NotoSansCJK-Bold.ttc", "wqy-zenhei.ttc")
TEXT_LINES = 3
# Mean width of a letter, as a share of the font's size.
LETTER_WIDTH = 0.55
# No letter can be read on an image with a shorter side than this.
MIN_TEXT_SIDE_PX = 72
MAX_TEXT_LETTERS = 120

# Below this mean brightness (of 255), an edit darkens its source less.
DARK_SOURCE = 100

WORDS = re.compile(r"[a-z]+")

Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class UnreadableSourceError(Exception):
    """The bytes are not an image that the API accepts."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How a word colours a scene, and what it does to the colours of an edit.

    Attributes:
        hue: of the scene, 0 to 1.
        value: brightness of the scene's sky, 0 to 1.
        gain: factor of red, green and blue in an edit.
        lift: added to red, green and blue in an edit.
        saturation: of an edit, relative to its source.
    """

    hue: float
    value: float
    gain: tuple[float, float, float]
    lift: Colour = (0, 0, 0)
    saturation: float = 1.0


NIGHT = Mood(0.64, 0.32, (0.30, 0.34, 0.52), (2, 4, 16), 0.5)
SUNSET = Mood(0.05, 0.92, (0.80, 0.62, 0.46), (54, 22, 26), 0.8)
WINTER = Mood(0.58, 0.98, (0.66, 0.70, 0.72), (60, 66, 74), 0.3)
GREY = Mood(0.60, 0.85, (1.0, 1.0, 1.0), saturation=0.0)
BLUE = Mood(0.56, 0.88, (0.52, 0.68, 0.86), (0, 12, 34), 0.6)
RED = Mood(0.00, 0.85, (0.86, 0.52, 0.50), (34, 0, 0), 0.6)
GREEN = Mood(0.33, 0.75, (0.54, 0.84, 0.56), (0, 26, 4), 0.6)
BRIGHT_DAY = Mood(0.55, 1.0, (0.72, 0.72, 0.72), (70, 70, 66))

MOOD_BY_WORD: Mapping[str, Mood] = {
    **dict.fromkeys(("night", "midnight", "moonlight", "dark", "space"), NIGHT),
    **dict.fromkeys(("sunset", "sunrise", "evening", "golden", "autumn", "desert"), SUNSET),
    **dict.fromkeys(("winter", "snow", "snowy", "ice", "fog", "foggy"), WINTER),
    **dict.fromkeys(("monochrome", "grayscale", "greyscale", "sepia", "vintage"), GREY),
    **dict.fromkeys(("sea", "ocean", "lake", "blue", "cold"), BLUE),
    **dict.fromkeys(("red", "pink", "warm", "fire"), RED),
    **dict.fromkeys(("forest", "tree", "trees", "green", "spring"), GREEN),
    **dict.fromkeys(("bright", "sunny", "summer", "day"), BRIGHT_DAY),
}

OTHER_MOODS = (SUNSET, BLUE, GREEN, RED, Mood(0.78, 0.8, (0.76, 0.60, 0.86), (28, 4, 34), 0.8))


def words_of(prompt: str) -> frozenset[str]:
    """Return the ASCII words of a prompt in lower case."""
    return frozenset(WORDS.findall(prompt.lower()))


def mood_of(prompt: str) -> Mood:
    """Return the mood of the prompt's known words, or else one chosen by the whole prompt."""
    words = words_of(prompt)
    if {"black", "white"} <= words:
        return GREY
    known = (mood for word, mood in MOOD_BY_WORD.items() if word in words)
    return next(known, OTHER_MOODS[_seed(prompt) % len(OTHER_MOODS)])


def draw(prompt: str, model: str, size: PixelSize, index: int) -> Image.Image:
    """Draw image number `index` of a request: sky, sun, hills and the prompt.

    The same arguments give the same image.
    """
    random = Random(_seed(prompt, model, f"{size.width}x{size.height}", str(index)))  # noqa: S311 - it draws, it guards nothing
    mood = mood_of(prompt)
    hue = mood.hue + HUE_STEP * index
    image = _gradient(
        _colour(hue, 0.6, mood.value), _colour(hue + 0.07, 0.2, min(1.0, mood.value + 0.2)), size
    )
    pen = ImageDraw.Draw(image)
    radius = size.short_side * random.uniform(0.06, 0.09)
    # Four places, so that the images of one request do not share one.
    x = size.width * (0.2 + 0.2 * ((_seed(prompt) + index) % PLACES))
    y = size.height * random.uniform(0.15, 0.3)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), (255, 244, 214))
    for hill in range(HILLS):
        colour = _colour(hue + 0.12 * hill, 0.45, mood.value * (0.7 - 0.18 * hill))
        pen.polygon(_hill(size, 0.5 + 0.14 * hill, random), colour)
    _write(image, prompt)
    return image


def edit(source: Image.Image, prompt: str, size: PixelSize) -> Image.Image:
    """Crop a source to `size` around its centre, recolour it and write the prompt on it."""
    image = ImageOps.fit(source, (size.width, size.height), Image.Resampling.BICUBIC)
    mood = mood_of(prompt)
    image = ImageEnhance.Color(image).enhance(mood.saturation)
    dark = ImageStat.Stat(image.convert("L")).mean[0] < DARK_SOURCE
    gain = tuple(max(0.5, each) if dark else each for each in mood.gain)
    tables = (
        [round(step * factor + lift) for step in range(256)]
        for factor, lift in zip(gain, mood.lift, strict=True)
    )
    image = image.point([value for table in tables for value in table])
    _write(image, prompt)
    inset, thick = (max(1, min(image.size) // part) for part in (60, 200))
    box = (inset, inset, image.width - 1 - inset, image.height - 1 - inset)
    ImageDraw.Draw(image, "RGBA").rectangle(box, outline=(255, 255, 255, 120), width=thick)
    return image


def decoded(source: bytes) -> Image.Image:
    """Decode the first frame of an image, upright and on white.

    Raises:
        UnreadableSourceError: the API does not accept the bytes.
    """
    try:
        with Image.open(io.BytesIO(source), formats=READABLE_FORMATS) as image:
            if image.width * image.height > MAX_SOURCE_PIXELS:
                raise UnreadableSourceError("more pixels than the API accepts")
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
        raise UnreadableSourceError("not a readable image") from error


def encoded(image: Image.Image, picture_format: PictureFormat) -> bytes:
    """Return the image's bytes in the format that its model returns."""
    file = io.BytesIO()
    if picture_format is PictureFormat.PNG:
        image.save(file, "PNG", compress_level=PNG_COMPRESS_LEVEL)
    else:
        image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _seed(*parts: str) -> int:
    # A prompt may hold half a surrogate pair.
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(whole).digest()[:8])


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _gradient(top: Colour, bottom: Colour, size: PixelSize) -> Image.Image:
    mask = Image.linear_gradient("L").resize((size.width, size.height))
    whole = (size.width, size.height)
    return Image.composite(Image.new("RGB", whole, bottom), Image.new("RGB", whole, top), mask)


def _hill(size: PixelSize, height: float, random: Random) -> list[tuple[float, float]]:
    """Return a hill's outline; `height` is its mean, as a share of the image from the top."""
    steps = 8
    ridge = [
        (size.width * step / steps, size.height * (height + random.uniform(-0.06, 0.06)))
        for step in range(steps + 1)
    ]
    return [(0, size.height), *ridge, (size.width, size.height)]


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _write(image: Image.Image, text: str) -> None:
    """Write a prompt at the foot of an image, over a blurred strip that hides an older one."""
    short_side = min(image.size)
    if short_side < MIN_TEXT_SIDE_PX:
        return
    px = max(9, short_side // 18)
    font, line = _readable(" ".join(text[:MAX_TEXT_LETTERS].split()), px)
    box = (0, image.height - round(px * (1.3 * TEXT_LINES + 1)), image.width, image.height)
    strip = image.crop(box)
    blurred = strip.resize((12, 1), Image.Resampling.BOX)
    image.paste(blurred.resize(strip.size, Image.Resampling.BICUBIC), box)
    letters = max(8, round((image.width - 2 * px) / (px * LETTER_WIDTH)))
    lines = textwrap.wrap(line, letters, max_lines=TEXT_LINES, placeholder=" ...")
    pen = ImageDraw.Draw(image)
    for row, part in enumerate(lines):
        place = (px, box[1] + px * (0.5 + 1.3 * row))
        pen.text(place, part, "white", font, stroke_width=max(1, px // 14), stroke_fill="black")


def _readable(text: str, px: int) -> tuple[Font, str]:
    """Return the font that shows most of the text, and the text without what it cannot show."""
    fonts: list[Font] = [ImageFont.load_default(px)]
    for name in () if text.isascii() else FONTS:
        try:
            fonts.append(ImageFont.truetype(name, px))
        except OSError:
            continue  # not installed
    shown = [(font, _shown(text, font)) for font in fonts]
    return max(shown, key=lambda pair: len(pair[1]))


def _shown(text: str, font: Font) -> str:
    missing = bytes(font.getmask("\uffff"))
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        letter
        for letter in plain
        if letter == " " or (letter.isprintable() and bytes(font.getmask(letter)) != missing)
    )
