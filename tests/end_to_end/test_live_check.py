"""`doctor --live` between the local services: what holds, what does not, and what was paid."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import unused_port

import doctor
from sandbox.discord import Aim
from sandbox.flux import Stream
from sandbox.flux.accounts import ACCOUNTS
from sandbox.flux.faults import Drop, Hang, Relabel, Say
from sandbox.flux.oddities import API_ERROR, UNAVAILABLE, saying
from sandbox.flux.tasks import Hidden
from services.live_run import LiveCheckError, LiveRun, Plan
from tests.bot_process import BOT, bot_process
from tests.end_to_end.stage import open_stage
from tests.end_to_end.test_process import output_of, posix_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.end_to_end.stage import Stage

EVERYTHING = {
    "accept-json",
    "async",
    "callback",
    "card",
    "card-edit",
    "cost",
    "deletion",
    "download",
    "fields",
    "size",
    "source",
    "stream",
    "tasks",
    "trace-id",
    "unknown-task",
    "upload",
    "upload-limit",
}


def call_back(stage: Stage) -> None:
    port = unused_port()
    stage.more_settings |= {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CALLBACK_HOST": "127.0.0.1",
        "CALLBACK_PORT": str(port),
    }


class Walk:
    """One live check, and what it said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.run = LiveRun(self.lines.append)
        self.stopped = ""

    async def over(
        self,
        stage: Stage,
        *,
        channel_id: int | None = None,
        edit: bool = True,
        stream: bool = True,
    ) -> Walk:
        plan = Plan(
            channel_id=channel_id or stage.discord.channel.id,
            edit=edit,
            stream=stream,
            contract=stage.settings.flux_contract,
        )
        try:
            await doctor.check_live(stage.settings, plan, self.run, callback_wait_s=0.5)
        except LiveCheckError as error:
            self.stopped = str(error)
        return self

    @property
    def failed(self) -> set[str]:
        return {check.name for check in self.run.checks if check.held is False}

    @property
    def paid(self) -> str:
        return self.run.spending.in_words()


def submitted(stage: Stage) -> int:
    return sum(each.path == "/flux/images" for each in stage.flux.requests)


async def test_everything_holds_here_and_every_message_is_deleted(idle_stage: Stage) -> None:
    call_back(idle_stage)
    walk = await Walk().over(idle_stage)

    assert walk.stopped == ""
    assert {check.name for check in walk.run.checks if check.held} == EVERYTHING
    assert walk.failed == set()
    assert len(idle_stage.flux.charges) == submitted(idle_stage) == 3
    assert walk.paid == "Paid: 0.85 credits for 3 images."
    assert sum(line.startswith("Image: http") for line in walk.lines) == 3
    assert not idle_stage.discord.channel.messages
    assert not (idle_stage.folder / "fluxcord.db").exists()
    assert not (idle_stage.folder / "spool").exists()


async def test_one_image_and_nothing_else_is_paid_for_unless_asked(idle_stage: Stage) -> None:
    walk = await Walk().over(idle_stage, edit=False, stream=False)

    assert walk.failed == set()
    assert [charge.model for charge in idle_stage.flux.charges] == ["flux-dev"]
    assert walk.paid == "Paid: 0.22 credits for 1 image."


def unknown_is_an_error(stage: Stage) -> None:
    answer = saying({"error": {"code": "bad_request", "message": "no such task"}}, 404)
    stage.flux.whim = lambda where, _subject: (
        answer if where == "tasks" and len(stage.flux.requests) == 1 else None
    )


def calls_are_held(stage: Stage) -> None:
    stage.flux.manner = replace(stage.flux.manner, holds_calls=True)


def no_trace(stage: Stage) -> None:
    stage.flux.manner = replace(stage.flux.manner, accepted_has_trace=False)


def json_is_mislabelled(stage: Stage) -> None:
    stage.flux.misbehave("accepted", Relabel("text/plain"))


def found_late(stage: Stage) -> None:
    stage.flux.misbehave("record", Hidden(2))


def unknown_fields(stage: Stage) -> None:
    stage.flux.manner = replace(stage.flux.manner, item={"image_url": "", "nsfw": False})


