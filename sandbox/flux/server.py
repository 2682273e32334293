"""The local Flux API: its addresses, and the two questions it answers."""

import asyncio
import json
import secrets
import socket
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from sandbox.flux.books import Books, Charge, Fetch, RecordedRequest
from sandbox.flux.errors import (
    Failure,
    RefusedError,
    bad_request,
    check_token,
    gateway_envelope,
    held_failure,
    no_such_api,
)
from sandbox.flux.requests import Payload, image_order, read_payload, task_query
from sandbox.flux.studio import Studio
from sandbox.flux.tasks import Body, accepted_body, outcome_body
from sandbox.flux.worker import Worker

NDJSON = "application/x-ndjson"

Answer = Callable[[web.Request, Payload], Awaitable[web.Response]]


class LocalFlux:
    """A Flux Images API on loopback that paints little landscapes.

    Make one with `start`. Pictures cost nothing and are booked at this sandbox's own prices
    (`prices`); a prompt with the word "forbidden" is refused by moderation, one with
    "unlucky" fails inside (`studio.FAILURE_BY_WORD`).
    """

    def __init__(
        self, base: str, session: aiohttp.ClientSession, studio: Studio, books: Books
    ) -> None:
        self.base = base
        self.token = f"local-flux-{secrets.token_hex(8)}"
        self._books = books
        self._session = session
        self._studio = studio
        self._worker = Worker(session, studio, books, files_url=f"{base}/files/")
        app = web.Application()
        app.add_routes(self._routes())
        # Held calls end with their tasks, so there is nothing to wait for at shutdown.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    @classmethod
    async def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        seconds_per_picture: float = 0.0,
        megapixels: float = 1.0,
    ) -> Self:
        """Listen on `host`, at a free port if `port` is 0.

        A task takes `seconds_per_picture` for each of its pictures, and their drawing.
        `megapixels` (above 0, at most 1) scales the pictures' area: 1.0 is what the API gives.
        """
        if not 0 < megapixels <= 1:
            raise ValueError("megapixels must be above 0 and at most 1")
        # Bound by hand: the address stands in every result, so it is needed first.
        listener = socket.create_server((host, port))
        base = f"http://{host}:{listener.getsockname()[1]}"
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        books = Books()
        studio = Studio(
            session, books.fetches, seconds_per_picture=seconds_per_picture, megapixels=megapixels
        )
        flux = cls(base, session, studio, books)
        await flux._runner.setup()
        await web.SockSite(flux._runner, listener).start()
        return flux

    @property
    def charges(self) -> list[Charge]:
        """What was charged so far, oldest first."""
        return self._books.charges

    @property
    def fetches(self) -> list[Fetch]:
        """Every `image_url` that was asked for so far, oldest first."""
        return self._books.fetches

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every API request in the order of the answers; a held call stands where it ended."""
        return self._books.requests

    async def settled(self) -> None:
        """Wait until no task is running and every callback was taken or given up."""
        await self._worker.settled()

    async def close(self) -> None:
        """Drop what is running and let go of the port; does no harm twice."""
        await self._worker.close()
        await self._runner.cleanup()
        # Once more, for a request that came in between.
        await self._worker.close()
        await self._session.close()
        await self._studio.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.post("/flux/images", self._images),
            web.post("/flux/tasks", self._tasks),
            web.get("/files/{name}", self._file),
            web.get("/health", _health),
            web.post("/health", _health),
            web.route("*", "/{path:.*}", _no_such_path),
        ]

    async def _images(self, request: web.Request) -> web.Response:
        return await self._answered(request, self._answer_images)

    async def _tasks(self, request: web.Request) -> web.Response:
        return await self._answered(request, self._answer_tasks)

    async def _answered(self, request: web.Request, answer: Answer) -> web.Response:
        """Check the token and the body, answer, and note the request."""
        payload = read_payload(await request.read())
        try:
            check_token(request.headers.get("Authorization"), self.token)
            if payload is None:
                raise bad_request("the body must be a JSON object")
            response = await answer(request, payload)
        except RefusedError as refusal:
            response = _refused(refusal)
        noted = RecordedRequest(request.path, payload or {}, response.status)
        self._books.requests.append(noted)
        return response

    async def _answer_images(self, request: web.Request, payload: Payload) -> web.Response:
        order = image_order(payload)
        task, running = self._worker.begin(order, payload)
        streams = NDJSON in request.headers.get("Accept", "")
        if order.answers_at_once:
            return _json(accepted_body(task), streams=streams)
        # Shielded: a call that is dropped must not take the work with it.
        ended = await asyncio.shield(running)
        if ended.outcome is None:
            raise RuntimeError(f"task {task.task_id} ended without an outcome")
        if isinstance(ended.outcome, Failure):
            status, body = held_failure(ended.outcome, task.trace_id)
            return _json(body, status=status)
        return _json(outcome_body(ended, ended.outcome), streams=streams)

    async def _answer_tasks(self, _request: web.Request, payload: Payload) -> web.Response:
        query = task_query(payload)
        store = self._worker.store
        return _json(store.batch(query.ids) if query.is_batch else store.record(query.ids[0]))

    async def _file(self, request: web.Request) -> web.Response:
        picture = self._worker.shelf.get(request.match_info["name"])
        if picture is None:
            raise web.HTTPNotFound
        return web.Response(body=picture.body, content_type=picture.content_type)


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _no_such_path(_request: web.Request) -> web.Response:
    return _refused(no_such_api())


def _refused(refusal: RefusedError) -> web.Response:
    body = gateway_envelope(refusal.failure, str(uuid.uuid4()))
    return _json(body, status=refusal.status)


def _json(body: Body, *, status: HTTPStatus = HTTPStatus.OK, streams: bool = False) -> web.Response:
    """Answer with JSON; as a stream it is one line, for the API tells no progress."""
    text = json.dumps(body)
    if streams:
        return web.Response(text=f"{text}\n", status=status, content_type=NDJSON)
    return web.Response(text=text, status=status, content_type="application/json")
