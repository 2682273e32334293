"""How tasks, pictures and callbacks can go: every state and every odd end."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from sandbox.flux.conduct import Fewer, LinkTo, Mishap, Twice
from sandbox.flux.errors import Failure
from sandbox.flux.faults import Cut, Delay, Drop, Endless, Hang, Relabel, Say, Stall
from sandbox.flux.oddities import (
    BOMB_HEIGHT,
    BOMB_WIDTH,
    FAILED_TASKS,
    bomb,
    bomb_png,
    oversized,
    page,
    redirect,
    saying,
)
from sandbox.flux.response_format import Pending
from sandbox.flux.tasks import Hidden, Hollow
from tests.sandbox.flux.talking import ASYNC, GENERATE, Caller, Elsewhere, opened

NOBODY = "00000000-0000-0000-0000-000000000000"


async def picture_url(caller: Caller) -> str:
    return str((await caller.made())["response"]["data"][0]["image_url"])


@pytest.mark.parametrize("failure", FAILED_TASKS.values(), ids=FAILED_TASKS)
async def test_a_task_can_fail(caller: Caller, elsewhere: Elsewhere, failure: Failure) -> None:
    caller.flux.misbehave("work", failure, times=2)
    record = await caller.made(callback_url=f"{elsewhere.base}/done")
    assert record["response"]["success"] is False
    assert record["response"]["error"] == {"code": failure.code, "message": failure.message}
    assert elsewhere.called == [record["response"]]
    held = await caller.images(GENERATE)
    assert (held.status >= 400, held.data["error"]["code"]) == (True, failure.code)
    assert caller.flux.charges == []


@pytest.mark.parametrize(
    "hollow", [Hollow(), Hollow("data"), Hollow("data value"), Hollow("data items")]
)
async def test_a_task_can_end_with_nothing(caller: Caller, hollow: Hollow) -> None:
    caller.flux.misbehave("work", hollow, times=2)
    record = await caller.made()
    assert record["finished_at"] is not None
    assert ("response" in record) == (hollow != Hollow())
    held = (await caller.images(GENERATE)).data
    assert held["success"] is True
    assert not held.get("data")
    assert caller.flux.charges == []


@pytest.mark.parametrize("pending", ["absent", "bare", "null", "hollow"])
async def test_a_task_can_run_for_good(caller: Caller, pending: Pending) -> None:
    caller.flux.manner = replace(caller.flux.manner, pending=pending)
    caller.flux.misbehave("work", Hang())
    record = await caller.made()
    assert record.get("finished_at") is None
    assert ("response" in record) == (pending in {"null", "hollow"})
    assert caller.flux.charges == []
    caller.flux.release()
    await caller.flux.settled()
    assert (await caller.record(record["id"]))["response"]["success"] is True
    assert len(caller.flux.charges) == 1


async def test_a_late_task_is_like_any_other(caller: Caller) -> None:
    caller.flux.misbehave("work", Delay(0.001))
    assert (await caller.made())["response"]["success"] is True


async def test_closing_does_not_wait_for_what_hangs(caller: Caller) -> None:
    caller.flux.misbehave("work", Hang())
    caller.flux.misbehave("submit", Hang())
    waiting = [asyncio.create_task(caller.images(GENERATE)) for _ in range(2)]
    await caller.flux.reached(2)
    await caller.flux.close()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(end, aiohttp.ClientError) for end in ends)
    assert caller.flux.charges == []


@pytest.mark.parametrize(("questions", "seen"), [(2, [False, False, True]), (None, [False] * 3)])
async def test_a_task_can_be_unknown_at_first_or_for_good(
    caller: Caller, questions: int | None, seen: list[bool]
) -> None:
    caller.flux.misbehave("record", Hidden(questions))
    task_id = (await caller.images(ASYNC)).data["task_id"]
    await caller.flux.settled()
    records = [await caller.record(task_id) for _ in range(3)]
    assert [bool(record) for record in records] == seen
    assert len(caller.flux.charges) == 1


async def test_a_hidden_task_is_missing_from_a_batch(caller: Caller) -> None:
    caller.flux.misbehave("record", Hidden(1))
    ids = [(await caller.images(ASYNC)).data["task_id"] for _ in range(2)]
    batch = {"action": "retrieve_batch", "ids": ids}
    counts = [(await caller.tasks(batch)).data["count"] for _ in range(2)]
    assert counts == [1, 2]


@pytest.mark.parametrize("answer", [saying(None), saying({}), saying({"error": None}, 404)])
async def test_an_unknown_task_can_be_told_in_other_words(caller: Caller, answer: Say) -> None:
    caller.flux.misbehave("tasks", answer)
    reply = await caller.tasks({"id": NOBODY})
    assert (reply.status, reply.body) == (answer.status, answer.body)


async def test_there_can_be_fewer_pictures_than_asked(caller: Caller) -> None:
    caller.flux.misbehave("work", Fewer(2))
    response = (await caller.made(count=4))["response"]
    assert len(response["data"]) == 2
    assert response["cost"]["amount"] == 0.432
    assert caller.flux.charges[0].pictures == 2


async def test_a_result_can_name_any_address(caller: Caller) -> None:
    caller.flux.misbehave("work", LinkTo("http://169.254.169.254/latest"))
    response = (await caller.made(count=2))["response"]
    assert response["data"] == [{"image_url": "http://169.254.169.254/latest"}] * 2
    assert caller.flux.charges[0].pictures == 2


@pytest.mark.parametrize(
    "what",
    [
        page(404),
        page(200),
        Say(200, b"GIF89a", "image/png"),
        Say(200, b"", "image/png"),
        oversized(400_000, "image/png"),
        redirect("http://10.0.0.1/a.png"),
        redirect("http://127.0.0.1:9/a.png", 307),
    ],
)
async def test_a_picture_can_be_something_else(caller: Caller, what: Say) -> None:
    url = await picture_url(caller)
    caller.flux.misbehave("picture", what)
    reply = await caller.get(url)
    assert (reply.status, reply.body) == (what.status, what.body)
    assert what.headers == tuple(
        (name, value) for name, value in reply.headers.items() if name == "Location"
    )
    assert opened((await caller.get(url)).body).format == "PNG"
    assert caller.flux.injected[0].subject == url.removeprefix(caller.flux.base)


@pytest.mark.parametrize("what", [Cut(), Drop()])
async def test_a_picture_can_break_off(caller: Caller, what: Mishap) -> None:
    url = await picture_url(caller)
    # aiohttp asks once more by itself where a GET got no answer at all.
    caller.flux.misbehave("picture", what, times=2)
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)):
        await caller.get(url)


async def test_a_broken_picture_was_promised_whole(caller: Caller) -> None:
    url = await picture_url(caller)
    whole = (await caller.get(url)).body
    caller.flux.misbehave("picture", Cut())
    async with caller.session.get(url) as answer:
        assert answer.headers["Content-Length"] == str(len(whole))
        assert await answer.content.readexactly(len(whole) // 2) == whole[: len(whole) // 2]
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


@pytest.mark.parametrize("what", [Stall(), Hang(), Delay(0.001)])
async def test_a_picture_can_be_slow(caller: Caller, what: Mishap) -> None:
    url = await picture_url(caller)
    caller.flux.misbehave("picture", what)
    reading = asyncio.create_task(caller.get(url))
    await caller.flux.reached(1)
    while not reading.done():
        caller.flux.release()
        await asyncio.wait([reading], timeout=0)
    assert opened((await reading).body).format == "PNG"


async def test_a_picture_can_be_endless(caller: Caller) -> None:
    url = await picture_url(caller)
    caller.flux.misbehave("picture", Endless("image/png"))
    async with caller.session.get(url) as answer:
        assert answer.content_type == "image/png"
        assert len(await answer.content.readexactly(300_000)) == 300_000


async def test_a_picture_can_be_called_another_type(caller: Caller) -> None:
    url = await picture_url(caller)
    caller.flux.misbehave("picture", Relabel("text/html"))
    reply = await caller.get(url)
    assert (reply.content_type, opened(reply.body).format) == ("text/html", "PNG")


async def test_a_picture_can_be_a_bomb(caller: Caller) -> None:
    url = await picture_url(caller)
    caller.flux.misbehave("picture", bomb())
    body = (await caller.get(url)).body
    assert len(body) < 100_000
    assert int.from_bytes(body[16:20]) * int.from_bytes(body[20:24]) == 300_000_000
    assert (BOMB_WIDTH, BOMB_HEIGHT) == (20_000, 15_000)


def test_a_bomb_is_a_valid_picture() -> None:
    image = opened(bomb_png(37, 11))
    assert (image.size, image.getextrema()) == ((37, 11), (0, 0))


@pytest.mark.parametrize(
    ("what", "calls"), [(None, 1), (Twice(), 2), (Drop(), 0), (Delay(0.001), 1)]
)
async def test_a_callback_comes_once_or_twice_or_never(
    caller: Caller, elsewhere: Elsewhere, what: Mishap | None, calls: int
) -> None:
    if what is not None:
        caller.flux.misbehave("callback", what)
    record = await caller.made(callback_url=f"{elsewhere.base}/done")
    assert elsewhere.called == [record["response"]] * calls
    assert [each.subject for each in caller.flux.injected] == [record["id"]] * (what is not None)


async def test_a_callback_can_be_late(caller: Caller, elsewhere: Elsewhere) -> None:
    caller.flux.misbehave("callback", Hang())
    record = await caller.made(callback_url=f"{elsewhere.base}/done")
    assert record["response"]["success"] is True
    assert elsewhere.called == []
    caller.flux.release()
    await caller.flux.settled()
    assert elsewhere.called == [record["response"]]
