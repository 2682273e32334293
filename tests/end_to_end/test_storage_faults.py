"""A database that cannot be used: a plain sentence at start or to the person, and nothing paid."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from sandbox.flux.faults import Hang
from storage.database import Database
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.patience import PATIENCE_S
from tests.python_process import OBEY_PERMISSIONS, output_of_python
from tests.samples import samples_of

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage

if sys.platform == "linux":
    import resource

NOT_STORED = "I can't store your request right now"

ON_A_FULL_DISK = """
import os, resource, sys
# No file may grow: what the system then refuses is a write, as on a full disk.
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="uses what Linux has for it")


def set_room(bot: AnyBot, room: int | None) -> None:
    """Let the files of the bot grow to so many bytes; 0 is a full disk, None is no limit."""
    limit = resource.RLIM_INFINITY if room is None else room
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def process(stage: Stage, start: str | None = None) -> AbstractAsyncContextManager[AnyBot]:
    """Run `python bot.py`, from a Python that did `start` first."""
    return bot_process(stage.folder, stage.environ, apart=True, start=start)


async def refused_start(stage: Stage, start: str | None = None) -> str:
    """Start the bot; return what it says, having seen that it ended by itself and asked nobody."""
    async with process(stage, start) as bot:
        _, errors = await bot.communicate()
    said = errors.decode()
    assert bot.returncode == 1, said
    assert "Traceback" not in said
    assert said.count("\n") == 1
    assert stage.discord.requests == []
    assert stage.flux.requests == []
    return said


async def logged(bot: AnyBot, words: str) -> None:
    """Read the bot's log until it says this."""
    assert bot.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        while words not in (line := (await bot.stderr.readline()).decode()):
            assert line, f"the bot ended without saying {words!r}"


@pytest.fixture
async def path(idle_stage: Stage) -> Path:
    """Make the database of an earlier run."""
    path = idle_stage.settings.database_path
    async with Database(path):
        pass
    return path


@pytest.fixture
def elsewhere(idle_stage: Stage) -> Path:
    """Let the bot use another file than the one where a test's prompts are looked for."""
    path = idle_stage.folder / "elsewhere.db"
    idle_stage.more_settings["DATABASE_PATH"] = str(path)
    return path


@linux_only
async def test_a_full_disk_at_start(idle_stage: Stage, elsewhere: Path) -> None:
    said = await refused_start(idle_stage, ON_A_FULL_DISK)

    assert f"{elsewhere} cannot be used as the database" in said
    assert "disk" in said


@linux_only
async def test_a_disk_that_filled_up_since_the_last_start(idle_stage: Stage, path: Path) -> None:
    said = await refused_start(idle_stage, ON_A_FULL_DISK)

    assert f"{path} cannot be used as the database" in said


@linux_only
async def test_a_read_only_file_at_start(idle_stage: Stage, path: Path) -> None:
    await asyncio.to_thread(path.chmod, 0o444)
    probing = await output_of_python("-c", f"open({str(path)!r}, 'a')", obeying=True)
    if "PermissionError" not in probing:
        pytest.skip("permissions of files mean nothing here")
    said = await refused_start(idle_stage, OBEY_PERMISSIONS)

    assert "Make it, its -wal and -shm files and its folder writable." in said