def no_cost(stage: Stage) -> None:
    stage.flux.manner = replace(stage.flux.manner, has_cost=False)


def no_callback(stage: Stage) -> None:
    stage.flux.misbehave("callback", Drop())


def no_ndjson(stage: Stage) -> None:
    stream = Stream(content_type="application/json")
    stage.flux.manner = replace(stage.flux.manner, stream=stream)


def no_download(stage: Stage) -> None:
    stage.flux.misbehave("picture", Say(403), times=3)


def card_cannot_be_edited(stage: Stage) -> None:
    stage.discord.faults.status(403, Aim("/messages/", "PATCH"), code=50005)


def upload_refused(stage: Stage) -> None:
    # The first edit of the first card shows no image yet.
    stage.discord.faults.delay(0, Aim("/messages/", "PATCH"))
    stage.discord.faults.status(413, Aim("/messages/", "PATCH"), code=40005)


def lower_file_limit(stage: Stage) -> None:
    stage.discord.guild.file_limit = 5 * 1024 * 1024


def no_deletion(stage: Stage) -> None:
    # The first is of the file that tries the limit.
    stage.discord.faults.delay(0, Aim("/messages/", "DELETE"))
    stage.discord.faults.status(403, Aim("/messages/", "DELETE"), code=50013)


def no_edit(stage: Stage) -> None:
    stage.flux.whim = lambda where, _subject: (
        API_ERROR if where == "work" and len(stage.flux.charges) == 1 else None
    )


BROKEN: dict[str, tuple[Callable[[Stage], None], str]] = {
    "unknown-task": (unknown_is_an_error, "with an error (bad_request)"),
    "async": (calls_are_held, "only when the image was finished"),
    "trace-id": (no_trace, "no trace id"),
    "accept-json": (json_is_mislabelled, "text/plain"),
    "tasks": (found_late, "did not find the task"),
    "fields": (unknown_fields, "Unknown here: nsfw."),
    "cost": (no_cost, "no cost"),
    "callback": (no_callback, "did not call PUBLIC_URL"),
    "stream": (no_ndjson, "line(s) of application/json"),
    "download": (no_download, "cannot be downloaded"),
    "card-edit": (card_cannot_be_edited, "Discord refuses it"),
    "upload": (upload_refused, "too large"),
    "upload-limit": (lower_file_limit, "does not take a file of 10.0 MB"),
    "deletion": (no_deletion, "Discord refuses it"),
    "source": (no_edit, "Flux made no edit"),
}


def test_each_assumption_is_broken_once() -> None:
    assert {*BROKEN} == EVERYTHING - {"card", "size"}  # these have tests of their own


@pytest.mark.parametrize("name", BROKEN)
async def test_an_assumption_that_does_not_hold_is_named(idle_stage: Stage, name: str) -> None:
    break_it, told = BROKEN[name]
    call_back(idle_stage)
    break_it(idle_stage)
    walk = await Walk().over(idle_stage)

    assert walk.failed == {name}
    [check] = [each for each in walk.run.checks if each.held is False]
    assert told in check.text
    assert any(line.startswith(f"FAIL  {name}") for line in walk.lines)
    sent = [each.payload for each in idle_stage.flux.requests if each.path == "/flux/images"]
    assert len(sent) == len({str(each) for each in sent})  # nothing is sent twice
    images = [line for line in walk.lines if line.startswith("Image: ")]
    assert len(images) == len(idle_stage.flux.charges)  # nothing paid for is lost


async def test_sizes_of_the_documented_edition_are_named(tmp_path: Path) -> None:
    async with open_stage(tmp_path, era="documented") as stage:
        walk = await Walk().over(stage, edit=False, stream=False)

    assert "Set FLUX_CONTRACT=documented" in "".join(walk.lines)
    assert {"size"} <= walk.failed
    assert len(stage.flux.charges) == 1


async def test_a_card_that_is_refused_costs_nothing(idle_stage: Stage) -> None:
    idle_stage.discord.faults.status(400, Aim("/messages$", "POST"), code=50035)
    walk = await Walk().over(idle_stage)

    assert walk.failed == {"card"}
    assert "cannot be posted" in walk.stopped
    assert submitted(idle_stage) == 0
    assert walk.paid == "Nothing was charged."


