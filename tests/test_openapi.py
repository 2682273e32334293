"""The check of requests against Discord's description finds what it is there to find."""

from __future__ import annotations

import pytest

from sandbox.discord import RecordedRequest
from tests.openapi import DESCRIPTION, check_requests

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
