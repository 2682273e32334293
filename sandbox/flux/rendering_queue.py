"""From an order to encoded pictures: the slow part, run beside the event loop."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import aiohttp

from sandbox.flux.books import Fetch
from sandbox.flux.errors import Failure
from sandbox.flux.fetching import fetch_source
from sandbox.flux.oddities import API_ERROR, FORBIDDEN
from sandbox.flux.renderer import (
    UnreadableSourceError,
    decoded,
    draw,
    edit,
    encoded,
    words_of,
)
from sandbox.flux.requests import ImageOrder
from sandbox.flux.sizes import pixels_of

DRAWING_THREADS = 2
SHELF_BYTES = 512_000_000

UNREADABLE = Failure("bad_request", "image_url cannot be read")

# A prompt with one of these words fails that way, after the usual time and free of charge.
FAILURE_BY_WORD = {
    "forbidden": FORBIDDEN,
    "unlucky": API_ERROR,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished file."""

    name: str
    content_type: str
    body: bytes


class Shelf:
    """The finished files; the oldest go when there are too many bytes, as they do at the API."""

    def __init__(self, limit_bytes: int = SHELF_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._pictures: OrderedDict[str, Picture] = OrderedDict()

    def put(self, picture: Picture) -> None:
        """Keep a file, and let go of the oldest where room is short."""
        self._pictures[picture.name] = picture
        self._held_bytes += len(picture.body)
        while self._held_bytes > self._limit_bytes:
            _, oldest = self._pictures.popitem(last=False)
            self._held_bytes -= len(oldest.body)

    def get(self, name: str) -> Picture | None:
        """Give a file, if it is still there."""
        return self._pictures.get(name)


class RenderingQueue:
    """Makes the pictures of one order at a time in a few threads."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        fetches: list[Fetch],
        *,
        seconds_per_picture: float,
        megapixels: float,
    ) -> None:
        self._session = session
        self._fetches = fetches
        self._seconds_per_picture = seconds_per_picture
        self._megapixels = megapixels
        self._threads = ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="flux-studio")

    async def make(self, order: ImageOrder) -> list[bytes] | Failure:
        """Make an order's encoded pictures, or tell why there are none."""
        await asyncio.sleep(self._seconds_per_picture * order.count)
        failure = failure_for(order.prompt)
        if failure is not None:
            return failure
        loop = asyncio.get_running_loop()
        if order.source_url is None:
            drawing = (
                loop.run_in_executor(self._threads, drawn, order, self._megapixels, index)
                for index in range(order.count)
            )
            return await asyncio.gather(*drawing)
        note, source = await fetch_source(self._session, order.source_url)
        self._fetches.append(note)
        if source is None:
            return UNREADABLE
        try:
            return [
                await loop.run_in_executor(self._threads, edited, order, self._megapixels, source)
            ]
        except UnreadableSourceError:
            return UNREADABLE

    async def close(self) -> None:
        """Let the pictures in hand be finished, and no others."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


def failure_for(prompt: str) -> Failure | None:
    """Tell how this prompt fails, if one of its words says so."""
    words = words_of(prompt)
    return next((failure for word, failure in FAILURE_BY_WORD.items() if word in words), None)


def drawn(order: ImageOrder, megapixels: float, index: int) -> bytes:
    """Draw and encode one picture; blocks for some 50 ms at one megapixel."""
    size = pixels_of(order.size, megapixels)
    return encoded(draw(order.prompt, order.model, size, index), order.gives)


def edited(order: ImageOrder, megapixels: float, source: bytes) -> bytes:
    """Decode, edit and encode; blocks, for longer the larger the source is."""
    size = pixels_of(order.size, megapixels)
    return encoded(edit(decoded(source), order.prompt, size), order.gives)


def named(task_id: str, order: ImageOrder, bodies: list[bytes]) -> list[Picture]:
    """Name a task's files: by its id, and numbered from 1 where there are several."""
    gives = order.gives
    names = [task_id] if len(bodies) == 1 else [f"{task_id}_{n}" for n in range(1, len(bodies) + 1)]
    return [
        Picture(f"{name}.{gives.value}", gives.content_type, body)
        for name, body in zip(names, bodies, strict=True)
    ]
