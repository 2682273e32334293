"""Who is a member of a guild, and what becomes of members.

https://discord.com/developers/docs/resources/guild#guild-member-object
"""

from sandbox.discord.errors import JSON
from sandbox.discord.places import user_json
from sandbox.discord.records import Guild, Membership, Notice, Role, User
from sandbox.discord.world import World


class Members:
    """Changes who is a member, and tells it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def named(self, guild: Guild, start: str) -> list[User]:
        """Return the members whose name or nickname begins so."""
        return [
            user
            for user in self._world.members_of(guild)
            if any(
                name.lower().startswith(start.lower())
                for name in (user.name, guild.nicks.get(user.id) or "")
            )
        ]

    def add(self, user: User, guild: Guild) -> None:
        """Let somebody join, who was no member."""
        guild.absent.discard(user.id)
        written = self._world.places.member(user, guild)
        self._world.news.tell("GUILD_MEMBER_ADD", Notice(written, guild))

    def remove(self, user: User, guild: Guild) -> None:
        """Let somebody leave, by choice or not; roles and nickname are lost."""
        guild.absent.add(user.id)
        guild.roles_of.pop(user.id, None)
        guild.nicks.pop(user.id, None)
        self._world.news.tell("GUILD_MEMBER_REMOVE", Notice({"user": user_json(user)}, guild))

    def ban(self, user: User, guild: Guild, reason: str | None) -> None:
        """Remove a member, who cannot come back before the ban is lifted."""
        guild.bans[user.id] = reason
        self._world.news.tell("GUILD_BAN_ADD", Notice({"user": user_json(user)}, guild))
        if user.id not in guild.absent:
            self.remove(user, guild)

    def unban(self, user: User, guild: Guild) -> None:
        """Lift a ban."""
        guild.bans.pop(user.id, None)
        self._world.news.tell("GUILD_BAN_REMOVE", Notice({"user": user_json(user)}, guild))

    def take_role(self, role: Role, user: User, guild: Guild) -> None:
        """Take a role from a member."""
        guild.roles_of.get(user.id, set()).discard(role.id)
        self.changed(user, guild)

    def changed(self, user: User, guild: Guild) -> JSON:
        """Tell that a member has changed, and return the member as it is now."""
        self._world.news.tell("GUILD_MEMBER_UPDATE", Membership(user, guild))
        return self._world.places.member(user, guild)

    def leave(self, guild: Guild) -> None:
        """Take the bot out of a guild."""
        self._world.news.tell("GUILD_DELETE", Notice({"id": str(guild.id)}, guild))
        guild.bot_is_member = False

    def chunk(self, guild: Guild, asked: JSON) -> JSON:
        """Write the members that a client of the gateway asked for; at most 1,000 are in a chunk.

        https://discord.com/developers/docs/events/gateway-events#guild-members-chunk
        """
        if asked.get("user_ids") is not None:
            listed = asked["user_ids"]
            wanted = [str(one) for one in (listed if isinstance(listed, list) else [listed])]
            found = [one for one in self._world.members_of(guild) if str(one.id) in wanted]
        else:
            wanted = []
            found = self.named(guild, str(asked.get("query") or ""))
        limit = asked.get("limit") or len(found)
        known = {str(user.id) for user in found}
        chunk: JSON = {
            "guild_id": str(guild.id),
            "members": [self._world.places.member(user, guild) for user in found[:limit]],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [one for one in wanted if one not in known],
        }
        return chunk | ({"nonce": asked["nonce"]} if asked.get("nonce") else {})
