"""The webhooks that the bot makes in channels, and what is sent with them.

https://discord.com/developers/docs/resources/webhook
"""

import secrets
from dataclasses import replace

from aiohttp import web

from sandbox.discord import errors
from sandbox.discord.channels import ChannelRequests
from sandbox.discord.errors import JSON
from sandbox.discord.forms import Form
from sandbox.discord.permissions import Permission
from sandbox.discord.places import user_json
from sandbox.discord.records import Channel, Message, Notice, User, Webhook
from sandbox.discord.routing import Routes, number, served
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

# https://discord.com/developers/docs/resources/webhook#create-webhook
MAX_NAME = 80
MAX_WEBHOOKS = 15
INCOMING = 1


class ChannelWebhooks:
    """Finds webhooks, and sends, edits and deletes their messages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._channels = ChannelRequests(world)

    def of(self, webhook_id: int, token: str) -> Webhook | None:
        """Return a webhook by its id, None where there is none; its token has to be right."""
        webhook = self._world.webhooks.get(webhook_id)
        wrong = webhook is not None and webhook.token != token
        self._world.rules.refuse(Rule.WEBHOOK_TOKEN, wrong, errors.INVALID_WEBHOOK_TOKEN)
        return webhook

    def execute(self, webhook: Webhook, form: Form, thread_id: int | None) -> Message:
        """Send a message, into a thread of the webhook's channel where one is named."""
        channel = webhook.channel if thread_id is None else self._world.channel(thread_id)
        body = self._channels.compose(channel, form)
        name = form.payload.get("username") or webhook.name
        message = self._world.write(channel, User(webhook.id, str(name), bot=True), body)
        message.webhook = webhook
        return self._world.post(message)

    def find(self, webhook: Webhook, message_id: str) -> Message:
        """Return a message that was sent with a webhook."""
        found = next(
            (
                message
                for channel in self._world.channels.values()
                for message in channel.messages.values()
                if message.webhook is webhook and str(message.id) == message_id
            ),
            None,
        )
        return self._world.rules.found(Rule.UNKNOWN_MESSAGE, found, errors.UNKNOWN_MESSAGE)

    def edit(self, message: Message, form: Form) -> Message:
        """Edit a message that was sent with a webhook."""
        body = self._channels.compose(message.channel, form, replace(message.body))
        return self._world.amend(message, body)


class WebhookRoutes(Routes):
    """Making, changing and deleting webhooks."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._webhooks = ChannelWebhooks(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}/webhooks"
        return [
            served("GET", channel, self.of_channel),
            served("POST", channel, self.add),
            served("GET", r"/guilds/{guild:\d+}/webhooks", self.of_guild),
            *(
                served(method, r"/webhooks/{webhook:\d+}" + token, handler)
                for token in ("", "/{token}")
                for method, handler in (
                    ("GET", self.get),
                    ("PATCH", self.change),
                    ("DELETE", self.delete),
                )
            ),
        ]

    async def of_channel(self, request: web.Request) -> object:
        """GET /channels/{id}/webhooks."""
        channel = self._managed(request)
        return [self._written(one) for one in self._all() if one.channel is channel]

    async def of_guild(self, request: web.Request) -> object:
        """GET /guilds/{id}/webhooks."""
        guild = self._guild(request)
        needed = Permission.MANAGE_WEBHOOKS
        self._authority.require_in_guild(Rule.MANAGE_WEBHOOKS, guild, needed)
        return [self._written(one) for one in self._all() if one.channel.guild is guild]

    async def add(self, request: web.Request) -> object:
        """POST /channels/{id}/webhooks."""
        channel, name = self._managed(request), await self._name(request, required=True)
        there = sum(one.channel is channel for one in self._all())
        self._rules.refuse(Rule.WEBHOOK_COUNT, there >= MAX_WEBHOOKS, errors.TOO_MANY_WEBHOOKS)
        webhook = Webhook(self._world.ids.next(), secrets.token_urlsafe(50), name, channel)
        self._world.webhooks[webhook.id] = webhook
        self._tell(channel)
        return self._written(webhook)

    async def get(self, request: web.Request) -> object:
        """GET /webhooks/{id}, or /webhooks/{id}/{token}, which says nothing of who made it."""
        written = self._written(self._found(request))
        if "token" in request.match_info:
            del written["user"]
        return written

    async def change(self, request: web.Request) -> object:
        """PATCH /webhooks/{id} or /webhooks/{id}/{token}: its name."""
        webhook = self._found(request)
        webhook.name = await self._name(request, required=False) or webhook.name
        self._tell(webhook.channel)
        return self._written(webhook)

    async def delete(self, request: web.Request) -> None:
        """DELETE /webhooks/{id} or /webhooks/{id}/{token}."""
        webhook = self._found(request)
        del self._world.webhooks[webhook.id]
        self._tell(webhook.channel)

    def _all(self) -> list[Webhook]:
        return list(self._world.webhooks.values())

    def _managed(self, request: web.Request) -> Channel:
        channel = self._channel(request)
        needed = Permission.MANAGE_WEBHOOKS
        self._authority.require(Rule.MANAGE_WEBHOOKS, channel, needed)
        return channel

    def _found(self, request: web.Request) -> Webhook:
        token = request.match_info.get("token")
        webhook = self._world.webhooks.get(number(request, "webhook"))
        if token is not None:
            webhook = self._webhooks.of(number(request, "webhook"), token)
        found = self._rules.found(Rule.UNKNOWN_WEBHOOK, webhook, errors.UNKNOWN_WEBHOOK)
        if token is None:
            needed = Permission.MANAGE_WEBHOOKS
            self._authority.require(Rule.MANAGE_WEBHOOKS, found.channel, needed)
        return found

    async def _name(self, request: web.Request, *, required: bool) -> str:
        field = await self._sent(request)
        name = field["name"].text(Rule.WEBHOOK_NAME, 1, MAX_NAME, required=required)
        field.raise_problems()
        return name

    def _tell(self, channel: Channel) -> None:
        self._world.news.tell("WEBHOOKS_UPDATE", Notice({}, channel=channel))

    def _written(self, webhook: Webhook) -> JSON:
        guild, base = webhook.channel.guild, self._world.cdn.base
        return {
            "id": str(webhook.id),
            "type": INCOMING,
            "name": webhook.name,
            "avatar": None,
            "channel_id": str(webhook.channel.id),
            "guild_id": str(guild.id) if guild else None,
            "application_id": str(self._world.bot.id),
            "user": user_json(self._world.bot),
            "token": webhook.token,
            "url": f"{base}/api/webhooks/{webhook.id}/{webhook.token}",
        }