def wrong_channel(_stage: Stage) -> int:
    return 5


def no_permission(stage: Stage) -> int:
    return stage.discord.add_channel("quiet", bot_permissions=1 << 10).id


def wrong_token(stage: Stage) -> int:
    stage.more_settings["DISCORD_TOKEN"] = "aaa.bbb.ccc"
    return stage.discord.channel.id


def wrong_key(stage: Stage) -> int:
    stage.more_settings["FLUX_API_TOKEN"] = "half-a-tok"
    return stage.discord.channel.id


def no_credits(stage: Stage) -> int:
    stage.flux.account = ACCOUNTS["used_up"]
    return stage.discord.channel.id


def unknown_model(stage: Stage) -> int:
    refusal = saying({"error": {"code": "bad_request", "message": "model is invalid."}}, 400)
    stage.flux.misbehave("submit", refusal)
    return stage.discord.channel.id


def unavailable(stage: Stage) -> int:
    stage.flux.misbehave("submit", UNAVAILABLE)
    return stage.discord.channel.id


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (wrong_channel, "Copy Channel ID"),
        (no_permission, ": Send Messages, Attach Files"),
        (wrong_token, "does not accept DISCORD_TOKEN"),
        (wrong_key, "does not accept FLUX_API_TOKEN"),
        (no_credits, "credits"),
        (unknown_model, "does not offer flux-dev"),
        (unavailable, "Flux is unavailable"),
    ],
)
async def test_bad_input_is_one_sentence_and_costs_nothing(
    idle_stage: Stage, spoil: Callable[[Stage], int], told: str
) -> None:
    walk = await Walk().over(idle_stage, channel_id=spoil(idle_stage))

    assert told in walk.stopped
    assert walk.paid == "Nothing was charged."
    assert idle_stage.flux.charges == []
    assert submitted(idle_stage) <= 1
    assert not idle_stage.discord.channel.messages


async def test_after_a_lost_answer_nothing_is_sent_again(idle_stage: Stage) -> None:
    idle_stage.flux.misbehave("accepted", Drop())
    walk = await Walk().over(idle_stage)

    assert walk.stopped == "Flux's answer was lost."
    assert "it may cost about 0.22 credits. It is not sent again" in walk.paid
    assert submitted(idle_stage) == 1


async def test_a_task_that_fails_is_free(idle_stage: Stage) -> None:
    idle_stage.flux.misbehave("work", API_ERROR)
    walk = await Walk().over(idle_stage)

    assert walk.stopped == "Flux could not make the image (api_error), which is free."
    assert walk.paid == "Nothing was charged."


async def test_a_task_without_an_end_is_named(idle_stage: Stage) -> None:
    idle_stage.more_settings["JOB_TIMEOUT_S"] = "0.2"
    idle_stage.flux.misbehave("work", Hang())
    walk = await Walk().over(idle_stage)
    task_id = idle_stage.flux.requests[-1].payload["ids"]

    assert "did not finish" in walk.stopped
    assert str(task_id).strip("[']") in walk.paid


async def test_the_command_names_its_price_and_asks(idle_stage: Stage) -> None:
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--channel", channel, "--edit")
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 1
    assert "one image of flux-dev (about 0.22 credits), one edit with flux-kontext-pro" in output
    assert output.endswith("Nothing was sent to Flux, and nothing was charged.\n")
    assert idle_stage.flux.requests == []


async def test_the_command_with_yes_ends_with_0(idle_stage: Stage) -> None:
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--channel", channel, "--yes")
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 0, output
    assert output.endswith("Paid: 0.22 credits for 1 image.\n")
    assert idle_stage.discord.bot_token not in output


async def test_a_first_card_whose_answer_was_lost_is_found_again(idle_stage: Stage) -> None:
    idle_stage.discord.faults.drop(Aim("/messages$", "POST", after=True))
    walk = await Walk().over(idle_stage, edit=False, stream=False)

    assert (walk.stopped, walk.failed) == ("", set())
    assert len(idle_stage.flux.charges) == 1
    assert not idle_stage.discord.channel.messages


