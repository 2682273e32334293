"""Short replies to messages, removed after a while."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ui.discord_errors import send_reply, unimportant

if TYPE_CHECKING:
    from datetime import date

    import discord

    from ui.components import Card

HINT_S: Final = 30.0
PICKER_S: Final = 300.0
"""Seconds until a hint is removed, and a question that waits for an answer, or the help."""

HINTS_EACH: Final = 3
"""Replies to one person at a time. An unanswered question makes room for another; where all are
hints, no more of their messages are answered until one is removed."""

LAST_REMOVALS_S: Final = 2.0
"""How long a stop waits for the removal of replies."""


@dataclass(frozen=True, slots=True, eq=False)
class _Standing:
    """A reply to a message, until it is removed."""

    message: discord.Message
    is_question: bool
    over: asyncio.Event


class TransientReplies:
    """Sends hints and questions, and removes each after a while or when the bot stops."""

    def __init__(self, *, lasts_s: float = HINT_S) -> None:
        self._lasts_s = lasts_s
        self._standing: dict[asyncio.Task[None], _Standing] = {}
        self._day: date | None = None
        self._given: set[tuple[int, int]] = set()

    def give(self, message: discord.Message, card: Card, *, is_question: bool = False) -> None:
        """Reply with a hint or a question; if Discord refuses it, that is only logged."""
        if not self._has_room(message.author.id):
            return
        standing = _Standing(message, is_question, asyncio.Event())
        showing = asyncio.create_task(self._show(standing, card), name="hint")
        self._standing[showing] = standing
        showing.add_done_callback(self._standing.pop)

    def give_once_a_day(self, message: discord.Message, card: Card) -> None:
        """Reply as `give` does, once per person, channel and day (UTC); a restart forgets that."""
        day = message.created_at.date()
        if day != self._day:
            self._day, self._given = day, set()
        given = message.author.id, message.channel.id
        if given not in self._given:
            self._given.add(given)
            self.give(message, card)

    def asked(self, message_id: int) -> discord.Message | None:
        messages = (standing.message for standing in self._standing.values())
        return next((message for message in messages if message.id == message_id), None)

    def forget(self, message_id: int) -> None:
        """Stop counting the reply to a message, whose removal is the caller's."""
        for showing, standing in self._standing.items():
            if standing.message.id == message_id:
                showing.cancel()

    async def close(self) -> None:
        for standing in self._standing.values():
            standing.over.set()
        if self._standing:
            _, late = await asyncio.wait([*self._standing], timeout=LAST_REMOVALS_S)
            for task in late:
                task.cancel()

    def _has_room(self, author_id: int) -> bool:
        theirs = [
            standing
            for standing in self._standing.values()
            if standing.message.author.id == author_id and not standing.over.is_set()
        ]
        if len(theirs) < HINTS_EACH:
            return True
        left = next((standing for standing in theirs if standing.is_question), None)
        if left is not None:
            left.over.set()
        return left is not None

    async def _show(self, standing: _Standing, card: Card) -> None:
        message = standing.message
        with unimportant("hint not shown or not removed"):
            # Discord sends an event again after a lost connection; the nonce keeps one answer.
            nonce = f"hint-{message.id}"
            sent = await send_reply(message.channel, message, card, nonce=nonce)
            with suppress(TimeoutError):
                lasts_s = PICKER_S if standing.is_question else self._lasts_s
                await asyncio.wait_for(standing.over.wait(), lasts_s)
            await sent.delete()
