"""Several people who ask for pictures, click, reply and delete, in all kinds of places."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from sandbox.discord import ClientRefusedError, SeenMessage, Upload
from sandbox.discord.component_types import Component, walk
from sandbox.discord.message_view import button_label, is_clickable, see
from sandbox.discord.records import Message
from sandbox.discord.rendering import is_thinking
from tests.photos import HILL, HOUSE, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from sandbox.discord import Channel, InteractionResult, LocalDiscord, Person
    from sandbox.discord.records import Guild

NAMES: Final = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn")
WORDS: Final = ("lighthouse", "harbour", "meadow", "canyon", "village", "glacier", "orchard")
UNHAPPY: Final = ("unlucky", "forbidden")
"""Words on which the local Flux fails or refuses."""

NUMBER: Final = re.compile(r"number (\d{5})")
"""Of a prompt, by which its author is known."""

BUTTONS: Final = ("Cancel", "Try again", "Get image")

PRESSES_A_SECOND: Final = 9.0
MOST_OPEN: Final = 14
"""Presses stop while so many jobs are open, so that a run ends soon after its last kill."""

YOUNGEST: Final = 8
"""Of the messages, chosen from: the middle of things is where it hurts."""

PHOTOS: Final = tuple(
    Upload(f"photo-{number}.png", picture_bytes(photo))
    for number, photo in enumerate((HILL, HOUSE))
)


class People:
    """What everybody does, from one seed.

    Args:
        open_jobs: returns how many jobs are open, None where the database cannot tell.
        guilds: servers where they are too.
    """

    def __init__(
        self,
        discord: LocalDiscord,
        open_jobs: Callable[[], int | None],
        random: Random,
        guilds: Iterable[Guild] = (),
    ) -> None:
        self.uses: list[InteractionResult] = []
        self.removed: list[SeenMessage] = []
        self.collected: set[int] = set()
        self._discord = discord
        self._open_jobs = open_jobs
        self._random = random
        self._people = [discord.person(name) for name in NAMES]
        for person in self._people[::2]:
            person.install_app()
        elsewhere = discord.add_guild("Elsewhere", bot_is_member=False)
        self._channels = [
            discord.channel,
            discord.add_channel("sketches"),
            discord.add_channel("garden", elsewhere),
            *(discord.add_channel("park", guild) for guild in guilds),
        ]
        self._authors: list[Person] = []
        self._clickable: dict[int, Message] = {}
        self._galleries: dict[int, Message] = {}
        self._public: dict[int, Message] = {}
        discord.world.news.listen(self._on_news)

    async def go_on(self) -> None:
        """Do one thing after the other, until cancelled."""
        while True:
            await asyncio.sleep(self._random.expovariate(PRESSES_A_SECOND))
            if self._discord.gateway.online() and self._discord.commands:
                try:
                    self._do_something()
                    await self._click_perhaps()
                except ClientRefusedError:
                    continue  # what was to be clicked is gone by now

    def _do_something(self) -> None:
        person = self._random.choice(self._people)
        rolled = self._random.random()
        if rolled < 0.03:
            self._delete_one()
        elif rolled < 0.08:
            self._reply(person)
        elif rolled < 0.11 and any(each["name"] == "history" for each in self._discord.commands):
            self.uses.append(person.use("history", channel=self._place(person)))
        else:
            open_jobs = self._open_jobs()
            if open_jobs is not None and open_jobs < MOST_OPEN:
                self._ask(person)

    def _ask(self, person: Person) -> None:
        channel = self._place(person)
        if self._random.random() < 0.25:
            photo = self._random.choice(PHOTOS)
            use = person.use("edit", image=photo, prompt=self._prompt(person), channel=channel)
        else:
            count = self._random.choice((1, 1, 1, 2))
            use = person.use("imagine", prompt=self._prompt(person), count=count, channel=channel)
        self.uses.append(use)

    def _prompt(self, person: Person) -> str:
        self._authors.append(person)
        word = self._random.choice(UNHAPPY if self._random.random() < 0.06 else WORDS)
        return f"{word} number {len(self._authors):05d}"

    def _place(self, person: Person) -> Channel:
        return self._random.choice([*self._channels, person.dm])

    def _reply(self, person: Person) -> None:
        if message := self._chosen(self._galleries):
            person.reply(self._seen(message), self._prompt(person))

    def _delete_one(self) -> None:
        if message := self._chosen(self._public):
            self.removed.append(self._seen(message))
            self._discord.delete_message(message)

    async def _click_perhaps(self) -> None:
        if self._random.random() < 0.15 and (message := self._chosen(self._clickable)):
            label = self._random.choice(_labels(message))
            # Either shows the images of a job that has ended, by the token that it brings.
            if label in ("Get image", "Cancel"):
                self.collected.add(message.id)
            self.uses.append(await self._author_of(message).click(self._seen(message), label))

    def _author_of(self, message: Message) -> Person:
        """Return whose job a message is about."""
        text = str(message.body.components)
        origin = message.private_to or (message.interaction and message.interaction.person)
        for person in self._people:
            if person.user is origin or f"<@{person.user.id}>" in text:
                return person
        if number := NUMBER.search(text):
            return self._authors[int(number[1]) - 1]
        return self._random.choice(self._people)

    def _chosen(self, messages: dict[int, Message]) -> Message | None:
        return self._random.choice([*messages.values()][-YOUNGEST:]) if messages else None

    def _seen(self, message: Message) -> SeenMessage:
        return see(message, self._discord.world.renderer)

    def _on_news(self, kind: str, subject: object) -> None:
        if not isinstance(subject, Message) or subject.author is not self._discord.world.bot:
            return
        self._clickable.pop(subject.id, None)
        self._galleries.pop(subject.id, None)
        self._public.pop(subject.id, None)
        if kind != "MESSAGE_DELETE":
            if _labels(subject):
                self._clickable[subject.id] = subject
            if subject.private_to is None and not is_thinking(subject):
                self._public[subject.id] = subject
                if subject.body.files:
                    self._galleries[subject.id] = subject


def _labels(message: Message) -> list[str]:
    buttons = [part for part in walk(message.body.components) if part["type"] == Component.BUTTON]
    labels = [button_label(button) for button in buttons if is_clickable(button)]
    return [label for label in labels if label in BUTTONS]
