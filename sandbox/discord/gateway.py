"""The gateway: one websocket for each session of the bot.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import logging
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from sandbox.discord.api_versions import not_built, status_of
from sandbox.discord.compression import STREAMS, compressor
from sandbox.discord.errors import JSON
from sandbox.discord.events import Event, event_of
from sandbox.discord.fields import is_whole
from sandbox.discord.identifying import check_data, check_identify, read_frame
from sandbox.discord.members import Members
from sandbox.discord.places import own_user_json
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import CloseCode, CloseError, Connection, Intent, Op, Session
from sandbox.discord.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT_INTERVAL_MS = 41_250

# Until a heartbeat is acknowledged: the way to Discord and back.
HEARTBEAT_ACK_S = 0.05
# Beyond the interval; how much Discord grants is not documented.
HEARTBEAT_TOLERANCE_S = 20.0
# How long a session may be resumed is not documented; this is the world's choice.
RESUME_WINDOW_S = 180

logger = logging.getLogger(__name__)


class Gateway:
    """Holds the sessions and gives each the events that its intents ask for."""

    def __init__(self, world: World, token: str) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        # What GET /gateway/bot recommends, and how many shards may identify at the same time.
        self.shards = 1
        self.max_concurrency = 1
        self.heartbeat_interval_ms = HEARTBEAT_INTERVAL_MS
        self.heartbeat_tolerance_s = HEARTBEAT_TOLERANCE_S
        # Speak plain text to clients that ask for compression; discord.py takes it.
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

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket; which version and which encoding, its address says."""
        version = request.query.get("v")
        status = status_of(version)
        encoding = request.query.get("encoding", "json")
        is_known = encoding == "json" and request.query.get("compress") in (None, *STREAMS)
        if status == HTTPStatus.NOT_IMPLEMENTED or not is_known:
            return not_built(request)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        if self._world.rules.strikes(Rule.GATEWAY_VERSION, status != HTTPStatus.OK):
            await socket.close(code=CloseCode.INVALID_VERSION)
            return socket
        asked = None if self.plain_text else request.query.get("compress")
        compress = compressor(asked, self._world.rules)
        connection = Connection(socket, request.transport, compress, int(version or 0))
        self._connections.add(connection)
        connection.send(Op.HELLO, {"heartbeat_interval": self.heartbeat_interval_ms})
        self._expect_heartbeat(connection)
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self._receive(connection, message.data)
        except CloseError as error:
            connection.close(error.code)
            await writer
        finally:
            writer.cancel()
            self._ended(connection)
        return socket

    def _ended(self, connection: Connection) -> None:
        if connection.deadline is not None:
            connection.deadline.cancel()
        # A client that closes with one of these two codes gives its session up.
        # https://discord.com/developers/docs/events/gateway#initiating-a-disconnect
        normal = connection.socket.close_code in (CloseCode.NORMAL, CloseCode.GOING_AWAY)
        gave_up = normal and not connection.closing
        ended = self._world.rules.strikes(Rule.CLOSED_FOR_GOOD, gave_up)
        self._lose(connection, resumable=not ended)
        self._connections.discard(connection)

    def _expect_heartbeat(self, connection: Connection) -> None:
        """Close the connection where no heartbeat comes in time, by real time as they are sent.

        https://discord.com/developers/docs/events/gateway#heartbeat-interval
        """
        if connection.deadline is not None:
            connection.deadline.cancel()
        seconds = self.heartbeat_interval_ms / 1000 + self.heartbeat_tolerance_s
        connection.deadline = asyncio.get_running_loop().call_later(
            seconds, self._time_out, connection
        )

    def _time_out(self, connection: Connection) -> None:
        if self._world.rules.strikes(Rule.HEARTBEAT_MISSED, condition=True):
            connection.close(CloseCode.SESSION_TIMED_OUT)

    def _receive(self, connection: Connection, sent: str | bytes) -> None:
        rules = self._world.rules
        if self._world.limits.take(Rule.RATE_SENDS, str(id(connection))):
            raise CloseError(CloseCode.RATE_LIMITED)
        op, data = read_frame(sent, rules)
        if op is Op.HEARTBEAT:
            self._heartbeat(connection, data)
        elif op in self._handlers:
            twice = connection.session is not None
            if rules.strikes(Rule.GATEWAY_TWICE, twice):
                raise CloseError(CloseCode.ALREADY_AUTHENTICATED)
            self._handlers[op](connection, self._introduced(data))
        elif rules.strikes(Rule.GATEWAY_FIRST, connection.session is None):
            raise CloseError(CloseCode.NOT_AUTHENTICATED)
        else:
            check_data(op, data, rules)
            if op is Op.REQUEST_GUILD_MEMBERS and connection.session is not None:
                self._give_members(connection.session, data)
            elif op is not Op.PRESENCE_UPDATE:
                logger.warning("Not built here: opcode %s of the gateway", op)

    def _heartbeat(self, connection: Connection, data: object) -> None:
        self._world.news.tell("HEARTBEAT", connection.session)
        self._expect_heartbeat(connection)
        if self.silent:
            return
        if connection.session is not None and isinstance(data, int):
            connection.session.seen(data)
        if self._world.rules.strikes(Rule.HEARTBEAT_ACK, condition=True):
            # discord.py notes the time of its heartbeat after sending it; on loopback an answer at
            # once comes before that, and is taken for the answer to the heartbeat before.
            loop = asyncio.get_running_loop()
            loop.call_later(HEARTBEAT_ACK_S, connection.send, Op.HEARTBEAT_ACK, None)

    def _give_members(self, session: Session, data: JSON) -> None:
        """Answer a request for members, of which the whole list takes the intent.

        https://discord.com/developers/docs/events/gateway-events#request-guild-members
        """
        guild_id = str(data.get("guild_id"))
        guild = self._world.guilds.get(int(guild_id)) if guild_id.isdecimal() else None
        whole = not data.get("query") and not data.get("limit") and data.get("user_ids") is None
        denied = whole and not session.intents & Intent.GUILD_MEMBERS
        if guild is None or not guild.bot_is_member or denied:
            return
        if self._world.rules.strikes(Rule.MEMBERS_CHUNK, condition=True):
            session.dispatch("GUILD_MEMBERS_CHUNK", Members(self._world).chunk(guild, data))

    def _introduced(self, data: object) -> JSON:
        """Return what IDENTIFY or RESUME brings: an object with the bot's token."""
        if self._world.rules.strikes(Rule.GATEWAY_IDENTIFY, not isinstance(data, dict)):
            raise CloseError(CloseCode.DECODE_ERROR)
        data = data if isinstance(data, dict) else {}
        wrong = str(data.get("token")).removeprefix("Bot ") != self._token
        if self._world.rules.strikes(Rule.GATEWAY_TOKEN, wrong):
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)
        return data

    def _identify(self, connection: Connection, data: JSON) -> None:
        check_identify(data, self._world)
        limits = self._world.limits
        number, total = data.get("shard") or (0, 1)
        if limits.take(Rule.RATE_IDENTIFY, str(number % self.max_concurrency)):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        if limits.take(Rule.RATE_IDENTIFY_DAY):
            # Discord resets the token of such a bot and tells its owner.
            self._token = secrets.token_urlsafe(24)
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)
        self.identified += 1
        session = Session(
            secrets.token_hex(16), data["intents"], (number, total), dispatched=self.dispatched
        )
        self.sessions[session.id] = session
        self._attach(connection, session)
        session.dispatch("READY", self._ready(connection, session, data.get("shard")))
        for guild in self._world.bot_guilds():
            self._offer(session, event_of(self._world, "GUILD_CREATE", guild))
        self._world.news.tell("SESSION", session)

    def _ready(self, connection: Connection, session: Session, shard: object) -> JSON:
        bot = self._world.bot
        guilds = [guild for guild in self._world.bot_guilds() if self._serves(session, guild.id)]
        ready: JSON = {
            "v": connection.version,
            "user": own_user_json(bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(bot.id), "flags": self._world.application_flags},
        }
        return ready | ({"shard": shard} if shard else {})

    def _resume(self, connection: Connection, data: JSON) -> None:
        self._drop_stale()
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        known = session is not None and is_whole(sequence) and session.keeps(sequence)
        if self._world.rules.strikes(Rule.RESUME_UNKNOWN, not known):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        if session is None or not is_whole(sequence):
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
        unasked = event.intent and not session.intents & event.intent
        if not self._world.rules.strikes(Rule.INTENT_ASKED, unasked):
            content = bool(session.intents & Intent.MESSAGE_CONTENT)
            session.dispatch(event.name, event.data(content))

    def _serves(self, session: Session, guild_id: int | None) -> bool:
        foreign = not session.serves(guild_id)
        return not self._world.rules.strikes(Rule.SHARD_GUILD, foreign)
