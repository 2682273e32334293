"""Where Flux calls back when a request has ended; unsigned, so that its word is only a hint."""

from __future__ import annotations

import asyncio
import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from flux.protocol import is_task_id
from web.listening import SERVICE, Listener

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

CALLBACK_PATH: Final = "/flux/callbacks/"

MAX_BODY_BYTES: Final = 256 * 1024
"""Of a callback; one with four pictures and a long prompt stays far below."""

READ_DEADLINE_S: Final = 10.0
"""Seconds that a caller has for sending its body."""


class Callbacks(Listener):
    """Listens for callbacks and passes on whose they are.

    Args:
        called_back: is given the token of the path and the task id of the body, if it names one;
            False where the token is nobody's.
        read_deadline_s: seconds that a caller has for sending its body.
    """

    def __init__(
        self,
        *,
        called_back: Callable[[str, str | None], Awaitable[bool]],
        read_deadline_s: float = READ_DEADLINE_S,
    ) -> None:
        self._called_back = called_back
        self._read_deadline_s = read_deadline_s
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(CALLBACK_PATH + "{token}", self._take)
        app.router.add_get(CALLBACK_PATH, _say_who)
        super().__init__(app, patience_s=read_deadline_s)

    async def _take(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(self._read_deadline_s):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
        if not await self._called_back(request.match_info["token"], _task_id(body)):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(status=HTTPStatus.NO_CONTENT)


async def _say_who(_request: web.Request) -> web.Response:
    """Tell whoever tries the public address that it leads here."""
    return web.Response(text=SERVICE)


def _task_id(body: bytes) -> str | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    task_id = payload.get("task_id") if isinstance(payload, dict) else None
    return task_id if isinstance(task_id, str) and is_task_id(task_id) else None
