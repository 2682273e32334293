"""Any answer of Discord to a finished picture: delivered, or kept and told, and paid once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Aim, Permission
from sandbox.flux.errors import Failure
from sandbox.flux.faults import Hang
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_delivery import check_paid_once, kept_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord import Channel, SeenMessage
    from tests.end_to_end.stage import Stage

EDIT = "^/channels/[0-9]+/messages/"
RESPONSE = "^/webhooks/[0-9]+/:token/messages/@original$"
ALWAYS = 1_000

BAD_SOURCE = Failure("bad_request", "image_url cannot be read")

UNKNOWN = [50024, 50035, 50068, 50109, 220003, 30046, 99999]
KNOWN = {
    20009: ("explicit_content", "explicit content filter"),
    160005: ("thread_locked", "This thread is locked"),
    200000: ("blocked_by_automod", "AutoMod blocked my message"),
    240000: ("harmful_link", "contains a link that Discord considers harmful"),
}
REFUSALS = [
    *[(400, code, "not_shown", "for an unknown reason") for code in UNKNOWN],
    *[(400, code, problem, words) for code, (problem, words) in KNOWN.items()],
    (403, 50013, "place_forbidden", "don't have permission to post in this channel"),
    (404, 10013, "not_shown", "for an unknown reason"),
    (418, 7, "not_shown", "for an unknown reason"),
]
BUSY = [
    (429, 30046),
    (401, 40001),
    (408, 40333),
    (400, 20022),
    (403, 20028),
    (400, 20029),
    (400, None),
    (404, 0),
    (503, 50035),
]


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No answer of Discord's is an unexpected error."""
    yield
    assert not [record for record in caplog.get_records("call") if record.exc_info]


async def begun(
    stage: Stage, channel: Channel | None = None, *, private: bool = False
) -> SeenMessage:
    """Ask for a picture that Flux finishes when it is released."""
    stage.flux.misbehave("work", Hang())
    stage.ada.use("imagine", prompt="a lighthouse", private=private, channel=channel)
    card = await stage.ada.wait_for(says("Generating"), channel=channel)
    await stage.running(1)
    return card


def check_kept(stage: Stage, problem: str) -> None:
    [row] = stage.rows()
    assert (row["state"], row["error_code"]) == ("failed", problem)
    check_paid_once(stage)


@pytest.mark.parametrize(("status", "code", "problem", "why"), REFUSALS)
async def test_a_card_that_takes_no_picture_says_why_and_where_it_is(
    stage: Stage, status: int, code: int, problem: str, why: str
) -> None:
    card = await begun(stage)
    stage.discord.faults.status(status, Aim(EDIT, "PATCH"), code=code)
    stage.flux.release()
    shown = await kept_picture(stage)

    told = stage.ada.look_again(card)
    assert told is not None
    assert state_of(told) == "failed"
    assert why in told.text
    assert "you can find it in `/history`" in told.text
    assert told.buttons == ()  # nothing to press would pay for it again
    assert len(shown.images) == 1
    check_kept(stage, problem)


@pytest.mark.parametrize(("status", "code", "problem", "why"), REFUSALS)
async def test_a_card_that_takes_nothing_is_deleted_and_its_end_told_privately(
    stage: Stage, status: int, code: int, problem: str, why: str
) -> None:
    card = await begun(stage)
    stage.discord.faults.status(status, Aim(EDIT, "PATCH", times=ALWAYS), code=code)
    stage.flux.release()
    await stage.ended()

    assert stage.ada.look_again(card) is None
    [told] = stage.ada.read()
    assert told.private
    assert why in told.text
    assert "you can find it in `/history`" in told.text
    assert told.buttons == ()
    check_kept(stage, problem)


async def test_an_end_whose_prompt_is_refused_is_told_once_and_without_it(stage: Stage) -> None:
    card = await begun(stage)
    stage.discord.faults.status(400, Aim(EDIT, "PATCH", times=2), code=200000)
    stage.flux.release()
    await stage.ended()

    [told] = stage.ada.read()
    assert told.id == card.id
    assert "AutoMod blocked my message" in told.text
    assert "a lighthouse" not in told.text
    check_kept(stage, "blocked_by_automod")


@pytest.mark.parametrize("private", [False, True])
async def test_a_response_that_takes_nothing_is_deleted_and_its_end_told_privately(
    stage: Stage,
    private: bool,  # noqa: FBT001
) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    card = await begun(stage, channel, private=private)
    stage.discord.faults.status(400, Aim(RESPONSE, "PATCH", times=ALWAYS), code=20009)
    stage.flux.release()
    await stage.ended()

    assert stage.ada.look_again(card) is None
    [told] = stage.ada.read(channel)
    assert told.private
    assert "explicit content filter" in told.text
    check_kept(stage, "explicit_content")


@pytest.mark.parametrize(("status", "code"), BUSY)
async def test_what_passes_is_waited_for(stage: Stage, status: int, code: int | None) -> None:
    card = await begun(stage)
    stage.discord.faults.status(status, Aim(EDIT, "PATCH", times=3), code=code)
    stage.flux.release()
    [row] = await stage.ended()

    shown = stage.ada.look_again(card)
    assert shown is not None
    assert has_picture(shown)
    assert row["state"] == "delivered"
    assert len(stage.discord.faults.log) == 3
    check_paid_once(stage)


