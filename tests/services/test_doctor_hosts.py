"""The doctor's line about hosts: what they resolve to, and how they are reached."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_network

import pytest
import yarl

from images.fetcher import may_lead_to
from network import Proxies
from services.doctor import Verdict
from services.doctor_hosts import examine_names, picture_hosts

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

AS_A_NAME = yarl.URL("https://0x7f.1/")
"""Resolved to 127.0.0.1 by every resolver, and no address to a URL's reader."""

PROXIES = Proxies(https=yarl.URL("http://ada:secret@10.0.0.1:3128"))


async def test_addresses_and_this_machine_need_no_line() -> None:
    apis = [yarl.URL("http://127.0.0.1:1/"), yarl.URL("ws://[::1]/"), yarl.URL("http://localhost")]

    assert picture_hosts(apis) == []
    assert (
        await examine_names(
            apis, [], proxies=PROXIES, may_lead_to=partial(may_lead_to, name_ranges=())
        )
        is None
    )


@pytest.mark.parametrize("is_set", [True, False])
async def test_a_host_of_pictures_with_an_address_that_is_not_public(*, is_set: bool) -> None:
    ranges = LOOPBACK if is_set else ()
    found = await examine_names(
        [], [AS_A_NAME], proxies=Proxies(), may_lead_to=partial(may_lead_to, name_ranges=ranges)
    )

    assert found is not None
    assert found.text.startswith("0x7f.1: 127.0.0.1.")
    assert found.verdict is (Verdict.OK if is_set else Verdict.FAIL)
    assert ("FAKE_IP_RANGES" in found.text) is not is_set


async def test_an_api_may_be_anywhere_and_the_proxy_is_named_without_its_password() -> None:
    found = await examine_names(
        [AS_A_NAME], [], proxies=PROXIES, may_lead_to=partial(may_lead_to, name_ranges=())
    )

    assert found is not None
    assert (found.verdict, found.text) == (
        Verdict.OK,
        "0x7f.1: 127.0.0.1, through 10.0.0.1:3128.",
    )


def test_pictures_come_from_the_hosts_of_the_two_services() -> None:
    apis = [yarl.URL("https://discord.com/api/v10"), yarl.URL("https://api.acedata.cloud")]

    assert [url.host for url in picture_hosts(apis)] == [
        "cdn.discordapp.com",
        "platform2.cdn.acedata.cloud",
    ]
