"""Discord, or what stands before it, failing while a job is announced and delivered."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Aim
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import InteractionResult, LocalDiscord
    from tests.end_to_end.stage import Stage

ANSWER = Aim("/callback$", "POST")
ANNOUNCE = Aim("^/channels/[0-9]+/messages$", "POST")
DISMISS = Aim("@original$", "DELETE")
DELIVER = Aim("^/channels/[0-9]+/messages/", "PATCH")

TROUBLES: dict[str, Callable[[LocalDiscord, Aim], object]] = {
    "a proxy's 403": lambda discord, aim: discord.faults.status(403, aim),
    "a proxy's 404": lambda discord, aim: discord.faults.status(404, aim),
    "a dropped connection": lambda discord, aim: discord.faults.drop(aim),
    "a rate limit": lambda discord, aim: discord.faults.rate_limit(0.01, aim),
    "an outage page": lambda discord, aim: discord.faults.cloudflare(aim),
}


@pytest.mark.parametrize(
    "aim", [ANNOUNCE, DISMISS, DELIVER], ids=["announce", "dismiss", "deliver"]
)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_job_is_delivered_once_whatever_fails_once(
    stage: Stage, trouble: str, aim: Aim, *, after: bool
) -> None:
    TROUBLES[trouble](stage.discord, Aim(aim.path, aim.method, after=after))
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)

    [row] = await stage.ended()
    assert len(stage.discord.faults.log) == 1
    assert row["state"] == "delivered"
    assert [has_picture(seen) for seen in stage.ada.read() if not seen.thinking] == [True]
    assert len(stage.flux.charges) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_an_answer_whose_connection_broke_is_given_again(
    stage: Stage, *, after: bool
) -> None:
    stage.discord.faults.drop(Aim(ANSWER.path, ANSWER.method, after=after))
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)

    assert len(await stage.ended()) == 1
    assert len(stage.flux.charges) == 1


async def test_an_answer_that_came_too_late_costs_nothing(stage: Stage) -> None:
    fault = stage.discord.faults.hang(ANSWER)
    use = stage.ada.use("imagine", prompt="a lighthouse")
    await stage.until(lambda: bool(stage.rows()))
    stage.discord.clock.advance(stage.discord.interactions.answer_window_s)
    fault.release()
    [row] = await stage.ended()

    assert use.failed
    assert (row["state"], row["credits"], row["error_code"]) == (
        "cancelled",
        0,
        "answered_too_late",
    )
    assert stage.flux.requests == []


async def test_a_command_whose_first_answer_is_refused_is_answered_all_the_same(
    stage: Stage,
) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    card = await stage.ada.wait_for(has_picture)
    await stage.ended()  # only then does /show find it
    uses: tuple[Callable[[], InteractionResult], ...] = (
        lambda: stage.ada.use("show", job="lighthouse"),
        lambda: stage.ada.use("usage"),
        lambda: stage.ada.use("privacy export"),
        lambda: stage.ada.use_on(card, "Edit image"),
    )
    for use in uses:
        stage.discord.faults.status(403, ANSWER)
        used = await use().answered()
        assert used.message is not None
        assert used.message.private
        assert "Discord is busy" in used.message.text


@pytest.mark.parametrize("command", ["usage", "privacy export"])
async def test_a_command_answered_too_late_is_no_error(
    stage: Stage, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    caplog.set_level(logging.INFO)
    fault = stage.discord.faults.hang(ANSWER)
    use = stage.ada.use(command)
    await stage.until(lambda: bool(stage.discord.faults.log))
    stage.discord.clock.advance(stage.discord.interactions.answer_window_s)
    fault.release()
    late = f"{command}: the response came too late"
    await stage.until(lambda: late in caplog.messages)

    assert use.failed
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_response_longer_than_15_minutes_is_written_down_as_such(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    fault = stage.discord.faults.hang(Aim("@original$", "PATCH", times=2))
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    await stage.until(lambda: bool(stage.discord.faults.log))
    stage.discord.clock.advance(16 * 60)
    fault.release()

    [row] = await stage.ended()
    assert row["error_code"] == "response_expired"
    assert row["credits"] == 0
    assert not any(map(says("Generating"), stage.ada.read(channel)))


@pytest.mark.parametrize("code", [40005, 50045])
async def test_a_result_that_discord_calls_too_large_is_sent_smaller(
    stage: Stage, code: int
) -> None:
    status = 413 if code == 40005 else 400
    stage.discord.faults.status(status, DELIVER, code=code)
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()

    assert len(stage.discord.faults.log) == 1
    assert (row["state"], row["credits"]) == ("delivered", float(stage.flux.charges[0].credits))


async def test_an_end_without_a_message_stays_to_be_read(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        idle_stage.discord.faults.status(403, ANNOUNCE, code=50013)
        use = await idle_stage.ada.use("imagine", prompt="a lighthouse").answered()
        [row] = await idle_stage.ended()

    assert row["error_code"] == "place_forbidden"
    assert use.message is not None
    assert "don't have permission to post" in use.message.text
    assert "Nothing was charged; try again" in use.message.text
    assert idle_stage.flux.requests == []


async def test_an_end_whose_telling_fails_is_told_again(stage: Stage) -> None:
    stage.discord.faults.status(403, ANNOUNCE, code=50013)
    stage.discord.faults.drop(Aim("@original$", "PATCH", times=2))
    stage.ada.use("imagine", prompt="a lighthouse")
    told = await stage.ada.wait_for(says("don't have permission to post"))

    assert told.private
