"""The Discord client: what it asks of Discord, and how it outlives what Discord does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
import discord
import discord.gateway
import discord.http
import discord.shard
from discord import app_commands
from discord.ext import commands

from network import NO_PROXIES, Proxies, connector_for
from ui.components import ComponentRouter
from ui.discord_errors import RECEIVED_AT
from ui.errors import Tree, answer_error, where
from ui.login import SessionStartLimitError, patiently

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from types import SimpleNamespace

    import yarl

    from clock import Clock

logger = logging.getLogger(__name__)

DISCORD_CONNECTIONS: Final = 256
"""Enough that slow uploads never delay an acknowledgement; without a limit, each costs memory."""

SPARE_SESSION_STARTS: Final = 10
"""How many session starts are left unused, for other processes with the same token.

Discord allows 1,000 in 24 hours, and resets the token of a bot that takes more;
https://discord.com/developers/docs/events/gateway#session-start-limit-object.
"""


MESSAGES: Final = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})
"""Events of messages. Those of bots are not parsed: nobody listens, and most are this bot's own."""

OF_TREE: Final = frozenset(
    {discord.InteractionType.application_command, discord.InteractionType.autocomplete}
)
"""Interactions that discord.py passes to the command tree."""

HANDLERS: Final = frozenset(
    {"CommandTree-invoker", "discord.py: on_interaction", "discord.py: on_message"}
)
"""Names that discord.py gives to the tasks that answer interactions and messages."""

ANSWER_S: Final = 3.0
"""In which Discord takes an answer to an interaction."""

AVATARS: Final = "https://cdn.discordapp.com"
"""Where Discord keeps avatars; reference, image formatting."""


def use_discord_at(api_base: yarl.URL, gateway_url: yarl.URL) -> None:
    """Make all clients of this process call Discord at these addresses."""
    discord.http.Route.BASE = str(api_base).rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway_url
    # A proxy of the API alone has no avatars; another Discord has them beside its API.
    is_another = gateway_url.host != "gateway.discord.gg"
    discord.Asset.BASE = str(api_base.origin()) if is_another else AVATARS
    # discord.py warns about voice at every start, which this bot has no use for.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class FluxcordBot(commands.AutoShardedBot):
    """A Discord client with the least that the features need.

    Attributes:
        components: serves buttons, selects and modals.
        take_shards: where other processes have shards too, makes some of all this one's.
        identify_turn: where they have, waits until one of a bucket of shards may identify.
        refusal_observers: called with why a request was not begun.

    Args:
        message_content: whether to ask for the one privileged intent, which the application must
            have been given; without it Discord shows what messages say only to whom they ping.
        proxies: that Discord's API and gateway are reached through.
        shard_count: of all processes; None for what Discord recommends.
        shard_ids: that this process connects; none for all of them.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        message_content: bool = False,
        proxies: Proxies = NO_PROXIES,
        shard_count: int | None = None,
        shard_ids: Sequence[int] = (),
    ) -> None:
        self.clock = clock
        self.components = ComponentRouter(on_error=answer_error)
        self.on_interaction = self.components.serve  # discord.py's name for its listener
        self.refusal_observers: list[Callable[[str], None]] = []
        self.take_shards: Callable[[int, Sequence[int]], Awaitable[None]] | None = None
        self.identify_turn: Callable[[int], Awaitable[None]] | None = None
        self._max_concurrency = 1
        self._proxies = proxies
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=message_content
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            http_trace=_trace(clock),
            shard_count=shard_count,
            shard_connect_timeout=None,  # `GatewaySocket` retries
        )
        self.shard_ids = [*shard_ids] or None
        parsers = self._connection.parsers
        parsers.update({event: guarded(event, parse) for event, parse in parsers.items()})

    @property
    def is_connected(self) -> bool:
        """Whether all shards are connected, and have received what the bot needs to work."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    @property
    def gateway_latency_s(self) -> float | None:
        """Seconds from the last heartbeat to its answer, None where there is none."""
        return self.latency if self.is_connected and math.isfinite(self.latency) else None

    async def login(self, token: str) -> None:
        """Log in, with connections of its own; part of discord.py's interface."""
        # A failed login closes its connector, so each one brings a new one.
        self.http.connector = connector_for(self._proxies, limit=DISCORD_CONNECTIONS)
        await super().login(token)

    async def close(self) -> None:
        """Receive nothing more, answer what was received, close; part of discord.py's interface."""
        closing = [shard.disconnect() for shard in self.shards.values()]
        await asyncio.gather(*closing, return_exceptions=True)
        answering = [task for task in asyncio.all_tasks() if task.get_name() in HANDLERS]
        if answering:
            await asyncio.wait(answering, timeout=ANSWER_S)
        await super().close()

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages alone: there are no prefix commands."""

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        """Tell the listeners, as long as there is a loop for them: discord.py lets go of its own.

        A timeout of the bot that is over is forgotten first.

        A command that is refused while the bot is closing would else end with an error about that.
        """
        for said in args:
            if isinstance(said, discord.Interaction | discord.Message):
                self.clock.take_id_time(said.created_at)
                me = said.guild and said.guild.get_member(self._connection.self_id or 0)
                # discord.py goes by the machine's clock.
                if me and me.timed_out_until and me.timed_out_until <= self.clock.now():
                    me.timed_out_until = None
        # Commands have gone to the tree, and a task that routes them would do nothing.
        is_of_tree = event == "interaction" and getattr(args[0], "type", None) in OF_TREE
        if not is_of_tree and not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect all shards, until the client is closed; part of discord.py's interface.

        Raises:
            SessionStartLimitError: it would take a session start that is better left unused.
        """
        # Before anything is opened; what discord.py starts later passes `before_identify_hook`.
        recommended = await self._check_session_starts()
        self.shard_count = self.shard_count or recommended
        if self.take_shards is not None:
            await self.take_shards(self.shard_count, self.shard_ids or range(self.shard_count))
        await super().connect(reconnect=reconnect)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Check before each new session after the first one; part of discord.py's interface.

        The websocket that discord.py opened for it ends with its heartbeats, after a minute.
        """
        if self.identify_turn is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.identify_turn((shard_id or 0) % self._max_concurrency)
        if not initial:
            await self._check_session_starts()

    async def _check_session_starts(self) -> int:
        """Return how many shards Discord recommends."""
        try:
            recommended, _, limit = await self.http.get_bot_gateway()
        except discord.GatewayNotFound as error:
            # What Discord answered says more: whether it is unavailable or refuses the token.
            raise error.__cause__ or error from None
        self._max_concurrency = limit["max_concurrency"]
        if limit["remaining"] > SPARE_SESSION_STARTS:
            return recommended
        few = SessionStartLimitError(limit["remaining"], limit["reset_after"] / 1000)
        logger.warning(
            "only %d session starts left, after which discord resets the token; connecting "
            "again in %.0f s, when they renew",
            few.left,
            few.wait_s,
        )
        raise few


class GatewaySocket(discord.gateway.DiscordWebSocket):
    """One shard's connection. Whatever ends it, discord.py connects that shard again.

    By itself, discord.py closes the whole client on what it cannot read, and retries a shard's
    first connection with a deeper stack each time.
    """

    @classmethod
    async def from_client(cls, client: discord.Client, **options: Any) -> Self:  # noqa: ANN401  # as discord.py's
        """Connect and identify, or resume; a shard's first connection until it is made."""
        connect = super().from_client

        async def connect_once() -> Self:
            with _unreadable_is_lost():
                return await connect(client, **options)

        async def launch() -> Self:
            try:
                return await connect_once()
            except (discord.ConnectionClosed, discord.gateway.ReconnectWebSocket) as error:
                raise ConnectionError from error

        is_first = (
            isinstance(client, discord.AutoShardedClient)
            and options["shard_id"] not in client.shards
        )
        return await (patiently(launch) if is_first else connect_once())

    async def received_message(self, msg: Any, /) -> None:  # noqa: ANN401  # whatever Discord sent
        """Parse a frame; part of discord.py's interface."""
        try:
            await super().received_message(msg)
        except Exception:  # noqa: BLE001  # sorted by the block within
            try:
                with _unreadable_is_lost():
                    raise
            except ConnectionError:
                await self.close(4000)  # else its thread goes on sending heartbeats
                raise


