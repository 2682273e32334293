import asyncio
import gzip
import hashlib
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from domain.models import Image
from images.fetcher import CHUNK_BYTES, MAX_PICTURE_BYTES, Fetcher, FetchError, TooLargeError
from images.inspect import UnusablePictureError
from images.store import FRESH_BYTES, ImageStore
from tests.decoding import shared_decoder
from tests.factories import make_image
from tests.images.serving import PictureServer, picture


async def fetch(spool: ImageStore, url: str) -> Image:
    return await spool.fetch(url, job_id="job", position=2)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def leave(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "media_type", "name"),
    [
        ("PNG", "image/png", "job-result-2.png"),
        ("JPEG", "image/jpeg", "job-result-2.jpg"),
        ("WEBP", "image/webp", "job-result-2.webp"),
    ],
)
async def test_fetch_keeps_the_very_bytes_when_all_is_well(
    spool: ImageStore, server: PictureServer, folder: Path, kind: str, media_type: str, name: str
) -> None:
    content = picture(kind)
    image = await fetch(spool, server.serve("/a.bin", content))
    assert image == make_image(
        job_id="job",
        position=2,
        file_name=name,
        media_type=media_type,
        width=64,
        height=48,
        bytes=len(content),
    )
    assert (spool.folder.path / image.file_name).read_bytes() == content
    assert names(folder) == [name]


async def test_fetch_replaces_the_file_when_it_is_done_again(
    spool: ImageStore, server: PictureServer, folder: Path
) -> None:
    await fetch(spool, server.serve("/a.png", picture()))
    content = picture(size=(30, 20))
    image = await fetch(spool, server.serve("/a.png", content))
    assert (image.width, image.height) == (30, 20)
    assert (spool.folder.path / image.file_name).read_bytes() == content
    assert names(folder) == [image.file_name]


@pytest.mark.parametrize("status", [201, 206, 400, 403, 404, 410, 429, 500, 503])
async def test_fetch_goes_by_the_status(
    spool: ImageStore, server: PictureServer, status: int
) -> None:
    url = server.serve("/a.png", picture(), status=status)
    if status < 300:
        assert (await fetch(spool, url)).width == 64
    else:
        with pytest.raises(FetchError):
            await fetch(spool, url)


@pytest.mark.parametrize("url", ["", "no address", "http://[", "https://", "http://127.0.0.1:x/"])
async def test_fetch_fails_when_the_address_is_none(spool: ImageStore, url: str) -> None:
    with pytest.raises(FetchError):
        await fetch(spool, url)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<!doctype html><p>Not a picture", id="html"),
        pytest.param(b"", id="empty"),
        pytest.param(picture()[:-200], id="cut-short"),
    ],
)
async def test_fetch_refuses_when_it_is_no_picture(
    spool: ImageStore, server: PictureServer, folder: Path, content: bytes
) -> None:
    with pytest.raises(UnusablePictureError):
        await fetch(spool, server.serve("/a.png", content))
    assert names(folder) == []


async def test_fetch_stops_at_the_header_when_it_says_more_than_25_mb(
    spool: ImageStore, server: PictureServer, folder: Path
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(MAX_PICTURE_BYTES + 1)})
        await response.prepare(request)
        await response.write(b"\x89PNG")
        return response

    with pytest.raises(TooLargeError):
        await fetch(spool, server.handle("/a.png", handler))
    assert names(folder) == []


async def test_fetch_stops_early_when_the_stream_has_no_end(
    spool: ImageStore, server: PictureServer, folder: Path
) -> None:
    hung_up = asyncio.Event()
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1024 * 1024))
                sent += 1024 * 1024
        finally:
            hung_up.set()

    with pytest.raises(TooLargeError):
        await fetch(spool, server.handle("/a.png", handler))
    await hung_up.wait()
    assert MAX_PICTURE_BYTES - 1024 * 1024 <= sent < 2 * MAX_PICTURE_BYTES
    assert names(folder) == []


async def test_fetch_counts_the_unpacked_bytes_when_they_come_compressed(
    spool: ImageStore, server: PictureServer
) -> None:
    packed = gzip.compress(bytes(MAX_PICTURE_BYTES + 1), 1)

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    with pytest.raises(TooLargeError):
        await fetch(spool, server.handle("/a.png", handler))


async def test_fetch_fails_when_the_connection_breaks(
    spool: ImageStore, server: PictureServer, folder: Path
) -> None:
    content = picture()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response

    with pytest.raises(FetchError):
        await fetch(spool, server.handle("/a.png", handler))
    assert names(folder) == []


async def test_fetch_keeps_pictures_apart_when_many_come_at_once(
    spool: ImageStore, server: PictureServer
) -> None:
    contents = [picture(size=(20 + at, 20)) for at in range(8)]
    urls = [server.serve(f"/{at}", content) for at, content in enumerate(contents)]
    images = await asyncio.gather(
        *(spool.fetch(url, job_id="job", position=at) for at, url in enumerate(urls))
    )
    digests = [
        hashlib.sha256((spool.folder.path / image.file_name).read_bytes()).digest()
        for image in images
    ]
    assert digests == [hashlib.sha256(content).digest() for content in contents]


