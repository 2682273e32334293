"""Tasks as the API remembers them, and how they can end."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.flux.errors import Failure
from sandbox.flux.prices import Cost
from sandbox.flux.response_format import Step


@dataclass(frozen=True, slots=True)
class Result:
    """Pictures that were made, and their price."""

    image_urls: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Hollow:
    """The work is over and gave nothing, and no error either; nothing is charged.

    `lacks` says what a record shows: no `response` at all, or one that tells of success with
    no `data`, with null, or with an empty list.
    """

    lacks: Literal["response", "data", "data value", "data items"] = "response"


Outcome = Result | Failure | Hollow


@dataclass(frozen=True, slots=True)
class Hidden:
    """A task is not there for its first `questions`, or never where that is None."""

    questions: int | None = None


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
        self._hidden: dict[str, Hidden] = {}
        self._questions: Counter[str] = Counter()

    def begin(self, request: Mapping[str, object], now: float) -> Task:
        """Remember a new task that runs from now on."""
        task = Task(str(uuid.uuid4()), str(uuid.uuid4()), request, now)
        self._tasks[task.task_id] = task
        return task

    def hide(self, task_id: str, hidden: Hidden) -> None:
        """Deny that a task exists, to the next questions or to all."""
        self._hidden[task_id] = hidden

    def finish(self, task_id: str, outcome: Outcome, now: float) -> Task:
        """Write down how a task ended."""
        task = replace(self._tasks[task_id], outcome=outcome, finished_at=now)
        self._tasks[task_id] = task
        return task

    def asked(self, task_ids: Iterable[str], steps: Sequence[Step] = ()) -> list[Task]:
        """Give those tasks that exist and are not hidden, each of them once.

        It counts as one question about each of them; the first are answered with `steps`.
        """
        known = [each for each in dict.fromkeys(task_ids) if each in self._tasks]
        seen = [self._at_step(each, steps) for each in known if self._shows(each)]
        return [each for each in seen if each is not None]

    def _at_step(self, task_id: str, steps: Sequence[Step]) -> Task | None:
        task, question = self._tasks[task_id], self._questions[task_id]
        self._questions[task_id] += 1
        if question >= len(steps):
            return task
        pending = replace(task, outcome=None, finished_at=None)
        return pending if steps[question] == "pending" else None

    def _shows(self, task_id: str) -> bool:
        hidden = self._hidden.get(task_id)
        if hidden is None or hidden.questions == 0:
            return True
        if hidden.questions is not None:
            self._hidden[task_id] = Hidden(hidden.questions - 1)
        return False
