"""The client over real HTTP: what it sends and what it reads."""

import json

import aiohttp
import pytest

from flux import errors
from flux.errors import FluxError, RateLimitedError
from flux.models import Submission, TaskState
from tests.flux.calls import CALLS, EDIT, GENERATE, TOKEN, Call, client_of
from tests.flux.serving import Api, Received


@pytest.mark.parametrize(
    ("call", "path", "body"),
    [
        (
            CALLS["generate"],
            "/flux/images",
            {
                "action": "generate",
                "prompt": "a quiet lake \u2013 no, 'two'",
                "model": "flux-dev",
                "size": "1:1",
                "count": 1,
                "async": True,
            },
        ),
        (
            CALLS["edit"],
            "/flux/images",
            {
                "action": "edit",
                "prompt": "at night",
                "model": "flux-2-pro",
                "size": "3:2",
                "image_url": "https://cdn.test",
                "async": True,
            },
        ),
        (CALLS["retrieve"], "/flux/tasks", {"action": "retrieve", "id": "a"}),
        (CALLS["retrieve_batch"], "/flux/tasks", {"action": "retrieve_batch", "ids": ["a", "b"]}),
    ],
    ids=CALLS,
)
async def test_a_call_is_one_post_with_token_and_json(
    api: Api, session: aiohttp.ClientSession, call: Call, path: str, body: object
) -> None:
    await call(client_of(session, api.base_url))

    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    assert api.received == [Received("POST", path, headers, body)]


async def test_a_base_url_can_have_a_path(api: Api, session: aiohttp.ClientSession) -> None:
    await client_of(session, f"{api.base_url}proxy/v1").submit(GENERATE)

    assert [received.path for received in api.received] == ["/proxy/v1/flux/images"]


async def test_answers_are_read(api: Api, session: aiohttp.ClientSession) -> None:
    client = client_of(session, api.base_url)
    submitted = [await client.submit(GENERATE), await client.submit(EDIT)]
    record = {"id": "a", "response": {"success": True, "data": [{"image_url": "https://a"}]}}
    api.body = json.dumps(record).encode()
    task = await client.retrieve("a")
    api.body = json.dumps({"items": [record], "count": 1}).encode()
    tasks = await client.retrieve_batch(["b", "a"])

    assert submitted == [Submission(task_id="t-1", trace_id="r-1")] * 2
    assert (task.state, task.image_urls) == (TaskState.DONE, ("https://a",))
    assert [found.state for found in tasks] == [TaskState.UNKNOWN, TaskState.DONE]


async def test_the_api_says_no_and_when_to_come_back(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.status, api.headers = 429, {"retry-after": "7"}
    api.body = b'{"error": {"code": "too_many_requests", "message": "slow"}, "trace_id": "r-2"}'

    with pytest.raises(RateLimitedError) as caught:
        await client_of(session, api.base_url).submit(GENERATE)

    assert (caught.value.retry_after_s, caught.value.trace_id) == (7, "r-2")
    assert len(api.received) == 1


async def test_fifty_ids_are_asked_at_once(api: Api, session: aiohttp.ClientSession) -> None:
    task_ids = [str(number) for number in range(50)]

    tasks = await client_of(session, api.base_url).retrieve_batch(task_ids)

    assert [task.id for task in tasks] == task_ids
    assert api.received[0].body["ids"] == task_ids


async def test_more_ids_are_not_sent(api: Api, session: aiohttp.ClientSession) -> None:
    with pytest.raises(ValueError, match="at most 50"):
        await client_of(session, api.base_url).retrieve_batch(["a"] * 51)

    assert api.received == []


@pytest.mark.parametrize("name", [name for name in vars(errors) if name.endswith("Error")])
def test_every_error_is_a_flux_error(name: str) -> None:
    error_class = getattr(errors, name)

    error = error_class("the words", code="busy", trace_id="r-1")

    assert isinstance(error, FluxError)
    assert (str(error), error.code, error.trace_id) == ("the words", "busy", "r-1")