async def test_a_cancelled_fetch_leaves_no_part_of_a_file_behind(
    server: PictureServer, folder: Path
) -> None:
    url, turns, is_done = server.serve("/a.png", picture()), 0, False
    async with ImageStore(folder, Fetcher([server.place]), decoder=shared_decoder()) as spool:
        while not is_done:
            fetching = asyncio.create_task(fetch(spool, url))
            for _ in range(turns):
                await asyncio.sleep(0)
            is_done = not fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
            turns += 1

    # What is left was whole before it was cancelled.
    assert names(folder) == ["job-result-2.png"]


async def test_a_cancelled_copy_leaves_no_part_of_a_file_behind(
    server: PictureServer, folder: Path
) -> None:
    async with ImageStore(folder, Fetcher([server.place]), decoder=shared_decoder()) as spool:
        image = await fetch(spool, server.serve("/a.png", picture()))
        for turns in range(300):
            copying = asyncio.create_task(spool.copy(image, job_id="other"))
            for _ in range(turns % 4):
                await asyncio.sleep(0)
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)

    assert set(names(folder)) <= {"job-result-2.png", "other-source-1.png"}


async def test_open_removes_what_a_crash_left_behind(folder: Path) -> None:
    leave(folder, {"job-0123.part": b"half", "job-result-1.png": b"kept"})
    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder()) as spool:
        assert names(folder) == ["job-result-1.png"]
        assert (spool.folder.path / "job-result-1.png").read_bytes() == b"kept"


async def test_fetch_fails_when_the_spool_is_not_open(folder: Path, server: PictureServer) -> None:
    with pytest.raises(FetchError):
        await fetch(
            ImageStore(folder, Fetcher([server.place]), decoder=shared_decoder()),
            server.serve("/a.png", picture()),
        )
    assert server.asked == []


async def test_a_large_file_takes_a_thread_each_half_megabyte(
    spool: ImageStore, server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture(size=(1600, 1100))
    threads = 0
    submit = ThreadPoolExecutor.submit

    def count(self: ThreadPoolExecutor, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        nonlocal threads
        threads += str(self._thread_name_prefix) == "spool-disk"
        return submit(self, *args, **kwargs)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", count)
    await fetch(spool, server.serve("/a.png", content))
    assert len(content) > 4 * CHUNK_BYTES
    assert threads <= len(content) // CHUNK_BYTES + 2  # the rest, and its name


async def test_a_small_result_is_in_memory_until_it_is_taken(
    spool: ImageStore, server: PictureServer
) -> None:
    content = picture()
    image = await fetch(spool, server.serve("/a.png", content))
    assert spool.fresh.pop(image.file_name, None) == content
    assert spool.fresh.pop(image.file_name, None) is None


async def test_a_removed_result_is_not_in_memory(spool: ImageStore, server: PictureServer) -> None:
    image = await fetch(spool, server.serve("/a.png", picture()))
    await spool.remove([image])
    assert spool.fresh.pop(image.file_name, None) is None


async def test_few_bytes_of_results_are_in_memory(spool: ImageStore, server: PictureServer) -> None:
    content = picture(size=(400, 300))
    url = server.serve("/a.png", content)
    number = FRESH_BYTES // len(content) + 2
    images = [await spool.fetch(url, job_id=f"job-{n}", position=1) for n in range(number)]
    fresh = [
        data for image in images if (data := spool.fresh.pop(image.file_name, None)) is not None
    ]
    assert 0 < sum(map(len, fresh)) <= FRESH_BYTES
    large = await fetch(spool, server.serve("/b.png", picture(size=(1600, 1100))))
    assert spool.fresh.pop(large.file_name, None) is None


async def test_a_folder_that_processes_share_keeps_the_parts_of_the_others(folder: Path) -> None:
    leave(folder, {"a-1.part": b"x", "b-1.part": b"x"})
    two_hours_ago = time.time() - 7_200
    os.utime(folder / "a-1.part", (two_hours_ago, two_hours_ago))
    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder(), is_shared=True):
        assert names(folder) == ["b-1.part"]
    async with ImageStore(folder, Fetcher([]), decoder=shared_decoder()):
        assert names(folder) == []


async def test_what_another_process_has_stored_stays(folder: Path, server: PictureServer) -> None:
    async with ImageStore(
        folder, Fetcher([server.place]), decoder=shared_decoder(), is_shared=True
    ) as store:
        content = picture(size=(30, 20))
        first = await store.fetch(server.serve("/a.png", content), job_id="job", position=1)
        late = server.serve("/b.png", picture(size=(40, 50)))
        assert await store.fetch(late, job_id="job", position=1) == first
        again = await store.fetch(server.serve("/a.png", content), job_id="job", position=1)
        assert again == first
    assert (folder / first.file_name).read_bytes() == content
    assert names(folder) == [first.file_name]
