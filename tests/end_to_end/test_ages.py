"""Pictures of age-restricted channels: others see them in such channels only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_menus import edited, hand_in, told
from tests.end_to_end.test_show import shown, suggested

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Channel, Person, SeenMessage
    from tests.end_to_end.stage import Stage

REFUSED = (
    "This image is from an age-restricted channel, so it can only be shown in one. Try again there "
    "or in a DM with me."
)


def adults(stage: Stage) -> Channel:
    return stage.discord.add_channel("adults", nsfw=True)


def thread_of_adults(stage: Stage) -> Channel:
    return stage.discord.add_thread("night", adults(stage))


def server_of_adults(stage: Stage) -> Channel:
    return stage.discord.add_channel("lounge", stage.discord.add_guild("Cellar", nsfw_level=3))


def adults_elsewhere(stage: Stage) -> Channel:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    return stage.discord.add_channel("cellar", guild, nsfw=True)


def unknown_thread(stage: Stage) -> Channel:
    """Discord tells of a thread's parent only where the bot is a member."""
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    return stage.discord.add_thread("talk", stage.discord.add_channel("garden", guild))


def everybody(stage: Stage) -> Channel:
    return stage.discord.channel


def thread_of_everybody(stage: Stage) -> Channel:
    return stage.discord.add_thread("day")


def everybody_elsewhere(stage: Stage) -> Channel:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    return stage.discord.add_channel("garden", guild)


def direct(stage: Stage) -> Channel:
    return stage.ada.dm


def group(stage: Stage) -> Channel:
    return stage.discord.add_group(stage.ada, stage.discord.person("Bob"))


async def made(stage: Stage, where: Channel, **options: Any) -> SeenMessage:  # noqa: ANN401
    stage.ada.use("imagine", prompt="a red lighthouse", channel=where, **options)
    card = await stage.ada.wait_for(has_picture, channel=where)
    await stage.ended()
    return card


async def kept(stage: Stage, where: Channel) -> SeenMessage:
    """Open the newest picture of Ada's history in a channel."""
    page = await stage.ada.use("history", channel=where).wait_for(has_picture)
    use = await stage.ada.pick(page, page.options[0].name)
    return await use.wait_for(has_picture)


async def refused(person: Person, card: SeenMessage, label: str) -> None:
    use = await (await person.click(card, label)).answered()
    assert use.modal is None
    message = use.message if use.message is not None else use.followups[-1]
    assert message.private
    assert message.text == REFUSED


@pytest.mark.parametrize(
    ("place", "restricted"),
    [
        (adults, 1),
        (thread_of_adults, 1),
        (server_of_adults, 1),
        (adults_elsewhere, 1),
        (unknown_thread, 1),
        (everybody, 0),
        (thread_of_everybody, 0),
        (everybody_elsewhere, 0),
        (direct, 0),
        (group, 0),
    ],
)
async def test_it_is_written_down_where_only_adults_look(
    stage: Stage, place: Callable[[Stage], Channel], restricted: int
) -> None:
    await made(stage, place(stage))
    [job] = stage.rows("jobs")
    assert job["age_restricted"] == restricted


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("place", [everybody, everybody_elsewhere, unknown_thread, group])
async def test_it_is_posted_again_to_no_minors(
    stage: Stage, place: Callable[[Stage], Channel], *, private: bool
) -> None:
    await made(stage, adults(stage), private=private)
    where = place(stage)
    await refused(stage.ada, await kept(stage, where), "Post here")
    assert stage.discord.person("Bob").read(where) == []


@pytest.mark.parametrize("place", [thread_of_adults, server_of_adults, adults_elsewhere, direct])
async def test_it_is_posted_again_to_adults_or_to_oneself(
    stage: Stage, place: Callable[[Stage], Channel]
) -> None:
    await made(stage, stage.discord.add_channel("first", nsfw=True))
    where = place(stage)
    await stage.ada.click(await kept(stage, where), "Post here")
    await stage.ada.wait_for(lambda seen: has_picture(seen) and not seen.private, channel=where)


async def test_others_are_shown_it_among_adults_alone(stage: Stage) -> None:
    where = adults(stage)
    await made(stage, where)
    bob = stage.discord.person("Bob")
    [job] = stage.rows("jobs")

    assert (await shown(bob, job["id"])).text == REFUSED
    assert has_picture(await shown(bob, job["id"], channel=where))
    assert has_picture(await shown(stage.ada, job["id"]))
    assert await suggested(bob) == []
    assert await suggested(bob, channel=where) == ["a red lighthouse"]


async def test_nobody_goes_on_from_it_among_minors(stage: Stage) -> None:
    await made(stage, adults(stage), count=2)
    card = await kept(stage, stage.discord.channel)
    for label in ("Regenerate", "Edit", "Edit prompt"):
        await refused(stage.ada, card, label)
    alone = await (await stage.ada.click(card, "2")).wait_for(has_picture)
    assert alone.private
    [job] = stage.rows("jobs")
    for kind in ("edit", "change"):
        word = await told(hand_in(stage, stage.ada, f"fluxcord:form:{kind}:{job['id']}"))
        assert word == f"{REFUSED}\nYou wrote:\nforged words"
    assert len(stage.rows("jobs")) == 1


async def test_what_is_made_from_it_alone_is_for_adults_too(stage: Stage) -> None:
    await made(stage, adults(stage))
    card = await kept(stage, stage.ada.dm)
    child = await edited(stage, stage.ada, await stage.ada.click(card, "Edit"), prompt="at night")
    stage.ada.reply(child, "add snow")
    await stage.until(lambda: len(stage.rows("jobs")) == 3)
    await stage.ended()

    assert [job["age_restricted"] for job in stage.rows("jobs")] == [1, 1, 1]
    await refused(stage.ada, await kept(stage, stage.discord.channel), "Post here")


async def test_a_private_reply_among_adults_comes_to_its_author_alone(stage: Stage) -> None:
    where = adults(stage)
    card = await made(stage, where)
    bob = stage.discord.person("Bob")
    bob.reply(card, "@Fluxcord at night private:true")
    await bob.wait_for(has_picture, channel=bob.dm)
    await stage.ended()

    job = stage.rows("jobs")[-1]
    assert (job["channel_id"], job["age_restricted"]) == (bob.dm.id, 1)


async def test_a_channel_that_is_opened_to_all_ages_shows_no_more_of_it(stage: Stage) -> None:
    where = adults(stage)
    card = await made(stage, where)
    stage.discord.set_nsfw(where, nsfw=False)
    bob = stage.discord.person("Bob")
    for label in ("Regenerate", "Edit", "Edit prompt", "Details"):
        await refused(bob, card, label)
    bob.reply(card, "@Fluxcord at night")
    await bob.wait_for(says(REFUSED), channel=where)

    assert await suggested(bob, channel=where) == []
    assert len(stage.rows("jobs")) == 1


async def test_where_discord_does_not_tell_one_goes_on_in_the_same_place(stage: Stage) -> None:
    where = unknown_thread(stage)
    card = await made(stage, where)
    use = await (await stage.ada.click(card, "Regenerate")).answered()
    again = await use.wait_for(has_picture)
    assert not again.private
    await stage.ended()
    await refused(stage.ada, await kept(stage, stage.discord.channel), "Post here")
