"""A small HTTP server of the bot's own, at one address."""

from __future__ import annotations

from typing import Final

from aiohttp import web

SERVICE: Final = "fluxcord"
"""Tells whoever asks that it is this program which answers."""

CLOSE_DEADLINE_S: Final = 1.0
"""Seconds that a stop waits for callers that are still sending."""


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

    async def listen(self, host: str, port: int) -> None:
        """Answer at this address until `close`.

        Raises:
            OSError: the address is taken, or not this machine's.
        """
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise

    async def close(self) -> None:
        """Stop answering."""
        await self._runner.cleanup()
