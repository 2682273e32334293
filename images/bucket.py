"""Stores pictures in a bucket of an S3-compatible object store, for several machines.

Imported only where a bucket is used, as it needs obstore (requirements-s3.txt).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets
import shutil
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from images.files import NAME, PART, BucketSettings, File
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Sequence
    from pathlib import Path

    from obstore import ObjectMeta

    from images.folder import Folder

logger = logging.getLogger(__name__)

MAX_STORED_BYTES: Final = 32 * 1024 * 1024
"""Of one picture that is read; what the bot stores is smaller (`MAX_PICTURE_BYTES`)."""

CHUNK_BYTES: Final = 256 * 1024

LIST_PAGE: Final = 1_000
"""Names in one response of S3."""

LIST_DEADLINE_S: Final = 300.0
"""For a list of the whole bucket: a request for each 1,000 pictures."""

CONNECT_S: Final = 5.0

RETRIES: Final = 2
"""By obstore within one call; who calls tries again later."""

KNOWN_S: Final = 5.0
"""How long the state of the store is not looked at again, unless something fails."""

WAIT_S: Final = 0.5
"""How long a member's request waits for that look; Discord gives 3 s for an answer."""

PROBE: Final = "fluxcord-probe"
"""A name under which nothing is stored."""

FIRST_PAGE: Final = 20
"""Names that are asked for at first of one job, which has fewer files."""


class BucketError(OSError):
    """The object store cannot be used.

    Attributes:
        is_final: whether trying again cannot help.
    """

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(errno.EIO, why)
        self.is_final = is_final

    def __str__(self) -> str:
        return str(self.strerror)


