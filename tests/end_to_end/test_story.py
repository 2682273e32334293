"""The conversation of docs/sandbox.md, typed to a bot in its own process, picture by picture."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from sandbox.discord import Intent
from sandbox.flux.models import PictureFormat
from sandbox.flux.renderer import decoded, draw, edit, encoded
from sandbox.flux.sizes import PixelSize
from sandbox.process import BotProcess
from sandbox.talk import Talk
from sandbox.terminal import Terminal
from tests.bot_process import BOT
from tests.end_to_end.stage import open_stage

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
FORMATS = {"PNG": PictureFormat.PNG, "JPEG": PictureFormat.JPEG}

STORY = (
    '/imagine prompt:"a lighthouse" count:4',
    "click 2",
    'click "Post here"',
    'reply "at night"',
    'menu "Edit image" prompt:"add snow"',
    "click Details",
    'click "Edit this version" prompt:"at sunset"',
    "restart",
    "click Regenerate on the oldest",
)


def in_readme() -> tuple[str, ...]:
    """Return the lines that docs/sandbox.md has one type."""
    [block] = re.findall(r"line by line:\n\n```\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return tuple(block.splitlines())


def drawn(number: int, like: bytes) -> bytes:
    """Return the picture of that number that Flux draws of the story's words."""
    picture = PIL.Image.open(io.BytesIO(like))
    image = draw("a lighthouse", "flux-dev", PixelSize(*picture.size), number - 1)
    return encoded(image, FORMATS[str(picture.format)])


def edited(source: bytes, words: str, like: bytes) -> bytes:
    """Return what Flux makes of a picture and these words."""
    picture = PIL.Image.open(io.BytesIO(like))
    image = edit(decoded(source), words, PixelSize(*picture.size))
    return encoded(image, FORMATS[str(picture.format)])


def newest(stage: Stage) -> SeenMessage:
    return [seen for seen in stage.ada.read() if seen.author == "Fluxcord" and not seen.private][-1]


@pytest.mark.parametrize("intent", [False, True], ids=["content blanked", "with the intent"])
async def test_the_story_ends_in_the_right_picture_at_every_step(
    tmp_path: Path, *, intent: bool
) -> None:
    assert in_readme() == STORY
    async with open_stage(tmp_path, MESSAGE_CONTENT_INTENT=str(intent).lower()) as stage:
        stage.discord.grant_intents(*([Intent.MESSAGE_CONTENT] if intent else []))
        command, environ = (sys.executable, str(BOT)), {**os.environ, **stage.environ}
        bot = BotProcess(command, environ, tmp_path / "bot.log")
        await bot.start()
        try:
            await stage.discord.connected()
            await tell(stage, Talk(stage.discord, bot, Terminal(), None))
        finally:
            await bot.stop()
        rows = stage.rows("jobs")

    assert [row["command"] for row in rows] == ["imagine", "reply", "edit", "edit", "again"]
    assert {row["state"] for row in rows} == {"delivered"}
    four, night, snow, sunset, again = rows
    assert [row["parent_job_id"] for row in rows] == [
        None,
        four["id"],
        night["id"],
        four["id"],
        None,
    ]
    assert [row["parent_position"] for row in (night, snow, sunset)] == [2, 1, 2]
    assert again["retry_of"] == four["id"]


async def tell(stage: Stage, talk: Talk) -> None:
    steps = iter(STORY)

    async def step() -> list[bytes]:
        assert await talk.say_all([next(steps)]) == 0
        return [image.data for image in newest(stage).images]

    four = await step()
    assert len(set(four)) == 4
    assert four == [drawn(number, four[0]) for number in range(1, 5)]
    oldest = newest(stage)
    assert await step() == four  # the second is opened for its reader alone
    [opened] = stage.ada.read()[-1].images
    [second] = await step()
    assert second == opened.data == four[1]
    [night] = await step()
    assert night == edited(second, "at night", night)
    [snow] = await step()
    assert snow == edited(night, "add snow", snow)
    assert await step() == [snow]  # the details are shown to their reader alone
    details = stage.ada.read()[-1]
    assert [image.data for image in details.images] == [night, snow]
    [sunset] = await step()
    assert sunset == edited(second, "at sunset", sunset)
    await step()
    assert await step() == four
    assert newest(stage).id != oldest.id
