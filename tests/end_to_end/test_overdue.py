"""A task that takes longer than anybody waits for: told, out of the way, and looked for a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.flux.faults import Hang
from sandbox.flux.tasks import Hidden
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from sandbox.discord import SeenMessage
    from sandbox.flux.conduct import Mishap, Where
    from tests.end_to_end.stage import Stage

PROMPT = "a lighthouse in a storm"
OVERDUE = "This is taking longer than usual."

DAY_S = 24 * 60 * 60.0


@pytest.fixture
def impatient(idle_stage: Stage) -> Stage:
    """A stage whose bot finds everything overdue soon, and has one place at Flux."""
    idle_stage.more_settings.update(JOB_TIMEOUT_S="0.2", MAX_RUNNING_JOBS="1")
    return idle_stage


async def overdue_card(stage: Stage) -> SeenMessage:
    stage.ada.use("imagine", prompt=PROMPT)
    return await stage.ada.wait_for(says(OVERDUE))


def shown(stage: Stage) -> list[SeenMessage]:
    return [message for message in stage.ada.read() if not message.private]


@pytest.mark.parametrize(("where", "what"), [("work", Hang()), ("record", Hidden())])
async def test_it_is_told_and_lets_the_next_one_go_first(
    impatient: Stage, where: Where, what: Mishap
) -> None:
    impatient.flux.misbehave(where, what)
    async with impatient.bot_running():
        card = await overdue_card(impatient)
        impatient.ada.use("imagine", prompt="a fox")
        done = await impatient.ada.wait_for(has_picture)

    assert "The image will appear here" in card.text
    assert PROMPT in card.text
    assert (state_of(card), card.buttons) == ("working", ("Cancel",))
    assert "a fox" in done.text
    late, other = impatient.rows("jobs")
    assert (late["state"], late["told_at"], other["state"]) == ("running", None, "delivered")
    assert late["overdue_at"]


async def test_it_is_shown_on_its_card_when_it_comes_at_last(impatient: Stage) -> None:
    impatient.flux.misbehave("work", Hang())
    async with impatient.bot_running():
        card = await overdue_card(impatient)
    impatient.flux.release()
    await impatient.flux.settled()
    async with impatient.bot_running():
        done = await impatient.ada.wait_for(has_picture)
        [row] = await impatient.ended()

    assert [message.id for message in shown(impatient)] == [card.id] == [done.id]
    assert OVERDUE not in done.text
    assert row["state"] == "delivered"
    [charge] = impatient.flux.charges
    assert impatient.borne() == {"user": float(charge.credits), "house": 0}


@pytest.mark.parametrize(("where", "what"), [("work", Hang()), ("record", Hidden())])
async def test_it_is_given_back_after_a_day(impatient: Stage, where: Where, what: Mishap) -> None:
    impatient.flux.misbehave(where, what)
    async with impatient.bot_running():
        await overdue_card(impatient)
    impatient.change(submitted_at=-DAY_S)
    async with impatient.bot_running():
        card = await impatient.ada.wait_for(says("did not finish this image within a day"))
        [row] = await impatient.ended()

    assert "you were refunded." in card.text
    assert " · 0 credits\n" in card.text
    assert (state_of(card), card.buttons) == ("failed", ("Try again",))
    assert (row["state"], row["error_code"]) == ("failed", "overdue")
    assert (row["credits"], row["credits_are"]) == (0.216, "estimated")
    assert impatient.borne() == {"user": 0, "house": 0.216}
    assert sum(request.path == "/flux/images" for request in impatient.flux.requests) == 1
