from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from images.fetcher import Fetcher
from images.store import ImageStore
from tests.decoding import shared_decoder
from tests.images.serving import Door, PictureServer


@pytest.fixture
async def server() -> AsyncIterator[PictureServer]:
    async with PictureServer() as started:
        yield started


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Door() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
async def spool(folder: Path, server: PictureServer) -> AsyncIterator[ImageStore]:
    async with ImageStore(folder, Fetcher([server.place]), decoder=shared_decoder()) as opened:
        yield opened
