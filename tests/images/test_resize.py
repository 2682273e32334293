"""Pictures made small enough for one message: which, how, and what of them stays."""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageCms
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.models import Image, ImageKind
from images.decoding import examine
from images.fetcher import Fetcher
from images.files import StoreUnavailableError
from images.inspect import (
    MAX_MESSAGE_BYTES,
    PictureFacts,
    UnfittablePictureError,
    UnusablePictureError,
    allowance,
)
from images.resize import encode
from images.store import ImageStore
from tests.decoding import shared_decoder
from tests.factories import make_image
from tests.jobs.filling import files_limited_to
from tests.photos import HILL, correlation

MIB = 1024 * 1024
LIMIT = 10 * MIB


def noise(mode: str, size: tuple[int, int]) -> PIL.Image.Image:
    """Return a picture that nothing compresses without loss."""
    length = len(PIL.Image.new(mode, (1, 1)).tobytes()) * size[0] * size[1]
    return PIL.Image.frombytes(mode, size, os.urandom(length))


def saved(picture: PIL.Image.Image, path: Path, kind: str = "PNG", **more: Any) -> Path:  # noqa: ANN401  # Pillow's options
    picture.save(path, kind, **more)
    return path


def stored(folder: Path, position: int, picture: PIL.Image.Image) -> Image:
    path = saved(picture, folder / f"job-result-{position}.png", compress_level=0)
    return make_image(
        job_id="job",
        position=position,
        file_name=path.name,
        width=picture.width,
        height=picture.height,
        bytes=path.stat().st_size,
    )


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def identity(path: Path) -> tuple[int, int] | None:
    """Return what a file written anew cannot have in common with the one before."""
    return (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None


def encoded(original: Path, part: Path, limit_bytes: int) -> PictureFacts:
    facts, data = encode(original, limit_bytes)
    part.write_bytes(data)
    assert facts.bytes == len(data)
    return facts


def opened(path: Path) -> PIL.Image.Image:
    with PIL.Image.open(path) as picture:
        picture.load()
        return picture


def sizes_of(spool: ImageStore, images: list[Image]) -> list[int]:
    sizes = [(spool.folder.path / image.file_name).stat().st_size for image in images]
    assert sizes == [image.bytes for image in images]
    return sizes


@pytest.mark.parametrize(
    ("sizes", "allowed"),
    [
        pytest.param([1], LIMIT, id="one small"),
        pytest.param([LIMIT, LIMIT], LIMIT, id="two of the limit"),
        pytest.param([24 * MIB], LIMIT, id="one over the limit"),
        pytest.param([LIMIT, LIMIT, LIMIT], MAX_MESSAGE_BYTES // 3, id="each fits, all do not"),
        pytest.param(
            [MIB, LIMIT, LIMIT, LIMIT], (MAX_MESSAGE_BYTES - MIB) // 3, id="small leaves its share"
        ),
        pytest.param([24 * MIB] * 4, MAX_MESSAGE_BYTES // 4, id="four over the limit"),
    ],
)
def test_each_file_is_allowed_so_much_that_all_fit_one_message(
    sizes: list[int], allowed: int
) -> None:
    assert allowance(sizes, LIMIT) == allowed


@given(
    sizes=st.lists(st.integers(1, 25 * MIB), min_size=1, max_size=10),
    limit=st.integers(1, 100 * MIB),
)
def test_files_cut_to_the_allowance_fit_and_no_file_is_cut_for_nothing(
    sizes: list[int], limit: int
) -> None:
    allowed = allowance(sizes, limit)
    after = [min(size, allowed) for size in sizes]

    assert allowed <= limit
    assert sum(after) <= MAX_MESSAGE_BYTES
    if allowed < limit:
        assert sum(after) > MAX_MESSAGE_BYTES - len(sizes)


async def test_pictures_that_fit_are_left_as_they_are(spool: ImageStore, folder: Path) -> None:
    images = [stored(folder, position, HILL) for position in (1, 2)]

    assert await spool.fit(images, LIMIT) == images
    assert names(folder) == [image.file_name for image in images]


async def test_only_the_picture_over_the_limit_is_encoded_and_its_original_stays(
    spool: ImageStore, folder: Path
) -> None:
    small, large = stored(folder, 1, HILL), stored(folder, 2, noise("RGB", (1000, 1000)))
    before = (spool.folder.path / large.file_name).read_bytes()

    first, second = await spool.fit([small, large], MIB)

    assert first == small
    assert (second.kind, second.position) == (ImageKind.POSTED, 2)
    assert second.file_name == "job-posted-2.jpg"
    assert sizes_of(spool, [second])[0] <= MIB
    assert (second.width, second.height) == (1000, 1000)
    assert (
        examine(spool.folder.path / second.file_name).media_type
        == second.media_type
        == "image/jpeg"
    )
    assert (spool.folder.path / large.file_name).read_bytes() == before
    assert names(folder) == ["job-posted-2.jpg", "job-result-1.png", "job-result-2.png"]


async def test_four_that_fit_one_by_one_are_made_to_fit_together(
    spool: ImageStore, folder: Path
) -> None:
    images = [stored(folder, at, noise("RGB", (1500, 1500))) for at in range(1, 5)]
    assert all(image.bytes <= LIMIT for image in images)
    assert sum(image.bytes for image in images) > MAX_MESSAGE_BYTES

    fitted = await spool.fit(images, LIMIT)

    assert [image.position for image in fitted] == [1, 2, 3, 4]
    assert sum(sizes_of(spool, fitted)) <= MAX_MESSAGE_BYTES


async def test_sides_shrink_where_quality_alone_does_not_do(
    spool: ImageStore, folder: Path
) -> None:
    image = stored(folder, 1, noise("RGB", (800, 400)))

    (fitted,) = await spool.fit([image], 20_000)

    assert fitted.bytes <= 20_000
    assert fitted.width < 800
    assert fitted.width / fitted.height == pytest.approx(2, abs=0.05)


async def test_it_says_so_where_nothing_fits(spool: ImageStore, folder: Path) -> None:
    image = stored(folder, 1, noise("RGB", (400, 400)))

    with pytest.raises(UnfittablePictureError):
        await spool.fit([image], 100)
    assert names(folder) == [image.file_name]


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n" + bytes(2_000)])
async def test_it_says_so_where_the_original_is_missing_or_damaged(
    spool: ImageStore, folder: Path, content: bytes | None
) -> None:
    image = make_image(bytes=2_000)
    if content is not None:
        (folder / image.file_name).write_bytes(content)

    with pytest.raises(UnusablePictureError):
        await spool.fit([image], 1_000)


async def test_nothing_is_encoded_twice_even_after_a_restart(
    folder: Path, spool: ImageStore
) -> None:
    image = stored(folder, 1, noise("RGB", (300, 300)))
    (first,) = await spool.fit([image], 50_000)
    made = identity(spool.folder.path / first.file_name)

    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder()) as later:
        assert await later.fit([image], 50_000) == [first]
        assert await later.fit([image], 60_000) == [first]
    assert identity(spool.folder.path / first.file_name) == made


@pytest.mark.parametrize("spoil", ["smaller limit", "damaged", "newer original", "gone"])
async def test_it_is_encoded_again_where_the_copy_no_longer_serves(
    spool: ImageStore, folder: Path, spoil: str
) -> None:
    image = stored(folder, 1, noise("RGB", (300, 300)))
    (first,) = await spool.fit([image], 50_000)
    copy = spool.folder.path / first.file_name
    limit = 50_000
    if spoil == "smaller limit":
        limit = first.bytes - 1
    elif spoil == "damaged":
        copy.write_bytes(copy.read_bytes()[:300])
    elif spoil == "newer original":
        os.utime(copy, ns=(0, (spool.folder.path / image.file_name).stat().st_mtime_ns - 1))
    else:
        copy.unlink()

    before = identity(copy)

    (second,) = await spool.fit([image], limit)

    assert second.bytes <= limit
    assert sizes_of(spool, [second])
    assert identity(copy) != before
    assert examine(copy).width == second.width


async def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(
    spool: ImageStore, folder: Path
) -> None:
    image = stored(folder, 1, noise("RGB", (500, 500)))

    with files_limited_to(10_000), pytest.raises(StoreUnavailableError):
        await spool.fit([image], 200_000)

    assert names(folder) == [image.file_name]
    assert (await spool.fit([image], 200_000))[0].bytes > 10_000


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_stays(tmp_path: Path, mode: str) -> None:
    if mode == "P":
        picture = PIL.Image.new("P", (300, 200), 0)
        picture.putpalette([0, 0, 0, 9, 9, 200])
        picture.paste(1, (150, 0, 300, 200))
        path = saved(picture, tmp_path / "a.png", transparency=0)
    else:
        picture = noise("RGBA", (300, 200))
        picture.paste((250, 0, 0, 0), (0, 0, 150, 200))
        picture.paste((0, 0, 250, 255), (150, 0, 300, 200))
        path = saved(picture.convert(mode), tmp_path / "a.png")

    facts = encoded(path, tmp_path / "b.part", 50_000)

    assert facts.media_type == "image/webp"
    copy = opened(tmp_path / "b.part")
    assert copy.mode == "RGBA"
    alpha = copy.getchannel("A")
    assert (alpha.getpixel((70, 100)), alpha.getpixel((230, 100))) == (0, 255)


def test_a_picture_that_could_be_transparent_and_is_not_becomes_a_jpeg(tmp_path: Path) -> None:
    path = saved(HILL.convert("RGBA"), tmp_path / "a.png")

    assert encoded(path, tmp_path / "b.part", 50_000).media_type == "image/jpeg"
    assert correlation(opened(tmp_path / "b.part"), HILL) > 0.99


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")]
)
def test_pictures_of_every_mode_look_the_same(tmp_path: Path, mode: str, kind: str) -> None:
    picture = HILL.convert("L").convert("I").point(lambda value: value * 256).convert("I;16")
    if mode != "I;16":
        picture = HILL.convert(mode)
    path = saved(picture, tmp_path / "a", kind)

    facts = encoded(path, tmp_path / "b.part", 50_000)

    assert facts.media_type == "image/jpeg"
    assert correlation(opened(tmp_path / "b.part"), HILL) > 0.95


def test_a_turned_picture_is_set_upright_and_its_notes_are_left_out(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by a quarter
    exif[0x010F] = "a camera"
    lying = HILL.transpose(PIL.Image.Transpose.ROTATE_90)
    path = saved(lying, tmp_path / "a.jpg", "JPEG", exif=exif, comment=b"a note")

    facts = encoded(path, tmp_path / "b.part", 50_000)

    assert (facts.width, facts.height) == HILL.size
    copy = opened(tmp_path / "b.part")
    assert correlation(copy, HILL) > 0.95
    assert not copy.getexif()
    assert "comment" not in copy.info


def swapped_profile() -> bytes:
    """Return sRGB with red and blue exchanged: who ignores it sees wrong colours."""
    data = bytearray(PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ"), data.index(b"bXYZ")
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_carried_over_to_srgb(tmp_path: Path, mode: str) -> None:
    picture = PIL.Image.new("RGB", (64, 64), (250, 10, 10)).convert(mode)
    if mode == "RGBA":
        picture.putpixel((0, 0), (250, 10, 10, 0))
    path = saved(picture, tmp_path / "a.png", icc_profile=swapped_profile())

    encoded(path, tmp_path / "b.part", 50_000)

    copy = opened(tmp_path / "b.part")
    assert "icc_profile" not in copy.info
    red, _, blue, *_ = copy.convert("RGBA").getpixel((40, 40))  # type: ignore[misc]  # four bands
    assert blue - red > 150
    if mode == "RGBA":
        assert copy.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("profile", [b"no profile", swapped_profile()[:200]])
def test_a_damaged_profile_does_no_harm(tmp_path: Path, profile: bytes) -> None:
    path = saved(HILL, tmp_path / "a.png", icc_profile=profile)

    encoded(path, tmp_path / "b.part", 50_000)

    assert correlation(opened(tmp_path / "b.part"), HILL) > 0.99


def test_a_profile_of_another_kind_of_picture_does_no_harm(tmp_path: Path) -> None:
    path = saved(HILL.convert("L"), tmp_path / "a.png", icc_profile=swapped_profile())

    encoded(path, tmp_path / "b.part", 50_000)

    assert correlation(opened(tmp_path / "b.part"), HILL) > 0.95


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_side_too_long_for_the_encoder_is_made_shorter(tmp_path: Path, mode: str) -> None:
    picture = PIL.Image.new(mode, (70_000, 40), 0)
    path = saved(picture, tmp_path / "a.png")

    facts = encoded(path, tmp_path / "b.part", MIB)

    assert facts == examine(tmp_path / "b.part")
    assert facts.width < 70_000


def test_a_header_that_lies_is_not_decoded(tmp_path: Path) -> None:
    body = struct.pack(">IIBBBBB", 20_000, 15_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + body
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )

    with pytest.raises(UnusablePictureError):
        encoded(path, tmp_path / "b.part", MIB)
