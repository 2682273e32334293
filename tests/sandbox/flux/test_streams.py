"""Answers to `accept: application/x-ndjson`, as they come over the wire."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from sandbox.flux import Stream
from sandbox.flux.faults import Cut, Hang, Stall
from sandbox.flux.oddities import API_ERROR
from tests.sandbox.flux.talking import ASK_NOBODY, ASYNC, GENERATE, Caller

NDJSON = "application/x-ndjson"
FOUR = {**GENERATE, "count": 4}


def stream(caller: Caller, told: Stream) -> None:
    caller.flux.manner = replace(caller.flux.manner, stream=told)


def lines_of(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.splitlines() if line.strip()]


@pytest.mark.parametrize("payload", [ASYNC, {**GENERATE, "callback_url": "http://127.0.0.1:9/"}])
async def test_what_is_not_held_is_one_line(caller: Caller, payload: dict[str, object]) -> None:
    stream(caller, Stream(4, has_error_line=True))
    reply = await caller.images(payload, accept=NDJSON)
    assert reply.content_type == NDJSON
    assert reply.body.count(b"\n") == 1
    assert reply.data.keys() == {"task_id", "trace_id"}


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
async def test_the_last_line_is_the_body_of_a_plain_answer(caller: Caller, lines: int) -> None:
    stream(caller, Stream(lines))
    reply = await caller.images(FOUR, accept=NDJSON)
    told = lines_of(reply.body)
    assert len(told) == lines == reply.body.count(b"\n")
    last = {key: value for key, value in told[-1].items() if key != "progress"}
    assert last == (await caller.record(last["task_id"]))["response"]
    assert ("progress" in told[-1]) == (lines > 1)
    assert caller.flux.untold == []


async def test_a_plain_answer_is_never_cut_into_lines(caller: Caller) -> None:
    stream(caller, Stream(4))
    reply = await caller.images(FOUR, accept="application/json")
    assert reply.content_type == "application/json"
    assert "progress" not in reply.data


@pytest.mark.parametrize(
    ("told", "end", "ends_so"),
    [
        (Stream(3), b"\n", True),
        (Stream(3, line_end="\r\n"), b"\r\n", True),
        (Stream(3, ends_last_line=False), b"\n", False),
        (Stream(1, ends_last_line=False), b"\n", False),
        (Stream(1, line_end="\r\n", content_type="application/json"), b"\r\n", True),
    ],
)
async def test_lines_come_with_the_ends_that_were_set(
    caller: Caller, told: Stream, end: bytes, *, ends_so: bool
) -> None:
    stream(caller, told)
    reply = await caller.images(FOUR, accept=NDJSON)
    assert reply.content_type == told.content_type
    assert len(reply.body.removesuffix(end).split(end)) == told.lines
    assert reply.body.endswith(end) == ends_so


async def test_the_first_line_comes_before_the_work_is_over(caller: Caller) -> None:
    stream(caller, Stream(3))
    caller.flux.misbehave("work", Hang())
    headers = {"Authorization": f"Bearer {caller.flux.token}", "Accept": NDJSON}
    url = f"{caller.flux.base}/flux/images"
    async with caller.session.post(url, json=FOUR, headers=headers) as answer:
        first = json.loads(await answer.content.readline())
        assert (first["success"], first["data"], first["progress"]) == (True, [], 33)
        assert caller.flux.charges == []
        caller.flux.release()
        rest = lines_of(await answer.read())
    assert [len(each["data"]) for each in rest] == [2, 4]


async def test_an_error_can_stand_in_the_middle(caller: Caller) -> None:
    stream(caller, Stream(3, has_error_line=True))
    told = lines_of((await caller.images(FOUR, accept=NDJSON)).body)
    assert [each["success"] for each in told] == [True, True, False, True]
    assert len(caller.flux.charges) == 1


async def test_work_that_fails_ends_a_stream_with_its_error(caller: Caller) -> None:
    stream(caller, Stream(3))
    caller.flux.misbehave("work", API_ERROR)
    reply = await caller.images(FOUR, accept=NDJSON)
    told = lines_of(reply.body)
    assert (reply.status, [each["success"] for each in told]) == (200, [True, False])
    assert caller.flux.charges == []


async def test_an_error_before_any_line_is_ordinary_json(caller: Caller) -> None:
    caller.flux.misbehave("work", API_ERROR)
    reply = await caller.images(FOUR, accept=NDJSON)
    assert (reply.status, reply.content_type) == (500, "application/json")


async def test_a_stream_can_break_off(caller: Caller) -> None:
    stream(caller, Stream(3))
    caller.flux.misbehave("accepted", Cut())
    with pytest.raises(aiohttp.ClientPayloadError):
        await caller.images(FOUR, accept=NDJSON)
    await caller.flux.settled()
    assert caller.flux.untold == [charge.task_id for charge in caller.flux.charges]


async def test_a_stream_can_stall_before_its_end(caller: Caller) -> None:
    stream(caller, Stream(3))
    caller.flux.misbehave("accepted", Stall())
    reading = asyncio.create_task(caller.images(FOUR, accept=NDJSON))
    await caller.flux.reached(1)
    await caller.flux.settled()
    assert not reading.done()
    while not reading.done():
        caller.flux.release()
        await asyncio.wait([reading], timeout=0)
    assert len(lines_of((await reading).body)) == 3
    assert caller.flux.untold == []


async def test_a_stream_can_wait_before_each_line(caller: Caller) -> None:
    stream(caller, Stream(3, waits=True))
    headers = {"Authorization": f"Bearer {caller.flux.token}", "Accept": NDJSON}
    url = caller.flux.base + "/flux/images"
    pictures = []
    async with caller.session.post(url, json=FOUR, headers=headers) as answer:
        while line := await answer.content.readline():
            pictures.append(len(json.loads(line)["data"]))
            await caller.flux.settled()
            await caller.tasks(ASK_NOBODY)  # meanwhile the server comes to its next line
            caller.flux.release()
    assert pictures == [0, 2, 4]
