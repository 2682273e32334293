"""The person's side of a local Discord over HTTP, for programs in any language.

README.md of this folder documents each request. It does what the sandbox's page does, and takes
requests of programs only: a browser names its page's origin, and is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from sandbox.discord import ClientRefusedError
from sandbox.page.acts import Acts, as_id
from sandbox.page.feed import Feed
from sandbox.page.personas import Personas
from sandbox.page.receiving import read_act
from sandbox.page.view import page_json, scene_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.discord import LocalDiscord
    from sandbox.discord.errors import JSON
    from sandbox.page.acts import Act

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HOST: Final = "127.0.0.1"

PATIENCE_S: Final = 60.0
"""For all of a request to come."""


class People:
    """Serves the people of a local Discord on a port of its own."""

    def __init__(self, discord: LocalDiscord, port: int = 0) -> None:
        self._discord = discord
        self._port = port
        self._cast = Personas(discord)
        self._feed = Feed(discord, self._cast)
        app = web.Application(middlewares=[self._guarded, _worded])
        app.add_routes(self._routes(Acts(discord, self._cast)))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    @property
    def url(self) -> str:
        """The address of the first request, `GET /`."""
        return f"http://{HOST}:{self._port}/"

    async def __aenter__(self) -> Self:
        """Listen; raises OSError where the port cannot be used."""
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._feed.close()
        await self._runner.cleanup()

    def _routes(self, acts: Acts) -> list[web.RouteDef]:
        done = (
            acts.use,
            acts.suggest,
            acts.menu,
            acts.click,
            acts.choose,
            acts.submit,
            acts.send,
            acts.post,
            acts.delete,
        )
        return [
            web.get("/", self._scene),
            web.get("/messages", self._messages),
            web.get("/feed", self._feed.handle),
            web.post("/gateway/cut", self._cut),
            web.post("/limits/on", self._limit),
            *(web.post(f"/{act.__name__}", self._doing(act)) for act in done),
        ]

    def _doing(self, do: Callable[[Act], Awaitable[JSON]]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            act = await read_act(request, self._cast, PATIENCE_S)
            return web.json_response(await do(act))

        return handle

    async def _scene(self, request: web.Request) -> web.Response:
        person = self._cast.played(_id(request, "person"))
        return web.json_response(scene_json(self._discord, self._cast, person))

    async def _messages(self, request: web.Request) -> web.Response:
        person = self._cast.person(_id(request, "person"))
        channel = self._cast.channel(person, _id(request, "channel"))
        after = _id(request, "after") if "after" in request.query else None
        before = _id(request, "before")
        return web.json_response(
            page_json(self._discord, person, channel, before=before, after=after)
        )

    async def _cut(self, request: web.Request) -> web.Response:
        self._discord.cut_gateway(resumable=request.query.get("resumable") != "false")
        return web.json_response({})

    async def _limit(self, _request: web.Request) -> web.Response:
        self._discord.limits.on()
        return web.json_response({})

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = {f"{name}:{self._port}" for name in (HOST, "localhost")}
        if request.host not in hosts or "Origin" in request.headers:
            raise web.HTTPForbidden(text="Only programs are answered here, no web pages.")
        return await handler(request)


@web.middleware
async def _worded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what Discord's client would not do with 409 and the reason."""
    try:
        return await handler(request)
    except ClientRefusedError as error:
        return web.json_response({"refused": str(error)}, status=409)


def _id(request: web.Request, key: str) -> int:
    return as_id(request.query.get(key))
