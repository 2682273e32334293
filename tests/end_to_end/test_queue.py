"""Turns, restarts and repeated deliveries of the same use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.flux.faults import Hang
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage


def submitted(stage: Stage) -> list[object]:
    """Return the prompts that Flux was sent, in their order."""
    submits = [request for request in stage.flux.requests if request.path == "/flux/images"]
    return [request.payload["prompt"] for request in submits]


async def test_jobs_over_the_limit_wait_in_line_and_come_in_order(idle_stage: Stage) -> None:
    idle_stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    async with idle_stage.bot_running():
        for number in range(3):
            await idle_stage.ada.use("imagine", prompt=f"picture {number}").answered()
        await idle_stage.ada.wait_for(says("Queued (#2)"))
        await idle_stage.discord.wait_until(
            lambda: sum(map(has_picture, idle_stage.ada.read())) == 3
        )

    assert submitted(idle_stage) == ["picture 0", "picture 1", "picture 2"]


async def test_one_persons_dozen_does_not_hold_up_anothers_one(idle_stage: Stage) -> None:
    idle_stage.more_settings.update(MAX_RUNNING_JOBS="1", MAX_JOBS_PER_USER="0")
    idle_stage.flux.misbehave("work", Hang())
    bob = idle_stage.discord.person("Bob")
    async with idle_stage.bot_running():
        for number in range(12):
            await idle_stage.ada.use("imagine", prompt=f"picture {number}").answered()
        await idle_stage.running(1)
        await bob.use("imagine", prompt="Bob's one").answered()
        status = await bob.wait_for(says("Bob's one"))
        idle_stage.flux.release()
        await idle_stage.discord.wait_until(
            lambda: sum(map(has_picture, idle_stage.ada.read())) == 13
        )

    assert "Queued (#1)" in status.text
    assert submitted(idle_stage)[:2] == ["picture 0", "Bob's one"]
    assert submitted(idle_stage)[2:] == [f"picture {number}" for number in range(1, 12)]


async def test_nobody_has_every_place_at_flux(idle_stage: Stage) -> None:
    idle_stage.more_settings.update(MAX_RUNNING_JOBS="3", MAX_RUNNING_PER_USER="2")
    idle_stage.flux.misbehave("work", Hang(), times=2)
    async with idle_stage.bot_running():
        for number in range(3):
            await idle_stage.ada.use("imagine", prompt=f"picture {number}").answered()
        await idle_stage.running(2)
        waiting = await idle_stage.ada.wait_for(says("Queued (#1)"))
        idle_stage.discord.person("Bob").use("imagine", prompt="Bob's one")
        done = await idle_stage.ada.wait_for(has_picture)
        assert "Bob's one" in done.text
        assert submitted(idle_stage) == ["picture 0", "picture 1", "Bob's one"]
        idle_stage.flux.release()
        await idle_stage.ended()

    assert "picture 2" in waiting.text
    assert submitted(idle_stage)[3:] == ["picture 2"]


async def test_commands_are_registered_once_for_many_starts(idle_stage: Stage) -> None:
    idle_stage.knows_commands = False
    for _ in range(3):
        async with idle_stage.bot_running():
            pass

    overwrites = [request for request in idle_stage.discord.requests if request.method == "PUT"]
    assert len(overwrites) == 1
    assert {command["name"] for command in idle_stage.discord.commands} == {
        "access",
        "doctor",
        "edit",
        "help",
        "history",
        "imagine",
        "limits",
        "moderation",
        "preferences",
        "privacy",
        "settings",
        "show",
        "style",
        "usage",
        "Edit avatar",
        "Edit image",
        "Image details",
        "Report image",
    }


async def test_what_is_not_for_managers_can_be_used_everywhere(stage: Stage) -> None:
    everywhere = [
        command
        for command in stage.discord.commands
        if command["default_member_permissions"] is None
    ]
    assert "imagine" in {command["name"] for command in everywhere}
    for command in everywhere:
        if command["name"] == "Edit avatar":
            continue  # a server's setting allows it
        assert sorted(command["contexts"]) == [0, 1, 2]
        assert sorted(command["integration_types"]) == [0, 1]


async def test_a_use_that_is_delivered_twice_makes_one_job(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a lighthouse")
    stage.discord.interactions.send(use.interaction)
    await stage.ada.wait_for(has_picture)

    assert len(await stage.ended()) == 1
    assert len(stage.flux.charges) == 1