async def test_a_newer_file_at_start(idle_stage: Stage, path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("update _sqlite_migrations set name = 'm999_later' where id = 1")

    assert f"{path} was written by a newer Fluxcord than this one." in await refused_start(
        idle_stage
    )


async def test_a_file_of_something_else_at_start(idle_stage: Stage, elsewhere: Path) -> None:
    await asyncio.to_thread(elsewhere.write_bytes, b"this is no database" * 100)

    assert "It is not an SQLite file" in await refused_start(idle_stage)


async def test_a_second_bot_at_start(stage: Stage) -> None:
    async with process(stage) as bot:
        _, errors = await bot.communicate()

    assert bot.returncode == 1
    assert "Another Fluxcord is already using" in errors.decode()


async def test_a_file_that_another_program_holds_at_the_command(stage: Stage) -> None:
    with closing(sqlite3.connect(stage.settings.database_path)) as other:
        other.execute("begin immediate")
        use = stage.ada.use("imagine", prompt="a lighthouse")
        await use.answered()
        assert use.message is not None
        assert NOT_STORED in use.message.text
        assert use.message.private
    # Once the file is let go, it takes what comes, and never what was said not to be started.
    stage.ada.use("imagine", prompt="another lighthouse")
    await stage.ada.wait_for(has_picture)

    assert [row["prompt"] for row in stage.rows()] == ["another lighthouse"]
    assert len(stage.flux.charges) == 1


@linux_only
async def test_a_full_disk_at_the_command(idle_stage: Stage) -> None:
    async with process(idle_stage) as bot:
        await idle_stage.discord.connected()
        set_room(bot, 0)
        use = idle_stage.ada.use("imagine", prompt="a lighthouse")
        await use.answered()
        assert use.message is not None
        assert NOT_STORED in use.message.text
        assert use.message.private
        assert idle_stage.rows() == []
        assert idle_stage.flux.requests == []

        set_room(bot, None)
        idle_stage.ada.use("imagine", prompt="another lighthouse")
        await idle_stage.ada.wait_for(has_picture)
        [row] = await idle_stage.ended()

    assert row["state"] == "delivered"
    assert len(idle_stage.flux.charges) == 1


JOBS = 8

TRIES = 40


async def disk_tries(port: int) -> float:
    """Return how often a running bot has tried again to write to the disk."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as response,
    ):
        return samples_of(await response.text())["fluxcord_retries_total", "disk"]


@linux_only
async def test_a_full_disk_is_logged_in_few_lines(idle_stage: Stage) -> None:
    port = unused_port()
    many = dict.fromkeys(
        ("MAX_RUNNING_JOBS", "MAX_RUNNING_PER_USER", "MAX_JOBS_PER_USER"), str(JOBS)
    )
    idle_stage.more_settings |= {**many, "HEALTH_PORT": str(port)}
    idle_stage.flux.misbehave("accepted", Hang(), times=JOBS)
    async with process(idle_stage) as bot:
        assert bot.stderr is not None
        await idle_stage.discord.connected(within=60)
        for number in range(JOBS):
            idle_stage.ada.use("imagine", prompt=f"lighthouse {number}")
        await idle_stage.flux.reached(JOBS)
        set_room(bot, 0)
        idle_stage.flux.release()
        async with asyncio.timeout(60):
            while await disk_tries(port) < TRIES:
                await asyncio.sleep(0.05)
        set_room(bot, None)
        await idle_stage.discord.wait_until(
            lambda: sum(map(has_picture, idle_stage.ada.read())) == JOBS, within=60
        )
        bot.terminate()
        log = (await bot.stderr.read()).decode()

    tracebacks = [part for part in log.split("\n2") if "Traceback" in part]
    assert [part.count("the database cannot be written: ") for part in tracebacks] == [1]
    assert log.count("cannot be stored, retrying") <= TRIES // 2
    assert log.count("the database cannot be written: over after") == 1


@linux_only
async def test_commands_on_a_full_disk_are_logged_in_a_line_each(idle_stage: Stage) -> None:
    async with process(idle_stage) as bot:
        assert bot.stderr is not None
        await idle_stage.discord.connected(within=60)
        set_room(bot, 0)
        for _ in range(3):
            await idle_stage.ada.use("imagine", prompt="a lighthouse").answered()
        bot.terminate()
        log = (await bot.stderr.read()).decode()

    tracebacks = [part for part in log.split("\n2") if "Traceback" in part]
    assert [part.count("the database cannot be written: ") for part in tracebacks] == [1]
    assert log.count("storage is unavailable: ") == 3


@linux_only
async def test_a_disk_that_fills_up_before_the_task_is_stored(idle_stage: Stage) -> None:
    idle_stage.flux.misbehave("accepted", Hang())
    async with process(idle_stage) as bot:
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.flux.reached(1)
        set_room(bot, 0)
        idle_stage.flux.release()
        await logged(bot, "cannot be stored")
        [unstored] = idle_stage.rows("jobs")
        set_room(bot, None)
        message = await idle_stage.ada.wait_for(has_picture)
        [row] = await idle_stage.ended()

    assert (unstored["state"], unstored["task_id"]) == ("submitting", None)
    assert row["state"] == "delivered"
    assert len(idle_stage.flux.charges) == 1
    assert [seen.id for seen in idle_stage.ada.read()] == [message.id]


@linux_only
async def test_a_disk_that_fills_up_before_the_task_is_stored_and_a_kill(
    idle_stage: Stage,
) -> None:
    idle_stage.flux.misbehave("accepted", Hang())
    async with process(idle_stage) as bot:
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.flux.reached(1)
        set_room(bot, 0)
        idle_stage.flux.release()
        await logged(bot, "cannot be stored")
        bot.kill()
        await bot.wait()
    async with idle_stage.bot_running():
        await idle_stage.ada.wait_for(says("if it arrives later"))
        [row] = await idle_stage.ended()

    assert row["error_code"] == "answer_lost"
    assert len(idle_stage.flux.charges) == 1
    borne = Counter[str]()
    for entry in idle_stage.rows("ledger"):
        borne[entry["payer"]] += entry["microcredits"]
    assert borne["user"] == 0
    assert borne["house"] > 0


@pytest.mark.parametrize("way", ["command", "message"])
async def test_what_was_said_not_to_be_started_is_not_started_by_the_next_start(
    tmp_path: Path, way: str
) -> None:
    async with open_stage(tmp_path) as stage:
        async with stage.bot_running():
            other = sqlite3.connect(tmp_path / "fluxcord.db", isolation_level=None)
            other.execute("begin immediate")
            place = None if way == "command" else stage.ada.dm
            if place is None:
                stage.ada.use("imagine", prompt="a lighthouse")
            else:
                stage.ada.send("a lighthouse", channel=place)
            await stage.ada.wait_for(says(NOT_STORED), channel=place)
            # Not before the bot has ended everything but its writes.
            asyncio.get_running_loop().call_later(0.5, other.close)
        assert stage.rows("jobs") == []

        async with stage.bot_running():
            await asyncio.sleep(0.1)

        assert stage.rows("jobs") == []
        assert stage.flux.requests == []
