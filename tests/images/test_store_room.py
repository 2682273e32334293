"""A disk without room: seen before a job is paid for, and survived in the middle of a picture."""

import asyncio
import shutil
import threading
from pathlib import Path

import pytest

from domain.models import Image
from images.fetcher import Fetcher
from images.files import StoreUnavailableError
from images.store import ImageStore
from tests.decoding import shared_decoder
from tests.factories import make_image
from tests.images.serving import PictureServer, picture
from tests.jobs.filling import files_limited_to
from tests.patience import PATIENCE_S

MORE_THAN_ANY_DISK_HAS = 1 << 62


async def fetch(spool: ImageStore, url: str) -> Image:
    return await spool.fetch(url, job_id="job", position=1)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_there_is_room_where_the_disk_has_more_than_the_floor(folder: Path) -> None:
    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder(), min_free_bytes=1) as spool:
        assert await spool.has_room()


async def test_there_is_no_room_where_the_disk_has_less_than_the_floor(folder: Path) -> None:
    async with ImageStore(
        folder, Fetcher([]), decoder=shared_decoder(), min_free_bytes=MORE_THAN_ANY_DISK_HAS
    ) as spool:
        assert not await spool.has_room()


async def test_there_is_no_room_where_the_folder_is_gone(folder: Path) -> None:
    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder()) as spool:
        await asyncio.to_thread(folder.rmdir)
        assert not await spool.has_room()


async def test_many_requests_wait_for_one_look_at_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    disk_usage = shutil.disk_usage

    def look(path: Path) -> object:
        nonlocal looks
        looks += 1
        return disk_usage(path)

    monkeypatch.setattr(shutil, "disk_usage", look)
    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder(), min_free_bytes=1) as spool:
        assert all(await asyncio.gather(*(spool.has_room() for _ in range(50))))
        assert all([await spool.has_room() for _ in range(50)])

    assert looks == 1


async def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(
    spool: ImageStore, server: PictureServer, folder: Path
) -> None:
    content = picture(size=(200, 200))
    url = server.serve("/a.png", content)

    with files_limited_to(len(content) // 2), pytest.raises(StoreUnavailableError):
        await fetch(spool, url)

    assert names(folder) == []
    assert (spool.folder.path / (await fetch(spool, url)).file_name).read_bytes() == content


async def test_a_disk_that_fills_up_does_not_touch_what_was_there(
    spool: ImageStore, server: PictureServer, folder: Path
) -> None:
    small, large = picture(), picture(size=(200, 200))
    image = await fetch(spool, server.serve("/a.png", small))

    with files_limited_to(len(small)), pytest.raises(StoreUnavailableError):
        await fetch(spool, server.serve("/a.png", large))

    assert names(folder) == [image.file_name]
    assert (spool.folder.path / image.file_name).read_bytes() == small


async def test_the_spool_answers_while_every_shared_thread_is_busy(spool: ImageStore) -> None:
    released = threading.Event()
    busy = [asyncio.create_task(asyncio.to_thread(released.wait)) for _ in range(64)]
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await spool.has_room()
            assert await spool.present([make_image()]) == []
    finally:
        released.set()
        await asyncio.gather(*busy)
