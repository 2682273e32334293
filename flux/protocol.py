"""The wire format of the Flux Images API as pure functions: no I/O, nothing remembered."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from flux import errors
from flux.catalogue import (
    FIXED_SIZES,
    PIXELS_BY_RATIO,
    RATIOS,
    Contract,
    Model,
    is_free_size,
    is_pixel_size,
)
from flux.models import EditRequest, GenerateRequest, Submission, Task, TaskFailure, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

MAX_BATCH_IDS: Final = 50
"""Ids in one `retrieve_batch`: the cap of the vendor's own clients; the API documents none."""

_MICROCREDITS: Final = 1_000_000

_MAX_CREDITS: Final = 1_000_000
"""A charge above this is no price; as microcredits it also fits every integer column."""

_AUTHENTICATION_CODES: Final = frozenset(
    {"disabled", "invalid_token", "no_token", "not_applied", "token_expired", "token_mismatched"}
)
_BAD_REQUEST_CODES: Final = frozenset({"api_not_implemented", "bad_request", "no_api"})
_REFUSED_CODES: Final = frozenset({"content_moderation", "content_rejected", "forbidden"})
_REFUSED_WORDS: Final = ("moderat", "content policy", "content rejected", "prompt violation")
"""In messages of providers that put a refusal under another code."""

MAX_TASK_ID_CHARACTERS: Final = 200
"""The API's ids are UUIDs of 36; more than this is no id."""

MAX_LABEL_CHARACTERS: Final = 200
"""Of codes and trace ids, which are stored and logged; a UUID has 36."""

_LABEL: Final = re.compile(r"[\w.:/+=-]+", re.ASCII)
"""A code or a trace id: anything else is a text, which may quote the prompt."""

_UNAVAILABLE_CODES: Final = frozenset({"busy", "service_unavailable"})


def spell_size(model: Model, size: str, contract: Contract) -> str:
    """Return a size in the words of a contract: the nearest that the model has there.

    A size that the model does not take is returned as it is.
    """
    is_current = contract is Contract.CURRENT
    if not model.takes_pixels:
        return size
    if size in RATIOS:
        return size if is_current else PIXELS_BY_RATIO[size]
    if not is_pixel_size(size):
        return size
    if is_current:
        return size if size in FIXED_SIZES else _ratio_of(size)
    return size if is_free_size(size) else PIXELS_BY_RATIO[_ratio_of(size)]


def _ratio_of(size: str) -> str:
    width, height = map(int, size.split("x"))
    return nearest_ratio(width, height)


def nearest_ratio(width: int, height: int) -> str:
    """Return the ratio whose shape is closest to a picture of this many pixels."""
    # Exact, because no float holds the sides that a made-up picture can claim.
    wanted = Fraction(width, height)
    by_distance: dict[Fraction, str] = {}
    for ratio in RATIOS:
        shape = Fraction(*map(int, ratio.split(":")))
        by_distance.setdefault(max(shape / wanted, wanted / shape), ratio)
    return by_distance[min(by_distance)]


def build_submission(
    request: GenerateRequest | EditRequest,
    *,
    callback_url: str | None = None,
    is_held: bool = False,
) -> dict[str, object]:
    """Return the body of `POST /flux/images` whose answer is the task id, at once.

    Args:
        callback_url: has the same effect where the endpoint does not know `async`.
        is_held: whether it is answered when the work is done instead, and nobody is called back.
    """
    action = "edit" if isinstance(request, EditRequest) else "generate"
    more = {"callback_url": None if is_held else callback_url, "async": None if is_held else True}
    body = {"action": action, **asdict(request), **more}
    return {name: value for name, value in body.items() if value is not None}


def read_submission(status: int, headers: Mapping[str, str], body: bytes) -> Submission:
    """Return the accepted task of a submit's answer, finished if the call was held.

    Raises:
        AnswerLostError: the answer does not show whether a task was made.
        FluxError: the API said no.
    """
    answer = _read_object(status, headers, body)
    task = _task_from_answer(answer)
    if task.state is not TaskState.DONE and not task.id:
        raise errors.AnswerLostError("the answer names no task", trace_id=task.trace_id)
    held = task if task.state is TaskState.DONE else None
    return Submission(task_id=task.id, trace_id=task.trace_id, task=held)


def read_line(status: int, headers: Mapping[str, str], line: bytes) -> Task:
    """Return the task as one line of a stream describes it; the last line is the result.

    Raises:
        AnswerLostError: the line is no JSON object.
        FluxError: the API said no.
    """
    return _task_from_answer(_read_object(status, headers, line))


def _task_from_answer(answer: Mapping[str, Json]) -> Task:
    image_urls = _image_urls(answer.get("data"))
    task_id = _text(answer, "task_id") or ""
    return Task(
        id=task_id if is_task_id(task_id) else "",
        state=TaskState.DONE if image_urls else TaskState.PENDING,
        image_urls=image_urls,
        charged_microcredits=_charge(answer.get("cost")),
        trace_id=_label(answer, "trace_id"),
    )


def read_task(task_id: str, status: int, headers: Mapping[str, str], body: bytes) -> Task:
    """Return one task of a retrieval's answer; raises FluxError where the API said no."""
    return _task_from_record(task_id, _read_object(status, headers, body))


def read_batch(
    task_ids: Sequence[str], status: int, headers: Mapping[str, str], body: bytes
) -> list[Task]:
    """Return a task for each id, in order; ids the API left out are unknown. Raises FluxError."""
    items = _read_object(status, headers, body).get("items")
    if not isinstance(items, list):
        raise errors.UnavailableError("the answer holds no list of tasks")
    by_id: dict[str | None, dict[str, Json]] = {}
    for item in items:
        if isinstance(item, dict):
            by_id[_text(item, "id")] = item
    return [*map(_task_from_record, task_ids, map(by_id.get, task_ids))]


