"""The user command Edit avatar: where a server allows it, and never against a member's will."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from sandbox.discord import ClientRefusedError, Permission, Upload
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_replies import hint
from tests.photos import HILL, correlation, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import InteractionResult, Person, SeenMessage
    from tests.end_to_end.stage import Stage

OFF = "Editing avatars is disabled here."
NOT_ALLOWED = "This member doesn't allow edits of their avatar."


@pytest.fixture
def linus(stage: Stage) -> Person:
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)


@pytest.fixture
def ben(stage: Stage) -> Person:
    """Somebody with an avatar."""
    ben = stage.discord.person("Ben")
    upload = Upload("avatar.png", picture_bytes(HILL))
    ben.user.avatar = f"{stage.discord.world.cdn.store(upload, 0).id:032x}"
    return ben


async def allow(linus: Person, *, allowed: bool = True) -> None:
    await chosen(linus, "settings", avatars=allowed)


async def opt_out(person: Person, *, allowed: bool = False) -> SeenMessage:
    use = await person.use("privacy avatar", allowed=allowed).answered()
    assert use.message is not None
    assert use.message.private
    return use.message


async def opened(stage: Stage, whose: Person) -> InteractionResult:
    use = stage.ada.use_on(whose.user, "Edit avatar")
    await use.answered()
    return use


async def edited(stage: Stage, whose: Person) -> SeenMessage:
    await stage.ada.submit(await opened(stage, whose), prompt="add a hat")
    seen = await stage.ada.wait_for(has_picture)
    await stage.ended()
    return seen


def said(use: InteractionResult) -> str:
    assert use.modal is None
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def test_an_avatar_is_edited_where_the_server_allows_it(
    stage: Stage, linus: Person, ben: Person
) -> None:
    await allow(linus)
    seen = await edited(stage, ben)

    edit = PIL.Image.open(io.BytesIO(seen.images[0].data))
    assert correlation(edit, HILL) > 0.6
    [fetch] = stage.flux.fetches
    assert f"/avatars/{ben.user.id}/{ben.user.avatar}.png" in fetch.url
    [job] = stage.rows("jobs")
    assert (job["avatar_of"], job["user_id"]) == (ben.user.id, stage.ada.user.id)


async def test_it_is_off_until_the_server_allows_it(
    stage: Stage, linus: Person, ben: Person
) -> None:
    assert OFF in said(await opened(stage, ben))
    await allow(linus)
    form = await opened(stage, ben)
    assert form.modal is not None
    await allow(linus, allowed=False)
    assert OFF in said(await opened(stage, ben))
    use = await stage.ada.submit(form, prompt="add a hat")
    await use.answered()
    assert OFF in said(use)
    assert stage.flux.charges == []


async def test_whoever_opted_out_is_left_alone_in_every_way(
    stage: Stage, linus: Person, ben: Person
) -> None:
    await allow(linus)
    form = await opened(stage, ben)
    card = await edited(stage, ben)
    await opt_out(ben)

    assert NOT_ALLOWED in said(await opened(stage, ben))
    for use in (
        await stage.ada.submit(form, prompt="add a scarf"),
        await stage.ada.click(card, "Regenerate"),
        await stage.ada.submit(await (await stage.ada.click(card, "Edit")).answered(), prompt="x"),
    ):
        await use.answered()
        assert NOT_ALLOWED in said(use)
    reply = stage.ada.reply(card, "add a scarf")
    assert NOT_ALLOWED in (await stage.ada.wait_for(hint(reply))).text
    assert len(stage.flux.charges) == 1

    assert "Others can edit your avatar" in (await opt_out(ben, allowed=True)).text
    assert (await opened(stage, ben)).modal is not None


async def test_the_log_says_whose_avatar_also_of_an_edit_of_the_edit(
    stage: Stage, linus: Person, ben: Person
) -> None:
    log = stage.discord.add_channel("log")
    await chosen(linus, "settings", log_channel_id=log.id)
    await allow(linus)
    card = await edited(stage, ben)
    stage.ada.reply(card, "add a scarf")
    for prompt in ("add a hat", "add a scarf"):
        entry = await linus.wait_for(says(prompt), channel=log)
        assert f"Avatar of <@{ben.user.id}>" in entry.text
        assert entry.raw["mentions"] == []


async def test_a_member_without_an_avatar_has_none_to_edit(stage: Stage, linus: Person) -> None:
    await allow(linus)
    assert "This member has no avatar." in said(await opened(stage, linus))


async def test_deleting_ones_data_takes_ones_name_off_what_others_made(
    stage: Stage, linus: Person, ben: Person
) -> None:
    await allow(linus)
    await edited(stage, ben)
    use = await ben.use("privacy delete").answered()
    assert use.message is not None
    await ben.click(use.message, "Delete everything")
    await stage.until(lambda: stage.rows("jobs")[0]["avatar_of"] is None)
    [row] = stage.rows()
    assert row["state"] == "delivered"


async def test_it_is_not_offered_in_direct_messages(stage: Stage, ben: Person) -> None:
    stage.ada.channel = stage.ada.dm
    with pytest.raises(ClientRefusedError):
        stage.ada.use_on(ben.user, "Edit avatar")
