"""Short answers to messages, which go away by themselves."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ui.outcomes import unimportant
from ui.replying import reference_to, send_reply

if TYPE_CHECKING:
    import discord

    from ui.errors import Card

HINT_S: Final = 30.0
PICKER_S: Final = 300.0
"""Seconds that a hint stands, and a question that waits for an answer."""

HINTS_EACH: Final = 3
"""Hints that may stand for one person; more of their messages are not answered meanwhile."""

LAST_REMOVALS_S: Final = 2.0
"""How long a stop waits for the hints that stand to be removed."""


class Hints:
    """Gives hints, and removes each after a while or when the bot stops."""

    def __init__(self, *, lasts_s: float = HINT_S) -> None:
        self._lasts_s = lasts_s
        self._stopping = asyncio.Event()
        self._standing: dict[asyncio.Task[None], discord.Message] = {}

    async def give(self, message: discord.Message, card: Card) -> None:
        """Reply with what is soon removed; where it cannot be sent, nothing is said."""
        await self.ask(message, card, lasts_s=self._lasts_s)

    async def ask(self, message: discord.Message, card: Card, *, lasts_s: float = PICKER_S) -> None:
        """Reply with a card that stands for so many seconds."""
        authors = [asked.author.id for asked in self._standing.values()]
        if authors.count(message.author.id) >= HINTS_EACH:
            return
        showing = asyncio.create_task(self._show(message, card, lasts_s), name="hint")
        self._standing[showing] = message
        showing.add_done_callback(self._standing.pop)

    def forget(self, message_id: int) -> None:
        """Stop counting what answers a message, and leave its removal to others."""
        for showing, asked in self._standing.items():
            if asked.id == message_id:
                showing.cancel()

    async def close(self) -> None:
        """Remove what stands."""
        self._stopping.set()
        if self._standing:
            _, late = await asyncio.wait([*self._standing], timeout=LAST_REMOVALS_S)
            for task in late:
                task.cancel()

    async def _show(self, message: discord.Message, card: Card, lasts_s: float) -> None:
        with unimportant("hint not shown or not removed"):
            reference = reference_to(message.channel.id, message.id)
            # Discord sends an event again after a lost connection; the nonce keeps one answer.
            nonce = f"hint-{message.id}"
            sent = await send_reply(message.channel, reference, card, nonce=nonce)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), lasts_s)
            await sent.delete()
