"""The messenger's regular messages, in the local Discord."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.models import Delivery, JobState, Problem
from images.inspect import MAX_MESSAGE_BYTES
from jobs.messenger import DEFAULT_FILE_LIMIT_BYTES, Forbidden, Gone, Posted, Temporary, TooLarge
from sandbox.discord import Aim
from tests.factories import make_image, make_ticket

if TYPE_CHECKING:
    from domain.models import Image, Job
    from tests.ui.office import Office

LONG_AGO = timedelta(minutes=4)


def announced(job: Job, ago: timedelta = LONG_AGO) -> Job:
    return replace(job, nonce=f"{job.id}-1", announced_at=datetime.now(UTC) - ago)


def pictures(office: Office, count: int) -> list[Image]:
    return [
        office.picture(make_image(position=at, file_name=f"{at}.png")) for at in range(1, count + 1)
    ]


async def posted_to(office: Office) -> list[int]:
    return [message.id for message in office.discord.person("Ada").read()]


async def test_a_card_whose_sending_went_unanswered_long_ago_is_found_again(
    office: Office,
) -> None:
    job = announced(office.job())
    await office.messenger.show(replace(job, announced_at=None))
    office.discord.clock.advance(600)  # the nonce is forgotten
    office.discord.person("Ada").send("in between")

    outcome = await office.messenger.show(job, position=3)

    [card, _] = office.discord.person("Ada").read()
    assert outcome == Posted(card.id)
    assert "Queued (#3)" in card.text


async def test_a_card_that_is_found_is_known_also_where_its_edit_is_refused(
    office: Office,
) -> None:
    job = announced(office.job())
    await office.messenger.show(replace(job, announced_at=None))
    office.discord.clock.advance(600)
    office.discord.faults.status(400, Aim("/messages/", "PATCH"), code=50035)

    outcome = await office.messenger.show(job)

    [card] = office.discord.person("Ada").read()
    assert outcome == Posted(card.id)
    office.discord.faults.status(503, Aim("/messages/", "PATCH", times=9))
    with pytest.raises(Temporary):
        await office.messenger.show(job)


async def test_a_card_is_found_whatever_time_was_noted_when_it_was_sent(office: Office) -> None:
    question = office.discord.person("Ada").send("a lighthouse")
    ticket = make_ticket(token=None, interaction_id=question.id)
    job = announced(office.job(ticket=ticket), -timedelta(hours=1))
    await office.messenger.show(replace(job, announced_at=None))
    office.discord.clock.advance(600)

    outcome = await office.messenger.show(job)

    [_, card] = office.discord.person("Ada").read()
    assert outcome == Posted(card.id)


async def test_a_card_of_another_job_is_not_taken_for_it(office: Office) -> None:
    other = announced(office.job(id="ba9876543210"))
    await office.messenger.show(replace(other, announced_at=None))
    ada = office.discord.person("Ada")
    ada.send("-# Requested by Ada · job 0123456789ab")

    await office.messenger.show(announced(office.job()))

    assert len(ada.read()) == 3


async def test_a_message_is_looked_for_only_where_its_nonce_may_be_forgotten(
    office: Office,
) -> None:
    for job in (announced(office.job(), timedelta(minutes=2)), office.job()):
        await office.messenger.show(job)

    assert not [
        request
        for request in office.discord.requests
        if request.method == "GET" and request.path.endswith("/messages")
    ]


async def test_a_missing_file_is_for_others_to_bring_again(office: Office) -> None:
    images = [*pictures(office, 1), make_image(position=2, file_name="2.png")]
    with pytest.raises(FileNotFoundError):
        await office.messenger.show(office.job(state=JobState.FETCHED), images)
    with pytest.raises(FileNotFoundError):
        await office.messenger.send_direct(office.job(state=JobState.FETCHED), images)
    assert await posted_to(office) == []


@pytest.mark.parametrize(
    ("tier", "count", "limit_bytes"),
    [
        (0, 1, DEFAULT_FILE_LIMIT_BYTES),
        (0, 4, MAX_MESSAGE_BYTES // 4),
        (3, 1, MAX_MESSAGE_BYTES),
        (3, 4, MAX_MESSAGE_BYTES // 4),
    ],
)
async def test_too_large_says_what_would_fit_there(
    office: Office, tier: int, count: int, limit_bytes: int
) -> None:
    guild = office.client.get_guild(office.discord.guild.id)
    assert guild is not None
    guild.premium_tier = tier
    office.discord.faults.status(413, Aim("/messages$", "POST"), code=40005)

    job = office.job(state=JobState.FETCHED)
    place = replace(job.request.place, file_limit_bytes=guild.filesize_limit)
    job = replace(job, request=replace(job.request, place=place))
    outcome = await office.messenger.show(job, pictures(office, count))

    assert isinstance(outcome, TooLarge)
    assert outcome.limit_bytes == limit_bytes


async def test_a_result_is_sent_directly_and_found_again(office: Office) -> None:
    job = announced(office.job(state=JobState.FETCHED))
    images = pictures(office, 2)
    await office.messenger.send_direct(replace(job, announced_at=None), images)
    office.discord.clock.advance(600)

    outcome = await office.messenger.send_direct(job, images)

    ada = office.discord.person("Ada")
    [message] = ada.read(ada.dm)
    assert outcome == Posted(message.id)
    assert len(message.images) == 2


async def test_a_closed_dm_is_forbidden(office: Office) -> None:
    office.discord.person("Ada").dm.closed_to_bot = True
    job = office.job(state=JobState.FETCHED)
    assert await office.messenger.send_direct(job, pictures(office, 1)) == Forbidden(
        Problem.DIRECT_MESSAGES_CLOSED
    )


async def test_a_deleted_message_is_gone(office: Office) -> None:
    assert await office.messenger.show(office.job(message_id=1)) == Gone()


@pytest.mark.parametrize("problem", [Problem.FLUX_AUTHENTICATION, Problem.FLUX_OUT_OF_CREDITS])
async def test_the_operator_is_told_by_direct_message(office: Office, problem: Problem) -> None:
    await office.messenger.alert_operator(problem)

    grace = office.discord.person("Grace")
    [message] = grace.read(grace.dm)
    assert "One new request a minute" in message.text


async def test_an_operator_who_cannot_be_told_stops_nothing(office: Office) -> None:
    office.discord.person("Grace").dm.closed_to_bot = True
    await office.messenger.alert_operator(Problem.FLUX_AUTHENTICATION)
    office.discord.faults.drop(Aim("applications/@me", times=9))
    await office.messenger.alert_operator(Problem.FLUX_AUTHENTICATION)


async def test_what_a_proxy_says_is_tried_again(office: Office) -> None:
    office.discord.faults.status(403, Aim("/messages$", "POST"))
    with pytest.raises(Temporary):
        await office.messenger.show(office.job())


async def test_a_response_without_a_token_is_expired(office: Office) -> None:
    job = office.job(delivery=Delivery.RESPONSE)
    assert not await office.messenger.was_answered(job)
    assert await posted_to(office) == []


async def test_what_answers_a_message_is_a_reply_without_ping(office: Office) -> None:
    asked = office.discord.person("Ada").send("make it night")
    job = office.job()
    job = replace(job, request=replace(job.request, reply_to=asked.id))
    await office.messenger.show(job)

    seen = office.discord.person("Ada").read()[-1]
    assert seen.reply_to == asked.id
    assert seen.raw["mentions"] == []


async def test_a_message_waits_for_no_answer(office: Office) -> None:
    job = office.job()
    job = replace(job, request=replace(job.request, reply_to=1))
    before = len(office.discord.requests)

    assert await office.messenger.was_answered(job)
    await office.messenger.dismiss(job)
    assert office.discord.requests[before:] == []
