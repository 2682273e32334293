"""Health over real HTTP: alive, ready or not, and figures."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from storage.errors import StorageError
from tests.patience import PATIENCE_S
from web.health import Health

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = "127.0.0.1"
DEADLINE_S = 0.1
"""For a check that hangs; others have time."""


class Parts:
    """What is checked: each part works, hangs or fails."""

    def __init__(self) -> None:
        self.connected = True
        self.asked = 0
        self.hanging: asyncio.Event | None = None
        self.error: Exception | None = None

    async def gateway(self) -> bool:
        return self.connected

    async def database(self) -> bool:
        self.asked += 1
        if self.hanging is not None:
            await self.hanging.wait()
        if self.error is not None:
            raise self.error
        return True


@asynccontextmanager
async def serving(
    parts: Parts, *, deadline_s: float = PATIENCE_S
) -> AsyncIterator[aiohttp.ClientSession]:
    async def figures() -> bytes:
        return b"fluxcord_jobs_open 1\n"

    health = Health(
        version="1.2.3",
        checks={"gateway": parts.gateway, "database": parts.database},
        metrics=figures,
        deadline_s=deadline_s,
    )
    port = unused_port()
    await health.listen(HOST, port)
    try:
        async with aiohttp.ClientSession(f"http://{HOST}:{port}") as session:
            yield session
    finally:
        await health.close()


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
async def session(parts: Parts) -> AsyncIterator[aiohttp.ClientSession]:
    async with serving(parts) as session:
        yield session


async def ask(session: aiohttp.ClientSession, path: str) -> tuple[int, dict[str, Any]]:
    async with session.get(path) as response:
        return response.status, await response.json()


async def test_it_lives_whatever_does_not_work(
    parts: Parts, session: aiohttp.ClientSession
) -> None:
    parts.connected = False
    parts.error = StorageError("no")

    assert await ask(session, "/healthz") == (200, {"service": "fluxcord", "version": "1.2.3"})
    assert parts.asked == 0


async def test_it_is_ready_when_every_part_works(session: aiohttp.ClientSession) -> None:
    ready = {"ready": True, "gateway": True, "database": True}

    assert await ask(session, "/readyz") == (200, ready)


async def test_it_names_the_part_that_does_not_work(
    parts: Parts, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    parts.connected = False
    unready = {"ready": False, "gateway": False, "database": True}
    assert await ask(session, "/readyz") == (503, unready)
    assert await ask(session, "/readyz") == (503, unready)
    assert caplog.messages.count("not ready: gateway") == 1

    parts.connected = True
    assert (await ask(session, "/readyz"))[0] == 200


async def test_an_error_is_a_part_that_does_not_work(
    parts: Parts, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    parts.error = StorageError("a path that is nobody's business")
    unready = {"ready": False, "gateway": True, "database": False}

    assert await ask(session, "/readyz") == (503, unready)
    assert "the check of database failed: StorageError" in caplog.messages
    assert "business" not in caplog.text


async def test_a_part_that_hangs_is_waited_for_once_and_not_for_long(parts: Parts) -> None:
    parts.hanging = asyncio.Event()
    async with serving(parts, deadline_s=DEADLINE_S) as session:
        asked = [ask(session, "/readyz") for _ in range(5)]
        async with asyncio.timeout(PATIENCE_S):
            answers = await asyncio.gather(*asked)
        assert {status for status, _ in answers} == {503}
        assert parts.asked == 1

        parts.hanging.set()
        assert (await ask(session, "/readyz"))[0] == 200


async def test_a_part_that_hangs_holds_up_no_stop(parts: Parts) -> None:
    parts.hanging = asyncio.Event()
    async with (
        asyncio.timeout(PATIENCE_S),
        serving(parts, deadline_s=DEADLINE_S) as session,
    ):
        assert (await ask(session, "/readyz"))[0] == 503


async def test_figures_are_told_as_prometheus_reads_them(session: aiohttp.ClientSession) -> None:
    async with session.get("/metrics") as response:
        assert response.content_type == "text/plain"
        assert response.charset == "utf-8"
        assert await response.text() == "fluxcord_jobs_open 1\n"


@pytest.mark.parametrize("path", ["/", "/healthz/", "/metrics/more", "/flux/callbacks/token"])
async def test_nothing_else_is_here(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_nothing_can_be_changed_from_here(session: aiohttp.ClientSession, path: str) -> None:
    async with session.post(path, data=b"anything") as response:
        assert response.status == 405


async def test_a_taken_port_is_told(parts: Parts) -> None:
    health = Health(version="1", checks={"gateway": parts.gateway}, metrics=_nothing)
    async with serving(parts) as session:
        port = session._base_url.port if session._base_url else None
        assert port
        with pytest.raises(OSError, match="in use"):
            await health.listen(HOST, port)


async def _nothing() -> bytes:
    return b""
