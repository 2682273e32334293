"""Results by direct message: by the button, or by /preferences; free, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Aim
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_menus import made, told

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage

TO_DM = "Send to DM"
CLOSED = "I can't send you DMs"
RESTRICTED = "This image is from an age-restricted channel"
TEN_MINUTES_S = 600


async def wants_copies(stage: Stage) -> None:
    use = await stage.ada.use("preferences", dm=True).answered()
    assert use.message is not None
    assert "Send to DMs too: yes" in use.message.buttons


async def copied(stage: Stage) -> None:
    await stage.until(lambda: all(row["copied_at"] for row in stage.rows("jobs")))


def pictures_in_dm(person: Person) -> list[SeenMessage]:
    return [seen for seen in person.read(person.dm) if has_picture(seen)]


def check_paid(stage: Stage, jobs: int = 1) -> None:
    """Check that nothing but the jobs themselves was charged and booked."""
    assert len(stage.rows("jobs")) == len(stage.flux.charges) == jobs
    charged = sum(float(charge.credits) for charge in stage.flux.charges)
    assert stage.borne() == {"user": pytest.approx(charged), "house": 0}


@pytest.mark.parametrize("options", [{}, {"private": True}, {"count": 3}])
async def test_a_result_comes_by_direct_message_too(stage: Stage, options: dict[str, Any]) -> None:
    await wants_copies(stage)
    card = await made(stage, **options)
    copy = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)
    await copied(stage)

    assert [image.data for image in copy.images] == [image.data for image in card.images]
    assert copy.buttons == card.buttons
    assert pictures_in_dm(stage.ada) == [copy]
    check_paid(stage)
    await (await stage.ada.click(copy, "Details")).wait_for(says("**Details**"))


async def test_only_who_chose_it_gets_copies_and_not_of_what_is_there_anyhow(stage: Stage) -> None:
    await wants_copies(stage)
    stage.ada.use("imagine", prompt="a lighthouse", channel=stage.ada.dm)
    card = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)
    await stage.ended()
    public = await made(stage)
    await copied_of(stage, 2)
    bob = stage.discord.person("Bob")
    await bob.click(public, "Regenerate")
    await stage.until(lambda: len(stage.rows("jobs")) == 3)
    await stage.ended()

    assert [row["dm_copy"] for row in stage.rows("jobs")] == [1, 1, 0]
    assert pictures_in_dm(stage.ada)[0] == card
    assert len(pictures_in_dm(stage.ada)) == 2
    assert pictures_in_dm(bob) == []


async def copied_of(stage: Stage, number: int) -> None:
    await stage.until(lambda: bool(stage.rows("jobs")[number - 1]["copied_at"]))


async def test_it_can_be_turned_off(stage: Stage) -> None:
    await wants_copies(stage)
    await stage.ada.use("preferences", dm=False).answered()
    await made(stage)
    assert stage.rows("jobs")[0]["dm_copy"] == 0
    assert stage.rows("user_settings") == []


async def test_closed_direct_messages_are_told_of_and_the_result_stands(stage: Stage) -> None:
    await wants_copies(stage)
    closed = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=10)
    stage.discord.faults.status(403, closed, code=50007)
    card = await made(stage)
    word = await stage.ada.wait_for(says(CLOSED))
    await copied(stage)

    assert word.private
    assert "`/preferences`" in word.text
    assert stage.ada.look_again(card) == card
    assert [row["state"] for row in stage.rows()] == ["delivered"]
    assert len(stage.discord.faults.log) == 1
    check_paid(stage)


async def test_closed_direct_messages_are_told_of_in_reply_to_a_message(stage: Stage) -> None:
    card = await made(stage)
    await wants_copies(stage)
    closed = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=10)
    stage.discord.faults.status(403, closed, code=50007)
    asked = stage.ada.reply(card, "make it night")
    word = await stage.ada.wait_for(says(CLOSED))
    assert word.reply_to == asked.id
    await copied_of(stage, 2)
    check_paid(stage, jobs=2)


async def test_a_copy_whose_answer_was_lost_is_sent_once(stage: Stage) -> None:
    await wants_copies(stage)
    lost = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=2, after=True)
    stage.discord.faults.drop(lost)
    await made(stage)
    await copied(stage)

    assert len(stage.discord.faults.log) == 2
    assert len(pictures_in_dm(stage.ada)) == 1
    check_paid(stage)


@pytest.mark.parametrize("was_sent", [True, False])
async def test_a_copy_is_sent_once_over_a_kill(idle_stage: Stage, *, was_sent: bool) -> None:
    stage = idle_stage
    if not was_sent:
        busy = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=10_000)
        stage.discord.faults.status(503, busy)
    async with stage.bot_running():
        await wants_copies(stage)
        await made(stage)
        if was_sent:
            await copied(stage)
        else:
            await stage.discord.wait_until(lambda: bool(stage.discord.faults.log))
    stage.discord.faults.clear()
    # As after a kill before this was stored, and later than Discord remembers nonces.
    stage.change(copied_at=None)
    stage.discord.clock.advance(TEN_MINUTES_S)
    async with stage.bot_running():
        await copied(stage)

    assert len(pictures_in_dm(stage.ada)) == 1
    check_paid(stage)


async def test_anybody_sends_themselves_one_picture(stage: Stage) -> None:
    card = await made(stage, count=2)
    bob = stage.discord.person("Bob")
    opened = await (await bob.click(card, "2")).wait_for(has_picture)
    use = await bob.click(opened, TO_DM)
    stage.discord.interactions.send(use.interaction)
    await use.wait_for(says("Sent to your DMs."))

    [sent] = pictures_in_dm(bob)
    assert [image.data for image in sent.images] == [card.images[1].data]
    assert "image 2 of 2" in sent.text
    check_paid(stage)
    await bob.click(sent, "Regenerate")
    await stage.until(lambda: len(stage.rows("jobs")) == 2)
    await stage.ended()


async def test_a_history_sends_all_pictures_of_a_request(stage: Stage) -> None:
    card = await made(stage, count=2)
    page = await stage.ada.use("history").wait_for(has_picture)
    shown = await (await stage.ada.pick(page, "a lighthouse")).wait_for(has_picture)
    await (await stage.ada.click(shown, TO_DM)).wait_for(says("Sent to your DMs."))
    [sent] = pictures_in_dm(stage.ada)
    assert [image.data for image in sent.images] == [image.data for image in card.images]


async def test_a_press_says_that_direct_messages_are_closed(stage: Stage) -> None:
    opened = await (await stage.ada.click(await made(stage, count=2), "1")).wait_for(has_picture)
    closed = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST")
    stage.discord.faults.status(403, closed, code=50007)
    word = await (await stage.ada.click(opened, TO_DM)).wait_for(says(CLOSED))
    assert word.private
    assert pictures_in_dm(stage.ada) == []


async def test_a_restricted_picture_goes_to_its_requester_alone(stage: Stage) -> None:
    where = stage.discord.add_channel("adults", nsfw=True)
    stage.ada.use("imagine", prompt="a lighthouse", count=2, channel=where)
    card = await stage.ada.wait_for(has_picture, channel=where)
    await stage.ended()
    bob = stage.discord.person("Bob")
    opened = await (await bob.click(card, "1")).wait_for(has_picture)
    assert RESTRICTED in await told(await bob.click(opened, TO_DM))
    opened = await (await stage.ada.click(card, "1")).wait_for(has_picture)
    await (await stage.ada.click(opened, TO_DM)).wait_for(says("Sent to your DMs."))
    assert (len(pictures_in_dm(stage.ada)), pictures_in_dm(bob)) == (1, [])
