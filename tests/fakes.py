"""Stand-ins at the seams: a Discord that does as it is told, a Flux that answers by script."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from domain.models import FINAL, ImageKind, JobState
from flux.client import FluxClient
from flux.models import Submission, Task, TaskState
from jobs.messenger import Gone, Posted, Temporary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from domain.models import Image, Job, Problem
    from flux.errors import FluxError
    from flux.models import EditRequest, GenerateRequest
    from jobs.messenger import Outcome

_Call = TypeVar("_Call")

Phase: TypeAlias = Literal[
    "announce", "progress", "source", "partial", "deliver", "direct", "end", "collect"
]


@dataclass(frozen=True, slots=True)
class Shown:
    """One attempt to show a job."""

    phase: Phase
    job: Job
    images: tuple[Image, ...]
    position: int


class FakeMessenger:
    """Posts everything at once, unless the script of that phase says otherwise."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.dismissed: list[str] = []
        self.busy_dismissals = 0
        """How many more attempts to remove an answer are to be made again later."""
        self.withdrawn: list[str] = []
        self.told: list[Job] = []
        self.asked: list[Job] = []
        """Jobs whose interaction was asked about."""
        self.was_heard = True
        """Whether interactions count as answered."""
        self.sources: dict[str, str] = {}
        """Fresh addresses of sources, by job, where a message still shows them."""
        self.sought: list[str] = []
        """Jobs whose source was looked for in its message."""
        self.offered: list[Job] = []
        self.alerts: list[Problem] = []
        self.gates: dict[Phase, asyncio.Event] = {}
        """Attempts of these phases are under way until the event is set."""
        self._changed = asyncio.Condition()
        self._scripts: defaultdict[Phase, deque[Outcome | Exception]] = defaultdict(deque)
        self._message_ids = count(7001)

    def script(self, phase: Phase, *endings: Outcome | Exception) -> None:
        """Let the next attempts of this phase end so."""
        self._scripts[phase].extend(endings)

    def phases(self, job_id: str) -> list[Phase]:
        """Return how often and as what the job was shown."""
        return [shown.phase for shown in self.shown if shown.job.id == job_id]

    def last(self, phase: Phase) -> Shown:
        """Return the latest attempt of this phase."""
        return next(shown for shown in reversed(self.shown) if shown.phase == phase)

    async def show(self, job: Job, images: Sequence[Image] = (), *, position: int = 0) -> Outcome:
        return await self._attempt(Shown(_phase(job, images), job, tuple(images), position))

    async def until(self, phase: Phase, total: int = 1) -> Shown:
        """Wait for so many attempts of this phase in all; return the latest."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: sum(shown.phase == phase for shown in self.shown) >= total
            )
        return self.last(phase)

    async def _attempt(self, shown: Shown) -> Outcome:
        phase, job = shown.phase, shown.job
        self.shown.append(shown)
        async with self._changed:
            self._changed.notify_all()
        if phase in self.gates:
            await self.gates[phase].wait()
        return self._ending(phase, job)

    def _ending(self, phase: Phase, job: Job) -> Outcome:
        script = self._scripts[phase]
        ending = script.popleft() if script else Posted(job.message_id or next(self._message_ids))
        if isinstance(ending, Exception):
            raise ending
        return ending

    async def dismiss(self, job: Job) -> None:
        if self.busy_dismissals:
            self.busy_dismissals -= 1
            raise Temporary
        self.dismissed.append(job.id)

    async def withdraw(self, job: Job) -> Outcome:
        self.withdrawn.append(job.id)
        return Gone()

    async def source_url(self, job: Job) -> str | None:
        self.sought.append(job.id)
        return self.sources.get(job.id)

    async def tell(self, job: Job) -> None:
        self.told.append(job)

    async def was_answered(self, job: Job) -> bool:
        self.asked.append(job)
        return self.was_heard

    async def offer_collect(self, job: Job) -> Outcome:
        self.offered.append(job)
        return self._ending("collect", job)

    async def send_direct(self, job: Job, images: Sequence[Image]) -> Outcome:
        return await self._attempt(Shown("direct", job, tuple(images), 0))

    async def tell_no_copy(self, job: Job) -> None:
        self.told.append(job)

    async def alert_operator(self, problem: Problem) -> None:
        self.alerts.append(problem)


def _phase(job: Job, images: Sequence[Image]) -> Phase:
    if images and images[0].kind is ImageKind.SOURCE:
        return "source"
    if images:
        return "partial" if job.state in {JobState.SUBMITTING, JobState.RUNNING} else "deliver"
    if job.state in FINAL:
        return "end"
    return "announce" if job.message_id is None else "progress"


class FakeFlux(FluxClient):
    """Answers each call by script; one that the script does not foresee is an assertion error.

    An accepted task is pending until `tell` says otherwise; the last thing told of it stays.
    """

    def __init__(self) -> None:
        self.submitted: list[GenerateRequest | EditRequest] = []
        self.asked: list[list[str]] = []
        self.asked_alone: list[str] = []
        self.may_answer = asyncio.Event()
        """Cleared to keep submits waiting for their answer."""
        self.may_answer.set()
        self.witness: Callable[[], Awaitable[None]] | None = None
        """Called at every call, before anything is answered."""
        self._submissions: deque[str | Submission | FluxError] = deque()
        self._silences: deque[FluxError] = deque()
        self._lines: deque[Sequence[Task | FluxError | asyncio.Event]] = deque()
        self._told: dict[str, deque[Task]] = {}
        self._changed = asyncio.Condition()

    def accept(self, *answers: str | Submission | FluxError) -> None:
        """Answer the next submits with these task ids, held results or errors."""
        self._submissions.extend(answers)

    def pour(self, *lines: Task | FluxError | asyncio.Event) -> None:
        """Answer the next submit with a stream of these; it waits at an event until it is set."""
        self._lines.append(lines)
        for line in lines:
            if isinstance(line, Task) and line.id:
                self._told.setdefault(line.id, deque())

    def tell(self, *tasks: Task) -> None:
        """Answer questions about these tasks so, one after the other."""
        for task in tasks:
            self._told.setdefault(task.id, deque()).append(task)

    def keep_silent(self, *errors: FluxError) -> None:
        """Answer the next questions about tasks with these errors."""
        self._silences.extend(errors)

    async def until_submitted(self, total: int) -> None:
        """Wait until so many submits have come in all."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.submitted) >= total)

    async def more_looks(self, looks: int) -> list[list[str]]:
        """Wait for so many more questions about tasks; return the ids of each."""
        before = len(self.asked)
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= before + looks)
        return self.asked[before:]

    async def submit(self, request: GenerateRequest | EditRequest) -> Submission:
        await self._note(self.submitted, request)
        await self.may_answer.wait()
        assert self._submissions, f"nobody foresaw {request}"
        answer = self._submissions.popleft()
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Submission):
            return answer
        self._told.setdefault(answer, deque())
        return Submission(task_id=answer, trace_id=f"trace-of-{answer}")

    async def stream(self, request: GenerateRequest | EditRequest) -> AsyncIterator[Task]:
        await self._note(self.submitted, request)
        assert self._lines, f"nobody foresaw {request}"
        for line in self._lines.popleft():
            if isinstance(line, Task):
                yield line
            elif isinstance(line, asyncio.Event):
                await line.wait()
            else:
                raise line

    async def retrieve(self, task_id: str) -> Task:
        self.asked_alone.append(task_id)
        if task_id not in self._told:
            return Task(id=task_id, state=TaskState.UNKNOWN)
        return self._next_of(task_id)

    async def retrieve_batch(self, task_ids: Sequence[str]) -> list[Task]:
        await self._note(self.asked, list(task_ids))
        if self._silences:
            raise self._silences.popleft()
        return [self._next_of(task_id) for task_id in task_ids]

    def _next_of(self, task_id: str) -> Task:
        assert task_id in self._told, f"nobody submitted {task_id}"
        told = self._told[task_id]
        if not told:
            return Task(id=task_id, state=TaskState.PENDING)
        return told.popleft() if len(told) > 1 else told[0]

    async def _note(self, calls: list[_Call], call: _Call) -> None:
        if self.witness is not None:
            await self.witness()
        calls.append(call)
        async with self._changed:
            self._changed.notify_all()
