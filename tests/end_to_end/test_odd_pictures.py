"""Pictures as phones and programs make them, and some made to cost much, as sources of edits."""

from __future__ import annotations

import io
import random
import zlib
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from sandbox.discord import Upload
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.images.odd_files import jpeg_with, many_scans, png_with, saved, segment
from tests.photos import HEIC, HILL, HOUSE, correlation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

PROMPT = "make it night"
TURNED = PIL.Image.Exif()
TURNED[0x0112] = 6
PORTRAIT = HILL.resize((300, 400))


def noise() -> bytes:
    return random.Random(1).randbytes(2_000_000)  # noqa: S311  # the same at every run


CONVERTED: dict[str, Callable[[], bytes]] = {
    "a GIF": lambda: saved(HILL, "GIF"),
    "an animation": lambda: saved(HILL, "GIF", save_all=True, append_images=[HOUSE]),
    "an AVIF": lambda: saved(HILL, "AVIF"),
    "a HEIC that lies on its side": lambda: HEIC,
    "48 megapixels": lambda: saved(HILL.resize((8_064, 6_048)), "JPEG"),
    "broken Exif": lambda: png_with(HILL, (b"eXIf", b"b'Exif\\x00\\x00MM\\x00*'")),
    "2 MB of profile": lambda: png_with(HILL, (b"iCCP", b"Display\0\0" + zlib.compress(noise()))),
    "20 MB of padding": lambda: png_with(HILL, (b"prVt", bytes(20_000_000))),
    "a PNG without its end": lambda: saved(HILL, "PNG")[:-12],
    "a JPEG without its end": lambda: saved(HILL, "JPEG")[:-2],
}
"""What Flux gets in a kind and size that it is known to take."""

TAKEN_AS_THEY_ARE: dict[str, Callable[[], bytes]] = {
    "CMYK": lambda: saved(HILL.convert("CMYK"), "JPEG"),
    "several pictures": lambda: saved(HILL, "MPO", save_all=True, append_images=[HOUSE]),
    "progressive": lambda: saved(HILL, "JPEG", progressive=True),
    "WebP": lambda: saved(HILL, "WEBP"),
    "animated WebP": lambda: saved(HILL, "WEBP", save_all=True, append_images=[HOUSE]),
    "animated PNG": lambda: saved(HILL, "PNG", save_all=True, append_images=[HOUSE]),
}

TOO_COSTLY: dict[str, Callable[[], bytes]] = {
    "scans": lambda: many_scans(4_992, 400),
    "segments": lambda: jpeg_with(HILL, segment(0xE1, b"Exif\0\0" + bytes(12)) * 150_000),
    "chunks": lambda: png_with(HILL, *[(b"tEXt", b"a\0b")] * 1_001),
}


def is_done(message: SeenMessage) -> bool:
    """Whether this is a result: a card can show its source before."""
    return has_picture(message) and state_of(message) == "done"


def source_at_flux(stage: Stage) -> PIL.Image.Image:
    """Return the picture as Flux got it, which is as it is kept."""
    [source] = [image for image in stage.rows("images") if image["kind"] == "source"]
    path = stage.folder / "spool" / source["file_name"]
    [fetch] = stage.flux.fetches
    assert (fetch.status, fetch.bytes) == (200, path.stat().st_size)
    picture = PIL.Image.open(path)
    assert (source["width"], source["height"]) == picture.size
    return picture


@pytest.mark.parametrize("name", CONVERTED)
async def test_what_flux_may_not_take_reaches_it_as_a_copy(stage: Stage, name: str) -> None:
    stage.ada.use("edit", image=Upload("photo", CONVERTED[name]()), prompt=PROMPT)
    message = await stage.ada.wait_for(is_done)
    [row] = await stage.ended()

    assert row["state"] == "delivered"
    got = source_at_flux(stage)
    assert got.format == "JPEG"
    assert got.width * got.height <= 25_000_000
    assert correlation(got, HILL) > 0.9
    assert correlation(PIL.Image.open(io.BytesIO(message.images[0].data)), HILL) > 0.6
    assert stage.flux.requests[0].payload["size"] == ("4:3" if "48" in name else "3:2")


