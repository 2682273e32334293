"""What the API says when it says no, and which error that becomes."""

import json

import pytest

from flux.errors import (
    AnswerLostError,
    AuthenticationError,
    BadRequestError,
    FluxError,
    OutOfCreditsError,
    RateLimitedError,
    RefusedContentError,
    UnavailableError,
)
from flux.protocol import read_batch, read_submission, read_task

TRACE = "6624929c-5f0c-4b0c-8b3e-6f1c2a1f0002"

HTML_502 = b"<html><head><title>502 Bad Gateway</title></head></html>"


def error_from(status: int, body: bytes, headers: dict[str, str] | None = None) -> FluxError:
    """Return the error of a submit, which a retrieval must raise just the same."""
    with pytest.raises(FluxError) as caught:
        read_submission(status, headers or {}, body)
    for read in (
        lambda: read_task("a", status, headers or {}, body),
        lambda: read_batch(["a"], status, headers or {}, body),
    ):
        with pytest.raises(type(caught.value)):
            read()
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "error_class"),
    [
        (400, "bad_request", BadRequestError),
        (400, "no_token", AuthenticationError),
        (400, "token_mismatched", AuthenticationError),
        (401, "token_mismatched", AuthenticationError),
        (400, "api_not_implemented", BadRequestError),
        (400, "disabled", AuthenticationError),
        (403, "disabled", AuthenticationError),
        (401, "invalid_token", AuthenticationError),
        (401, "token_expired", AuthenticationError),
        (403, "not_applied", AuthenticationError),
        (403, "used_up", OutOfCreditsError),
        (403, "forbidden", RefusedContentError),
        (404, "no_api", BadRequestError),
        (413, "content_too_large", BadRequestError),
        (429, "too_many_requests", RateLimitedError),
        (429, "rate_limited", RateLimitedError),
        (500, "api_error", AnswerLostError),
        (503, "service_unavailable", UnavailableError),
        (503, "busy", UnavailableError),
        (504, "timeout", AnswerLostError),
        # Codes of workers can be in upper case.
        (403, "FORBIDDEN", RefusedContentError),
        (403, "Used_Up", OutOfCreditsError),
        (503, "BUSY", UnavailableError),
        (400, "TOO_MANY_REQUESTS", RateLimitedError),
        # A 200 can hold a failure; its code says which.
        (200, "forbidden", RefusedContentError),
        (200, "bad_request", BadRequestError),
        (200, "used_up", OutOfCreditsError),
        (200, "too_many_requests", RateLimitedError),
        (200, "api_error", UnavailableError),
    ],
)
@pytest.mark.parametrize("extra", [{}, {"success": False}], ids=["gateway", "worker"])
def test_code_decides(
    status: int, code: str, error_class: type[FluxError], extra: dict[str, object]
) -> None:
    body = {"error": {"code": code, "message": "in its words"}, "trace_id": TRACE, **extra}

    error = error_from(status, json.dumps(body).encode())

    assert type(error) is error_class
    assert (error.code, error.trace_id) == (code, TRACE)
    assert str(error) == f"status {status}: in its words"


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (200, UnavailableError),
        (301, UnavailableError),
        (307, UnavailableError),
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, BadRequestError),
        (404, BadRequestError),
        (408, AnswerLostError),
        (413, BadRequestError),
        (429, RateLimitedError),
        (500, AnswerLostError),
        (502, AnswerLostError),
        (503, AnswerLostError),
        (504, AnswerLostError),
    ],
)
@pytest.mark.parametrize("code", [None, "NEW_CODE"])
def test_status_decides_where_the_code_says_nothing(
    status: int, error_class: type[FluxError], code: str | None
) -> None:
    body = {"success": False, "error": {"code": code, "message": None}}

    error = error_from(status, json.dumps(body).encode())

    assert type(error) is error_class
    assert (error.code, error.trace_id) == (code, None)
    assert str(error) == f"status {status}: {code or 'no message'}"
    assert error.cause == (str(status) if status != 200 else None)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("forbidden", ""),
        ("CONTENT_REJECTED", ""),
        ("bad_request", "Request Moderated"),
        ("api_error", "the prompt violates our content policy"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_a_refusal_is_known_by_its_code_and_then_by_its_words(
    status: int, code: str, message: str
) -> None:
    error = error_from(status, json.dumps({"error": {"code": code, "message": message}}).encode())

    assert type(error) is RefusedContentError


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "payment required"}', "payment required"),
        (b'{"error": ["a", "b"]}', "no message"),
        (b'{"error": null}', "no message"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"error": {"code": 7, "message": 8}, "trace_id": 9}', "no message"),
        (b'{"success": false}', "no message"),
        (b"{}", "no message"),
        (b"null", "no message"),
        (b"[]", "no message"),
        (b"", "no message"),
        (HTML_502, "no message"),
        (b"\xff\xfe", "no message"),
        (b"[" * 100_000, "no message"),
    ],
    ids=lambda value: value[:30],
)
def test_a_body_of_any_shape_is_read(body: bytes, words: str) -> None:
    refused = error_from(400, body)
    lost = error_from(502, body)

    assert (type(refused), str(refused)) == (BadRequestError, f"status 400: {words}")
    assert (type(lost), str(lost)) == (AnswerLostError, f"status 502: {words}")
    assert {refused.code, lost.code, refused.trace_id, lost.trace_id} == {None}


@pytest.mark.parametrize("body", [b"<html><title>Just a moment...</title></html>", b"", b"null"])
def test_a_403_without_json_is_of_a_firewall_and_not_about_the_token(body: bytes) -> None:
    error = error_from(403, body)

    assert type(error) is UnavailableError
    assert str(error) == "status 403 with a body that is no JSON object"


@pytest.mark.parametrize(
    "body",
    [
        {"success": False},
        {"success": False, "error": None},
        {"success": False, "task_id": "a"},
        {"success": True, "task_id": "a", "error": "fetch failed"},
        {"error": ["fetch failed"], "task_id": "a"},
    ],
    ids=str,
)
def test_a_failure_within_a_200_is_a_failure(body: dict[str, object]) -> None:
    assert type(error_from(200, json.dumps(body).encode())) is UnavailableError


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
    ],
    ids=str,
)
def test_rate_limit_tells_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    body = {"error": {"code": "too_many_requests", "message": "slow down"}, "trace_id": TRACE}

    error = error_from(429, json.dumps(body).encode(), headers)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == seconds
    assert (error.code, error.trace_id) == ("too_many_requests", TRACE)


@pytest.mark.parametrize(
    "code", ["a lighthouse in a storm", "灯塔", "refused\nINFO fluxcord: x", " "]
)
def test_a_code_that_is_a_text_is_none(code: str) -> None:
    """Codes are logged, and a text may quote the prompt."""
    body = {"error": {"code": code, "message": "no"}, "trace_id": code}

    error = error_from(400, json.dumps(body).encode())

    assert (error.code, error.trace_id) == (None, None)