def is_task_id(text: str) -> bool:
    """Whether a text can be the id of a task; nothing longer or stranger is believed to be one."""
    return 0 < len(text) <= MAX_TASK_ID_CHARACTERS and text.isascii() and text.isprintable()


def _task_from_record(task_id: str, record: Mapping[str, Json] | None) -> Task:
    if not record:
        return Task(id=task_id, state=TaskState.UNKNOWN)
    trace_id = _label(record, "trace_id")
    response = record.get("response")
    answer = response if isinstance(response, dict) else {}
    if answer.get("success") is False or answer.get("error"):
        code, message = _code_and_message(answer)
        refused = _is_refusal(code, message)
        failure = TaskFailure(code=code or "unknown", message=message, refused=refused)
        return Task(id=task_id, state=TaskState.FAILED, failure=failure, trace_id=trace_id)
    task = replace(_task_from_answer(answer), id=task_id, trace_id=trace_id)
    if task.state is TaskState.PENDING and record.get("finished_at"):
        nothing = TaskFailure(code="no_output", message="finished without pictures", refused=False)
        return replace(task, state=TaskState.FAILED, failure=nothing)
    return task


def _image_urls(data: Json) -> tuple[str, ...]:
    # Recorded answers hold a list; an early edition of the specification says object.
    items = data if isinstance(data, list) else [data]
    urls = []
    for item in items:
        url = item.get("image_url") if isinstance(item, dict) else None
        if isinstance(url, str) and url:
            urls.append(url)
    return tuple(urls)


def _charge(cost: Json) -> int | None:
    amount = cost.get("amount") if isinstance(cost, dict) else None
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    return round(amount * _MICROCREDITS) if 0 <= amount <= _MAX_CREDITS else None


def _read_object(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Json]:
    try:
        payload: Json = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    answer = payload if isinstance(payload, dict) else {}
    if status == 403 and not isinstance(payload, dict):  # noqa: PLR2004  # Forbidden
        # Flux itself gives a reason; this is a firewall before it, which knows of no token.
        text = f"status {status} with a body that is no JSON object"
        raise errors.UnavailableError(text, cause=str(status))
    success = 200 <= status < 300  # noqa: PLR2004  # the class of HTTP status codes
    failed = answer.get("success") is False or answer.get("error")
    if not success or (failed and not _image_urls(answer.get("data"))):
        raise _error_from(status, headers, answer)
    if not isinstance(payload, dict):
        raise errors.AnswerLostError(f"status {status} with a body that is no JSON object")
    return payload


def _error_from(
    status: int, headers: Mapping[str, str], answer: Mapping[str, Json]
) -> errors.FluxError:
    code, message = _code_and_message(answer)
    text = f"status {status}: {message or code or 'no message'}"
    trace_id = _label(answer, "trace_id")
    cause = str(status) if status >= 300 else None  # noqa: PLR2004  # successes end here
    if status == 429 or code.casefold() == "too_many_requests":  # noqa: PLR2004  # Too Many Requests
        seconds = _retry_after_s(headers)
        return errors.RateLimitedError(
            text, retry_after_s=seconds, code=code or None, trace_id=trace_id, cause=cause
        )
    error_class = (
        errors.RefusedContentError if _is_refusal(code, message) else _error_class(status, code)
    )
    if error_class is errors.BadRequestError and message.casefold().startswith("model is invalid"):
        error_class = errors.UnknownModelError
    return error_class(text, code=code or None, trace_id=trace_id, cause=cause)


def _error_class(status: int, code: str) -> type[errors.FluxError]:
    # Codes say more than statuses: the vendor documents token_mismatched under 400 and 401.
    # Those of its workers can be in upper case.
    code = code.casefold()
    by_code = (
        (_AUTHENTICATION_CODES, errors.AuthenticationError),
        (_BAD_REQUEST_CODES, errors.BadRequestError),
        (_UNAVAILABLE_CODES, errors.UnavailableError),
        (frozenset({"used_up"}), errors.OutOfCreditsError),
    )
    for codes, error_class in by_code:
        if code in codes:
            return error_class
    if status == 401:  # noqa: PLR2004  # Unauthorized
        return errors.AuthenticationError
    if code == "timeout" or status in {408, 499}:  # they do not show whether it took effect
        return errors.AnswerLostError
    if 400 <= status < 500:  # noqa: PLR2004  # the class of HTTP status codes
        return errors.BadRequestError
    # A redirect did no work; a 2xx comes here only where its body says that it failed.
    return errors.UnavailableError if status < 400 else errors.AnswerLostError  # noqa: PLR2004


def _is_refusal(code: str, message: str) -> bool:
    words = message.casefold()
    return code.casefold() in _REFUSED_CODES or any(word in words for word in _REFUSED_WORDS)


def _code_and_message(answer: Mapping[str, Json]) -> tuple[str, str]:
    error = answer.get("error")
    if isinstance(error, dict):
        return _label(error, "code") or "", _text(error, "message") or ""
    return "", error if isinstance(error, str) else _text(answer, "detail") or ""


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _label(payload: Mapping[str, Json], key: str) -> str | None:
    text = _text(payload, key)
    return text[:MAX_LABEL_CHARACTERS] if text and _LABEL.fullmatch(text) else None


def _text(payload: Mapping[str, Json], key: str) -> str | None:
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        return None
    # JSON can hold halves of characters, which neither a database nor a log takes.
    return value.encode(errors="replace").decode()
