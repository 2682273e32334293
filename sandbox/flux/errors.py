"""Errors as the API words them: codes, messages, statuses and the two envelopes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

STATUS_OF_FAILED_WORK: Mapping[str, HTTPStatus] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "forbidden": HTTPStatus.FORBIDDEN,
    "api_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "service_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "timeout": HTTPStatus.GATEWAY_TIMEOUT,
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the gateway answers before anything is begun.

    `spares_tasks` says that questions about tasks, which are free, are answered all the same.
    """

    status: HTTPStatus
    failure: Failure
    retry_after_s: int | None = None
    spares_tasks: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers that go with it."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class RefusedError(Exception):
    """The request ends here: nothing was begun and nothing is charged."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.failure.message)
        self.refusal = refusal

    @property
    def status(self) -> HTTPStatus:
        """Give the status that it is answered with."""
        return self.refusal.status

    @property
    def failure(self) -> Failure:
        """Give the code and the message."""
        return self.refusal.failure


def bad_request(message: str) -> RefusedError:
    """Make the refusal of a field that is missing or wrong."""
    return RefusedError(Refusal(HTTPStatus.BAD_REQUEST, Failure("bad_request", message)))


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
