"""The picture of an edit: on its job's own message, and found again in another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from domain.models import Action, Delivery, ImageKind, JobState, MessageRef, PictureRef, Problem
from jobs.messenger import Posted, Temporary
from sandbox.discord import Aim, Upload
from tests.factories import make_image
from tests.photos import HILL, HOUSE, picture_bytes
from tests.ui.office import ticket_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.models import Image, Job
    from sandbox.discord import SeenMessage
    from tests.ui.office import Office

DAY_S = 24 * 60 * 60
PARENT = "ba9876543210"


def edit(job: Job, **changes: Any) -> Job:  # noqa: ANN401  # names of the request's own fields
    return replace(job, request=replace(job.request, action=Action.EDIT, **changes))


def source(office: Office, job: Job) -> Image:
    name = f"{job.id}-source-1.png"
    image = make_image(job_id=job.id, kind=ImageKind.SOURCE, file_name=name)
    return office.picture(image)


def of(message: SeenMessage) -> MessageRef:
    return MessageRef(channel_id=message.channel_id, message_id=message.id)


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


async def attached(office: Office, job: Job) -> Job:
    """Show the source on the job's message; return the job with the address of it."""
    outcome = await office.messenger.show(job, [source(office, job)])
    assert isinstance(outcome, Posted)
    assert outcome.source_url is not None
    assert await status_of(outcome.source_url) == 200
    return edit(job, source_url=outcome.source_url)


async def posted(office: Office) -> Job:
    job = edit(office.job())
    outcome = await office.messenger.show(job)
    assert isinstance(outcome, Posted)
    assert outcome.source_url is None
    return replace(job, message_id=outcome.message_id)


async def answered(office: Office) -> Job:
    interaction = await office.used()
    await interaction.response.defer(thinking=True)
    job = edit(office.job(delivery=Delivery.RESPONSE, ticket=ticket_of(interaction)))
    outcome = await office.messenger.show(job)
    assert isinstance(outcome, Posted)
    return replace(job, message_id=outcome.message_id)


@pytest.mark.parametrize("begin", [posted, answered])
async def test_a_source_on_the_card_has_an_address_until_the_end(
    office: Office, begin: Callable[[Office], Awaitable[Job]]
) -> None:
    ada = office.discord.person("Ada")
    job = await attached(office, await begin(office))
    assert job.request.source_url is not None
    [card] = ada.read()
    assert [image.alt for image in card.images] == ["Image being edited"]
    assert "Cancel" in card.buttons

    for state in (JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING):
        await office.messenger.show(replace(job, state=state), position=1)
        [card] = ada.read()
        assert [image.data for image in card.images] == [picture_bytes(HILL)]
        assert await status_of(job.request.source_url) == 200

    result = office.picture(make_image(job_id=job.id, file_name=f"{job.id}-result-1.png"))
    await office.messenger.show(replace(job, state=JobState.FETCHED), [result])
    [card] = ada.read()
    assert [image.filename for image in card.images] == [result.file_name]


async def test_a_source_goes_with_the_end_of_its_job(office: Office) -> None:
    job = await attached(office, await posted(office))
    ended = replace(job, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    await office.messenger.show(ended)
    [card] = office.discord.person("Ada").read()
    assert card.images == ()


async def test_a_source_that_may_be_hidden_is_hidden(office: Office) -> None:
    job = await posted(office)
    await attached(office, edit(job, spoiler=True))
    [card] = office.discord.person("Ada").read()
    assert [image.spoiler for image in card.images] == [True]


async def test_a_picture_of_somebody_s_message_gets_a_fresh_address(office: Office) -> None:
    uploads = [Upload("photo.png", picture_bytes(photo)) for photo in (HILL, HOUSE)]
    app = office.client.user
    assert app is not None
    message = office.discord.person("Ada").send(f"@{app.name} night", uploads=uploads)
    for image in message.images:
        job = edit(office.job(), source_url=image.url, source_message=of(message))
        office.discord.clock.advance(2 * DAY_S)
        assert await status_of(image.url) == 404

        fresh = await office.messenger.source_url(job)

        assert fresh is not None
        assert await status_of(fresh) == 200
        assert fresh.partition("?")[0] == image.url.partition("?")[0]


async def test_another_picture_is_not_taken_for_it(office: Office) -> None:
    app = office.client.user
    assert app is not None
    ada = office.discord.person("Ada")
    upload = Upload("photo.png", picture_bytes(HILL))
    one, other = (ada.send(f"@{app.name} night", uploads=[upload]) for _ in range(2))
    job = edit(office.job(), source_url=one.images[0].url, source_message=of(other))
    assert await office.messenger.source_url(job) is None
    parent = PictureRef(job_id=PARENT, position=1)
    job = edit(office.job(), source_message=of(one), parent=parent)
    assert await office.messenger.source_url(job) is None


@pytest.mark.parametrize("kind", [ImageKind.RESULT, ImageKind.POSTED])
async def test_a_result_of_the_bot_s_own_is_known_by_its_name(
    office: Office, kind: ImageKind
) -> None:
    images = [
        office.picture(
            make_image(
                job_id=PARENT,
                kind=kind,
                position=position,
                file_name=f"{PARENT}-{kind}-{position}.png",
            )
        )
        for position in (1, 2, 3)
    ]
    shown = office.job(id=PARENT, state=JobState.FETCHED)
    outcome = await office.messenger.show(shown, images)
    assert isinstance(outcome, Posted)
    where = MessageRef(channel_id=office.discord.channel.id, message_id=outcome.message_id)
    # Shown anew, it is another file on Discord.
    await office.messenger.show(replace(shown, message_id=outcome.message_id), images)
    office.discord.clock.advance(2 * DAY_S)

    parent = PictureRef(job_id=PARENT, position=2)
    fresh = await office.messenger.source_url(
        edit(office.job(), parent=parent, source_message=where)
    )

    assert fresh is not None
    assert f"/{PARENT}-{kind}-2.png?" in fresh
    assert await status_of(fresh) == 200
    gone = PictureRef(job_id=PARENT, position=4)
    job = edit(office.job(), parent=gone, source_message=where)
    assert await office.messenger.source_url(job) is None


async def test_a_name_alone_proves_nothing_in_somebody_else_s_message(office: Office) -> None:
    app = office.client.user
    assert app is not None
    upload = Upload(f"{PARENT}-result-1.png", picture_bytes(HILL))
    message = office.discord.person("Ada").send(f"@{app.name}", uploads=[upload])
    parent = PictureRef(job_id=PARENT, position=1)
    job = edit(office.job(), parent=parent, source_message=of(message))
    assert await office.messenger.source_url(job) is None


async def test_without_a_message_discord_is_not_asked(office: Office) -> None:
    before = len(office.discord.requests)
    assert await office.messenger.source_url(edit(office.job())) is None
    assert len(office.discord.requests) == before


async def test_a_message_that_is_gone_shows_nothing(office: Office) -> None:
    for channel_id in (office.discord.channel.id, 1):
        gone = MessageRef(channel_id=channel_id, message_id=1)
        assert await office.messenger.source_url(edit(office.job(), source_message=gone)) is None


async def test_a_message_is_looked_at_again_where_only_a_proxy_answers(office: Office) -> None:
    message = office.discord.person("Ada").send("night")
    office.discord.faults.status(403, Aim("/messages/", "GET"))
    with pytest.raises(Temporary):
        await office.messenger.source_url(edit(office.job(), source_message=of(message)))
