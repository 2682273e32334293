from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from sandbox.flux import LocalFlux
from tests.sandbox.flux.talking import Caller, Elsewhere, photo, png


@pytest.fixture
async def flux() -> AsyncIterator[LocalFlux]:
    async with await LocalFlux.start(megapixels=0.02) as started:
        yield started


@pytest.fixture
async def slow_flux() -> AsyncIterator[LocalFlux]:
    """Takes longer than any test, so that its tasks stay as they are."""
    async with await LocalFlux.start(megapixels=0.02, seconds_per_picture=3600) as started:
        yield started


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def caller(flux: LocalFlux, session: aiohttp.ClientSession) -> Caller:
    return Caller(flux, session)


@pytest.fixture
def slow_caller(slow_flux: LocalFlux, session: aiohttp.ClientSession) -> Caller:
    return Caller(slow_flux, session)


@pytest.fixture
async def documented(session: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    async with await LocalFlux.start(megapixels=0.02, era="documented") as started:
        yield Caller(started, session)


@pytest.fixture
async def current(session: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    async with await LocalFlux.start(megapixels=0.02, era="current") as started:
        yield Caller(started, session)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    place = Elsewhere(base="", source=png(photo("room")))
    app = web.Application()
    app.add_routes(
        [
            web.get("/source", place.give),
            web.get("/late", place.give_late),
            web.post("/done", place.take),
            web.post("/hold", place.take_late),
            web.post("/moved", place.send_on),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    place.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield place
    await runner.cleanup()
