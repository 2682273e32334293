"""/edit through the whole stack."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from sandbox.discord import Upload
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.photos import HILL, HOUSE, correlation, picture_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.stage import Stage


async def test_each_edit_is_of_its_own_photo(stage: Stage) -> None:
    for photo in (HILL, HOUSE):
        upload = Upload("photo.png", picture_bytes(photo))
        use = stage.ada.use("edit", image=upload, prompt="make it night")
        await use.gone()
        await stage.ended()

    results = [message.images[0].data for message in stage.ada.read()]
    edits = [PIL.Image.open(io.BytesIO(data)) for data in results]
    assert correlation(edits[0], HILL) > 0.8
    assert correlation(edits[1], HOUSE) > 0.8
    assert correlation(edits[0], HOUSE) < 0.4
    assert correlation(edits[1], HILL) < 0.4


async def test_flux_fetches_the_attachments_own_link(stage: Stage) -> None:
    data = picture_bytes(HILL)
    stage.ada.use("edit", image=Upload("photo.png", data), prompt="make it night")
    await stage.ada.wait_for(has_picture)

    [fetch] = stage.flux.fetches
    assert fetch.url == stage.flux.requests[0].payload["image_url"]
    assert fetch.url.startswith(stage.discord.base_url)
    assert (fetch.status, fetch.bytes) == (200, len(data))


@pytest.mark.parametrize(
    ("shape", "size"), [((160, 90), "16:9"), ((90, 160), "9:16"), ((100, 100), "1:1")]
)
async def test_a_picture_keeps_the_ratio_nearest_to_its_own(
    stage: Stage, shape: tuple[int, int], size: str
) -> None:
    upload = Upload("photo.png", picture_bytes(HILL.resize(shape)))
    stage.ada.use("edit", image=upload, prompt="make it night")
    await stage.ada.wait_for(has_picture)

    assert stage.flux.requests[0].payload["size"] == size


async def test_a_size_that_is_asked_for_wins(stage: Stage) -> None:
    upload = Upload("photo.png", picture_bytes(HILL))
    stage.ada.use("edit", image=upload, prompt="make it night", size="9:21")
    await stage.ada.wait_for(has_picture)

    assert stage.flux.requests[0].payload["size"] == "9:21"


async def test_source_and_result_are_both_kept(stage: Stage) -> None:
    data = picture_bytes(HILL)
    stage.ada.use("edit", image=Upload("photo.png", data), prompt="make it night")
    await stage.ada.wait_for(has_picture)
    await stage.ended()

    images = {image["kind"]: image for image in stage.rows("images")}
    source = stage.folder / "spool" / images["source"]["file_name"]
    assert source.read_bytes() == data
    assert (images["source"]["width"], images["source"]["height"]) == HILL.size
    assert stage.spooled() == sorted(image["file_name"] for image in images.values())


async def test_alt_text_says_what_was_changed(stage: Stage) -> None:
    upload = Upload("photo.png", picture_bytes(HILL))
    stage.ada.use("edit", image=upload, prompt="make it night", spoiler=True)
    message = await stage.ada.wait_for(has_picture)

    assert message.images[0].alt == "Edited image: make it night"
    assert message.images[0].spoiler


async def test_only_models_that_edit_are_suggested(stage: Stage) -> None:
    choices = await stage.ada.suggest("edit", "model", "")

    values = [choice.value for choice in choices]
    assert values[0] == "flux-kontext-pro"
    assert "flux-pro-1.1" not in values


@pytest.mark.parametrize(
    ("filename", "data"),
    [("notes.txt", b"not a picture"), ("empty.png", b"")],
)
async def test_a_file_that_is_no_picture_is_refused_at_once(
    stage: Stage, filename: str, data: bytes
) -> None:
    use = stage.ada.use("edit", image=Upload(filename, data), prompt="make it night")
    await use.answered()

    assert use.message is not None
    assert use.message.private
    assert "can't read that file as an image" in use.message.text
    assert "nothing was charged." in use.message.text
    assert "make it night" in use.message.text
    assert stage.rows() == []


async def test_a_damaged_picture_is_refused_before_it_is_paid_for(stage: Stage) -> None:
    data = picture_bytes(HILL)
    upload = Upload("photo.png", data[: len(data) // 2])
    stage.ada.use("edit", image=upload, prompt="make it night")
    card = await stage.ada.wait_for(says("can't read that file as an image"))

    [row] = await stage.ended()
    assert "make it night" in card.text
    assert (row["state"], row["credits"]) == ("refused", 0)
    assert stage.flux.requests == []


async def test_a_model_that_cannot_edit_is_refused(stage: Stage) -> None:
    upload = Upload("photo.png", picture_bytes(HILL))
    use = stage.ada.use("edit", image=upload, prompt="make it night", model="flux-pro-1.1")
    await use.answered()

    assert use.message is not None
    assert "cannot edit images" in use.message.text
    assert stage.flux.requests == []


async def test_a_result_of_several_megabytes_is_delivered(tmp_path: Path) -> None:
    noise = PIL.Image.effect_noise((1344, 768), 80).convert("RGB")
    async with open_stage(tmp_path, megapixels=1.0) as stage, stage.bot_running():
        upload = Upload("photo.png", picture_bytes(noise))
        stage.ada.use("edit", image=upload, prompt="make it night")
        message = await stage.ada.wait_for(has_picture)

    assert len(message.images[0].data) > 1_100_000