async def test_a_card_that_stays_lost_is_named_and_costs_nothing(idle_stage: Stage) -> None:
    idle_stage.discord.faults.drop(Aim("/messages$", "POST", times=9, after=True))
    walk = await Walk().over(idle_stage)

    assert walk.failed == {"card"}
    assert "may be left in the channel" in "".join(walk.lines)
    assert submitted(idle_stage) == 0
    assert len(idle_stage.discord.channel.messages) == 1


async def test_a_card_that_cannot_be_removed_is_named(idle_stage: Stage) -> None:
    idle_stage.flux.misbehave("work", API_ERROR)
    idle_stage.discord.faults.status(403, Aim("/messages/", "DELETE"), code=50013)
    walk = await Walk().over(idle_stage)

    assert walk.failed == {"deletion"}
    assert "left in the channel" in "".join(walk.lines)


async def test_a_file_whose_answer_was_lost_is_named(idle_stage: Stage) -> None:
    idle_stage.discord.faults.delay(0, Aim("/messages$", "POST"))  # the card
    idle_stage.discord.faults.drop(Aim("/messages$", "POST", after=True))
    walk = await Walk().over(idle_stage, edit=False, stream=False)

    assert walk.failed == {"upload-limit"}
    assert "upload-limit.bin may be left in the channel" in "".join(walk.lines)


async def test_a_file_that_cannot_be_removed_was_taken(idle_stage: Stage) -> None:
    idle_stage.discord.faults.status(403, Aim("/messages/", "DELETE"), code=50013)
    walk = await Walk().over(idle_stage, edit=False, stream=False)

    assert walk.failed == {"deletion"}
    assert "upload-limit.bin is left in the channel" in "".join(walk.lines)


async def test_a_connection_that_breaks_before_the_card_is_one_sentence(idle_stage: Stage) -> None:
    # The first question looks at the permissions.
    idle_stage.discord.faults.delay(0, Aim("^/guilds/[0-9]+$", "GET"))
    idle_stage.discord.faults.drop(Aim("^/guilds/[0-9]+$", "GET", times=9))
    walk = await Walk().over(idle_stage)

    assert "Cannot reach Discord" in walk.stopped
    assert submitted(idle_stage) == 0


async def test_a_stream_that_broke_off_is_asked_about(idle_stage: Stage) -> None:
    stream = Stream(lines=3, has_error_line=True)
    idle_stage.flux.manner = replace(idle_stage.flux.manner, stream=stream)
    walk = await Walk().over(idle_stage, edit=False)

    assert (walk.stopped, walk.failed) == ("", {"stream"})
    assert len(idle_stage.flux.charges) == submitted(idle_stage) == 2
    assert walk.paid == "Paid: 0.43 credits for 2 images."
    assert sum(line.startswith("Image: http") for line in walk.lines) == 2


async def test_a_stream_that_names_no_task_may_have_been_paid(idle_stage: Stage) -> None:
    stream = Stream(lines=1, has_error_line=True)
    idle_stage.flux.manner = replace(idle_stage.flux.manner, stream=stream)
    walk = await Walk().over(idle_stage, edit=False)

    assert walk.stopped == "The stream broke off (api_error)."
    assert "its outcome is unknown (no task id was received)" in walk.paid


@posix_only
async def test_an_interrupted_card_is_named(idle_stage: Stage) -> None:
    hanging = idle_stage.discord.faults.hang(Aim("/messages$", "POST"))
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--channel", channel, "--yes")
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        await idle_stage.until(lambda: bool(idle_stage.discord.faults.log))
        doctor.send_signal(signal.SIGTERM)
        output = await output_of(doctor)
    hanging.release()

    assert doctor.returncode == 1
    assert "may be left in the channel" in output
    assert output.endswith("Interrupted. Nothing was charged.\n")


