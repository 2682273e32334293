"""The page's server: files, a websocket for each tab, and what is done there."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, cast

from aiohttp import web

from sandbox.discord import LOCALES, ClientRefusedError
from sandbox.page.acts import Acts, as_id
from sandbox.page.fault_controls import FaultControls
from sandbox.page.feed import Feed
from sandbox.page.guard import Guard, admitting
from sandbox.page.inspector import Inspector
from sandbox.page.personas import Personas
from sandbox.page.receiving import read_act
from sandbox.page.view import page_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.discord import LocalDiscord
    from sandbox.discord.errors import JSON
    from sandbox.flux import LocalFlux
    from sandbox.page.acts import Act
    from sandbox.process import BotProcess

STATIC: Final = Path(__file__).with_name("static")

MAX_BODY_BYTES: Final = 64 * 1024
"""Of what is said without files and not as an act."""

PATIENCE_S: Final = 60.0
"""For what a tab sends to come: on loopback, ten large files take a few seconds."""


@dataclass(frozen=True)
class Backstage:
    """What the page shows and what it may meddle with; `database` is the bot's file."""

    discord: LocalDiscord
    flux: LocalFlux
    bot: BotProcess
    database: Path


class Page:
    """The local Discord in a browser, on loopback."""

    def __init__(
        self, backstage: Backstage, port: int = 0, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Take a port, any free one where it is 0.

        Args:
            patience_s: seconds for all of a request to come.

        Raises:
            OSError: the port cannot be used.
        """
        discord = backstage.discord
        self._bot = backstage.bot
        self._discord = discord
        self._cast = Personas(discord)
        self._feed = Feed(discord, self._cast)
        self._faults = FaultControls(discord, backstage.flux)
        self._behind = Inspector(discord, backstage.flux, backstage.bot, backstage.database)
        # Bound by hand: the port stands in what the guard lets through.
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        guard = Guard(self.port, discord.base_url)
        app = web.Application(
            middlewares=[guard.middleware, _worded], client_max_size=MAX_BODY_BYTES
        )
        app.on_response_prepare.append(guard.on_prepare)
        app.add_routes(self._routes(Acts(discord, self._cast)))
        self._patience_s = patience_s
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=patience_s, shutdown_timeout=0.5
        )
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def tabs(self) -> int:
        """How many tabs are open."""
        return self._feed.tabs

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        server = cast("web.Server", self._runner.server)  # there is one after the setup
        self._server = await asyncio.get_running_loop().create_server(
            admitting(server), sock=self._listener
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        self._behind.close()
        if self._server is not None:
            self._server.close()
        await self._feed.close()
        await self._runner.cleanup()

    def _routes(self, acts: Acts) -> list[web.AbstractRouteDef]:
        done = {
            "use": acts.use,
            "suggest": acts.suggest,
            "menu": acts.menu,
            "click": acts.click,
            "choose": acts.choose,
            "submit": acts.submit,
            "send": acts.send,
            "post": acts.post,
            "delete": acts.delete,
        }
        return [
            web.get("/", _index),
            web.get("/api/feed", self._feed.handle),
            web.get("/api/messages", self._messages),
            web.get("/api/behind", self._look_behind),
            web.get("/api/request", self._look_at_request),
            web.post("/api/faults", self._choose_fault),
            web.post("/api/bot", self._meddle_with_bot),
            web.post("/api/locale", self._change_locale),
            *(web.post(f"/api/{name}", self._doing(act)) for name, act in done.items()),
            web.static("/", STATIC),
        ]

    def _doing(
        self, do: Callable[[Act], Awaitable[JSON]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            act = await read_act(request, self._cast, self._patience_s)
            return web.json_response(await do(act))

        return handle

    async def _messages(self, request: web.Request) -> web.Response:
        person = self._cast.person(_number(request, "person"))
        channel = self._cast.channel(person, _number(request, "channel"))
        after = _number(request, "after") if "after" in request.query else None
        before = _number(request, "before")
        return web.json_response(
            page_json(self._discord, person, channel, before=before, after=after)
        )

    async def _look_behind(self, request: web.Request) -> web.Response:
        seen = await self._behind.look(_number(request, "after"))
        return web.json_response(seen | {"faults": self._faults.as_json()})

    async def _look_at_request(self, request: web.Request) -> web.Response:
        return web.json_response(self._behind.request(_number(request, "number")))

    async def _choose_fault(self, request: web.Request) -> web.Response:
        said = await _said(request)
        service, name = str(said.get("service")), str(said.get("name"))
        self._faults.choose(service, name, once=said.get("once") is True)
        return web.json_response(self._faults.as_json())

    async def _meddle_with_bot(self, request: web.Request) -> web.Response:
        match (await _said(request)).get("do"):
            case "kill":
                await self._bot.kill()
            case "start":
                await self._bot.start()
            case "cut":
                self._discord.cut_gateway()
            case _:
                raise ClientRefusedError("there is no such switch")
        return web.json_response({})

    async def _change_locale(self, request: web.Request) -> web.Response:
        said = await _said(request)
        person = self._cast.person(as_id(said.get("person")))
        locale = str(said.get("locale"))
        if locale not in LOCALES:
            raise ClientRefusedError("Discord has no such language")
        person.locale = locale
        self._discord.world.news.tell("USER_UPDATE", person.user)
        return web.json_response({})


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html")


@web.middleware
async def _worded(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Say in a sentence what Discord's client would not do."""
    try:
        return await handler(request)
    except ClientRefusedError as error:
        text = str(error)
        sentence = f"{text[:1].upper()}{text[1:]}."
        return web.json_response({"refused": sentence}, status=409)


async def _said(request: web.Request) -> JSON:
    try:
        said = await request.json()
    except (ValueError, LookupError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}


def _number(request: web.Request, key: str) -> int:
    return as_id(request.query.get(key))
