"""The gateway: one websocket for each session of the bot.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from sandbox.discord.errors import JSON
from sandbox.discord.events import Event, event_of
from sandbox.discord.places import user_json
from sandbox.discord.sessions import CloseCode, CloseError, Connection, Intent, Op, Session
from sandbox.discord.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT_INTERVAL_MS = 41_250
# https://discord.com/developers/docs/events/gateway#sending-events
MAX_SENT_BYTES = 4096
# How long a session may be resumed is not documented; this is the world's choice.
RESUME_WINDOW_S = 180


class Gateway:
    """Holds the sessions and gives each the events that its intents ask for."""

    def __init__(self, world: World, token: str) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self._world = world
        self._token = token
        self._connections: set[Connection] = set()
        self._world.news.listen(self._on_news)
        self._handlers: dict[int, Callable[[Connection, JSON], None]] = {
            Op.IDENTIFY: self._identify,
            Op.RESUME: self._resume,
        }

    def online(self) -> bool:
        """Tell whether a session has a connection."""
        return any(session.connection for session in self.sessions.values())

    def cut(self, *, resumable: bool = True) -> None:
        """Cut every connection; without `resumable` the sessions are forgotten too."""
        for connection in tuple(self._connections):
            self._lose(connection, resumable=resumable)
            connection.abort()
        if not resumable:
            self.sessions.clear()

    def interaction(self, payload: JSON, guild_id: int | None) -> bool:
        """Give an interaction to the bot; False where no session could ever get it."""
        self._drop_stale()
        reached = [session for session in self.sessions.values() if session.serves(guild_id)]
        for session in reached:
            session.dispatch("INTERACTION_CREATE", payload)
        return bool(reached)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request.transport)
        self._connections.add(connection)
        connection.send(Op.HELLO, {"heartbeat_interval": HEARTBEAT_INTERVAL_MS})
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, message.data)
        except CloseError as error:
            await socket.close(code=error.code)
        finally:
            writer.cancel()
            # A client that closes with one of these two codes gives its session up.
            # https://discord.com/developers/docs/events/gateway#initiating-a-disconnect
            gave_up = socket.close_code in (CloseCode.NORMAL, CloseCode.GOING_AWAY)
            self._lose(connection, resumable=not gave_up)
            self._connections.discard(connection)
        return socket

    def _receive(self, connection: Connection, text: str) -> None:
        op, data = _read_frame(text)
        if op is Op.HEARTBEAT:
            if connection.session is not None and isinstance(data, int):
                connection.session.seen(data)
            connection.send(Op.HEARTBEAT_ACK, None)
        elif op in self._handlers:
            if connection.session is not None:
                raise CloseError(CloseCode.ALREADY_AUTHENTICATED)
            self._check_token(data)
            self._handlers[op](connection, data)
        elif connection.session is None:
            raise CloseError(CloseCode.NOT_AUTHENTICATED)

    def _check_token(self, data: object) -> None:
        if not isinstance(data, dict):
            raise CloseError(CloseCode.DECODE_ERROR)
        if str(data.get("token")).removeprefix("Bot ") != self._token:
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)

    def _identify(self, connection: Connection, data: JSON) -> None:
        intents = data.get("intents")
        if not isinstance(intents, int):
            raise CloseError(CloseCode.INVALID_INTENTS)
        privileged = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES
        if not self._world.message_content:
            privileged |= Intent.MESSAGE_CONTENT
        if intents & privileged:
            raise CloseError(CloseCode.DISALLOWED_INTENTS)
        number, total = data.get("shard") or (0, 1)
        if not 0 <= number < total:
            raise CloseError(CloseCode.INVALID_SHARD)
        session = Session(secrets.token_hex(16), intents, (number, total))
        self.sessions[session.id] = session
        self._attach(connection, session)
        session.dispatch("READY", self._ready(session, data.get("shard")))
        for guild in self._world.bot_guilds():
            self._offer(session, event_of(self._world, "GUILD_CREATE", guild))
        self._world.news.tell("SESSION", session)

    def _ready(self, session: Session, shard: object) -> JSON:
        bot = self._world.bot
        guilds = [guild for guild in self._world.bot_guilds() if session.serves(guild.id)]
        ready: JSON = {
            "v": 10,
            "user": user_json(bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(bot.id), "flags": 0},
        }
        return ready | ({"shard": shard} if shard else {})

    def _resume(self, connection: Connection, data: JSON) -> None:
        self._drop_stale()
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None or not isinstance(sequence, int) or not session.has_after(sequence):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        if session.connection is not None:
            session.connection.session = None
            session.connection.abort()
        self._attach(connection, session)
        session.seen(sequence)
        for _, frame in session.buffer:
            connection.outbox.put_nowait(frame)
        session.dispatch("RESUMED", {})
        self._world.news.tell("SESSION", session)

    def _attach(self, connection: Connection, session: Session) -> None:
        connection.session = session
        session.connection = connection

    def _lose(self, connection: Connection, *, resumable: bool) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        session.lost_at = self._world.clock.now()
        if not resumable:
            self.sessions.pop(session.id, None)
        self._world.news.tell("SESSION", session)

    def _drop_stale(self) -> None:
        deadline = self._world.clock.now() - RESUME_WINDOW_S
        for session in tuple(self.sessions.values()):
            if session.connection is None and session.lost_at < deadline:
                del self.sessions[session.id]

    def _on_news(self, kind: str, subject: object) -> None:
        event = event_of(self._world, kind, subject)
        for session in tuple(self.sessions.values()):
            self._offer(session, event)

    def _offer(self, session: Session, event: Event | None) -> None:
        if event is None or not session.serves(event.guild_id):
            return
        if session.intents & event.intent:
            content = bool(session.intents & Intent.MESSAGE_CONTENT)
            session.dispatch(event.name, event.data(content))


def _read_frame(text: str) -> tuple[Op, Any]:
    if len(text.encode()) > MAX_SENT_BYTES:
        raise CloseError(CloseCode.DECODE_ERROR)
    try:
        frame = json.loads(text)
        return Op(frame["op"]), frame.get("d")
    except (TypeError, KeyError, json.JSONDecodeError) as error:
        raise CloseError(CloseCode.DECODE_ERROR) from error
    except ValueError as error:
        raise CloseError(CloseCode.UNKNOWN_OPCODE) from error
