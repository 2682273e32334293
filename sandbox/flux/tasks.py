"""Tasks as the API remembers them, and the bodies that tell about them."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sandbox.flux.errors import Failure
from sandbox.flux.prices import Cost

# Made up: the API's own ids mean nothing to a client.
API_ID = "00000000-0000-4000-8000-00000000f1a1"
APPLICATION_ID = "00000000-0000-4000-8000-00000000f1a2"
CREDENTIAL_ID = "00000000-0000-4000-8000-00000000f1a3"
USER_ID = "00000000-0000-4000-8000-00000000f1a4"

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Result:
    """Pictures that were made, and their price."""

    image_urls: tuple[str, ...]
    cost: Cost


Outcome = Result | Failure


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times are Unix seconds, `outcome` is None while it runs."""

    task_id: str
    trace_id: str
    request: Mapping[str, object]
    created_at: float
    outcome: Outcome | None = None
    finished_at: float | None = None


class TaskStore:
    """All tasks of one server, in memory."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def begin(self, request: Mapping[str, object], now: float) -> Task:
        """Remember a new task that runs from now on."""
        task = Task(str(uuid.uuid4()), str(uuid.uuid4()), request, now)
        self._tasks[task.task_id] = task
        return task

    def finish(self, task_id: str, outcome: Outcome, now: float) -> Task:
        """Write down how a task ended."""
        task = replace(self._tasks[task_id], outcome=outcome, finished_at=now)
        self._tasks[task_id] = task
        return task

    def record(self, task_id: str) -> Body:
        """Give a task's record; a task that does not exist is an empty object, not an error."""
        task = self._tasks.get(task_id)
        return record_body(task) if task is not None else {}

    def batch(self, task_ids: Iterable[str]) -> Body:
        """Give the records of all tasks that exist, each of them once."""
        found = [self._tasks[each] for each in dict.fromkeys(task_ids) if each in self._tasks]
        return {"items": [record_body(task) for task in found], "count": len(found)}


def accepted_body(task: Task) -> Body:
    """Word the answer to a call that is not held; it carries no `success`."""
    return {"task_id": task.task_id, "trace_id": task.trace_id}


def outcome_body(task: Task, outcome: Outcome) -> Body:
    """Word an ended task as a record's `response`, a callback and a held call's success show it."""
    known: Body = {"task_id": task.task_id, "trace_id": task.trace_id}
    match outcome:
        case Failure():
            return {"success": False, **known, "error": outcome.as_dict()}
        case Result():
            data = [{"image_url": url} for url in outcome.image_urls]
            return {"success": True, **known, "data": data, "cost": outcome.cost.as_dict()}


def record_body(task: Task) -> Body:
    """Word a task's record; while it runs, `response` is missing and its end is null."""
    elapsed = None if task.finished_at is None else round(task.finished_at - task.created_at, 3)
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
        "finished_at": task.finished_at,
        "elapsed": elapsed,
        "request": dict(task.request),
    }
    if task.outcome is not None:
        body["response"] = outcome_body(task, task.outcome)
    return body
