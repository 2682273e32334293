"""Things to put into a landscape, drawn larger than needed and shrunk for soft edges."""

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from sandbox.flux.palettes import Colour

Point = tuple[float, float]
Polygon = Sequence[Point]

# Edges are drawn at twice the size; more is slower and hardly seen.
FINENESS = 2

# How much of a ridge has no tree, and how many windows of a town have a light.
BARE_SHARE = 0.45
LIT_SHARE = 0.35


def gradient(stops: Sequence[Colour], size: tuple[int, int]) -> Image.Image:
    """Blend evenly spaced colours from top to bottom."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    # Sampled between the outer pixels' centres, so that both ends are reached.
    tall = column.resize(
        (1, size[1]), Image.Resampling.BILINEAR, box=(0, 0.5, 1, max(len(stops) - 0.5, 0.6))
    )
    return tall.resize(size, Image.Resampling.NEAREST)


def paste_polygons(
    image: Image.Image, polygons: Sequence[Polygon], stops: Sequence[Colour]
) -> None:
    """Fill shapes that stand on the lower edge with a gradient from their highest point down."""
    top = min(image.height - 1, max(0, math.floor(min(y for each in polygons for _, y in each))))
    solid_from = min(
        image.height, max(top + 1, math.ceil(max(y for _, y in polygons[0][1:-1])) + 1)
    )
    band = (image.width, solid_from - top)
    mask = Image.new("L", (band[0] * FINENESS, band[1] * FINENESS))
    pen = ImageDraw.Draw(mask)
    for polygon in polygons:
        pen.polygon([(x * FINENESS, (y - top) * FINENESS) for x, y in polygon], fill=255)
    paint = gradient(stops, (image.width, image.height - top))
    image.paste(paint.crop((0, 0, *band)), (0, top), mask.reduce(FINENESS))
    image.paste(paint.crop((0, band[1], *paint.size)), (0, solid_from))


def ridge(size: tuple[int, int], base: float, height: float, random: Random) -> list[Point]:
    """Make a rolling hill's outline, first and last point on the lower edge."""
    width, bottom = size
    waves = [
        (random.uniform(0.7, 1.5) * turns, random.uniform(0, math.tau), weight)
        for turns, weight in ((1, 0.6), (2.3, 0.28), (5, 0.12))
    ]
    step = max(2, width // 96)
    outline: list[Point] = [
        (x, base - height * sum(w * math.sin(t * math.tau * x / width + p) for t, p, w in waves))
        for x in range(0, width + step, step)
    ]
    return [(0, bottom), *outline, (width + step, bottom)]


def peaks(size: tuple[int, int], base: float, height: float, random: Random) -> list[Point]:
    """Make a jagged outline of a mountain range."""
    width, bottom = size
    outline: list[Point] = []
    x = -random.uniform(0, 0.2) * width
    while x < width * 1.3:
        top = base - height * random.uniform(0.6, 1.8)
        run = width * random.uniform(0.10, 0.2)
        shoulder = top + height * random.uniform(0.25, 0.5)
        outline += [(x, base + height * random.uniform(0, 0.4)), (x + run * 0.55, shoulder)]
        outline += [(x + run, top), (x + run * 1.5, shoulder + height * 0.2)]
        x += run * 2
    return [(outline[0][0], bottom), *outline, (outline[-1][0], bottom)]


def conifers(outline: Sequence[Point], height: float, random: Random) -> list[Polygon]:
    """Stand fir trees on an outline."""
    trees: list[Polygon] = []
    for x, y in outline[1:-1]:
        if random.random() < BARE_SHARE:
            continue
        tall = height * random.uniform(0.5, 1.0)
        foot = y + tall * 0.15
        for tier in range(3):
            half = tall * (0.12 + 0.07 * tier)
            tip = foot - tall * (1.05 - 0.27 * tier)
            trees.append([(x, tip), (x + half, tip + tall * 0.5), (x - half, tip + tall * 0.5)])
    return trees


def towers(size: tuple[int, int], base: float, height: float, random: Random) -> list[Polygon]:
    """Make a skyline of plain houses."""
    width, bottom = size
    blocks: list[Polygon] = [[(0, bottom), (0, base), (width, base), (width, bottom)]]
    x = -width * 0.02
    while x < width:
        broad = width * random.uniform(0.035, 0.08)
        top = base - height * random.uniform(0.3, 1.6)
        blocks.append([(x, base + 2), (x, top), (x + broad, top), (x + broad, base + 2)])
        x += broad * random.uniform(0.9, 1.25)
    return blocks


def windows(image: Image.Image, blocks: Sequence[Polygon], colour: Colour, random: Random) -> None:
    """Light some windows of a skyline."""
    pen = ImageDraw.Draw(image)
    step = max(4, min(image.size) // 80)
    for block in blocks[1:]:
        (left, bottom), (_, top), (right, _) = block[:3]
        for x in range(round(left) + step, round(right) - step, step):
            for y in range(round(top) + step, round(bottom) - step, step * 2):
                if random.random() < LIT_SHARE:
                    pen.rectangle((x, y, x + step // 3, y + step // 2), fill=colour)


def disc(image: Image.Image, centre: Point, radius: float, colour: Colour) -> None:
    """Paste the sun or the moon with the light around it."""
    glow_radius = round(radius * 5)
    falloff = Image.radial_gradient("L").point(lambda far: max(0, 255 - far * 2) ** 2 // 420)
    glow = falloff.resize((glow_radius * 2, glow_radius * 2), Image.Resampling.BILINEAR)
    corner = (round(centre[0]) - glow_radius, round(centre[1]) - glow_radius)
    image.paste(colour, (*corner, corner[0] + glow.width, corner[1] + glow.height), glow)
    side = max(2, round(radius * 2))
    mask = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(mask).ellipse((2, 2, side * 4 - 3, side * 4 - 3), fill=255)
    place = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    image.paste(colour, (*place, place[0] + side, place[1] + side), mask.reduce(4))


def clouds(image: Image.Image, colour: Colour, random: Random) -> None:
    """Blow a few soft clouds over the upper half."""
    # Blurred things need no pixels: an eighth of the size looks the same.
    width, height = max(8, image.width // 8), max(8, image.height // 8)
    mask = Image.new("L", (width, height))
    pen = ImageDraw.Draw(mask)
    for _ in range(random.randint(3, 6)):
        x, y = random.uniform(0, width), random.uniform(0.06, 0.42) * height
        for _ in range(5):
            long = random.uniform(0.05, 0.16) * width
            flat = long * random.uniform(0.12, 0.3)
            dx, dy = random.uniform(-0.1, 0.1) * width, random.uniform(-0.015, 0.015) * height
            pen.ellipse((x + dx - long, y + dy - flat, x + dx + long, y + dy + flat), fill=150)
    soft = mask.filter(ImageFilter.GaussianBlur(max(0.6, min(width, height) / 70)))
    image.paste(colour, (0, 0, *image.size), soft.resize(image.size, Image.Resampling.BILINEAR))


def specks(image: Image.Image, *, count: int, depth: float, largest: float, random: Random) -> None:
    """Scatter stars or snowflakes over the upper `depth` of the image."""
    pen = ImageDraw.Draw(image, "RGBA")
    for _ in range(count):
        x = random.uniform(0, image.width)
        y = random.uniform(0, image.height * depth)
        radius = random.uniform(0.25, 1) * largest
        alpha = random.randint(90, 240)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 255, alpha))


def cat(image: Image.Image, seat: Point, tall: float, coat: Colour, eyes: Colour) -> None:
    """Sit a cat down, seen from the front, its paws at `seat`."""
    side = max(8, round(tall * 1.2))
    fine = side * 3
    mask = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(mask)

    def at(x: float, y: float) -> Point:
        return x * fine, y * fine

    pen.arc((*at(0.5, 0.50), *at(0.97, 0.97)), -75, 125, fill=255, width=round(fine * 0.075))
    pen.ellipse((*at(0.748, 0.506), *at(0.824, 0.582)), fill=255)
    pen.ellipse((*at(0.24, 0.54), *at(0.76, 1.0)), fill=255)
    pen.ellipse((*at(0.28, 0.89), *at(0.49, 0.999)), fill=255)
    pen.ellipse((*at(0.51, 0.89), *at(0.72, 0.999)), fill=255)
    pen.ellipse((*at(0.32, 0.34), *at(0.68, 0.86)), fill=255)
    pen.ellipse((*at(0.26, 0.12), *at(0.74, 0.52)), fill=255)
    pen.polygon([at(0.265, 0.34), at(0.265, 0.0), at(0.47, 0.15)], fill=255)
    pen.polygon([at(0.735, 0.34), at(0.735, 0.0), at(0.53, 0.15)], fill=255)
    corner = round(seat[0] - side / 2), round(seat[1] - side)
    image.paste(coat, (*corner, corner[0] + side, corner[1] + side), mask.reduce(3))
    face = ImageDraw.Draw(image)
    for x in (0.40, 0.60):
        half = side * 0.035
        left, top = corner[0] + side * x, corner[1] + side * 0.31
        face.ellipse((left - half, top - half * 1.15, left + half, top + half * 1.15), fill=eyes)
        face.ellipse(
            (left - half * 0.3, top - half, left + half * 0.3, top + half), fill=(20, 20, 24)
        )
    nose_x, nose_y, wide = corner[0] + side * 0.5, corner[1] + side * 0.385, side * 0.022
    face.polygon(
        [(nose_x - wide, nose_y), (nose_x + wide, nose_y), (nose_x, nose_y + wide)],
        fill=(224, 140, 150),
    )
