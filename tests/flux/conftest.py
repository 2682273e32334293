from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.flux.serving import Api, served


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with served() as serving:
        yield serving


@pytest.fixture
async def elsewhere() -> AsyncIterator[Api]:
    async with served() as serving:
        yield serving


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened
