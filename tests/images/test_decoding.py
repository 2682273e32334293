import contextlib
import io
import random
import struct
import zlib
from pathlib import Path

import PIL.Image
import pytest

from images.decoding import decode, examine
from images.inspect import PictureFacts, PictureLimitError, UnusablePictureError

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
        pytest.param(drawn("GIF"), "image/gif", id="gif"),
        pytest.param(drawn("GIF", frames=3), "image/gif", id="gif-animated"),
        pytest.param(drawn("AVIF"), "image/avif", id="avif"),
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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("kept", [0.25, 0.5, 0.9])
@pytest.mark.parametrize("is_tolerant", [True, False])
def test_examine_refuses_when_much_of_the_end_is_missing(
    file: Path, kind: str, kept: float, *, is_tolerant: bool
) -> None:
    content = drawn(kind, size=(200, 600))
    file.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UnusablePictureError):
        examine(file, is_tolerant=is_tolerant)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("missing", [1, 2, 12, 100])
def test_a_small_part_of_the_end_may_be_missing_where_that_is_tolerated(
    file: Path, kind: str, missing: int
) -> None:
    content = drawn(kind, size=(200, 150))
    file.write_bytes(content[:-missing])
    assert examine(file, is_tolerant=True).height == 150
    with pytest.raises(UnusablePictureError):
        examine(file)


@pytest.mark.parametrize("missing", [2, 100])
def test_a_progressive_jpeg_may_lack_its_last_scan(file: Path, missing: int) -> None:
    stream = io.BytesIO()
    PIL.Image.effect_noise((200, 150), 20).save(stream, "JPEG", progressive=True)
    file.write_bytes(stream.getvalue()[:-missing])
    assert examine(file, is_tolerant=True).width == 200


def test_examine_refuses_when_few_bytes_hold_over_100_megapixels(file: Path) -> None:
    PIL.Image.new("1", (10_001, 10_000)).save(file, "PNG")
    assert file.stat().st_size < 500_000
    with pytest.raises(PictureLimitError, match="10001x10000"):
        examine(file)


def test_examine_accepts_when_it_is_just_at_the_limit(file: Path) -> None:
    PIL.Image.new("L", (10_000, 10_000)).save(file, "JPEG")
    facts = examine(file)
    assert (facts.width, facts.height) == (10_000, 10_000)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_picture(file: Path, orientation: int) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    PIL.Image.new("RGB", SIZE).save(file, "JPEG", exif=exif)
    facts = examine(file)
    assert (facts.width, facts.height) == (SIZE if orientation < 5 else SIZE[::-1])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of it where it writes it
@pytest.mark.parametrize("exif", [b"no exif at all", b"Exif\0\0MM\0*\xff\xff\xff\xff", b""])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_broken_exif_is_ignored(file: Path, kind: str, exif: bytes) -> None:
    PIL.Image.new("RGB", SIZE).save(file, kind, exif=exif)
    facts = examine(file)
    assert (facts.width, facts.height) == SIZE


def test_broken_exif_of_an_avif_is_ignored(file: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x010F] = "a camera"
    stream = io.BytesIO()
    PIL.Image.new("RGB", SIZE).save(stream, "AVIF", exif=exif)
    data = stream.getvalue()
    assert exif.tobytes()[6:20] in data
    file.write_bytes(data.replace(exif.tobytes()[6:20], b"x" * 14))
    assert examine(file).width == SIZE[0]


@pytest.mark.parametrize("seed", range(4))
def test_examine_fails_in_one_way_only_when_bytes_are_damaged(file: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # the same damage at every run
    wholes = [
        drawn("PNG"),
        drawn("JPEG"),
        drawn("MPO", frames=2),
        drawn("WEBP", frames=2),
        drawn("GIF", frames=2),
        drawn("AVIF"),
    ]
    for _ in range(150):
        damaged = bytearray(rng.choice(wholes))
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(min(len(damaged), 400))] = rng.randrange(256)
        file.write_bytes(damaged)
        for is_tolerant in (False, True):
            with contextlib.suppress(UnusablePictureError):
                decode(file, is_tolerant=is_tolerant)
