"""The local Flux API: its life, and everything that can be set or read from outside."""

import secrets
import socket
from typing import Self

import aiohttp
from aiohttp import web

from sandbox.flux.api import Api
from sandbox.flux.api_versions import MANNERS, RULES, Era, era_named
from sandbox.flux.books import Books, Charge, Fetch, RecordedRequest
from sandbox.flux.conduct import Conduct, Injected, Mishap, Where, Whim
from sandbox.flux.errors import Refusal
from sandbox.flux.rendering_queue import RenderingQueue
from sandbox.flux.response_format import ResponseFormat
from sandbox.flux.worker import Worker


class LocalFlux:
    """A Flux Images API on loopback that paints little landscapes.

    Make one with `start`. Pictures cost nothing and are booked at this sandbox's own prices
    (`models`); a prompt with the word "forbidden" is refused by moderation, one with
    "unlucky" fails inside (`rendering_queue.FAILURE_BY_WORD`). Everything else that can go wrong
    is set by `account`, `manner` and `misbehave`.
    """

    def __init__(
        self,
        base: str,
        era: Era,
        session: aiohttp.ClientSession,
        studio: RenderingQueue,
        books: Books,
    ) -> None:
        self.base = base
        self.era = era
        self.token = f"local-flux-{secrets.token_hex(8)}"
        self._books = books
        self._session = session
        self._studio = studio
        self._conduct = Conduct(MANNERS[era])
        self._worker = Worker(
            session, studio, books, files_url=f"{base}/files/", conduct=self._conduct
        )
        api = Api(
            token=self.token,
            rules=RULES[era],
            worker=self._worker,
            books=books,
            conduct=self._conduct,
        )
        app = web.Application()
        app.add_routes(api.routes())
        # Held calls end with their tasks, so there is nothing to wait for at shutdown.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    @classmethod
    async def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        seconds_per_picture: float = 0.0,
        megapixels: float = 1.0,
        era: Era = "current",
    ) -> Self:
        """Listen on `host`, at a free port if `port` is 0.

        A task takes `seconds_per_picture` for each of its pictures, and their drawing.
        `megapixels` (above 0, at most 1) scales the pictures' area: 1.0 is what the API gives.
        `era` says which contract is held.
        """
        if not 0 < megapixels <= 1:
            raise ValueError("megapixels must be above 0 and at most 1")
        era = era_named(era)
        # Bound by hand: the address stands in every result, so it is needed first.
        listener = socket.create_server((host, port))
        base = f"http://{host}:{listener.getsockname()[1]}"
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        books = Books()
        studio = RenderingQueue(
            session, books.fetches, seconds_per_picture=seconds_per_picture, megapixels=megapixels
        )
        flux = cls(base, era, session, studio, books)
        await flux._runner.setup()
        await web.SockSite(flux._runner, listener).start()
        return flux

    @property
    def manner(self) -> ResponseFormat:
        """How results, records and streams are worded; the era decides at first."""
        return self._conduct.manner

    @manner.setter
    def manner(self, manner: ResponseFormat) -> None:
        self._conduct.manner = manner

    @property
    def account(self) -> Refusal | None:
        """What is wrong with the token's account (`accounts.ACCOUNTS`), None where nothing is."""
        return self._conduct.account

    @account.setter
    def account(self, account: Refusal | None) -> None:
        self._conduct.account = account

    @property
    def whim(self) -> Whim | None:
        """What is asked, at the very moment, about all that nothing is scripted for."""
        return self._conduct.whim

    @whim.setter
    def whim(self, whim: Whim | None) -> None:
        self._conduct.whim = whim

    def misbehave(self, where: Where, what: Mishap, times: int | None = 1) -> None:
        """Let something go wrong the next `times`, or until `behave` where that is None.

        Mishaps of one place take place in the order in which they were scripted, one for each
        request or task. Raises TypeError for one that means nothing there
        (`conduct.MEANINGFUL`).
        """
        self._conduct.misbehave(where, what, times)

    def behave(self) -> None:
        """Forget mishaps that have not taken place; what hangs goes on hanging."""
        self._conduct.behave()

    def release(self) -> None:
        """Let go on everything that hangs by now."""
        self._worker.release()

    async def reached(self, mishaps: int) -> None:
        """Wait until so many mishaps took place since the start."""
        await self._conduct.reached(mishaps)

    @property
    def injected(self) -> list[Injected]:
        """Every mishap that took place so far, oldest first."""
        return self._conduct.injected

    @property
    def untold(self) -> list[str]:
        """The tasks whose submit was not answered with what it should have been, or not yet.

        A charge of one of them is money that the caller may not know of.
        """
        return self._books.untold

    @property
    def charges(self) -> list[Charge]:
        """What was charged so far, oldest first."""
        return self._books.charges

    @property
    def fetches(self) -> list[Fetch]:
        """Every `image_url` that was asked for so far, oldest first."""
        return self._books.fetches

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every API request in the order of the answers; a held call stands where it ended."""
        return self._books.requests

    async def settled(self) -> None:
        """Wait until no task is running and every callback was taken or given up.

        What hangs until it is released is not waited for.
        """
        await self._worker.settled()

    async def close(self) -> None:
        """Drop what is running and let go of the port; does no harm twice."""
        self._conduct.gate.close_down()
        await self._worker.close()
        await self._runner.cleanup()
        # Once more, for a request that came in between.
        await self._worker.close()
        await self._session.close()
        await self._studio.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
