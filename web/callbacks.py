"""Where Flux calls back when a request has ended; unsigned, so that its word is only a hint."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from flux.protocol import is_task_id
from storage.errors import StorageError
from web import CALLBACK_PATH
from web.listening import CONNECTION_S, SERVICE, Listener, Network

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    import yarl

    from services.live_run import LiveRun

logger = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 256 * 1024
"""Of a callback; one with four pictures and a long prompt stays far below."""


class Callbacks(Listener):
    """Listens for callbacks and passes on whose they are.

    Args:
        knows: whether a token is a job's; asked before a body is read.
        called_back: is given the token of the path and the task id of the body, if it names one;
            False where the token is nobody's any more.
    """

    def __init__(
        self,
        *,
        knows: Callable[[str], Awaitable[bool]],
        called_back: Callable[[str, str | None], Awaitable[bool]],
        trusted_proxies: Collection[Network] = (),
        connection_s: float = CONNECTION_S,
    ) -> None:
        self._knows = knows
        self._called_back = called_back
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(CALLBACK_PATH + "{token}", self._take)
        app.router.add_get(CALLBACK_PATH, _say_who)
        super().__init__(app, trusted_proxies=trusted_proxies, connection_s=connection_s)

    async def _take(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        try:
            is_known = await self._knows(token)
        except StorageError as error:
            logger.warning("a callback's token cannot be looked up: %s", type(error).__name__)
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if not is_known:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            body = await request.read()
        except web.RequestPayloadError:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        if not await self._called_back(token, _task_id(body)):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(status=HTTPStatus.NO_CONTENT)


class CallbackCheck:
    """Waits for one real callback, for `doctor --live`.

    It listens in the bot's place, which must not run, and reports whether Flux called.

    Args:
        wait_s: seconds that a callback may take after the task has ended.
    """

    def __init__(
        self,
        *,
        public_url: yarl.URL,
        host: str,
        port: int,
        trusted_proxies: Collection[Network],
        wait_s: float,
        run: LiveRun,
    ) -> None:
        self._token = secrets.token_urlsafe(16)
        self._base = str(public_url).rstrip("/") + CALLBACK_PATH
        self._address = (host, port)
        self._wait_s = wait_s
        self._run = run
        self._called = asyncio.Event()
        self._named: str | None = None
        self._callbacks = Callbacks(
            knows=self._knows, called_back=self._called_back, trusted_proxies=trusted_proxies
        )
        self.url: str | None = None
        """What a request names as `callback_url`; None where nothing listens there."""

    async def __aenter__(self) -> Self:
        try:
            await self._callbacks.listen(*self._address)
        except OSError:
            text = f"CALLBACK_PORT {self._address[1]} is in use: stop the bot to try callbacks."
            self._run.add("callback", text, held=None)
        else:
            self.url = self._base + self._token
        return self

    async def __aexit__(self, *error: object) -> None:
        if self.url is not None:
            await self._callbacks.close()

    async def judge(self, task_id: str) -> None:
        """Report whether Flux calls back about a task that has ended."""
        if self.url is None:
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._called.wait()
        except TimeoutError:
            text = f"Flux did not call PUBLIC_URL within {self._wait_s:.0f} s of the end."
            self._run.add("callback", text, held=False)
            return
        held = self._named == task_id
        text = "Flux called PUBLIC_URL and named " + ("the task." if held else "another task.")
        self._run.add("callback", text, held=held)

    async def _knows(self, token: str) -> bool:
        return token == self._token

    async def _called_back(self, _token: str, task_id: str | None) -> bool:
        self._named = task_id
        self._called.set()
        return True


async def _say_who(_request: web.Request) -> web.Response:
    return web.Response(text=SERVICE)


def _task_id(body: bytes) -> str | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    task_id = payload.get("task_id") if isinstance(payload, dict) else None
    return task_id if isinstance(task_id, str) and is_task_id(task_id) else None
