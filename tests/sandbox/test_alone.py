"""The local Discord as a command of its own: for any bot, with people over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from sandbox.discord import RecordedRequest, coverage
from sandbox.discord.__main__ import main
from tests.openapi import DESCRIPTION, check_said
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
BOT_ID = "1234567890123456789"
TOKEN = "a-token"


@dataclass(frozen=True)
class Alone:
    rest: str
    gateway: str
    people: str
    session: aiohttp.ClientSession

    async def ask(self, path: str, **said: object) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.people + path, json=said) as response:
            return response.status, await response.json()

    async def scene(self) -> dict[str, Any]:
        async with self.session.get(self.people) as response:
            scene: dict[str, Any] = await response.json()
            return scene


class Listener:
    """Notes every answer of the REST API and every event that a client session gets."""

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.events: list[tuple[str, dict[str, Any]]] = []

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        events = self.events

        class Socket(aiohttp.ClientWebSocketResponse):
            async def receive(
                self,
                timeout: float | None = None,  # noqa: ASYNC109 - aiohttp's own
            ) -> aiohttp.WSMessage:
                message = await super().receive(timeout)
                if message.type is aiohttp.WSMsgType.TEXT and (frame := message.json()).get("t"):
                    events.append((frame["t"], frame["d"]))
                return message

        async with aiohttp.ClientSession(
            middlewares=[self._note], ws_response_class=Socket
        ) as session:
            yield session

    async def _note(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        response = await handler(request)
        _, is_rest, path = request.url.path.partition("/api/v10")
        if is_rest:
            answer = await response.read()
            self.requests.append(
                RecordedRequest(
                    request.method, path, None, (), response.status, answer=answer or None
                )
            )
        return response


@asynccontextmanager
async def running(folder: Path, *more: str) -> AsyncIterator[Alone]:
    # A copy without anything of the bot beside it.
    shutil.copytree(ROOT / "sandbox", folder / "sandbox")
    options = ("--name", "Robo", "--id", BOT_ID, "--token", TOKEN, *more)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.discord", *options, cwd=folder, stdout=-1
    )
    assert process.stdout is not None
    listener = Listener()
    try:
        async with asyncio.timeout(PATIENCE_S), listener.session() as session:
            said = [(await process.stdout.readline()).decode().split() for _ in range(5)]
            assert said[3:] == [["Bot", "Robo", BOT_ID], ["Token", TOKEN]]
            yield Alone(said[0][1], said[1][1], said[2][1], session)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        check_said(listener.requests, listener.events)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def bot(alone: Alone) -> AsyncIterator[None]:
    """Answer every command with the text of its first option."""
    headers = {"Authorization": f"Bot {TOKEN}"}
    command = {
        "name": "say",
        "description": "Say it",
        "options": [{"type": 3, "name": "text", "description": "What", "required": True}],
    }
    commands = f"{alone.rest}/applications/{BOT_ID}/commands"
    async with alone.session.put(commands, json=[command], headers=headers) as response:
        assert response.status == 200

    async with alone.session.ws_connect(alone.gateway + "/?v=10") as connection:
        properties = {"os": "linux", "browser": "test", "device": "test"}
        identify = {"token": TOKEN, "intents": 1, "properties": properties}
        await connection.send_json({"op": 2, "d": identify})
        ready = asyncio.Event()
        answering = asyncio.create_task(answer(alone, connection, ready))
        await ready.wait()
        yield
        answering.cancel()


async def answer(
    alone: Alone, connection: aiohttp.ClientWebSocketResponse, ready: asyncio.Event
) -> None:
    async for frame in connection:
        event = json.loads(frame.data)
        if event["t"] == "READY":
            assert event["d"]["user"]["username"] == "Robo"
            ready.set()
        if event["t"] == "INTERACTION_CREATE":
            data = event["d"]
            content = {"content": data["data"]["options"][0]["value"]}
            callback = f"{alone.rest}/interactions/{data['id']}/{data['token']}/callback"
            async with alone.session.post(callback, json={"type": 4, "data": content}) as said:
                assert said.status == 204


async def test_a_person_uses_a_bot_over_http(tmp_path: Path) -> None:
    async with running(tmp_path) as alone, bot(alone):
        scene = await alone.scene()
        assert scene["bot"]["online"]
        where = {"person": scene["person"], "channel": scene["channels"][0]["id"]}
        status, used = await alone.ask("use", **where, command="say", options={"text": "hello"})
        assert (status, used["failed"]) == (200, None)
        async with alone.session.get(alone.people + "messages", params=where) as response:
            (message,) = (await response.json())["messages"]
        assert (message["content"], message["author"]["id"]) == ("hello", BOT_ID)

        status, refused = await alone.ask("use", **where, command="sing", options={})
        assert status == 409
        assert "sing" in refused["refused"]
        for path in ("use", "suggest"):  # without a command
            assert await alone.ask(path, **where) == (409, {"refused": "there is no command /"})


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Discord's description is not at hand")
async def test_what_it_says_is_checked(tmp_path: Path) -> None:
    listener = Listener()
    async with (
        running(tmp_path) as alone,
        listener.session() as session,
        bot(replace(alone, session=session)),
    ):
        pass
    assert {request.path for request in listener.requests} == {f"/applications/{BOT_ID}/commands"}
    name, ready = listener.events[0]
    assert name == "READY"
    check_said(listener.requests, listener.events)
    ready["user"].pop("locale")
    with pytest.raises(AssertionError, match="READY user"):
        check_said([], listener.events)
    [request] = listener.requests
    with pytest.raises(AssertionError, match="answer to PUT"):
        check_said([replace(request, answer=b'[{"name": 5}]')], [])


async def test_a_cut_bot_is_offline(tmp_path: Path) -> None:
    async with running(tmp_path) as alone, bot(alone):
        assert await alone.ask("gateway/cut") == (200, {})
        assert not (await alone.scene())["bot"]["online"]
        assert await alone.ask("limits/on") == (200, {})


async def test_privileged_intents_are_granted_by_options(tmp_path: Path) -> None:
    members, presences, content = 1 << 1, 1 << 8, 1 << 15
    async with running(tmp_path, "--members", "--presences") as alone:
        for intents, code in ((members | presences, None), (content, 4014)):
            async with alone.session.ws_connect(alone.gateway + "/?v=10") as connection:
                await connection.receive_json()
                identify = {"token": TOKEN, "intents": intents, "properties": {}}
                await connection.send_json({"op": 2, "d": identify})
                await connection.receive()
                assert connection.close_code == code


async def test_web_pages_are_not_answered(tmp_path: Path) -> None:
    async with running(tmp_path) as alone:
        for headers in ({"Origin": "http://example.com"}, {"Host": "example.com"}):
            async with alone.session.get(alone.people, headers=headers) as response:
                assert response.status == 403


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
async def test_the_example_in_javascript(tmp_path: Path) -> None:
    async with running(tmp_path) as alone, bot(alone):
        example = tmp_path / "sandbox/examples/person.mjs"
        process = await asyncio.create_subprocess_exec(
            "node", example, alone.people, "say", "text=hello", stdout=-1, stderr=-1
        )
        said, complaint = await process.communicate()
        assert (said.decode(), complaint.decode()) == ("Robo: hello\n", "")


def test_a_taken_port_and_a_wrong_id_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "cannot be used" in capfd.readouterr().out
    for option in ("--port", "--people-port"):
        assert main([option, "70000"]) == 1
        assert "port must be 0-65535. Choose" in capfd.readouterr().out
    with pytest.raises(SystemExit):
        main(["--id", "robo"])
    assert "63 bits" in capfd.readouterr().err


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Discord's description is not at hand")
def test_the_readme_has_the_table_of_today() -> None:
    readme = coverage.README.read_text(encoding="utf-8")
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    assert coverage.with_table(readme, coverage.coverage(description)) == readme


def test_the_table_says_what_it_needs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert coverage.main([os.fspath(tmp_path / "openapi.json")]) == 1
    assert "discord-api-spec" in capfd.readouterr().err
