"""The way between a bot and the local Discord: far, encrypted, or slow."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

import trustme
from aiohttp import web

from sandbox.discord.api import API_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from sandbox.discord import LocalDiscord

HOST: Final = "127.0.0.1"

SLOW_FROM_BYTES: Final = 16_384
"""Only what comes in pieces of this size is slowed down: uploads, not answers."""

BUFFER_BYTES: Final = 65_536


@asynccontextmanager
async def reached(
    discord: LocalDiscord,
    folder: Path,
    *,
    round_trip_s: float = 0.0,
    encrypted: bool = False,
    upload_bytes_per_s: float = 0.0,
) -> AsyncIterator[Mapping[str, str]]:
    """Yield the settings with which a bot reaches the local Discord in this way.

    Args:
        upload_bytes_per_s: of each connection; 0 for no limit.
    """
    async with AsyncExitStack() as opened:
        port = int(discord.base_url.rpartition(":")[2])
        settings = {}
        if encrypted:
            authority = trustme.CA()
            settings["SSL_CERT_FILE"] = str(folder / "authority.pem")
            authority.cert_pem.write_to_path(settings["SSL_CERT_FILE"])
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(HOST).configure_cert(context)
            runner = web.AppRunner(discord.application(), access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            opened.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, HOST, 0, ssl_context=context).start()
            port = runner.addresses[0][1]
        relayed = _relayed(port, round_trip_s / 2, upload_bytes_per_s)
        port = await opened.enter_async_context(relayed)
        s = "s" if encrypted else ""
        settings["DISCORD_API_BASE"] = f"http{s}://{HOST}:{port}{API_PATH}"
        settings["DISCORD_GATEWAY_URL"] = f"ws{s}://{HOST}:{port}/gateway"
        yield settings


@asynccontextmanager
async def _relayed(port: int, delay_s: float, upload_bytes_per_s: float) -> AsyncIterator[int]:
    """Yield a port that leads to another, later or more slowly."""
    loop = asyncio.get_running_loop()
    connecting: set[asyncio.Task[None]] = set()

    async def connect(near: _End) -> None:
        await asyncio.sleep(2 * delay_s)  # for the handshake of TCP, which ends at the relay
        far = _End(delay_s, 0)
        near.other, far.other = far, near
        await loop.create_connection(lambda: far, HOST, port)
        near.transport.resume_reading()

    class Near(_End):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport.pause_reading()
            task = loop.create_task(connect(self))
            connecting.add(task)
            task.add_done_callback(connecting.discard)

    listener = socket.create_server((HOST, 0), backlog=4_096)
    if upload_bytes_per_s:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    server = await loop.create_server(lambda: Near(delay_s, upload_bytes_per_s), sock=listener)
    yield listener.getsockname()[1]
    server.close()
    for task in connecting:
        task.cancel()


class _End(asyncio.Protocol):
    """One of the two ends of a connection: what it receives, the other end sends."""

    transport: asyncio.Transport
    other: _End

    def __init__(self, delay_s: float, bytes_per_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._delay_s = delay_s
        self._bytes_per_s = bytes_per_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self._delay_s, self.other.transport.write, data)
        if self._bytes_per_s and len(data) >= SLOW_FROM_BYTES:
            self.transport.pause_reading()
            again = self.transport.resume_reading
            self._loop.call_later(len(data) / self._bytes_per_s, again)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        if hasattr(self, "other"):
            self._loop.call_later(self._delay_s, self.other.transport.close)
