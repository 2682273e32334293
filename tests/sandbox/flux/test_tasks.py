"""The life of a task as a client sees it, through the real server."""

import asyncio
import time
from decimal import Decimal

import aiohttp
import pytest

from sandbox.flux import Charge, LocalFlux
from sandbox.flux.books import Books
from sandbox.flux.errors import Failure
from sandbox.flux.rendering_queue import RenderingQueue
from sandbox.flux.requests import ImageOrder, image_order
from sandbox.flux.worker import Worker
from tests.sandbox.flux.talking import (
    EDIT,
    GENERATE,
    Caller,
    Elsewhere,
    opened,
    photo,
    png,
)

NDJSON = "application/x-ndjson"


async def test_a_held_call_answers_with_pictures_and_cost(caller: Caller) -> None:
    reply = await caller.images({**GENERATE, "count": 2})
    body = reply.data
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert body.keys() == {"success", "task_id", "trace_id", "data", "cost"}
    assert body["cost"] == {"amount": 0.432, "currency": "credit", "list_amount": 0.48}
    files = f"{caller.flux.base}/files/{body['task_id']}"
    assert body["data"] == [{"image_url": f"{files}_1.png"}, {"image_url": f"{files}_2.png"}]
    assert caller.flux.charges == [Charge(body["task_id"], "flux-dev", 2, Decimal("0.432"))]
    assert caller.flux.requests[-1].payload == {**GENERATE, "count": 2}


@pytest.mark.parametrize(
    ("model", "ending", "content_type", "picture_format"),
    [("flux-dev", "png", "image/png", "PNG"), ("flux-2-pro", "jpg", "image/jpeg", "JPEG")],
)
async def test_files_are_served_to_anyone(
    caller: Caller, model: str, ending: str, content_type: str, picture_format: str
) -> None:
    body = (await caller.images({**GENERATE, "model": model})).data
    url = body["data"][0]["image_url"]
    assert url == f"{caller.flux.base}/files/{body['task_id']}.{ending}"
    file = await caller.get(url)
    assert (file.status, file.content_type) == (200, content_type)
    assert opened(file.body).format == picture_format
    assert (await caller.get(url + "x")).status == 404


@pytest.mark.parametrize("model", ["flux-dev", "flux-2-max"])
async def test_full_size_is_what_the_api_gives(session: aiohttp.ClientSession, model: str) -> None:
    async with await LocalFlux.start() as flux:
        caller = Caller(flux, session)
        body = (await caller.images({**GENERATE, "model": model, "size": "16:9"})).data
        file = await caller.get(body["data"][0]["image_url"])
    assert opened(file.body).size == (1344, 768)


@pytest.mark.parametrize("mode", [{"async": True}, {"callback_url": "http://127.0.0.1:9/done"}])
async def test_an_async_call_answers_before_the_work(
    slow_caller: Caller, mode: dict[str, object]
) -> None:
    reply = await slow_caller.images({**GENERATE, **mode})
    assert reply.status == 200
    assert reply.data.keys() == {"task_id", "trace_id"}
    record = await slow_caller.record(reply.data["task_id"])
    assert "response" not in record
    assert record["finished_at"] is None
    assert record["elapsed"] is None
    assert (record["id"], record["trace_id"]) == (reply.data["task_id"], reply.data["trace_id"])
    assert (record["type"], record["request"]) == ("images", {**GENERATE, **mode})
    assert not slow_caller.flux.charges


async def test_a_finished_task_keeps_what_a_held_call_says(caller: Caller) -> None:
    accepted = (await caller.images({**GENERATE, "async": True})).data
    await caller.flux.settled()
    record = await caller.record(accepted["task_id"])
    assert record["response"]["success"] is True
    assert record["response"]["task_id"] == accepted["task_id"]
    assert record["response"]["cost"]["amount"] == 0.216
    assert (await caller.get(record["response"]["data"][0]["image_url"])).status == 200
    assert record["created_at"] <= record["finished_at"] <= time.time()
    assert record["elapsed"] == round(record["finished_at"] - record["created_at"], 3)


