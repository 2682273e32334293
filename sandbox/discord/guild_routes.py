"""Guilds: their channels, threads and emojis.

https://discord.com/developers/docs/resources/guild
"""

from aiohttp import web

from sandbox.discord.errors import JSON, UNKNOWN_EMOJI, NotBuiltError
from sandbox.discord.members import Members
from sandbox.discord.messages import MAX_FLAGS
from sandbox.discord.permissions import Permission
from sandbox.discord.places import channel_json, emoji_of
from sandbox.discord.records import ChannelType, Guild
from sandbox.discord.routing import Routes, number, served
from sandbox.discord.rules import Rule
from sandbox.discord.threads import MAX_NAME


class GuildRoutes(Routes):
    """What a guild has, but for its roles and members, which member_routes.py has."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        guild = r"/guilds/{guild:\d+}"
        return [
            served("GET", "/users/@me/guilds", self.mine),
            served("DELETE", r"/users/@me/guilds/{guild:\d+}", self.leave),
            served("GET", guild, self.get),
            served("GET", guild + "/channels", self.channels),
            served("POST", guild + "/channels", self.add_channel, 201),
            served("GET", guild + "/threads/active", self.active_threads),
            served("GET", guild + "/emojis", self.emojis),
            served("GET", guild + r"/emojis/{emoji:\d+}", self.emoji),
            served("GET", guild + "/preview", self.preview),
        ]

    async def mine(self, _request: web.Request) -> object:
        """GET /users/@me/guilds."""
        world = self._world
        return [
            {
                **dict.fromkeys(("icon", "banner")),
                "id": str(guild.id),
                "name": guild.name,
                "owner": guild.owner_id == world.bot.id,
                "permissions": str(world.authority.in_guild(world.bot, guild)),
                "features": [],
            }
            for guild in world.bot_guilds()
        ]

    async def leave(self, request: web.Request) -> None:
        """DELETE /users/@me/guilds/{id}."""
        Members(self._world).leave(self._guild(request))

    async def get(self, request: web.Request) -> object:
        """GET /guilds/{id}."""
        written = self._written(self._guild(request))
        for key in ("channels", "members", "threads", "presences", "voice_states"):
            del written[key]
        return written

    async def channels(self, request: web.Request) -> object:
        """GET /guilds/{id}/channels; threads are not among them."""
        guild = self._guild(request)
        return [channel_json(one) for one in self._world.channels_of(guild) if not one.is_thread]

    async def add_channel(self, request: web.Request) -> object:
        """POST /guilds/{id}/channels, of the kinds that there are here."""
        guild, field = self._guild(request), await self._sent(request)
        name = field["name"].text(Rule.THREAD_NAME, 1, MAX_NAME)
        kind = field["type"].integer(Rule.FIELD_TYPE, 0, MAX_FLAGS) or ChannelType.TEXT
        field.raise_problems()
        if kind not in (ChannelType.TEXT, ChannelType.FORUM):
            raise NotBuiltError(f"type {kind}")
        needed = Permission.MANAGE_CHANNELS
        self._authority.require_in_guild(Rule.CHANNEL_MANAGE, guild, needed)
        channel = self._world.add_channel(guild, name, ChannelType(kind))
        channel.nsfw = bool(field["nsfw"].value)
        return channel_json(channel)

    async def active_threads(self, request: web.Request) -> object:
        """GET /guilds/{id}/threads/active."""
        guild, bot = self._guild(request), self._world.bot
        threads = [
            one for one in self._world.channels_of(guild) if one.is_thread and not one.archived
        ]
        return self._requests.threads_json(threads, bot)

    async def emojis(self, request: web.Request) -> object:
        """GET /guilds/{id}/emojis."""
        guild = self._guild(request)
        return [emoji_of(guild, emoji_id) for emoji_id in guild.emojis]

    async def emoji(self, request: web.Request) -> object:
        """GET /guilds/{id}/emojis/{id}."""
        guild, emoji_id = self._guild(request), number(request, "emoji")
        known = emoji_id in guild.emojis
        self._rules.refuse(Rule.REACTION_EMOJI, not known, UNKNOWN_EMOJI)
        return emoji_of(guild, emoji_id)

    async def preview(self, request: web.Request) -> object:
        """GET /guilds/{id}/preview."""
        written = self._written(self._guild(request))
        kept = ("id", "name", "icon", "description", "home_header", "splash", "discovery_splash")
        return {key: written[key] for key in (*kept, "features", "emojis", "stickers")} | {
            "approximate_member_count": written["member_count"],
            "approximate_presence_count": written["member_count"],
        }

    def _written(self, guild: Guild) -> JSON:
        return self._world.places.guild(guild, [], self._world.members_of(guild))
