"""The image's steps as plain commands: what is copied is enough, runs, and tells its health."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import unused_port

from tests.end_to_end.stage import open_stage

if TYPE_CHECKING:
    from asyncio.subprocess import Process

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[\w+\])?==([^\s;\\]+)(?: ?; (.*?))?(?: \\)?$", re.MULTILINE
)


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, each with its lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def only(name: str) -> str:
    [found] = [rest for each, rest in instructions() if each == name]
    return found


def copied() -> list[str]:
    return [
        source for name, rest in instructions() if name == "COPY" for source in rest.split()[:-1]
    ]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in only("ENV").split())


def health_command() -> list[str]:
    command: list[str] = json.loads(only("HEALTHCHECK").partition(" CMD ")[2])
    return command


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return a folder with what the image has in /app, and nothing else."""
    app = tmp_path / "app"
    app.mkdir()
    for source in copied():
        path = ROOT / source
        if path.is_dir():
            shutil.copytree(path, app / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, app)
    return app


def here(command: list[str]) -> list[str]:
    """Return a command of the image for this machine."""
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


async def start(app: Path, command: list[str], environ: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        *here(command),
        cwd=app,
        env={"PATH": os.environ["PATH"]} | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def test_the_base_is_pinned_and_the_user_is_not_root() -> None:
    assert re.fullmatch(r"PYTHON=3\.1\d\.\d+-slim-\w+", only("ARG"))
    assert only("FROM") == "python:${PYTHON}"
    assert only("USER") == "fluxcord"
    names = [name for name, _ in instructions()]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")


def test_everything_that_is_copied_is_let_through_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert sorted(line[1:] for line in lines if line.startswith("!")) == sorted(copied())


def test_each_package_is_pinned_by_hash_to_the_version_that_is_tested() -> None:
    locked_text = (ROOT / "requirements-container.txt").read_text()
    entries = re.split(r"^(?=[a-z])", locked_text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in locked_text
    locked = {name: version for name, version, _ in PIN.findall(locked_text)}
    wanted = {
        re.sub(r"[._]", "-", name): version
        for page in ("requirements.txt", "requirements-s3.txt", "requirements-postgres.txt")
        for name, version, _ in PIN.findall((ROOT / page).read_text())
    }
    # Which sqlite-utils asks for, and psycopg's own libraries.
    assert locked.keys() - wanted.keys() == {"pip", "psycopg-binary"}
    assert locked["psycopg-binary"] == locked["psycopg"]
    assert {name: locked[name] for name in wanted} == wanted


def test_what_only_some_systems_need_is_locked_for_those() -> None:
    locked, wanted = (
        {
            re.sub(r"[._]", "-", name): re.sub(r"python_full_version|\s|\"|'", "", marker)
            for name, _, marker in PIN.findall((ROOT / page).read_text())
            if marker and name != "psycopg-binary"
        }
        for page in ("requirements-container.txt", "requirements.txt")
    )
    wanted = {name: marker.replace("python_version", "") for name, marker in wanted.items()}
    assert wanted
    assert locked == wanted


async def test_what_the_image_holds_says_its_version(app: Path) -> None:
    entry = json.loads(only("ENTRYPOINT"))
    said = await start(app, [*entry, "--version"], {})
    output, _ = await said.communicate()

    assert said.returncode == 0
    assert output.startswith(b"Fluxcord ")


async def test_what_the_image_holds_runs_and_tells_its_health(app: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with open_stage(tmp_path) as stage:
        environ = stage.environ | environment()
        environ |= {"DATABASE_PATH": str(data / "fluxcord.db"), "DATA_DIR": str(data)}
        environ["HEALTH_PORT"] = str(unused_port())
        assert await health(app, environ) != 0
        bot = await start(app, json.loads(only("ENTRYPOINT")), environ)
        try:
            await stage.discord.connected()
            assert await health(app, environ) == 0
        finally:
            bot.terminate()
            output, _ = await bot.communicate()
        assert await health(app, environ) != 0

    assert bot.returncode == 0, output
    assert sorted(path.name for path in app.rglob("__pycache__")) == []  # noqa: ASYNC240
    assert (data / "fluxcord.db").exists()


async def health(app: Path, environ: dict[str, str]) -> int:
    check = await start(app, health_command(), environ)
    await check.communicate()
    assert check.returncode is not None
    return check.returncode


def test_compose_keeps_the_data_in_a_volume_and_the_tokens_out_of_the_image() -> None:
    text = (ROOT / "compose.yaml").read_text()

    assert "\n    env_file: .env\n" in text
    assert f"\n      - data:{only('VOLUME')}\n" in text
    assert "\nvolumes:\n  data:\n" in text
    assert "\n    logging:\n      driver: local\n" in text
    for key in ("DATABASE_PATH", "DATA_DIR"):
        assert f"\n      {key}: {environment()[key]}\n" in text
    assert f'\n      HEALTH_PORT: "{environment()["HEALTH_PORT"]}"\n' in text
