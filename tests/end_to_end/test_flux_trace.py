"""A trace of a live check: what is in it, and a local Flux that answers like it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from flux.client import Endpoint, FluxClient
from flux.models import Exchange, Task, TaskState
from sandbox.flux import Stream
from sandbox.flux.faults import Delay
from sandbox.flux.tasks import Hidden
from sandbox.flux.trace import TraceError, read_trace
from services.flux_trace import redacted, write_trace
from services.live_check import FluxCheck
from services.live_run import LiveRun
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture, open_stage
from tests.end_to_end.test_process import output_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.stage import Stage

ODD_ITEM = {"image_url": "", "seed": 7, "nsfw": False}


async def recorded(stage: Stage, *more: str) -> Path:
    """Save the trace of a live check, and return its file."""
    trace = stage.folder / "trace.json"
    channel = str(stage.discord.channel.id)
    arguments = ("doctor", "--live", "--yes", "--channel", channel, "--save", str(trace), *more)
    async with bot_process(stage.folder, stage.environ, *arguments) as doctor:
        output = await output_of(doctor)
    assert "Traceback" not in output
    assert f"names and prompts, to {trace}." in output
    return trace


async def test_a_trace_holds_no_token_id_name_address_or_prompt(idle_stage: Stage) -> None:
    trace = await recorded(idle_stage, "--edit", "--streams")
    text = await asyncio.to_thread(trace.read_text)

    secret = [
        idle_stage.discord.bot_token,
        idle_stage.flux.token,
        idle_stage.flux.base,
        "127.0.0.1",
        str(idle_stage.discord.channel.id),
        "Fluxcord",
        "lighthouse",
        "make it night",
    ]
    secret += [charge.task_id for charge in idle_stage.flux.charges]
    assert len(idle_stage.flux.charges) == 3
    assert [each for each in secret if each in text] == []
    written = json.loads(text)
    assert {each["path"] for each in written["exchanges"]} == {"/flux/images", "/flux/tasks"}
    assert {"name": "size", "held": True} in written["checks"]


async def test_the_local_flux_answers_like_the_one_of_a_trace(
    idle_stage: Stage, tmp_path: Path
) -> None:
    first = idle_stage.flux
    first.manner = replace(
        first.manner,
        item=ODD_ITEM,
        data="object",
        has_cost=False,
        accepted_has_trace=False,
        pending="null",
        stream=Stream(lines=3, content_type="application/json"),
    )
    first.misbehave("record", Hidden(2))
    first.misbehave("work", Delay(0.5))
    trace = read_trace(await recorded(idle_stage, "--streams"))

    assert trace.era == "current"
    assert trace.manner.steps == ("unknown", "pending")
    assert trace.manner.item is not None
    assert [*trace.manner.item] == [*ODD_ITEM]
    assert replace(trace.manner, steps=(), item=ODD_ITEM) == first.manner
    async with open_stage(tmp_path / "replayed") as stage:
        stage.flux.manner = trace.manner
        async with stage.bot_running():
            await stage.discord.connected()
            stage.ada.use("imagine", prompt="a lighthouse")
            await stage.ada.wait_for(has_picture)


async def test_the_edition_of_a_trace_is_kept(tmp_path: Path) -> None:
    async with open_stage(tmp_path, era="documented") as stage:
        trace = read_trace(await recorded(stage))

    assert trace.era == "documented"


async def test_a_file_that_is_there_is_not_overwritten_and_nothing_is_paid(
    idle_stage: Stage,
) -> None:
    trace = await recorded(idle_stage)
    channel = str(idle_stage.discord.channel.id)
    arguments = ("doctor", "--live", "--yes", "--channel", channel, "--save", str(trace))
    async with bot_process(idle_stage.folder, idle_stage.environ, *arguments) as doctor:
        output = await output_of(doctor)

    assert doctor.returncode == 2
    assert "must be a new file" in output
    assert len(idle_stage.flux.charges) == 1


async def test_the_sandbox_starts_from_a_trace(idle_stage: Stage, tmp_path: Path) -> None:
    trace = await recorded(idle_stage)
    arguments = ("sandbox", "--flux-trace", str(trace), "--say", '/imagine prompt:"a fox"')
    async with bot_process(tmp_path, {}, *arguments) as sandbox:
        output = await output_of(sandbox)

    assert sandbox.returncode == 0, output


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"trace": 1, "exchanges": []}', '{"trace": 2}']
)
async def test_a_file_that_is_no_trace_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "trace.json"
    path.write_text(content)

    with pytest.raises(TraceError, match="trace"):
        read_trace(path)
    async with bot_process(tmp_path, {}, "sandbox", "--flux-trace", str(path)) as sandbox:
        output = await output_of(sandbox)
    assert sandbox.returncode == 2
    assert "Traceback" not in output


PRETTY = json.dumps(
    {"count": 1, "items": [None, {"response": {"data": [{"image_url": "", "nsfw": True}]}}]},
    indent=2,
).encode()
DEEP = b"[" * 700 + b"]" * 700


def exchange(body: bytes) -> Exchange:
    return Exchange(
        path="/flux/tasks",
        accept="application/json",
        sent={"ids": ["a"]},
        status=200,
        content_type="application/json",
        body=body,
    )


def test_a_trace_with_an_empty_record_is_read(tmp_path: Path) -> None:
    sent: dict[str, object] = {"size": "1:1"}
    taken = replace(exchange(b'{"task_id": "a"}'), path="/flux/images", sent=sent)
    write_trace(tmp_path / "trace.json", [taken, exchange(PRETTY)], [], version="1")

    trace = read_trace(tmp_path / "trace.json")
    assert trace.manner.steps == ()
    assert trace.manner.item == {"image_url": "", "nsfw": True}


def test_an_answer_over_several_lines_is_one_answer(tmp_path: Path) -> None:
    write_trace(tmp_path / "trace.json", [exchange(PRETTY), exchange(DEEP)], [], version="1")

    pretty, _deep = json.loads((tmp_path / "trace.json").read_text())["exchanges"]
    assert pretty["answer"] == [json.loads(PRETTY)]


async def test_the_fields_of_an_answer_over_several_lines_are_named() -> None:
    said: list[str] = []
    run = LiveRun(said.append)
    run.exchanges.append(exchange(PRETTY))
    async with aiohttp.ClientSession() as session:
        client = FluxClient(session=session, endpoint=Endpoint(base_url="", token=""))
        check = FluxCheck(client=client, run=run, interval_s=1, timeout_s=1)
        check.judge_result(Task(id="a", state=TaskState.DONE, image_urls=("x",)))

    assert "Unknown here: nsfw." in said[0]


def test_only_short_texts_of_known_fields_are_kept() -> None:
    answer = {
        "model": "flux-dev",
        "code": "a text with spaces",
        "type": "550e8400-e29b-41d4-a716-446655440000",
        "cost": {"amount": 0.216, "currency": "credit", "payer": "ada", "account": 4711},
        "seed": 12345,
        "user": "ada",
        "550e8400-e29b": True,
        "image_url": "https://cdn.example.com/flux/ada.png?ex=1",
    }

    assert redacted(answer) == {
        "model": "flux-dev",
        "code": "text",
        "type": "text",
        "cost": {"amount": 0.216, "currency": "credit", "payer": "text", "account": 0},
        "seed": 0,
        "user": "text",
        "other": True,
        "image_url": "https://example.org/file.png",
    }
