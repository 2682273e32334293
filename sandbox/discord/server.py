"""The local Discord: a world behind a real HTTP server and gateway on loopback."""

from collections.abc import Callable, Sequence
from typing import Self

from aiohttp import web

from sandbox.discord.api import API_PATH, Api, RecordedRequest
from sandbox.discord.api_versions import SERVED
from sandbox.discord.channel_webhooks import WebhookRoutes
from sandbox.discord.clock import Clock
from sandbox.discord.command_routes import CommandRoutes
from sandbox.discord.errors import JSON
from sandbox.discord.faults import Faults
from sandbox.discord.gateway import Gateway
from sandbox.discord.guild_routes import GuildRoutes
from sandbox.discord.ids import made_token, owner_of
from sandbox.discord.interaction_result import PATIENCE_S
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import Limits
from sandbox.discord.member_routes import MemberRoutes, RoleRoutes
from sandbox.discord.message_routes import PinRoutes, ReactionRoutes
from sandbox.discord.routes import AccountRoutes, ChannelRoutes, ThreadRoutes
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.scenery import Scenery
from sandbox.discord.thread_routes import ThreadMemberRoutes
from sandbox.discord.webhooks import CdnRoutes, InteractionRoutes
from sandbox.discord.world import World

ROUTES = (
    *(ChannelRoutes, CommandRoutes, GuildRoutes, MemberRoutes, PinRoutes, ReactionRoutes),
    *(RoleRoutes, ThreadMemberRoutes, WebhookRoutes, ThreadRoutes, InteractionRoutes),
)
HOST = "127.0.0.1"
UNLIMITED = 1 << 30  # far above what Discord takes


class LocalDiscord(Scenery):
    """A small Discord with one guild, one channel, one bot and as many people as wanted."""

    def __init__(
        self,
        port: int = 0,
        *,
        bot_name: str = "Bot",
        bot_id: int | None = None,
        bot_token: str | None = None,
        intents: int = 0,
    ) -> None:
        """Make a world; it listens on loopback once it is started or entered.

        Without a port it takes any free one, without an id or a token the bot gets one of its
        own. `intents` are the privileged ones that the bot is granted.
        """
        world = World(bot_name, bot_id or owner_of(bot_token or ""), intents)
        self.bot_token = bot_token or made_token(world.bot.id)
        self.gateway = Gateway(world, self.bot_token)
        super().__init__(world, Interactions(world, self.gateway))
        self.faults = Faults(world.clock, world.news)
        self._api = Api(world, self.bot_token)
        self._runner: web.AppRunner | None = None
        self._port = port

    async def start(self) -> Self:
        """Listen; OSError where the port is taken."""
        if self._runner is None:
            runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, HOST, self._port).start()
            self._runner = runner
            self._port = runner.addresses[0][1]
            self.world.cdn.base = self.base_url
            self.gateway.url = self.gateway_url
        return self

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Cut every connection and stop."""
        self.faults.close()
        self.gateway.cut(resumable=False)
        self.world.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # Addresses

    @property
    def base_url(self) -> str:
        """Where the server listens."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_base(self) -> str:
        """The REST API's address, for discord.http.Route.BASE."""
        return self.base_url + API_PATH

    @property
    def gateway_url(self) -> str:
        """The gateway's address, for discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY."""
        return f"ws://{HOST}:{self._port}/gateway"

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

    @property
    def rules(self) -> Rulebook:
        """The rules that this world keeps; each can be switched off."""
        return self.world.rules

    @property
    def limits(self) -> Limits:
        """The rate limits, all off until they are switched on."""
        return self.world.limits

    def cut_gateway(self, *, resumable: bool = True) -> None:
        """Cut the bot's websockets; without `resumable` its sessions are forgotten."""
        self.gateway.cut(resumable=resumable)

    def _has_commands(self) -> bool:
        return bool(self.world.commands or self.world.guild_commands)

    # Waiting

    async def wait_until(self, condition: Callable[[], bool], within: float = PATIENCE_S) -> None:
        """Wait until something holds; it is asked anew whenever something happened."""
        await self.world.news.first(lambda _: condition() or None, within)

    async def connected(self, within: float = PATIENCE_S) -> None:
        """Wait until the bot has a session and has registered commands."""
        await self.wait_until(lambda: self.gateway.online() and self._has_commands(), within)

    def application(self) -> web.Application:
        """Build the HTTP application with all of its routes."""
        # How large a request may be is a rule like others.
        middlewares = [self.faults.middleware, self._api.middleware]
        app = web.Application(middlewares=middlewares, client_max_size=UNLIMITED)
        app.on_response_prepare.append(self._api.date)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.add_routes(CdnRoutes(self.world.cdn).routes())
        api = [AccountRoutes(self.world, self.gateway), *(routes(self.world) for routes in ROUTES)]
        # One route for all versions: building takes as long as ten requests.
        root = f"/api/v{{version:{'|'.join(SERVED)}}}"
        app.add_routes(
            web.RouteDef(route.method, root + route.path, route.handler, route.kwargs)
            for part in api
            for route in part.routes()
        )
        app.router.add_route("*", "/api{rest:.*}", self._api.other_version)
        return app
