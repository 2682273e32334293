"""The roles of a guild, its members, and who is banned from it.

https://discord.com/developers/docs/resources/guild
"""

from datetime import datetime

from aiohttp import web

from sandbox.discord.errors import JSON, MISSING_ACCESS, UNKNOWN_BAN, UNKNOWN_ROLE
from sandbox.discord.fields import Field
from sandbox.discord.forms import read_json
from sandbox.discord.members import Members
from sandbox.discord.permissions import Permission
from sandbox.discord.places import role_json, user_json
from sandbox.discord.records import Guild, Role, User
from sandbox.discord.routing import Routes, number, served
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import Intent
from sandbox.discord.world import World

MAX_ROLE_NAME = 100
MAX_NICK = 32
MAX_COLOR = 0xFFFFFF
ROLE_NAME = "new role"


class RoleRoutes(Routes):
    """Roles, and who has them."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        roles = r"/guilds/{guild:\d+}/roles"
        held = r"/guilds/{guild:\d+}/members/{user:\d+}/roles/{role:\d+}"
        return [
            served("GET", roles, self.all),
            served("POST", roles, self.add),
            served("GET", roles + r"/{role:\d+}", self.get),
            served("PATCH", roles + r"/{role:\d+}", self.change),
            served("DELETE", roles + r"/{role:\d+}", self.delete),
            served("PUT", held, self.give),
            served("DELETE", held, self.take),
        ]

    async def all(self, request: web.Request) -> object:
        """GET /guilds/{id}/roles."""
        return [role_json(role) for role in self._guild(request).roles.values()]

    async def get(self, request: web.Request) -> object:
        """GET /guilds/{id}/roles/{id}."""
        return role_json(self._role(request))

    async def add(self, request: web.Request) -> object:
        """POST /guilds/{id}/roles."""
        guild, field = self._guild(request), await self._sent(request)
        self._require(guild)
        role = Role(self._world.ids.next(), ROLE_NAME, guild.everyone.permissions)
        self._describe(role, field)
        return role_json(self._world.add_role(guild, role))

    async def change(self, request: web.Request) -> object:
        """PATCH /guilds/{id}/roles/{id}."""
        role, field = self._role(request), await self._sent(request)
        self._require(self._guild(request), role)
        self._describe(role, field)
        self._world.news.tell("GUILD_ROLE_UPDATE", role)
        return role_json(role)

    async def delete(self, request: web.Request) -> None:
        """DELETE /guilds/{id}/roles/{id}."""
        role = self._role(request)
        self._require(self._guild(request), role)
        self._world.delete_role(role)

    async def give(self, request: web.Request) -> None:
        """PUT /guilds/{id}/members/{id}/roles/{id}."""
        guild, role = self._guild(request), self._role(request)
        self._require(guild, role)
        self._world.give_role(role, self._member(request, guild))

    async def take(self, request: web.Request) -> None:
        """DELETE /guilds/{id}/members/{id}/roles/{id}."""
        guild, role = self._guild(request), self._role(request)
        self._require(guild, role)
        Members(self._world).take_role(role, self._member(request, guild), guild)

    def _role(self, request: web.Request) -> Role:
        found = self._guild(request).roles.get(number(request, "role"))
        return self._rules.found(Rule.UNKNOWN_ROLE, found, UNKNOWN_ROLE)

    def _require(self, guild: Guild, *roles: Role) -> None:
        authority = self._authority
        authority.require_in_guild(Rule.MANAGE_ROLES, guild, Permission.MANAGE_ROLES)
        authority.require_above(guild, [role for role in roles if role is not guild.everyone])

    def _describe(self, role: Role, field: Field) -> None:
        name = field["name"].text(Rule.ROLE_NAME, 1, MAX_ROLE_NAME, required=False)
        color = field["color"].integer(Rule.FIELD_TYPE, 0, MAX_COLOR)
        permissions = field["permissions"].snowflake() if field["permissions"].present else None
        field.raise_problems()
        role.name = name or role.name
        role.color = role.color if color is None else color
        role.permissions = role.permissions if permissions is None else permissions
        for key in ("hoist", "mentionable"):
            if field[key].present:
                setattr(role, key, bool(field[key].value))


class MemberRoutes(Routes):
    """Members of a guild, and who is banned from it."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._members = Members(world)

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        guild = r"/guilds/{guild:\d+}"
        return [
            served("GET", guild + "/members", self.all),
            served("GET", guild + "/members/search", self.search),
            served("GET", guild + r"/members/{user:\d+}", self.get),
            served("PATCH", guild + "/members/@me", self.change_own),
            served("PATCH", guild + r"/members/{user:\d+}", self.change),
            served("DELETE", guild + r"/members/{user:\d+}", self.kick),
            served("GET", guild + "/bans", self.bans),
            served("GET", guild + r"/bans/{user:\d+}", self.ban_of),
            served("PUT", guild + r"/bans/{user:\d+}", self.ban),
            served("DELETE", guild + r"/bans/{user:\d+}", self.unban),
        ]

    async def all(self, request: web.Request) -> object:
        """GET /guilds/{id}/members, which takes the privileged intent."""
        guild = self._guild(request)
        denied = not self._world.granted_intents & Intent.GUILD_MEMBERS
        self._rules.refuse(Rule.MEMBERS_INTENT, denied, MISSING_ACCESS)
        after, limit = (self._queried(request, *one) for one in (("after", 0), ("limit", 1)))
        members = [user for user in self._world.members_of(guild) if user.id > after]
        return [self._world.places.member(user, guild) for user in members[:limit]]

    async def search(self, request: web.Request) -> object:
        """GET /guilds/{id}/members/search."""
        guild, limit = self._guild(request), self._queried(request, "limit", 1)
        found = self._members.named(guild, request.query.get("query") or "")
        return [self._world.places.member(user, guild) for user in found[:limit]]

    async def get(self, request: web.Request) -> object:
        """GET /guilds/{id}/members/{id}."""
        guild = self._guild(request)
        return self._world.places.member(self._member(request, guild), guild)

    async def change_own(self, request: web.Request) -> object:
        """PATCH /guilds/{id}/members/@me."""
        guild, field = self._guild(request), await self._sent(request)
        return self._changed(guild, self._world.bot, field)

    async def change(self, request: web.Request) -> object:
        """PATCH /guilds/{id}/members/{id}: nickname, roles and timeout."""
        guild, field = self._guild(request), await self._sent(request)
        user, require = self._member(request, guild), self._require
        if "nick" in field and user != self._world.bot:
            require(Rule.MANAGE_NICKNAMES, guild, Permission.MANAGE_NICKNAMES, user)
        if "communication_disabled_until" in field:
            require(Rule.MODERATE_MEMBERS, guild, Permission.MODERATE_MEMBERS, user)
            guild.timeouts[user.id] = _moment(field["communication_disabled_until"])
        if "roles" in field:
            require(Rule.MANAGE_ROLES, guild, Permission.MANAGE_ROLES, user)
            wanted = {listed.snowflake() for listed in field["roles"]}
            field.raise_problems()
            unknown = None if wanted - guild.roles.keys() else wanted
            guild.roles_of[user.id] = self._rules.found(Rule.UNKNOWN_ROLE, unknown, UNKNOWN_ROLE)
        return self._changed(guild, user, field)

    async def kick(self, request: web.Request) -> None:
        """DELETE /guilds/{id}/members/{id}."""
        guild = self._guild(request)
        user = self._member(request, guild)
        self._require(Rule.KICK_MEMBERS, guild, Permission.KICK_MEMBERS, user)
        self._members.remove(user, guild)

    async def bans(self, request: web.Request) -> object:
        """GET /guilds/{id}/bans."""
        guild = self._banning(request)
        return [self._ban_json(guild, user_id) for user_id in guild.bans]

    async def ban_of(self, request: web.Request) -> object:
        """GET /guilds/{id}/bans/{id}."""
        guild = self._banning(request)
        return self._ban_json(guild, self._banned(request, guild))

    async def ban(self, request: web.Request) -> None:
        """PUT /guilds/{id}/bans/{id}."""
        guild = self._banning(request)
        await read_json(request, self._rules)
        user = self._user(request)
        self._require(Rule.BAN_MEMBERS, guild, Permission.BAN_MEMBERS, user)
        self._members.ban(user, guild, request.headers.get("X-Audit-Log-Reason"))

    async def unban(self, request: web.Request) -> None:
        """DELETE /guilds/{id}/bans/{id}."""
        guild = self._banning(request)
        self._members.unban(self._world.users[self._banned(request, guild)], guild)

    def _banning(self, request: web.Request) -> Guild:
        guild = self._guild(request)
        self._authority.require_in_guild(Rule.BAN_MEMBERS, guild, Permission.BAN_MEMBERS)
        return guild

    def _banned(self, request: web.Request, guild: Guild) -> int:
        user_id = number(request, "user")
        banned = user_id if user_id in guild.bans else None
        return self._rules.found(Rule.UNKNOWN_BAN, banned, UNKNOWN_BAN)

    def _ban_json(self, guild: Guild, user_id: int) -> JSON:
        user = user_json(self._world.users[user_id])
        return {"user": user, "reason": guild.bans.get(user_id)}

    def _changed(self, guild: Guild, user: User, field: Field) -> JSON:
        nick = field["nick"].text(Rule.NICK_LENGTH, 0, MAX_NICK, required=False)
        field.raise_problems()
        if "nick" in field:
            guild.nicks.pop(user.id, None)
            if nick:
                guild.nicks[user.id] = nick
        return self._members.changed(user, guild)

    def _require(self, rule: Rule, guild: Guild, permission: Permission, user: User) -> None:
        self._authority.require_in_guild(rule, guild, permission)
        held = [guild.roles[role_id] for role_id in guild.roles_of.get(user.id, ())]
        self._authority.require_above(guild, held)


def _moment(field: Field) -> float:
    if not field.present:
        return 0.0
    try:
        return datetime.fromisoformat(str(field.value)).timestamp()
    except ValueError:
        field.fail(Rule.FIELD_TYPE, "DATE_TIME_TYPE_PARSE", f"Could not parse {field.value}.")
        field.raise_problems()
        return 0.0