@pytest.mark.parametrize(("status", "code", "problem", "why"), REFUSALS)
async def test_what_is_refused_before_it_began_costs_nothing(
    stage: Stage, status: int, code: int, problem: str, why: str
) -> None:
    posting = Aim("^/channels/[0-9]+/messages$", "POST", times=ALWAYS)
    stage.discord.faults.status(status, posting, code=code)
    use = await stage.ada.use("imagine", prompt="a lighthouse").answered()
    [row] = await stage.ended()

    assert use.message is not None
    assert why in use.message.text
    assert "Nothing was charged; " in use.message.text
    assert (row["state"], row["error_code"], row["credits"]) == ("failed", problem, 0)
    assert stage.flux.requests == []


@pytest.mark.parametrize("code", [50013, 50001, 20009, 50024, 50007])
async def test_a_direct_message_does_not_speak_of_a_server(stage: Stage, code: int) -> None:
    card = await begun(stage, stage.ada.dm)
    stage.discord.faults.status(403, Aim(EDIT, "PATCH"), code=code)
    stage.flux.release()
    await stage.ended()

    told = stage.ada.look_again(card)
    assert told is not None
    assert "you can find it in `/history`" in told.text
    assert "server" not in told.text
    assert "channel" not in told.text
    check_paid_once(stage)


async def test_a_picture_that_collect_cannot_show_says_why(idle_stage: Stage) -> None:
    stage = idle_stage
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    closed = Aim(f"^/channels/{stage.ada.dm.id}/messages$", "POST", times=10)
    async with stage.bot_running():
        await begun(stage, channel)
    stage.more_settings["JOB_TIMEOUT_S"] = "3600"
    stage.discord.clock.advance(14 * 60)
    async with stage.bot_running():
        waiting = await stage.ada.wait_for(
            lambda message: message.buttons == ("Get image",), channel=channel
        )
    stage.discord.clock.advance(2 * 60)
    stage.discord.faults.status(403, closed, code=50007)
    async with stage.bot_running():
        stage.flux.release()
        await stage.ended()
        stage.discord.faults.status(400, Aim(RESPONSE, "PATCH"), code=20009)
        await stage.ada.click(waiting, "Get image")
        told = await stage.ada.wait_for(says("explicit content filter"), channel=channel)

    assert told.id == waiting.id
    assert "you can find it in `/history`" in told.text
    check_kept(stage, "response_expired")


# Threads


async def test_an_archived_thread_is_unarchived_for_its_picture(stage: Stage) -> None:
    thread = stage.discord.add_thread("night")
    card = await begun(stage, thread)
    stage.discord.archive_thread(thread)
    stage.flux.release()
    [row] = await stage.ended()

    shown = stage.ada.look_again(card)
    assert shown is not None
    assert has_picture(shown)
    assert not thread.archived
    assert row["state"] == "delivered"
    assert [seen.id for seen in stage.ada.read(thread)] == [card.id]
    check_paid_once(stage)


@pytest.mark.parametrize("manages", [False, True])
async def test_a_locked_thread_stays_so_and_the_picture_is_kept(
    stage: Stage,
    manages: bool,  # noqa: FBT001
) -> None:
    if manages:
        stage.discord.guild.everyone.permissions |= Permission.MANAGE_THREADS
    thread = stage.discord.add_thread("night")
    card = await begun(stage, thread)
    stage.discord.archive_thread(thread, locked=True)
    stage.flux.release()
    shown = await kept_picture(stage)

    assert stage.ada.look_again(card) is None
    told = next(seen for seen in stage.ada.read(thread) if seen.private)
    assert "This thread is locked" in told.text
    assert "you can find it in `/history`" in told.text
    assert thread.archived
    assert len(shown.images) == 1
    check_kept(stage, "thread_locked")


# Who is no more


async def test_a_job_whose_author_is_no_more_ends(
    idle_stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Discord knows no such user (10013), and nobody is left to be told."""
    stage = idle_stage
    async with stage.bot_running():
        card = await begun(stage)
    stage.change(interaction_token=None)
    stage.discord.delete_channel(stage.discord.channel)
    opening = Aim("^/users/@me/channels$", "POST", times=ALWAYS)
    stage.discord.faults.status(404, opening, code=10013)
    async with stage.bot_running():
        stage.flux.release()
        [row] = await stage.ended()

    assert row["error_code"] == "message_gone"
    assert card.id
    assert "result not sent" in caplog.text
    check_paid_once(stage)


# Flux


async def test_a_source_that_flux_cannot_read_is_not_worth_another_try(stage: Stage) -> None:
    stage.flux.misbehave("work", BAD_SOURCE)
    stage.ada.use("imagine", prompt="a lighthouse")
    told = await stage.ada.wait_for(says("Flux does not accept"))

    assert "it often works the second time" not in told.text
    assert "nothing was charged." in told.text
    assert stage.flux.charges == []
