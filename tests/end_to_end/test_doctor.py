"""`doctor` against each fault: it prints the line that mends it, and changes nothing."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import unused_port

import doctor
from sandbox.discord import Intent, Permission
from sandbox.discord.rules import Rule
from sandbox.flux.oddities import page
from services.doctor import Finding, Verdict
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_process import output_of
from tests.patience import PATIENCE_S
from ui.doctor import INVITED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.end_to_end.stage import Stage


async def examined(stage: Stage, *channel_ids: int) -> dict[str, Finding]:
    found = [finding async for finding in doctor.examine(stage.settings, channel_ids)]
    by_name = {finding.about: finding for finding in found}
    assert len(by_name) == len(found)
    return by_name


async def failed_check(stage: Stage, about: str, *channel_ids: int) -> str:
    """Return the one failed check; the commands are not registered yet either."""
    found = await examined(stage, *channel_ids)
    mending = {name for name, each in found.items() if each.verdict is Verdict.FAIL}
    assert mending - {"commands"} == {about} - {"commands"}
    assert found[about].verdict is Verdict.FAIL
    return found[about].text


async def test_of_a_bot_that_runs_everything_is_fine(idle_stage: Stage) -> None:
    port = unused_port()
    idle_stage.more_settings |= {
        "HEALTH_PORT": str(unused_port()),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CALLBACK_HOST": "127.0.0.1",
        "CALLBACK_PORT": str(port),
    }
    async with idle_stage.bot_running():
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)
        asked = len(idle_stage.discord.requests)
        found = await examined(idle_stage, idle_stage.discord.channel.id)
        changing = [each for each in idle_stage.discord.requests[asked:] if each.method != "GET"]
        idle_stage.ada.use("imagine", prompt="another lighthouse")
        await idle_stage.ada.wait_for(lambda seen: has_picture(seen) and "another" in seen.text)

    assert {each.verdict for each in found.values()} == {Verdict.OK}
    assert changing == []
    assert len(idle_stage.flux.charges) == 2
    assert "The running bot listens" in found["HEALTH_PORT"].text
    assert "The running bot listens" in found["CALLBACK_PORT"].text
    assert "1 requests" in found["database"].text
    assert found["invite"].text.endswith("permissions=274878008320")


async def test_before_the_first_start_nothing_is_made(idle_stage: Stage, tmp_path: Path) -> None:
    idle_stage.more_settings["DATABASE_PATH"] = str(tmp_path / "new" / "fluxcord.db")
    text = await failed_check(idle_stage, "commands")

    assert "Start the bot once to register them" in text
    assert sorted(tmp_path.rglob("*")) == []  # noqa: ASYNC240  # a look at a small folder


@pytest.mark.parametrize(
    ("token", "hint"), [("aaa.bbb.ccc", "DISCORD_TOKEN. Create"), ("aaa.bb", "looks incomplete")]
)
async def test_a_wrong_token(idle_stage: Stage, token: str, hint: str) -> None:
    idle_stage.more_settings["DISCORD_TOKEN"] = token
    text = await failed_check(idle_stage, "Discord")

    assert hint in text
    assert "Bot, Reset Token" in text
    assert token not in text


async def test_discord_is_not_reached(idle_stage: Stage) -> None:
    idle_stage.more_settings["DISCORD_API_BASE"] = f"http://127.0.0.1:{unused_port()}/api/v10"
    text = await failed_check(idle_stage, "Discord")

    assert "network, DNS and firewall" in text


async def test_the_gateway_is_not_reached(idle_stage: Stage) -> None:
    idle_stage.more_settings["DISCORD_GATEWAY_URL"] = f"ws://127.0.0.1:{unused_port()}/"

    assert "Check DISCORD_GATEWAY_URL" in await failed_check(idle_stage, "gateway")


async def test_no_more_starts_today(idle_stage: Stage) -> None:
    idle_stage.discord.limits.set(Rule.RATE_IDENTIFY_DAY, 1, 24 * 60 * 60)
    idle_stage.discord.limits.take(Rule.RATE_IDENTIFY_DAY)

    told = await failed_check(idle_stage, "gateway")
    assert "0 of 1 session starts left" in told
    assert "in 24.0 h" in told


def no_guild_install(stage: Stage) -> None:
    del stage.discord.world.application.integration_types["0"]


def code_grant(stage: Stage) -> None:
    stage.discord.world.application.bot_require_code_grant = True


def endpoint(stage: Stage) -> None:
    stage.discord.world.application.interactions_endpoint_url = "https://bot.example.org/"


def intent(stage: Stage) -> None:
    stage.more_settings["MESSAGE_CONTENT_INTENT"] = "true"


@pytest.mark.parametrize(
    ("fault", "about", "click"),
    [
        (no_guild_install, "install", "Installation Contexts, select Guild Install"),
        (code_grant, "install", "turn off Requires OAuth2 Code Grant"),
        (endpoint, "interactions", "clear Interactions Endpoint URL"),
        (intent, "intents", "Bot, Message Content Intent"),
    ],
)
async def test_a_setting_of_the_application(
    idle_stage: Stage, fault: Callable[[Stage], None], about: str, click: str
) -> None:
    fault(idle_stage)

    assert click in await failed_check(idle_stage, about)


async def test_what_may_be_meant_so_is_only_noted(idle_stage: Stage) -> None:
    idle_stage.discord.grant_intents(Intent.MESSAGE_CONTENT)
    del idle_stage.discord.world.application.integration_types["1"]
    found = await examined(idle_stage)

    assert found["intents"].verdict is found["install"].verdict is Verdict.WARN
    assert "select User Install" in found["install"].text


async def test_commands_of_another_version(stage: Stage) -> None:
    await stage.discord.connected()
    [imagine] = [each for each in stage.discord.world.commands if each["name"] == "imagine"]
    imagine["options"] = imagine["options"][:-1]
    text = await failed_check(stage, "commands")

    assert "(imagine)" in text
    assert "Start this version of the bot" in text


async def test_a_permission_is_missing_in_a_channel(idle_stage: Stage) -> None:
    world = idle_stage.discord
    held = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
    channel = world.add_channel("quiet", bot_permissions=int(held))
    text = await failed_check(idle_stage, f"channel {channel.id}", world.channel.id, channel.id)

    assert "#quiet of Sandbox: Attach Files, Read Message History." in text
    assert "Edit Channel, Permissions" in text


async def test_a_permission_is_missing_in_a_thread(idle_stage: Stage) -> None:
    thread = idle_stage.discord.add_thread("Talk")
    everyone = idle_stage.discord.guild.everyone
    everyone.permissions &= ~Permission.SEND_MESSAGES_IN_THREADS
    about = f"channel {thread.id}"
    text = await failed_check(idle_stage, about, idle_stage.discord.channel.id, thread.id)

    assert "#Talk of Sandbox: Send Messages in Threads." in text


async def test_a_channel_that_the_bot_does_not_see(idle_stage: Stage) -> None:
    channel = idle_stage.discord.add_channel("hidden", bot_permissions=0)

    assert "allow View Channel" in await failed_check(
        idle_stage, f"channel {channel.id}", channel.id
    )


async def test_a_channel_that_is_none(idle_stage: Stage) -> None:
    assert "Copy Channel ID" in await failed_check(idle_stage, "channel 5", 5)


async def test_what_the_bot_is_invited_with_is_what_it_needs(idle_stage: Stage) -> None:
    channel = idle_stage.discord.add_channel("exact", bot_permissions=INVITED.value)
    found = await examined(idle_stage, channel.id)

    assert found[f"channel {channel.id}"].verdict is Verdict.OK


async def test_flux_does_not_accept_its_token(idle_stage: Stage) -> None:
    idle_stage.more_settings["FLUX_API_TOKEN"] = "half-a-tok"
    text = await failed_check(idle_stage, "Flux")

    assert "does not accept FLUX_API_TOKEN (invalid_token)" in text
    assert "Flux Images API, Credentials" in text
    assert "half-a-tok" not in text


async def test_flux_is_not_reached(idle_stage: Stage) -> None:
    idle_stage.more_settings["FLUX_API_BASE"] = f"http://127.0.0.1:{unused_port()}"

    assert "Check FLUX_API_BASE" in await failed_check(idle_stage, "Flux")


async def test_flux_answers_with_an_error(idle_stage: Stage) -> None:
    idle_stage.flux.misbehave("tasks", page(502))

    assert "Try again later" in await failed_check(idle_stage, "Flux")


async def test_the_clock_is_wrong(idle_stage: Stage) -> None:
    idle_stage.discord.clock.advance(90)
    text = await failed_check(idle_stage, "clock")

    assert "s behind Discord's" in text
    assert "timedatectl set-ntp true" in text


async def test_a_database_of_a_newer_version(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        await idle_stage.discord.connected()
    path = idle_stage.folder / "fluxcord.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " values ('fluxcord', 'm999_from_the_future', '2030-01-01')"
        )
    before = path.read_bytes()

    assert "by a newer Fluxcord" in await failed_check(idle_stage, "database")
    assert path.read_bytes() == before


@pytest.mark.parametrize("column", ["microcredits", "booked_pictures"])
async def test_totals_that_differ_from_the_ledger(idle_stage: Stage, column: str) -> None:
    async with idle_stage.bot_running():
        await idle_stage.discord.connected()
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        await idle_stage.ada.wait_for(has_picture)
    path = idle_stage.folder / "fluxcord.db"
    with closing(sqlite3.connect(path)) as db, db:
        before = db.execute("select * from totals").fetchall()
        db.execute(f"update totals set {column} = {column} + 7 where whose = 'server'")  # noqa: S608

    text = await failed_check(idle_stage, "totals")
    assert "2 totals for budgets and reports differ from the ledger, such as server day 20" in text
    assert text.endswith("python bot.py recount")

    async with bot_process(idle_stage.folder, idle_stage.environ, "recount") as recount:
        output = await output_of(recount)
    assert (recount.returncode, output.splitlines()[-1]) == (0, "requests counted: 1 of 1")
    assert (await examined(idle_stage))["totals"].verdict is Verdict.OK
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select * from totals").fetchall() == before


async def test_a_database_that_is_none(idle_stage: Stage) -> None:
    other = idle_stage.folder / "other.db"
    other.touch(mode=0o600)
    other.write_bytes(b"this is no database" * 100)
    idle_stage.more_settings["DATABASE_PATH"] = str(other)

    assert "set DATABASE_PATH to another" in await failed_check(idle_stage, "database")


async def test_folders_that_cannot_be_written(idle_stage: Stage) -> None:
    (idle_stage.folder / "file").write_bytes(b"")
    idle_stage.more_settings["DATABASE_PATH"] = str(idle_stage.folder / "file" / "fluxcord.db")

    assert "set DATABASE_PATH to another place" in await failed_check(idle_stage, "database")


async def test_a_folder_for_pictures_that_cannot_be_written(idle_stage: Stage) -> None:
    (idle_stage.folder / "file").write_bytes(b"")
    idle_stage.more_settings["DATA_DIR"] = str(idle_stage.folder / "file")

    assert "set DATA_DIR to another place" in await failed_check(idle_stage, "disk")


async def test_a_disk_that_is_nearly_full(idle_stage: Stage) -> None:
    idle_stage.more_settings["SPOOL_MIN_FREE_MB"] = "10000000"

    assert "less than SPOOL_MIN_FREE_MB (10000000)" in await failed_check(idle_stage, "disk")


async def test_a_port_that_another_program_has(idle_stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        idle_stage.more_settings["HEALTH_PORT"] = str(port)
        asking = asyncio.create_task(failed_check(idle_stage, "HEALTH_PORT"))
        other.settimeout(PATIENCE_S)
        caller, _ = await asyncio.to_thread(other.accept)  # it takes the question, and hangs up
        other.close()
        caller.close()
        text = await asking

    assert text == (
        f"Another program uses 127.0.0.1 port {port}. Stop it, or set HEALTH_PORT to another port."
    )


async def test_an_address_that_is_not_this_machine_s(idle_stage: Stage) -> None:
    idle_stage.more_settings |= {"HEALTH_HOST": "192.0.2.1", "HEALTH_PORT": "9090"}

    assert "Set HEALTH_HOST to an address of this machine" in await failed_check(
        idle_stage, "HEALTH_PORT"
    )


@pytest.mark.parametrize("leads_here", [True, False])
async def test_the_public_address_is_called_also_while_no_bot_runs(
    idle_stage: Stage, *, leads_here: bool
) -> None:
    port = unused_port()
    reached = port if leads_here else unused_port()
    idle_stage.more_settings |= {
        "PUBLIC_URL": f"http://127.0.0.1:{reached}/",
        "CALLBACK_HOST": "127.0.0.1",
        "CALLBACK_PORT": str(port),
    }
    found = await examined(idle_stage)

    assert found["CALLBACK_PORT"].verdict is Verdict.OK
    if leads_here:
        assert found["PUBLIC_URL"].verdict is Verdict.OK
    else:
        assert found["PUBLIC_URL"].verdict is Verdict.FAIL
        assert "reverse proxy or tunnel" in found["PUBLIC_URL"].text


async def test_the_command_prints_a_line_for_each_and_ends_with_1(idle_stage: Stage) -> None:
    environ = {**idle_stage.environ, "FLUX_API_TOKEN": "half-a-tok"}
    async with bot_process(idle_stage.folder, environ, "doctor", "--channel", "5") as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 1
    lines = {line[6:20].strip(): line[:5].strip() for line in output.splitlines()}
    assert lines["database"] == lines["disk"] == lines["Discord"] == "OK"
    assert lines["Flux"] == lines["channel 5"] == lines["commands"] == "FAIL"
    assert output.endswith("Failed: 3.\n")
    assert idle_stage.discord.bot_token not in output
    assert "half-a-tok" not in output
    assert "Traceback" not in output


async def test_the_command_ends_with_0_where_no_check_fails(stage: Stage) -> None:
    await stage.discord.connected()
    async with bot_process(stage.folder, stage.environ, "doctor") as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 0, output
    assert output.endswith("All checks passed.\n")


async def test_the_command_names_what_is_wrong_with_the_settings(tmp_path: Path) -> None:
    async with bot_process(tmp_path, {"HEALTH_PORT": "many"}, "doctor") as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 1
    for key in ("DISCORD_TOKEN", "FLUX_API_TOKEN", "HEALTH_PORT"):
        assert f"FAIL  settings       {key} " in output


async def test_a_channel_that_is_no_number_is_a_usage_error(tmp_path: Path) -> None:
    async with bot_process(tmp_path, {}, "doctor", "--channel", "#pictures") as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 2
    assert "--channel" in output
