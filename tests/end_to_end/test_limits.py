"""The limits of .env: refused with a sentence before anything is paid, whoever asks at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Upload
from sandbox.flux.faults import Drop, Hang
from sandbox.flux.oddities import UNAVAILABLE
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_flux_faults import submits
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage

PRICE = 0.216
"""Of one picture of the default model."""


async def delivered(stage: Stage, person: Person, prompt: str) -> None:
    person.use("imagine", prompt=prompt)
    await person.wait_for(lambda message: has_picture(message) and prompt in message.text)
    await stage.ended()


async def refused(person: Person, prompt: str = "one too many") -> SeenMessage:
    """Ask for what is over a limit, and return the private answer."""
    use = await person.use("imagine", prompt=prompt).answered()
    assert use.message is not None
    assert use.message.private
    assert prompt in use.message.text
    return use.message


def comes_back_at(message: SeenMessage) -> datetime:
    [seconds] = re.findall(r"<t:(\d+):R>", message.text)
    return datetime.fromtimestamp(int(seconds), UTC)


def check_paid(stage: Stage, jobs: int) -> None:
    """Check that so many requests were stored and sent, and nothing is left of others."""
    assert len(stage.rows()) == len(submits(stage)) == len(stage.flux.charges) == jobs
    assert stage.borne()["user"] == pytest.approx(jobs * PRICE)


async def test_what_one_person_may_spend_in_a_day(idle_stage: Stage) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = str(2 * PRICE)
    async with idle_stage.bot_running():
        await delivered(idle_stage, idle_stage.ada, "the first")
        await delivered(idle_stage, idle_stage.ada, "the second")
        first, second = [seen for seen in idle_stage.ada.read() if has_picture(seen)]
        assert "0.22 of 0.43 credits today" in first.text
        assert "0.43 of 0.43 credits today" in second.text
        told = await refused(idle_stage.ada)
        check_paid(idle_stage, 2)
        await delivered(idle_stage, idle_stage.discord.person("Bob"), "of somebody else")

    assert "exceed your limit of 0.43 credits a day" in told.text
    back = comes_back_at(told)
    assert (back.hour, back.minute, back.second) == (0, 0, 0)
    assert timedelta(0) < back - datetime.now(UTC) <= timedelta(days=1)


async def test_what_all_may_spend_in_a_month(idle_stage: Stage) -> None:
    idle_stage.more_settings["CREDITS_PER_MONTH"] = str(2 * PRICE)
    bob = idle_stage.discord.person("Bob")
    async with idle_stage.bot_running():
        await delivered(idle_stage, idle_stage.ada, "the first")
        await delivered(idle_stage, bob, "the second")
        for person in (idle_stage.ada, bob):
            told = await refused(person)
            assert "exceed the bot's limit of 0.43 credits a month" in told.text
            back = comes_back_at(told)
            assert (back.day, back.hour, back.minute) == (1, 0, 0)
            assert back > datetime.now(UTC)

    check_paid(idle_stage, 2)


async def test_what_the_house_bears_counts_for_the_month_and_not_for_the_person(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings.update(
        USER_CREDITS_PER_DAY=str(PRICE), CREDITS_PER_MONTH=str(2 * PRICE)
    )
    idle_stage.flux.misbehave("accepted", Drop())
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt="lost")
        await idle_stage.ada.wait_for(says("The connection to Flux was lost, so"))
        await idle_stage.ended()
        await delivered(idle_stage, idle_stage.ada, "found")
        told = await refused(idle_stage.discord.person("Bob"))

    assert "exceed the bot's limit of 0.43 credits a month" in told.text
    assert idle_stage.borne() == {"user": PRICE, "house": PRICE}


async def test_the_pause_between_two_requests(idle_stage: Stage) -> None:
    idle_stage.more_settings["COOLDOWN_S"] = "3600"
    async with idle_stage.bot_running():
        await delivered(idle_stage, idle_stage.ada, "the first")
        told = await refused(idle_stage.ada)
        check_paid(idle_stage, 1)
        await delivered(idle_stage, idle_stage.discord.person("Bob"), "of somebody else")

    assert "You're sending requests too quickly." in told.text
    left = comes_back_at(told) - datetime.now(UTC)
    assert timedelta(minutes=55) < left <= timedelta(hours=1)


async def test_a_picture_that_cannot_be_edited_counts_for_the_pause_and_flux_s_fault_does_not(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings["COOLDOWN_S"] = "3600"
    idle_stage.flux.misbehave("submit", UNAVAILABLE)
    bob = idle_stage.discord.person("Bob")
    async with idle_stage.bot_running():
        upload = Upload("photo.png", picture_bytes(HILL)[:100])  # hardly more than its size
        idle_stage.ada.use("edit", image=upload, prompt="make it night")
        await idle_stage.until(lambda: len(idle_stage.rows()) == 1)
        await idle_stage.ended()
        told = await refused(idle_stage.ada)
        bob.use("imagine", prompt="unlucky")
        await idle_stage.until(lambda: len(idle_stage.rows()) == 2)
        await idle_stage.ended()
        await delivered(idle_stage, bob, "lucky")

    assert "You're sending requests too quickly." in told.text
    assert [row["state"] for row in idle_stage.rows()] == ["refused", "failed", "delivered"]


async def test_how_many_requests_one_person_may_have_under_way(idle_stage: Stage) -> None:
    idle_stage.more_settings["MAX_JOBS_PER_USER"] = "2"
    idle_stage.flux.misbehave("work", Hang(), times=2)
    async with idle_stage.bot_running():
        for prompt in ("the first", "the second"):
            await idle_stage.ada.use("imagine", prompt=prompt).answered()
        told = await refused(idle_stage.ada)
        await idle_stage.running(2)
        await delivered_while_others_wait(idle_stage.discord.person("Bob"))
        idle_stage.flux.release()
        await idle_stage.ended()
        await delivered(idle_stage, idle_stage.ada, "the third")

    assert "the limit of requests in progress" in told.text
    check_paid(idle_stage, 4)


async def delivered_while_others_wait(person: Person) -> None:
    person.use("imagine", prompt="of somebody else")
    await person.wait_for(has_picture)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"USER_CREDITS_PER_DAY": str(2 * PRICE)}, "exceed your limit of 0.43 credits a day"),
        ({"CREDITS_PER_MONTH": str(2 * PRICE)}, "exceed the bot's limit"),
        ({"MAX_JOBS_PER_USER": "2"}, "the limit of requests in progress"),
    ],
)
async def test_commands_at_the_same_moment_cannot_both_take_the_last_of_an_allowance(
    idle_stage: Stage, setting: dict[str, str], words: str
) -> None:
    idle_stage.more_settings.update(setting)
    idle_stage.flux.misbehave("work", Hang(), times=2)
    async with idle_stage.bot_running():
        uses = [idle_stage.ada.use("imagine", prompt=f"number {number}") for number in range(5)]
        for use in uses:
            await use.answered()
        await idle_stage.running(2)
        told = [use.message for use in uses if use.message and words in use.message.text]
        assert len(told) == 3
        assert len(idle_stage.rows()) == 2
        idle_stage.flux.release()
        await idle_stage.ended()

    check_paid(idle_stage, 2)


async def test_what_was_not_made_leaves_the_allowance_as_it_was(idle_stage: Stage) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = str(PRICE)
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt="an unlucky thing")
        card = await idle_stage.ada.wait_for(says("failed to generate this image"))
        await idle_stage.ended()
        await idle_stage.ada.click(card, "Try again")
        await idle_stage.until(lambda: len(idle_stage.rows()) == 2)
        await idle_stage.ended()
        await delivered(idle_stage, idle_stage.ada, "a lighthouse")
        [_, second, _] = [seen for seen in idle_stage.ada.read() if not seen.private]
        retried = await (await idle_stage.ada.click(second, "Try again")).answered()

    assert retried.message is not None
    assert "exceed your limit of 0.22 credits a day" in retried.message.text
    assert retried.message.private
    assert len(idle_stage.rows()) == 3
    assert idle_stage.borne() == {"user": PRICE, "house": 0}


async def test_a_request_over_what_is_left_may_be_made_smaller(idle_stage: Stage) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = str(2 * PRICE)
    async with idle_stage.bot_running():
        use = await idle_stage.ada.use("imagine", prompt="four", count=4).answered()
        assert use.message is not None
        assert "Request fewer images or a cheaper model" in use.message.text
        idle_stage.ada.use("imagine", prompt="two", count=2)
        await idle_stage.ada.wait_for(has_picture)
        await idle_stage.ended()

    assert idle_stage.borne() == {"user": 2 * PRICE, "house": 0}


async def test_a_disk_that_is_nearly_full_refuses_before_anything_is_paid(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings["SPOOL_MIN_FREE_MB"] = "10000000"
    async with idle_stage.bot_running():
        told = await refused(idle_stage.ada)

    assert "I can't store your image right now" in told.text
    check_paid(idle_stage, 0)
