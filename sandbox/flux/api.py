"""The addresses of the local Flux API: what is asked, and what is answered."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from sandbox.flux.accounts import NO_API, check_account, check_token
from sandbox.flux.api_versions import Rules
from sandbox.flux.bodies import (
    Body,
    accepted_body,
    batch_body,
    framed,
    later_lines,
    opening_line,
    outcome_body,
    record_body,
)
from sandbox.flux.books import Books, RecordedRequest
from sandbox.flux.conduct import CallbackFirst, Conduct, Mishap, Where
from sandbox.flux.errors import (
    Failure,
    Refusal,
    RefusedError,
    bad_request,
    gateway_envelope,
    held_failure,
)
from sandbox.flux.faults import Scene, WireFault, is_listening
from sandbox.flux.requests import ImageOrder, Payload, image_order, read_payload, task_query
from sandbox.flux.response_format import NDJSON, Stream
from sandbox.flux.tasks import Task
from sandbox.flux.worker import Worker

Handler = Callable[[web.Request, Payload], Awaitable[web.StreamResponse]]
Answer = Callable[[], Awaitable[web.StreamResponse]]


class Api:
    """Answers requests; `token` opens it."""

    def __init__(
        self, *, token: str, rules: Rules, worker: Worker, books: Books, conduct: Conduct
    ) -> None:
        self._token = token
        self._rules = rules
        self._worker = worker
        self._books = books
        self._conduct = conduct

    def routes(self) -> list[web.RouteDef]:
        """Give every address with its handler."""
        return [
            web.post("/flux/images", self._images),
            web.post("/flux/tasks", self._tasks),
            web.get("/files/{name}", self._file),
            web.get("/health", _health),
            web.post("/health", _health),
            web.route("*", "/{path:.*}", _no_such_path),
        ]

    async def _images(self, request: web.Request) -> web.StreamResponse:
        return await self._noted(request, "submit", self._submit)

    async def _tasks(self, request: web.Request) -> web.StreamResponse:
        return await self._noted(request, "tasks", self._look_up)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        async def picture() -> web.StreamResponse:
            found = self._worker.shelf.get(request.match_info["name"])
            if found is None:
                raise web.HTTPNotFound
            return web.Response(body=found.body, content_type=found.content_type)

        return await self._played(self._conduct.take("picture", request.path), request, picture)

    async def _noted(
        self, request: web.Request, where: Where, handler: Handler
    ) -> web.StreamResponse:
        """Answer, rightly or not, and note the request."""
        payload = read_payload(await request.read())

        async def checked() -> web.StreamResponse:
            try:
                self._check(request, where)
                if payload is None:
                    raise bad_request("the body must be a JSON object")
                return await handler(request, payload)
            except RefusedError as refused:
                return refusal_answer(refused.refusal)

        mishap = self._conduct.take(where, request.path)
        response = await self._played(mishap, request, checked)
        status = response.status if is_listening(request) else 0
        answer = response.body if status and isinstance(response, web.Response) else None
        headers = {k: v for k, v in request.headers.items() if k.title() != "Authorization"}
        self._books.requests.append(
            RecordedRequest(
                request.path,
                payload or {},
                status,
                headers,
                answer if isinstance(answer, bytes) else None,
            )
        )
        return response

    def _check(self, request: web.Request, where: Where) -> None:
        check_token(request.headers.get("Authorization"), self._token)
        check_account(self._conduct.account, asks_about_tasks=where == "tasks")

    async def _played(
        self, mishap: Mishap | None, request: web.Request, answer: Answer
    ) -> web.StreamResponse:
        if isinstance(mishap, Refusal):
            return refusal_answer(mishap)
        if isinstance(mishap, WireFault):
            return await mishap.play(Scene(request, answer, self._conduct.gate))
        return await answer()

    async def _submit(self, request: web.Request, payload: Payload) -> web.StreamResponse:
        order = image_order(payload, self._rules)
        task, running = self._worker.begin(order, payload)
        mishap = self._conduct.take("accepted", task.task_id)
        if isinstance(mishap, CallbackFirst):
            # Shielded: a call that is dropped must not take the work with it.
            await asyncio.shield(running)
            await self._worker.called_back(task.task_id)

        async def answer() -> web.StreamResponse:
            return await self._accepted(request, order, task, running)

        response = await self._played(mishap, request, answer)
        if is_carried_out(mishap) and is_listening(request):
            self._books.untold.remove(task.task_id)
        return response

    async def _accepted(
        self,
        request: web.Request,
        order: ImageOrder,
        task: Task,
        running: asyncio.Task[Task],
    ) -> web.StreamResponse:
        manner = self._conduct.manner
        stream = manner.stream if NDJSON in request.headers.get("Accept", "") else None
        if order.answers_at_once and not manner.holds_calls:
            return json_answer(accepted_body(task, manner), stream=stream)
        if stream is not None and stream.is_told_in_steps:
            return await self._streamed(request, task, running)
        ended = await asyncio.shield(running)
        status, body = self._ending(ended)
        # An error that comes before any line is ordinary JSON.
        return json_answer(body, status=status, stream=stream if status == HTTPStatus.OK else None)

    async def _streamed(
        self, request: web.Request, task: Task, running: asyncio.Task[Task]
    ) -> web.StreamResponse:
        manner = self._conduct.manner
        response = web.StreamResponse()
        response.content_type = manner.stream.content_type
        await response.prepare(request)
        if manner.stream.lines > 1:
            await response.write(opening_line(task, manner.stream))
        ended = await asyncio.shield(running)
        _, last = self._ending(ended)
        for line in framed(later_lines(ended, last, manner), manner.stream):
            if manner.stream.waits:
                await self._conduct.gate.wait()
            if is_listening(request):
                await response.write(line)
        return response

    def _ending(self, ended: Task) -> tuple[HTTPStatus, Body]:
        if ended.outcome is None:
            raise RuntimeError(f"task {ended.task_id} ended without an outcome")
        if isinstance(ended.outcome, Failure):
            return held_failure(ended.outcome, ended.trace_id)
        return HTTPStatus.OK, outcome_body(ended, ended.outcome, self._conduct.manner)

    async def _look_up(self, _request: web.Request, payload: Payload) -> web.StreamResponse:
        query = task_query(payload)
        manner = self._conduct.manner
        found = self._worker.store.asked(query.ids, manner.steps)
        if query.is_batch:
            return json_answer(batch_body(found, manner))
        # A task that does not exist is an empty object, not an error.
        return json_answer(record_body(found[0], manner) if found else {})


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _no_such_path(_request: web.Request) -> web.Response:
    return refusal_answer(NO_API)


def is_carried_out(mishap: Mishap | None) -> bool:
    """Tell whether the right answer to a submit is sent in spite of what goes wrong."""
    if isinstance(mishap, WireFault):
        return mishap.lets_through
    return not isinstance(mishap, Refusal)


def refusal_answer(refusal: Refusal) -> web.Response:
    """Answer with an error of the gateway."""
    body = gateway_envelope(refusal.failure, str(uuid.uuid4()))
    response = json_answer(body, status=refusal.status)
    response.headers.update(refusal.headers)
    return response


def json_answer(
    body: Body, *, status: HTTPStatus = HTTPStatus.OK, stream: Stream | None = None
) -> web.Response:
    """Answer with JSON, or with a stream of one line."""
    if stream is None:
        return web.Response(text=json.dumps(body), status=status, content_type="application/json")
    [line] = framed([body], stream)
    return web.Response(body=line, status=status, content_type=stream.content_type)
