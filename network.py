"""The way to other machines: directly, or through the proxy that the settings name."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

import aiohttp

if TYPE_CHECKING:
    import yarl
    from aiohttp.abc import AbstractResolver
    from aiohttp.tracing import Trace

SECURE: Final = frozenset({"https", "wss"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Which hosts are reached through which proxy, by the rules of most programs.

    Attributes:
        http: for `http` and `ws`; None for none.
        https: for `https` and `wss`, by CONNECT; None for none.
        bypass: hosts, hosts with a port, and ranges such as `10.0.0.0/8`, with commas or spaces
            between them, that are reached directly, as are subdomains; a range is for addresses,
            not for what a name resolves to; `*` is all. This machine always is, as in Go's
            net/http.
    """

    http: yarl.URL | None = None
    https: yarl.URL | None = None
    bypass: str = ""

    def of(self, url: yarl.URL) -> yarl.URL | None:
        """Return the proxy for this URL; None where it is reached directly."""
        proxy = self.https if url.scheme in SECURE else self.http
        host = (url.host or "").casefold().rstrip(".")
        if proxy is None or not host or is_this_machine(host):
            return None
        entries = self.bypass.casefold().replace(",", " ").split()
        return None if any(_is_for(entry, host, url.port) for entry in entries) else proxy

    @property
    def hosts(self) -> frozenset[tuple[str, int]]:
        """The proxies' own hosts and ports."""
        return frozenset(
            ((proxy.host or "").casefold(), proxy.port or 0)
            for proxy in (self.http, self.https)
            if proxy is not None
        )


NO_PROXIES: Final = Proxies()


def is_this_machine(host: str) -> bool:
    """Whether a URL's host is this machine, by its usual name or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_for(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY is for this host and port."""
    if entry.count(":") == 1 or "]:" in entry:
        entry, _, wanted = entry.rpartition(":")
        if wanted != str(port):
            return False
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        domain = entry.removeprefix("*").strip(".")
        return entry == "*" or (bool(domain) and f".{host}".endswith(f".{domain}"))


def connector_for(
    proxies: Proxies, *, limit: int, resolver: AbstractResolver | None = None
) -> aiohttp.TCPConnector:
    """Return a connector by these proxies; without any, aiohttp's own."""
    if proxies.http is None and proxies.https is None:
        return aiohttp.TCPConnector(limit=limit, resolver=resolver)
    return Connector(proxies, limit=limit, resolver=resolver)


class Connector(aiohttp.TCPConnector):
    """Connects to each host directly or through its proxy.

    aiohttp's `trust_env` does not do: it knows no proxy for `wss` from HTTPS_PROXY, reads the
    environment in a thread at each request, and sends what a netrc file has for a host.
    """

    def __init__(
        self, proxies: Proxies, *, limit: int, resolver: AbstractResolver | None = None
    ) -> None:
        super().__init__(limit=limit, resolver=resolver)
        self._proxies = proxies

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # as in aiohttp
    ) -> aiohttp.connector.Connection:
        """Connect for one request; part of aiohttp's connector interface.

        Raises:
            aiohttp.ClientProxyConnectionError: the proxy cannot be reached.
            aiohttp.ClientHttpProxyError: the proxy refuses; nothing has reached the host.
        """
        proxy = self._proxies.of(req.url)
        if proxy is not None:
            # discord.py logs errors with the URL in them. Credentials are UTF-8, as in curl.
            credentials = aiohttp.BasicAuth.from_url(proxy, encoding="utf-8")
            req.update_proxy(proxy.with_user(None), credentials, None)
        return await super().connect(req, traces, timeout)
