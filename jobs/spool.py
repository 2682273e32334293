"""The folder in which pictures are kept, each checked before it gets its name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import aiohttp
import yarl

from jobs.addresses import ForbiddenAddressError, PublicAddresses
from jobs.pictures import SUFFIXES, PictureFacts, UnusablePictureError, examine
from storage.database import StorageError
from storage.records import Image, ImageKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

MAX_PICTURE_BYTES: Final = 25 * 1024 * 1024
"""Of one file, as the vendor's general limit for reference pictures has it."""

FETCH_TIMEOUT_S: Final = 60.0
"""For one picture of the largest size, over a slow line."""

MAX_REDIRECTS: Final = 3
CHUNK_BYTES: Final = 256 * 1024
CONNECTIONS: Final = 16
"""Pictures are fetched over this many connections at most; waiting jobs hold none."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class FetchError(Exception):
    """The picture could not be brought here; trying again may help."""


class SpoolUnavailableError(Exception):
    """The folder cannot be written, for lack of room or of permission."""


class DeadLinkError(FetchError):
    """The link is malformed or leads where nothing is fetched from; it always will."""


class TooLargeError(UnusablePictureError):
    """The file is over `MAX_PICTURE_BYTES`."""


class Spool:
    """Brings pictures from the network to files: network, file, check, final name.

    Args:
        folder: made if it is missing.
        trusted: pairs of host and port that need not be public or speak https.
        timeout_s: for one picture, from the first connection to its last byte.
    """

    def __init__(
        self,
        folder: Path,
        trusted: Iterable[tuple[str, int]],
        *,
        timeout_s: float = FETCH_TIMEOUT_S,
    ) -> None:
        self._folder = folder
        self._timeout_s = timeout_s
        self._addresses = PublicAddresses(trusted)
        # One thread: decoding a picture of the allowed size takes about 100 MB.
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="picture-decoder")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for abandoned in self._folder.glob("*.part"):
                abandoned.unlink()
        except OSError as error:
            raise StorageError(
                f"{self._folder} cannot be used for pictures ({error.strerror}). Make it a "
                "writable folder, or set DATA_DIR to one."
            ) from error
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._addresses, limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
        self._decoder.shutdown()

    def path(self, image: Image) -> Path:
        """Return where a stored picture's file is."""
        return self._folder / image.file_name

    async def fetch(self, url: str, *, job_id: str, kind: ImageKind, position: int) -> Image:
        """Bring one picture here; it is whole, checked and on disk when this returns.

        Raises:
            SpoolUnavailableError: it cannot be kept.
            FetchError: it could not be read from there just now; `DeadLinkError`: nor ever.
            TooLargeError: it is over 25 MB.
            UnusablePictureError: what is there is no usable picture.
        """
        part = self._folder / f"{job_id}-{secrets.token_hex(8)}.part"
        try:
            await self._download(yarl.URL(url), part)
            facts = await self._off_loop(part)
            name = f"{job_id}-{kind}-{position}{SUFFIXES[facts.media_type]}"
            size = part.stat().st_size
            await asyncio.to_thread(_keep, part, self._folder / name)
        except (ForbiddenAddressError, ValueError) as error:
            raise DeadLinkError(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            # aiohttp wraps what the resolver raises.
            forbidden = isinstance(getattr(error, "os_error", None), ForbiddenAddressError)
            raise (DeadLinkError if forbidden else FetchError)(type(error).__name__) from error
        except OSError as error:
            raise SpoolUnavailableError(error.strerror) from error
        finally:
            with contextlib.suppress(OSError):  # what went wrong before matters more
                part.unlink(missing_ok=True)
        return Image(
            job_id=job_id,
            kind=kind,
            position=position,
            file_name=name,
            media_type=facts.media_type,
            width=facts.width,
            height=facts.height,
            bytes=size,
        )

    async def _off_loop(self, part: Path) -> PictureFacts:
        return await asyncio.get_running_loop().run_in_executor(self._decoder, examine, part)

    async def _download(self, url: yarl.URL, part: Path) -> None:
        if self._session is None:
            raise FetchError("the spool is closed")
        async with asyncio.timeout(self._timeout_s):
            for _ in range(MAX_REDIRECTS + 1):
                self._addresses.check(url)
                # Redirects are followed here, where each step is checked.
                async with self._session.get(url, allow_redirects=False) as response:
                    if response.status not in _REDIRECTS:
                        response.raise_for_status()
                        await _save(response, part)
                        return
                    url = url.join(yarl.URL(response.headers.get("Location", "")))
        raise FetchError("too many redirects")


async def _save(response: aiohttp.ClientResponse, part: Path) -> None:
    if (response.content_length or 0) > MAX_PICTURE_BYTES:
        raise TooLargeError(f"{response.content_length} bytes")
    received = 0
    with await asyncio.to_thread(part.open, "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            received += len(chunk)
            if received > MAX_PICTURE_BYTES:
                raise TooLargeError(f"over {MAX_PICTURE_BYTES} bytes")
            await asyncio.to_thread(file.write, chunk)


def _keep(part: Path, final: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(final)
    if os.name == "posix":  # Windows has no way to sync a folder, and renames there are journaled.
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
