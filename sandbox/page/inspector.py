"""What is otherwise unseen: requests, jobs, the ledger, and what Flux charged."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

from sandbox.discord import ClientRefusedError, RecordedRequest
from sandbox.page.books import read_books

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import LocalDiscord
    from sandbox.discord.errors import JSON
    from sandbox.flux import LocalFlux
    from sandbox.flux.books import RecordedRequest as FluxRequest
    from sandbox.process import BotProcess

    Recorded = RecordedRequest | FluxRequest

MOST_LINES: Final = 500
"""Requests that are kept to be shown."""

SECRETS: Final = frozenset({"token", "callback_url"})
"""Keys of JSON whose values are or hold a token: of an interaction, and of a job's callback."""

HIDDEN: Final = "(hidden)"


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
        self._lines: deque[tuple[JSON, Recorded]] = deque(maxlen=MOST_LINES)
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
            "requests": [line for line, _ in self._lines if line["number"] > after],
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

    def request(self, number: int) -> JSON:
        """Return the headers and bodies of a request that is still kept, without tokens."""
        for line, recorded in self._lines:
            if line["number"] == number:
                return {
                    "headers": dict(recorded.headers),
                    "body": without_tokens(recorded.payload),
                    "answer": without_tokens(_read(recorded.answer)),
                }
        raise ClientRefusedError("this request is no longer kept")

    def _hear(self, _kind: str, subject: object) -> None:
        if isinstance(subject, RecordedRequest):
            self._catch_up()
            self._note("discord", subject.method, subject.code, subject)

    def _catch_up(self) -> None:
        # Flux tells nobody; what it answered meanwhile stands before what Discord answers now.
        for request in self._flux.requests[self._flux_seen :]:
            self._flux_seen += 1
            self._note("flux", "POST", None, request)

    def _note(self, service: str, method: str, code: int | None, recorded: Recorded) -> None:
        line = {
            "number": next(self._numbers),
            "at": self._discord.clock.now(),
            "service": service,
            "method": method,
            "path": recorded.path,
            "status": recorded.status,
            "code": code,
        }
        self._lines.append((line, recorded))


def without_tokens(value: object) -> object:
    """Return JSON in which no value is a token, nor an address that holds one."""
    if isinstance(value, dict):
        return {
            key: HIDDEN if key in SECRETS and each else without_tokens(each)
            for key, each in value.items()
        }
    return [without_tokens(each) for each in value] if isinstance(value, list | tuple) else value


def _read(answer: bytes | None) -> object:
    try:
        return json.loads(answer) if answer else None
    except ValueError:
        return None