@contextlib.contextmanager
def _unreadable_is_lost() -> Iterator[None]:
    """Raise ConnectionError for what discord.py does not expect."""
    try:
        yield
    except (
        discord.DiscordException,
        discord.gateway.ReconnectWebSocket,
        discord.gateway.WebSocketClosure,
        aiohttp.ClientError,
        OSError,
    ):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, a new connection may be readable
        logger.warning("gateway connection lost: %s", where(error))
        raise ConnectionError from None  # discord.py logs it, and the cause may quote people


discord.shard.DiscordWebSocket = GatewaySocket  # type: ignore[misc]


def guarded(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Leave out an event that discord.py cannot read; by itself it would end the connection.

    What serves an event learns when it was received.
    """

    def parse_or_leave_out(data: Any) -> None:  # noqa: ANN401  # whatever Discord sent
        RECEIVED_AT.set(time.monotonic())
        try:
            if event in MESSAGES and data.get("author", {}).get("bot"):
                return
            parse(data)
        except Exception as error:  # noqa: BLE001  # the next event is readable
            logger.warning("cannot parse an event: %s %s", event, where(error))

    return parse_or_leave_out


def _trace(clock: Clock) -> aiohttp.TraceConfig:
    """Let every answer of Discord's API tell the clock what time it is there.

    A success that is not JSON is not Discord's, but of something in between: it fails the request
    like a lost connection, since discord.py would return its text as if it were the result.
    """

    async def began(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _started: aiohttp.TraceRequestStartParams,
    ) -> None:
        context.asked_at = time.monotonic()

    async def answered(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        ended: aiohttp.TraceRequestEndParams,
    ) -> None:
        if not str(ended.url).startswith(discord.http.Route.BASE):
            return  # files, which a cache may have answered long ago
        # Without a date that can be read the clock goes on as it is.
        with contextlib.suppress(KeyError, ValueError, OverflowError):
            date = parsedate_to_datetime(ended.response.headers["Date"]).replace(tzinfo=UTC)
            clock.take_date(date, asked_at=context.asked_at)
        response = ended.response
        if response.status == HTTPStatus.OK and response.content_type != "application/json":
            response.close()
            raise aiohttp.ClientPayloadError("an answer that is not Discord's")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(began)
    trace.on_request_end.append(answered)
    return trace
