"""Small copies of pictures, to look through many at once."""

import io
from pathlib import Path

import PIL.Image
import pytest

from images.inspect import UnusablePictureError
from images.resize import preview

SIDE = 384


def made(path: Path, mode: str, size: tuple[int, int], colour: object, kind: str) -> Path:
    PIL.Image.new(mode, size, colour).save(path, kind)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [
        ("RGB", (200, 30, 30), "PNG"),
        ("RGBA", (200, 30, 30, 0), "PNG"),
        ("RGBA", (200, 30, 30, 128), "WEBP"),
        ("LA", (90, 10), "PNG"),
        ("P", 3, "PNG"),
        ("I;16", 40_000, "PNG"),
        ("CMYK", (0, 200, 200, 0), "JPEG"),
    ],
)
def test_every_kind_of_picture_becomes_a_small_jpeg(
    tmp_path: Path, mode: str, colour: object, kind: str
) -> None:
    data = preview(made(tmp_path / "picture", mode, (1_600, 900), colour, kind), SIDE)
    small = PIL.Image.open(io.BytesIO(data))
    assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (SIDE, 216))


def test_a_smaller_picture_keeps_its_size(tmp_path: Path) -> None:
    data = preview(made(tmp_path / "picture", "RGB", (30, 20), (1, 2, 3), "PNG"), SIDE)
    assert PIL.Image.open(io.BytesIO(data)).size == (30, 20)


def test_a_picture_that_lies_on_its_side_stands_up(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.new("RGB", (800, 400)).save(path, "JPEG", exif=exif)
    assert PIL.Image.open(io.BytesIO(preview(path, SIDE))).size == (192, SIDE)


def test_a_damaged_or_missing_picture_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "damaged").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name in ("damaged", "missing"):
        with pytest.raises(UnusablePictureError):
            preview(tmp_path / name, SIDE)