@pytest.mark.parametrize("name", TAKEN_AS_THEY_ARE)
async def test_what_flux_takes_is_fetched_from_where_it_stands(stage: Stage, name: str) -> None:
    photo = TAKEN_AS_THEY_ARE[name]()
    stage.ada.use("edit", image=Upload("photo", photo), prompt=PROMPT)
    await stage.ada.wait_for(is_done)

    [fetch] = stage.flux.fetches
    assert (fetch.status, fetch.bytes) == (200, len(photo))


@pytest.mark.parametrize("name", TOO_COSTLY)
async def test_what_costs_too_much_is_refused_and_not_tried_again(
    idle_stage: Stage, name: str
) -> None:
    stage = idle_stage
    async with stage.bot_running():
        stage.ada.use("edit", image=Upload("photo.jpg", TOO_COSTLY[name]()), prompt=PROMPT)
        card = await stage.ada.wait_for(lambda message: state_of(message) == "refused")
        [row] = await stage.ended()
    async with stage.bot_running():
        assert await stage.ended() == [row]

    assert "takes too much time or memory to open, so nothing was charged." in card.text
    assert PROMPT in card.text
    assert (row["state"], row["error_code"]) == ("refused", "source_too_costly")
    assert (row["credits"], row["credits_are"]) == (0, "charged")
    assert stage.flux.requests == []


async def test_another_person_s_picture_does_not_wait_for_a_costly_one(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage, stage.bot_running():
        bomb = Upload("photo.jpg", many_scans(9_984, 60))
        stage.ada.use("edit", image=bomb, prompt=PROMPT)
        ben = stage.discord.person("Ben")
        ben.use("imagine", prompt="a lighthouse in a storm")
        await ben.wait_for(lambda message: has_picture(message) and "lighthouse" in message.text)

        [edit, _] = stage.rows("jobs")
        assert edit["state"] == "queued"


async def test_a_picture_over_a_limit_set_by_the_operator_is_refused(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PICTURE_CPU_S="1") as stage, stage.bot_running():
        bomb = Upload("photo.jpg", many_scans(9_984, 60))
        stage.ada.use("edit", image=bomb, prompt=PROMPT)
        await stage.ada.wait_for(says("takes too much time or memory"))
        [row] = await stage.ended()
        assert (row["error_code"], row["credits"]) == ("source_too_costly", 0)


async def test_a_portrait_of_a_phone_is_edited_as_a_portrait(stage: Stage) -> None:
    lying = PORTRAIT.transpose(PIL.Image.Transpose.ROTATE_90)
    upload = Upload("photo.jpg", saved(lying, "JPEG", exif=TURNED))
    stage.ada.use("edit", image=upload, prompt=PROMPT)
    message = await stage.ada.wait_for(is_done)

    assert stage.flux.requests[0].payload["size"] == "3:4"
    [result] = message.images
    assert result.width is not None
    assert result.height is not None
    assert result.width < result.height
    [source] = [image for image in stage.rows("images") if image["kind"] == "source"]
    assert (source["width"], source["height"]) == (300, 400)


async def test_a_size_that_was_named_stays(stage: Stage) -> None:
    stage.ada.use("edit", image=Upload("photo.heic", HEIC), prompt=PROMPT, size="1:1")
    await stage.ada.wait_for(is_done)
    assert stage.flux.requests[0].payload["size"] == "1:1"


@pytest.mark.parametrize("seed", [None, *range(4)])
async def test_attachments_with_and_without_a_size_are_edited(
    stage: Stage, seed: int | None
) -> None:
    stage.discord.world.cdn.size_seed = seed
    stage.ada.use("edit", image=Upload("photo.png", saved(PORTRAIT, "PNG")), prompt=PROMPT)
    await stage.ada.wait_for(is_done)
    assert stage.flux.requests[0].payload["size"] == "3:4"


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "photo.avif"])
async def test_a_file_of_unknown_type_is_a_picture_by_its_name(stage: Stage, name: str) -> None:
    """Discord need not tell the type and size of an attachment."""
    data = HEIC if name == "IMG_0001.HEIC" else saved(HILL, "AVIF")
    photo = Upload(name, data, "application/octet-stream")
    stage.ada.send(f"@Fluxcord {PROMPT}", uploads=[photo])
    await stage.ada.wait_for(is_done)
    [row] = await stage.ended()
    assert (row["command"], row["state"]) == ("mention", "delivered")
