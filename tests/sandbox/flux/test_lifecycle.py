"""Starting, closing, starting again, and what is forgotten."""

import asyncio

import aiohttp
import pytest

from sandbox.flux import LocalFlux
from sandbox.flux.rendering_queue import Picture, Shelf
from tests.patience import PATIENCE_S
from tests.sandbox.flux.talking import GENERATE, Caller


async def test_closing_drops_what_runs(session: aiohttp.ClientSession) -> None:
    flux = await LocalFlux.start(seconds_per_picture=3600)
    caller = Caller(flux, session)
    held = asyncio.create_task(caller.images(GENERATE))
    await caller.images({**GENERATE, "async": True})
    waiting = asyncio.create_task(flux.settled())
    async with asyncio.timeout(PATIENCE_S):
        await flux.close()
        await waiting
    with pytest.raises(aiohttp.ClientError):
        await held
    await flux.close()


async def test_a_port_can_be_taken_again_after_closing(session: aiohttp.ClientSession) -> None:
    first = await LocalFlux.start()
    port = int(first.base.rsplit(":", 1)[1])
    await first.close()
    async with await LocalFlux.start(port=port) as second:
        assert second.base == first.base
        assert second.token != first.token
        assert (await Caller(second, session).tasks({"id": "a"})).status == 200


@pytest.mark.parametrize("megapixels", [0, -1, 1.5])
async def test_a_scale_that_makes_no_sense_is_refused(megapixels: float) -> None:
    with pytest.raises(ValueError, match="megapixels"):
        await LocalFlux.start(megapixels=megapixels)


def test_the_shelf_lets_go_of_the_oldest() -> None:
    shelf = Shelf(limit_bytes=25)
    for name in ("a", "b", "c"):
        shelf.put(Picture(name, "image/png", b"0123456789"))
    assert [shelf.get(name) is not None for name in ("a", "b", "c")] == [False, True, True]
