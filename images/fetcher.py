"""Fetches picture files from other hosts: over checked connections, and of a limited size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeAlias

import aiohttp
import yarl

from images.inspect import PictureLimitError
from images.url_guard import ForbiddenAddressError, PublicAddresses, Ranges
from network import NO_PROXIES, Proxies, connector_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable


MAX_PICTURE_BYTES: Final = 25 * 1024 * 1024
"""Of one file, as the vendor's general limit for reference pictures has it."""

FETCH_TIMEOUT_S: Final = 60.0
"""For one picture of the largest size, over a slow line."""

MAX_REDIRECTS: Final = 3
CHUNK_BYTES: Final = 512 * 1024
"""Of a file that are written at once; each part takes a thread."""

CONNECTIONS: Final = 16
"""Pictures are fetched over this many connections at most; waiting jobs hold none."""

_GONE: Final = frozenset({403, 404, 410})
"""What Discord answers to links that have expired, and to those of deleted files."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class FetchError(Exception):
    """The picture could not be brought here; trying again may help."""


class DeadLinkError(FetchError):
    """The link itself is malformed or names a place where nothing is fetched from."""


class GoneLinkError(FetchError):
    """Nothing is behind the link, or its signature has expired."""


class TooLargeError(PictureLimitError):
    """The file is over `MAX_PICTURE_BYTES`."""


Write: TypeAlias = "Callable[[bytes], Awaitable[None]]"
"""Writes the next part of a file."""


class Fetcher:
    """Reads files of other hosts, a part at a time.

    Args:
        trusted: pairs of host and port that need not be public or speak https.
        timeout_s: for one picture, from the first connection to its last byte.
        proxies: that pictures are fetched through.
        name_ranges: see `PublicAddresses`.
    """

    def __init__(
        self,
        trusted: Iterable[tuple[str, int]],
        *,
        timeout_s: float = FETCH_TIMEOUT_S,
        proxies: Proxies = NO_PROXIES,
        name_ranges: Ranges = (),
    ) -> None:
        self._timeout_s = timeout_s
        self._proxies = proxies
        self._addresses = PublicAddresses(trusted, proxies=proxies, name_ranges=name_ranges)
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Be ready to fetch; without connections so far."""
        self._session = aiohttp.ClientSession(
            connector=connector_for(self._proxies, resolver=self._addresses, limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, write: Write) -> bytes | None:
        """Read a file, and write it a part at a time.

        Returns:
            All of it, where it is one part.

        Raises:
            FetchError: it could not be read just now; `DeadLinkError`: nor ever; `GoneLinkError`:
                it is not there, or no longer.
            TooLargeError: it is over 25 MB.
            OSError: it could not be written.
        """
        try:
            link = yarl.URL(url)
            self._addresses.check(link)
        except (ForbiddenAddressError, ValueError) as error:
            raise DeadLinkError(type(error).__name__) from error
        try:
            return await self._download(link, write)
        except aiohttp.ClientResponseError as error:
            # A proxy's own refusal says nothing about the host.
            is_proxy_s = isinstance(error, aiohttp.ClientHttpProxyError)
            gone = error.status in _GONE and not is_proxy_s
            raise (GoneLinkError if gone else FetchError)(type(error).__name__) from error
        except (aiohttp.ClientError, ForbiddenAddressError, ValueError, TimeoutError) as error:
            # Where a redirect or a name leads can be another place the next time.
            raise FetchError(type(error).__name__) from error

    async def _download(self, url: yarl.URL, write: Write) -> bytes | None:
        if self._session is None:
            raise FetchError("the connections are closed")
        async with asyncio.timeout(self._timeout_s):
            for _ in range(MAX_REDIRECTS + 1):
                self._addresses.check(url)
                if self._proxies != NO_PROXIES and self._proxies.of(url) is not None:
                    await self._addresses.check_proxied(url)
                # Redirects are followed here, where each step is checked.
                async with self._session.get(url, allow_redirects=False) as response:
                    if response.status not in _REDIRECTS:
                        response.raise_for_status()
                        return await _copy(response, write)
                    url = url.join(yarl.URL(response.headers.get("Location", "")))
        raise FetchError("too many redirects")


async def _copy(response: aiohttp.ClientResponse, write: Write) -> bytes | None:
    if (response.content_length or 0) > MAX_PICTURE_BYTES:
        raise TooLargeError(f"{response.content_length} bytes")
    received = 0
    part = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        received += len(chunk)
        if received > MAX_PICTURE_BYTES:
            raise TooLargeError(f"over {MAX_PICTURE_BYTES} bytes")
        part += chunk
        if len(part) >= CHUNK_BYTES:
            await write(bytes(part))
            part.clear()
    rest = bytes(part)
    if rest or not received:
        await write(rest)
    return rest if len(rest) == received else None
