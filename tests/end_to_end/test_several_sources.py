"""/edit with two or three pictures, which are joined side by side into one source."""

from __future__ import annotations

from functools import cache
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any
from zlib import crc32

import PIL.Image
import pytest

from sandbox.discord import Upload
from sandbox.discord.cdn import SIZELESS_ONE_IN
from sandbox.flux.oddities import bomb_png
from sandbox.transcript import state_of
from tests.end_to_end import scenes
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_odd_pictures import is_done
from tests.images.odd_files import many_scans
from tests.photos import HEIC, HILL, HOUSE, correlation, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

PROMPT = "put them together"
UPRIGHT = HOUSE.resize((80, 160))
HILL_PNG = picture_bytes(HILL)
PHOTOS = {
    "image": Upload("hill.png", HILL_PNG),
    "image2": Upload("house.jpg", picture_bytes(UPRIGHT, "JPEG")),
    "image3": Upload("hill.heic", HEIC),
}
BROKEN = Upload("photo.png", HILL_PNG[: len(HILL_PNG) // 2])
NOT_A_PICTURE = (
    "I can't read that file as an image, so nothing was charged. "
    "Attach a PNG, JPEG, WebP, GIF, AVIF or HEIC."
)
TOO_LARGE_TOGETHER = (
    "Together, these images have more than 100 megapixels, so nothing was charged. "
    "Attach smaller or fewer ones."
)


def stored_source(stage: Stage) -> PIL.Image.Image:
    """Return the one source that is kept, which is what Flux fetched."""
    [source] = [image for image in stage.rows("images") if image["kind"] == "source"]
    path = stage.folder / "spool" / source["file_name"]
    assert stage.flux.fetches[0].bytes == path.stat().st_size
    with PIL.Image.open(path) as picture:
        picture.load()
    assert (source["width"], source["height"]) == picture.size
    return picture


def edits_at_flux(stage: Stage) -> list[dict[str, Any]]:
    payloads = [dict(request.payload) for request in stage.flux.requests]
    return [payload for payload in payloads if payload["action"] == "edit"]


def parts_of(picture: PIL.Image.Image, *widths: int) -> list[PIL.Image.Image]:
    """Cut a picture into parts whose widths have these proportions."""
    edges = [
        round(picture.width * sum(widths[:end]) / sum(widths)) for end in range(len(widths) + 1)
    ]
    return [picture.crop((left, 0, right, picture.height)) for left, right in pairwise(edges)]


def check_nothing_was_charged(stage: Stage) -> None:
    assert stage.flux.requests == []
    assert stage.flux.charges == []
    assert stage.rows("images") == []
    assert stage.spooled() == []
    assert stage.borne()["house"] == 0
    assert stage.borne()["user"] == 0


async def refusal(stage: Stage, **images: Upload) -> SeenMessage:
    """Have an edit refused; the person alone sees that, and the channel stays empty."""
    use = stage.ada.use("edit", {"prompt": PROMPT, **images})
    await use.answered()
    seen = await stage.ada.wait_for(lambda message: "nothing was charged" in message.text)
    assert seen.private
    assert PROMPT in seen.text
    assert [message for message in stage.ada.read() if not message.private] == []
    check_nothing_was_charged(stage)
    return seen


async def test_three_pictures_reach_flux_side_by_side(stage: Stage) -> None:
    stage.ada.use("edit", {"prompt": PROMPT, **PHOTOS})
    message = await stage.ada.wait_for(is_done)
    [row] = await stage.ended()

    assert (row["state"], len(stage.flux.charges)) == ("delivered", 1)
    joined = stored_source(stage)
    height = HILL.height
    widths = (HILL.width, height // 2, HILL.width)
    assert joined.height == height
    assert joined.width == pytest.approx(sum(widths), abs=2)
    for part, photo in zip(parts_of(joined, *widths), (HILL, UPRIGHT, HILL), strict=True):
        assert correlation(part, photo) > 0.9
    assert stage.flux.requests[0].payload["size"] == "3:2"
    assert len(message.images) == 1
    assert len([name for name in stage.spooled() if "source" in name]) == 1
    [job] = stage.rows("jobs")
    assert job["more_source_urls"] is None


async def test_a_size_that_is_named_beats_the_first_pictures_shape(stage: Stage) -> None:
    stage.ada.use("edit", {"prompt": PROMPT, "size": "9:16", **PHOTOS})
    await stage.ada.wait_for(is_done)

    assert stage.flux.requests[0].payload["size"] == "9:16"


async def test_the_first_picture_gives_the_shape(stage: Stage) -> None:
    first, second = PHOTOS["image2"], PHOTOS["image"]
    stage.ada.use("edit", prompt=PROMPT, image=first, image3=second)
    await stage.ada.wait_for(is_done)

    assert stage.flux.requests[0].payload["size"] == "9:16"
    left, right = parts_of(stored_source(stage), 80, 240)[:2]
    assert correlation(left, UPRIGHT) > 0.9
    assert correlation(right, HILL) > 0.9


async def test_a_transparent_picture_stays_transparent(stage: Stage) -> None:
    clear = HILL.convert("RGBA")
    clear.putalpha(100)
    images = {"image": PHOTOS["image"], "image2": Upload("clear.png", picture_bytes(clear))}
    stage.ada.use("edit", {"prompt": PROMPT, **images})
    await stage.ada.wait_for(is_done)

    joined = stored_source(stage)
    assert joined.format == "WEBP"
    assert joined.getpixel((1, 1))[3] == 255  # type: ignore[index]  # of RGBA
    assert joined.getpixel((joined.width - 2, 1))[3] == pytest.approx(100, abs=2)  # type: ignore[index]  # of RGBA


async def test_regenerate_and_a_reply_use_the_joined_picture(stage: Stage) -> None:
    stage.ada.use("edit", {"prompt": PROMPT, **PHOTOS})
    card = await stage.ada.wait_for(is_done)
    await stage.ended()
    await stage.ada.click(card, "Regenerate")
    await stage.until(lambda: len(stage.rows("jobs")) == 2)
    await stage.ended()

    original, again = edits_at_flux(stage)
    assert {**again, "image_url": ""} == {**original, "image_url": ""}
    sources = [row for row in stage.rows("images") if row["kind"] == "source"]
    names = [row["file_name"] for row in sources]
    files = {(stage.folder / "spool" / name).read_bytes() for name in names}
    assert (len(names), len(files)) == (2, 1)
    # Of an edit by reply, the result is the source.
    stage.ada.reply(card, "make it night")
    await stage.until(lambda: len(stage.rows("jobs")) == 3)
    rows = await stage.ended()
    assert [row["state"] for row in rows] == ["delivered"] * 3
    assert len(edits_at_flux(stage)) == 3
    assert [job["more_source_urls"] for job in stage.rows("jobs")] == [None] * 3


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_of_three_the_broken_one_is_named_to_its_author_alone(
    stage: Stage, number: int
) -> None:
    name = "image" if number == 1 else f"image{number}"
    seen = await refusal(stage, **{**PHOTOS, name: BROKEN})
    assert f"Image {number}: {NOT_A_PICTURE}" in seen.text
    [row] = await stage.ended()
    assert (row["state"], row["error_code"], row["credits"]) == (
        "refused",
        "source_not_a_picture",
        0,
    )


@pytest.mark.parametrize("place", [scenes.group, scenes.installed, scenes.closed])
async def test_where_the_result_would_be_a_response_the_refusal_is_private_too(
    stage: Stage, place: Callable[[Stage], scenes.Scene]
) -> None:
    channel = place(stage).channel
    given: dict[str, Any] = {"prompt": PROMPT, **PHOTOS, "image2": BROKEN}
    await stage.ada.use("edit", given, channel=channel).answered()
    refused = says(f"Image 2: {NOT_A_PICTURE}")
    seen = await stage.ada.wait_for(refused, channel=channel)

    assert seen.private
    assert [message for message in stage.ada.read(channel) if not message.private] == []
    await stage.ended()
    check_nothing_was_charged(stage)


async def test_of_three_the_costly_one_is_named(stage: Stage) -> None:
    seen = await refusal(stage, **{**PHOTOS, "image3": Upload("a.jpg", many_scans(4_992, 400))})
    assert "Image 3: That image takes too much time or memory to open, so" in seen.text


async def test_of_three_a_text_and_a_huge_one_are_refused_before_anything_is_stored(
    stage: Stage,
) -> None:
    seen = await refusal(stage, **{**PHOTOS, "image2": Upload("notes.txt", b"This is a text.")})
    assert f"Image 2: {NOT_A_PICTURE}" in seen.text
    assert stage.rows() == []


def huge() -> Upload:
    return Upload("photo.png", bomb_png(12_000, 9_001))


@cache
def half() -> Upload:
    return Upload("photo.png", picture_bytes(PIL.Image.new("L", (9_000, 6_000))))


def hide_size(stage: Stage, upload: Upload) -> None:
    """Have the local Discord not tell how large this picture is."""
    cdn = stage.discord.world.cdn
    seeds = (seed for seed in count() if crc32(upload.data[:1_024], seed) % SIZELESS_ONE_IN == 0)
    cdn.size_seed = next(seeds)


async def test_one_over_100_megapixels_is_named_before_anything_is_stored(stage: Stage) -> None:
    stage.discord.world.cdn.size_seed = None
    seen = await refusal(stage, **{**PHOTOS, "image2": huge()})
    assert "Image 2: That image has 109 megapixels and the limit is 100" in seen.text
    assert stage.rows() == []


async def test_one_over_100_megapixels_is_named_where_discord_does_not_tell(stage: Stage) -> None:
    hide_size(stage, huge())
    seen = await refusal(stage, **{**PHOTOS, "image2": huge()})
    assert "Image 2: That image exceeds the limit of 100 megapixels" in seen.text


async def test_100_megapixels_are_counted_over_all_pictures(stage: Stage) -> None:
    stage.discord.world.cdn.size_seed = None
    seen = await refusal(stage, image=half(), image2=half())
    assert TOO_LARGE_TOGETHER in seen.text
    assert stage.rows() == []


async def test_100_megapixels_are_counted_where_discord_does_not_tell(stage: Stage) -> None:
    hide_size(stage, half())
    seen = await refusal(stage, image=half(), image2=half())
    assert TOO_LARGE_TOGETHER in seen.text
    assert "Image 2" not in seen.text


async def test_one_picture_is_handled_as_before(stage: Stage) -> None:
    stage.ada.use("edit", prompt=PROMPT, image=PHOTOS["image"])
    await stage.ada.wait_for(has_picture)

    [fetch] = stage.flux.fetches
    assert fetch.bytes == len(HILL_PNG)


async def test_a_bot_that_is_stopped_before_the_card_goes_on(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.discord.world.cdn.size_seed = None
    async with stage.bot_running():
        stage.ada.use("edit", {"prompt": PROMPT, **PHOTOS})
        await stage.until(lambda: bool(stage.rows("jobs")))
    async with stage.bot_running():
        [row] = await stage.ended()
        assert row["state"] == "delivered"
        assert await stage.ada.wait_for(lambda message: state_of(message) == "done")
    assert len(stage.flux.charges) == 1
