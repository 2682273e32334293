"""The commands of docs/scaling.md that back PostgreSQL up and restore it, as they are written."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_postgresql import delivered, rows
from tests.postgres import BINARIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

PAGE: Final = Path(__file__).parents[2] / "docs" / "scaling.md"

HERE: Final = 'docker() { while [ "$1" != postgres ]; do shift; done; shift; "$@"; }\n'
"""Runs in this shell what Docker would run in the service postgres."""


def command(program: str) -> str:
    """Return the page's command that runs a program in the service postgres."""
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", "")
    [found] = re.findall(rf"^docker .* exec -T postgres +{program} .*$", text, re.MULTILINE)
    return re.sub(r"\d{4}-\d\d-\d\d", "$(date +%F)", found)


def run(program: str, server: Server, folder: Path) -> None:
    subprocess.run(  # noqa: S603  # a page of our own
        ["bash", "-euc", HERE + command(program)],  # noqa: S607
        check=True,
        cwd=folder,
        env={
            "PATH": f"{BINARIES[-1].parent}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
        },
    )


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    """Return the address of a database with the name that the page has."""
    postgres.run("create database fluxcord")
    yield postgres.url("fluxcord")
    postgres.run("drop database fluxcord with (force)")


async def test_a_restored_database_is_that_of_the_backup(
    idle_stage: Stage, url: str, postgres: Server, tmp_path: Path
) -> None:
    stage = idle_stage
    # The backup says that a process has the shard: it counts as gone after half a lease.
    stage.more_settings |= {"DATABASE_URL": url, "LEASE_S": "2"}
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
        await delivered(stage, url, 1)
        before = {table: rows(url, table) for table in ("jobs", "images", "ledger")}
        run("pg_dump", postgres, tmp_path)
        stage.ada.use("imagine", prompt="a harbour")
        await delivered(stage, url, 2)
    run("pg_restore", postgres, tmp_path)
    assert {table: rows(url, table) for table in before} == before

    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a pier")
        await delivered(stage, url, 2)
        found = await stage.ada.use("history", words="lighthouse").answered()
        listed = await found.wait_for(has_picture)
    assert [option.name for option in listed.options] == ["a lighthouse"]
    assert len(stage.flux.charges) == 3
