"""Every rule of a request: what is sent, and what the API answers."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.flux.errors import RefusedError
from sandbox.flux.models import CURRENT_MODELS, MODELS
from sandbox.flux.prices import cost_of
from sandbox.flux.requests import image_order, read_payload, task_query
from sandbox.flux.sizes import CURRENT_RATIOS
from tests.sandbox.flux.talking import EDIT, GENERATE, Caller

PICTURE = "http://127.0.0.1/a.png"


def refusal(payload: dict[str, object]) -> str:
    with pytest.raises(RefusedError) as caught:
        image_order(payload)
    assert (caught.value.status, caught.value.failure.code) == (400, "bad_request")
    return caught.value.failure.message


def accepts(model: str, size: str) -> bool:
    try:
        image_order({**GENERATE, "model": model, "size": size})
    except RefusedError as refused:
        if refused.failure.message != "size is invalid.":
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": None}, "action is required"),
        ({"action": "edits"}, "action is invalid."),
        ({"action": ["generate"]}, "action is invalid."),
        ({"prompt": None}, "prompt is required"),
        ({"prompt": " \n"}, "prompt is required"),
        ({"prompt": 7}, "prompt is required"),
        ({"model": "generate"}, "model is invalid."),
        ({"model": "flux-schnell"}, "model is invalid."),
        ({"model": {}}, "model is invalid."),
        ({"size": None}, "size is required"),
        ({"size": ""}, "size is required"),
        ({"size": 1024}, "size is invalid."),
        ({"count": 0}, "count is invalid."),
        ({"count": 5}, "count is invalid."),
        ({"count": 2.5}, "count is invalid."),
        ({"count": float("inf")}, "count is invalid."),
        ({"count": float("nan")}, "count is invalid."),
        ({"count": []}, "count is invalid."),
        ({"count": "2"}, "count is invalid."),
        ({"count": True}, "count is invalid."),
        ({"async": "true"}, "async is invalid."),
        ({"callback_url": "ftp://127.0.0.1/"}, "callback_url is invalid."),
        ({"callback_url": "127.0.0.1/done"}, "callback_url is invalid."),
        ({"callback_url": ""}, "callback_url is invalid."),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], message: str) -> None:
    assert refusal({**GENERATE, **changes}) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "image_url is required"),
        ({"image_url": "data:image/png;base64,AAAA"}, "image_url is invalid."),
        ({"image_url": "http://[::1"}, "image_url is invalid."),
        ({"image_url": "http://"}, "image_url is invalid."),
        ({"image_url": [PICTURE]}, "image_url is invalid."),
        ({"image_url": PICTURE, "model": "flux-2-klein"}, "model does not support edit."),
        ({"image_url": PICTURE, "model": "flux-pro-1.1"}, "model is invalid."),
    ],
)
def test_an_edit_needs_a_source_and_a_model_that_edits(
    changes: dict[str, object], message: str
) -> None:
    assert refusal({**EDIT, **changes}) == message


@pytest.mark.parametrize("model", CURRENT_MODELS)
def test_every_model_takes_the_nine_ratios_and_no_odd_spelling(model: str) -> None:
    assert all(accepts(model, ratio) for ratio in CURRENT_RATIOS)
    odd = ("1:2", "16x9", "1024X1024", "1024\u00d71024", "1024 x 1024", " 1:1", "01:1", "1:1\n")
    assert not any(accepts(model, size) for size in odd)


def test_what_is_left_out_has_the_documented_default() -> None:
    order = image_order({"action": "generate", "prompt": "x", "size": "1:1", "seed": 4})
    assert (order.model, order.count, order.answers_at_once) == ("flux-dev", 1, False)


@pytest.mark.parametrize("count", [2, 2.0])
def test_count_is_any_json_number_that_is_whole(count: float) -> None:
    order = image_order({**GENERATE, "count": count})
    assert order.count == 2
    assert isinstance(order.count, int)


def test_count_means_nothing_to_an_edit() -> None:
    assert image_order({**EDIT, "image_url": PICTURE, "count": "many"}).count == 1


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({}, "id is required"),
        ({"action": "retrieve", "id": 5}, "id is required"),
        ({"action": "delete", "id": "a"}, "action is invalid."),
        ({"action": "retrieve_batch"}, "ids is required"),
        ({"action": "retrieve_batch", "ids": "a"}, "ids is required"),
        ({"action": "retrieve_batch", "ids": [1]}, "ids is required"),
        ({"action": "retrieve_batch", "ids": ["a"] * 51}, "ids has more than 50 entries"),
    ],
)
def test_a_wrong_question_about_tasks_is_refused(payload: dict[str, object], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        task_query(payload)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("action", "prompt", "model", "size", "count", "image_url", "callback_url", "async")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES), st.sampled_from((GENERATE, EDIT)))
def test_no_body_breaks_the_checks(changes: dict[str, object], start: dict[str, object]) -> None:
    with suppress(RefusedError):
        assert image_order({**start, **changes}).model in CURRENT_MODELS


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_no_payload(body: bytes) -> None:
    assert read_payload(body) is None


def test_every_model_has_a_price() -> None:
    assert all(cost_of(model, 1).amount > 0 for model in MODELS)


def test_the_known_charges_come_out() -> None:
    assert json.dumps(cost_of("flux-dev", 1).as_dict()) == (
        '{"amount": 0.216, "currency": "credit", "list_amount": 0.24}'
    )
    assert cost_of("flux-kontext-pro", 3).as_dict()["amount"] == 1.269


@pytest.mark.parametrize("path", ["/flux/images", "/flux/tasks"])
@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, (400, "no_token", "No token specified for the request.")),
        ("", (400, "no_token", "No token specified for the request.")),
        ("Bearer other", (401, "invalid_token", "The specified token is invalid or wrong.")),
        ("Basic {token}", (401, "invalid_token", "The specified token is invalid or wrong.")),
        ("{token}", (401, "invalid_token", "The specified token is invalid or wrong.")),
    ],
)
async def test_only_the_token_opens_the_door(
    caller: Caller, path: str, authorization: str | None, expected: tuple[int, str, str]
) -> None:
    flux = caller.flux
    headers = (
        {} if authorization is None else {"Authorization": authorization.format(token=flux.token)}
    )
    async with caller.session.post(flux.base + path, json=GENERATE, headers=headers) as answer:
        body = await answer.json()
        assert (answer.status, body["error"]["code"], body["error"]["message"]) == expected
    assert body.keys() == {"error", "trace_id"}
    assert flux.requests[-1].status == expected[0]
    assert flux.token not in repr(flux.requests)


async def test_a_refused_request_leaves_no_task_and_no_charge(caller: Caller) -> None:
    reply = await caller.images({**GENERATE, "size": None, "async": True})
    assert reply.error == (400, "bad_request", "size is required")
    assert reply.data.keys() == {"error", "trace_id"}
    await caller.flux.settled()
    assert not caller.flux.charges


async def test_a_body_that_is_no_object_is_refused(caller: Caller) -> None:
    reply = await caller.images(b"[]")
    assert reply.error == (400, "bad_request", "the body must be a JSON object")
    assert caller.flux.requests[0].payload == {}


@pytest.mark.parametrize(("method", "path"), [("GET", "/flux/images"), ("POST", "/flux/videos")])
async def test_other_paths_and_methods_are_no_api(caller: Caller, method: str, path: str) -> None:
    async with caller.session.request(method, caller.flux.base + path) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "no_api"
