"""A small HTTP server of the bot's own, at one address."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web

SERVICE: Final = "fluxcord"
"""Tells whoever asks that it is this program which answers."""

CLOSE_DEADLINE_S: Final = 1.0
"""Seconds that a stop waits for callers that are still sending."""

MOST_CONNECTIONS: Final = 256
"""Systemd and many shells give a process 1,024 files: three quarters are left for Discord, Flux,
the database and pictures. Whatever Flux could not tell here, it is asked for."""


class Listener:
    """Answers with an application's handlers.

    Args:
        patience_s: seconds that a caller has for the head of a request, from when it connected or
            was answered last, and for the rest of a body which nobody reads.
    """

    def __init__(self, app: web.Application, *, patience_s: float) -> None:
        # An access log would hold what is in paths.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            keepalive_timeout=patience_s,
            lingering_time=patience_s,
            shutdown_timeout=CLOSE_DEADLINE_S,
        )
        self._listening: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Answer at this address until `close`.

        Raises:
            OSError: the address is taken, or not this machine's.
        """
        await self._runner.setup()
        try:
            self._listening = await asyncio.get_running_loop().create_server(
                self._serve, host, port
            )
        except OSError:
            await self._runner.cleanup()
            raise

    async def close(self) -> None:
        """Stop answering."""
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    def _serve(self) -> asyncio.BaseProtocol:
        server = cast("web.Server", self._runner.server)  # there is one after the setup
        return server() if len(server.connections) < MOST_CONNECTIONS else _Full()


class _Full(asyncio.Protocol):
    """Turns away one connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.WriteTransport", transport)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        stream.write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        stream.close()
