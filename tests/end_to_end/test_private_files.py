"""What the bot and the sandbox keep is readable for their own user of the machine only."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

import pytest

from services.doctor import Verdict
from tests.bot_process import BOT, bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_doctor import examined
from tests.end_to_end.test_process import output_of
from tests.end_to_end.test_sandbox_command import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.end_to_end.stage import Stage

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """Run with the usual umask, which lets everybody read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable(folder: Path) -> list[str]:
    """Return what others than the owner can read, of what is in a folder."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    )


def open_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


async def test_new_files_of_the_bot_are_private_and_old_ones_become_so(idle_stage: Stage) -> None:
    folder = idle_stage.folder
    async with bot_process(folder, idle_stage.environ) as bot:
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)
        await idle_stage.ended()
        assert (folder / "fluxcord.db-wal").exists()
        assert idle_stage.spooled()
        assert readable(folder) == []
        bot.kill()  # so that the files beside the database stay
        await output_of(bot)

    open_all(folder)
    assert {"fluxcord.db", "fluxcord.db-wal", "spool", "exports"} < {*readable(folder)}
    async with bot_process(folder, idle_stage.environ) as bot:
        await idle_stage.until(lambda: readable(folder) == [])
        bot.terminate()
        await output_of(bot)


async def test_a_backup_is_private(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        pass
    async with bot_process(idle_stage.folder, idle_stage.environ, "backup", "copy.db") as backup:
        await output_of(backup)
    assert (idle_stage.folder / "copy.db").exists()
    assert "copy.db" not in readable(idle_stage.folder)


async def test_the_doctor_says_what_others_can_read(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        await idle_stage.discord.connected()
    assert (await examined(idle_stage))["files"].verdict is Verdict.OK

    open_all(idle_stage.folder)
    found = (await examined(idle_stage))["files"]
    assert found.verdict is Verdict.FAIL
    assert "Run: chmod go= " in found.text
    for name in ("fluxcord.db", "spool", "exports"):
        assert str(idle_stage.folder / name) in found.text


@pytest.mark.parametrize(("mode", "is_told"), [(0o644, True), (0o640, False), (0o600, False)])
async def test_the_doctor_looks_at_the_env_file(
    idle_stage: Stage, mode: int, *, is_told: bool
) -> None:
    (idle_stage.folder / ".env").touch(mode=mode)
    async with bot_process(idle_stage.folder, idle_stage.environ, "doctor") as doctor:
        output = await output_of(doctor)

    assert bool(re.search(r"Run: chmod go= \.env$", output, re.MULTILINE)) == is_told


async def test_files_of_the_sandbox_are_private_too(tmp_path: Path) -> None:
    say = ("--say", '/imagine prompt:"a lighthouse"', "--out", "out")
    assert (await sandbox(tmp_path, *say, program=(BOT, "sandbox")))[0] == 0
    assert readable(tmp_path) == []

    pictures = {str(path.relative_to(tmp_path)) for path in (tmp_path / "out").glob("*.png")}
    open_all(tmp_path)
    assert (await sandbox(tmp_path, *say, program=(BOT, "sandbox")))[0] == 0
    # Folders that were named or may hold other things stay as they are, and so do old pictures.
    assert {*readable(tmp_path)} == {"data", "data/sandbox-data", "out", *pictures}
