"""Errors of the Flux Images API, named for what the caller can do about them.

FluxError
├── BadRequestError        change the request
│   └── UnknownModelError  name another model
├── AuthenticationError    change the token
├── OutOfCreditsError      buy credits
├── RefusedContentError    change the prompt or the picture
├── RateLimitedError       wait `retry_after_s`, then send it again
├── UnavailableError       try later; nothing was charged
│   └── NotConnectedError  send it again: it never left
└── AnswerLostError        the call may have taken effect: never send a paid one again
"""

from __future__ import annotations


class FluxError(Exception):
    """Base of all errors of this client.

    Attributes:
        code: the API's own error code, None where it gave none.
        trace_id: for the vendor's support, None where it gave none.
        cause: the HTTP status of an error response, `timeout`, `disconnected` or `unreachable`;
            None where there is no such cause, as with a success that names no task.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        trace_id: str | None = None,
        cause: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.trace_id = trace_id
        self.cause = cause


class BadRequestError(FluxError):
    """The API does not accept a field of the request."""


class UnknownModelError(BadRequestError):
    """The endpoint has no model of this name."""


class AuthenticationError(FluxError):
    """The token is missing, wrong, expired, disabled or not meant for this API."""


class OutOfCreditsError(FluxError):
    """The account's balance does not cover the request."""


class RefusedContentError(FluxError):
    """The provider's moderation declined the prompt or the picture."""


class RateLimitedError(FluxError):
    """Too many requests; nothing was started."""

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, **details: str | None
    ) -> None:
        super().__init__(message, **details)
        self.retry_after_s = retry_after_s


class UnavailableError(FluxError):
    """The service said that it cannot serve just now; nothing was charged."""


class NotConnectedError(UnavailableError):
    """No connection was made, so the request was never sent."""


class AnswerLostError(FluxError):
    """The request was sent, but no response says whether it took effect."""
