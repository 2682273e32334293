"""Errors as the API words them: codes, messages, statuses and the two envelopes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

STATUS_OF_FAILED_WORK: Mapping[str, HTTPStatus] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "forbidden": HTTPStatus.FORBIDDEN,
    "api_error": HTTPStatus.INTERNAL_SERVER_ERROR,
}

# Moderation is the gateway's own answer; other failures of held work come from behind it.
FAILURES_WORDED_BY_THE_GATEWAY = frozenset({"forbidden"})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something did not work; the code is what clients go by."""

    code: str
    message: str

    def as_dict(self) -> dict[str, object]:
        """Give the value of `error` in every envelope."""
        return {"code": self.code, "message": self.message}


class RefusedError(Exception):
    """The request ends here: nothing was begun and nothing is charged."""

    def __init__(self, status: HTTPStatus, failure: Failure) -> None:
        super().__init__(failure.message)
        self.status = status
        self.failure = failure


def bad_request(message: str) -> RefusedError:
    """Make the refusal of a field that is missing or wrong."""
    return RefusedError(HTTPStatus.BAD_REQUEST, Failure("bad_request", message))


def no_such_api() -> RefusedError:
    """Make the refusal of a path or method that the API does not have."""
    return RefusedError(
        HTTPStatus.NOT_FOUND,
        Failure("no_api", "API does not exist, please make sure url is correct."),
    )


def check_token(authorization: str | None, token: str) -> None:
    """Refuse a request that does not carry `token` as its bearer token."""
    if not authorization:
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, Failure("no_token", "No token specified for the request.")
        )
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "bearer" or given.strip() != token:
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            Failure("invalid_token", "The specified token is invalid or wrong."),
        )


def gateway_envelope(failure: Failure, trace_id: str) -> dict[str, object]:
    """Word an error that the gateway answers itself; these carry no `success`."""
    return {"error": failure.as_dict(), "trace_id": trace_id}


def held_failure(failure: Failure, trace_id: str) -> tuple[HTTPStatus, dict[str, object]]:
    """Word the failure of a call that was held until the work was over."""
    status = STATUS_OF_FAILED_WORK.get(failure.code, HTTPStatus.INTERNAL_SERVER_ERROR)
    envelope = gateway_envelope(failure, trace_id)
    if failure.code in FAILURES_WORDED_BY_THE_GATEWAY:
        return status, envelope
    return status, {"success": False, **envelope}
