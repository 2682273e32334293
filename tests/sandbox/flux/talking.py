"""The plain HTTP that a client of the local Flux API speaks, and pictures to send."""

import asyncio
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image, ImageDraw

from sandbox.flux import LocalFlux

GENERATE = {"action": "generate", "prompt": "a quiet lake", "model": "flux-dev", "size": "1:1"}
ASYNC = {**GENERATE, "async": True}
ASK_NOBODY = {"action": "retrieve_batch", "ids": []}
EDIT = {"action": "edit", "prompt": "at night", "model": "flux-kontext-pro", "size": "1:1"}


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Any:  # noqa: ANN401 - answers are judged as they came
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        error = self.data["error"]
        return self.status, error["code"], error["message"]


async def reply_of(answer: aiohttp.ClientResponse) -> Reply:
    return Reply(answer.status, answer.content_type, await answer.read(), answer.headers)


@dataclass(frozen=True)
class Caller:
    flux: LocalFlux
    session: aiohttp.ClientSession

    async def post(
        self, path: str, payload: object, *, token: str | None = None, accept: str = "*/*"
    ) -> Reply:
        """Post JSON, or bytes as they are; the token is the right one unless given."""
        headers = {"Authorization": f"Bearer {token or self.flux.token}", "Accept": accept}
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        async with self.session.post(self.flux.base + path, data=body, headers=headers) as answer:
            return await reply_of(answer)

    async def images(self, payload: object, *, accept: str = "*/*") -> Reply:
        return await self.post("/flux/images", payload, accept=accept)

    async def tasks(self, payload: object) -> Reply:
        return await self.post("/flux/tasks", payload)

    async def record(self, task_id: str) -> Any:  # noqa: ANN401 - see Reply.data
        return (await self.tasks({"action": "retrieve", "id": task_id})).data

    async def get(self, url: str) -> Reply:
        async with self.session.get(url, allow_redirects=False) as answer:
            return await reply_of(answer)

    async def made(self, **changes: object) -> Any:  # noqa: ANN401 - see Reply.data
        """Have a task done and give its record."""
        accepted = (await self.images({**ASYNC, **changes})).data
        await self.flux.settled()
        return await self.record(accepted["task_id"])


@dataclass
class Elsewhere:
    """A second server: gives out a picture, and takes callbacks."""

    base: str
    source: bytes
    status: int = 200
    called: list[Any] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def give(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.source, status=self.status, content_type="image/png")

    async def send_on(self, _request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{self.base}/done")

    async def give_late(self, _request: web.Request) -> web.Response:
        self.is_asked.set()
        await self.may_answer.wait()
        return web.Response(body=self.source, content_type="image/png")

    async def take_late(self, request: web.Request) -> web.Response:
        self.is_asked.set()
        await self.may_answer.wait()
        return await self.take(request)

    async def take(self, request: web.Request) -> web.Response:
        self.called.append(await request.json())
        return web.Response(status=self.status)


def photo(kind: str, size: tuple[int, int] = (300, 220)) -> Image.Image:
    """Paint something with the light and shade of a photo: a lamp-lit room or a street."""
    width, height = size
    image = Image.linear_gradient("L").resize(size).rotate(0 if kind == "street" else 90)
    image = Image.merge("RGB", (image.resize(size), image.point(lambda v: v * 3 // 4), image))
    pen = ImageDraw.Draw(image)
    if kind == "street":
        for number, grey in enumerate((220, 40, 170, 25, 240)):
            left = number * width // 5
            pen.rectangle((left, height // 5, left + width // 6, height), (grey, grey - 20, grey))
    else:
        pen.ellipse((width // 8, height // 8, width // 2, height // 2), (250, 240, 190))
        pen.rectangle((width // 2, height // 2, width - 30, height - 20), (70, 36, 20))
        pen.ellipse((width // 2, 10, width - 20, height // 3), (20, 60, 90))
    return image


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def luminance(image: Image.Image, side: int = 32) -> list[int]:
    grey = image.convert("L").resize((side, side), Image.Resampling.BOX)
    return list(grey.tobytes())


def difference(one: Image.Image, other: Image.Image) -> float:
    """Give the mean distance of both pictures' channels, 0 to 255."""
    pairs = zip(
        one.convert("RGB").resize((64, 64)).tobytes(),
        other.convert("RGB").resize((64, 64)).tobytes(),
        strict=True,
    )
    return sum(abs(a - b) for a, b in pairs) / (64 * 64 * 3)
