"""Neither tokens, prompts nor signed links are logged, at DEBUG and in tracebacks neither."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import shutil
from itertools import product
from typing import TYPE_CHECKING, Any

import discord
import PIL.ExifTags
import PIL.Image
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from clock import Clock
from jobs.results import RESULT_ATTEMPTS
from sandbox.discord import Aim, Upload
from sandbox.discord.records import InteractionType
from sandbox.flux.faults import Drop
from sandbox.flux.oddities import BROKEN, page, saying
from tests.bot_process import bot_process
from tests.end_to_end.canary import logged_at_debug, secrets_of, told_in
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_process import output_of
from tests.openapi import local_discord
from tests.photos import HILL, picture_bytes
from ui.client import FluxcordBot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord import InteractionResult, SeenMessage
    from tests.end_to_end.canary import Lines
    from tests.end_to_end.stage import Stage

PROMPT = "a heron named Xanthippe"
NIGHT = "make it night for Xanthippe"

OPTIONS = ("prompt", "image", "model", "size", "count", "spoiler")


@pytest.fixture
def log() -> Iterator[Lines]:
    """Everything logged as with LOG_LEVEL=DEBUG."""
    with logged_at_debug() as lines:
        yield lines


def check(log_text: str, stage: Stage) -> None:
    assert "job=" in log_text
    assert told_in(log_text, secrets_of(stage)) == []
    assert "Xanthippe" not in log_text


async def everything(stage: Stage) -> None:
    """Play what the two commands can come to."""
    await imagined(stage)
    await edited(stage)
    await refused(stage)
    await declined_by_flux(stage)
    await failed_at_flux(stage)
    await unreadable_answers(stage)
    await lost_answer(stage)
    await dead_link(stage)


async def imagined(stage: Stage) -> None:
    stage.ada.use("imagine", prompt=PROMPT, count=2)
    await stage.ada.wait_for(has_picture)


async def edited(stage: Stage) -> None:
    upload = Upload("photo.png", picture_bytes(HILL))
    stage.ada.use("edit", image=upload, prompt=NIGHT)
    await stage.ada.wait_for(lambda seen: has_picture(seen) and "night" in seen.text)


async def refused(stage: Stage) -> None:
    odd: list[dict[str, Any]] = [{"size": "7:7"}, {"model": "flux-9"}, {"count": "many"}]
    for options in odd:
        use = stage.ada.use("imagine", raw=True, prompt=PROMPT, **options)
        await use.answered()
        assert use.failed is None


async def declined_by_flux(stage: Stage) -> None:
    stage.ada.use("imagine", prompt=f"{PROMPT}, a forbidden thing")
    await stage.ada.wait_for(says("content filter"))


async def failed_at_flux(stage: Stage) -> None:
    stage.ada.use("imagine", prompt=f"{PROMPT}, an unlucky thing")
    await stage.ada.wait_for(says("failed to generate"))


async def unreadable_answers(stage: Stage) -> None:
    # Of a service that repeats what it was asked.
    echo = {"error": {"code": "bad_request", "message": f"prompt is invalid: {PROMPT}"}}
    quoting = {"error": {"code": f"refused: {PROMPT}", "message": "no"}, "trace_id": PROMPT}
    answers = (saying(echo, 400), saying({"success": False, **echo}), saying(quoting, 400))
    for answer in (*answers, page(502), BROKEN):
        stage.flux.misbehave("submit", answer)
        await ended_without_a_picture(stage)


async def lost_answer(stage: Stage) -> None:
    stage.flux.misbehave("accepted", Drop())
    await ended_without_a_picture(stage)


async def dead_link(stage: Stage) -> None:
    stage.flux.misbehave("picture", page(404), RESULT_ATTEMPTS)
    await ended_without_a_picture(stage)


async def ended_without_a_picture(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt=PROMPT)
    await use.answered()
    # Everything before was ended when this one was begun, so it is the last row.
    [*_, row] = await stage.ended()
    assert row["state"] in {"failed", "refused"}


async def test_nothing_that_is_not_to_be_told_is_logged(stage: Stage, log: Lines) -> None:
    await everything(stage)

    check(log.text, stage)


async def test_a_dead_link_of_discord_is_not_logged(stage: Stage, log: Lines) -> None:
    cdn = stage.discord.world.cdn
    use = stage.ada.use("edit", image=Upload("photo.png", picture_bytes(HILL)), prompt=NIGHT)
    [attachment] = use.interaction.data["resolved"]["attachments"].values()
    assert "hm=" in attachment["url"]
    stored = cdn.by_id(int(attachment["id"]))
    assert stored is not None
    cdn.remove(stored)
    await stage.ada.wait_for(says("can no longer read the image"))

    check(log.text, stage)
    assert attachment["url"] not in log.text


async def test_a_spool_that_is_gone_is_logged_with_its_traceback_alone(
    stage: Stage, log: Lines
) -> None:
    shutil.rmtree(stage.folder / "spool")
    stage.ada.use("edit", image=Upload("photo.png", picture_bytes(HILL)), prompt=NIGHT)
    await stage.ada.wait_for(says("can't store your image"))

    assert "ERROR images.store: the spool is unavailable\nTraceback" in log.text
    assert "job=" not in log.text
    assert told_in(log.text, secrets_of(stage)) == []
    assert "Xanthippe" not in log.text
    assert (stage.rows(), stage.flux.requests) == ([], [])


async def test_a_gateway_that_was_cut_is_not_logged_with_its_secrets(
    stage: Stage, log: Lines
) -> None:
    stage.ada.use("imagine", prompt=PROMPT)
    await stage.ada.wait_for(says("Generating"))
    stage.discord.cut_gateway()
    await stage.ada.wait_for(has_picture)
    await stage.discord.wait_until(stage.discord.gateway.online)

    check(log.text, stage)


async def test_what_is_noted_in_a_picture_is_not_logged(stage: Stage, log: Lines) -> None:
    notes = PIL.Image.Exif()
    notes[PIL.ExifTags.Base.ImageDescription] = "a photo of Xanthippe"
    photo = io.BytesIO()
    HILL.save(photo, "JPEG", exif=notes)
    stage.ada.use("edit", image=Upload("photo.jpg", photo.getvalue()), prompt=NIGHT)
    await stage.ada.wait_for(has_picture)

    check(log.text, stage)


EVERY_TYPE = range(1, 12)
"""Of an option; those that are not the declared one reach the bot only past Discord's checks."""


