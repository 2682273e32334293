"""What the handlers of the REST API have in common: what a path names, and how it is answered."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.channels import ChannelRequests
from sandbox.discord.errors import UNKNOWN_MEMBER, UNKNOWN_USER
from sandbox.discord.fields import Field
from sandbox.discord.forms import read_json
from sandbox.discord.records import Channel, Guild, User
from sandbox.discord.rules import Rule
from sandbox.discord.world import World


class Routes:
    """The base of all handlers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules = world.rules
        self._authority = world.authority
        self._requests = ChannelRequests(world)

    def _guild(self, request: web.Request) -> Guild:
        return self._world.guild(number(request, "guild"))

    def _channel(self, request: web.Request) -> Channel:
        return self._requests.channel(number(request, "channel"))

    def _user(self, request: web.Request) -> User:
        user = self._world.users.get(int(request.match_info.get("user", self._world.bot.id)))
        return self._rules.found(Rule.UNKNOWN_USER, user, UNKNOWN_USER)

    def _member(self, request: web.Request, guild: Guild) -> User:
        user = self._world.users.get(number(request, "user"))
        member = None if user is None or user.id in guild.absent else user
        return self._rules.found(Rule.UNKNOWN_MEMBER, member, UNKNOWN_MEMBER)

    async def _sent(self, request: web.Request) -> Field:
        """Return the JSON object that a request came with."""
        return Field((await read_json(request, self._rules)).payload, self._rules)

    def _queried(self, request: web.Request, key: str, default: int) -> int:
        """Return a number of a request's query, or refuse what is none."""
        if not request.query.get(key):
            return default
        field = Field(dict(request.query), self._rules)[key]
        value = field.snowflake()
        field.raise_problems()
        return value


def answer(body: object, status: int = 200) -> web.Response:
    """Write a JSON answer; a charset in its type would keep discord.py from reading it."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, content_type="application/json"
    )


def served(
    method: str, path: str, handler: Callable[[web.Request], Awaitable[object]], status: int = 200
) -> web.RouteDef:
    """Return the route of a handler that returns what is to be written, or None for 204."""

    async def handle(request: web.Request) -> web.Response:
        body = await handler(request)
        return web.Response(status=204) if body is None else answer(body, status)

    return web.route(method, path, handle)


def number(request: web.Request, key: str) -> int:
    """Return a number of a request's path."""
    return int(request.match_info[key])
