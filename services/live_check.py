"""The paid part of `doctor --live`: real requests to Flux, and which assumptions about it held."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from flux import errors
from flux.catalogue import MODELS
from flux.models import TaskState
from services.live_run import USAGE_PAGE, LiveCheckError, LiveRun, TaskFailedError, credits_in_words

if TYPE_CHECKING:
    from flux.client import FluxClient
    from flux.models import EditRequest, Exchange, GenerateRequest, Submission, Task

PROMPT: Final = "a lighthouse on a rocky coast, watercolor"

EDIT_PROMPT: Final = "make it night"

SIZE: Final = "1:1"
"""A ratio, which only the current edition of the API takes for every model."""

KNOWN_FIELDS: Final = frozenset({"image_url", "prompt", "seed", "timings"})
"""Of an image in a result, in any recorded answer since January 2025."""


class FluxCheck:
    """Makes images with the bot's own client, each request once, and judges the answers.

    Args:
        interval_s, timeout_s: between two questions about a task, and for all of them.
    """

    def __init__(
        self, *, client: FluxClient, run: LiveRun, interval_s: float, timeout_s: float
    ) -> None:
        self._client = client
        self._run = run
        self._interval_s = interval_s
        self._timeout_s = timeout_s

    async def unknown_task(self) -> None:
        """Query a task that does not exist, which is free."""
        try:
            task = await self._client.retrieve(str(uuid.uuid4()))
        except errors.FluxError as error:
            text = f"Flux answers a question about an unknown task with an error ({_why(error)})."
            self._run.add("unknown-task", text, held=False)
        else:
            held = task.state is TaskState.UNKNOWN
            text = "an empty answer" if held else "something else"
            self._run.add(
                "unknown-task", f"Flux answers for an unknown task with {text}.", held=held
            )

    async def submit(
        self, request: GenerateRequest | EditRequest, *, asks_async: bool
    ) -> Submission:
        """Send one request; raises LiveCheckError where it is not accepted, or no answer comes."""
        self._run.spending.sent(MODELS[request.model])
        try:
            submission = await self._client.submit(request)
        except errors.FluxError as error:
            raise self._refused(error, request.model) from error
        self._run.spending.accepted(submission.task_id)
        if submission.task is not None:
            self._run.spending.ended(submission.task)
        self._judge_submission(request, submission, asks_async=asks_async)
        return submission

    async def finished(self, task_id: str) -> Task:
        """Poll the task until it has ended.

        Raises:
            TaskFailedError: it failed, which is free.
            LiveCheckError: it did not end in time.
        """
        faults: list[str] = []
        deadline = time.monotonic() + self._timeout_s
        while True:
            task = await self._asked(task_id, faults)
            if task is not None and task.state in {TaskState.DONE, TaskState.FAILED}:
                break
            if time.monotonic() > deadline:
                self._judge_questions(faults)
                raise LiveCheckError(f"Flux did not finish within {self._timeout_s:.0f} s.")
            await asyncio.sleep(self._interval_s)
        self._run.spending.ended(task)
        self._judge_questions(faults)
        if task.failure is not None:
            code = task.failure.code
            raise TaskFailedError(f"Flux could not make the image ({code}), which is free.")
        return task

    async def stream(self, request: GenerateRequest) -> Task:
        """Send one request for a streamed answer; raises LiveCheckError where no image comes."""
        self._run.spending.sent(MODELS[request.model])
        newest: Task | None = None
        lines, asked = 0, len(self._run.exchanges)
        try:
            async for task in self._client.stream(request):
                lines += 1
                newest = task
                if task.id:
                    self._run.spending.accepted(task.id)
        except errors.FluxError as error:
            if not any(each.status == HTTPStatus.OK for each in self._run.exchanges[asked:]):
                raise self._refused(error, request.model) from error
            # It was accepted, so that it may be charged for.
            text = f"The stream broke off ({_why(error)})."
            self._run.add("stream", text, held=False)
            if newest is None or not newest.id:
                raise LiveCheckError(text) from error
            return await self.finished(newest.id)
        kind = self._run.exchanges[-1].content_type
        held = kind == "application/x-ndjson"
        self._run.add(
            "stream", f"Asked for NDJSON, Flux answered with {lines} line(s) of {kind}.", held=held
        )
        if newest is None or newest.state is not TaskState.DONE:
            raise LiveCheckError("The stream ended without an image.")
        self._run.spending.ended(newest)
        return newest

    def judge_result(self, task: Task) -> None:
        """Report on the newest answer, which holds the result."""
        fields = sorted({key for item in _items(self._run.exchanges[-1]) for key in item})
        unknown = [each for each in fields if each not in KNOWN_FIELDS]
        text = f"Each image of the result has these fields: {', '.join(fields)}."
        if unknown:
            text += f" Unknown here: {', '.join(unknown)}."
        self._run.add("fields", text, held=not unknown)
        charged = task.charged_microcredits
        if charged is None:
            text = "The result has no cost: the bot books its estimate for every image."
        else:
            text = f"The result names its cost: {credits_in_words(charged)}."
        self._run.add("cost", text, held=charged is not None)

    async def _asked(self, task_id: str, faults: list[str]) -> Task | None:
        try:
            [task] = await self._client.retrieve_batch([task_id])
        except errors.FluxError as error:
            faults.append(f"answered with an error ({_why(error)})")
            return None
        if task.state is TaskState.UNKNOWN:
            faults.append("did not find the task")
        return task

    def _judge_submission(
        self, request: GenerateRequest | EditRequest, submission: Submission, *, asks_async: bool
    ) -> None:
        taken = self._run.exchanges[-1]
        if asks_async:
            held = submission.task is None
            how = "at once, with a task id" if held else "only when the image was finished"
            self._run.add("async", f"Flux answered the request {how}.", held=held)
        else:
            self._run.add("async", "FLUX_ANSWER does not ask for it.", held=None)
        has_trace = submission.trace_id is not None
        text = "The answer names" + (" a trace id." if has_trace else " no trace id for support.")
        self._run.add("trace-id", text, held=has_trace)
        held = taken.sent["size"] == request.size
        text = f"Flux took the ratio {request.size} as it is."
        if not held:
            text = (
                f"The ratio {request.size} was sent as {taken.sent['size']}: Flux speaks the "
                "documented edition. Set FLUX_CONTRACT=documented."
            )
        self._run.add("size", text, held=held)
        text = f"Asked for JSON, Flux answered with {taken.content_type}."
        self._run.add("accept-json", text, held=taken.content_type == "application/json")

    def _judge_questions(self, faults: list[str]) -> None:
        text = "Flux found the task at every question."
        if faults:
            text = f"Asked about the task, Flux {faults[0]}"
            text += f", and {len(faults) - 1} more times failed." if len(faults) > 1 else "."
        self._run.add("tasks", text, held=not faults)

    def _refused(self, error: errors.FluxError, model: str) -> LiveCheckError:
        if isinstance(error, errors.AnswerLostError):
            return LiveCheckError("Flux's answer was lost.")
        self._run.spending.ended(None)
        if isinstance(error, errors.UnknownModelError):
            return LiveCheckError(f"Flux does not offer {model}. Check FLUX_CONTRACT.")
        return LiveCheckError(_sentence(error))


def _sentence(error: errors.FluxError) -> str:
    sentences: dict[type[errors.FluxError], str] = {
        errors.AuthenticationError: f"Flux does not accept FLUX_API_TOKEN ({_why(error)}).",
        errors.OutOfCreditsError: f"The Flux account is out of credits. Buy some at {USAGE_PAGE}.",
        errors.RefusedContentError: "Flux's moderation refused the prompt of the check.",
        errors.RateLimitedError: "Flux's rate limit is reached. Try again in a minute.",
        errors.UnavailableError: f"Flux is unavailable ({_why(error)}). Try again later.",
    }
    for kind, sentence in sentences.items():
        if isinstance(error, kind):
            return sentence
    return f"Flux did not accept the request ({_why(error)})."


def _why(error: errors.FluxError) -> str:
    return error.code or type(error).__name__


def _items(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the images of a result: of a record, of a held call, or of a stream's last line."""
    is_stream = exchange.accept == "application/x-ndjson"
    payload = json.loads(exchange.body.strip().split(b"\n")[-1] if is_stream else exchange.body)
    records = payload.get("items")
    answers = [payload]
    if isinstance(records, list):
        answers = [record.get("response") for record in records if isinstance(record, dict)]
    found = [answer.get("data") for answer in answers if isinstance(answer, dict)]
    items = [item for data in found for item in (data if isinstance(data, list) else [data])]
    return [item for item in items if isinstance(item, dict)]
