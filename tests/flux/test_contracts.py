"""Two editions of the API: how sizes are spelled, and how the client finds out which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flux.catalogue import FIXED_SIZES, MODELS, RATIOS, Contract, Model, is_pixel_size
from flux.errors import (
    AnswerLostError,
    BadRequestError,
    FluxError,
    NotConnectedError,
    OutOfCreditsError,
    RateLimitedError,
    RefusedContentError,
    UnavailableError,
)
from flux.models import GenerateRequest, TaskState
from flux.protocol import nearest_ratio, spell_size
from tests.flux.calls import client_of

if TYPE_CHECKING:
    import aiohttp

    from tests.flux.serving import Api

SIZE_IS_WRONG = (400, {"error": {"code": "bad_request", "message": "size is invalid."}})
ACCEPTED = (200, {"task_id": "task-1", "trace_id": "trace-1"})


def asked(size: str, model: str = "flux-dev") -> GenerateRequest:
    return GenerateRequest(prompt="a cat", model=model, size=size)


@pytest.mark.parametrize(
    ("model", "size", "documented", "current"),
    [
        ("flux-dev", "16:9", "1344x768", "16:9"),
        ("flux-dev", "1:1", "1024x1024", "1:1"),
        ("flux-pro", "1344x768", "1344x768", "16:9"),
        ("flux-pro", "1024x1024", "1024x1024", "1024x1024"),
        ("flux-pro", "1024x1792", "768x1344", "1024x1792"),
        ("flux-kontext-pro", "9:21", "9:21", "9:21"),
        ("flux-2-max", "4:3", "4:3", "4:3"),
    ],
)
def test_a_size_is_spelled_as_the_contract_has_it(
    model: str, size: str, documented: str, current: str
) -> None:
    assert spell_size(MODELS[model], size, Contract.DOCUMENTED) == documented
    assert spell_size(MODELS[model], size, Contract.CURRENT) == current


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_ratio_keeps_its_shape_in_every_spelling(model: Model) -> None:
    for ratio in RATIOS:
        for contract in Contract:
            spelled = spell_size(model, ratio, contract)
            if "x" in spelled:
                width, height = map(int, spelled.split("x"))
                assert nearest_ratio(width, height) == ratio
                assert is_pixel_size(spelled)
                assert spelled not in set(FIXED_SIZES) - {"1024x1024"}


async def test_the_other_spelling_is_tried_once_and_remembered(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [SIZE_IS_WRONG, ACCEPTED, ACCEPTED]
    client = client_of(session, api.base_url)
    submission = await client.submit(asked("16:9"))
    await client.submit(asked("3:2"))

    assert submission.task_id == "task-1"
    assert [body["size"] for body in api.bodies] == ["16:9", "1344x768", "1248x832"]


async def test_a_size_is_first_sent_as_it_was_asked_for(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [SIZE_IS_WRONG, ACCEPTED, ACCEPTED]
    client = client_of(session, api.base_url)
    await client.submit(asked("1344x768"))
    await client.submit(asked("1344x768"))

    assert [body["size"] for body in api.bodies] == ["1344x768", "16:9", "16:9"]


async def test_an_endpoint_that_changes_its_contract_is_followed(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [ACCEPTED, SIZE_IS_WRONG, ACCEPTED, ACCEPTED]
    client = client_of(session, api.base_url)
    for size in ("16:9", "3:2", "1:1"):
        await client.submit(asked(size))

    assert [body["size"] for body in api.bodies] == ["16:9", "3:2", "1248x832", "1024x1024"]


async def test_nothing_is_sent_by_a_client_that_closes(
    api: Api, session: aiohttp.ClientSession
) -> None:
    client = client_of(session, api.base_url)
    client.is_closing = True
    with pytest.raises(NotConnectedError):
        await client.submit(asked("16:9"))

    assert api.received == []


async def test_a_size_that_both_spellings_share_is_not_sent_again(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [SIZE_IS_WRONG]
    with pytest.raises(BadRequestError):
        await client_of(session, api.base_url).submit(asked("16:9", "flux-kontext-pro"))

    assert len(api.received) == 1


async def test_both_spellings_refused_is_a_bad_request(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [SIZE_IS_WRONG, SIZE_IS_WRONG]
    with pytest.raises(BadRequestError):
        await client_of(session, api.base_url).submit(asked("16:9"))

    assert len(api.received) == 2


async def test_a_refusal_of_something_else_is_not_sent_again(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [(400, {"error": {"code": "bad_request", "message": "model is invalid."}})]
    with pytest.raises(BadRequestError):
        await client_of(session, api.base_url).submit(asked("16:9"))

    assert len(api.received) == 1


@pytest.mark.parametrize(
    ("contract", "size"), [(Contract.DOCUMENTED, "1344x768"), (Contract.CURRENT, "16:9")]
)
async def test_a_contract_that_was_set_is_not_doubted(
    api: Api, session: aiohttp.ClientSession, contract: Contract, size: str
) -> None:
    api.script = [SIZE_IS_WRONG]
    with pytest.raises(BadRequestError):
        await client_of(session, api.base_url, contract=contract).submit(asked("16:9"))

    assert [body["size"] for body in api.bodies] == [size]


async def test_a_callback_goes_along_until_async_is_known_to_work(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [ACCEPTED, ACCEPTED]
    client = client_of(session, api.base_url, callback_url="https://forget.test/")
    await client.submit(asked("16:9"))
    await client.submit(asked("16:9"))

    assert [body.get("callback_url") for body in api.bodies] == ["https://forget.test/", None]
    assert [body["async"] for body in api.bodies] == [True, True]


LINES = [
    b'{"task_id": "t-1", "success": true, "progress": 35, "data": []}',
    b"",
    b'{"task_id": "t-1", "success": true, "data": [{"image_url": "https://a.test/1"}]}\r',
    (
        b'{"task_id": "t-1", "success": true, "cost": {"amount": 0.4}, "data": '
        b'[{"image_url": "https://a.test/1"}, {"image_url": "https://a.test/2"}]}'
    ),
]


@pytest.mark.parametrize("end", [b"", b"\n"])
async def test_a_stream_yields_each_line_as_it_describes_the_task(
    api: Api, session: aiohttp.ClientSession, end: bytes
) -> None:
    api.body = b"\n".join(LINES) + end
    client = client_of(session, api.base_url)
    tasks = [task async for task in client.stream(asked("1:1"))]

    assert [task.state for task in tasks] == [
        TaskState.PENDING,
        TaskState.DONE,
        TaskState.DONE,
    ]
    assert [len(task.image_urls) for task in tasks] == [0, 1, 2]
    assert tasks[-1].charged_microcredits == 400_000
    [received] = api.received
    assert received.headers["Accept"] == "application/x-ndjson"
    assert "async" not in received.body


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"", AnswerLostError),
        (200, b"\n\n", AnswerLostError),
        (200, b'{"success": true}\n{"success": true, "data": []}', AnswerLostError),
        (200, LINES[0] + b"\nnot json", AnswerLostError),
        (
            200,
            LINES[0] + b'\n{"success": false, "error": {"code": "forbidden"}}',
            RefusedContentError,
        ),
        (403, b'{"error": {"code": "used_up"}}', OutOfCreditsError),
        (403, b'{\n  "error": {\n    "code": "used_up"\n  }\n}\n', OutOfCreditsError),
        (429, b"", RateLimitedError),
        (302, b"", UnavailableError),
        (500, b"", AnswerLostError),
        (502, b"<html>bad gateway</html>", AnswerLostError),
        (502, b"<html>\nbad gateway\n</html>", AnswerLostError),
    ],
)
async def test_a_stream_that_goes_wrong_raises_what_happened(
    api: Api,
    session: aiohttp.ClientSession,
    status: int,
    body: bytes,
    error: type[FluxError],
) -> None:
    api.status, api.body = status, body
    with pytest.raises(error):
        [task async for task in client_of(session, api.base_url).stream(asked("1:1"))]

    assert len(api.received) == 1


async def test_nothing_that_costs_money_is_sent_once_the_client_is_closing(
    api: Api, session: aiohttp.ClientSession
) -> None:
    client = client_of(session, api.base_url)
    client.is_closing = True
    with pytest.raises(NotConnectedError):
        await client.submit(asked("1:1"))
    with pytest.raises(NotConnectedError):
        [task async for task in client.stream(asked("1:1"))]

    assert api.received == []


async def test_a_stream_tries_the_other_spelling_once_and_remembers_it(
    api: Api, session: aiohttp.ClientSession
) -> None:
    api.script = [SIZE_IS_WRONG]
    api.body = LINES[-1]
    client = client_of(session, api.base_url)
    for size in ("16:9", "3:2"):
        assert len([task async for task in client.stream(asked(size))]) == 1

    assert [body["size"] for body in api.bodies] == ["16:9", "1344x768", "1248x832"]


async def test_a_stream_that_has_begun_is_never_sent_again(
    api: Api, session: aiohttp.ClientSession
) -> None:
    refusal = b'{"success": false, "error": {"code": "bad_request", "message": "size is invalid."}}'
    api.body = LINES[0] + b"\n" + refusal
    with pytest.raises(BadRequestError):
        [task async for task in client_of(session, api.base_url).stream(asked("16:9"))]

    assert len(api.received) == 1
