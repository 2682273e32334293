"""Leases as a process knows them: nothing is sent for a job that another process may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jobs.leases import LeaseLostError, Leases, check_lease, check_leases, unleased

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LEASE_S = 30.0


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Scene:
    """A server that counts, and a client that sends to it under a lease."""

    def __init__(self) -> None:
        self.time = Time()
        self.leases = Leases(LEASE_S, clock=self.time)
        self.received: list[str] = []

    async def send(self, method: str, server: TestServer, *, after_s: float = 0) -> None:
        trace = aiohttp.TraceConfig()

        async def waits(*_: object) -> None:
            self.time.now += after_s

        trace.on_request_start.append(waits)
        check_leases(trace)
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            for _ in range(2):  # on a new connection, and on a used one
                async with session.request(method, server.make_url("/")):
                    pass

    async def answer(self, request: web.Request) -> web.Response:
        self.received.append(request.method)
        return web.Response()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
async def server(scene: Scene) -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_route("*", "/", scene.answer)
    server = TestServer(app)
    async with server:
        yield server


async def test_what_is_leased_is_sent(scene: Scene, server: TestServer) -> None:
    scene.leases.extend("job", scene.time.now)
    with scene.leases.about("job"):
        await scene.send("POST", server)

    assert scene.received == ["POST", "POST"]


async def test_nothing_is_sent_once_too_little_of_the_lease_is_left(
    scene: Scene, server: TestServer
) -> None:
    scene.leases.extend("job", scene.time.now)
    with scene.leases.about("job"), pytest.raises(LeaseLostError):
        await scene.send("POST", server, after_s=LEASE_S * 0.9)

    assert scene.received == []
    assert scene.leases.job_ids == ["job"]  # its renewal can still succeed


async def test_a_used_connection_is_checked_too(scene: Scene, server: TestServer) -> None:
    scene.leases.extend("job", scene.time.now)
    with scene.leases.about("job"), pytest.raises(LeaseLostError):
        await scene.send("POST", server, after_s=LEASE_S / 2)

    assert scene.received == ["POST"]


async def test_questions_need_no_lease(scene: Scene, server: TestServer) -> None:
    with scene.leases.about("job"):
        await scene.send("GET", server)
    with scene.leases.about("job"), unleased():
        await scene.send("DELETE", server)
    await scene.send("POST", server)

    assert scene.received == ["GET"] * 2 + ["DELETE"] * 2 + ["POST"] * 2


async def test_a_lease_that_was_renewed_lasts_longer(scene: Scene) -> None:
    scene.leases.extend("job", scene.time.now)
    scene.time.now += LEASE_S - 1
    scene.leases.extend("job", scene.time.now)
    scene.time.now += LEASE_S / 2
    with scene.leases.about("job"):
        check_lease()
        scene.time.now += LEASE_S / 2
        with pytest.raises(LeaseLostError):
            check_lease()
