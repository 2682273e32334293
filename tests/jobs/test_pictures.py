import io
import random
import struct
import zlib
from pathlib import Path

import PIL.Image
import pytest

from jobs.pictures import MAX_PIXELS, PictureFacts, UnusablePictureError, examine

SIZE = (48, 32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "unknown.part"


def drawn(kind: str, mode: str = "RGB", size: tuple[int, int] = SIZE, *, frames: int = 1) -> bytes:
    pictures = [PIL.Image.effect_noise(size, 20 + at).convert(mode) for at in range(frames)]
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    file = io.BytesIO()
    pictures[0].save(file, kind, **more)
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG whose header is sound, whatever it claims; it holds hardly any pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        pytest.param(drawn("PNG"), "image/png", id="png"),
        pytest.param(drawn("PNG", "RGBA"), "image/png", id="png-transparent"),
        pytest.param(drawn("PNG", "P"), "image/png", id="png-palette"),
        pytest.param(drawn("PNG", frames=2), "image/png", id="png-animated"),
        pytest.param(drawn("JPEG"), "image/jpeg", id="jpeg"),
        pytest.param(drawn("JPEG", "L"), "image/jpeg", id="jpeg-grey"),
        pytest.param(drawn("JPEG", "CMYK"), "image/jpeg", id="jpeg-cmyk"),
        pytest.param(drawn("MPO", frames=2), "image/jpeg", id="jpeg-of-a-phone"),
        pytest.param(drawn("WEBP"), "image/webp", id="webp"),
        pytest.param(drawn("WEBP", frames=3), "image/webp", id="webp-animated"),
    ],
)
def test_examine_tells_the_facts_when_the_bytes_are_a_picture(
    file: Path, content: bytes, media_type: str
) -> None:
    file.write_bytes(content)
    assert examine(file) == PictureFacts(
        media_type=media_type, width=SIZE[0], height=SIZE[1], bytes=len(content)
    )


@pytest.mark.parametrize("name", ["picture.gif", "picture", "picture.txt"])
def test_examine_believes_the_bytes_when_the_name_says_otherwise(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(drawn("WEBP"))
    assert examine(file).media_type == "image/webp"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"just some words\n" * 50, id="text"),
        pytest.param(b"<!doctype html><title>Not found</title>", id="html"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(drawn("GIF"), id="gif"),
        pytest.param(drawn("BMP"), id="bmp"),
        pytest.param(drawn("TIFF"), id="tiff"),
        pytest.param(b"%PDF-1.7\n" + bytes(200), id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="png-signature-alone"),
        pytest.param(b"\xff\xd8\xff", id="jpeg-signature-alone"),
        pytest.param(b"RIFF\x10\0\0\0WEBPVP8 ", id="webp-signature-alone"),
        pytest.param(png_claiming(20_000, 15_000), id="png-of-300-megapixels"),
        pytest.param(png_claiming(2**31 - 1, 2**31 - 1), id="png-of-any-size"),
        pytest.param(png_claiming(0, 10), id="png-without-width"),
        pytest.param(png_claiming(1_000, 1_000), id="png-without-its-pixels"),
    ],
)
def test_examine_refuses_when_the_bytes_are_no_usable_picture(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(UnusablePictureError):
        examine(file)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("kept", [0.25, 0.5, 0.9])
def test_examine_refuses_when_the_end_is_missing(file: Path, kind: str, kept: float) -> None:
    content = drawn(kind, size=(200, 150))
    file.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UnusablePictureError):
        examine(file)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_examine_refuses_when_few_bytes_hold_26_megapixels(file: Path, kind: str) -> None:
    mode = "1" if kind == "PNG" else "RGB"
    PIL.Image.new(mode, (5_200, 5_000)).save(file, kind)
    assert file.stat().st_size < 500_000
    with pytest.raises(UnusablePictureError, match="5200x5000"):
        examine(file)


def test_examine_accepts_when_it_is_just_at_the_limit(file: Path) -> None:
    PIL.Image.new("1", (5_000, 5_000)).save(file, "PNG")
    facts = examine(file)
    assert facts.width * facts.height == MAX_PIXELS


@pytest.mark.parametrize("seed", range(4))
def test_examine_fails_in_one_way_only_when_bytes_are_damaged(file: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # the same damage at every run
    wholes = [drawn("PNG"), drawn("JPEG"), drawn("MPO", frames=2), drawn("WEBP", frames=2)]
    for _ in range(150):
        damaged = bytearray(rng.choice(wholes))
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(min(len(damaged), 400))] = rng.randrange(256)
        file.write_bytes(damaged)
        try:
            examine(file)
        except UnusablePictureError:
            continue
