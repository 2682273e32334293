"""Plain HTTP requests to the world, as any client could send them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, FormData

from sandbox.discord import LocalDiscord


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int | None:
        return self.body.get("code") if isinstance(self.body, dict) else None

    @property
    def places(self) -> set[str]:
        """Every place that something is wrong with, as a dotted path."""
        return set(_places(self.body.get("errors") or {})) if self.code == 50035 else set()

    def complaints(self, *path: str | int) -> list[str]:
        place = self.body["errors"]
        for key in path:
            place = place[str(key)]
        return [complaint["code"] for complaint in place["_errors"]]


def _places(errors: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, below in errors.items():
        if key == "_errors":
            yield above
        else:
            yield from _places(below, f"{above}.{key}" if above else key)


class Raw:
    def __init__(self, world: LocalDiscord, session: ClientSession) -> None:
        self.world = world
        self._session = session

    async def call(
        self,
        method: str,
        path: str,
        payload: object = None,
        files: tuple[tuple[str, bytes], ...] = (),
        token: str | None = None,
    ) -> Answer:
        headers = {"Authorization": f"Bot {token or self.world.bot_token}"}
        body: Any = None
        if files:
            body = FormData()
            body.add_field("payload_json", json.dumps(payload))
            for number, (name, data) in enumerate(files):
                body.add_field(f"files[{number}]", BytesIO(data), filename=name)
        elif payload is not None:
            body = json.dumps(payload)
            headers["Content-Type"] = "application/json"
        url = self.world.api_base + path
        async with self._session.request(method, url, data=body, headers=headers) as response:
            text = await response.text()
            if text:
                assert response.headers["Content-Type"] == "application/json"
            return Answer(response.status, json.loads(text) if text else None, response.headers)

    async def send(self, payload: object, *files: tuple[str, bytes]) -> Answer:
        return await self.call("POST", self.messages, payload, files)

    async def get(self, url: str) -> tuple[int, bytes, str]:
        async with self._session.get(url) as response:
            return response.status, await response.read(), response.content_type

    @property
    def messages(self) -> str:
        return f"/channels/{self.world.channel.id}/messages"
