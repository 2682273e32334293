"""Edits whose picture has lost its address since: Flux still gets the right one, or nobody pays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import sqlite_utils

from sandbox.discord import Upload
from sandbox.flux.faults import Hang
from sandbox.flux.oddities import API_ERROR
from tests.end_to_end.stage import has_picture
from tests.photos import HILL, HOUSE, correlation, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

DAY_S = 24 * 60 * 60
GONE = "I can no longer read the image to edit, so nothing was charged."


def can_be_tried_again(message: SeenMessage) -> bool:
    return "Try again" in message.buttons


async def failed_edit(stage: Stage) -> SeenMessage:
    """Ask for an edit of the hill that Flux cannot make this time; return its card."""
    stage.flux.misbehave("work", API_ERROR)
    upload = Upload("photo.png", picture_bytes(HILL))
    stage.ada.use("edit", image=upload, prompt="make it night")
    card = await stage.ada.wait_for(can_be_tried_again)
    await stage.ended()
    return card


def change_job(stage: Stage, **columns: Any) -> None:  # noqa: ANN401  # of any column's type
    with sqlite_utils.Database(stage.folder / "fluxcord.db") as database:
        [job] = database["jobs"].rows
        database.table("jobs").update(job["id"], columns)


def given(stage: Stage) -> list[str]:
    """Return the address of the picture in each edit that Flux was asked for."""
    asked = [request.payload for request in stage.flux.requests]
    return [str(payload["image_url"]) for payload in asked if "image_url" in payload]


def has_result(message: SeenMessage) -> bool:
    is_under_way = "Cancel" in message.buttons
    return message.author == "Fluxcord" and has_picture(message) and not is_under_way


def check_edit_of(message: SeenMessage, photo: PIL.Image.Image, other: PIL.Image.Image) -> None:
    [image] = message.images
    picture = PIL.Image.open(io.BytesIO(image.data))
    assert correlation(picture, photo) > 0.8
    assert correlation(picture, other) < 0.4


@pytest.mark.parametrize("restart", [False, True])
async def test_try_again_edits_the_right_picture_after_its_link_has_expired(
    idle_stage: Stage, *, restart: bool
) -> None:
    stage = idle_stage
    async with stage.bot_running():
        card = await failed_edit(stage)
        if not restart:
            stage.discord.clock.advance(2 * DAY_S)
            await stage.ada.click(card, "Try again")
            result = await stage.ada.wait_for(has_result)
            await stage.ended()
    if restart:
        stage.discord.clock.advance(2 * DAY_S)
        async with stage.bot_running():
            await stage.ada.click(card, "Try again")
            result = await stage.ada.wait_for(has_result)
            await stage.ended()

    check_edit_of(result, HILL, HOUSE)
    assert [(fetch.status, fetch.bytes) for fetch in stage.flux.fetches[-1:]] == [
        (200, len(picture_bytes(HILL)))
    ]
    first, again = given(stage)
    assert first != again
    assert again.startswith(stage.discord.base_url)
    assert f"{stage.rows('jobs')[-1]['id']}-source-1.png" in again


async def test_the_card_shows_the_picture_while_flux_works_on_it(stage: Stage) -> None:
    card = await failed_edit(stage)
    stage.discord.clock.advance(2 * DAY_S)
    before = len(stage.flux.injected)
    stage.flux.misbehave("work", Hang())
    await stage.ada.click(card, "Try again")
    await stage.flux.reached(before + 1)
    await stage.until(lambda: stage.rows("jobs")[-1]["state"] == "running")
    status = await stage.ada.wait_for(has_picture)

    assert "Cancel" in status.buttons
    assert [image.alt for image in status.images] == ["Image being edited"]
    stage.flux.release()
    check_edit_of(await stage.ada.wait_for(has_result), HILL, HOUSE)


async def test_the_picture_of_a_message_is_fetched_anew(idle_stage: Stage) -> None:
    stage = idle_stage
    photo = picture_bytes(HOUSE)
    async with stage.bot_running():
        card = await failed_edit(stage)
    # While the bot is away, so that it takes the message for no request.
    message = stage.ada.send("@Fluxcord look", uploads=[Upload("house.png", photo)])
    change_job(
        stage,
        source_url=message.images[0].url,
        source_channel_id=message.channel_id,
        source_message_id=message.id,
    )
    stage.discord.clock.advance(2 * DAY_S)
    async with stage.bot_running():
        await stage.ada.click(card, "Try again")
        result = await stage.ada.wait_for(has_result)

    check_edit_of(result, HOUSE, HILL)
    _, again = given(stage)
    expired = message.images[0].url
    assert again != expired
    assert again.partition("?")[0] == expired.partition("?")[0]


async def test_a_picture_that_is_gone_is_told_of_before_it_is_paid_for(idle_stage: Stage) -> None:
    stage = idle_stage
    async with stage.bot_running():
        card = await failed_edit(stage)
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    stage.discord.clock.advance(2 * DAY_S)
    async with stage.bot_running():
        await stage.ada.click(card, "Try again")
        told = await stage.ada.wait_for(lambda message: GONE in message.text)
        rows = await stage.ended()

    assert told.buttons == ()
    assert [row["error_code"] for row in rows] == ["flux_failed", "source_unreachable"]
    assert rows[-1]["credits"] == 0
    assert len(given(stage)) == 1
