"""The REST API of the bot's own token: one handler for each path that the bot calls.

https://discord.com/developers/docs/reference#http-api
"""

import json
import math
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.channels import ChannelRequests
from sandbox.discord.errors import UNKNOWN_MEMBER, UNKNOWN_USER
from sandbox.discord.fields import Field
from sandbox.discord.forms import read_form, read_json
from sandbox.discord.gateway import Gateway
from sandbox.discord.places import channel_json, own_user_json, user_json
from sandbox.discord.records import Notice
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule
from sandbox.discord.threads import ThreadRequests
from sandbox.discord.world import World


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


class AccountRoutes:
    """The bot's own account, its application and its commands."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway
        self._channels = ChannelRequests(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        return [
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway_bot),
            web.get("/users/@me", self.me),
            served("PATCH", "/users/@me", self.change_me),
            served("GET", r"/users/{user:\d+}", self.user),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get(r"/guilds/{guild:\d+}", self.guild),
            web.get(r"/guilds/{guild:\d+}/members/{user:\d+}", self.member),
        ]

    async def gateway(self, _request: web.Request) -> web.Response:
        """GET /gateway."""
        return answer({"url": self._gateway.url})

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        """GET /gateway/bot."""
        starts = self._world.limits.room(Rule.RATE_IDENTIFY_DAY)
        # https://discord.com/developers/docs/events/gateway#session-start-limit-object
        limit = {
            "total": starts.most,
            "remaining": starts.left,
            "reset_after": math.ceil(starts.reset_after * 1000),
            "max_concurrency": 1,
        }
        return answer({"url": self._gateway.url, "shards": 1, "session_start_limit": limit})

    async def me(self, _request: web.Request) -> web.Response:
        """GET /users/@me."""
        return answer(own_user_json(self._world.bot))

    async def change_me(self, request: web.Request) -> object:
        """PATCH /users/@me: its name."""
        field = Field((await read_json(request, self._world.rules)).payload, self._world.rules)
        name = field["username"].text(Rule.FIELD_TYPE, 2, 32, required=False)
        field.raise_problems()
        self._world.bot.name = name or self._world.bot.name
        written = own_user_json(self._world.bot)
        self._world.news.tell("USER_UPDATE", Notice(written))
        return written

    async def user(self, request: web.Request) -> object:
        """GET /users/{id}."""
        user = self._world.users.get(number(request, "user"))
        return user_json(self._world.rules.found(Rule.UNKNOWN_USER, user, UNKNOWN_USER))

    async def application(self, _request: web.Request) -> web.Response:
        """GET /oauth2/applications/@me and /applications/@me."""
        bot, chosen = self._world.bot, self._world.application
        owner = next(user for user in self._world.users.values() if not user.bot)
        flags = self._world.application_flags
        return answer(
            {
                "id": str(bot.id),
                "name": bot.name,
                "icon": None,
                "description": "",
                "type": None,
                "redirect_uris": [],
                "role_connections_verification_url": None,
                "explicit_content_filter": 0,
                "eligible_oauth2_scopes": [],
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "bot": user_json(bot),
                "bot_public": chosen.bot_public,
                "bot_require_code_grant": chosen.bot_require_code_grant,
                "verify_key": "0" * 64,
                "owner": user_json(owner),
                "team": chosen.team,
                "flags": flags,
                "flags_new": str(flags),
                "interactions_endpoint_url": chosen.interactions_endpoint_url,
                "approximate_guild_count": len(list(self._world.bot_guilds())),
                "integration_types_config": chosen.integration_types,
            }
        )

    async def guild(self, request: web.Request) -> web.Response:
        """GET /guilds/{id}."""
        guild = self._world.guild(int(request.match_info["guild"]))
        written = self._world.places.guild(guild, [], self._world.members_of(guild))
        for key in ("channels", "members", "threads", "presences", "voice_states"):
            del written[key]
        return answer(written)

    async def member(self, request: web.Request) -> web.Response:
        """GET /guilds/{id}/members/{id}."""
        guild = self._world.guild(number(request, "guild"))
        user = self._world.users.get(number(request, "user"))
        user = None if user is None or user.id in guild.absent else user
        user = self._world.rules.found(Rule.UNKNOWN_MEMBER, user, UNKNOWN_MEMBER)
        return answer(self._world.places.member(user, guild))

    async def open_dm(self, request: web.Request) -> web.Response:
        """POST /users/@me/channels."""
        form = await read_json(request, self._world.rules)
        recipient = Field(form.payload, self._world.rules)["recipient_id"]
        return answer(channel_json(self._channels.open_dm(recipient)))


class ChannelRoutes:
    """Channels and their messages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._requests = ChannelRequests(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}"
        message = channel + r"/messages/{message:\d+}"
        return [
            web.get(channel, self.channel),
            web.post(channel + "/typing", self.typing),
            web.get(channel + "/messages", self.history),
            web.post(channel + "/messages", self.create),
            web.get(message, self.get),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
        ]

    async def channel(self, request: web.Request) -> web.Response:
        """GET /channels/{id}."""
        channel = self._requests.channel(number(request, "channel"))
        return answer(channel_json(channel))

    async def typing(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/typing."""
        self._requests.typing(number(request, "channel"))
        return web.Response(status=204)

    async def history(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages."""
        messages = self._requests.history(number(request, "channel"), dict(request.query))
        return answer([self._requests.written(message) for message in messages])

    async def create(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/messages."""
        form = await read_form(request, self._world.rules)
        return answer(
            self._requests.written(self._requests.create(number(request, "channel"), form))
        )

    async def get(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages/{id}."""
        ids = number(request, "channel"), number(request, "message")
        return answer(self._requests.written(self._requests.get(*ids)))

    async def edit(self, request: web.Request) -> web.Response:
        """PATCH /channels/{id}/messages/{id}."""
        ids = number(request, "channel"), number(request, "message")
        form = await read_form(request, self._world.rules)
        return answer(self._requests.written(self._requests.edit(*ids, form)))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /channels/{id}/messages/{id}."""
        self._requests.delete(number(request, "channel"), number(request, "message"))
        return web.Response(status=204)


class ThreadRoutes:
    """Threads, and the posts of forums."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._requests = ThreadRequests(world)
        self._channels = ChannelRequests(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}"
        return [
            web.post(channel + r"/messages/{message:\d+}/threads", self.from_message),
            web.post(channel + "/threads", self.start),
            web.patch(channel, self.change),
        ]

    async def from_message(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/messages/{id}/threads."""
        ids = number(request, "channel"), number(request, "message")
        form = await read_json(request, self._world.rules)
        return answer(channel_json(self._requests.from_message(*ids, form)), 201)

    async def start(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/threads."""
        form = await read_form(request, self._world.rules)
        thread, first = self._requests.start(number(request, "channel"), form)
        written = channel_json(thread)
        if first is not None:
            written["message"] = self._channels.written(first)
        return answer(written, 201)

    async def change(self, request: web.Request) -> web.Response:
        """PATCH /channels/{id}."""
        form = await read_json(request, self._world.rules)
        return answer(channel_json(self._requests.change(number(request, "channel"), form)))


def queried(request: web.Request, rules: Rulebook, key: str, default: int) -> int:
    """Return a number of a request's query, or refuse what is none."""
    if not request.query.get(key):
        return default
    field = Field(dict(request.query), rules)[key]
    value = field.snowflake()
    field.raise_problems()
    return value


def number(request: web.Request, key: str) -> int:
    """Return a number of a request's path."""
    return int(request.match_info[key])
