"""What the card of a job says while nothing is certain yet, or only some pictures have come."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.flux.faults import Drop, Hang, Stall
from sandbox.flux.manner import Stream
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def _released(stage: Stage) -> SeenMessage:
    """Let Flux go on with what hangs, now or in a moment, and return the result."""

    def is_delivered() -> bool:
        stage.flux.release()
        return [row["state"] for row in stage.rows("jobs")] == ["delivered"]

    await stage.until(is_delivered)
    return await stage.ada.wait_for(has_picture)


async def test_a_lost_answer_is_told_and_its_callback_brings_the_picture(
    idle_stage: Stage,
) -> None:
    port = _free_port()
    idle_stage.more_settings |= {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CALLBACK_HOST": "127.0.0.1",
        "CALLBACK_PORT": str(port),
    }
    async with idle_stage.bot_running():
        idle_stage.flux.misbehave("accepted", Drop())
        idle_stage.flux.misbehave("callback", Hang())
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        card = await idle_stage.ada.wait_for(says("nothing is sent twice"))
        result = await _released(idle_stage)
        [row] = await idle_stage.ended()

    assert card.buttons == ("Cancel",)
    assert result.id == card.id
    assert row["state"] == "delivered"
    assert len(idle_stage.flux.charges) == 1


async def test_pictures_of_a_stream_are_shown_as_they_come(idle_stage: Stage) -> None:
    idle_stage.more_settings["FLUX_ANSWER"] = "stream"
    idle_stage.flux.manner = replace(idle_stage.flux.manner, stream=Stream(lines=4))
    idle_stage.flux.misbehave("accepted", Stall())
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt="a lighthouse", count=3)
        partial = await idle_stage.ada.wait_for(says("of 3 so far"))
        result = await _released(idle_stage)
        [row] = await idle_stage.ended()

    assert 1 <= len(partial.images) < 3
    assert partial.buttons == ("Cancel",)
    assert len(result.images) == 3
    assert result.id == partial.id
    assert row["state"] == "delivered"
