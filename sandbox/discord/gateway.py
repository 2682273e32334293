"""The gateway: one websocket for each session of the bot.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import secrets
import zlib
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from sandbox.discord.errors import JSON
from sandbox.discord.events import Event, event_of
from sandbox.discord.identifying import check_identify, read_frame
from sandbox.discord.places import own_user_json
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import CloseCode, CloseError, Connection, Intent, Op, Session
from sandbox.discord.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT_INTERVAL_MS = 41_250
# How long a session may be resumed is not documented; this is the world's choice.
RESUME_WINDOW_S = 180


class Gateway:
    """Holds the sessions and gives each the events that its intents ask for."""

    def __init__(self, world: World, token: str) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.heartbeat_interval_ms = HEARTBEAT_INTERVAL_MS
        # Speak plain text to clients that ask for zlib-stream; discord.py takes it.
        self.plain_text = False
        # Leave heartbeats unanswered, as a connection does that is dead without knowing it.
        self.silent = False
        # Every event that was dispatched, with its name.
        self.dispatched: list[tuple[str, JSON]] = []
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

    # Trouble: what Discord may tell a bot at any moment

    def reconnect(self) -> None:
        """Ask every client to reconnect and resume."""
        for connection in self._connections:
            connection.send(Op.RECONNECT, None)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid; without `resumable` it is forgotten."""
        for connection in tuple(self._connections):
            connection.send(Op.INVALID_SESSION, resumable)
            self._lose(connection, resumable=resumable)
            connection.session = None
        if not resumable:
            self.sessions.clear()

    def say(self, frame: str) -> None:
        """Send every client a frame of one's own, such as one that no client can read."""
        for connection in self._connections:
            connection.outbox.put_nowait(frame)

    def close(self, code: CloseCode) -> None:
        """Close every connection with a code."""
        for connection in tuple(self._connections):
            connection.close(code)

    def interaction(self, payload: JSON, guild_id: int | None) -> bool:
        """Give an interaction to the bot; False where no session could ever get it."""
        self._drop_stale()
        reached = [session for session in self.sessions.values() if self._serves(session, guild_id)]
        for session in reached:
            session.dispatch("INTERACTION_CREATE", payload)
        return bool(reached)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, self._compressor(request))
        self._connections.add(connection)
        connection.send(Op.HELLO, {"heartbeat_interval": self.heartbeat_interval_ms})
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, message.data)
        except CloseError as error:
            connection.close(error.code)
            await writer
        finally:
            writer.cancel()
            # A client that closes with one of these two codes gives its session up.
            # https://discord.com/developers/docs/events/gateway#initiating-a-disconnect
            normal = socket.close_code in (CloseCode.NORMAL, CloseCode.GOING_AWAY)
            gave_up = normal and not connection.closing
            ended = self._world.rules.strikes(Rule.CLOSED_FOR_GOOD, gave_up)
            self._lose(connection, resumable=not ended)
            self._connections.discard(connection)
        return socket

    def _compressor(self, request: web.Request) -> "zlib._Compress | None":
        asked = request.query.get("compress") == "zlib-stream" and not self.plain_text
        compresses = self._world.rules.strikes(Rule.ZLIB_STREAM, asked)
        return zlib.compressobj() if compresses else None

    def _receive(self, connection: Connection, text: str) -> None:
        rules = self._world.rules
        if self._world.limits.take(Rule.RATE_SENDS, str(id(connection))):
            raise CloseError(CloseCode.RATE_LIMITED)
        op, data = read_frame(text, rules)
        if op is Op.HEARTBEAT:
            self._heartbeat(connection, data)
        elif op in self._handlers:
            twice = connection.session is not None
            if rules.strikes(Rule.GATEWAY_TWICE, twice):
                raise CloseError(CloseCode.ALREADY_AUTHENTICATED)
            self._check_token(data)
            self._handlers[op](connection, data)
        elif rules.strikes(Rule.GATEWAY_FIRST, connection.session is None):
            raise CloseError(CloseCode.NOT_AUTHENTICATED)

    def _heartbeat(self, connection: Connection, data: object) -> None:
        self._world.news.tell("HEARTBEAT", connection.session)
        if self.silent:
            return
        if connection.session is not None and isinstance(data, int):
            connection.session.seen(data)
        if self._world.rules.strikes(Rule.HEARTBEAT_ACK, condition=True):
            connection.send(Op.HEARTBEAT_ACK, None)

    def _check_token(self, data: object) -> None:
        if not isinstance(data, dict):
            raise CloseError(CloseCode.DECODE_ERROR)
        wrong = str(data.get("token")).removeprefix("Bot ") != self._token
        if self._world.rules.strikes(Rule.GATEWAY_TOKEN, wrong):
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)

    def _identify(self, connection: Connection, data: JSON) -> None:
        check_identify(data, self._world)
        limits = self._world.limits
        if limits.take(Rule.RATE_IDENTIFY):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        if limits.take(Rule.RATE_IDENTIFY_DAY):
            # Discord resets the token of such a bot and tells its owner.
            self._token = secrets.token_urlsafe(24)
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)
        self.identified += 1
        number, total = data.get("shard") or (0, 1)
        session = Session(
            secrets.token_hex(16),
            data["intents"],
            (number, total),
            dispatched=self.dispatched,
        )
        self.sessions[session.id] = session
        self._attach(connection, session)
        session.dispatch("READY", self._ready(session, data.get("shard")))
        for guild in self._world.bot_guilds():
            self._offer(session, event_of(self._world, "GUILD_CREATE", guild))
        self._world.news.tell("SESSION", session)

    def _ready(self, session: Session, shard: object) -> JSON:
        bot = self._world.bot
        guilds = [guild for guild in self._world.bot_guilds() if self._serves(session, guild.id)]
        ready: JSON = {
            "v": 10,
            "user": own_user_json(bot),
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
        known = session is not None and isinstance(sequence, int) and session.keeps(sequence)
        if self._world.rules.strikes(Rule.RESUME_UNKNOWN, not known):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        if session is None or not isinstance(sequence, int):
            return
        ahead = sequence > session.sequence
        if self._world.rules.strikes(Rule.RESUME_SEQUENCE, ahead):
            raise CloseError(CloseCode.INVALID_SEQUENCE)
        if session.connection is not None:
            session.connection.session = None
            session.connection.abort()
        self._attach(connection, session)
        session.seen(sequence)
        if self._world.rules.strikes(Rule.RESUME_REPLAYS, session.buffer):
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
        if event is None or not self._serves(session, event.guild_id):
            return
        unasked = not session.intents & event.intent
        if not self._world.rules.strikes(Rule.INTENT_ASKED, unasked):
            content = bool(session.intents & Intent.MESSAGE_CONTENT)
            session.dispatch(event.name, event.data(content))

    def _serves(self, session: Session, guild_id: int | None) -> bool:
        foreign = not session.serves(guild_id)
        return not self._world.rules.strikes(Rule.SHARD_GUILD, foreign)
