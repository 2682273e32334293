"""The application's commands, global ones and those of one guild.

https://discord.com/developers/docs/interactions/application-commands
"""

from aiohttp import web

from sandbox.discord.commands import overwrite, save
from sandbox.discord.errors import JSON, UNKNOWN_APPLICATION, UNKNOWN_COMMAND
from sandbox.discord.forms import read_body, read_json
from sandbox.discord.records import Guild
from sandbox.discord.routing import Routes, answer, number, served
from sandbox.discord.rules import Rule


class CommandRoutes(Routes):
    """One handler for both: a path without a guild is of global commands."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of these handlers."""
        application = r"/applications/{application:\d+}"
        return [
            route
            for where in ("", r"/guilds/{guild:\d+}")
            for commands in (f"{application}{where}/commands",)
            for one in (commands + r"/{command:\d+}",)
            for route in (
                served("GET", commands, self.all),
                served("PUT", commands, self.overwrite),
                web.post(commands, self.add),
                served("GET", one, self.get),
                served("PATCH", one, self.change),
                served("DELETE", one, self.delete),
            )
        ]

    async def all(self, request: web.Request) -> object:
        """GET .../commands."""
        return self._world.commands_of(self._place(request))

    async def overwrite(self, request: web.Request) -> object:
        """PUT .../commands."""
        guild = self._place(request)
        return overwrite(self._world, await read_body(request, self._rules), guild)

    async def add(self, request: web.Request) -> web.Response:
        """POST .../commands; one of that name is replaced."""
        guild = self._place(request)
        form = await read_json(request, self._rules)
        before = len(self._world.commands_of(guild))
        command = save(self._world, form.whole(), guild)
        return answer(command, 200 if len(self._world.commands_of(guild)) == before else 201)

    async def get(self, request: web.Request) -> object:
        """GET .../commands/{id}."""
        return self._command(request)

    async def change(self, request: web.Request) -> object:
        """PATCH .../commands/{id}."""
        known, form = self._command(request), await read_json(request, self._rules)
        return save(self._world, known | form.whole(), self._place(request), known)

    async def delete(self, request: web.Request) -> None:
        """DELETE .../commands/{id}."""
        known, guild = self._command(request), self._place(request)
        kept = [one for one in self._world.commands_of(guild) if one is not known]
        self._world.set_commands(kept, guild)

    def _place(self, request: web.Request) -> Guild | None:
        foreign = number(request, "application") != self._world.bot.id
        self._rules.refuse(Rule.COMMAND_APPLICATION, foreign, UNKNOWN_APPLICATION)
        return self._guild(request) if "guild" in request.match_info else None

    def _command(self, request: web.Request) -> JSON:
        listed = self._world.commands_of(self._place(request))
        wanted = request.match_info["command"]
        found = next((one for one in listed if one["id"] == wanted), None)
        return self._rules.found(Rule.UNKNOWN_COMMAND, found, UNKNOWN_COMMAND)
