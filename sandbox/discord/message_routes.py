"""What is done with messages that stand already: reactions.

https://discord.com/developers/docs/resources/message
"""

from aiohttp import web

from sandbox.discord.channels import ChannelRequests
from sandbox.discord.places import user_json
from sandbox.discord.reactions import Reactions
from sandbox.discord.records import Message
from sandbox.discord.routes import answer, number
from sandbox.discord.world import World

DEFAULT_USERS = 25


class ReactionRoutes:
    """Reactions to messages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._requests = ChannelRequests(world)
        self._reactions = Reactions(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        reactions = r"/channels/{channel:\d+}/messages/{message:\d+}/reactions"
        return [
            web.delete(reactions, self.clear),
            web.get(reactions + "/{emoji}", self.users),
            web.delete(reactions + "/{emoji}", self.clear),
            web.put(reactions + "/{emoji}/@me", self.add),
            web.delete(reactions + "/{emoji}/@me", self.remove),
            web.delete(reactions + r"/{emoji}/{user:\d+}", self.remove),
        ]

    async def add(self, request: web.Request) -> web.Response:
        """PUT .../reactions/{emoji}/@me."""
        emoji = request.match_info["emoji"]
        self._reactions.add(self._message(request), emoji, self._world.bot)
        return web.Response(status=204)

    async def remove(self, request: web.Request) -> web.Response:
        """DELETE .../reactions/{emoji}/@me or {user}."""
        user_id = int(request.match_info.get("user", self._world.bot.id))
        self._reactions.remove(self._message(request), request.match_info["emoji"], user_id)
        return web.Response(status=204)

    async def clear(self, request: web.Request) -> web.Response:
        """DELETE .../reactions or .../reactions/{emoji}."""
        self._reactions.clear(self._message(request), request.match_info.get("emoji"))
        return web.Response(status=204)

    async def users(self, request: web.Request) -> web.Response:
        """GET .../reactions/{emoji}."""
        found = self._reactions.users(self._message(request), request.match_info["emoji"])
        after = int(request.query.get("after") or 0)
        later = [user for user in sorted(found, key=lambda user: user.id) if user.id > after]
        limit = int(request.query.get("limit") or DEFAULT_USERS)
        return answer([user_json(user) for user in later[:limit]])

    def _message(self, request: web.Request) -> Message:
        return self._requests.get(number(request, "channel"), number(request, "message"))