@pytest.mark.parametrize("kind", [InteractionType.COMMAND, InteractionType.AUTOCOMPLETE])
async def test_a_mistyped_option_is_not_logged(
    stage: Stage, log: Lines, kind: InteractionType
) -> None:
    for command, name, type_ in product(("imagine", "edit"), OPTIONS, EVERY_TYPE):
        mistyped = {"name": name, "type": type_, "value": PROMPT, "focused": True}
        number = {"name": "other", "type": 10, "value": PROMPT}
        for options in ([mistyped], [mistyped, number]):
            data = {"id": "1", "name": command, "type": 1, "options": options}
            stage.discord.interactions.open(stage.ada.user, stage.ada.channel, kind, data)
    # Events are taken in their order, so all of them were before this one was.
    stage.ada.use("imagine", prompt="a lighthouse that still stands")
    await stage.ada.wait_for(says("a lighthouse that still stands"))
    gc.collect()  # asyncio tells of a task's error when nobody can ask for it any more

    assert "unhandled error: ValueError < app_commands/namespace.py" in log.text
    assert "Xanthippe" not in log.text


@app_commands.command(description="Fails")
async def fail(interaction: discord.Interaction[Any], prompt: str) -> None:
    raise RuntimeError("the inner details")


async def test_an_unexpected_error_is_logged_without_what_was_typed(log: Lines) -> None:
    async with local_discord() as local, FluxcordBot(clock=Clock()) as bot:
        Route.BASE = local.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(local.gateway_url)
        bot.tree.add_command(fail)
        await bot.login(local.bot_token)
        await bot.tree.sync()
        serving = asyncio.create_task(bot.connect())
        await local.connected()
        use = await local.person().use("fail", prompt=PROMPT).answered()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    check_told(use, use.message)
    assert "the inner details" in log.text
    assert "Traceback" in log.text
    assert told_in(log.text, {local.bot_token, use.interaction.token, PROMPT}) == []


