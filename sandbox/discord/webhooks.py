"""The paths whose own token or signature is what allows a request: answers and files.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from aiohttp import web

from sandbox.discord.cdn import Cdn
from sandbox.discord.channel_webhooks import ChannelWebhooks
from sandbox.discord.errors import JSON
from sandbox.discord.forms import read_form
from sandbox.discord.records import CallbackType, Interaction, Message, MessageFlag, Webhook
from sandbox.discord.rendering import is_thinking
from sandbox.discord.responses import Responses
from sandbox.discord.routing import Routes, answer, number
from sandbox.discord.world import World

# https://discord.com/developers/docs/reference#boolean-query-strings
TRUE = ("1", "true")


class InteractionRoutes(Routes):
    """Answers to interactions; their token is what allows them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._responses = Responses(world)
        self._webhooks = ChannelWebhooks(world)

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
        form = await read_form(request, self._rules)
        token = request.match_info["token"]
        interaction = self._responses.answer(number(request, "interaction"), token, form)
        if request.query.get("with_response", "").lower() not in TRUE:
            return web.Response(status=204)
        return answer(self._callback_json(interaction))

    async def follow_up(self, request: web.Request) -> web.Response:
        """POST /webhooks/{id}/{token}: of an interaction, or of a channel's webhook."""
        form = await read_form(request, self._rules)
        webhook = self._webhook(request)
        if webhook is None:
            message = self._responses.follow_up(self._interaction(request), form)
            return answer(self._world.renderer.message(message))
        thread = self._queried(request, "thread_id", 0)
        message = self._webhooks.execute(webhook, form, thread or None)
        if request.query.get("wait", "").lower() not in TRUE:
            return web.Response(status=204)
        return answer(self._world.renderer.message(message))

    async def get(self, request: web.Request) -> web.Response:
        """GET /webhooks/{id}/{token}/messages/{id or @original}."""
        return answer(self._world.renderer.message(self._found(request)))

    async def edit(self, request: web.Request) -> web.Response:
        """PATCH /webhooks/{id}/{token}/messages/{id or @original}."""
        form = await read_form(request, self._rules)
        message = self._found(request)
        if self._webhook(request) is None:
            edited = self._responses.edit(self._interaction(request), message, form)
        else:
            edited = self._webhooks.edit(message, form)
        return answer(self._world.renderer.message(edited))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /webhooks/{id}/{token}/messages/{id or @original}."""
        message = self._found(request)
        if self._webhook(request) is None:
            self._responses.delete(self._interaction(request), message)
        else:
            self._world.remove(message)
        return web.Response(status=204)

    def _found(self, request: web.Request) -> Message:
        webhook, wanted = self._webhook(request), request.match_info["message"]
        if webhook is not None:
            return self._webhooks.find(webhook, wanted)
        return self._responses.find(self._interaction(request), wanted)

    def _webhook(self, request: web.Request) -> Webhook | None:
        return self._webhooks.of(number(request, "application"), request.match_info["token"])

    def _interaction(self, request: web.Request) -> Interaction:
        return self._responses.by_token(number(request, "application"), request.match_info["token"])

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
            web.get(r"/avatars/{user:\d+}/{avatar:[0-9a-f]{32}}.png", self.file),
        ]

    async def file(self, request: web.Request) -> web.Response:
        """GET a file."""
        avatar = int(request.match_info.get("avatar", "0"), 16)
        file = self._cdn.by_id(avatar) or self._cdn.opened(request.path, request.query)
        if file is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, content_type=file.content_type)