@pytest.mark.parametrize(
    ("prompt", "status", "error", "has_success"),
    [
        (
            "something Forbidden!",
            403,
            {"code": "forbidden", "message": "The prompt was refused by content moderation."},
            False,
        ),
        ("an unlucky fisher", 500, {"code": "api_error", "message": "fetch failed"}, True),
    ],
)
async def test_a_word_can_make_a_task_fail(
    caller: Caller, prompt: str, status: int, error: dict[str, str], *, has_success: bool
) -> None:
    held = await caller.images({**GENERATE, "prompt": prompt})
    assert (held.status, held.data["error"]) == (status, error)
    assert ("success" in held.data) == has_success
    accepted = await caller.images({**GENERATE, "prompt": prompt, "async": True})
    assert accepted.status == 200
    await caller.flux.settled()
    record = await caller.record(accepted.data["task_id"])
    assert record["response"] == {"success": False, **accepted.data, "error": error}
    assert isinstance(record["finished_at"], float)
    assert not caller.flux.charges


async def test_a_word_inside_another_means_nothing(caller: Caller) -> None:
    assert (await caller.images({**GENERATE, "prompt": "unforbidden"})).status == 200


async def test_an_unknown_task_is_an_empty_object(caller: Caller) -> None:
    reply = await caller.tasks({"id": "00000000-0000-0000-0000-000000000000"})
    assert (reply.status, reply.data) == (200, {})


async def test_a_batch_has_each_known_task_once(caller: Caller) -> None:
    ids = [(await caller.images({**GENERATE, "async": True})).data["task_id"] for _ in range(2)]
    await caller.flux.settled()
    asked = [ids[1], "unknown", ids[0], ids[1]]
    body = (await caller.tasks({"action": "retrieve_batch", "ids": asked})).data
    assert ([item["id"] for item in body["items"]], body["count"]) == ([ids[1], ids[0]], 2)
    empty = await caller.tasks({"action": "retrieve_batch", "ids": []})
    assert empty.data == {"items": [], "count": 0}


@pytest.mark.parametrize("mode", [{}, {"async": True}])
async def test_a_stream_is_one_line(caller: Caller, mode: dict[str, object]) -> None:
    reply = await caller.images({**GENERATE, **mode}, accept=NDJSON)
    assert reply.content_type == NDJSON
    assert reply.body.endswith(b"}\n")
    assert reply.body.count(b"\n") == 1
    assert ("data" in reply.data) == (not mode)


async def test_an_error_before_the_stream_is_plain_json(caller: Caller) -> None:
    reply = await caller.images({**GENERATE, "prompt": "unlucky"}, accept=NDJSON)
    assert (reply.status, reply.content_type) == (500, "application/json")


@pytest.mark.parametrize("prompt", ["a lake", "an unlucky lake"])
async def test_a_callback_comes_once_and_says_what_the_record_says(
    caller: Caller, elsewhere: Elsewhere, prompt: str
) -> None:
    asked = {**GENERATE, "prompt": prompt, "callback_url": f"{elsewhere.base}/done"}
    accepted = (await caller.images(asked)).data
    await caller.flux.settled()
    record = await caller.record(accepted["task_id"])
    assert elsewhere.called == [record["response"]]


@pytest.mark.parametrize("path", ["/done", "/nowhere", "/moved"])
async def test_a_refused_callback_is_not_repeated_and_changes_nothing(
    caller: Caller, elsewhere: Elsewhere, path: str
) -> None:
    elsewhere.status = 500
    accepted = (await caller.images({**GENERATE, "callback_url": elsewhere.base + path})).data
    await caller.flux.settled()
    assert len(elsewhere.called) == (path == "/done")
    assert (await caller.record(accepted["task_id"]))["response"]["success"] is True


async def test_a_callback_that_nobody_takes_is_given_up(
    caller: Caller, unused_tcp_port: int
) -> None:
    nobody = f"http://127.0.0.1:{unused_tcp_port}/"
    accepted = (await caller.images({**GENERATE, "callback_url": nobody})).data
    await caller.flux.settled()
    assert (await caller.record(accepted["task_id"]))["response"]["success"] is True


