"""The JSON bodies that tell about tasks, in the manner that is asked for."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence

from sandbox.flux.errors import Failure
from sandbox.flux.response_format import ResponseFormat, Stream
from sandbox.flux.tasks import Hollow, Outcome, Result, Task

# Made up: the API's own ids mean nothing to a client.
API_ID = "00000000-0000-4000-8000-00000000f1a1"
APPLICATION_ID = "00000000-0000-4000-8000-00000000f1a2"
CREDENTIAL_ID = "00000000-0000-4000-8000-00000000f1a3"
USER_ID = "00000000-0000-4000-8000-00000000f1a4"

# From a recorded result of early 2025, in seconds.
INFERENCE_S = 3.328

ERROR_WITHIN_A_STREAM = Failure("api_error", "fetch failed")

DATA_OF_HOLLOW: Mapping[str, dict[str, object]] = {
    "response": {},
    "data": {},
    "data value": {"data": None},
    "data items": {"data": []},
}

Body = dict[str, object]


def accepted_body(task: Task, manner: ResponseFormat) -> Body:
    """Word the answer to a call that is not held; it carries no `success`."""
    if not manner.accepted_has_trace:
        return {"task_id": task.task_id}
    return _ids(task)


def outcome_body(task: Task, outcome: Outcome, manner: ResponseFormat) -> Body:
    """Word an ended task as a record's `response`, a callback and a held call's success show it."""
    match outcome:
        case Failure():
            return _failure_body(task, outcome, manner)
        case Hollow():
            return {"success": True, **_ids(task), **DATA_OF_HOLLOW[outcome.lacks]}
        case Result():
            items = _items(task, outcome.image_urls, manner)
            cost: Body = {"cost": outcome.cost.as_dict()} if manner.has_cost else {}
            return {"success": True, **_ids(task), "data": _data(items, manner), **cost}


def record_body(task: Task, manner: ResponseFormat) -> Body:
    """Word a task's record."""
    body: Body = {
        "_id": uuid.UUID(task.task_id).hex[:24],
        "id": task.task_id,
        "type": "images",
        "api_id": API_ID,
        "application_id": APPLICATION_ID,
        "credential_id": CREDENTIAL_ID,
        "user_id": USER_ID,
        "trace_id": task.trace_id,
        "created_at": task.created_at,
        "started_at": task.created_at,
        "request": dict(task.request),
    }
    if task.outcome is None or task.finished_at is None:
        return {**body, **_pending(task, manner)}
    body["finished_at"] = task.finished_at
    body["elapsed"] = round(task.finished_at - task.created_at, 3)
    if task.outcome != Hollow("response"):
        body["response"] = outcome_body(task, task.outcome, manner)
    return body


def batch_body(tasks: Sequence[Task], manner: ResponseFormat) -> Body:
    """Word the records of several tasks."""
    return {"items": [record_body(task, manner) for task in tasks], "count": len(tasks)}


def opening_line(task: Task, stream: Stream) -> bytes:
    """Write what a stream of several lines says when the work is accepted."""
    body: Body = {"success": True, **_ids(task), "data": [], "progress": 100 // stream.lines}
    return _line(body, stream)


def later_lines(task: Task, last: Body, manner: ResponseFormat) -> list[Body]:
    """Word the rest of a stream: what was made so far, line by line, and `last` as it is.

    A call that failed has no pictures to tell of, so it has its last line only.
    """
    stream = manner.stream
    lines: list[Body] = []
    if isinstance(task.outcome, Result):
        items = _items(task, task.outcome.image_urls, manner)
        last = {**last, "progress": 100}
        for step in range(1, stream.lines - 1):
            made = items[: len(items) * step // (stream.lines - 1)]
            progress = 100 * (step + 1) // stream.lines
            lines.append({"success": True, **_ids(task), "data": made, "progress": progress})
    if stream.has_error_line:
        lines.append(_failure_body(task, ERROR_WITHIN_A_STREAM, manner))
    return [*lines, last]


def framed(lines: Iterable[Body], stream: Stream) -> list[bytes]:
    """Write the last lines of a stream, with their ends."""
    ended = [_line(line, stream) for line in lines]
    if not stream.ends_last_line:
        ended[-1] = ended[-1].removesuffix(stream.line_end.encode())
    return ended


def _line(body: Body, stream: Stream) -> bytes:
    return f"{json.dumps(body)}{stream.line_end}".encode()


def _ids(task: Task) -> Body:
    return {"task_id": task.task_id, "trace_id": task.trace_id}


def _failure_body(task: Task, failure: Failure, manner: ResponseFormat) -> Body:
    ids = _ids(task) if manner.failure_has_trace else {"task_id": task.task_id}
    return {"success": False, **ids, "error": failure.as_dict()}


def _pending(task: Task, manner: ResponseFormat) -> Body:
    ends: Body = {"finished_at": None, "elapsed": None}
    match manner.pending:
        case "absent":
            return ends
        case "bare":
            return {}
        case "null":
            return {**ends, "response": None}
        case "hollow":
            return {**ends, "response": {"success": True, "task_id": task.task_id}}


def _data(items: list[Body], manner: ResponseFormat) -> object:
    return items[0] if manner.data == "object" and len(items) == 1 else items


def _items(task: Task, image_urls: Sequence[str], manner: ResponseFormat) -> list[Body]:
    return [_item(task, url, number, manner) for number, url in enumerate(image_urls)]


def _item(task: Task, url: str, number: int, manner: ResponseFormat) -> Body:
    spoken: Body = {"prompt": task.request.get("prompt"), "image_url": url}
    seed = uuid.UUID(task.task_id).int % 2**31 + number
    if manner.item is not None:
        return {key: spoken.get(key, value) for key, value in manner.item.items()}
    match manner.items:
        case "2025-01":
            return {**spoken, "seed": seed, "timings": {"inference": INFERENCE_S}}
        case "reference":
            return {**spoken, "seed": str(seed)}
        case "2025-07":
            return {**spoken, "timings": int(task.finished_at or task.created_at)}
        case "2026-10":
            return {"image_url": url}
