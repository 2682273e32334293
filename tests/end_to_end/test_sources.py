"""What people attach to /edit that cannot be edited, and what can be whatever it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import PIL.Image
import pytest

from images.fetcher import MAX_PICTURE_BYTES
from sandbox.discord import ClientRefusedError, Upload
from sandbox.flux.oddities import bomb_png
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture
from tests.photos import HEIC, HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

PROMPT = "make it night"
MEBIBYTE = 1 << 20

PNG = picture_bytes(HILL)
JPEG = picture_bytes(HILL, "JPEG")
AVIF = picture_bytes(HILL, "AVIF")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect/></svg>'

NOT_A_PICTURE = (
    "I can't read that file as an image, so nothing was charged. "
    "Attach a PNG, JPEG, WebP, GIF, AVIF or HEIC."
)
TOO_LARGE = (
    "That file is larger than 25 MB, so nothing was charged. "
    "Attach a smaller one, for example a JPEG."
)


def large_png(size_bytes: int) -> bytes:
    """Return a picture with as much behind it that it has this size."""
    return PNG.ljust(size_bytes, b"\x00")


def check_told(message: SeenMessage | None, sentence: str) -> None:
    assert message is not None
    assert sentence in message.text
    assert PROMPT in message.text
    told = "answered" if message.private else "refused"
    assert (state_of(message), has_picture(message)) == (told, False)


def check_flux_heard_nothing(stage: Stage) -> None:
    assert stage.flux.requests == []
    assert stage.flux.charges == []
    assert stage.flux.fetches == []
    assert stage.rows("images") == []
    assert stage.spooled() == []


@pytest.mark.parametrize(
    ("filename", "data"),
    [
        ("empty.png", b""),
        ("notes.txt", b"This is a text.\n"),
        ("drawing.svg", SVG),
        ("paper.pdf", b"%PDF-1.7\n"),
        ("movie.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(1_000)),
        ("photo.tiff", picture_bytes(HILL, "TIFF")),
    ],
)
async def test_what_discord_itself_sees_no_usable_picture_in_is_refused_before_anything_is_stored(
    stage: Stage, filename: str, data: bytes
) -> None:
    use = stage.ada.use("edit", image=Upload(filename, data), prompt=PROMPT)
    await use.answered()

    check_told(use.message, NOT_A_PICTURE)
    assert use.message is not None
    assert use.message.private
    assert stage.rows() == []
    check_flux_heard_nothing(stage)


async def test_a_picture_over_100_megapixels_is_refused_with_its_size(stage: Stage) -> None:
    upload = Upload("photo.png", bomb_png(12_000, 9_001))
    stage.discord.world.cdn.size_seed = None
    use = stage.ada.use("edit", image=upload, prompt=PROMPT)
    await use.answered()

    check_told(use.message, "That image has 109 megapixels and the limit is 100, so")
    assert use.message is not None
    assert use.message.private
    assert stage.rows() == []
    check_flux_heard_nothing(stage)


@pytest.mark.parametrize("size_bytes", [MAX_PICTURE_BYTES + 1, 30 * MEBIBYTE])
async def test_a_file_over_25_mb_is_refused_before_anything_is_stored(
    stage: Stage, size_bytes: int
) -> None:
    stage.discord.guild.file_limit = 100 * MEBIBYTE
    upload = Upload("photo.png", large_png(size_bytes))
    use = stage.ada.use("edit", image=upload, prompt=PROMPT)
    await use.answered()

    check_told(use.message, TOO_LARGE)
    assert use.message is not None
    assert use.message.private
    assert stage.rows() == []
    check_flux_heard_nothing(stage)


async def test_a_file_of_30_mb_is_not_even_sent_where_discord_takes_less(stage: Stage) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("edit", image=Upload("photo.png", large_png(30 * MEBIBYTE)), prompt=PROMPT)


DAMAGED: dict[str, Upload] = {
    "half a PNG": Upload("photo.png", PNG[: len(PNG) // 2]),
    "a PNG without its end": Upload("photo.png", PNG[: PNG.index(b"IDAT") + 10]),
    "half a JPEG": Upload("photo.jpg", JPEG[: len(JPEG) // 2]),
    "a text": Upload("photo.png", b"This is a text.\n" * 100),
    "a text that its sender calls a picture": Upload("photo", b"A text.\n", "image/png"),
    "a page": Upload("page.png", b"<!doctype html><p>Not a picture"),
    "an SVG that is called PNG": Upload("drawing.png", SVG),
    "a PNG's first bytes": Upload("start.png", PNG[:12]),
    "a HEIC's first boxes": Upload("photo.heic", HEIC[:200]),
    "an AVIF's first boxes": Upload("photo.avif", AVIF[:200]),
}


@pytest.mark.parametrize("name", DAMAGED)
async def test_what_only_its_bytes_tell_is_refused_before_it_is_paid_for(
    stage: Stage, name: str
) -> None:
    stage.ada.use("edit", image=DAMAGED[name], prompt=PROMPT)
    card = await stage.ada.wait_for(lambda message: state_of(message) == "refused")
    [row] = await stage.ended()

    check_told(card, NOT_A_PICTURE)
    assert " · 0 credits\n" in card.text
    assert (row["state"], row["error_code"]) == ("refused", "source_not_a_picture")
    assert (row["credits"], row["credits_are"]) == (0, "charged")
    check_flux_heard_nothing(stage)


@pytest.mark.parametrize(
    ("filename", "data"),
    [
        ("photo.webp", picture_bytes(HILL, "WEBP")),
        ("photo.jpg", JPEG),
        ("photo.jpg", picture_bytes(HILL.convert("CMYK"), "JPEG")),
        ("photo.txt", PNG),
        ("фото без имени", PNG),
        ("a picture with nothing in it.png", picture_bytes(HILL.convert("LA"))),
        ("one point.png", picture_bytes(PIL.Image.new("RGB", (1, 1)))),
        ("a line.png", picture_bytes(PIL.Image.new("RGB", (2_000, 2)))),
    ],
)
async def test_a_picture_is_edited_whatever_it_is_called(
    stage: Stage, filename: str, data: bytes
) -> None:
    stage.ada.use("edit", image=Upload(filename, data), prompt=PROMPT)

    assert await stage.ada.wait_for(has_picture)
    assert [(fetch.status, fetch.bytes) for fetch in stage.flux.fetches] == [(200, len(data))]
    assert stage.flux.requests[0].payload["action"] == "edit"
