"""What of a file reaches a decoder: its pixels, one Exif block and one colour profile."""

import io
import random
import zlib
from pathlib import Path

import PIL.Image
import PIL.ImageCms
import pytest

from images.decoding import decode
from images.inspect import PictureLimitError
from images.metadata import MAX_PARTS, MAX_SCANS, strip
from tests.images.odd_files import jpeg_with, many_scans, png_in_pieces, png_with, saved, segment
from tests.photos import HILL

EXIF = PIL.Image.Exif()
EXIF[0x0112] = 6
PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
HUGE = PROFILE + random.Random(1).randbytes(2_000_000)  # noqa: S311  # the same at every run
SMALL_TEXT = b"Comment\0" + b"said by a camera" * 10


def pixels(data: bytes) -> bytes:
    with PIL.Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGBA").tobytes()


def for_flux(tmp_path: Path, data: bytes) -> bool:
    (tmp_path / "a").write_bytes(data)
    return decode(tmp_path / "a", is_tolerant=True).is_for_flux


SOUND = {
    "png": saved(HILL, "PNG", exif=EXIF, icc_profile=PROFILE),
    "png-palette": saved(HILL.convert("P"), "PNG", transparency=0),
    "png-animated": saved(HILL, "PNG", save_all=True, append_images=[HILL.rotate(180)]),
    "png-of-many-pieces": png_in_pieces(HILL, 1),
    "png-with-a-text": png_with(HILL, (b"tEXt", SMALL_TEXT)),
    "jpeg": saved(HILL, "JPEG", exif=EXIF, icc_profile=PROFILE, comment=b"a camera"),
    "jpeg-cmyk": saved(HILL.convert("CMYK"), "JPEG"),
    "jpeg-progressive": saved(HILL, "JPEG", progressive=True),
    "jpeg-with-restarts": saved(HILL, "JPEG", restart_marker_rows=1),
    "jpeg-of-a-phone": saved(HILL, "MPO", save_all=True, append_images=[HILL]),
    "webp": saved(HILL, "WEBP", exif=EXIF, icc_profile=PROFILE, xmp=b"<x/>"),
    "webp-transparent": saved(HILL.convert("RGBA"), "WEBP"),
    "webp-lossless": saved(HILL, "WEBP", lossless=True),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_real_file_keeps_its_pixels_and_goes_to_flux_as_it_is(tmp_path: Path, name: str) -> None:
    stripped = strip(SOUND[name])
    assert stripped.is_whole
    assert pixels(stripped.data) == pixels(SOUND[name])
    assert for_flux(tmp_path, SOUND[name])


@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
def test_the_first_frame_of_other_kinds_is_kept(kind: str) -> None:
    data = saved(HILL.convert("P"), kind, save_all=True, append_images=[HILL.rotate(180)])
    assert pixels(strip(data).data) == pixels(data)


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_exif_and_profile_of_a_usual_size_are_kept(name: str) -> None:
    with PIL.Image.open(io.BytesIO(strip(SOUND[name]).data)) as picture:
        assert picture.getexif()[0x0112] == 6
        assert picture.info["icc_profile"] == PROFILE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png_with(HILL, (b"iCCP", b"P\0\0" + zlib.compress(HUGE))), id="png-profile"),
        pytest.param(png_with(HILL, (b"iCCP", b"P\0\0not packed")), id="png-broken-profile"),
        pytest.param(png_with(HILL, (b"eXIf", bytes(70_000))), id="png-exif"),
        pytest.param(png_with(HILL, (b"eXIf", b"b'Exif\\x00\\x00MM\\x00*'")), id="png-broken-exif"),
        pytest.param(png_with(HILL, (b"zTXt", b"a\0\0" + bytes(1_100_000))), id="png-text"),
        pytest.param(png_with(HILL, (b"prVt", bytes(20_000_000))), id="png-padding"),
        pytest.param(
            png_with(
                HILL, (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n" * 9))
            ),
            id="png-raw-profile",
        ),
        pytest.param(
            jpeg_with(HILL, *[segment(0xE2, b"ICC_PROFILE\0" + bytes(65_000))] * 20),
            id="jpeg-profile",
        ),
        pytest.param(jpeg_with(HILL, *[segment(0xE1, bytes(65_000))] * 20), id="jpeg-xmp"),
        pytest.param(jpeg_with(HILL, b"\xff" * 20_000_000), id="jpeg-padding"),
        pytest.param(
            saved(HILL, "WEBP", exif=b"Exif\0\0" + bytes(70_000), icc_profile=HUGE), id="webp"
        ),
    ],
)
def test_metadata_that_is_huge_or_broken_is_dropped_and_the_pixels_are_used(
    tmp_path: Path, data: bytes
) -> None:
    stripped = strip(data)
    assert len(stripped.data) < 100_000
    (tmp_path / "a").write_bytes(data)
    assert decode(tmp_path / "a").facts.width == HILL.width
    # Nobody knows whether Flux reads such a file.
    is_cheap = b"Raw profile" in data or data.startswith(b"\xff\xd8" + b"\xff" * 100)
    assert is_cheap or not for_flux(tmp_path, data)


def test_more_scans_than_any_encoder_writes_are_refused() -> None:
    assert strip(many_scans(64, MAX_SCANS - 2)).scans == MAX_SCANS
    with pytest.raises(PictureLimitError, match="scans"):
        strip(many_scans(64, MAX_SCANS - 1))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            jpeg_with(HILL, segment(0xE1, b"Exif\0\0" + bytes(12)) * (MAX_PARTS + 1)), id="jpeg"
        ),
        pytest.param(png_with(HILL, *[(b"tEXt", b"a\0b")] * (MAX_PARTS + 1)), id="png"),
        pytest.param(
            saved(HILL, "GIF").replace(b",", b"!\xfe\0" * (MAX_PARTS + 1) + b",", 1), id="gif"
        ),
        pytest.param(saved(HILL, "AVIF") + (b"\0\0\0\x08free" * (MAX_PARTS + 1)), id="avif"),
    ],
)
def test_more_segments_or_chunks_than_a_picture_has_are_refused(data: bytes) -> None:
    with pytest.raises(PictureLimitError, match=str(MAX_PARTS)):
        strip(data)


def test_pixels_that_were_changed_on_their_way_are_noticed(tmp_path: Path) -> None:
    data = bytearray(saved(HILL, "PNG"))
    data[data.index(b"IDAT") + 50] ^= 1
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(Exception, match="checksum"):
        decode(tmp_path / "a", is_tolerant=True)
