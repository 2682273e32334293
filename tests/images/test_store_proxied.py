"""Where pictures may be fetched from behind a proxy, and where names lead to odd addresses."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
import yarl

from images.fetcher import (
    Fetcher,
    FetchError,
    ForbiddenAddressError,
    GoneLinkError,
    PublicAddresses,
)
from images.store import ImageStore
from network import Proxies
from tests.decoding import shared_decoder
from tests.images.serving import picture
from tests.proxying import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.images.serving import PictureServer

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

AS_A_NAME = "0x7f.1"
"""Resolved to 127.0.0.1 by every resolver, and no address to a URL's reader."""


@asynccontextmanager
async def spool_behind(
    proxy: Proxy, folder: Path, *, trusted: tuple[tuple[str, int], ...] = ()
) -> AsyncIterator[ImageStore]:
    proxies = Proxies(http=proxy.url, https=proxy.url)
    fetcher = Fetcher(trusted, proxies=proxies)
    async with ImageStore(folder, fetcher, decoder=shared_decoder()) as spool:
        yield spool


async def fetch(spool: ImageStore, url: str) -> None:
    await spool.fetch(url, job_id="job", position=1)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.test/a.png",
        "https://cdn.test:8443/a.png",
        "https://10.0.0.1/a.png",
        "https://127.0.0.1/a.png",
        "https://2130706433/a.png",
        "https://[::1]/a.png",
        "https://localhost/a.png",
        f"https://{AS_A_NAME}/a.png",
    ],
)
async def test_the_proxy_is_not_asked_for_what_may_not_be_fetched(folder: Path, url: str) -> None:
    async with Proxy({}) as proxy, spool_behind(proxy, folder) as spool:
        with pytest.raises(FetchError):
            await fetch(spool, url)

    assert proxy.asked == []


async def test_a_name_that_only_the_proxy_knows_is_left_to_it(folder: Path) -> None:
    async with Proxy({}, refusal=502) as proxy, spool_behind(proxy, folder) as spool:
        with pytest.raises(FetchError) as caught:
            await fetch(spool, "https://cdn.test/a.png")

    assert type(caught.value) is FetchError
    assert proxy.asked == ["CONNECT cdn.test:443"]


async def test_a_name_that_is_not_looked_up_in_time_is_left_to_the_proxy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the proxy leads out, this machine's resolver can wait for longer than a fetch."""
    silent, resolve = threading.Event(), socket.getaddrinfo

    def resolve_or_wait(host: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as it is
        if host == "cdn.test":
            silent.wait()
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_or_wait)
    try:
        async with Proxy({}, refusal=502) as proxy, spool_behind(proxy, folder) as spool:
            with pytest.raises(FetchError, match="ClientHttpProxyError"):
                await fetch(spool, "https://cdn.test/a.png")
    finally:
        silent.set()

    assert proxy.asked == ["CONNECT cdn.test:443"]


@pytest.mark.parametrize("refusal", [403, 404, 407, 410])
async def test_what_a_proxy_refuses_is_not_gone(folder: Path, refusal: int) -> None:
    async with Proxy({}, refusal=refusal) as proxy, spool_behind(proxy, folder) as spool:
        with pytest.raises(FetchError) as caught:
            await fetch(spool, "https://cdn.test/a.png")

    assert not isinstance(caught.value, GoneLinkError)


async def test_a_trusted_host_is_reached_through_the_proxy_too(
    folder: Path, server: PictureServer
) -> None:
    server.serve("/a.png", picture())
    async with (
        Proxy({"flux.test:80": server.place[1]}) as proxy,
        spool_behind(proxy, folder, trusted=(("flux.test", 80),)) as spool,
    ):
        await fetch(spool, "http://flux.test/a.png")

    assert proxy.asked == ["GET flux.test:80"]


@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.test"])
async def test_the_proxy_itself_is_connected_to_and_no_host_of_a_picture(host: str) -> None:
    proxies = Proxies(https=yarl.URL(f"http://{host}:7890"), bypass="*")
    addresses = PublicAddresses([], proxies=proxies, name_ranges=LOOPBACK)
    with pytest.raises(ForbiddenAddressError):
        addresses.check(yarl.URL(f"https://{host}:7890/a.png"))

    by_name = Proxies(https=yarl.URL(f"http://{AS_A_NAME}:7890"))
    addresses = PublicAddresses([], proxies=by_name)
    assert await addresses.resolve(AS_A_NAME, 7890, socket.AF_INET)
    with pytest.raises(ForbiddenAddressError):
        await addresses.resolve(AS_A_NAME, 443, socket.AF_INET)


async def test_a_name_may_lead_into_the_named_ranges_and_an_address_never(
    caplog: pytest.LogCaptureFixture,
) -> None:
    addresses = PublicAddresses([], name_ranges=LOOPBACK)
    url = yarl.URL("https://localhost/a.png")
    addresses.check(url)
    await addresses.check_proxied(url)
    assert await addresses.resolve("localhost", 443, socket.AF_INET)
    for literal in (
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.0x1",
        "0x7f.1.",
        "[::ffff:127.0.0.1]",
    ):
        with pytest.raises(ForbiddenAddressError):
            addresses.check(yarl.URL(f"https://{literal}/a.png"))

    elsewhere = PublicAddresses([], name_ranges=(ip_network("198.18.0.0/15"),))
    with caplog.at_level(logging.WARNING), pytest.raises(ForbiddenAddressError):
        await elsewhere.check_proxied(url)
    assert "nothing is downloaded from localhost: it resolves to" in caplog.text
