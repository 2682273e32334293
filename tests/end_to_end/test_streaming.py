"""FLUX_ANSWER: answers line by line, and calls that are held until the picture is done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.flux import Stream
from sandbox.flux.faults import Cut, Drop, Relabel, Stall
from sandbox.transcript import state_of
from tests.end_to_end.stage import open_stage, says

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import SeenMessage
    from sandbox.flux import Era
    from sandbox.flux.conduct import Mishap
    from tests.end_to_end.stage import Stage

PROMPT = "a lighthouse in a storm"


@pytest.fixture
def streaming(idle_stage: Stage) -> Stage:
    idle_stage.more_settings["FLUX_ANSWER"] = "stream"
    return idle_stage


def tell_by(stage: Stage, stream: Stream) -> None:
    stage.flux.manner = replace(stage.flux.manner, stream=stream)


def questions(stage: Stage) -> int:
    return sum(request.path == "/flux/tasks" for request in stage.flux.requests)


async def check_delivered_once(stage: Stage, *, pictures: int) -> SeenMessage:
    await stage.ada.wait_for(
        lambda message: len(message.images) == pictures and state_of(message) == "done"
    )
    [row] = await stage.ended()
    await stage.flux.settled()
    [card] = [message for message in stage.ada.read() if not message.private]
    [charge] = stage.flux.charges
    assert (row["state"], row["task_id"]) == ("delivered", charge.task_id)
    assert stage.borne() == {"user": float(charge.credits), "house": 0}
    assert len(card.images) == pictures
    assert [image["file_name"] for image in stage.rows("images")] == stage.spooled()
    return card


async def test_each_picture_is_shown_as_its_line_arrives(streaming: Stage) -> None:
    tell_by(streaming, Stream(5, waits=True))
    async with streaming.bot_running():
        streaming.ada.use("imagine", prompt=PROMPT, count=4)
        await streaming.running(1)
        await streaming.flux.settled()
        for pictures in (1, 2, 3):
            await asyncio.sleep(0)  # the server comes to its next line
            streaming.flux.release()
            card = await streaming.ada.wait_for(says(f"{pictures} of 4 done"))
            assert len(card.images) == pictures
            assert (state_of(card), card.buttons) == ("working", ("Cancel",))
        streaming.flux.release()
        done = await check_delivered_once(streaming, pictures=4)

    assert done.id == card.id
    assert "done" not in done.text
    assert questions(streaming) == 0


@pytest.mark.parametrize("lines", [1, 2, 6])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n"])
async def test_a_stream_in_any_cut_is_delivered(
    streaming: Stage, lines: int, line_end: str
) -> None:
    tell_by(streaming, Stream(lines, line_end=line_end, ends_last_line=False))
    async with streaming.bot_running():
        streaming.ada.use("imagine", prompt=PROMPT, count=3)
        await check_delivered_once(streaming, pictures=3)


BROKEN: dict[str, tuple[Stream, Mishap | None]] = {
    "cut before its end": (Stream(4), Cut()),
    "stalled before its end": (Stream(4), Stall()),
    "an error line amid": (Stream(4, has_error_line=True), None),
    "under a wrong name": (Stream(4), Relabel("application/json")),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_stream_is_delivered_once_all_the_same(streaming: Stage, name: str) -> None:
    stream, fault = BROKEN[name]
    tell_by(streaming, stream)
    if fault is not None:
        streaming.flux.misbehave("accepted", fault)
    async with streaming.bot_running():
        streaming.ada.use("imagine", prompt=PROMPT, count=2)
        await streaming.until(lambda: bool(streaming.flux.charges))
        await streaming.flux.settled()
        await asyncio.sleep(0)  # what stalls has come to where it does
        streaming.flux.release()
        await check_delivered_once(streaming, pictures=2)


async def test_a_stream_cut_by_a_restart_is_delivered_once(streaming: Stage) -> None:
    tell_by(streaming, Stream(4, waits=True))
    async with streaming.bot_running():
        streaming.ada.use("imagine", prompt=PROMPT, count=2)
        await streaming.running(1)
    streaming.flux.release()
    async with streaming.bot_running():
        await check_delivered_once(streaming, pictures=2)


async def test_a_task_that_fails_in_a_stream_is_free(streaming: Stage) -> None:
    tell_by(streaming, Stream(3))
    async with streaming.bot_running():
        streaming.ada.use("imagine", prompt="a forbidden thing")
        card = await streaming.ada.wait_for(says("content filter blocked this request"))
        [row] = await streaming.ended()

    assert "nothing was charged." in card.text
    assert (row["state"], row["credits"]) == ("refused", 0)
    assert streaming.borne() == {"user": 0, "house": 0}


# Held calls


@pytest.mark.parametrize("era", ["current", "documented"])
async def test_a_held_call_brings_the_pictures_without_a_question(tmp_path: Path, era: Era) -> None:
    async with open_stage(tmp_path, era=era, FLUX_ANSWER="hold") as stage, stage.bot_running():
        stage.ada.use("imagine", prompt=PROMPT, count=2)
        await check_delivered_once(stage, pictures=2)

    *refused, held = stage.flux.requests
    assert len(refused) == (1 if era == "documented" else 0)  # for how it spells the size
    assert held.payload.keys() == {"action", "prompt", "model", "size", "count"}


@pytest.mark.parametrize("answer", ["stream", "hold"])
async def test_an_answer_lost_before_its_first_word_is_given_back(
    idle_stage: Stage, answer: str
) -> None:
    idle_stage.more_settings["FLUX_ANSWER"] = answer
    idle_stage.flux.misbehave("accepted", Drop())
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt=PROMPT)
        card = await idle_stage.ada.wait_for(says("The connection to Flux was lost, so"))
        [row] = await idle_stage.ended()
        await idle_stage.flux.settled()

    assert "you were refunded." in card.text
    assert (row["state"], row["error_code"]) == ("failed", "answer_lost")
    assert idle_stage.borne() == {"user": 0, "house": 0.216}
    assert sum(request.path == "/flux/images" for request in idle_stage.flux.requests) == 1
