"""Two pictures that look nothing like each other, and how alike two pictures are."""

from __future__ import annotations

import io
from pathlib import Path
from statistics import correlation as pearson

import PIL.Image
import PIL.ImageDraw

SIZE = (240, 160)
GRID = (32, 32)


def _hill() -> PIL.Image.Image:
    photo = PIL.Image.new("RGB", SIZE, (200, 220, 250))
    draw = PIL.ImageDraw.Draw(photo)
    draw.rectangle((0, 80, *SIZE), fill=(40, 70, 30))
    draw.ellipse((20, 10, 60, 50), fill=(255, 250, 220))
    return photo


def _house() -> PIL.Image.Image:
    photo = PIL.Image.new("RGB", SIZE, (60, 50, 50))
    draw = PIL.ImageDraw.Draw(photo)
    for left in range(0, SIZE[0], 60):
        draw.rectangle((left, 0, left + 30, SIZE[1]), fill=(230, 200, 160))
    return photo


HILL = _hill()
HOUSE = _house()

HEIC = Path(__file__).with_name("hill.heic").read_bytes()
"""The hill as a phone stores it: lying on its side, and said to be so."""


def picture_bytes(picture: PIL.Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def correlation(one: PIL.Image.Image, other: PIL.Image.Image) -> float:
    """Return how alike the brightness of two pictures is, from -1 to 1."""
    first, second = (list(picture.convert("L").resize(GRID).tobytes()) for picture in (one, other))
    return pearson(first, second)
