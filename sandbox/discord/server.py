"""The local Discord: a world behind a real HTTP server and gateway on loopback."""

import secrets
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.discord.api import API_PATH, Api, RecordedRequest
from sandbox.discord.clock import Clock
from sandbox.discord.errors import JSON
from sandbox.discord.forms import MAX_REQUEST_BYTES
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.permissions import DEFAULT_PERMISSIONS, Permission
from sandbox.discord.person import Person
from sandbox.discord.records import DEFAULT_FILE_LIMIT, Channel, Guild, Message
from sandbox.discord.routes import AccountRoutes, CdnRoutes, ChannelRoutes, InteractionRoutes
from sandbox.discord.seen import SeenMessage
from sandbox.discord.world import World


class LocalDiscord:
    """A small Discord with one guild, one channel, one bot and as many people as wanted."""

    def __init__(self, *, bot_token: str | None = None, message_content: bool = False) -> None:
        self.bot_token = bot_token or f"sandbox.{secrets.token_urlsafe(24)}"
        self.world = World(message_content=message_content)
        self.gateway = Gateway(self.world, self.bot_token)
        self.interactions = Interactions(self.world, self.gateway)
        self._api = Api(self.world.news, self.bot_token)
        self._people: dict[str, Person] = {}
        self._runner: web.AppRunner | None = None
        self._host = ""
        self._port = 0
        self.owner = self.world.add_user("Grace", permissions=Permission.ADMINISTRATOR)
        self.guild = self.world.add_guild("Sandbox", self.owner)
        self.channel = self.world.add_channel(self.guild, "pictures")

    @classmethod
    async def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        bot_token: str | None = None,
        message_content: bool = False,
    ) -> Self:
        """Start a world; port 0 takes any free one."""
        discord = cls(bot_token=bot_token, message_content=message_content)
        await discord._serve(host, port)
        return discord

    async def __aenter__(self) -> Self:
        if self._runner is None:
            await self._serve("127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Cut every connection and stop."""
        self.gateway.cut(resumable=False)
        self.world.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # Addresses

    @property
    def base_url(self) -> str:
        """Where the server listens."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_base(self) -> str:
        """The REST API's address, for discord.http.Route.BASE."""
        return self.base_url + API_PATH

    @property
    def gateway_url(self) -> str:
        """The gateway's address, for discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY."""
        return f"ws://{self._host}:{self._port}/gateway"

    # The world, seen from outside

    @property
    def clock(self) -> Clock:
        """The world's clock."""
        return self.world.clock

    @property
    def requests(self) -> Sequence[RecordedRequest]:
        """The bot's REST requests in the order in which they were answered."""
        return self._api.requests

    @property
    def commands(self) -> Sequence[JSON]:
        """The registered commands."""
        return self.world.commands

    def person(self, name: str = "Ada", *, permissions: int = 0, locale: str = "en-US") -> Person:
        """Return the person of that name, who comes into the world where needed.

        `permissions` are held beside those of every member; 'Grace' owns the guild and the bot.
        """
        if name not in self._people:
            user = self.world.user_named(name) or self.world.add_user(
                name, permissions=permissions, locale=locale
            )
            self._people[name] = Person(self.world, self.interactions, user, self.channel)
        return self._people[name]

    def add_guild(
        self, name: str, *, bot_is_member: bool = True, file_limit: int = DEFAULT_FILE_LIMIT
    ) -> Guild:
        """Add a guild; without `bot_is_member` its people have installed the app themselves."""
        guild = self.world.add_guild(name, self.owner, bot_is_member=bot_is_member)
        guild.file_limit = file_limit
        return guild

    def add_channel(
        self,
        name: str,
        guild: Guild | None = None,
        *,
        bot_permissions: int = DEFAULT_PERMISSIONS,
    ) -> Channel:
        """Add a text channel to a guild."""
        return self.world.add_channel(guild or self.guild, name, bot_permissions=bot_permissions)

    def set_bot_permissions(self, permissions: int, channel: Channel | None = None) -> None:
        """Change what the bot may do in a channel."""
        self.world.set_bot_permissions(channel or self.channel, permissions)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel."""
        self.world.delete_channel(channel)

    def delete_message(self, message: SeenMessage | Message) -> None:
        """Delete any message, as a moderator would."""
        if isinstance(message, SeenMessage):
            message = self.world.channels[message.channel_id].messages[message.id]
        self.world.remove(message)

    def cut_gateway(self, *, resumable: bool = True) -> None:
        """Cut the bot's websockets; without `resumable` its sessions are forgotten."""
        self.gateway.cut(resumable=resumable)

    # Waiting

    async def wait_until(self, condition: Callable[[], bool], within: float = 5.0) -> None:
        """Wait until something holds; it is asked anew whenever something happened."""
        await self.world.news.first(lambda _: condition() or None, within)

    async def connected(self, within: float = 10.0) -> None:
        """Wait until the bot has a session and has registered commands."""
        await self.wait_until(lambda: self.gateway.online() and bool(self.world.commands), within)

    async def _serve(self, host: str, port: int) -> None:
        # What limits a part of the site is the limit of the whole.
        app = web.Application(client_max_size=MAX_REQUEST_BYTES + 1)
        app.router.add_get("/gateway", self.gateway.handle)
        app.add_routes(CdnRoutes(self.world.cdn).routes())
        # aiohttp refuses what reaches its limit, Discord what exceeds it.
        api = web.Application(
            middlewares=[self._api.middleware], client_max_size=MAX_REQUEST_BYTES + 1
        )
        api.add_routes(AccountRoutes(self.world, self.gateway).routes())
        api.add_routes(ChannelRoutes(self.world).routes())
        api.add_routes(InteractionRoutes(self.world).routes())
        app.add_subapp(API_PATH, api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._host = host
        self._port = self._runner.addresses[0][1]
        self.world.cdn.base = self.base_url
        self.gateway.url = self.gateway_url