async def test_an_edit_fetches_its_source(caller: Caller, elsewhere: Elsewhere) -> None:
    url = f"{elsewhere.base}/source"
    body = (await caller.images({**EDIT, "image_url": url, "count": 3})).data
    assert len(body["data"]) == 1
    fetch = caller.flux.fetches[0]
    assert (fetch.url, fetch.status, fetch.bytes) == (url, 200, len(elsewhere.source))
    assert caller.flux.charges[0].credits == Decimal("0.423")


async def test_work_goes_on_when_the_caller_hangs_up(caller: Caller, elsewhere: Elsewhere) -> None:
    held = asyncio.create_task(caller.images({**EDIT, "image_url": f"{elsewhere.base}/late"}))
    await elsewhere.is_asked.wait()
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    elsewhere.may_answer.set()
    await caller.flux.settled()
    assert len(caller.flux.charges) == 1


async def test_tasks_run_side_by_side(caller: Caller, elsewhere: Elsewhere) -> None:
    late = {**EDIT, "image_url": f"{elsewhere.base}/late", "async": True}
    waiting = (await caller.images(late)).data["task_id"]
    await elsewhere.is_asked.wait()
    assert (await caller.images(GENERATE)).status == 200
    assert "response" not in await caller.record(waiting)
    elsewhere.may_answer.set()
    await caller.flux.settled()
    assert (await caller.record(waiting))["response"]["success"] is True


async def test_every_picture_takes_its_time(session: aiohttp.ClientSession) -> None:
    async with await LocalFlux.start(megapixels=0.02, seconds_per_picture=0.01) as flux:
        caller = Caller(flux, session)
        body = (await caller.images({**GENERATE, "count": 3})).data
        assert (await caller.record(body["task_id"]))["elapsed"] >= 0.03


class BrokenStudio(RenderingQueue):
    async def make(self, _order: ImageOrder) -> list[bytes] | Failure:
        raise ZeroDivisionError


async def test_a_task_that_breaks_ends_and_is_logged(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    books = Books()
    studio = BrokenStudio(session, books.fetches, seconds_per_picture=0, megapixels=0.02)
    worker = Worker(session, studio, books, files_url="")
    task, running = worker.begin(image_order(GENERATE), GENERATE)
    ended = await running
    assert ended.outcome == Failure("api_error", "Internal server error.")
    assert caplog.messages == [f"task {task.task_id} broke"]
    assert not books.charges


async def test_a_result_can_be_edited_again(caller: Caller) -> None:
    first = (await caller.images({**EDIT, "action": "generate"})).data["data"][0]["image_url"]
    reply = await caller.images({**EDIT, "image_url": first})
    assert reply.status == 200
    assert caller.flux.fetches[0].status == 200


@pytest.mark.parametrize(("source", "status"), [(b"not a picture", 200), (png(photo("room")), 404)])
async def test_a_source_that_cannot_be_read_fails_the_task(
    caller: Caller, elsewhere: Elsewhere, source: bytes, status: int
) -> None:
    elsewhere.source, elsewhere.status = source, status
    asked = {**EDIT, "image_url": f"{elsewhere.base}/source"}
    held = await caller.images(asked)
    assert held.error == (400, "bad_request", "image_url cannot be read")
    accepted = (await caller.images({**asked, "async": True})).data
    await caller.flux.settled()
    response = (await caller.record(accepted["task_id"]))["response"]
    assert response["error"] == {"code": "bad_request", "message": "image_url cannot be read"}
    assert [fetch.status for fetch in caller.flux.fetches] == [status, status]
    assert not caller.flux.charges


async def test_a_source_that_is_nowhere_fails_the_task(
    caller: Caller, unused_tcp_port: int
) -> None:
    reply = await caller.images({**EDIT, "image_url": f"http://127.0.0.1:{unused_tcp_port}/"})
    assert reply.error == (400, "bad_request", "image_url cannot be read")
    assert (caller.flux.fetches[0].status, caller.flux.fetches[0].bytes) == (0, 0)


async def test_half_a_surrogate_pair_is_just_another_prompt(caller: Caller) -> None:
    body = b'{"action":"generate","prompt":"\\ud83d","size":"1:1"}'
    assert (await caller.images(body)).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_health_is_always_well(caller: Caller, method: str) -> None:
    async with caller.session.request(method, f"{caller.flux.base}/health") as answer:
        assert answer.status == 200
