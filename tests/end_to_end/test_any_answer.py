"""Properties of an end: whatever status and code Discord answers with, the books agree.

Status codes of 500 and more are drawn only where discord.py does not retry them for half a minute
by itself. What may pass comes twice, anything else for as long as the job goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.discord import Aim
from sandbox.flux.faults import Hang
from tests.domain.test_failures import KEPT
from tests.end_to_end.test_fuzz import steady
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.discord import Channel
    from sandbox.flux.books import Charge
    from tests.end_to_end.stage import Stage

KNOWN: Final = (
    *(10003, 10008, 10013, 10015, 20009, 20016, 20022, 20028, 20029, 30046, 40005, 50001, 50007),
    *(50013, 50024, 50027, 50035, 50045, 50068, 50083, 50109, 50278, 160005, 200000, 220003),
    240000,
)
SERVER_ERRORS: Final = 500
ALWAYS: Final = 999

numbers = count(1)


def elsewhere(stage: Stage) -> Channel:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    return stage.discord.add_channel("garden", guild)


def yard(stage: Stage) -> Channel:
    return stage.discord.add_channel("yard")


@dataclass(frozen=True)
class Meeting:
    """Where a job is shown, which requests about it meet the answer, and since when.

    Attributes:
        is_made: whether the picture is finished by then.
    """

    find: Callable[[Stage], Channel]
    method: str
    path: str
    is_made: bool = True
    expires: bool = False
    """Whether the interaction's token has expired, so that the result goes to direct messages."""


MEETINGS: Final = {
    "card edit": Meeting(yard, "PATCH", "^/channels/{channel}/messages/"),
    "post": Meeting(yard, "POST", "^/channels/{channel}/messages$", is_made=False),
    "interaction edit": Meeting(elsewhere, "PATCH", "@original$"),
    "first interaction edit": Meeting(elsewhere, "PATCH", "@original$", is_made=False),
    "edit in a direct message": Meeting(
        lambda stage: stage.ada.dm, "PATCH", "^/channels/{dm}/messages/"
    ),
    "direct message": Meeting(
        lambda stage: stage.ada.dm, "POST", "^/channels/{dm}/messages$", is_made=False
    ),
    "direct result": Meeting(elsewhere, "POST", "^/channels/{dm}/messages$", expires=True),
}

codes = st.one_of(
    st.none(), st.just(0), st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.integers(1, 999_999)
)
statuses = st.one_of(
    st.sampled_from((400, 401, 403, 404, 408, 413, 429, 501, 503)), st.integers(400, 499)
)


def passes(status: int, code: int | None) -> bool:
    """Whether to wait: no code, a rate limit, or an answer that is not about the request."""
    if status == 413 or code in (10003, 10008, 10015, 40005, 50027, 50045):
        return False
    return (
        code in (None, 0, 20022, 20028, 20029)
        or status in (401, 408, 429)
        or status >= SERVER_ERRORS
    )


@settings(steady, max_examples=examples(40))
@given(st.sampled_from(sorted(MEETINGS)), statuses, codes)
@example("card edit", 400, 20009)
@example("interaction edit", 400, 240000)
@example("edit in a direct message", 403, 50007)
@example("card edit", 403, 50083)
@example("post", 418, 4)
@example("direct result", 400, 20009)
async def test_a_finished_picture_is_paid_once_and_had_whatever_discord_answers(
    stage: Stage, caplog: pytest.LogCaptureFixture, name: str, status: int, code: int | None
) -> None:
    caplog.clear()
    meeting = MEETINGS[name]
    if meeting.path == "@original$" and status >= SERVER_ERRORS:
        status = 400
    channel, prompt = meeting.find(stage), f"a lighthouse, number {next(numbers)}"
    path = meeting.path.format(channel=channel.id, dm=stage.ada.dm.id)
    aim = Aim(path, meeting.method, times=2 if passes(status, code) else ALWAYS)
    before = len(stage.flux.charges)
    if meeting.is_made:
        stage.flux.misbehave("work", Hang())
    else:
        stage.discord.faults.status(status, aim, code=code)
    stage.ada.use("imagine", prompt=prompt, channel=channel)
    if meeting.is_made:
        await stage.running(1)
        stage.discord.faults.status(status, aim, code=code)
        if meeting.expires:
            stage.discord.faults.status(401, Aim("@original$", "PATCH", ALWAYS), code=50027)
        stage.flux.release()
    await stage.until(lambda: any(row["prompt"] == prompt for row in stage.rows()))
    await stage.ended()
    stage.discord.faults.clear()

    check_books(stage, prompt, stage.flux.charges[before:])
    assert not [record for record in caplog.records if record.exc_info]
    if not meeting.expires:  # there the card is out of reach
        check_buttons(stage, channel, is_made=len(stage.flux.charges) > before)


@pytest.mark.parametrize("name", MEETINGS)
async def test_a_success_that_is_not_discord_s_is_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    meeting = MEETINGS[name]
    channel = meeting.find(stage)
    aim = Aim(meeting.path.format(channel=channel.id, dm=stage.ada.dm.id), meeting.method)
    if meeting.is_made:
        stage.flux.misbehave("work", Hang())
    else:
        stage.discord.faults.status(200, aim)
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    if meeting.is_made:
        await stage.running(1)
        stage.discord.faults.status(200, aim)
        if meeting.expires:
            stage.discord.faults.status(401, Aim("@original$", "PATCH", ALWAYS), code=50027)
        stage.flux.release()
    await stage.until(lambda: bool(stage.rows()))
    [row] = await stage.ended()
    stage.discord.faults.clear()

    assert row["state"] == "delivered"
    assert len(stage.flux.charges) == 1
    assert not [record for record in caplog.records if record.exc_info]


def check_books(stage: Stage, prompt: str, charges: Sequence[Charge]) -> None:
    """Check that one side pays what Flux charged, and that who pays has the picture."""
    [job] = [row for row in stage.rows("jobs") if row["prompt"] == prompt]
    borne = {"user": 0, "house": 0}
    for row in stage.rows("ledger"):
        if row["job_id"] == job["id"]:
            borne[row["payer"]] += row["microcredits"]
    paid = sum(round(charge.credits * 1_000_000) for charge in charges)
    assert sum(borne.values()) == paid
    files = [row for row in stage.rows("images") if row["job_id"] == job["id"]]
    has_picture = job["state"] == "delivered" or job["problem"] in KEPT
    assert bool(files) == bool(paid)
    if paid:
        assert has_picture
        assert borne == {"user": paid, "house": 0}
        assert all((stage.folder / "spool" / row["file_name"]).exists() for row in files)


def check_buttons(stage: Stage, channel: Channel, *, is_made: bool) -> None:
    """Check that nothing offers to pay again for a picture that exists."""
    labels = {
        label
        for seen in (*stage.ada.read(channel), *stage.ada.read(stage.ada.dm))
        for label in seen.buttons
    }
    assert "Cancel" not in labels
    assert not (is_made and "Try again" in labels)
