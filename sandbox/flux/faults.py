"""What can go wrong on the wire: each fault answers a request in its own bad way."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

FILLER = b" " * 65_536


class Gate:
    """What hangs waits here until it is let through."""

    def __init__(self) -> None:
        self._opening = asyncio.Event()
        self._is_closed = False

    async def wait(self) -> bool:
        """Wait for the next opening; False where it is one for good, and nothing goes on."""
        await self._opening.wait()
        return not self._is_closed

    def opening(self) -> asyncio.Event:
        """Give the event of the next opening."""
        return self._opening

    def open(self) -> None:
        """Let through whoever waits, and nobody who comes later."""
        if not self._is_closed:
            self._opening.set()
            self._opening = asyncio.Event()

    def close_down(self) -> None:
        """End all waiting for good."""
        self._is_closed = True
        self._opening.set()


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault can work with: the request, the answer it would have got, and the gate."""

    request: web.Request
    answer: Callable[[], Awaitable[web.StreamResponse]]
    gate: Gate


class WireFault(ABC):
    """Something that happens to an answer.

    `lets_through` says that the right answer reaches a caller who waits long enough.
    """

    __slots__ = ()
    lets_through: ClassVar[bool] = False

    @abstractmethod
    async def play(self, scene: Scene, /) -> web.StreamResponse:
        """Answer the request in this way."""


@dataclass(frozen=True)
class Delay(WireFault):
    """The right answer, but later."""

    seconds: float
    lets_through: ClassVar[bool] = True

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Wait, then answer."""
        await asyncio.sleep(self.seconds)
        return await scene.answer()


@dataclass(frozen=True)
class Hang(WireFault):
    """Nothing at all until what hangs is released, then the right answer."""

    lets_through: ClassVar[bool] = True

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Wait for the gate, then answer."""
        if await scene.gate.wait():
            return await scene.answer()
        return hung_up(scene.request)


@dataclass(frozen=True)
class Drop(WireFault):
    """The connection is closed without a byte."""

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Close the connection."""
        return hung_up(scene.request)


@dataclass(frozen=True)
class Say(WireFault):
    """Other words instead of the right ones."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    async def play(self, _scene: Scene, /) -> web.StreamResponse:
        """Answer with these."""
        return web.Response(
            status=self.status,
            body=self.body,
            content_type=self.content_type,
            headers=dict(self.headers),
        )


@dataclass(frozen=True)
class Relabel(WireFault):
    """The right answer under a wrong media type."""

    content_type: str
    lets_through: ClassVar[bool] = True

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Answer, and lie about what it is."""
        answer = await scene.answer()
        if not answer.prepared:
            answer.content_type = self.content_type
        return answer


@dataclass(frozen=True)
class Endless(WireFault):
    """A success whose body is blanks without end.

    It ends when the caller hangs up, or when what hangs is released.
    """

    content_type: str = "application/json"

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Write on and on."""
        answer = web.StreamResponse()
        answer.content_type = self.content_type
        opening = scene.gate.opening()
        await answer.prepare(scene.request)
        while not opening.is_set() and is_listening(scene.request):
            try:
                await answer.write(FILLER)
            except ConnectionError:
                break
            # A reader on the same loop needs its turn too.
            await asyncio.sleep(0)
        return answer


@dataclass(frozen=True)
class Cut(WireFault):
    """The first half of the right answer, whose length was told, then no connection.

    A stream breaks off without its end.
    """

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Answer by half."""
        whole = await scene.answer()
        if isinstance(whole, web.Response):
            await _begin_half(whole, scene.request)
        return hung_up(scene.request)


@dataclass(frozen=True)
class Stall(WireFault):
    """The first half of the right answer, and the other when what hangs is released.

    A stream stalls before its end.
    """

    lets_through: ClassVar[bool] = True

    async def play(self, scene: Scene) -> web.StreamResponse:
        """Stop halfway."""
        answer = await scene.answer()
        begun, rest = answer, b""
        if isinstance(answer, web.Response):
            begun, rest = await _begin_half(answer, scene.request)
        if not await scene.gate.wait():
            return hung_up(scene.request)
        if is_listening(scene.request):
            await begun.write(rest)
        return begun


def is_listening(request: web.Request) -> bool:
    """Tell whether the caller is still there."""
    return request.transport is not None and not request.transport.is_closing()


def hung_up(request: web.Request) -> web.Response:
    """Close the connection; what is given is not sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _begin_half(
    whole: web.Response, request: web.Request
) -> tuple[web.StreamResponse, bytes]:
    body = whole.body if isinstance(whole.body, bytes) else b""
    begun = web.StreamResponse(status=whole.status)
    begun.content_type = whole.content_type
    begun.content_length = len(body)
    await begun.prepare(request)
    half = len(body) // 2
    await begun.write(body[:half])
    return begun, body[half:]
