"""The bot where it reaches the world by a proxy alone, and where names have false addresses."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import yarl

from sandbox.flux.conduct import LinkTo
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_process import output_of
from tests.proxying import Authority, Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage

HOSTS = ("discord.test", "gateway.test", "flux.test")


class Inspector:
    """Both services under names that nobody but the proxy knows, with certificates."""

    def __init__(self, stage: Stage, proxy: Proxy, authority: Authority) -> None:
        self.proxy = proxy
        self.environ = {
            **stage.environ,
            "DISCORD_API_BASE": "https://discord.test/api/v10",
            "DISCORD_GATEWAY_URL": "wss://gateway.test/gateway",
            "FLUX_API_BASE": "https://flux.test",
            "HTTPS_PROXY": str(proxy.url),
            "SSL_CERT_FILE": str(authority.file),
        }
        stage.discord.gateway.url = "wss://gateway.test/gateway"


@pytest.fixture
async def behind(idle_stage: Stage, tmp_path: Path) -> AsyncIterator[Inspector]:
    stage = idle_stage
    authority = Authority(tmp_path)
    discord_port = yarl.URL(stage.discord.base_url).port or 0
    flux_port = yarl.URL(stage.flux.base).port or 0
    async with AsyncExitStack() as stack:
        ways = {
            f"{host}:443": await stack.enter_async_context(
                authority.encrypted(flux_port if host == "flux.test" else discord_port, host)
            )
            for host in HOSTS
        }
        proxy = await stack.enter_async_context(Proxy(ways, credentials="ada:secret-word"))
        yield Inspector(stage, proxy, authority)


async def test_discord_its_gateway_flux_and_pictures_are_reached_through_a_proxy(
    idle_stage: Stage, behind: Inspector
) -> None:
    stage = idle_stage
    # What the local Flux would say of its files is an address that is reached directly.
    path = yarl.URL(stage.flux.base).path
    stage.flux._worker._files_url = f"https://flux.test{path.rstrip('/')}/files/"
    async with bot_process(stage.folder, behind.environ) as bot:
        await stage.discord.connected()
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
        bot.terminate()
        output = await output_of(bot)
    tunnels = set(behind.proxy.asked)
    async with bot_process(stage.folder, behind.environ, "doctor") as doctor:
        told = await output_of(doctor)

    assert bot.returncode == 0
    assert tunnels == {f"CONNECT {host}:443" for host in HOSTS}
    proxy = f"127.0.0.1:{behind.proxy.port}"
    assert f"gateway.test: not resolved, through {proxy}" in told
    assert "accepts FLUX_API_TOKEN" in told
    assert doctor.returncode == 0, told
    assert "secret-word" not in output + told


async def test_a_proxy_that_refuses_costs_nothing(idle_stage: Stage, behind: Inspector) -> None:
    """The request was never sent, so nothing is uncertain, and it may be asked for again."""
    stage = idle_stage
    environ = {
        **behind.environ,
        "DISCORD_API_BASE": stage.discord.api_base,
        "DISCORD_GATEWAY_URL": stage.discord.gateway_url,
        "HTTPS_PROXY": str(behind.proxy.url.with_password("wrong")),
    }
    stage.discord.gateway.url = stage.discord.gateway_url
    async with bot_process(stage.folder, environ):
        await stage.discord.connected()
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(says("I can't reach Flux, so"))
        [row] = await stage.ended()

    assert row["state"] == "failed"
    assert stage.flux.requests == []
    assert stage.borne() == {"user": 0, "house": 0}


@asynccontextmanager
async def fake_addresses(
    stage: Stage, folder: Path, *, ranges: str
) -> AsyncIterator[tuple[AnyBot, str]]:
    """Run the bot where the name of the result's host leads to an address that is not public."""
    authority = Authority(folder)
    port = yarl.URL(stage.flux.base).port or 0
    async with authority.encrypted(port, "localhost") as encrypted:
        host = f"https://localhost:{encrypted}"
        stage.flux._worker._files_url = f"{host}/files/"
        environ = {
            **stage.environ,
            "FAKE_IP_RANGES": ranges,
            "SSL_CERT_FILE": str(authority.file),
        }
        async with bot_process(folder, environ) as bot:
            await stage.discord.connected()
            yield bot, host


async def test_a_picture_comes_from_a_name_with_a_false_address_where_that_is_set(
    idle_stage: Stage, tmp_path: Path
) -> None:
    async with fake_addresses(idle_stage, tmp_path, ranges="127.0.0.0/8, ::1/128"):
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)


async def test_the_log_says_which_host_has_an_address_that_is_not_public(
    idle_stage: Stage, tmp_path: Path
) -> None:
    async with fake_addresses(idle_stage, tmp_path, ranges="198.18.0.0/15") as (bot, _):
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(says("but I can't download it"))
        bot.terminate()
        output = await output_of(bot)

    assert "nothing is downloaded from localhost: it resolves to" in output
    assert "127.0.0.1" in output
    assert "FAKE_IP_RANGES" in output


async def test_an_address_that_stands_in_a_link_is_refused_whatever_is_set(
    idle_stage: Stage, tmp_path: Path
) -> None:
    async with fake_addresses(idle_stage, tmp_path, ranges="127.0.0.0/8") as (_, host):
        link = host.replace("localhost", "127.0.0.1")
        idle_stage.flux.misbehave("work", LinkTo(f"{link}/files/any.png"))
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(says("but I can't download it"))
