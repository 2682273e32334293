"""`python bot.py` as its own process: how it starts, waits, is told to stop, and goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Aim
from tests.bot_process import BOT, bot_process
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage

posix_only = pytest.mark.skipif(os.name != "posix", reason="sends signals to another process")


async def output_of(bot: AnyBot) -> str:
    output, _ = await bot.communicate()
    return output.decode()


async def test_an_empty_environment_names_every_missing_key(tmp_path: Path) -> None:
    async with bot_process(tmp_path, {}) as bot:
        output = await output_of(bot)

    assert bot.returncode == 2
    assert "DISCORD_TOKEN is missing" in output
    assert "https://discord.com/developers/applications" in output
    assert "FLUX_API_TOKEN is missing" in output
    assert "https://platform.acedata.cloud" in output
    assert "Traceback" not in output
    assert not (tmp_path / "data").exists()


async def test_malformed_settings_of_the_env_file_are_all_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "DISCORD_TOKEN=Bot abc\nFLUX_API_TOKEN=key\nMAX_RUNNING_JOBS=many\n"
    )
    async with bot_process(tmp_path, {"POLL_INTERVAL_S": "-1"}) as bot:
        output = await output_of(bot)

    assert bot.returncode == 2
    for key in ("DISCORD_TOKEN", "MAX_RUNNING_JOBS", "POLL_INTERVAL_S"):
        assert f"{key} must be" in output
    assert "Traceback" not in output


async def test_help_says_what_there_is(tmp_path: Path) -> None:
    bot = await asyncio.create_subprocess_exec(
        sys.executable, BOT, "--help", cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    output = await output_of(bot)

    assert bot.returncode == 0
    assert "sandbox" in output
    assert ".env" in output


async def test_three_addresses_are_enough_to_use_other_servers(idle_stage: Stage) -> None:
    environ = {
        key: idle_stage.environ[key]
        for key in (
            "DISCORD_TOKEN",
            "FLUX_API_TOKEN",
            "DISCORD_API_BASE",
            "DISCORD_GATEWAY_URL",
            "FLUX_API_BASE",
        )
    }
    async with (
        bot_process(idle_stage.folder, environ),
        open_stage(idle_stage.folder / "another") as another,
    ):
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)

        assert len(idle_stage.flux.charges) == 1
        assert another.discord.requests == []
        assert another.flux.requests == []
    assert (idle_stage.folder / "data" / "fluxcord.db").exists()


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_it_cleanly(idle_stage: Stage, number: signal.Signals) -> None:
    async with bot_process(idle_stage.folder, idle_stage.environ) as bot:
        await idle_stage.discord.connected()
        bot.send_signal(number)
        output = await output_of(bot)

    assert bot.returncode == 0
    assert "Traceback" not in output
    assert "Unclosed" not in output


@posix_only
@pytest.mark.parametrize("after", [False, True])
async def test_a_signal_while_an_answer_is_tried_stops_it(tmp_path: Path, *, after: bool) -> None:
    async with open_stage(tmp_path) as stage:
        stage.discord.faults.drop(Aim("^/interactions/", "POST", times=100, after=after))
        async with bot_process(tmp_path, stage.environ) as bot:
            await stage.discord.connected()
            stage.ada.use("imagine", prompt="a lighthouse")
            await stage.until(lambda: len(stage.rows()) == 1)
            bot.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_S):
                await output_of(bot)

        assert bot.returncode == 0
        assert stage.flux.charges == []


@posix_only
async def test_a_job_under_way_is_finished_by_the_next_start(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        async with bot_process(tmp_path, {**stage.environ, "POLL_INTERVAL_S": "60"}) as bot:
            await stage.discord.connected()
            stage.ada.use("imagine", prompt="a lighthouse")
            await stage.until(lambda: [row["state"] for row in stage.rows()] == ["running"])
            bot.send_signal(signal.SIGTERM)
            await output_of(bot)
        assert bot.returncode == 0

        async with stage.bot_running():
            message = await stage.ada.wait_for(has_picture)
            [row] = await stage.ended()

    assert row["state"] == "delivered"
    assert [seen.id for seen in stage.ada.read()] == [message.id]
    assert len(stage.flux.charges) == 1


async def test_a_second_bot_on_the_same_database_ends_with_a_sentence(stage: Stage) -> None:
    async with bot_process(stage.folder, stage.environ) as bot:
        output = await output_of(bot)

    assert bot.returncode == 1
    assert "Another Fluxcord is already using" in output
    assert "Traceback" not in output


async def test_a_database_that_cannot_be_used_ends_it_with_a_sentence(idle_stage: Stage) -> None:
    damaged = idle_stage.folder / "damaged.db"
    damaged.write_bytes(b"this is no database" * 100)
    environ = {**idle_stage.environ, "DATABASE_PATH": str(damaged)}
    async with bot_process(idle_stage.folder, environ) as bot:
        output = await output_of(bot)

    assert bot.returncode == 1
    assert "cannot be used as the database" in output
    assert "Traceback" not in output


async def test_a_bot_process_says_what_it_makes(idle_stage: Stage) -> None:
    async with bot_process(idle_stage.folder, idle_stage.environ):
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="an unlucky thing")
        await idle_stage.ada.wait_for(says("failed to generate"))

    assert [row["state"] for row in idle_stage.rows()] == ["failed"]
