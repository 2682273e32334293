"""Looks up the hosts that the bot needs, as this machine resolves them."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import yarl

from network import Proxies, is_this_machine
from services.doctor import DEADLINE_S, Finding, fail, ok

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


PICTURE_HOSTS: Final = {
    # https://docs.discord.com/developers/reference#image-formatting
    "discord.com": "cdn.discordapp.com",
    # where results of the live service were in October 2026
    "api.acedata.cloud": "platform2.cdn.acedata.cloud",
}
"""The host that pictures come from, by the host of the API that names it."""

FAKE_IP: Final = "198.18.0.0/15"
"""What Clash, sing-box and others answer with by default; RFC 2544 keeps it for benchmarks."""


def picture_hosts(apis: Iterable[yarl.URL]) -> list[yarl.URL]:
    """Return where pictures are known to come from, with these APIs."""
    hosts = [PICTURE_HOSTS.get(api.host or "") for api in apis]
    return [yarl.URL.build(scheme="https", host=host) for host in hosts if host]


async def examine_names(
    apis: Iterable[yarl.URL],
    pictures: Iterable[yarl.URL],
    *,
    proxies: Proxies,
    may_lead_to: Callable[[str], bool],
) -> Finding | None:
    """Say what each host resolves to and which proxy it is reached through; None without names.

    Args:
        apis: and the gateway, wherever they are.
        may_lead_to: whether pictures are fetched from a name with this address.
    """
    found = {url: await _resolve(url) for url in (*apis, *pictures) if _is_name(url.host or "")}
    told = "; ".join(f"{url.host}: {_way(url, found[url], proxies)}" for url in found)
    refused = [url.host for url in pictures if not all(map(may_lead_to, found.get(url, ())))]
    if refused:
        return fail(
            "names",
            f"{told}. Some of these addresses are not public, so images cannot be downloaded from "
            f"{' and '.join(map(str, refused))}: they would be charged and lost. If a proxy "
            "resolves names to addresses of its own (fake-IP), set FAKE_IP_RANGES to its range, "
            f"such as {FAKE_IP}.",
        )
    return ok("names", f"{told}.") if found else None


def _way(url: yarl.URL, addresses: list[str], proxies: Proxies) -> str:
    proxy = proxies.of(url)
    resolved = ", ".join(addresses) or "not resolved"
    return resolved if proxy is None else f"{resolved}, through {proxy.host}:{proxy.port}"


async def _resolve(url: yarl.URL) -> list[str]:
    try:
        async with asyncio.timeout(DEADLINE_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, None, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError, TimeoutError):
        return []
    return [str(address[0]) for *_, address in found]


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return not is_this_machine(host)
    return False
