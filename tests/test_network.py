"""The way to other machines: which hosts go through a proxy, and how it is asked."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import aiohttp
import pytest
import yarl
from aiohttp.test_utils import unused_port

from network import Connector, Proxies
from tests.images.serving import PictureServer
from tests.proxying import Authority, Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HTTP = yarl.URL("http://proxy.example.org:3128")
HTTPS = yarl.URL("http://secure.example.org:3129")
BYPASS = "direct.example.com, .inside.example.com,*.home,ported.example.com:8443"
BYPASS += (
    ", 10.0.0.0/8, 192.168.1.5/16, fd00::/8, [2001:db8::1] spaced.example.com dotted.example.com."
)
BYPASS += ",172.16.0.1:8080,[2001:db8::2]:8443,[2001:DB8:0::3]:443,2001:db8::4:443"


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://discord.com/api/v10", HTTPS),
        ("wss://gateway.discord.gg/", HTTPS),
        ("http://example.com/", HTTP),
        ("ws://example.com/", HTTP),
        ("https://1.1.1.1/", HTTPS),
        ("https://direct.example.com/", None),
        ("https://DIRECT.example.com/", None),
        ("https://below.direct.example.com/", None),
        ("https://notdirect.example.com/", HTTPS),
        ("https://inside.example.com/", None),
        ("https://a.inside.example.com/", None),
        ("https://nas.home/", None),
        ("https://ported.example.com:8443/", None),
        ("https://ported.example.com/", HTTPS),
        ("https://10.1.2.3/", None),
        ("http://192.168.7.7:8080/", None),
        ("https://[fd00::7]/", None),
        ("https://[2001:db8::1]/", None),
        ("https://spaced.example.com/", None),
        ("https://dotted.example.com/", None),
        ("http://172.16.0.1:8080/", None),
        ("http://172.16.0.1/", HTTP),
        ("https://[2001:db8::2]:8443/", None),
        ("https://[2001:db8::2]/", HTTPS),
        ("https://[2001:db8::3]/", None),
        ("https://[2001:db8::4:443]/", None),
        ("https://[2001:db8::4]/", HTTPS),
        ("https://11.1.2.3/", HTTPS),
        ("https://10.example.com/", HTTPS),
        ("https://direct.example.com./", None),
        ("http://localhost./", None),
        ("http://127.0.0.1:9090/", None),
        ("http://[::1]:9090/", None),
        ("http://localhost:9090/", None),
        ("http://localhost.example.com/", HTTP),
    ],
)
def test_a_proxy_is_for_its_schemes_and_not_for_hosts_that_are_left_out(
    url: str, proxy: yarl.URL | None
) -> None:
    assert Proxies(http=HTTP, https=HTTPS, bypass=BYPASS).of(yarl.URL(url)) == proxy


@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss"])
def test_nothing_goes_through_a_proxy_where_all_is_left_out_or_none_is_named(scheme: str) -> None:
    url = yarl.URL(f"{scheme}://example.com/")

    assert Proxies(http=HTTP, https=HTTPS, bypass="a.example, *").of(url) is None
    assert Proxies().of(url) is None


@pytest.fixture
async def server() -> AsyncIterator[PictureServer]:
    async with PictureServer() as opened:
        yield opened


def session(proxies: Proxies) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=Connector(proxies, limit=4))


@pytest.mark.parametrize("credentials", [None, "ada:p@ss:word", "用户:密码"])
async def test_https_is_tunnelled_and_http_is_forwarded(
    tmp_path: Path, server: PictureServer, credentials: str | None
) -> None:
    server.serve("/a.png", b"a picture")
    authority = Authority(tmp_path)
    _, port = server.place
    async with (
        authority.encrypted(port, "cdn.test") as encrypted,
        Proxy({"cdn.test:443": encrypted, "cdn.test:80": port}, credentials=credentials) as proxy,
        session(Proxies(http=proxy.url, https=proxy.url)) as asking,
    ):
        context = ssl.create_default_context(cafile=str(authority.file))
        for url in ("https://cdn.test/a.png", "http://cdn.test/a.png"):
            async with asking.get(url, ssl=context) as response:
                assert await response.read() == b"a picture"

    assert proxy.asked == ["CONNECT cdn.test:443", "GET cdn.test:80"]


async def test_a_proxy_that_refuses_or_is_not_there_is_told_apart_from_the_host() -> None:
    async with (
        Proxy({}, refusal=403) as proxy,
        session(Proxies(https=proxy.url)) as asking,
    ):
        with pytest.raises(aiohttp.ClientHttpProxyError, match="403"):
            await asking.get("https://cdn.test/a.png")
    gone = Proxies(https=yarl.URL(f"http://127.0.0.1:{unused_port()}"))
    async with session(gone) as asking:
        with pytest.raises(aiohttp.ClientProxyConnectionError):
            await asking.get("https://cdn.test/a.png")


async def test_an_error_of_a_proxy_does_not_name_its_password() -> None:
    """discord.py logs such an error, words and all, each time it fails to reconnect."""
    async with Proxy({}, credentials="ada:secret-word") as proxy:
        wrong = proxy.url.with_password("wrong-word")
        async with session(Proxies(http=wrong, https=wrong)) as asking:
            with pytest.raises(aiohttp.ClientHttpProxyError) as tunnelled:
                await asking.get("https://cdn.test/a.png")
            async with asking.get("http://cdn.test/a.png") as response:
                with pytest.raises(aiohttp.ClientResponseError) as forwarded:
                    response.raise_for_status()

    for raised in (tunnelled, forwarded):
        assert "407" in str(raised.value)
        assert "wrong-word" not in f"{raised.value} {raised.value!r}"
