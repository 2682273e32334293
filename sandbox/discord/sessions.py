"""The gateway's protocol: its codes, its connections, and the sessions that outlive them.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from aiohttp import web

from sandbox.discord.errors import JSON

MAX_BUFFERED = 10_000
SHARD_SHIFT = 22


class Op(IntEnum):
    """https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    REQUEST_SOUNDBOARD_SOUNDS = 31


# What only Discord sends is none of a client's.
SENT = {*Op} - {Op.DISPATCH, Op.RECONNECT, Op.INVALID_SESSION, Op.HELLO, Op.HEARTBEAT_ACK}


class CloseCode(IntEnum):
    """https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway."""

    NORMAL = 1000
    GOING_AWAY = 1001
    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Intent(IntFlag):
    """https://discord.com/developers/docs/events/gateway#list-of-intents."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_WEBHOOKS = 1 << 5
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


# Bits 0 to 16, 20, 21, 24 and 25 have a meaning.
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25
PRIVILEGED_INTENTS = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


def shard_of(guild_id: int, shards: int) -> int:
    """Return the number of the shard that a guild belongs to."""
    return (guild_id >> SHARD_SHIFT) % shards


class CloseError(Exception):
    """Ends a connection with a close code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(eq=False)
class Connection:
    """One open websocket."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    # https://discord.com/developers/docs/events/gateway#transport-compression: one stream for a
    # connection, of which each frame is a flushed part.
    compress: Callable[[bytes], bytes] | None = None
    version: int = 10
    # Closes the connection where no heartbeat comes in time.
    deadline: asyncio.TimerHandle | None = None
    outbox: asyncio.Queue[str | CloseCode] = field(default_factory=asyncio.Queue)
    session: "Session | None" = None
    # Whether Discord is the one who ends it.
    closing: bool = False

    def send(self, op: Op, data: object) -> None:
        """Send a frame that is no event."""
        self.outbox.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def write(self) -> None:
        """Send what is in the outbox, in its order."""
        with contextlib.suppress(ConnectionError):
            while True:
                sent = await self.outbox.get()
                if isinstance(sent, CloseCode):
                    await self.socket.close(code=sent)
                    return
                if self.compress is None:
                    await self.socket.send_str(sent)
                else:
                    await self.socket.send_bytes(self.compress(sent.encode()))

    def close(self, code: CloseCode) -> None:
        """Close with a code, after what is in the outbox."""
        self.closing = True
        self.outbox.put_nowait(code)

    def abort(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        if self.transport is not None:
            self.transport.abort()


@dataclass(eq=False)
class Session:
    """What a bot may resume: its events and the number of the last one."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    buffer: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=MAX_BUFFERED))
    connection: Connection | None = None
    lost_at: float = 0.0
    # Every event of the gateway, with its name.
    dispatched: list[tuple[str, JSON]] = field(default_factory=list, repr=False)

    def serves(self, guild_id: int | None) -> bool:
        """Tell whether this session's shard gets a guild's events, or those of no guild.

        https://discord.com/developers/docs/events/gateway#sharding: those go to shard 0.
        """
        number, total = self.shard
        return shard_of(guild_id or 0, total) == number

    def dispatch(self, event: str, data: JSON) -> None:
        """Number an event, keep it for a resume, and send it if there is a connection."""
        self.sequence += 1
        self.dispatched.append((event, data))
        frame = json.dumps({"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": data})
        self.buffer.append((self.sequence, frame))
        if self.connection is not None:
            self.connection.outbox.put_nowait(frame)

    def keeps(self, sequence: int) -> bool:
        """Tell whether every event after that number is still kept."""
        oldest = self.buffer[0][0] if self.buffer else self.sequence + 1
        return oldest - 1 <= sequence

    def seen(self, sequence: int) -> None:
        """Forget the events that the bot says it has."""
        while self.buffer and self.buffer[0][0] <= sequence:
            self.buffer.popleft()
