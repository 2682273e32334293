"""The REST API of the bot's own token: one handler for each path that the bot calls.

https://discord.com/developers/docs/reference#http-api
"""

import math

from aiohttp import web

from sandbox.discord.forms import read_form, read_json
from sandbox.discord.gateway import Gateway
from sandbox.discord.places import channel_json, own_user_json, user_json
from sandbox.discord.records import Notice
from sandbox.discord.routing import Routes, number, served
from sandbox.discord.rules import Rule
from sandbox.discord.threads import ThreadRequests
from sandbox.discord.world import World


class AccountRoutes(Routes):
    """The bot's own account, its application and its commands."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        super().__init__(world)
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        return [
            served("GET", "/gateway", self.gateway),
            served("GET", "/gateway/bot", self.gateway_bot),
            served("GET", "/users/@me", self.me),
            served("PATCH", "/users/@me", self.change_me),
            served("GET", r"/users/{user:\d+}", self.user),
            served("POST", "/users/@me/channels", self.open_dm),
            served("GET", "/oauth2/applications/@me", self.application),
            served("GET", "/applications/@me", self.application),
        ]

    async def gateway(self, _request: web.Request) -> object:
        """GET /gateway."""
        return {"url": self._gateway.url}

    async def gateway_bot(self, _request: web.Request) -> object:
        """GET /gateway/bot."""
        starts = self._world.limits.room(Rule.RATE_IDENTIFY_DAY)
        # https://discord.com/developers/docs/events/gateway#session-start-limit-object
        limit = {
            "total": starts.most,
            "remaining": starts.left,
            "reset_after": math.ceil(starts.reset_after * 1000),
            "max_concurrency": self._gateway.max_concurrency,
        }
        shards = self._gateway.shards
        return {"url": self._gateway.url, "shards": shards, "session_start_limit": limit}

    async def me(self, _request: web.Request) -> object:
        """GET /users/@me."""
        return own_user_json(self._world.bot)

    async def change_me(self, request: web.Request) -> object:
        """PATCH /users/@me: its name."""
        field = await self._sent(request)
        name = field["username"].text(Rule.FIELD_TYPE, 2, 32, required=False)
        field.raise_problems()
        self._world.bot.name = name or self._world.bot.name
        written = own_user_json(self._world.bot)
        self._world.news.tell("USER_UPDATE", Notice(written))
        return written

    async def user(self, request: web.Request) -> object:
        """GET /users/{id}."""
        return user_json(self._user(request))

    async def application(self, _request: web.Request) -> object:
        """GET /oauth2/applications/@me and /applications/@me."""
        bot, chosen = self._world.bot, self._world.application
        owner = next(user for user in self._world.users.values() if not user.bot)
        flags = self._world.application_flags
        return {
            **dict.fromkeys(("icon", "type", "role_connections_verification_url")),
            **dict.fromkeys(("redirect_uris", "eligible_oauth2_scopes"), ()),
            "id": str(bot.id),
            "name": bot.name,
            "description": "",
            "explicit_content_filter": 0,
            "approximate_user_install_count": len(self._world.installs),
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

    async def open_dm(self, request: web.Request) -> object:
        """POST /users/@me/channels."""
        return channel_json(self._requests.open_dm((await self._sent(request))["recipient_id"]))


class ChannelRoutes(Routes):
    """Channels and their messages."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}"
        message = channel + r"/messages/{message:\d+}"
        return [
            served("GET", channel, self.channel),
            served("POST", channel + "/typing", self.typing),
            served("GET", channel + "/messages", self.history),
            served("POST", channel + "/messages", self.create),
            served("GET", message, self.get),
            served("PATCH", message, self.edit),
            served("DELETE", message, self.delete),
        ]

    async def channel(self, request: web.Request) -> object:
        """GET /channels/{id}."""
        return channel_json(self._channel(request))

    async def typing(self, request: web.Request) -> None:
        """POST /channels/{id}/typing."""
        self._requests.typing(number(request, "channel"))

    async def history(self, request: web.Request) -> object:
        """GET /channels/{id}/messages."""
        messages = self._requests.history(number(request, "channel"), dict(request.query))
        return [self._requests.written(message) for message in messages]

    async def create(self, request: web.Request) -> object:
        """POST /channels/{id}/messages."""
        form = await read_form(request, self._rules)
        message = self._requests.create(number(request, "channel"), form)
        return self._requests.written(message)

    async def get(self, request: web.Request) -> object:
        """GET /channels/{id}/messages/{id}."""
        ids = number(request, "channel"), number(request, "message")
        return self._requests.written(self._requests.get(*ids))

    async def edit(self, request: web.Request) -> object:
        """PATCH /channels/{id}/messages/{id}."""
        ids = number(request, "channel"), number(request, "message")
        form = await read_form(request, self._rules)
        return self._requests.written(self._requests.edit(*ids, form))

    async def delete(self, request: web.Request) -> None:
        """DELETE /channels/{id}/messages/{id}."""
        self._requests.delete(number(request, "channel"), number(request, "message"))


class ThreadRoutes(Routes):
    """Threads, and the posts of forums."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._threads = ThreadRequests(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}"
        return [
            served("POST", channel + r"/messages/{message:\d+}/threads", self.from_message, 201),
            served("POST", channel + "/threads", self.start, 201),
            served("PATCH", channel, self.change),
        ]

    async def from_message(self, request: web.Request) -> object:
        """POST /channels/{id}/messages/{id}/threads."""
        ids = number(request, "channel"), number(request, "message")
        form = await read_json(request, self._rules)
        return channel_json(self._threads.from_message(*ids, form))

    async def start(self, request: web.Request) -> object:
        """POST /channels/{id}/threads."""
        form = await read_form(request, self._rules)
        thread, first = self._threads.start(number(request, "channel"), form)
        written = channel_json(thread)
        if first is not None:
            written["message"] = self._requests.written(first)
        return written

    async def change(self, request: web.Request) -> object:
        """PATCH /channels/{id}."""
        form = await read_json(request, self._rules)
        return channel_json(self._threads.change(number(request, "channel"), form))
