"""A gateway client of a few lines."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from sandbox.discord import LocalDiscord
from tests.patience import PATIENCE_S

INTENTS = 1 << 0 | 1 << 9 | 1 << 12
COMMANDS: list[dict[str, Any]] = [
    {"name": "imagine", "description": "Make a picture", "integration_types": [0, 1]},
    {
        "name": "edit",
        "description": "Edit image",
        "options": [
            {
                "type": 3,
                "name": "model",
                "description": "Which",
                "choices": [{"name": "Flux Pro", "value": "flux-pro"}],
            },
            {"type": 11, "name": "image", "description": "Which picture"},
            {"type": 3, "name": "style", "description": "Style", "autocomplete": True},
        ],
    },
    {
        "name": "admin",
        "description": "For admins",
        "default_member_permissions": "32",
        "contexts": [0],
    },
]


class Gateway:
    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.session_id = ""
        self.sequence = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, world: LocalDiscord) -> AsyncIterator[Self]:
        url = world.gateway_url + "/?v=10&encoding=json"
        async with ClientSession() as session, session.ws_connect(url) as socket:
            gateway = cls(socket)
            assert (await gateway.frame())["op"] == 10
            yield gateway

    @classmethod
    @asynccontextmanager
    async def identified(cls, world: LocalDiscord, intents: int = INTENTS) -> AsyncIterator[Self]:
        async with cls.opened(world) as gateway:
            await gateway.identify(world, intents=intents)
            gateway.session_id = (await gateway.event("READY"))["session_id"]
            yield gateway

    async def identify(self, world: LocalDiscord, **more: Any) -> None:  # noqa: ANN401 - any field
        await self.send(2, {"token": world.bot_token, "properties": {}, **more})

    async def send(self, op: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def frame(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=PATIENCE_S)
        assert message.type is WSMsgType.TEXT, message
        frame: dict[str, Any] = json.loads(message.data)
        self.sequence = frame.get("s") or self.sequence
        return frame

    async def event(self, name: str) -> dict[str, Any]:
        while True:
            frame = await self.frame()
            if frame["t"] == name:
                data: dict[str, Any] = frame["d"]
                return data

    async def close_code(self) -> object:
        message = await self.socket.receive(timeout=PATIENCE_S)
        assert message.type is WSMsgType.CLOSE, message
        return message.data  # `socket.close_code` is 1006 where its answer comes too late