class Bucket:
    """Pictures in a bucket; implements `PictureFiles`.

    Args:
        scratch: where copies for reading are lent.
    """

    def __init__(self, settings: BucketSettings, scratch: Folder) -> None:
        self._settings = settings
        self._scratch = scratch
        self._store = _store(settings)
        self._looking: asyncio.Task[BucketError | None] | None = None
        self._known_until = 0.0
        self._is_available = True
        self._held_bytes: int | None = None

    async def open(self) -> None:
        """Look whether the bucket can be used; a store that is down is waited for by each job."""
        await self._scratch.open()
        error = await self._look()
        if error is not None and error.is_final:
            raise StorageError(f"IMAGE_STORE_URL cannot be used: {error}.") from error

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        await self._scratch.close()

    async def keep(self, part: Path, name: str, *, replaces: bool = False) -> bool:
        """Put a file under its final name by one conditional request, and remove it here.

        What is there already stays, unless `replaces`: an earlier try may have put it, whose
        response was lost, or the process that has the job now. It is one request and no upload in
        parts, so that none can be left unfinished.
        """
        is_kept = True
        data = await self._scratch.on_disk(part.read_bytes)
        put = partial(obstore.put_async, self._store, name, data, use_multipart=False)
        try:
            async with self._call(self._settings.transfer_s):
                await put(mode="create")
        except AlreadyExistsError:
            is_kept = await self._holds(name, data)
            if not is_kept and replaces:
                async with self._call(self._settings.transfer_s):
                    await put(mode="overwrite")
                is_kept = True
        except FileNotFoundError as error:  # of a bucket
            raise self._missing() from error
        await self._scratch.on_disk(part.unlink, missing_ok=True)
        return is_kept

    async def _holds(self, name: str, data: bytes) -> bool:
        (found,) = await self.stat([name])
        if found is None or found.bytes != len(data):
            return False
        async with self.reading([name]) as (path,):
            return await self._scratch.on_disk(path.read_bytes) == data

    @contextlib.asynccontextmanager
    async def reading(self, names: Sequence[str]) -> AsyncIterator[list[Path]]:
        """Fetch pictures into a folder of their own, which is removed at the end."""
        folder = self._scratch.path / f"{secrets.token_hex(8)}{PART}"
        paths = [folder / name for name in names]
        try:
            await self._scratch.on_disk(folder.mkdir, mode=0o700, parents=True)
            # All of them to their end: nothing is written to a folder that was removed.
            for error in await asyncio.gather(*map(self._fetch, paths), return_exceptions=True):
                if error is not None:
                    raise error
            yield paths
        finally:
            await self._scratch.on_disk(shutil.rmtree, folder, ignore_errors=True)

    async def _fetch(self, path: Path) -> None:
        async with self._call(self._settings.transfer_s):
            found = await obstore.get_async(self._store, path.name)
            size = found.meta["size"]
            if size > MAX_STORED_BYTES:
                del found  # it holds the connection
                raise BucketError(f"{path.name} has {size} bytes, too many for a stored image")
            received = 0
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                received += len(chunk)
                await self._scratch.append(path, bytes(chunk))
        if received != size:
            raise BucketError("the object store ended a download too soon")

    async def stat(self, names: Sequence[str]) -> list[File | None]:
        return await asyncio.gather(*map(self._head, names))

    async def _head(self, name: str) -> File | None:
        try:
            async with self._call(self._settings.call_s):
                return _file(await obstore.head_async(self._store, name))
        except FileNotFoundError:
            return None

    async def list_all(self) -> list[File]:
        """List the bucket, 1,000 names a request."""
        async with self._call(LIST_DEADLINE_S):
            pages = [page async for page in obstore.list(self._store, chunk_size=LIST_PAGE)]
        files = [_file(found) for page in pages for found in page]
        files = [file for file in files if NAME.fullmatch(file.name)]
        self._held_bytes = sum(file.bytes for file in files)
        return files

    async def names_of(self, job_ids: Collection[str]) -> list[str]:
        return [name for job_id in job_ids for name in await self._names_from(f"{job_id}-")]

    async def _names_from(self, start: str) -> list[str]:
        """Return the names with this start, which are next to each other in a bucket's order."""
        names: list[str] = []
        async with self._call(self._settings.call_s):
            async for page in obstore.list(self._store, offset=start, chunk_size=FIRST_PAGE):
                found = [each["path"] for each in page if each["path"].startswith(start)]
                names += found
                if len(found) < len(page):
                    break
        return names

    async def remove(self, names: Iterable[str]) -> set[str]:
        """Delete objects, 1,000 a request; where one fails, none counts as gone."""
        wanted = [*names]
        try:
            async with self._call(self._settings.transfer_s):
                if wanted:
                    await obstore.delete_async(self._store, wanted)
        except OSError as error:
            logger.warning("cannot delete %d images from the bucket: %s", len(wanted), error)
            return set()
        return set(wanted)

    async def held_bytes(self) -> int:
        """Return how much the bucket held when it was last listed, which each cleanup does."""
        if self._held_bytes is None:
            await self.list_all()
        return self._held_bytes or 0

    async def is_available(self) -> bool:
        """Return what the last look at the store showed; a slow look is waited for briefly."""
        is_looking = self._looking is not None and not self._looking.done()
        if not is_looking and asyncio.get_running_loop().time() >= self._known_until:
            self._looking = asyncio.create_task(self._look(), name="look at the bucket")
        if self._looking is not None:
            await asyncio.wait({self._looking}, timeout=WAIT_S)
        return self._is_available

    async def probe(self) -> BucketError | None:
        """Ask for a name under which nothing is stored; return why the store cannot be used."""
        try:
            with contextlib.suppress(FileNotFoundError):
                async with self._call(self._settings.call_s):
                    await obstore.get_async(self._store, PROBE)
        except BucketError as error:
            return error
        return None

    async def _look(self) -> BucketError | None:
        error = await self.probe()
        if error is not None and self._is_available:  # this is asked often
            logger.error("the image store is unavailable: %s", error)
        elif error is None and not self._is_available:
            logger.warning("the image store is available again")
        self._is_available = error is None
        self._known_until = asyncio.get_running_loop().time() + KNOWN_S
        return error

    @contextlib.asynccontextmanager
    async def _call(self, seconds: float) -> AsyncIterator[None]:
        """Limit a call's time, and raise `BucketError` for obstore's own errors."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except AlreadyExistsError:
            raise
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._missing() from error
            raise
        except (TimeoutError, BaseError) as error:
            self._known_until = 0.0
            raise _explained(error, seconds) from error

    def _missing(self) -> BucketError:
        name = self._settings.name
        return BucketError(f"the bucket {name} does not exist; create it", is_final=True)


def _store(settings: BucketSettings) -> S3Store:
    config: dict[str, Any] = {
        "endpoint": settings.endpoint,
        "region": settings.region,
        "access_key_id": settings.access_key_id,
        "secret_access_key": settings.secret_access_key,
    }
    client: dict[str, Any] = {
        "allow_http": settings.endpoint.startswith("http:"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "timeout": timedelta(seconds=settings.transfer_s),
        **({"proxy_url": settings.proxy} if settings.proxy else {}),
    }
    return S3Store(
        settings.name,
        prefix=settings.prefix or None,
        client_options=client,  # type: ignore[arg-type]  # built above
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=settings.call_s)},
        **{key: value for key, value in config.items() if value},
    )


def _explained(error: Exception, seconds: float) -> BucketError:
    if isinstance(error, TimeoutError):
        return BucketError(f"the object store did not respond within {seconds:g} s")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return BucketError(
            "the object store denies access; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
            "what the bucket's policy allows",
            is_final=True,
        )
    return BucketError(
        "the object store cannot be reached or returns errors; check AWS_ENDPOINT_URL"
    )


def _file(found: ObjectMeta) -> File:
    modified_ns = int(found["last_modified"].timestamp() * 1_000_000_000)
    return File(name=found["path"], bytes=found["size"], modified_ns=modified_ns)
