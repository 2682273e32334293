"""Fetches picture files from other hosts: public ones over https, and of a limited size."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final, TypeAlias

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from images.inspect import PictureLimitError
from network import NO_PROXIES, Proxies, connector_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

logger = logging.getLogger(__name__)

Ranges: TypeAlias = "tuple[IPv4Network | IPv6Network, ...]"

HTTPS_PORT: Final = 443

RESOLVE_S: Final = 5.0
"""For a name that a proxy resolves anyway: where nothing answers, resolvers wait for a minute."""

NAT64: Final = IPv6Network("64:ff9b::/96")
"""IPv4 addresses written as IPv6 by the well-known prefix, RFC 6052."""

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that leads to the open internet, RFC 4291; `is_global` lets in more than that."""

_NUMBER: Final = re.compile(r"\d+|0[xX][0-9a-fA-F]*")


class ForbiddenAddressError(OSError):
    """The host is not one that a picture may be fetched from."""


def is_public(address: str) -> bool:
    """Whether this is an address of the open internet, in whatever way it is written."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(
        part.is_global and not part.is_multicast and (part.version == 4 or part in GLOBAL_UNICAST)  # noqa: PLR2004
        for part in _with_embedded(parsed)
    )


def _with_embedded(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    if address.sixtofour:
        return [address, address.sixtofour]
    return [address, *(address.teredo or ())]


def may_lead_to(address: str, *, name_ranges: Ranges) -> bool:
    """Whether a name may resolve to this address: a public one, or one of these ranges."""
    if is_public(address):
        return True
    parsed = ip_address(address.partition("%")[0])
    return any(parsed in each for each in name_ranges)


class PublicAddresses(AbstractResolver):
    """Resolves only names all of whose addresses are public, except for trusted hosts.

    The connection is made to the very addresses that were checked, so a name that changes its
    answer between check and connection gains nothing. Through a proxy, which resolves by itself,
    that cannot be had: `check_proxied` asks this machine's resolver first.

    Args:
        trusted: pairs of host and port that may be anywhere, without https too.
        proxies: connected to wherever they are; never a picture's host.
        name_ranges: ranges that a name may lead to although they are not public, as where a proxy
            answers for names with addresses of its own (fake-IP). A URL with such an address in it
            is refused as ever.
    """

    def __init__(
        self,
        trusted: Iterable[tuple[str, int]],
        *,
        proxies: Proxies = NO_PROXIES,
        name_ranges: Ranges = (),
    ) -> None:
        self._trusted = frozenset((host.casefold(), port) for host, port in trusted)
        self._proxies = proxies
        self._name_ranges = name_ranges
        self._resolver = ThreadedResolver()

    def check(self, url: yarl.URL) -> None:
        """Raise ForbiddenAddressError for what the URL alone shows; `resolve` checks names."""
        place = (url.host or "").casefold(), url.port or 0
        if place in self._trusted and url.scheme in {"http", "https"}:
            return
        if url.scheme != "https" or not url.host or url.user or url.password:
            raise ForbiddenAddressError("only https addresses without credentials are fetched")
        if place in self._proxies.hosts:
            raise ForbiddenAddressError("the address is the proxy's")
        # aiohttp asks no resolver about 127.1 or 2130706433, and 0x7f.1 is an address to resolvers.
        if _looks_literal(url.host) and not is_public(url.host):
            raise ForbiddenAddressError("the address is not public")

    async def check_proxied(self, url: yarl.URL) -> None:
        """Check a URL whose name a proxy resolves, by what this machine's resolver says of it.

        Where only the proxy knows the name, or this machine's resolver is silent, nothing but the
        port is left to check.

        Raises:
            ForbiddenAddressError: the name leads to an address that is not public, or it is not
                known here and the port is not that of https.
        """
        if ((url.host or "").casefold(), url.port or 0) in self._trusted:
            return
        try:
            async with asyncio.timeout(RESOLVE_S):
                await self.resolve(url.host or "", url.port or 0, socket.AF_UNSPEC)
        except ForbiddenAddressError:
            raise
        except OSError as error:
            if url.port != HTTPS_PORT:
                raise ForbiddenAddressError("behind a proxy, only port 443 is used") from error

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name; raises ForbiddenAddressError where one of its addresses is not public."""
        results = await self._resolver.resolve(host, port, family)
        if (host.casefold(), port) in self._trusted | self._proxies.hosts:
            return results
        forbidden = [
            result["host"]
            for result in results
            if not may_lead_to(result["host"], name_ranges=self._name_ranges)
        ]
        if forbidden:
            logger.warning(
                "nothing is downloaded from %s: it resolves to %s, which is not public "
                "(see FAKE_IP_RANGES)",
                host,
                ", ".join(forbidden),
            )
            raise ForbiddenAddressError("the name leads to an address that is not public")
        return results

    async def close(self) -> None:
        await self._resolver.close()


def _looks_literal(host: str) -> bool:
    """Whether resolvers read a host as a number: https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    return ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None


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
