"""Pictures in a bucket of a real S3 server, and what members' images survive when it fails."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from clock import Clock
from domain.models import Image, ImageKind
from images.bucket import MAX_STORED_BYTES
from images.fetcher import Fetcher
from images.files import StoreUnavailableError
from images.inspect import UnusablePictureError
from images.retention import Retention, SpoolLimits
from images.store import ImageStore
from storage.database import Database
from storage.errors import StorageError
from storage.images import ImageRepository
from tests.decoding import shared_decoder
from tests.images.serving import PictureServer, picture
from tests.object_store import ObjectStore, object_store
from tests.patience import PATIENCE_S


@pytest.fixture
async def bucket() -> AsyncIterator[ObjectStore]:
    async with object_store() as store:
        yield store


@asynccontextmanager
async def opened(
    bucket: ObjectStore,
    folder: Path,
    server: PictureServer,
    **settings: Any,  # noqa: ANN401  # any attribute of the settings
) -> AsyncIterator[ImageStore]:
    async with ImageStore(
        folder,
        Fetcher([server.place]),
        decoder=shared_decoder(),
        bucket=bucket.settings(**settings),
    ) as store:
        yield store


@pytest.fixture
async def store(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> AsyncIterator[ImageStore]:
    async with opened(bucket, folder, server) as store:
        bucket.requests.clear()
        bucket.headers.clear()
        yield store


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def fetch(store: ImageStore, url: str) -> Image:
    return await store.fetch(url, job_id="job", position=1)


async def content_of(store: ImageStore, image: Image) -> bytes:
    async with store.reading([image]) as (path,):
        assert path.name == image.file_name
        return await asyncio.to_thread(path.read_bytes)


async def test_a_checked_picture_is_put_once_under_its_final_name(
    bucket: ObjectStore, store: ImageStore, server: PictureServer, folder: Path
) -> None:
    content = picture(size=(1200, 900))
    image = await fetch(store, server.serve("/a.png", content))
    assert bucket.requests == [("PUT", image.file_name)]
    assert bucket.headers[0]["If-None-Match"] == "*"
    assert await bucket.names() == ["job-result-1.png"]
    assert await bucket.get("job-result-1.png") == content
    assert await content_of(store, image) == content
    assert names(folder) == []


async def test_a_broken_picture_is_never_put(
    bucket: ObjectStore, store: ImageStore, server: PictureServer, folder: Path
) -> None:
    with pytest.raises(UnusablePictureError):
        await fetch(store, server.serve("/a.png", picture()[:-100]))
    assert bucket.requests == []
    assert names(folder) == []


async def test_a_put_whose_answer_is_lost_is_found_again(
    bucket: ObjectStore, store: ImageStore, server: PictureServer
) -> None:
    content = picture()
    url = server.serve("/a.png", content)
    bucket.lose_answer("PUT")
    try:
        image = await fetch(store, url)
    except StoreUnavailableError:
        image = await fetch(store, url)
    assert await bucket.get(image.file_name) == content
    assert bucket.asked("PUT") == [image.file_name] * 2


async def test_what_another_process_has_put_stays(
    bucket: ObjectStore, store: ImageStore, server: PictureServer
) -> None:
    content = picture(size=(30, 20))
    first = await fetch(store, server.serve("/a.png", content))
    late = await fetch(store, server.serve("/b.png", picture(size=(40, 50))))
    assert late == first
    assert await bucket.get(first.file_name) == content
    assert await content_of(store, late) == content


@pytest.mark.parametrize("fault", ["503", "500", "slow", "denied"])
async def test_a_picture_that_cannot_be_put_is_not_stored(
    bucket: ObjectStore, folder: Path, server: PictureServer, fault: str
) -> None:
    url = server.serve("/a.png", picture())
    async with opened(bucket, folder, server, call_s=1, transfer_s=1) as store:
        if fault == "slow":
            bucket.stall()
        else:
            bucket.fail(403 if fault == "denied" else int(fault))
        with pytest.raises(StoreUnavailableError, match="object store"):
            await fetch(store, url)
        assert names(folder) == []
        bucket.mend()
        await fetch(store, url)
    assert await bucket.names() == ["job-result-1.png"]


async def test_what_cannot_be_asked_for_is_not_taken_for_missing(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> None:
    async with opened(bucket, folder, server, call_s=1, transfer_s=1) as store:
        image = await fetch(store, server.serve("/a.png", picture()))
        bucket.fail()
        with pytest.raises(StoreUnavailableError):
            await store.present([image])
        with pytest.raises(StoreUnavailableError):
            await content_of(store, image)
        with pytest.raises(StoreUnavailableError):
            await store.preview(image, 64)
        bucket.stall()
        with pytest.raises(StoreUnavailableError, match="did not respond within 1 s"):
            await content_of(store, image)
        bucket.mend()
        assert await store.present([image]) == [image]


async def test_an_object_that_is_gone_is_missing(
    bucket: ObjectStore, store: ImageStore, server: PictureServer, folder: Path
) -> None:
    kept = await fetch(store, server.serve("/a.png", picture()))
    gone = await store.copy(kept, job_id="other")
    assert await store.present([kept, gone]) == [kept, gone]
    await bucket.delete(gone.file_name)
    assert await store.present([kept, gone]) == [kept]
    with pytest.raises(FileNotFoundError):
        await content_of(store, gone)
    with pytest.raises(UnusablePictureError):
        await store.preview(gone, 64)
    with pytest.raises(UnusablePictureError):
        await store.join([kept, gone], job_id="third", person=1)
    with pytest.raises(StoreUnavailableError):
        await store.copy(gone, job_id="third")
    assert names(folder) == []


async def test_too_large_an_object_is_not_read(
    bucket: ObjectStore, store: ImageStore, server: PictureServer
) -> None:
    image = await fetch(store, server.serve("/a.png", picture()))
    await bucket.put(image.file_name, bytes(MAX_STORED_BYTES + 1))
    with pytest.raises(StoreUnavailableError, match="too many for a stored image"):
        await content_of(store, image)


async def test_a_download_that_ends_too_soon_is_no_picture(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> None:
    async def cut(request: web.Request) -> web.StreamResponse | None:
        if request.method != "GET":
            return None
        headers = {
            "Content-Length": str(image.bytes),
            "Last-Modified": "Sun, 29 Nov 2026 12:00:00 GMT",
            "ETag": '"x"',
        }
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(b"x")
        assert request.transport is not None
        request.transport.close()
        return response

    async with opened(bucket, folder, server, call_s=1, transfer_s=1) as store:
        image = await fetch(store, server.serve("/a.png", picture()))
        bucket.fault = cut
        with pytest.raises(StoreUnavailableError):
            await content_of(store, image)
        assert names(folder) == []


async def test_a_smaller_copy_is_made_once(
    bucket: ObjectStore, store: ImageStore, server: PictureServer
) -> None:
    image = await fetch(store, server.serve("/a.png", picture(size=(400, 300))))
    [first] = await store.fit([image], 20_000)
    assert first.kind is ImageKind.POSTED
    bucket.requests.clear()
    assert await store.fit([image], 20_000) == [first]
    assert bucket.asked("PUT") == []


async def test_all_files_of_a_job_are_removed_and_none_of_another(
    bucket: ObjectStore, store: ImageStore
) -> None:
    ours = [f"job-{kind}-{number}.png" for kind in ImageKind for number in range(1, 21)]
    others = ["jo-result-1.png", "job2-result-1.png", "joc-result-1.png"]
    for name in (*ours, *others):
        await bucket.put(name, b"x")
    await store.remove_all_of({"job", "none"})
    assert await bucket.names() == others


async def test_a_removal_that_fails_says_so(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> None:
    await bucket.put("job-result-1.png", b"x")
    async with opened(bucket, folder, server, call_s=1, transfer_s=1) as store:
        for methods in ("GET", "POST"):
            bucket.fail(methods=methods)
            with pytest.raises(StorageError, match="Images cannot be deleted"):
                await store.remove_all_of({"job"})
        bucket.mend()
        await store.remove_all_of({"job"})
    assert await bucket.names() == []


async def test_a_cleanup_keeps_age_and_size_in_a_bucket(
    bucket: ObjectStore, store: ImageStore, tmp_path: Path
) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    for name in ("a-result-1.png", "b-result-1.png", "c-source-1.png", "notes.txt"):
        await bucket.put(name, bytes(1000))
        if not name.startswith("b"):
            bucket.set_age(name, old)
    async with Database(tmp_path / "jobs.db") as database:
        cleanup = Retention(
            images=ImageRepository(database),
            files=store.files,
            limits=SpoolLimits(max_days=2),
            clock=Clock(),
        )
        await cleanup.sweep()
    assert await bucket.names() == ["b-result-1.png", "notes.txt"]
    assert await store.files.held_bytes() == 3000  # as listed at the beginning
    await store.files.list_all()
    bucket.requests.clear()
    assert await store.files.held_bytes() == 1000
    assert bucket.requests == []


async def test_a_bucket_that_does_not_exist_ends_the_start(
    folder: Path, server: PictureServer
) -> None:
    async with object_store(exists=False) as bucket:
        with pytest.raises(StorageError, match=rf"the bucket {bucket.bucket} does not exist"):
            async with opened(bucket, folder, server):
                pass


async def test_wrong_credentials_end_the_start(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> None:
    bucket.fail(403)
    with pytest.raises(StorageError, match="AWS_SECRET_ACCESS_KEY") as caught:
        async with opened(bucket, folder, server, secret_access_key="a-secret"):
            pass
    assert "a-secret" not in f"{caught.value!r}{bucket.settings(secret_access_key='a-secret')}"


async def test_a_store_that_is_down_is_waited_for(
    bucket: ObjectStore,
    folder: Path,
    server: PictureServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    bucket.fail()
    async with opened(bucket, folder, server, call_s=1) as store:
        assert not await store.has_room()
        bucket.mend()
        async with asyncio.timeout(PATIENCE_S):
            while not await store.has_room():
                await asyncio.sleep(0.1)
    assert "the image store is unavailable: the object store cannot be reached" in caplog.text
    assert caplog.text.count("image store is available again") == 1
    assert "Traceback" not in caplog.text


async def test_there_is_no_room_once_a_put_has_failed(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> None:
    async with opened(bucket, folder, server, call_s=1, transfer_s=1) as store:
        assert await store.has_room()
        bucket.fail()
        with pytest.raises(StoreUnavailableError):
            await fetch(store, server.serve("/a.png", picture()))
        assert not await store.has_room()


async def test_many_requests_wait_for_one_look_at_the_bucket(
    bucket: ObjectStore, store: ImageStore
) -> None:
    assert all(await asyncio.gather(*(store.has_room() for _ in range(50))))
    assert len(bucket.requests) <= 1


async def test_a_process_leaves_the_parts_of_another(
    bucket: ObjectStore, folder: Path, server: PictureServer
) -> None:
    async with opened(bucket, folder, server) as first:
        image = await fetch(first, server.serve("/a.png", picture()))
        (folder / "job-1.part").write_bytes(b"x")
        async with first.reading([image]) as (path,), opened(bucket, folder, server) as second:
            assert await content_of(second, image) == await asyncio.to_thread(path.read_bytes)
        assert names(folder) == ["job-1.part"]