def check_told(use: InteractionResult, message: SeenMessage | None) -> None:
    assert use.failed is None
    assert message is not None
    assert PROMPT in message.text
    assert "the inner details" not in message.text


async def test_a_process_of_its_own_logs_nothing_of_it_either(idle_stage: Stage) -> None:
    environ = {**idle_stage.environ, "LOG_LEVEL": "DEBUG"}
    async with bot_process(idle_stage.folder, environ) as bot:
        await idle_stage.discord.connected()
        await everything(idle_stage)
        bot.terminate()
        output = await output_of(bot)

    # The level is really the lowest, and everything came this way.
    assert " DEBUG " in output
    check(output, idle_stage)


async def test_json_lines_name_their_job_and_tell_nothing_else(idle_stage: Stage) -> None:
    environ = {**idle_stage.environ, "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
    async with bot_process(idle_stage.folder, environ) as bot:
        await idle_stage.discord.connected()
        idle_stage.discord.faults.rate_limit(0.01, Aim("^/channels", "POST"))
        await everything(idle_stage)
        shutil.rmtree(idle_stage.folder / "spool")
        idle_stage.ada.use("edit", image=Upload("photo.png", picture_bytes(HILL)), prompt=NIGHT)
        await idle_stage.ada.wait_for(says("can't store your image"))
        # Which makes the folder be looked at again.
        await idle_stage.ada.use("imagine", prompt=NIGHT).answered()
        bot.terminate()
        output = await output_of(bot)

    assert told_in(output, secrets_of(idle_stage)) == []
    assert "Xanthippe" not in output
    lines = [json.loads(line) for line in output.splitlines()]
    assert all(line["time"].endswith("+00:00") and line["message"] for line in lines)
    assert {"DEBUG", "INFO", "WARNING"} <= {line["level"] for line in lines}
    errors = {line["message"]: line["error"] for line in lines if "error" in line}
    assert errors["the spool is unavailable"].startswith("Traceback")
    loggers: dict[str, set[str]] = {}
    for line in lines:
        loggers.setdefault(line.get("job", ""), set()).add(line["logger"])
        assert not line["message"].startswith("job=")
    # The first job met a fault of Discord's, of which its library tells without knowing of jobs.
    first, *_ = [row["job_id"] for row in idle_stage.rows()]
    assert {"jobs.worker", "jobs.transitions", "discord.http"} <= loggers[first]
    assert set(loggers) == {"", *(row["job_id"] for row in idle_stage.rows())}


def test_levels_are_as_the_bot_sets_them_and_are_put_back() -> None:
    libraries = [logging.getLogger(name) for name in ("discord", "PIL")]
    before = logging.root.level, [each.level for each in libraries], logging.root.handlers[:]
    with logged_at_debug() as lines:
        assert logging.root.level == logging.DEBUG
        assert [each.level for each in libraries] == [logging.INFO, logging.INFO]
        logging.getLogger("fluxcord").debug("a line")

    assert lines.lines == ["DEBUG fluxcord: a line"]
    after = logging.root.level, [each.level for each in libraries], logging.root.handlers
    assert after == before


@pytest.mark.parametrize(
    "line",
    [
        "token sandbox.abcdefghijklmnopqrstuvwxyz-_0123",
        "Bearer local-flux-0123456789abcdef",
        "POST http://127.0.0.1/api/v10/interactions/123/aW50ZXJhY3Rpb246dG9rZW4/callback",
        "PATCH http://127.0.0.1/api/v10/webhooks/123/aW50ZXJhY3Rpb246dG9rZW4/messages/1",
        "GET http://127.0.0.1/ephemeral-attachments/1/2/a.png?ex=1&is=2&hm=abc&",
        "drew a heron named Xanthippe",
    ],
)
def test_the_canary_sings(line: str) -> None:
    assert told_in(f"all is well\n{line}\nall is well", {PROMPT}) == [line]
    assert told_in("all is well\njob=1 accepted", {PROMPT}) == []
