"""`python bot.py sandbox` from the outside, as a newcomer uses it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import sqlite_utils

import bot
from sandbox.process import BotProcess
from sandbox.talk import Talk
from sandbox.terminal import Terminal
from tests.bot_process import BOT
from tests.end_to_end import checked_sandbox
from tests.end_to_end.stage import open_stage
from tests.end_to_end.test_process import posix_only
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.flux import Era
    from tests.end_to_end.stage import Stage


class BotBeside(BotProcess):
    """A bot that runs already, and not by the sandbox's doing."""

    def __init__(self, folder: Path) -> None:
        super().__init__((), {}, folder / "no.log")

    @property
    def is_running(self) -> bool:
        return True


async def say(stage: Stage, *lines: str) -> int:
    """Say the lines as the sandbox does, to a bot of this process; return the exit status."""
    async with stage.bot_running():
        beside = BotBeside(stage.folder)
        return await Talk(stage.discord, beside, Terminal(), stage.folder / "out").say_all(lines)


def refused_start(*arguments: str) -> int:
    """Return the exit status of a sandbox that ends before it starts a bot."""
    return bot.main(("sandbox", *arguments))


CHECKED = ("-m", checked_sandbox.__name__)


async def sandbox(
    folder: Path, *arguments: str, program: tuple[str | Path, ...] = CHECKED
) -> tuple[int, str]:
    """Run the sandbox in this folder and return its exit status and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(BOT.parent)},
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def transcript(folder: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((folder / "out/transcript.json").read_text())
    return entries


async def test_a_conversation_leaves_pictures_a_transcript_and_rows(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(picture_bytes(HILL))
    # It has no say in the sandbox.
    (tmp_path / ".env").write_text("MAX_RUNNING_JOBS=nonsense\nDATABASE_PATH=elsewhere.db\n")
    status, output = await sandbox(
        tmp_path,
        "--era",
        "documented",
        "--say",
        '/imagine prompt:"a white siamese cat" size:16:9 count:2',
        "--say",
        '/edit image:@photo.png prompt:"make it night"',
        "--say",
        'reply "add snow"',
        "--out",
        "out",
    )

    assert status == 0, output
    imagined, edited, reply, snowy = transcript(tmp_path)
    assert (reply["author"], reply["text"]) == ("Ada", "add snow")
    assert imagined["author"] == "Fluxcord"
    assert (imagined["state"], imagined["private"]) == ("done", False)
    assert "Regenerate" in imagined["buttons"]
    assert "a white siamese cat" in imagined["text"]
    assert "@Ada" in imagined["text"]
    shapes = [(image["width"], image["height"]) for image in imagined["images"]]
    assert shapes == [(1344, 768), (1344, 768)]
    assert [image["spoiler"] for image in imagined["images"]] == [False, False]
    assert [image["alt"] for image in edited["images"]] == ["Edited image: make it night"]
    for image in imagined["images"] + edited["images"] + snowy["images"]:
        picture = PIL.Image.open(io.BytesIO((tmp_path / "out" / image["file"]).read_bytes()))
        picture.load()
        assert picture.size == (image["width"], image["height"])
        assert image["file"] in output
    with sqlite_utils.Database(tmp_path / "data/sandbox.db") as database:
        rows = list(database["usage"].rows)
    assert [(row["command"], row["state"]) for row in rows] == [
        ("imagine", "delivered"),
        ("edit", "delivered"),
        ("reply", "delivered"),
    ]
    assert not (tmp_path / "elsewhere.db").exists()


async def test_lines_press_buttons_and_choose_from_menus(idle_stage: Stage) -> None:
    status = await say(
        idle_stage,
        "/imagine prompt:a lighthouse count:2",
        "click 2",
        'click "Post here"',
        'menu "Edit image" prompt:"make it night" size:"Square 1:1"',
        "click Edit prompt prompt:make it day",
        "click Details",
        "click Regenerate",
        "click Delete",
    )

    assert status == 0
    texts = [entry["text"] for entry in transcript(idle_stage.folder)]
    assert [text.partition("\n")[0] for text in texts] == [
        "a lighthouse",
        "a lighthouse",
        "a lighthouse",
        "make it night",
        "make it day",
        "Details",
    ]
    commands = [row["command"] for row in idle_stage.rows()]
    assert commands == ["imagine", "edit", "change", "again"]


@pytest.mark.parametrize("line", ["click Regenerate", 'menu "Edit image" prompt:x'])
async def test_a_press_that_cannot_be_is_status_1(
    idle_stage: Stage, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert await say(idle_stage, line) == 1
    assert "No message of the bot has that yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "state", "words"),
    [
        ("/imagine prompt:x size:7:7", "answered", "7:7 is not a valid size."),
        ("/imagine prompt:a forbidden thing", "refused", "so nothing was charged."),
    ],
)
async def test_a_line_without_a_picture_is_status_1(
    idle_stage: Stage, capsys: pytest.CaptureFixture[str], line: str, state: str, words: str
) -> None:
    assert await say(idle_stage, line) == 1
    assert [entry["state"] for entry in transcript(idle_stage.folder)] == [state]
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("era", ["documented", "current"])
async def test_the_local_flux_can_speak_either_edition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], era: Era
) -> None:
    async with open_stage(tmp_path, megapixels=1, era=era) as stage:
        status = await say(
            stage,
            "/imagine prompt:a lighthouse size:16:9",
            "/imagine prompt:a lighthouse model:flux-kontext-pro size:9:16",
        )

    assert status == 0
    assert "1344 × 768" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "file"), "name a folder"),
        (("--database", "."), "name a file"),
        (("--port", "70000"), "choose one from 0 to 65535"),
        (("--era", "future"), "is unknown; choose one of"),
        (("--locale", "zh"), "zh-CN"),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, str],
    words: str,
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        refused_start(*arguments)

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


async def test_a_line_that_is_no_command_is_status_1_with_advice(
    idle_stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await say(idle_stage, "draw a cat") == 1
    assert (
        "Begin with one of /access, /doctor, /edit, /help, /history, /imagine"
        in capsys.readouterr().out
    )


@pytest.fixture
def no_handler_left() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("no_handler_left")
@pytest.mark.parametrize("option", ["--port", "--page-port"])
def test_a_taken_port_is_told_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status = refused_start(option, str(port))

    assert status == 1
    output = capsys.readouterr().out
    assert f"Port {port} cannot be used" in output
    assert f"Choose another with {option}." in output


@posix_only
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_waits_for_typed_lines_until_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        BOT,
        "sandbox",
        cwd=tmp_path,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"/imagine prompt:a lighthouse\n")
    output = await process.stdout.readuntil(b"1024")
    process.send_signal(number)
    rest, _ = await process.communicate()

    assert process.returncode == 0
    assert b"A local Discord with Fluxcord in it" in output
    assert b"Traceback" not in output + rest


async def test_the_conversation_can_be_in_another_language(tmp_path: Path) -> None:
    line = "/imagine prompt:一座灯塔"
    status, output = await sandbox(tmp_path, "--locale", "zh-CN", "--say", line, "--out", "out")

    assert status == 0, output
    [entry] = transcript(tmp_path)
    assert entry["buttons"] == ["重新生成", "编辑", "修改提示词", "详情", "删除"]
    assert entry["text"].startswith("一座灯塔\n@Ada · flux-dev · 1:1 · ")
    assert entry["text"].endswith(" 积分")
