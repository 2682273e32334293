"""The members of threads, archived threads, and what channels and threads have in common.

https://discord.com/developers/docs/resources/channel
"""

from aiohttp import web

from sandbox.discord.errors import THREAD_IS_ARCHIVED, UNKNOWN_MEMBER
from sandbox.discord.permissions import Permission
from sandbox.discord.places import channel_json, thread_member_json
from sandbox.discord.records import Channel, ChannelType, Notice, Overwrite
from sandbox.discord.routing import Routes, number, served
from sandbox.discord.rules import Rule


class ThreadMemberRoutes(Routes):
    """Who is in a thread, and which threads are archived."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        channel = r"/channels/{channel:\d+}"
        members = channel + "/thread-members"
        return [
            served("GET", members, self.all),
            served("GET", members + r"/{user:\d+}", self.get),
            *(
                served(method, members + user, handler)
                for user in ("/@me", r"/{user:\d+}")
                for method, handler in (("PUT", self.add), ("DELETE", self.remove))
            ),
            *(
                served("GET", channel + path, self.archived)
                for path in (
                    "/threads/archived/{kind:public|private}",
                    "/users/@me/threads/archived/{kind:private}",
                )
            ),
            served("DELETE", channel, self.delete),
            served("PUT", channel + r"/permissions/{target:\d+}", self.allow),
            served("DELETE", channel + r"/permissions/{target:\d+}", self.allow),
        ]

    async def all(self, request: web.Request) -> object:
        """GET /channels/{id}/thread-members."""
        thread = self._channel(request)
        return [thread_member_json(thread, user_id) for user_id in thread.thread_members]

    async def get(self, request: web.Request) -> object:
        """GET /channels/{id}/thread-members/{id}."""
        thread, user_id = self._channel(request), number(request, "user")
        found = user_id if user_id in thread.thread_members else None
        self._rules.found(Rule.THREAD_MEMBER, found, UNKNOWN_MEMBER)
        return thread_member_json(thread, user_id)

    async def add(self, request: web.Request) -> None:
        """PUT /channels/{id}/thread-members/@me or {id}."""
        thread, user_id = self._channel(request), self._user(request).id
        self._rules.refuse(Rule.THREAD_ARCHIVED, thread.archived, THREAD_IS_ARCHIVED)
        if user_id not in thread.thread_members:
            thread.thread_members[user_id] = self._world.clock.now()
            self._tell(thread, {"added_members": [thread_member_json(thread, user_id)]})

    async def remove(self, request: web.Request) -> None:
        """DELETE /channels/{id}/thread-members/@me or {id}."""
        thread, user_id = self._channel(request), self._user(request).id
        self._rules.refuse(Rule.THREAD_ARCHIVED, thread.archived, THREAD_IS_ARCHIVED)
        if user_id != self._world.bot.id:
            needed = Permission.MANAGE_THREADS
            self._authority.require(Rule.THREAD_MANAGE, thread, needed)
        if thread.thread_members.pop(user_id, None) is not None:
            self._tell(thread, {"removed_member_ids": [str(user_id)]})

    async def archived(self, request: web.Request) -> object:
        """GET /channels/{id}/threads/archived/public or private."""
        channel = self._channel(request)
        needed = Permission.READ_MESSAGE_HISTORY
        self._authority.require(Rule.READ_HISTORY, channel, needed)
        private = request.match_info["kind"] == "private"
        kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
        threads = [
            one
            for one in self._world.channels.values()
            if one.parent is channel and one.archived and one.type is kind
        ]
        return self._requests.threads_json(threads[::-1], self._world.bot)

    async def delete(self, request: web.Request) -> object:
        """DELETE /channels/{id}; direct messages are only closed."""
        channel = self._channel(request)
        if channel.is_thread:
            needed = Permission.MANAGE_THREADS
            self._authority.require(Rule.THREAD_MANAGE, channel, needed)
        else:
            needed = Permission.MANAGE_CHANNELS
            self._authority.require(Rule.CHANNEL_MANAGE, channel, needed)
        written = channel_json(channel)
        if channel.guild is not None:
            self._world.delete_channel(channel)
        return written

    async def allow(self, request: web.Request) -> None:
        """PUT or DELETE /channels/{id}/permissions/{id}."""
        channel = self._channel(request)
        needed = Permission.MANAGE_ROLES
        self._authority.require(Rule.OVERWRITE_MANAGE, channel, needed)
        target = number(request, "target")
        if request.method == "DELETE":
            channel.overwrites.pop(target, None)
            self._world.news.tell("CHANNEL_UPDATE", channel)
            return
        field = await self._sent(request)
        allow, deny = (
            field[key].snowflake() if field[key].present else 0 for key in ("allow", "deny")
        )
        field.raise_problems()
        overwrite = Overwrite(allow, deny, for_member=field["type"].value == 1)
        self._world.set_overwrite(channel, target, overwrite)

    def _tell(self, thread: Channel, changed: dict[str, object]) -> None:
        written = {"id": str(thread.id), "member_count": len(thread.thread_members), **changed}
        guild = thread.guild
        self._world.news.tell("THREAD_MEMBERS_UPDATE", Notice(written, guild))
