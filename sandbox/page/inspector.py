"""What is otherwise unseen: requests, jobs, the ledger, and what Flux charged."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

from sandbox.discord import RecordedRequest
from sandbox.page.books import read_books

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import LocalDiscord
    from sandbox.discord.errors import JSON
    from sandbox.flux import LocalFlux
    from sandbox.process import BotProcess

MOST_LINES: Final = 500
"""Requests that are kept to be shown."""


class Inspector:
    """Looks behind the scenes for the page's drawer."""

    def __init__(
        self,
        discord: LocalDiscord,
        flux: LocalFlux,
        bot: BotProcess,
        database: Path,
    ) -> None:
        self._discord = discord
        self._flux = flux
        self._bot = bot
        self._database = database
        self._lines: deque[JSON] = deque(maxlen=MOST_LINES)
        self._numbers = count(1)
        self._flux_seen = 0
        self._listener = discord.world.news.listen(self._hear)

    def close(self) -> None:
        """Stop listening."""
        self._discord.world.news.ignore(self._listener)

    async def look(self, after: int) -> JSON:
        """Return the requests after a number, and how everything else stands."""
        self._catch_up()
        books = await asyncio.to_thread(read_books, self._database)
        charges = self._flux.charges
        return {
            "requests": [line for line in self._lines if line["number"] > after],
            **books,
            "charges": [
                {
                    "task": charge.task_id,
                    "model": charge.model,
                    "pictures": charge.pictures,
                    "credits": f"{charge.credits:.3f}",
                }
                for charge in reversed(charges[-MOST_LINES:])
            ],
            "charged": f"{sum(charge.credits for charge in charges):.3f}",
            "bot": {
                "runs": self._bot.is_running,
                "online": self._discord.gateway.online(),
            },
        }

    def _hear(self, _kind: str, subject: object) -> None:
        if isinstance(subject, RecordedRequest):
            self._catch_up()
            self._note("discord", subject.method, subject.path, subject.status, subject.code)

    def _catch_up(self) -> None:
        # Flux tells nobody; what it answered meanwhile stands before what Discord answers now.
        for request in self._flux.requests[self._flux_seen :]:
            self._flux_seen += 1
            self._note("flux", "POST", request.path, request.status, None)

    def _note(self, service: str, method: str, path: str, status: int, code: int | None) -> None:
        line = {
            "number": next(self._numbers),
            "at": self._discord.clock.now(),
            "service": service,
            "method": method,
            "path": path,
            "status": status,
            "code": code,
        }
        self._lines.append(line)
