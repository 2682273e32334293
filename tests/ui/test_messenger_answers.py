"""The messenger's answers to interactions, and what it does when their token has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.models import Delivery, JobState, Problem
from jobs.messenger import Expired, Posted, Temporary
from sandbox.discord import Aim
from tests.ui.office import ticket_of

if TYPE_CHECKING:
    import discord

    from domain.models import Job
    from tests.ui.office import Office

TOKEN_LIFE_S = 15 * 60


def job_of(office: Office, interaction: discord.Interaction[Any], **changes: Any) -> Job:  # noqa: ANN401
    return office.job(ticket=ticket_of(interaction), **changes)


def ended(job: Job, problem: Problem = Problem.PLACE_FORBIDDEN) -> Job:
    return replace(job, state=JobState.FAILED, problem=problem, charged_microcredits=0)


def end_tokens(office: Office) -> None:
    """Let Discord's time go on until no token works any more."""
    office.discord.clock.advance(TOKEN_LIFE_S)


@pytest.mark.parametrize("private", [True, False])
async def test_an_answer_that_took_effect_is_known(office: Office, *, private: bool) -> None:
    interaction = await office.used()
    job = job_of(office, interaction)
    assert not await office.messenger.was_answered(job)

    await interaction.response.defer(ephemeral=private, thinking=True)

    assert await office.messenger.was_answered(job)
    end_tokens(office)
    assert not await office.messenger.was_answered(job)


async def test_an_answer_that_was_dismissed_was_one(office: Office) -> None:
    interaction = await office.used()
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.delete_original_response()

    assert await office.messenger.was_answered(job_of(office, interaction))


async def test_an_answer_that_told_of_an_error_was_no_promise(office: Office) -> None:
    interaction = await office.used()
    await interaction.response.send_message("nothing was charged", ephemeral=True)

    assert not await office.messenger.was_answered(job_of(office, interaction))


async def test_whether_there_was_an_answer_is_asked_again_after_an_outage(office: Office) -> None:
    interaction = await office.used()
    office.discord.faults.drop(Aim("@original$", "GET", times=9))
    with pytest.raises(Temporary):
        await office.messenger.was_answered(job_of(office, interaction))


async def test_collect_takes_the_place_of_the_response(office: Office) -> None:
    interaction = await office.used()
    await interaction.response.defer(thinking=True)
    job = job_of(office, interaction, delivery=Delivery.RESPONSE)

    outcome = await office.messenger.offer_collect(job)

    [card] = office.discord.person("Ada").read()
    assert outcome == Posted(card.id)
    assert card.buttons == ("Get image",)
    end_tokens(office)
    assert await office.messenger.offer_collect(job) == Expired()


@pytest.mark.parametrize("dismissed", [True, False])
async def test_an_end_is_told_privately_while_the_token_works(
    office: Office, *, dismissed: bool
) -> None:
    interaction = await office.used()
    await interaction.response.defer(ephemeral=True, thinking=True)
    if dismissed:
        await interaction.delete_original_response()

    await office.messenger.tell(ended(job_of(office, interaction)))

    ada = office.discord.person("Ada")
    [word] = ada.read()
    assert word.private
    assert "don't have permission to post" in word.text
    assert ada.read(ada.dm) == []


async def test_an_end_is_told_by_direct_message_when_the_token_has_ended(office: Office) -> None:
    job = ended(job_of(office, await office.used()))
    end_tokens(office)
    await office.messenger.tell(job)
    await office.messenger.tell(job)  # the first was not noted

    ada = office.discord.person("Ada")
    [word] = ada.read(ada.dm)
    assert "don't have permission to post" in word.text


async def test_an_end_is_told_once_also_where_its_nonce_is_forgotten(office: Office) -> None:
    job = job_of(office, await office.used())
    end_tokens(office)
    job = replace(ended(job), ended_at=datetime.now(UTC) - timedelta(minutes=10))
    await office.messenger.tell(job)
    office.discord.clock.advance(600)
    await office.messenger.tell(job)  # the first was not noted
    await office.messenger.tell(replace(job, problem=Problem.RESPONSE_EXPIRED))

    ada = office.discord.person("Ada")
    first, second = ada.read(ada.dm)
    assert "don't have permission to post" in first.text
    assert "15 minutes" in second.text


async def test_a_deleted_message_is_not_followed_by_a_direct_one(office: Office) -> None:
    job = job_of(office, await office.used())
    end_tokens(office)
    await office.messenger.tell(ended(job, Problem.MESSAGE_GONE))

    ada = office.discord.person("Ada")
    assert ada.read(ada.dm) == []


async def test_an_end_that_nobody_can_be_told_is_let_be(office: Office) -> None:
    ada = office.discord.person("Ada")
    ada.dm.closed_to_bot = True
    job = ended(job_of(office, await office.used()))
    end_tokens(office)
    await office.messenger.tell(job)

    assert ada.read(ada.dm) == []


@pytest.mark.parametrize("minutes", [-60, 0, 20])
async def test_whether_a_token_works_is_for_discord_to_say(office: Office, minutes: int) -> None:
    interaction = await office.used()
    await interaction.response.defer(thinking=True)
    issued_at = datetime.now(UTC) - timedelta(minutes=minutes)
    job = job_of(office, interaction, delivery=Delivery.RESPONSE)
    ticket = replace(job.request.ticket, token_since=issued_at)
    job = replace(job, request=replace(job.request, ticket=ticket))

    assert isinstance(await office.messenger.show(job), Posted)

    end_tokens(office)
    assert await office.messenger.show(job) == Expired()
