"""What happens in the world, told to each open tab as it happens.

A tab is told what changed only when it can take it: many changes of one message in between are
one, so a slow tab costs no more memory than there are messages, and a closed one costs nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.discord.correspondent import TYPING_S
from sandbox.discord.records import Channel, Guild, Interaction, Membership, Message, Role
from sandbox.page.acts import as_id
from sandbox.page.view import is_seen, message_json, scene_json

if TYPE_CHECKING:
    from sandbox.discord import LocalDiscord, Person
    from sandbox.discord.errors import JSON
    from sandbox.page.personas import Personas

MOST_CHANGES: Final = 500
"""Changes beyond which a tab reads its channel anew instead."""

MOST_TABS: Final = 50

FULL: Final = f"{MOST_TABS} tabs are open, which is the most: close one, and this one goes on."

HEARTBEAT_S: Final = 20.0
"""A tab that does not answer for this long is taken for closed."""

SCENE: Final = ("scene", 0)
ANEW: Final = ("anew", 0)


@dataclass(eq=False)
class Tab:
    """One open tab: whose eyes it has, and what it has not been told yet."""

    person: Person
    changes: dict[tuple[str, int], object] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, change: tuple[str, int], subject: object) -> None:
        """Note something to be told."""
        if len(self.changes) >= MOST_CHANGES and change not in self.changes:
            self.changes = {SCENE: None, ANEW: None}
        self.changes[change] = subject
        self.woken.set()

    def take(self) -> dict[tuple[str, int], object]:
        """Return what is to be told now, and begin anew."""
        taken, self.changes = self.changes, {}
        self.woken.clear()
        return taken


class Feed:
    """The websockets of the open tabs."""

    def __init__(self, discord: LocalDiscord, cast: Personas) -> None:
        self._discord = discord
        self._cast = cast
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def tabs(self) -> int:
        """How many tabs are open."""
        return len(self._sockets)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one tab until it is closed."""
        person = self._cast.played(as_id(request.query.get("person")))
        # On loopback, compressing is for nothing, and would go on after the tab is closed.
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=1024, compress=False)
        await socket.prepare(request)
        if len(self._sockets) >= MOST_TABS:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=FULL.encode())
            return socket
        tab = Tab(person)
        tab.note(SCENE, None)
        number = self._discord.world.news.listen(lambda kind, subject: _hear(tab, kind, subject))
        self._sockets.add(socket)
        telling = asyncio.create_task(self._tell(tab, socket))
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
        finally:
            self._discord.world.news.ignore(number)
            self._sockets.discard(socket)
            telling.cancel()
            # A tab that closes while it is told something is nothing to tell of.
            await asyncio.gather(telling, return_exceptions=True)
        return socket

    async def close(self) -> None:
        """Close every tab's websocket."""
        for socket in tuple(self._sockets):
            await socket.close()

    async def _tell(self, tab: Tab, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            await tab.woken.wait()
            for (kind, _), subject in tab.take().items():
                written = self._written(tab.person, kind, subject)
                if written is not None:
                    await socket.send_json({"kind": kind, **written})

    def _written(self, person: Person, kind: str, subject: object) -> JSON | None:
        if kind == "scene":
            return scene_json(self._discord, self._cast, person)
        if kind == "typing" and isinstance(subject, Channel):
            return {"channel": str(subject.id), "for_s": TYPING_S}
        if isinstance(subject, Message):
            where = {"channel": str(subject.channel.id), "id": str(subject.id)}
            hidden = not self._cast.sees(person.user, subject.channel)
            if hidden or not is_seen(subject, person):
                return None
            if subject.deleted:
                return where | {"message": None}
            return where | {"message": message_json(self._discord, subject)}
        return {} if kind == "anew" else None


def _hear(tab: Tab, kind: str, subject: object) -> None:
    if isinstance(subject, Message):
        tab.note(("message", subject.id), subject)
    elif isinstance(subject, Interaction):
        # An answer can change a message's look without being an edit of it.
        if subject.response is not None and not subject.response.deleted:
            tab.note(("message", subject.response.id), subject.response)
    elif kind == "TYPING" and isinstance(subject, Channel):
        tab.note(("typing", subject.id), subject)
    elif kind in {"COMMANDS", "SESSION", "USER_UPDATE"} or isinstance(
        subject, Channel | Guild | Role | Membership
    ):
        tab.note(SCENE, None)
