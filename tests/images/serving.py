"""A real server of pictures on loopback, and a door behind which nobody may knock."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Self

import PIL.Image
from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """Return the bytes of a picture that hardly compresses."""
    file = io.BytesIO()
    PIL.Image.effect_noise(size, 60).convert("RGB").save(file, kind)
    return file.getvalue()


class PictureServer:
    """Serves what a test puts on it, 404 for the rest, and notes every path asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._handlers: dict[str, Handler] = {}
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()

    @property
    def place(self) -> tuple[str, int]:
        """The host and port, as a spool is told to trust them."""
        return self._server.host, self._server.port or 0

    def url(self, path: str) -> str:
        return str(self._server.make_url(path))

    def serve(self, path: str, content: bytes, *, status: int = 200) -> str:
        """Answer with these bytes; return the address."""

        async def handler(_: web.Request) -> web.StreamResponse:
            return web.Response(body=content, status=status)

        return self.handle(path, handler)

    def redirect(self, path: str, to: str | None, *, status: int = 302) -> str:
        """Send on to another address, or nowhere; return the address."""

        async def handler(_: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers={"Location": to} if to else {})

        return self.handle(path, handler)

    def handle(self, path: str, handler: Handler) -> str:
        self._handlers[path] = handler
        return self.url(path)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        handler = self._handlers.get(request.path)
        return web.Response(status=404) if handler is None else await handler(request)


class Door:
    """A port on loopback that counts who connects to it, whatever they speak."""

    def __init__(self) -> None:
        self.knocks = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._open, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _open(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.knocks += 1
        writer.close()
