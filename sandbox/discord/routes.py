"""The REST API: one handler for each path that the bot calls.

https://discord.com/developers/docs/reference#http-api
"""

import json

from aiohttp import web

from sandbox.discord.cdn import Cdn
from sandbox.discord.channels import ChannelRequests
from sandbox.discord.commands import overwrite
from sandbox.discord.errors import (
    JSON,
    UNKNOWN_APPLICATION,
    UNKNOWN_USER,
    ApiError,
)
from sandbox.discord.fields import Field
from sandbox.discord.forms import read_body, read_form
from sandbox.discord.gateway import Gateway
from sandbox.discord.places import channel_json, guild_json, user_json
from sandbox.discord.records import CallbackType, Interaction, MessageFlag
from sandbox.discord.rendering import is_thinking
from sandbox.discord.responses import Responses
from sandbox.discord.world import World

# https://discord.com/developers/docs/events/gateway#session-start-limit-object
IDENTIFIES_A_DAY = 1000


def answer(body: object, status: int = 200) -> web.Response:
    """Write a JSON answer; a charset in its type would keep discord.py from reading it."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, content_type="application/json"
    )


class AccountRoutes:
    """The bot's own account, its application and its commands."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        commands = r"/applications/{application:\d+}/commands"
        return [
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway_bot),
            web.get("/users/@me", self.me),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get(commands, self.commands),
            web.put(commands, self.overwrite_commands),
            web.get(r"/guilds/{guild:\d+}", self.guild),
        ]

    async def gateway(self, _request: web.Request) -> web.Response:
        """GET /gateway."""
        return answer({"url": self._gateway.url})

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        """GET /gateway/bot."""
        limit = {
            "total": IDENTIFIES_A_DAY,
            "remaining": IDENTIFIES_A_DAY,
            "reset_after": 0,
            "max_concurrency": 1,
        }
        return answer({"url": self._gateway.url, "shards": 1, "session_start_limit": limit})

    async def me(self, _request: web.Request) -> web.Response:
        """GET /users/@me."""
        return answer(user_json(self._world.bot))

    async def application(self, _request: web.Request) -> web.Response:
        """GET /oauth2/applications/@me and /applications/@me."""
        bot = self._world.bot
        owner = next(user for user in self._world.users.values() if not user.bot)
        return answer(
            {
                "id": str(bot.id),
                "name": bot.name,
                "icon": None,
                "description": "",
                "bot": user_json(bot),
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "0" * 64,
                "owner": user_json(owner),
                "team": None,
                "flags": 0,
                "approximate_guild_count": len(list(self._world.bot_guilds())),
                "integration_types_config": {"0": {}, "1": {}},
            }
        )

    async def commands(self, request: web.Request) -> web.Response:
        """GET /applications/{id}/commands."""
        self._check_application(request)
        return answer(self._world.commands)

    async def overwrite_commands(self, request: web.Request) -> web.Response:
        """PUT /applications/{id}/commands."""
        self._check_application(request)
        return answer(overwrite(self._world, await read_body(request)))

    async def guild(self, request: web.Request) -> web.Response:
        """GET /guilds/{id}."""
        guild = self._world.guild(int(request.match_info["guild"]))
        written = guild_json(guild, [], self._world.bot, len(self._world.users))
        for key in ("channels", "members", "threads", "presences", "voice_states"):
            del written[key]
        return answer(written)

    async def open_dm(self, request: web.Request) -> web.Response:
        """POST /users/@me/channels."""
        recipient = Field((await read_form(request)).payload)["recipient_id"]
        recipient.required()
        recipient.raise_problems()
        text = str(recipient.value)
        user = self._world.users.get(int(text)) if text.isdigit() else None
        if user is None or user.bot:
            raise ApiError(*UNKNOWN_USER)
        return answer(channel_json(self._world.dm_with(user), self._world.bot))

    def _check_application(self, request: web.Request) -> None:
        if int(request.match_info["application"]) != self._world.bot.id:
            raise ApiError(*UNKNOWN_APPLICATION)


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
        channel = self._requests.channel(_number(request, "channel"))
        return answer(channel_json(channel, self._world.bot))

    async def typing(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/typing."""
        self._requests.typing(_number(request, "channel"))
        return web.Response(status=204)

    async def history(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages."""
        messages = self._requests.history(_number(request, "channel"), dict(request.query))
        return answer([self._requests.written(message) for message in messages])

    async def create(self, request: web.Request) -> web.Response:
        """POST /channels/{id}/messages."""
        form = await read_form(request)
        return answer(
            self._requests.written(self._requests.create(_number(request, "channel"), form))
        )

    async def get(self, request: web.Request) -> web.Response:
        """GET /channels/{id}/messages/{id}."""
        ids = _number(request, "channel"), _number(request, "message")
        return answer(self._requests.written(self._requests.get(*ids)))

    async def edit(self, request: web.Request) -> web.Response:
        """PATCH /channels/{id}/messages/{id}."""
        ids = _number(request, "channel"), _number(request, "message")
        form = await read_form(request)
        return answer(self._requests.written(self._requests.edit(*ids, form)))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /channels/{id}/messages/{id}."""
        self._requests.delete(_number(request, "channel"), _number(request, "message"))
        return web.Response(status=204)


class InteractionRoutes:
    """Answers to interactions; their token is what allows them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._responses = Responses(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        webhook = r"/webhooks/{application:\d+}/{token}"
        message = webhook + r"/messages/{message:\d+|@original}"
        return [
            web.post(r"/interactions/{interaction:\d+}/{token}/callback", self.callback),
            web.post(webhook, self.follow_up),
            web.get(message, self.get),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        """POST /interactions/{id}/{token}/callback."""
        form = await read_form(request)
        token = request.match_info["token"]
        interaction = self._responses.answer(_number(request, "interaction"), token, form)
        if request.query.get("with_response", "").lower() not in ("1", "true"):
            return web.Response(status=204)
        return answer(self._callback_json(interaction))

    async def follow_up(self, request: web.Request) -> web.Response:
        """POST /webhooks/{application}/{token}."""
        form = await read_form(request)
        message = self._responses.follow_up(self._interaction(request), form)
        return answer(self._world.renderer.message(message))

    async def get(self, request: web.Request) -> web.Response:
        """GET /webhooks/{application}/{token}/messages/{id or @original}."""
        message = self._responses.find(self._interaction(request), request.match_info["message"])
        return answer(self._world.renderer.message(message))

    async def edit(self, request: web.Request) -> web.Response:
        """PATCH /webhooks/{application}/{token}/messages/{id or @original}."""
        form = await read_form(request)
        interaction = self._interaction(request)
        message = self._responses.find(interaction, request.match_info["message"])
        return answer(
            self._world.renderer.message(self._responses.edit(interaction, message, form))
        )

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /webhooks/{application}/{token}/messages/{id or @original}."""
        interaction = self._interaction(request)
        message = self._responses.find(interaction, request.match_info["message"])
        self._responses.delete(interaction, message)
        return web.Response(status=204)

    def _interaction(self, request: web.Request) -> Interaction:
        return self._responses.by_token(
            _number(request, "application"), request.match_info["token"]
        )

    def _callback_json(self, interaction: Interaction) -> JSON:
        # https://discord.com/developers/docs/interactions/receiving-and-responding
        # #interaction-callback-interaction-callback-response-object
        written: JSON = {"id": str(interaction.id), "type": int(interaction.type)}
        message = interaction.response
        kind = interaction.callback_type
        if message is not None:
            written |= {
                "response_message_id": str(message.id),
                "response_message_loading": is_thinking(message),
                "response_message_ephemeral": message.has(MessageFlag.EPHEMERAL),
            }
        body: JSON = {"interaction": written}
        if message is not None and kind in (CallbackType.MESSAGE, CallbackType.UPDATE):
            resource = self._world.renderer.message(message)
            body["resource"] = {"type": int(kind), "message": resource}
        return body


class CdnRoutes:
    """The files behind signed links."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        return [
            web.get(r"/attachments/{channel:\d+}/{file:\d+}/{name}", self.file),
            web.get(r"/ephemeral-attachments/{channel:\d+}/{file:\d+}/{name}", self.file),
        ]

    async def file(self, request: web.Request) -> web.Response:
        """GET a file."""
        file = self._cdn.opened(request.path, request.query)
        if file is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, content_type=file.content_type)


def _number(request: web.Request, key: str) -> int:
    return int(request.match_info[key])
