"""Stores pictures in a folder or a bucket, each checked before it gets its name."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeGuard

from domain.models import Image, ImageKind
from images.decoder import Decoder, Lane
from images.files import PART, StoreUnavailableError, unavailable
from images.folder import Folder
from images.inspect import SUFFIXES, PictureFacts, UnusablePictureError, allowance
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Sequence
    from pathlib import Path

    from images.bucket import Bucket
    from images.fetcher import Fetcher
    from images.files import BucketSettings, File, PictureFiles

logger = logging.getLogger(__name__)

ROOM_KNOWN_S: Final = 5.0
"""How long the free space of the disk is not looked at again."""

FRESH_BYTES: Final = 4 * 1024 * 1024
"""Of results that are in memory from their download to their upload; others are read again."""

SOURCE_COPY_BYTES: Final = 8 * 1024 * 1024
"""Of a copy that Flux gets in place of a source; it fits a message anywhere on Discord."""

COPY_SUFFIXES: Final = (".jpg", ".webp")
"""Of copies that `images.resize` makes."""


class BroughtSource(NamedTuple):
    """A source in the spool.

    Attributes:
        is_copy: whether it is a copy because Flux may not take what its address leads to.
        pixels: of what its address leads to.
    """

    image: Image
    is_copy: bool
    pixels: int


class ImageStore:
    """Brings pictures from the network to files: network, file, check, final name.

    What reads or writes a picture raises StoreUnavailableError where the store cannot be used now.

    Args:
        folder: made if it is missing; with a bucket it holds only what is not whole yet.
        min_free_bytes: of the disk, below which `has_room` says no.
        decoder: open as long as this is.
        is_shared: whether other processes may use the folder too.

    Attributes:
        files: where pictures are stored: that folder or the bucket.
        fresh: small results that were stored just now, by name: to read one again takes a thread.
            Who shows one takes it out.
    """

    def __init__(
        self,
        folder: Path,
        fetcher: Fetcher,
        *,
        decoder: Decoder,
        min_free_bytes: int = 0,
        bucket: BucketSettings | None = None,
        is_shared: bool = False,
    ) -> None:
        self.folder = Folder(folder, is_shared=is_shared or bucket is not None)
        self.files: PictureFiles = self.folder
        self._bucket: Bucket | None = None
        if bucket is not None:
            from images.bucket import Bucket  # noqa: PLC0415  # its package is for buckets only

            self.files = self._bucket = Bucket(bucket, self.folder)
        self._fetcher, self._min_free_bytes = fetcher, min_free_bytes
        self.decoder = decoder
        # Its caller waits for it, so it must not queue behind a slow file or name lookup.
        self._watcher = ThreadPoolExecutor(1, thread_name_prefix="disk-watcher")
        self.fresh: dict[str, bytes] = {}
        self._room: asyncio.Future[bool] | None = None
        self._room_known_until, self._had_room = 0.0, True

    async def __aenter__(self) -> Self:
        await self.files.open()
        self._fetcher.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._fetcher.close()
        await self.files.close()
        self._watcher.shutdown()

    async def present(self, images: Sequence[Image]) -> list[Image]:
        """Return those of the pictures whose files are stored, in order."""
        with unavailable():
            files = await self.files.stat([image.file_name for image in images])
        return [image for image, file in zip(images, files, strict=True) if file is not None]

    @contextlib.asynccontextmanager
    async def reading(self, images: Sequence[Image]) -> AsyncIterator[list[Path]]:
        """Lend local files with the pictures, in order.

        Raises:
            FileNotFoundError: one is not stored; else it is raised where the file is opened.
        """
        async with contextlib.AsyncExitStack() as stack:
            with unavailable():
                names = [*map(attrgetter("file_name"), images)]
                paths = await stack.enter_async_context(self.files.reading(names))
            yield paths

    async def has_room(self) -> bool:
        """Whether another job's pictures can be stored; asked before anything is paid for one.

        The answer is at most `ROOM_KNOWN_S` old and no older than the last failed write, so that
        few requests wait for a thread.
        """
        loop = asyncio.get_running_loop()
        if self._room is None or loop.time() >= self._room_known_until:
            self._room_known_until = loop.time() + ROOM_KNOWN_S
            self._room = loop.run_in_executor(self._watcher, self._look_for_room)
        has_room = await asyncio.shield(self._room)
        return has_room and (self._bucket is None or await self._bucket.is_available())

    def _look_for_room(self) -> bool:
        try:
            free = shutil.disk_usage(self.folder.path).free
        except OSError:
            if self._had_room:  # this is asked often
                logger.exception("the spool is unavailable")
            self._had_room = False
            return False
        has_room = free >= self._min_free_bytes
        if has_room != self._had_room:
            self._had_room = has_room
            few = "" if has_room else "only "
            logger.warning("the spool's disk has %s%d bytes free", few, free)
        return has_room

    async def fetch(
        self, url: str, *, job_id: str, position: int, is_tolerant: bool = False
    ) -> Image:
        """Bring a result here; it is whole, checked and on disk when this returns.

        Args:
            is_tolerant: whether a small part of it may be missing at its end.

        Raises:
            FetchError: it could not be read from there just now; `DeadLinkError`: nor ever;
                `GoneLinkError`: it is not there, or no longer.
            UnusablePictureError: what is there is no usable picture; `PictureLimitError`: nor would
                it be another time; `TooLargeError`: it is over 25 MB.
        """
        async with self._part(job_id) as part:
            data = await self._fetcher.fetch(url, partial(self.folder.append, part))
            facts = await self.decoder.examine(part, Lane.RESULTS, is_tolerant=is_tolerant)
            image = _image(facts, job_id=job_id, kind=ImageKind.RESULT, position=position)
            kept = await self._kept(part, image, Lane.RESULTS)
        self.fresh.pop(image.file_name, None)
        if data is not None and kept is image:
            self.fresh[image.file_name] = data
        while sum(map(len, self.fresh.values())) > FRESH_BYTES:
            del self.fresh[next(iter(self.fresh))]
        return kept

    async def fetch_source(
        self, url: str, *, job_id: str, position: int, person: int
    ) -> BroughtSource:
        """Bring the picture of an edit here, or a copy that Flux takes; raises as `fetch`.

        Args:
            person: whose request it is; people take turns.
        """
        async with self._part(job_id) as part:
            await self._fetcher.fetch(url, partial(self.folder.append, part))
            facts, copy, pixels = await self.decoder.source(part, SOURCE_COPY_BYTES, person=person)
            if copy:
                await self.folder.on_disk(part.write_bytes, copy)
            image = _image(facts, job_id=job_id, kind=ImageKind.SOURCE, position=position)
            image = await self._kept(part, image, Lane.SOURCES)
        return BroughtSource(image, is_copy=bool(copy), pixels=pixels)

    async def join(self, images: Sequence[Image], *, job_id: str, person: int) -> Image:
        """Keep sources side by side as the one source of an edit.

        Raises:
            UnusablePictureError: one is damaged or no longer here, or all together take too much.
        """
        async with self._read(images) as paths, self._part(job_id) as part:
            facts, data = await self.decoder.join(paths, SOURCE_COPY_BYTES, person=person)
            await self.folder.on_disk(part.write_bytes, data)
            joined = _image(facts, job_id=job_id, kind=ImageKind.SOURCE, position=1)
            return await self._kept(part, joined, Lane.SOURCES)

    async def copy(self, image: Image, *, job_id: str) -> Image:
        """Keep a picture of one job as the source of another one too."""
        name = stem_of(job_id, ImageKind.SOURCE, 1) + SUFFIXES[image.media_type]
        copy = replace(image, job_id=job_id, kind=ImageKind.SOURCE, position=1, file_name=name)
        async with self._part(job_id) as part, self.files.reading([image.file_name]) as (original,):
            await self.folder.on_disk(shutil.copyfile, original, part)
            return await self._kept(part, copy, Lane.SOURCES)

    async def preview(self, image: Image, side: int) -> bytes:
        """Return a small JPEG of a picture, no side of it longer than so many pixels.

        Raises:
            UnusablePictureError: the picture is damaged, or no longer here.
        """
        async with self._read([image]) as (path,):
            try:
                return await self.decoder.preview(path, side)
            except OSError as error:  # no process can be started just now
                raise UnusablePictureError(type(error).__name__) from error

    async def remove(self, images: Iterable[Image]) -> None:
        """Remove the files of pictures that have no rows any more; what stays is swept later."""
        names = [image.file_name for image in images]
        for name in names:
            self.fresh.pop(name, None)
        await self.files.remove(names)

    async def remove_all_of(self, job_ids: Collection[str]) -> None:
        """Remove every file of these jobs, with or without a row; raises StorageError."""
        try:
            names = await self.files.names_of(job_ids)
        except OSError as error:
            raise StorageError(f"Images cannot be deleted: {error.strerror}.") from error
        if len(await self.files.remove(names)) < len(names):
            raise StorageError("Images cannot be deleted; the log says why.")

    async def fit(self, images: Sequence[Image], limit_bytes: int) -> list[Image]:
        """Return what to post of these, in order, so that all of it fits one message.

        Pictures that fit are returned as they are; for each other one a smaller copy, of the kind
        `POSTED`, is made beside it. A copy that an earlier call made for such a limit is taken.

        Args:
            limit_bytes: what the place takes of one file; `allowance` knows that of a message.

        Raises:
            UnfittablePictureError: no copy of a picture can be made so small.
            UnusablePictureError: a picture is damaged, or no longer here.
        """
        most = allowance([image.bytes for image in images], limit_bytes)
        return [
            image if image.bytes <= most else await self._fitted(image, most) for image in images
        ]

    async def _fitted(self, image: Image, most_bytes: int) -> Image:
        copy_of = partial(
            _image, job_id=image.job_id, kind=ImageKind.POSTED, position=image.position
        )
        stem = stem_of(image.job_id, ImageKind.POSTED, image.position)
        earlier = [stem + suffix for suffix in COPY_SUFFIXES]
        with unavailable():
            original, *copies = await self.files.stat([image.file_name, *earlier])
        for found in copies:
            if not _serves(found, original, most_bytes):
                continue
            with contextlib.suppress(UnusablePictureError, FileNotFoundError):
                async with self.files.reading([found.name]) as (path,):
                    return copy_of(await self.decoder.examine(path, Lane.RESULTS))
        async with self._read([image]) as (path,), self._part(image.job_id) as part:
            facts, data = await self.decoder.encode(path, most_bytes)
            copy = copy_of(facts)
            await self.folder.on_disk(part.write_bytes, data)
            await self.files.keep(part, copy.file_name, replaces=True)
        return copy

    async def _kept(self, part: Path, image: Image, lane: Lane) -> Image:
        """Store a checked picture and return it, or what another process of the job has stored."""
        if await self.files.keep(part, image.file_name):
            return image
        async with self.files.reading([image.file_name]) as (path,):
            facts = await self.decoder.examine(path, lane, is_tolerant=True)
        return replace(image, **asdict(facts))

    @contextlib.asynccontextmanager
    async def _read(self, images: Sequence[Image]) -> AsyncIterator[list[Path]]:
        """Lend local files; a picture that is not stored is an UnusablePictureError."""
        async with contextlib.AsyncExitStack() as stack:
            try:
                paths = await stack.enter_async_context(self.reading(images))
            except FileNotFoundError as error:
                raise UnusablePictureError("it is no longer stored") from error
            yield paths

    @contextlib.asynccontextmanager
    async def _part(self, job_id: str) -> AsyncIterator[Path]:
        """Lend the name of a file that is not whole yet, and leave none behind."""
        part = self.folder.path / f"{job_id}-{secrets.token_hex(8)}{PART}"
        try:
            yield part
        except BaseException as error:  # a cancel too: remove the partial file
            with contextlib.suppress(OSError):  # what went wrong before matters more
                await self.folder.on_disk(part.unlink, missing_ok=True)
            if isinstance(error, OSError):
                self._room = None
                raise StoreUnavailableError(error.strerror) from error
            raise


def stem_of(job_id: str, kind: ImageKind, position: int) -> str:
    """Return the name of a picture's file, here and on Discord, but for its suffix."""
    return f"{job_id}-{kind}-{position}"


def _image(facts: PictureFacts, *, job_id: str, kind: ImageKind, position: int) -> Image:
    return Image(
        job_id=job_id,
        kind=kind,
        position=position,
        file_name=stem_of(job_id, kind, position) + SUFFIXES[facts.media_type],
        **asdict(facts),
    )


def _serves(copy: File | None, original: File | None, most_bytes: int) -> TypeGuard[File]:
    """Whether a copy is there, small enough and not older than the original."""
    if copy is None or original is None or copy.bytes > most_bytes:
        return False
    return copy.modified_ns >= original.modified_ns
