import socket
from ipaddress import ip_address

import pytest
import yarl

from images.fetcher import ForbiddenAddressError, PublicAddresses, is_public

PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",  # 6to4 around 8.8.8.8
]

NOT_PUBLIC = [
    pytest.param("10.0.0.1", id="private-10"),
    pytest.param("172.16.0.1", id="private-172"),
    pytest.param("172.31.255.255", id="private-172-end"),
    pytest.param("192.168.1.1", id="private-192"),
    pytest.param("127.0.0.1", id="loopback"),
    pytest.param("127.255.255.254", id="loopback-end"),
    pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104  # nothing is bound
    pytest.param("0.1.2.3", id="this-network"),
    pytest.param("169.254.1.1", id="link-local"),
    pytest.param("169.254.169.254", id="metadata"),
    pytest.param("100.64.0.1", id="cgnat"),
    pytest.param("100.100.100.200", id="metadata-in-cgnat"),
    pytest.param("192.0.2.1", id="documentation"),
    pytest.param("198.18.0.1", id="benchmarks"),
    pytest.param("224.0.0.1", id="multicast"),
    pytest.param("239.255.255.250", id="multicast-ssdp"),
    pytest.param("240.0.0.1", id="reserved"),
    pytest.param("255.255.255.255", id="broadcast"),
    pytest.param("::", id="unspecified-6"),
    pytest.param("::1", id="loopback-6"),
    pytest.param("fe80::1", id="link-local-6"),
    pytest.param("fe80::1%eth0", id="zone"),
    pytest.param("fec0::1", id="site-local-6"),
    pytest.param("fc00::1", id="unique-local"),
    pytest.param("fd00:ec2::254", id="metadata-6"),
    pytest.param("ff02::1", id="multicast-6"),
    pytest.param("ff0e::1", id="multicast-6-global"),
    pytest.param("100::1", id="discard"),
    pytest.param("2001:db8::1", id="documentation-6"),
    pytest.param("4000::1", id="unassigned-6"),
    pytest.param("::ffff:127.0.0.1", id="mapped-loopback"),
    pytest.param("::ffff:169.254.169.254", id="mapped-metadata"),
    pytest.param("::127.0.0.1", id="compatible-loopback"),
    pytest.param("::ffff:0:127.0.0.1", id="translated-loopback"),
    pytest.param("64:ff9b::127.0.0.1", id="nat64-loopback"),
    pytest.param("64:ff9b::10.0.0.1", id="nat64-private"),
    pytest.param("64:ff9b:1::10.0.0.1", id="nat64-local-prefix"),
    pytest.param("2002:7f00:1::1", id="6to4-loopback"),
    pytest.param("2002:a00:1::1", id="6to4-private"),
    pytest.param("2001:0:7f00:1::", id="teredo-server-loopback"),
    pytest.param("2001:0:808:808:0:0:80ff:fffe", id="teredo-client-loopback"),
    pytest.param("example.org", id="no-address"),
    pytest.param("", id="empty"),
]

REFUSED_URLS = [
    "http://example.org/a.png",
    "http://1.1.1.1/a.png",
    "ftp://example.org/a.png",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "//example.org/a.png",
    "a.png",
    "",
    "https:///a.png",
    "https://ada@example.org/a.png",
    "https://ada:secret@example.org/a.png",
    "https://:secret@example.org/a.png",
    "https://127.0.0.1/a.png",
    "https://127.0.0.1./a.png",
    "https://127.1/a.png",
    "https://0177.0.0.1/a.png",
    "https://2130706433/a.png",
    "https://0/a.png",
    "https://0x7f000001/a.png",
    "https://127.0.0.0X1/a.png",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/a.png",
    "https://[::ffff:127.0.0.1]/a.png",
    "https://[64:ff9b::7f00:1]/a.png",
    "https://[fe80::1%25eth0]/a.png",
    "https://①②⑦.⓪.⓪.①/a.png",
    "https://127。0。0。1/a.png",
]

ALLOWED_URLS = [
    "https://example.org/a.png",
    "https://example.org:8443/a.png",
    "https://1.1.1.1/a.png",
    "https://[2606:4700:4700::1111]/a.png",
    "https://cdn.example.org/a.png?ex=1&hm=2#part",
    "https://0x7f.example.org/a.png",
]

TRUSTED = [("127.0.0.1", 8080), ("Flux.Local", 443), ("localhost", 8080)]


@pytest.mark.parametrize("address", PUBLIC)
def test_is_public_when_it_is_of_the_open_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1"])
@pytest.mark.parametrize("prefix", ["::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "::"])
def test_is_not_public_when_a_prefix_hides_a_private_address(prefix: str, address: str) -> None:
    hidden = ip_address(int(ip_address(prefix)) | int(ip_address(address)))
    assert not is_public(str(hidden))


@pytest.mark.parametrize("url", REFUSED_URLS)
async def test_check_refuses_when_the_url_alone_is_wrong(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        PublicAddresses(TRUSTED).check(yarl.URL(url))


@pytest.mark.parametrize("url", ALLOWED_URLS)
async def test_check_allows_when_it_is_https_to_a_public_host(url: str) -> None:
    PublicAddresses(TRUSTED).check(yarl.URL(url))


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("http://127.0.0.1:8080/a.png", True),
        ("https://127.0.0.1:8080/a.png", True),
        ("http://localhost:8080/a.png", True),
        ("http://LOCALHOST:8080/a.png", True),
        ("https://flux.local/a.png", True),
        ("http://127.0.0.1:8081/a.png", False),
        ("http://127.0.0.1/a.png", False),
        ("https://127.0.0.1/a.png", False),
        ("http://127.0.0.2:8080/a.png", False),
        ("http://flux.local/a.png", False),
        ("http://flux.local.example.org:443/a.png", False),
        ("ftp://127.0.0.1:8080/a.png", False),
    ],
)
async def test_check_trusts_when_host_and_port_are_both_right(url: str, trusted: bool) -> None:  # noqa: FBT001
    addresses = PublicAddresses(TRUSTED)
    if trusted:
        addresses.check(yarl.URL(url))
    else:
        with pytest.raises(ForbiddenAddressError):
            addresses.check(yarl.URL(url))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0x7f000001", "0x7f.1", "2130706433"])
async def test_resolve_refuses_when_the_name_leads_to_loopback(host: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        await PublicAddresses([]).resolve(host, 443, socket.AF_INET)


@pytest.mark.parametrize(("port", "trusted"), [(8080, True), (8081, False), (443, False)])
async def test_resolve_trusts_a_name_only_at_its_port(port: int, trusted: bool) -> None:  # noqa: FBT001
    addresses = PublicAddresses(TRUSTED)
    if trusted:
        results = await addresses.resolve("LocalHost", port, socket.AF_INET)
        assert {result["host"] for result in results} == {"127.0.0.1"}
    else:
        with pytest.raises(ForbiddenAddressError):
            await addresses.resolve("localhost", port, socket.AF_INET)


async def test_resolve_returns_the_addresses_when_all_are_public() -> None:
    results = await PublicAddresses([]).resolve("1.1.1.1", 443, socket.AF_INET)
    assert [(result["host"], result["port"]) for result in results] == [("1.1.1.1", 443)]
