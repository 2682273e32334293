"""A small line of text at the foot of a picture, whatever the text is made of."""

import unicodedata
from contextlib import suppress

from PIL import Image, ImageDraw, ImageFont

# Found on most Linux machines; Pillow's built-in font knows little beyond ASCII.
WIDER_FONT = "DejaVuSans.ttf"
LONGEST_CAPTION = 120
SMALLEST_FONT_PX = 9
# Below this no letter could be read.
SMALLEST_SIDE_PX = 72

# Above this brightness of the ground, white letters are lost.
LIGHT_GROUND = 150

Ink = tuple[int, int, int, int]

# Letters and their shadow.
LIGHT_INKS: tuple[Ink, Ink] = ((255, 255, 255, 235), (0, 0, 0, 130))
DARK_INKS: tuple[Ink, Ink] = ((24, 28, 40, 225), (255, 255, 255, 110))

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_caption(image: Image.Image, text: str) -> None:
    """Write `text` in the lower left corner of an RGB image, cut to its width."""
    short_side = min(image.size)
    if short_side < SMALLEST_SIDE_PX:
        return
    size = _font_size(short_side)
    font, line = _best_line(" ".join(text[: LONGEST_CAPTION * 2].split()), size)
    line = _cut(line, font, image.width - 2 * size)
    if not line:
        return
    margin = size
    foot = image.height - margin
    pen = ImageDraw.Draw(image, "RGBA")
    offset = max(1, size // 14)
    ink, shadow = _inks(image, (0, foot - size, image.width // 2, foot))
    pen.text((margin + offset, foot + offset), line, shadow, font, "ls")
    pen.text((margin, foot), line, ink, font, "ls")


def frost_foot(image: Image.Image) -> None:
    """Blur the strip that a caption stands on; its brightness stays what it was."""
    size = _font_size(min(image.size))
    if image.height < size * 4:
        return
    box = (0, image.height - size * 2, image.width, image.height - size // 2)
    strip = image.crop(box)
    blurred = strip.resize((12, 1), Image.Resampling.BOX).resize(
        strip.size, Image.Resampling.BICUBIC
    )
    image.paste(blurred, box)


def _font_size(short_side: int) -> int:
    return max(SMALLEST_FONT_PX, short_side // 44)


def _inks(image: Image.Image, box: tuple[int, int, int, int]) -> tuple[Ink, Ink]:
    """Choose light letters on a dark ground and dark ones on a light ground."""
    ground = image.crop(box).convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return LIGHT_INKS if isinstance(ground, int) and ground < LIGHT_GROUND else DARK_INKS


def _best_line(text: str, size: int) -> tuple[Font, str]:
    """Choose the font that shows more of the text; what no font shows is left out."""
    built_in = ImageFont.load_default(size)
    if text.isascii():
        return built_in, _shown(text, built_in)
    fonts: list[Font] = [built_in]
    with suppress(OSError):
        fonts.append(ImageFont.truetype(WIDER_FONT, size))
    lines = [(font, _shown(text, font)) for font in fonts]
    return max(lines, key=lambda pair: len(pair[1]))


def _shown(text: str, font: Font) -> str:
    missing = _shape(font, "\uffff")
    return "".join(_drawable(letter, font, missing) for letter in text[:LONGEST_CAPTION]).strip()


def _drawable(letter: str, font: Font, missing: bytes) -> str:
    """Give the letter, its plain base (e for an accented e), or nothing."""
    if letter == " ":
        return letter
    for candidate in (letter, unicodedata.normalize("NFKD", letter)[0]):
        if candidate.isprintable() and _shape(font, candidate) != missing:
            return candidate
    return ""


def _shape(font: Font, letter: str) -> bytes:
    return bytes(font.getmask(letter))


def _cut(line: str, font: Font, width: float) -> str:
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "...") > width:
        line = line[:-1]
    return line.rstrip() + "..." if line else ""
