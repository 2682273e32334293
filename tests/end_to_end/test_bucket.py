"""The bot with its images in a bucket of a real S3 server, which is slow, down or loses some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import doctor
from services.doctor import Verdict
from tests.end_to_end.stage import has_picture
from tests.object_store import object_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage
    from tests.object_store import ObjectStore


@pytest.fixture
async def bucket(idle_stage: Stage) -> AsyncIterator[ObjectStore]:
    async with object_store() as store:
        idle_stage.more_settings |= store.environ
        yield store


async def generated(stage: Stage, prompt: str) -> SeenMessage:
    stage.ada.use("imagine", prompt=prompt)
    return await stage.ada.wait_for(lambda seen: has_picture(seen) and prompt in seen.text)


async def test_a_result_is_stored_in_the_bucket_and_shown_from_there(
    idle_stage: Stage, bucket: ObjectStore
) -> None:
    async with idle_stage.bot_running():
        card = await generated(idle_stage, "a lighthouse")
        await idle_stage.ended()
        [job] = idle_stage.rows("jobs")
        [image] = idle_stage.rows("images")
        assert await bucket.names() == [image["file_name"]]
        assert await bucket.get(image["file_name"]) == card.images[0].data
        shown = await idle_stage.ada.use("show", job=job["id"]).answered()
        picture = await shown.wait_for(has_picture)
        assert picture.images[0].data == card.images[0].data
    assert idle_stage.spooled() == []
    assert len(idle_stage.flux.charges) == 1


@pytest.mark.parametrize("fault", ["503", "slow"])
async def test_a_charged_result_waits_for_the_store(
    idle_stage: Stage, bucket: ObjectStore, fault: str
) -> None:
    async with idle_stage.bot_running():
        await idle_stage.discord.connected()
        if fault == "slow":
            bucket.delay(1.0)
        else:
            bucket.fail(methods="PUT")
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.until(lambda: bool(bucket.asked("PUT")))
        bucket.mend()
        await idle_stage.ada.wait_for(has_picture)
        [row] = await idle_stage.ended()
    assert row["state"] == "delivered"
    assert len(idle_stage.flux.charges) == 1
    assert sum(map(has_picture, idle_stage.ada.read())) == 1


async def test_a_kill_while_the_store_is_down_loses_no_result(
    idle_stage: Stage, bucket: ObjectStore
) -> None:
    async with idle_stage.bot_running():
        await idle_stage.discord.connected()
        bucket.fail(methods="PUT")
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.until(lambda: bool(bucket.asked("PUT")))
    bucket.mend()
    async with idle_stage.bot_running():
        await idle_stage.ada.wait_for(has_picture)
        await idle_stage.ended()
    assert len(idle_stage.flux.charges) == 1
    assert len(await bucket.names()) == 1


async def test_an_object_that_is_gone_before_delivery_is_fetched_again(
    idle_stage: Stage, bucket: ObjectStore
) -> None:
    async with idle_stage.bot_running():
        await generated(idle_stage, "a lighthouse")
        await idle_stage.ended()
    [name] = await bucket.names()
    await bucket.delete(name)
    idle_stage.change(state="fetched", ended_at=None, told_at=None)
    async with idle_stage.bot_running():
        await idle_stage.ended()
        assert await bucket.names() == [name]
    assert len(idle_stage.flux.charges) == 1


async def deleting(stage: Stage, said: str) -> None:
    """Delete everything of Ada's, until she is told so."""
    asked = await stage.ada.use("privacy delete").answered()
    assert asked.message is not None
    await stage.ada.click(asked.message, asked.message.buttons[0])
    await stage.ada.wait_for(lambda seen: said in seen.text)


async def test_while_the_store_is_down_members_are_told_and_nothing_is_charged(
    idle_stage: Stage, bucket: ObjectStore
) -> None:
    async with idle_stage.bot_running():
        await generated(idle_stage, "a lighthouse")
        await idle_stage.ended()
        bucket.fail()
        listed = await idle_stage.ada.use("history").answered()
        said = await listed.wait_for(lambda seen: "can't read the stored images" in seen.text)
        assert said.private
        # What is known of the store is five seconds old at most, but a failure is known at once.
        refused = await idle_stage.ada.use("imagine", prompt="another").answered()
        assert refused.message is not None
        assert "can't store your image right now, so nothing was charged" in refused.message.text
        await deleting(idle_stage, "can't store your request right now")
        bucket.mend()
        await deleting(idle_stage, "Deleted.")
    assert await bucket.names() == []
    assert len(idle_stage.flux.charges) == 1


async def test_an_export_has_the_images_of_the_bucket(
    idle_stage: Stage, bucket: ObjectStore
) -> None:
    async with idle_stage.bot_running():
        await generated(idle_stage, "a lighthouse")
        await generated(idle_stage, "a harbour")
        await idle_stage.ended()
        await bucket.delete((await bucket.names())[0])
        use = await idle_stage.ada.use("privacy export").answered()
        export = await use.wait_for(lambda seen: "**Your data.**" in seen.text)
    assert "Requests: 2, images: 1." in export.text
    assert "Images that were deleted or are too large for Discord: 1." in export.text


async def test_doctor_names_what_is_wrong_with_a_bucket(
    idle_stage: Stage, bucket: ObjectStore
) -> None:
    async def finding() -> str:
        found = [each async for each in doctor.examine(idle_stage.settings, ())]
        [images] = [each for each in found if each.about == "images"]
        assert (images.verdict is Verdict.OK) == (bucket.fault is None)
        return images.text

    assert await finding() == f"The bucket {bucket.bucket} can be read."
    bucket.fail(403)
    assert "AWS_SECRET_ACCESS_KEY" in await finding()
    bucket.fail(503)
    assert "check AWS_ENDPOINT_URL" in await finding()
    assert {method for method, _ in bucket.requests} == {"GET"}
