"""Two servers on loopback: an API that answers, and one below HTTP that breaks off."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Api:
    """Answers each request as scripted, then alike, and keeps what was asked."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"task_id": "t-1", "trace_id": "r-1", "items": []}'
    received: list[Received] = field(default_factory=list)
    base_url: str = ""
    script: list[tuple[int, object]] = field(default_factory=list)

    @property
    def bodies(self) -> list[Any]:
        return [received.body for received in self.received]

    async def answer(self, request: web.Request) -> web.Response:
        headers = {key: request.headers.get(key, "") for key in ("Authorization", "Accept")}
        headers["Content-Type"] = request.content_type
        body = await request.json() if request.can_read_body else None
        self.received.append(Received(request.method, request.path_qs, headers, body))
        if self.script:
            status, answer = self.script.pop(0)
            return web.json_response(answer, status=status)
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@asynccontextmanager
async def served() -> AsyncIterator[Api]:
    api = Api()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.answer)
    async with TestServer(app) as server:
        api.base_url = str(server.make_url("/"))
        yield api


class Then(Enum):
    """What the server does once it has said its bytes."""

    STALL = auto()
    CLOSE = auto()
    RESET = auto()


@asynccontextmanager
async def raw_server(answer: bytes, then: Then) -> AsyncIterator[str]:
    """Serve these bytes to every request on loopback; yields the base address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")  # the end of every body of this API
        writer.write(answer)
        await writer.drain()
        if then is Then.STALL:
            await reader.read()  # until the client gives up
        if then is Then.RESET:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
