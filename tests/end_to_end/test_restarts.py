"""A stop and a start in every state that a job can be in: nothing lost, nothing paid twice."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Aim
from sandbox.flux.faults import Drop, Hang
from sandbox.transcript import state_of
from tests.bot_process import bot_process
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_flux_faults import submits
from tests.end_to_end.test_process import output_of, posix_only

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

PROMPT = "a lighthouse"
ANSWER = Aim("/callback$", "POST")
ANNOUNCE = Aim("^/channels/[0-9]+/messages$", "POST")


def states(stage: Stage) -> list[str]:
    return [row["state"] for row in stage.rows()]


def cards(stage: Stage) -> list[SeenMessage]:
    return [message for message in stage.ada.read() if not message.private]


def check_delivered_once(stage: Stage, jobs: int = 1) -> None:
    assert states(stage) == ["delivered"] * jobs
    assert [len(card.images) for card in cards(stage)] == [1] * jobs
    assert len(stage.flux.charges) == len(submits(stage)) == jobs
    charged = sum(float(charge.credits) for charge in stage.flux.charges)
    assert stage.borne() == {"user": pytest.approx(charged), "house": 0}


async def test_a_request_that_is_being_answered_at_a_stop_is_answered(idle_stage: Stage) -> None:
    stage = idle_stage
    async with stage.bot_running():
        stage.discord.faults.delay(0.5, ANSWER)
        use = stage.ada.use("imagine", prompt=PROMPT)
        await stage.until(lambda: bool(stage.discord.faults.log))
    assert use.callback_type is not None
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage)


async def test_queued_requests_keep_their_place_in_line(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    stage.flux.misbehave("work", Hang())
    async with stage.bot_running():
        for number in range(4):
            await stage.ada.use("imagine", prompt=f"picture {number}").answered()
        await stage.ada.wait_for(says("Queued (#3)"))
        await stage.until(lambda: states(stage) == ["running", "queued", "queued", "queued"])
    stage.flux.release()
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage, jobs=4)
    prompts = [request.payload["prompt"] for request in submits(stage)]
    assert prompts == [f"picture {number}" for number in range(4)]


async def test_a_request_whose_card_was_never_posted_is_posted_by_the_next_start(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    hanging = stage.discord.faults.hang(ANNOUNCE)
    async with stage.bot_running():
        use = await stage.ada.use("imagine", prompt=PROMPT).answered()
        await stage.until(lambda: len(stage.discord.faults.log) == 1)
        assert states(stage) == ["queued"]
    hanging.release()
    async with stage.bot_running():
        await stage.ended()
        await use.gone()

    check_delivered_once(stage)


async def test_a_card_that_was_posted_and_not_stored_is_found_by_a_start_much_later(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    hanging = stage.discord.faults.hang(replace(ANNOUNCE, after=True))
    async with stage.bot_running():
        stage.ada.use("imagine", prompt=PROMPT)
        posted = await stage.ada.wait_for(lambda message: not message.private)
    hanging.release()
    assert stage.rows("jobs")[0]["message_id"] is None
    stage.change(created_at=-3_600, announced_at=-3_600)
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage)
    assert [card.id for card in cards(stage)] == [posted.id]


async def test_an_end_is_told_on_a_card_that_was_posted_and_not_stored(
    idle_stage: Stage,
) -> None:
    stage = idle_stage
    hanging = stage.discord.faults.hang(replace(ANNOUNCE, after=True))
    async with stage.bot_running():
        stage.ada.send("a lighthouse", channel=stage.ada.dm)
        posted = await stage.ada.wait_for(
            lambda message: bool(message.buttons), channel=stage.ada.dm
        )
    hanging.release()
    # As its own Cancel ends it in the next process, before the number of its card is known.
    stage.change(state="cancelled", problem="cancelled", ended_at=0.0)
    async with stage.bot_running():
        await stage.ended()

    [card] = [seen for seen in stage.ada.read(channel=stage.ada.dm) if seen.text.strip()][1:]
    assert card.id == posted.id
    assert "Cancelled. Nothing was charged; " in card.text
    assert stage.flux.charges == []


async def test_a_request_that_was_being_sent_is_never_sent_again(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.more_settings["MAX_RUNNING_JOBS"] = "1"
    stage.flux.misbehave("work", Hang())
    async with stage.bot_running():
        stage.ada.use("imagine", prompt=PROMPT)
        await stage.running(1)
    # As after a kill between the request and its answer.
    stage.change(state="submitting", task_id=None)
    stage.flux.release()
    async with stage.bot_running():
        card = await stage.ada.wait_for(says("Flux did not confirm your request"))
        [row] = await stage.ended()

    assert "you were refunded." in card.text
    assert (row["state"], row["error_code"]) == ("failed", "answer_lost")
    assert stage.borne() == {"user": 0, "house": 0.216}
    assert len(submits(stage)) == len(cards(stage)) == 1


async def test_running_requests_are_waited_for_again(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.flux.misbehave("work", Hang())
    async with stage.bot_running():
        stage.ada.use("imagine", prompt=PROMPT)
        await stage.running(1)
    for _ in range(2):
        async with stage.bot_running():
            await stage.ada.wait_for(says("Generating"))
    stage.flux.release()
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage)


async def test_a_finished_picture_that_left_the_spool_is_fetched_again(idle_stage: Stage) -> None:
    stage = idle_stage
    hanging = stage.discord.faults.hang(Aim("^/channels/[0-9]+/messages/", "PATCH"))
    async with stage.bot_running():
        stage.ada.use("imagine", prompt=PROMPT)
        await stage.until(lambda: states(stage) == ["fetched"])
    hanging.release()
    for name in stage.spooled():
        (stage.folder / "spool" / name).unlink()
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage)
    assert len(stage.spooled()) == 1


async def test_an_end_that_was_not_told_is_told_by_the_next_start(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.flux.misbehave("work", Hang())
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="an unlucky thing")
        card = await stage.ada.wait_for(says("Generating"))
        await stage.running(1)
        hanging = stage.discord.faults.hang(Aim("^/channels/[0-9]+/messages/", "PATCH"))
        stage.flux.release()
        await stage.until(lambda: states(stage) == ["failed"])
    hanging.release()
    async with stage.bot_running():
        told = await stage.ada.wait_for(says("failed to generate this image"))
        await stage.ended()

    assert (told.id, state_of(told)) == (card.id, "failed")
    assert stage.borne() == {"user": 0, "house": 0}


async def test_a_delivered_picture_is_left_alone_by_the_next_start(idle_stage: Stage) -> None:
    stage = idle_stage
    async with stage.bot_running():
        stage.ada.use("imagine", prompt=PROMPT)
        await stage.ada.wait_for(has_picture)
        await stage.ended()
    before, asked = cards(stage), len(stage.flux.requests)
    async with stage.bot_running():
        use = await stage.ada.use("history").answered()

    assert use.message is not None
    assert cards(stage) == before
    assert len(stage.flux.requests) == asked
    check_delivered_once(stage)


@posix_only
async def test_sigterm_during_jobs_waits_for_none_and_loses_none(idle_stage: Stage) -> None:
    stage = idle_stage
    environ = {**stage.environ, "MAX_RUNNING_JOBS": "2", "MAX_RUNNING_PER_USER": "2"}
    stage.flux.misbehave("work", Hang(), times=2)
    async with bot_process(stage.folder, environ) as bot:
        await stage.discord.connected()
        for number in range(4):
            await stage.ada.use("imagine", prompt=f"picture {number}").answered()
        await stage.ada.wait_for(says("Queued (#2)"))
        await stage.until(lambda: states(stage) == ["running", "running", "queued", "queued"])
        bot.send_signal(signal.SIGTERM)
        output = await output_of(bot)  # while Flux has not finished, and will not by itself
        assert bot.returncode == 0
        assert "Traceback" not in output
        assert stage.flux.charges == []
    stage.flux.release()
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage, jobs=4)


@posix_only
async def test_sigterm_lets_the_answer_to_a_submit_come(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.flux.misbehave("accepted", Hang())
    async with bot_process(stage.folder, stage.environ) as bot:
        await stage.discord.connected()
        await stage.ada.use("imagine", prompt=PROMPT).answered()
        await stage.until(lambda: states(stage) == ["submitting"])
        await stage.until(lambda: len(stage.flux.charges) == 1)
        bot.send_signal(signal.SIGTERM)
        assert bot.stdout is not None
        async for line in bot.stdout:
            if b"stopping" in line:
                stage.flux.release()
                break
        output = await output_of(bot)
        assert "Traceback" not in output
    assert states(stage) == ["running"]
    async with stage.bot_running():
        await stage.ended()

    check_delivered_once(stage)


async def test_a_lost_answer_is_ended_only_once_by_starts(idle_stage: Stage) -> None:
    stage = idle_stage
    stage.flux.misbehave("accepted", Drop())
    async with stage.bot_running():
        await stage.ada.use("imagine", prompt=PROMPT).answered()
        await stage.ended()
    before, ledger = cards(stage), stage.rows("ledger")
    async with stage.bot_running():
        await stage.ada.use("history").answered()

    assert cards(stage) == before
    assert stage.rows("ledger") == ledger


async def test_a_thinking_answer_goes_also_after_an_end_that_came_before_its_removal(
    idle_stage: Stage,
) -> None:
    """And a start asks for the removal only where that is still owed."""
    stage = idle_stage
    removal = Aim("@original$", "DELETE", times=1_000)
    async with stage.bot_running():
        stage.discord.faults.drop(removal)
        use = stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
        await stage.ended()
    assert use.message is not None
    assert use.message.thinking

    stage.discord.faults.clear()
    async with stage.bot_running():
        await use.gone()
        await stage.until(lambda: stage.rows("jobs")[0]["interaction_token"] is None)
    asked = len(stage.discord.requests)
    async with stage.bot_running():
        await stage.ada.use("history").answered()
    assert not [each for each in stage.discord.requests[asked:] if each.method == "DELETE"]
    assert stage.rows("jobs")[0]["dismissed_at"]