@posix_only
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
async def test_an_interruption_says_what_may_have_been_paid(idle_stage: Stage, name: str) -> None:
    idle_stage.flux.misbehave("work", Hang())
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--channel", channel, "--yes")
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        await idle_stage.until(lambda: submitted(idle_stage) == 1)
        await idle_stage.until(
            lambda: sum(each.path == "/flux/tasks" for each in idle_stage.flux.requests) > 4
        )
        doctor.send_signal(signal.Signals[name])
        output = await output_of(doctor)

    assert doctor.returncode == 1
    assert "Interrupted. One request for flux-dev was sent, but its outcome is unknown" in output
    assert "Traceback" not in output
    assert not idle_stage.discord.channel.messages


@posix_only
@pytest.mark.usefixtures("interruptible")
async def test_a_second_hangup_does_not_end_the_cleanup(idle_stage: Stage) -> None:
    idle_stage.flux.misbehave("work", Hang())
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--channel", channel, "--yes")
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        await idle_stage.until(lambda: submitted(idle_stage) == 1)
        # It is tried again a second later.
        idle_stage.discord.faults.status(502, Aim("/messages/", "DELETE"))
        before = len(idle_stage.discord.faults.log)
        doctor.send_signal(signal.Signals["SIGHUP"])
        await idle_stage.until(lambda: len(idle_stage.discord.faults.log) > before)
        doctor.send_signal(signal.Signals["SIGHUP"])
        output = await output_of(doctor)

    assert doctor.returncode == 1
    assert "Interrupted. One request" in output
    assert not idle_stage.discord.channel.messages


@posix_only
async def test_a_hangup_that_is_ignored_stays_so(idle_stage: Stage) -> None:
    channel = str(idle_stage.discord.channel.id)
    hanging = idle_stage.discord.faults.hang(Aim("/messages$", "POST"))
    command = (
        f'trap "" HUP; exec "{sys.executable}" "{BOT}" doctor --live --yes --channel {channel}'
    )
    doctor = await asyncio.create_subprocess_shell(
        command, cwd=idle_stage.folder, env=os.environ | idle_stage.environ, stdout=-1
    )
    await idle_stage.until(lambda: bool(idle_stage.discord.faults.log))
    doctor.send_signal(signal.Signals["SIGHUP"])
    hanging.release()
    output = await output_of(doctor)

    assert doctor.returncode == 0, output
    assert output.endswith("Paid: 0.22 credits for 1 image.\n")


@posix_only
@pytest.mark.parametrize("is_live", [True, False])
@pytest.mark.parametrize("has_stderr", [True, False])
async def test_what_nobody_reads_any_more_goes_to_standard_error(
    idle_stage: Stage, *, is_live: bool, has_stderr: bool
) -> None:
    arguments = ["doctor", "--channel", str(idle_stage.discord.channel.id)]
    if is_live:
        arguments += ["--live", "--yes"]
    reading, writing = os.pipe()
    os.close(reading)
    doctor = await asyncio.create_subprocess_exec(
        sys.executable,
        BOT,
        *arguments,
        cwd=idle_stage.folder,
        env=os.environ | idle_stage.environ,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE if has_stderr else asyncio.subprocess.STDOUT,
    )
    os.close(writing)
    _, told = await doctor.communicate()

    assert doctor.returncode == (0 if is_live else 1)  # fails without registered commands
    assert len(idle_stage.flux.charges) == is_live
    assert not idle_stage.discord.channel.messages
    if has_stderr:
        assert b"Paid: 0.22 credits" in told or not is_live
        assert len(told.splitlines()) > 5
        assert b"Traceback" not in told


@posix_only
@pytest.mark.parametrize("name", ["/proc/trace.json", "x" * 300, "nowhere/trace.json", "."])
async def test_a_file_that_cannot_be_saved_is_said_before_anything_is_paid(
    idle_stage: Stage, name: str
) -> None:
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--yes", "--channel", channel, "--save", name)
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 2
    assert "must be a new file" in output
    assert idle_stage.flux.requests == []


@pytest.mark.parametrize("arguments", [("--live",), ("--edit",), ("--live", "--channel", "x")])
async def test_arguments_that_do_not_fit_are_usage_errors(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    async with bot_process(tmp_path, {}, "doctor", *arguments) as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 2
    assert "doctor" in output
