"""Trouble on purpose: what goes wrong on the way to Discord and back, and how often.

A fault is for requests whose method and path fit; paths are seen without the API's prefix, and
with ":token" where a token stands. REST, CDN and the gateway's opening alike go through here.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web

from sandbox.discord.api import Handler, cloudflare_ban, without_version
from sandbox.discord.api_versions import without_token
from sandbox.discord.clock import Clock
from sandbox.discord.errors import ApiError, error_response
from sandbox.discord.event_bus import EventBus
from sandbox.discord.limits import LIMITED, VIA, RateLimitedError

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"


class Trouble(Enum):
    """What can go wrong."""

    STATUS = "status"
    DROP = "drop"
    DELAY = "delay"
    HANG = "hang"
    RATE_LIMIT = "rate limit"
    CLOUDFLARE = "cloudflare"


@dataclass(frozen=True)
class Aim:
    """Which requests a fault is for, how many of them, and whether after they took effect."""

    path: str = ""
    method: str = ""
    times: int = 1
    after: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Tell whether a request is meant; the path is searched for a regular expression."""
        return self.method in ("", method) and re.search(self.path, path) is not None


@dataclass(eq=False)
class Fault:
    """One fault that waits for its requests; `left` is how many it is still for."""

    trouble: Trouble
    aim: Aim
    status: int = 0
    code: int | None = None
    seconds: float = 0.0
    left: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def release(self) -> None:
        """Let those that hang go on."""
        self.released.set()


@dataclass(frozen=True)
class Injected:
    """One thing that was made to go wrong; `at` is the world's time in seconds since 1970."""

    trouble: Trouble
    method: str
    path: str
    after: bool
    at: float


# Asked about every request that no fault waits for; the path is as faults see it.
Whim = Callable[[web.Request, str], Fault | None]


class Faults:
    """The faults of one world, and the log of those that struck."""

    def __init__(self, clock: Clock, news: EventBus) -> None:
        self.log: list[Injected] = []
        self.whim: Whim | None = None
        self._waiting: list[Fault] = []
        self._clock = clock
        self._news = news
        self._closed = False

    def status(self, status: int, aim: Aim | None = None, *, code: int | None = None) -> Fault:
        """Answer a status; with `after` the request takes effect all the same.

        Without a `code` the answer is the HTML of a proxy, with one it is Discord's own JSON.
        """
        return self._add(Fault(Trouble.STATUS, aim or Aim(), status=status, code=code))

    def drop(self, aim: Aim | None = None) -> Fault:
        """Drop the connection; with `after` the request takes effect all the same."""
        return self._add(Fault(Trouble.DROP, aim or Aim()))

    def delay(self, seconds: float, aim: Aim | None = None) -> Fault:
        """Wait that many real seconds before the effect, or before the answer."""
        return self._add(Fault(Trouble.DELAY, aim or Aim(), seconds=seconds))

    def hang(self, aim: Aim | None = None) -> Fault:
        """Wait until the fault is released, and then go on as usual."""
        return self._add(Fault(Trouble.HANG, aim or Aim()))

    def rate_limit(self, retry_after: float, aim: Aim | None = None) -> Fault:
        """Answer 429 as Discord does, with `Via`."""
        return self._add(Fault(Trouble.RATE_LIMIT, aim or Aim(), seconds=retry_after))

    def cloudflare(self, aim: Aim | None = None) -> Fault:
        """Answer 429 as Cloudflare does (1015): HTML, and no `Via`."""
        return self._add(Fault(Trouble.CLOUDFLARE, aim or Aim()))

    def clear(self) -> None:
        """Forget the faults that have not struck, and release what hangs."""
        for fault in self._waiting:
            fault.release()
        self._waiting.clear()

    def close(self) -> None:
        """Drop everything that still hangs."""
        self._closed = True
        self.clear()

    def note(self, trouble: Trouble, path: str) -> None:
        """Log trouble that was made elsewhere, as in the gateway."""
        injected = Injected(trouble, "", path, after=False, at=self._clock.now())
        self.log.append(injected)
        self._news.tell("FAULT", injected)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request meet the first fault that is for it."""
        path = without_token(without_version(request.path))
        fault = self._take(request.method, path)
        if fault is None and self.whim is not None:
            fault = self.whim(request, path)
        if fault is None:
            return await handler(request)
        self._note(fault, request.method, path)
        if fault.aim.after:
            answer = await handler(request)
            return await self._strike(fault, request) or answer
        return await self._strike(fault, request) or await handler(request)

    def _add(self, fault: Fault) -> Fault:
        fault.left = fault.aim.times
        self._waiting.append(fault)
        return fault

    def _take(self, method: str, path: str) -> Fault | None:
        for fault in self._waiting:
            if fault.left and fault.aim.fits(method, path):
                fault.left -= 1
                return fault
        return None

    def _note(self, fault: Fault, method: str, path: str) -> None:
        injected = Injected(fault.trouble, method, path, fault.aim.after, at=self._clock.now())
        self.log.append(injected)
        self._news.tell("FAULT", injected)

    async def _strike(self, fault: Fault, request: web.Request) -> web.Response | None:
        if fault.trouble is Trouble.DELAY:
            await asyncio.sleep(fault.seconds)
            return None
        if fault.trouble is Trouble.HANG:
            await fault.released.wait()
            return _dropped(request) if self._closed else None
        if fault.trouble is Trouble.DROP:
            return _dropped(request)
        # An answer that comes before the body has been read would look like a lost connection.
        await request.read()
        return _answer(fault)


def _answer(fault: Fault) -> web.Response:
    if fault.trouble is Trouble.CLOUDFLARE:
        return cloudflare_ban()
    if fault.trouble is Trouble.RATE_LIMIT:
        limited = RateLimitedError(LIMITED, fault.seconds, {"Via": VIA}, shared=False)
        answer = error_response(limited)
        answer.headers.update(limited.headers)
        return answer
    if fault.code is None:
        return web.Response(status=fault.status, text=BAD_GATEWAY, content_type="text/html")
    return error_response(ApiError(fault.status, fault.code, "A fault"))


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
