"""The folder of pictures keeps within its limits, and never by what is still to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Upload
from sandbox.flux.faults import Hang, Say
from sandbox.flux.oddities import MODERATED
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_delivery import noise

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage

DAY_S = 86_400


async def test_over_its_size_delivered_pictures_go_and_kept_ones_stay(idle_stage: Stage) -> None:
    stage = idle_stage
    over_a_megabyte = noise(1_000)
    assert len(over_a_megabyte) > 1_000_000
    stage.flux.misbehave("picture", Say(200, over_a_megabyte, "image/png"), times=2)
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        first = await stage.ada.wait_for(has_picture)
        stage.flux.misbehave("work", Hang())
        stage.ada.use("imagine", prompt="a walrus")
        card = await stage.ada.wait_for(says("Generating"))
        # The card says so before Flux is asked, when a request can still be cancelled for nothing.
        await stage.running(1)
        await stage.ada.click(card, "Cancel")
        await stage.ada.wait_for(says("so you are charged"))
        stage.flux.release()
        await stage.ended()
    files = {row["job_id"]: row["file_name"] for row in stage.rows("images")}
    delivered, kept = (files[row["job_id"]] for row in stage.rows())
    assert stage.spooled() == sorted([delivered, kept])

    stage.more_settings["SPOOL_MAX_MB"] = "1"
    async with stage.bot_running():
        await stage.until(lambda: stage.spooled() == [kept])
        listed = (await stage.ada.use("history", words="walrus").answered()).message
        assert listed is not None
        picked = await stage.ada.pick(listed, "a walrus")
        shown = await picked.wait_for(has_picture)

    assert len(shown.images) == 1
    again = stage.ada.look_again(first)
    assert again is not None
    assert len(again.images) == 1


async def test_one_person_cannot_fill_the_disk_with_what_comes_to_nothing(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    stage.more_settings["SPOOL_MAX_MB_PER_USER"] = "1"
    stage.flux.misbehave("submit", MODERATED, times=2)
    async with stage.bot_running():
        for jobs in (1, 2):
            upload = Upload("photo.png", noise(1_000))
            stage.ada.use("edit", image=upload, prompt="make it night")
            await stage.until(lambda jobs=jobs: len(stage.rows()) == jobs)  # type: ignore[misc]  # mypy infers no default
            rows = await stage.ended()
        assert {row["state"] for row in rows} == {"refused"}

    assert stage.spooled() == [f"{rows[1]['job_id']}-source-1.png"]


async def test_after_so_many_days_the_pictures_of_ended_requests_go(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.more_settings["SPOOL_MAX_DAYS"] = "2"
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
        await stage.ended()
    stage.change(ended_at=-DAY_S)
    async with stage.bot_running():
        assert len(stage.spooled()) == 1
    stage.change(ended_at=-3 * DAY_S)
    async with stage.bot_running():
        await stage.until(lambda: stage.spooled() == [])
        [row] = stage.rows()
        await stage.ada.use("show", job=row["job_id"]).wait_for(says("no longer saved"))
