"""`python bot.py backup` beside a busy bot, and what a new start makes of the copy elsewhere."""

from __future__ import annotations

import asyncio
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
import sqlite_utils

from sandbox.discord import Aim
from sandbox.flux.faults import Hang
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_flux_faults import submits
from tests.end_to_end.test_process import output_of, posix_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.stage import Stage


async def back_up(stage: Stage, file: Path, **environ: str) -> tuple[int | None, str]:
    """Run the command as the operator would, with no token at hand; return its end and words."""
    given = {"DATABASE_PATH": str(stage.folder / "fluxcord.db")} | environ
    async with bot_process(stage.folder, given, "backup", str(file)) as command:
        output = await output_of(command)
    return command.returncode, output.strip()


def states(stage: Stage) -> dict[str, str]:
    return {row["prompt"]: row["state"] for row in stage.rows()}


@posix_only
@pytest.mark.parametrize("with_spool", [True, False])
async def test_a_backup_taken_under_load_resumes_every_open_job_elsewhere(
    idle_stage: Stage, *, with_spool: bool
) -> None:
    stage = idle_stage
    stage.more_settings |= {"MAX_RUNNING_JOBS": "2", "MAX_JOBS_PER_USER": "0"}
    copy = stage.folder / "copy.db"
    async with bot_process(stage.folder, stage.environ) as bot:
        await stage.discord.connected()
        dm = stage.ada.dm
        card = stage.discord.faults.hang(Aim(f"^/channels/{dm.id}/messages/", "PATCH", times=99))
        stage.ada.use("imagine", channel=dm, prompt="fetched", model="flux-pro")
        await stage.until(lambda: states(stage) == {"fetched": "fetched"})
        stage.flux.misbehave("work", Hang(), times=2)
        # Of another model, for whose usual time the others would be left alone.
        for number in range(2):
            await stage.ada.use("imagine", prompt=f"open {number}", model="flux-pro").answered()
        await stage.running(2)
        for number in range(2, 6):
            await stage.ada.use("imagine", prompt=f"open {number}").answered()

        backing_up = asyncio.create_task(back_up(stage, copy))
        for number in range(6):
            await stage.ada.use("imagine", prompt=f"later {number}").answered()
            await asyncio.wait({backing_up}, timeout=0.2)
        status, words = await backing_up
        assert status == 0, words
        bot.send_signal(signal.SIGKILL)
        await bot.wait()
    card.release()
    stage.flux.release()

    stage.folder = new = stage.folder / "elsewhere"
    new.mkdir()
    copy.rename(new / "fluxcord.db")
    if with_spool:
        shutil.copytree(new.parent / "spool", new / "spool")
    saved = states(stage)
    assert set(saved.values()) == {"fetched", "running", "queued"}
    assert saved.keys() >= {"fetched", *(f"open {number}" for number in range(6))}
    assert f"{len(saved)} requests, {len(saved)} of them in progress" in words
    async with stage.bot_running():
        rows = await stage.ended()

    assert [row["state"] for row in rows] == ["delivered"] * len(saved)
    assert len(submits(stage)) == len(stage.flux.charges) == len(saved)
    by_prompt = {row["prompt"]: row["message_id"] for row in stage.rows("jobs")}
    shown = {message.id: len(message.images) for message in stage.ada.read() + stage.ada.read(dm)}
    assert [shown[message_id] for message_id in by_prompt.values()] == [1] * len(saved)


async def test_a_backup_says_what_it_made_and_spares_what_is_there(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
    file = stage.folder / "copy.db"

    status, words = await back_up(stage, file)
    assert status == 0
    assert words == (
        f"{file}: 1 requests, 0 of them in progress, {file.stat().st_size / 1_000_000:.1f} MB, "
        "checked. Images are not included: copy the folder spool in DATA_DIR as well."
    )
    with sqlite_utils.Database(file) as db:
        assert list(db["usage"].rows) == stage.rows()

    status, words = await back_up(stage, file)
    assert (status, words) == (1, f"{file} already exists. Choose another file.")


async def test_a_backup_of_nothing_says_where_it_looked(stage: Stage) -> None:
    status, words = await back_up(stage, stage.folder / "copy.db", DATABASE_PATH="gone.db")

    assert (status, words) == (
        1,
        "Database gone.db not found. Check DATABASE_PATH.",
    )
