"""Keeps other websites and crowds out: who may ask something of the page, and what it may load.

A page of any website can send requests to loopback, and by DNS rebinding even read the answers.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})

MOST_CONNECTIONS: Final = 200
"""A tab has one or two at rest; the world's files and sockets are as many again, and many systems
give a process 1,024."""

FOREIGN: Final = "This page answers itself only: open the address that the sandbox printed."

FULL: Final = "The sandbox has too many connections open: close some tabs, then reload this one."


class Guard:
    """Knows the page's own addresses, and where its pictures come from."""

    def __init__(self, port: int, pictures_from: str) -> None:
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._policy = "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                f"img-src 'self' blob: {pictures_from}",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            )
        )

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another website asks."""
        if self._is_foreign(request):
            raise web.HTTPForbidden(text=FOREIGN)
        return await handler(request)

    async def on_prepare(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Tell the browser what the page may load, with every answer."""
        response.headers["Content-Security-Policy"] = self._policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-cache"

    def _is_foreign(self, request: web.Request) -> bool:
        if request.host not in self._hosts:
            return True
        origin = request.headers.get("Origin")
        if origin is None:
            # Browsers always name it where something is changed, or a websocket is opened.
            changes = request.method not in SAFE_METHODS
            return changes or request.headers.get("Upgrade", "").lower() == "websocket"
        return origin.removeprefix("http://") not in self._hosts


def admitting(server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
    """Return what serves each connection, and turns away those that are too many."""

    def serve() -> asyncio.BaseProtocol:
        return server() if len(server.connections) < MOST_CONNECTIONS else _Full()

    return serve


class _Full(asyncio.Protocol):
    """Says that there are too many, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.WriteTransport", transport)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(FULL)}",
            "Connection: close",
        )
        stream.write("\r\n".join((*head, "", FULL)).encode())
        stream.close()
