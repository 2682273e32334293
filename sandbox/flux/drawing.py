"""A small landscape for every prompt: the same words always give the same picture."""

import hashlib
import io
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from sandbox.flux import shapes
from sandbox.flux.caption import draw_caption
from sandbox.flux.models import PictureFormat
from sandbox.flux.palettes import Colour, Motif, Palette, mixed, motif_of
from sandbox.flux.sizes import PixelSize

WHITE: Colour = (255, 255, 255)
NEEDLES: Colour = (26, 52, 66)

# The heights of hills, as shares of the picture.
HORIZON = 0.56
HILLS = 5
HILLS_BEHIND_WATER = 2
PEAKED_HILLS = 2

# Level 1 is five times as fast as the usual 6, and a sandbox's disc is large enough.
PNG_COMPRESS_LEVEL = 1
JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Canvas:
    """Everything the painting functions share: the picture, its colours, its dice."""

    image: Image.Image
    palette: Palette
    things: frozenset[str]
    random: Random

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height in pixels."""
        return self.image.size

    @property
    def unit(self) -> float:
        """Give the length that everything is measured by, so that any ratio looks alike."""
        return float(min(self.image.size))


def draw(prompt: str, model: str, size: PixelSize, index: int) -> Image.Image:
    """Paint picture number `index` of a request."""
    motif = motif_of(prompt)
    # A request's pictures share their words but neither colours nor light nor hills.
    palette = motif.palettes[(seed_of(prompt) + index) % len(motif.palettes)]
    random = random_from(prompt, model, f"{size.width}x{size.height}", str(index))
    image = shapes.gradient(
        (palette.top, palette.middle, palette.horizon, palette.horizon),
        (size.width, size.height),
    )
    canvas = Canvas(image, palette, motif.things, random)
    light_x = _paint_sky(canvas, index)
    _paint_land(canvas, light_x)
    _paint_foreground(canvas, motif, light_x)
    draw_caption(image, prompt)
    return image


def encoded(image: Image.Image, picture_format: PictureFormat) -> bytes:
    """Give the bytes of a picture as its model delivers them."""
    file = io.BytesIO()
    if picture_format is PictureFormat.PNG:
        image.save(file, "PNG", compress_level=PNG_COMPRESS_LEVEL)
    else:
        image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def seed_of(*parts: str) -> int:
    """Make one number of words; even half a surrogate pair counts."""
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(whole).digest()[:8])


def random_from(*parts: str) -> Random:
    """Make dice that always fall the same way for the same words."""
    return Random(seed_of(*parts))  # noqa: S311 - it paints pictures, it guards nothing


def _paint_sky(canvas: Canvas, index: int) -> float:
    """Paint stars, sun or moon, and clouds; give the place of the light across."""
    width, height = canvas.size
    random, unit = canvas.random, canvas.unit
    if canvas.palette.is_dark:
        shapes.specks(canvas.image, count=150, depth=0.55, largest=unit * 0.0022, random=random)
    # Four places, so that the pictures of one request cannot share one.
    slot = (seed_of("light", str(random.random())) % 2 + index * 2 + index // 2) % 4
    x = width * ((0.2, 0.4, 0.62, 0.8)[slot] + random.uniform(-0.05, 0.05))
    y = height * random.uniform(0.16, 0.46)
    shapes.disc(canvas.image, (x, y), unit * random.uniform(0.045, 0.085), canvas.palette.light)
    if not canvas.palette.is_dark:
        shapes.clouds(canvas.image, mixed(canvas.palette.light, WHITE, 0.5), random)
    return x


def _paint_land(canvas: Canvas, light_x: float) -> None:
    with_water = "water" in canvas.things
    for number in range(HILLS_BEHIND_WATER if with_water else HILLS):
        share = number / (HILLS - 1)
        base = HORIZON + 0.36 * share**1.15 + canvas.random.uniform(-0.02, 0.02)
        _paint_hill(canvas, share, _outline(canvas, number, canvas.size[1] * base))
        if "city" in canvas.things and number == 1:
            _paint_city(canvas, canvas.size[1] * base)
    if with_water:
        _paint_water(canvas, light_x)


def _paint_hill(canvas: Canvas, share: float, outline: list[shapes.Point]) -> None:
    """Paint one hill, `share` of the way from the farthest to the nearest, and its trees."""
    palette = canvas.palette
    colour = mixed(palette.far, palette.near, share)
    mist = mixed(colour, palette.horizon, 0.34 * (1 - share) + 0.06)
    trees: list[shapes.Polygon] = []
    if "trees" in canvas.things and share > 0:
        trees = shapes.conifers(outline, canvas.unit * (0.05 + 0.10 * share), canvas.random)
    if trees and "snow" in canvas.things:
        # White trees on white hills would be lost: they stand dark behind the ridge.
        needles = mixed(palette.far, NEEDLES, 0.3 + 0.6 * share)
        shapes.paste_polygons(canvas.image, [outline, *trees], (needles, needles))
        sunk = canvas.unit * 0.003
        outline = [(x, y + sunk) for x, y in outline]
        trees = []
    shapes.paste_polygons(canvas.image, [outline, *trees], (colour, mist))


def _outline(canvas: Canvas, number: int, base: float) -> list[shapes.Point]:
    if number < PEAKED_HILLS and "peaks" in canvas.things:
        return shapes.peaks(canvas.size, base, canvas.unit * 0.16, canvas.random)
    return shapes.ridge(canvas.size, base, canvas.unit * 0.065, canvas.random)


def _paint_city(canvas: Canvas, base: float) -> None:
    colour = mixed(canvas.palette.far, canvas.palette.near, 0.7)
    blocks = shapes.towers(canvas.size, base + canvas.unit * 0.06, canvas.unit * 0.2, canvas.random)
    stops = (colour, mixed(colour, canvas.palette.horizon, 0.25))
    shapes.paste_polygons(canvas.image, blocks, stops)
    shapes.windows(canvas.image, blocks, (255, 220, 150), canvas.random)


def _paint_water(canvas: Canvas, light_x: float) -> None:
    """Lay the sea over the lower part, with the light glittering on it and a small boat."""
    width, height = canvas.size
    palette, random, unit = canvas.palette, canvas.random, canvas.unit
    shore = round(height * 0.64)
    water = shapes.gradient(
        (mixed(palette.horizon, palette.near, 0.25), mixed(palette.middle, palette.near, 0.7),
         palette.near),
        (width, height - shore),
    )  # fmt: skip
    canvas.image.paste(water, (0, shore))
    pen = ImageDraw.Draw(canvas.image, "RGBA")
    for _ in range(150):
        depth = random.random() ** 1.6
        y = shore + depth * (height - shore)
        spread = unit * (0.03 + 0.2 * depth)
        x = light_x + random.gauss(0, 1) * spread
        half = unit * (0.006 + 0.03 * depth) * random.uniform(0.5, 1.2)
        thick = max(0.5, unit * 0.0022 * (0.5 + depth))
        alpha = round(170 * (1 - 0.6 * depth))
        pen.ellipse((x - half, y - thick, x + half, y + thick), fill=(*palette.light, alpha))
    _paint_boat(canvas, shore)


def _paint_boat(canvas: Canvas, shore: int) -> None:
    width, height = canvas.size
    unit = canvas.unit * 0.09
    x = width * canvas.random.uniform(0.2, 0.8)
    y = shore + (height - shore) * canvas.random.uniform(0.15, 0.35)
    pen = ImageDraw.Draw(canvas.image)
    sail = mixed(WHITE, canvas.palette.horizon, 0.3)
    hull = mixed(canvas.palette.near, (20, 16, 24), 0.6)
    pen.polygon([(x, y - unit * 1.5), (x, y - unit * 0.2), (x + unit * 0.75, y - unit * 0.2)], sail)
    pen.polygon(
        [(x - unit * 0.1, y - unit * 1.3), (x - unit * 0.1, y - unit * 0.2),
         (x - unit * 0.55, y - unit * 0.2)],
        mixed(sail, canvas.palette.far, 0.3),
    )  # fmt: skip
    pen.polygon(
        [(x - unit * 0.7, y - unit * 0.12), (x + unit * 0.85, y - unit * 0.12),
         (x + unit * 0.6, y + unit * 0.12), (x - unit * 0.5, y + unit * 0.12)],
        hull,
    )  # fmt: skip


def _paint_foreground(canvas: Canvas, motif: Motif, light_x: float) -> None:
    width, height = canvas.size
    if "cat" in motif.things:
        # Away from the light, where the eye has room.
        x = width * (0.72 if light_x < width / 2 else 0.28)
        coat = (
            (246, 242, 236)
            if "white" in motif.things
            else mixed(canvas.palette.near, (22, 18, 26), 0.75)
        )
        shapes.cat(canvas.image, (x, height * 0.93), canvas.unit * 0.36, coat, (120, 196, 214))
    if "snow" in motif.things:
        shapes.specks(
            canvas.image, count=220, depth=1.0, largest=canvas.unit * 0.005, random=canvas.random
        )
