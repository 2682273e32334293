"""Turns, restarts and repeated deliveries of the same use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


async def test_jobs_over_the_limit_wait_in_line_and_come_in_order(idle_stage: Stage) -> None:
    idle_stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    async with idle_stage.bot_running():
        for number in range(3):
            idle_stage.ada.use("imagine", prompt=f"picture {number}")
        await idle_stage.ada.wait_for(says("In line, place 2"))
        await idle_stage.discord.wait_until(
            lambda: sum(map(has_picture, idle_stage.ada.read())) == 3
        )

    prompts = [
        request.payload["prompt"]
        for request in idle_stage.flux.requests
        if request.path == "/flux/images"
    ]
    assert prompts == ["picture 0", "picture 1", "picture 2"]


async def test_commands_are_registered_once_for_many_starts(idle_stage: Stage) -> None:
    for _ in range(3):
        async with idle_stage.bot_running():
            pass

    overwrites = [request for request in idle_stage.discord.requests if request.method == "PUT"]
    assert len(overwrites) == 1
    assert {command["name"] for command in idle_stage.discord.commands} == {
        "edit",
        "history",
        "imagine",
    }


async def test_commands_can_be_used_everywhere(stage: Stage) -> None:
    for command in stage.discord.commands:
        assert sorted(command["contexts"]) == [0, 1, 2]
        assert sorted(command["integration_types"]) == [0, 1]


async def test_a_use_that_is_delivered_twice_makes_one_job(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a lighthouse")
    stage.discord.interactions.send(use.interaction)
    await stage.ada.wait_for(has_picture)

    assert len(await stage.ended()) == 1
    assert len(stage.flux.charges) == 1
