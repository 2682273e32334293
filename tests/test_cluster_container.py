"""`compose.cluster.yaml`: what it names exists, and its processes are one bot when they run."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import AsyncExitStack
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import pytest
import yarl
from aiohttp.test_utils import unused_port

import cli
from config import Settings, read_settings
from tests.end_to_end.stage import has_picture, open_stage
from tests.object_store import MOTO, object_store
from tests.test_container import ROOT, app, environment, health, only, start

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Server

__all__ = ["app"]

FILE: Final = ROOT / "compose.cluster.yaml"

TOKENS: Final = {"DISCORD_TOKEN": "d", "FLUX_API_TOKEN": "f"}

READ: Final = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
"""For the environment of the local S3 server, which has a reader of YAML."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Read the file; Docker itself is not needed."""
    if not MOTO.exists():
        pytest.skip("no reader of YAML is installed: make install")
    text = re.sub(r"\$\{\w+:\?.*?\}", "secret", FILE.read_text())  # passwords of .env
    read = subprocess.run(  # noqa: S603  # the environment of the tests
        [MOTO, "-c", READ], input=text.encode(), capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(read.stdout)
    return found


@pytest.fixture
def bots(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the services that run the bot, by their names."""
    return {name: each for name, each in compose["services"].items() if "build" in each}


def test_the_processes_have_commands_and_settings_that_there_are(
    bots: dict[str, dict[str, Any]],
) -> None:
    roles = []
    for service in bots.values():
        role = cli.parse(service["command"]).role
        given = service["environment"]
        assert given.keys() <= {field.name.upper() for field in fields(Settings)}
        settings = read_settings({**environment(), **TOKENS, **given, "ROLE": role})
        assert settings.bucket is not None
        assert settings.database_url
        roles.append((role, settings.shard_count, settings.shard_ids))
    assert roles == [
        ("gateway", 2, (0,)),
        ("gateway", 2, (1,)),
        ("worker", 2, ()),
        ("worker", 2, ()),
    ]


def test_what_the_file_refers_to_is_there(
    compose: dict[str, Any], bots: dict[str, dict[str, Any]]
) -> None:
    services = compose["services"]
    assert {service["build"] for service in bots.values()} == {"."}
    assert (ROOT / "Dockerfile").exists()
    for service in services.values():
        waits = service.get("depends_on", [])
        assert {*waits} <= services.keys()
        for name, wait in waits.items() if isinstance(waits, dict) else ():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[name]
        named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert named <= compose["volumes"].keys()
    # The image checks its health at the port that it is given here.
    assert {each["environment"]["HEALTH_PORT"] for each in bots.values()} == {
        environment()["HEALTH_PORT"]
    }
    assert not any("healthcheck" in service for service in bots.values())


def test_the_addresses_are_those_of_the_services(
    compose: dict[str, Any], bots: dict[str, dict[str, Any]]
) -> None:
    services = compose["services"]
    owner = {
        key.removeprefix("POSTGRES_"): each
        for key, each in services["postgres"]["environment"].items()
    }
    [url] = {service["environment"]["DATABASE_URL"] for service in bots.values()}
    assert url == "postgresql://{USER}:{PASSWORD}@postgres/{DB}".format(**owner)
    [given] = {service["environment"]["AWS_ENDPOINT_URL"] for service in bots.values()}
    assert given == "http://store:9000"
    assert "store" in services
    [images] = {service["environment"]["IMAGE_STORE_URL"] for service in bots.values()}
    [creating] = services["bucket"]["command"]
    assert given in creating
    assert f"store/{yarl.URL(images).host}\n" in creating


async def test_its_processes_run_with_what_the_image_holds(
    app: Path,
    tmp_path: Path,
    postgres: Server,
    bots: dict[str, dict[str, Any]],
) -> None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(object_store())
        stage = await stack.enter_async_context(open_stage(tmp_path))
        url = stack.enter_context(postgres.migrated_database())
        stage.discord.gateway.max_concurrency = 2
        here = stage.environ | store.environ | {"DATABASE_URL": url}
        processes = []
        for name, service in [*bots.items()][:3]:  # the second worker is like the first
            own = {"DATA_DIR": str(tmp_path / name), "HEALTH_PORT": str(unused_port())}
            environ = environment() | service["environment"] | here | own
            command = [*json.loads(only("ENTRYPOINT")), *service["command"]]
            processes.append((await start(app, command, environ), environ))
        sessions = stage.discord.gateway.sessions
        try:
            await stage.until(
                lambda: {each.shard for each in sessions.values()} == {(0, 2), (1, 2)}
            )
            stage.ada.use("imagine", prompt="a lighthouse")
            await stage.ada.wait_for(has_picture)
            assert [await health(app, environ) for _, environ in processes] == [0] * 3
        finally:
            for process, _ in processes:
                process.terminate()
            outputs = [(await process.communicate())[0].decode() for process, _ in processes]
        assert [process.returncode for process, _ in processes] == [0] * 3, outputs
        assert len(await store.names()) == 1
        assert len(stage.flux.charges) == 1
