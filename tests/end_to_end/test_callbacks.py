"""Flux calls back: sooner than the bot would ask, and only ever as a hint."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

import bot
from clock import Clock
from domain.errors import StartError
from sandbox.flux.conduct import CallbackFirst, Twice
from sandbox.flux.faults import Drop, Hang
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from tests.end_to_end.canary import Lines
    from tests.end_to_end.stage import Stage

PROMPT = "a lighthouse in a storm"

NEVER_S = "60"
"""Between two questions to Flux, so that nothing is learned by them within a test."""


@pytest.fixture
def called(idle_stage: Stage, unused_tcp_port: int) -> Stage:
    """A stage whose Flux can reach the bot, which hardly asks by itself."""
    idle_stage.more_settings.update(
        PUBLIC_URL=f"http://127.0.0.1:{unused_tcp_port}",
        CALLBACK_HOST="127.0.0.1",
        CALLBACK_PORT=str(unused_tcp_port),
        POLL_INTERVAL_S=NEVER_S,
    )
    return idle_stage


def questions(stage: Stage) -> int:
    return sum(request.path == "/flux/tasks" for request in stage.flux.requests)


def callback_url(stage: Stage) -> str:
    [url] = {
        request.payload["callback_url"]
        for request in stage.flux.requests
        if request.path == "/flux/images"
    }
    return str(url)


async def say(url: str, body: bytes) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        return response.status


def naming(task_id: str) -> bytes:
    return json.dumps({"success": True, "task_id": task_id, "data": []}).encode()


async def check_delivered_once(stage: Stage) -> SeenMessage:
    """Wait for the picture and the end of everything, and check that there is one of each."""
    await stage.ada.wait_for(has_picture)
    await stage.flux.settled()
    [row] = await stage.ended()
    [card] = [message for message in stage.ada.read() if not message.private]
    [charge] = stage.flux.charges
    assert (row["state"], row["task_id"]) == ("delivered", charge.task_id)
    assert len(card.images) == 1
    assert stage.borne() == {"user": float(charge.credits), "house": 0}
    assert sum(request.path == "/flux/images" for request in stage.flux.requests) == 1
    return card


async def test_a_callback_brings_the_picture_with_a_single_question(
    called: Stage, canary: Lines
) -> None:
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await check_delivered_once(called)

    assert questions(called) == 1
    [job] = called.rows("jobs")
    url = callback_url(called)
    assert url == f"{called.more_settings['PUBLIC_URL']}/flux/callbacks/{job['callback_token']}"
    assert job["callback_token"] not in canary.text


async def test_a_callback_that_comes_twice_brings_it_once(called: Stage) -> None:
    called.flux.misbehave("callback", Twice())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await check_delivered_once(called)


async def test_a_callback_before_the_answer_to_the_submit_is_not_forgotten(called: Stage) -> None:
    called.flux.misbehave("accepted", CallbackFirst())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await check_delivered_once(called)

    assert questions(called) == 1


async def test_without_its_callback_a_picture_is_asked_for(called: Stage) -> None:
    called.more_settings["POLL_INTERVAL_S"] = "0.005"
    called.flux.misbehave("callback", Drop())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await check_delivered_once(called)

    assert questions(called) >= 1


async def test_a_callback_after_the_picture_changes_nothing(called: Stage) -> None:
    called.more_settings["POLL_INTERVAL_S"] = "0.005"
    called.flux.misbehave("callback", Hang())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        before = await check_delivered_once(called)
        called.flux.release()
        after = await check_delivered_once(called)

    assert after == before


async def test_a_replayed_callback_changes_nothing(called: Stage) -> None:
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        before = await check_delivered_once(called)
        [row] = called.rows("jobs")
        status = await say(callback_url(called), naming(row["task_id"]))
        after = await check_delivered_once(called)

    assert status == HTTPStatus.NO_CONTENT
    assert after == before
    assert called.rows("jobs") == [row]
    assert questions(called) == 1


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 5_000, "%2e%2e%2f", "%00"])
async def test_a_callback_with_a_token_of_nobody_changes_nothing(called: Stage, token: str) -> None:
    called.flux.misbehave("work", Hang())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await called.running(1)
        [before] = called.rows("jobs")
        base = callback_url(called).removesuffix(before["callback_token"])
        status = await say(base + token, naming(before["task_id"]))

        # Without any token it is the place at which a doctor asks who listens.
        expected = HTTPStatus.NOT_FOUND if token else HTTPStatus.METHOD_NOT_ALLOWED
        assert status == expected
        assert called.rows("jobs") == [before]
        assert questions(called) == 0
        called.flux.release()
        await check_delivered_once(called)


FALSE_WORDS: dict[str, bytes] = {
    "another task": naming("00000000-0000-4000-8000-000000000000"),
    "no task": b"{}",
    "nothing": b"",
    "no JSON": b"<html>",
    "a failure": json.dumps({"success": False, "error": {"code": "api_error"}}).encode(),
    "too deep": b"[" * 100_000,
    "a picture of somebody else's": json.dumps(
        {"success": True, "data": [{"image_url": "http://127.0.0.1:9/evil.png"}]}
    ).encode(),
}


@pytest.mark.parametrize("words", FALSE_WORDS)
async def test_what_a_callback_claims_is_not_believed(called: Stage, words: str) -> None:
    called.flux.misbehave("work", Hang())
    called.more_settings["POLL_INTERVAL_S"] = "0.5"
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await called.running(1)
        [before] = called.rows("jobs")
        status = await say(callback_url(called), FALSE_WORDS[words])
        await called.until(lambda: questions(called) == 1)

        assert status == HTTPStatus.NO_CONTENT
        assert called.rows("jobs") == [before]
        assert not any(map(has_picture, called.ada.read()))
        called.flux.release()
        await check_delivered_once(called)


async def test_an_oversized_callback_is_not_even_read(called: Stage) -> None:
    called.flux.misbehave("work", Hang())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await called.running(1)
        [before] = called.rows("jobs")
        status = await say(callback_url(called), naming("x" * 300_000))

        assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert called.rows("jobs") == [before]
        assert questions(called) == 0
        called.flux.release()
        await check_delivered_once(called)


# A lost answer, for which the callback is the evidence


async def uncertain_card(stage: Stage) -> SeenMessage:
    """Ask for a picture whose answer is lost while Flux works on it."""
    stage.flux.misbehave("work", Hang())
    stage.flux.misbehave("accepted", Drop())
    stage.ada.use("imagine", prompt=PROMPT)
    return await stage.ada.wait_for(says("The connection to Flux was lost"))


async def test_a_lost_answer_is_told_and_made_good_by_the_callback(called: Stage) -> None:
    async with called.bot_running():
        told = await uncertain_card(called)
        assert [row["state"] for row in called.rows()] == ["uncertain"]
        called.flux.release()
        card = await check_delivered_once(called)

    assert "nothing is sent or charged twice" in told.text
    assert told.buttons == ("Cancel",)
    assert card.id == told.id


async def test_a_lost_answer_whose_callback_was_faster_is_made_good(called: Stage) -> None:
    called.flux.misbehave("callback", Twice())
    called.flux.misbehave("accepted", Drop())
    async with called.bot_running():
        called.ada.use("imagine", prompt=PROMPT)
        await check_delivered_once(called)


async def test_a_restart_does_not_end_the_wait_for_a_callback(called: Stage) -> None:
    async with called.bot_running():
        told = await uncertain_card(called)
    async with called.bot_running():
        called.flux.release()
        card = await check_delivered_once(called)

    assert card.id == told.id


async def test_a_callback_that_was_not_confirmed_before_a_stop_is_not_forgotten(
    called: Stage,
) -> None:
    called.flux.misbehave("tasks", Hang())
    async with called.bot_running():
        told = await uncertain_card(called)
        called.flux.release()
        await called.flux.reached(3)
        assert [row["state"] for row in called.rows()] == ["uncertain"]
    async with called.bot_running():
        card = await check_delivered_once(called)

    assert card.id == told.id


async def test_a_callback_is_believed_as_soon_as_flux_confirms_it(called: Stage) -> None:
    called.more_settings["POLL_INTERVAL_S"] = "0.005"
    called.flux.misbehave("tasks", Drop(), times=8)
    async with called.bot_running():
        await uncertain_card(called)
        called.flux.release()
        await check_delivered_once(called)


async def lost_card(stage: Stage) -> SeenMessage:
    """Wait until the evidence for a lost answer is no longer waited for; needs a bot started."""
    card = await stage.ada.wait_for(says("if it arrives later"))
    await stage.ended()
    return card


async def test_without_evidence_a_lost_answer_is_given_back(called: Stage) -> None:
    async with called.bot_running():
        told = await uncertain_card(called)
    called.change(submitted_at=-15 * 60)
    async with called.bot_running():
        card = await lost_card(called)

    assert card.id == told.id
    assert "you were refunded." in card.text
    assert " · 0 credits\n" in card.text
    assert card.buttons == ("Try again",)
    [row] = called.rows()
    assert (row["state"], row["error_code"]) == ("failed", "answer_lost")
    assert called.borne() == {"user": 0, "house": 0.216}


@pytest.mark.parametrize("callback", ["once", "twice", "of another task"])
async def test_a_picture_that_comes_after_all_is_kept_for_its_owner_for_free(
    called: Stage, callback: str
) -> None:
    if callback == "twice":
        called.flux.misbehave("callback", Twice())
    async with called.bot_running():
        told = await uncertain_card(called)
    called.change(submitted_at=-15 * 60)
    async with called.bot_running():
        await lost_card(called)
        if callback == "of another task":
            forged = naming("00000000-0000-4000-8000-000000000000")
            assert await say(callback_url(called), forged) == HTTPStatus.NO_CONTENT
        called.flux.release()
        card = await called.ada.wait_for(says("This image arrived after its request had failed"))
        await called.flux.settled()
        [row] = await called.ended()
        pictures = await picked_from_history(called, row["job_id"])

    assert card.id == told.id
    assert not card.images
    assert " · 0 credits\n" in card.text
    assert len(pictures.images) == 1
    assert pictures.private
    [charge] = called.flux.charges
    assert (row["state"], row["error_code"]) == ("failed", "arrived_late")
    assert row["task_id"] == charge.task_id
    assert called.borne() == {"user": 0, "house": float(charge.credits)}


async def picked_from_history(stage: Stage, job_id: str) -> SeenMessage:
    listed = await (await stage.ada.use("history").answered()).wait_for(
        lambda message: bool(message.options)
    )
    picked = await stage.ada.pick(listed, job_id)
    return await picked.wait_for(has_picture)


async def test_a_taken_callback_port_ends_the_bot_with_a_sentence(called: Stage) -> None:
    port = int(called.more_settings["CALLBACK_PORT"])
    taken: Any = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with taken:
        with pytest.raises(StartError, match=f"CALLBACK_PORT: cannot listen on port {port}"):
            await bot.run(called.settings, asyncio.Event(), clock=Clock())
