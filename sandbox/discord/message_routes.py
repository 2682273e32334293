"""What is done with messages that stand already: reactions, pins, deleting many at once.

https://discord.com/developers/docs/resources/message
"""

from aiohttp import web

from sandbox.discord.clock import iso
from sandbox.discord.errors import TOO_OLD_TO_BULK_DELETE
from sandbox.discord.ids import made_at
from sandbox.discord.permissions import Permission
from sandbox.discord.places import user_json
from sandbox.discord.reactions import Reactions
from sandbox.discord.records import Message, Notice
from sandbox.discord.routing import Routes, number, served
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

DEFAULT_USERS = 25
# https://discord.com/developers/docs/resources/message#bulk-delete-messages
MAX_BULK = 100
BULK_AGE_S = 14 * 24 * 60 * 60


class ReactionRoutes(Routes):
    """Reactions to messages."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._reactions = Reactions(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        reactions = r"/channels/{channel:\d+}/messages/{message:\d+}/reactions"
        return [
            served("DELETE", reactions, self.clear),
            served("GET", reactions + "/{emoji}", self.users),
            served("DELETE", reactions + "/{emoji}", self.clear),
            served("PUT", reactions + "/{emoji}/@me", self.add),
            served("DELETE", reactions + "/{emoji}/@me", self.remove),
            served("DELETE", reactions + r"/{emoji}/{user:\d+}", self.remove),
        ]

    async def add(self, request: web.Request) -> None:
        """PUT .../reactions/{emoji}/@me."""
        emoji = request.match_info["emoji"]
        self._reactions.add(self._message(request), emoji, self._world.bot)

    async def remove(self, request: web.Request) -> None:
        """DELETE .../reactions/{emoji}/@me or {user}."""
        user_id = int(request.match_info.get("user", self._world.bot.id))
        self._reactions.remove(self._message(request), request.match_info["emoji"], user_id)

    async def clear(self, request: web.Request) -> None:
        """DELETE .../reactions or .../reactions/{emoji}."""
        self._reactions.clear(self._message(request), request.match_info.get("emoji"))

    async def users(self, request: web.Request) -> object:
        """GET .../reactions/{emoji}."""
        found = self._reactions.users(self._message(request), request.match_info["emoji"])
        after = self._queried(request, "after", 0)
        later = [user for user in sorted(found, key=lambda user: user.id) if user.id > after]
        limit = self._queried(request, "limit", DEFAULT_USERS)
        return [user_json(user) for user in later[:limit]]

    def _message(self, request: web.Request) -> Message:
        return self._requests.get(number(request, "channel"), number(request, "message"))


class PinRoutes(Routes):
    """Pins, and deleting many messages at once."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}"
        return [
            served("GET", channel + "/messages/pins", self.pins),
            served("GET", channel + "/pins", self.old_pins),
            *(
                served(method, channel + path + r"/{message:\d+}", handler)
                for path in ("/messages/pins", "/pins")
                for method, handler in (("PUT", self.pin), ("DELETE", self.unpin))
            ),
            served("POST", channel + "/messages/bulk-delete", self.bulk_delete),
        ]

    async def pins(self, request: web.Request) -> object:
        """GET /channels/{id}/messages/pins."""
        listed = [
            {"pinned_at": iso(message.pinned_at or 0), "message": self._requests.written(message)}
            for message in self._pinned(request)
        ]
        return {"items": listed, "has_more": False}

    async def old_pins(self, request: web.Request) -> object:
        """GET /channels/{id}/pins, which is deprecated."""
        return [self._requests.written(message) for message in self._pinned(request)]

    async def pin(self, request: web.Request) -> None:
        """PUT .../pins/{id}."""
        self._set_pinned(request, self._world.clock.now())

    async def unpin(self, request: web.Request) -> None:
        """DELETE .../pins/{id}."""
        self._set_pinned(request, None)

    async def bulk_delete(self, request: web.Request) -> None:
        """POST /channels/{id}/messages/bulk-delete; ids of no message are passed over."""
        channel = self._channel(request)
        field = await self._sent(request)
        listed = field["messages"].array(Rule.BULK_COUNT, 2, MAX_BULK)
        ids = [one.snowflake() for one in listed]
        field.raise_problems()
        self._authority.require(Rule.MANAGE_MESSAGES, channel, Permission.MANAGE_MESSAGES)
        oldest = self._world.clock.now() - BULK_AGE_S
        too_old = any(made_at(message_id) < oldest for message_id in ids)
        self._rules.refuse(Rule.BULK_AGE, too_old, TOO_OLD_TO_BULK_DELETE)
        gone = [channel.messages[one] for one in ids if one in channel.messages]
        for message in gone:
            self._world.forget(message)
        deleted = {"ids": [str(message.id) for message in gone]}
        self._world.news.tell("MESSAGE_DELETE_BULK", Notice(deleted, channel=channel))

    def _pinned(self, request: web.Request) -> list[Message]:
        channel = self._channel(request)
        pinned = [one for one in channel.messages.values() if one.pinned_at is not None]
        return sorted(pinned, key=lambda message: message.pinned_at or 0, reverse=True)

    def _set_pinned(self, request: web.Request, moment: float | None) -> None:
        channel = self._channel(request)
        message = self._world.message(channel, number(request, "message"))
        self._authority.require(Rule.PIN_MESSAGES, channel, Permission.PIN_MESSAGES)
        message.pinned_at = moment
        last = {"last_pin_timestamp": iso(moment) if moment else None}
        self._world.news.tell("CHANNEL_PINS_UPDATE", Notice(last, channel=channel))
        self._world.news.tell("MESSAGE_UPDATE", message)
