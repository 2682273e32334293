"""The checks against Discord's description find faults in requests, answers and events."""

from __future__ import annotations

import json

import pytest

from sandbox.discord import RecordedRequest
from tests.openapi import DESCRIPTION, FIELDS_OF_EVENTS, check_requests, description

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="Discord's OpenAPI description is not at hand"
)

TEXT = {"type": 10, "content": "hello"}
GALLERY = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}


def sent(payload: object, method: str = "POST", path: str = "/channels/1/messages") -> None:
    check_requests([RecordedRequest(method, path, payload, (), 200)])


def test_a_right_request_passes() -> None:
    sent({"flags": 32768, "components": [{"type": 17, "components": [TEXT, GALLERY]}]})


@pytest.mark.parametrize(
    "payload",
    [
        {"contents": "a misspelt field"},
        {"content": 7},
        {"components": [{"type": 10, "content": "x" * 4001}]},
        {"components": [{"type": 17, "components": [{"type": 12, "items": []}]}]},
        {"components": [{"type": 17, "components": [{"type": 2, "style": 1, "label": "bare"}]}]},
        {"components": [{"type": 12, "items": GALLERY["items"] * 11}]},  # type: ignore[operator]
        {"nonce": "x" * 26},
    ],
)
def test_a_wrong_body_is_found(payload: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        sent(payload)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/channels/1/message"), ("PUT", "/channels/1/messages"), ("GET", "/nowhere")],
)
def test_a_wrong_address_is_found(method: str, path: str) -> None:
    with pytest.raises(AssertionError, match="no such operation"):
        sent(None, method, path)


def test_only_a_body_refused_unread_is_not_looked_at() -> None:
    def sent_with(status: int, payload: object) -> None:
        check_requests([RecordedRequest("POST", "/channels/1/messages", payload, (), status)])

    sent_with(413, None)
    for status, payload in ((200, None), (413, {"content": 7})):
        with pytest.raises(AssertionError):
            sent_with(status, payload)


USER = {
    "id": "1",
    "username": "ada",
    "global_name": None,
    "discriminator": "0",
    "avatar": None,
    "public_flags": 0,
    "flags": 0,
    "primary_guild": None,
}
OWN_USER = USER | {"mfa_enabled": False, "locale": "en-US"}


def answered(status: int, body: object) -> list[str]:
    openapi = description()
    assert openapi is not None
    answer = json.dumps(body).encode()
    request = RecordedRequest("GET", "/users/@me", None, (), status, answer=answer)
    return [*openapi.answer_faults(request)]


def test_a_right_answer_passes() -> None:
    assert answered(200, OWN_USER) == []
    assert answered(401, {"message": "401: Unauthorized", "code": 0}) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, USER), (200, OWN_USER | {"flags": "0"}), (400, {"message": "no code"}), (302, {})],
)
def test_a_wrong_answer_is_found(status: int, body: object) -> None:
    assert answered(status, body)


def test_a_wrong_event_is_found() -> None:
    openapi = description()
    assert openapi is not None
    ready = dict.fromkeys(FIELDS_OF_EVENTS["READY"])
    assert not [*openapi.event_faults("READY", ready | {"user": OWN_USER})]
    assert [*openapi.event_faults("READY", ready | {"user": USER})]
    assert [*openapi.event_faults("READY", {"user": OWN_USER})]


def test_what_an_event_holds_is_looked_at() -> None:
    openapi = description()
    assert openapi is not None
    event = dict.fromkeys(FIELDS_OF_EVENTS["INTERACTION_CREATE"])
    for user, faults in ((USER, 0), ({"id": "1"}, 1)):
        data = event | {"data": {"resolved": {"users": {"1": user}}}}
        assert len([*openapi.event_faults("INTERACTION_CREATE", data)]) == faults
