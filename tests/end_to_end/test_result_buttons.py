"""The buttons of a result, and the pick of one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlite_utils

from sandbox.discord import Aim, Permission, Upload
from sandbox.discord.component_types import ButtonStyle
from sandbox.discord.interaction_result import InteractionResult
from sandbox.discord.records import InteractionType
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_menus import (
    delete_paid,
    edited,
    hand_in,
    made,
    newest_job,
    opened,
    source_of,
    told,
    values,
)
from tests.photos import HILL, correlation, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage

ALL = ("Regenerate", "Edit", "Edit prompt", "Details", "Delete")
ONE = "Regenerate one · 0.22 credits"
PHOTO = Upload("photo.png", picture_bytes(HILL))
DAY_S = 86_400


async def another(stage: Stage, person: Person, use: InteractionResult) -> SeenMessage:
    """Wait for the result that a press brings."""
    before = {seen.id for seen in person.read()}
    await use.answered()
    result = await person.wait_for(lambda seen: has_picture(seen) and seen.id not in before)
    await stage.ended()
    return result


async def edit_made(stage: Stage) -> SeenMessage:
    stage.ada.use("edit", image=PHOTO, prompt="make it night")
    result = await stage.ada.wait_for(lambda seen: bool(seen.buttons) and has_picture(seen))
    await stage.ended()
    return result


async def test_a_result_has_one_row_of_buttons_in_words(stage: Stage) -> None:
    one = await made(stage)
    assert (one.buttons, one.options) == (ALL, ())
    [container] = one.raw["components"]
    row = container["components"][-1]["components"]
    assert len({button["emoji"]["name"] for button in row}) == len(ALL)
    assert {button["style"] for button in row} == {ButtonStyle.SECONDARY}
    several = await made(stage, count=4)
    assert several.buttons == ("1", "2", "3", "4", *ALL)
    assert several.options == ()


async def test_again_asks_for_the_same_as_a_new_job(stage: Stage) -> None:
    card = await made(stage, count=2, size="16:9")
    result = await another(stage, stage.ada, await stage.ada.click(card, "Regenerate"))

    first, second = stage.rows("jobs")
    same = ("prompt", "model", "size", "count")
    assert result.id != card.id
    assert [second[name] for name in same] == [first[name] for name in same]
    assert (second["command"], second["retry_of"]) == ("again", first["id"])
    assert stage.ada.look_again(card) == card


async def test_two_people_who_press_at_once_get_one_each_at_their_own_cost(stage: Stage) -> None:
    card = await made(stage)
    bob = stage.discord.person("Bob")
    for person in (stage.ada, bob):
        await person.click(card, "Regenerate")
    await stage.until(lambda: len(stage.rows("jobs")) == 3)
    await stage.ended()

    _, *again = stage.rows("jobs")
    assert {row["user_id"] for row in again} == {stage.ada.user.id, bob.user.id}
    assert [row["state"] for row in again] == ["delivered"] * 2
    assert {row["user_id"] for row in stage.rows("ledger")} == {stage.ada.user.id, bob.user.id}


async def test_a_second_press_of_again_is_answered_and_not_paid(stage: Stage) -> None:
    card = await made(stage)
    await (await stage.ada.click(card, "Regenerate")).answered()
    word = await told(await stage.ada.click(card, "Regenerate"))

    assert "Already working on it" in word
    assert len(await stage.ended()) == 2


async def test_again_on_an_edit_after_its_links_have_expired(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        card = await edit_made(idle_stage)
    idle_stage.discord.clock.advance(3 * DAY_S)
    async with idle_stage.bot_running():
        await another(idle_stage, idle_stage.ada, await idle_stage.ada.click(card, "Regenerate"))

    first, second = idle_stage.rows("jobs")
    assert (second["state"], second["retry_of"]) == ("delivered", first["id"])
    assert correlation(source_of(idle_stage, second["id"]), HILL) > 0.99


async def test_edit_starts_from_the_picture_of_the_card(stage: Stage) -> None:
    card = await made(stage)
    [first] = stage.rows("jobs")
    use = await stage.ada.click(card, "Edit")
    assert set(values(await opened(use))) == {"prompt", "model", "size"}
    result = await edited(stage, stage.ada, use, prompt="make it night")

    row = newest_job(stage)
    assert (row["parent_job_id"], row["parent_position"]) == (first["id"], 1)
    assert "make it night" in result.text
    assert result.buttons == ALL


async def test_edit_asks_which_of_several(stage: Stage) -> None:
    card = await made(stage, count=4)
    use = await stage.ada.click(card, "Edit")
    await edited(stage, stage.ada, use, prompt="x", picture="Image 3")
    assert newest_job(stage)["parent_position"] == 3


async def test_anybody_may_go_on_from_a_picture_at_their_own_cost(stage: Stage) -> None:
    card = await made(stage)
    bob = stage.discord.person("Bob")
    await edited(stage, bob, await bob.click(card, "Edit"), prompt="make it night")
    await edited(stage, bob, await bob.click(card, "Edit prompt"), prompt="a windmill")

    _, *of_bob = stage.rows("jobs")
    assert [row["user_id"] for row in of_bob] == [bob.user.id] * 2


async def test_change_opens_with_what_was_asked(stage: Stage) -> None:
    card = await made(stage, count=2, size="1344x768", model="flux-pro")
    use = await stage.ada.click(card, "Edit prompt")
    assert values(await opened(use)) == {
        "prompt": "a lighthouse",
        "model": ["flux-pro"],
        "size": ["1344x768"],
        "count": ["2"],
    }
    await edited(stage, stage.ada, use, prompt="a windmill", count="1", size="Square 1:1")

    row = newest_job(stage)
    assert [row[name] for name in ("prompt", "count", "size", "model", "command")] == [
        "a windmill",
        1,
        "1:1",
        "flux-pro",
        "change",
    ]


async def test_change_of_an_edit_starts_from_the_same_picture(stage: Stage) -> None:
    card = await edit_made(stage)
    use = await stage.ada.click(card, "Edit prompt")
    standing = values(await opened(use))
    assert (standing["prompt"], "count" in standing) == ("make it night", False)
    await edited(stage, stage.ada, use, prompt="make it day")

    row = newest_job(stage)
    assert (row["prompt"], row["action"]) == ("make it day", "edit")
    assert correlation(source_of(stage, row["id"]), HILL) > 0.99


async def test_a_change_that_does_not_fit_is_refused_and_opens_again(stage: Stage) -> None:
    card = await made(stage, size="1344x768", model="flux-pro")
    use = await stage.ada.click(card, "Edit prompt")
    await opened(use)
    use = await stage.ada.submit(use, model="flux-2-pro")
    assert "does not support the size" in await told(use)
    assert use.message is not None
    again = await stage.ada.click(use.message, "Try again")
    assert values(await opened(again))["model"] == ["flux-2-pro"]
    await edited(stage, stage.ada, again, size="Landscape 16:9")

    row = newest_job(stage)
    assert (row["model"], row["size"], row["command"]) == ("flux-2-pro", "16:9", "change")


OPENED = ("Edit", ONE, "Original", "Send to DM")


async def opened_picture(person: Person, card: SeenMessage, number: int) -> SeenMessage:
    return await (await person.click(card, str(number))).wait_for(has_picture)


async def test_a_number_opens_one_of_several_for_anybody_privately(stage: Stage) -> None:
    card = await made(stage, count=4)
    for person, buttons in (
        (stage.ada, (*OPENED, "Post here")),
        (stage.discord.person("Bob"), OPENED),
    ):
        alone = await opened_picture(person, card, 2)
        assert alone.private
        assert [image.data for image in alone.images] == [card.images[1].data]
        assert alone.images[0].alt == card.images[1].alt
        assert "image 2 of 4" in alone.text
        assert alone.buttons == buttons
    assert stage.ada.look_again(card) == card
    assert len(stage.rows("jobs")) == 1


async def test_an_opened_picture_is_edited(stage: Stage) -> None:
    alone = await opened_picture(stage.ada, await made(stage, count=4), 2)
    use = await stage.ada.click(alone, "Edit")
    assert "picture" not in values(await opened(use))
    result = await edited(stage, stage.ada, use, prompt="make it night")
    first, row = stage.rows("jobs")
    assert (row["parent_job_id"], row["parent_position"]) == (first["id"], 2)
    assert not result.private


async def test_one_picture_is_made_again_for_the_price_that_was_named(stage: Stage) -> None:
    bob = stage.discord.person("Bob")
    alone = await opened_picture(bob, await made(stage, count=4, size="16:9"), 3)
    result = await another(stage, bob, await bob.click(alone, ONE))

    first, row = stage.rows("jobs")
    assert (row["retry_of"], row["count"], row["size"], row["user_id"]) == (
        first["id"],
        1,
        "16:9",
        bob.user.id,
    )
    assert len(result.images) == 1
    assert result.text.endswith("0.22 credits")


async def test_the_original_of_one_picture_is_a_file(stage: Stage) -> None:
    card = await made(stage, count=2)
    alone = await opened_picture(stage.discord.person("Bob"), card, 2)
    given = await (await stage.discord.person("Bob").click(alone, "Original")).answered()
    assert given.message is not None
    await stage.discord.wait_until(lambda: bool(given.message and given.message.files))
    [file] = given.message.files
    [row] = [row for row in stage.rows("images") if (row["kind"], row["position"]) == ("result", 2)]
    assert file.data == (stage.folder / "spool" / row["file_name"]).read_bytes()
    assert given.message.private


async def test_one_picture_is_posted_by_its_requester_to_be_edited_by_reply(stage: Stage) -> None:
    card = await made(stage, count=2)
    [first] = stage.rows("jobs")
    alone = await opened_picture(stage.ada, card, 2)
    await stage.ada.click(alone, "Post here")
    posted = await stage.ada.wait_for(
        lambda seen: has_picture(seen) and not seen.private and seen.id != card.id
    )
    assert posted.buttons == ALL
    assert [image.data for image in posted.images] == [card.images[1].data]
    assert "interaction_metadata" not in posted.raw  # a reply to it reaches the bot
    stage.ada.reply(posted, "make it night")
    await stage.until(lambda: len(stage.rows("jobs")) == 2)
    await stage.ended()
    row = newest_job(stage)
    assert (row["parent_job_id"], row["parent_position"]) == (first["id"], 2)


async def test_a_press_that_is_delivered_twice_posts_one_picture(stage: Stage) -> None:
    alone = await opened_picture(stage.ada, await made(stage, count=2), 2)
    use = await stage.ada.click(alone, "Post here")
    stage.discord.interactions.send(use.interaction)
    bob = stage.discord.person("Bob")
    await bob.wait_for(lambda seen: len(seen.images) == 1)
    await (await stage.ada.click(alone, "Original")).answered()
    assert len([seen for seen in bob.read() if len(seen.images) == 1]) == 1


async def test_a_picture_is_opened_where_the_bot_is_no_member(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    stage.ada.use("imagine", prompt="a lighthouse", count=2, channel=channel)
    card = await stage.ada.wait_for(has_picture, channel=channel)
    await stage.ended()
    alone = await opened_picture(stage.ada, card, 2)

    assert len(alone.images) == 1
    assert stage.rows("jobs")[0]["state"] == "delivered"


async def test_a_number_of_a_picture_that_was_deleted_says_so(stage: Stage) -> None:
    card = await made(stage, count=2)
    alone = await opened_picture(stage.ada, card, 1)
    history = await stage.ada.use("history").wait_for(has_picture)
    kept = await (await stage.ada.pick(history, "a lighthouse")).wait_for(has_picture)
    sure = await (await stage.ada.click(kept, "Delete from history")).wait_for(says("Delete"))
    await (await stage.ada.click(sure, "Delete permanently")).wait_for(says("Deleted"))

    gone = says("This image is no longer saved here.")
    for seen, label in ((card, "1"), (alone, "Original"), (alone, "Send to DM")):
        assert (await (await stage.ada.click(seen, label)).wait_for(gone)).private
    use = await stage.ada.click(alone, "Post here")
    await stage.discord.wait_until(lambda: any(gone(seen) for seen in use.followups))


async def test_a_number_of_a_request_that_was_forgotten_says_so(stage: Stage) -> None:
    card = await made(stage, count=2)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("update jobs set id = 'ffffffffffff'")
    assert "This request no longer exists" in await told(await stage.ada.click(card, "2"))


async def test_delete_removes_the_message_and_keeps_the_picture(stage: Stage) -> None:
    card = await made(stage)
    use = await delete_paid(stage.ada, card)
    await stage.discord.wait_until(lambda: stage.ada.look_again(card) is None)

    assert use.callback_type == 6
    await stage.until(lambda: stage.rows()[0]["error_code"] == "message_gone")
    [row] = stage.rows()
    assert (row["state"], row["credits"] > 0) == ("delivered", True)
    history = await stage.ada.use("history").answered()
    assert history.message is not None
    assert "Jump" not in history.message.text
    shown = await (await stage.ada.pick(history.message, "a lighthouse")).wait_for(has_picture)
    assert shown.images[0].data == card.images[0].data


async def test_delete_is_for_its_requester_and_moderators(stage: Stage) -> None:
    card = await made(stage)
    word = await told(await stage.discord.person("Bob").click(card, "Delete"))
    assert "Only the requester or a moderator of this channel can delete this image" in word
    assert stage.ada.look_again(card) is not None

    moderator = stage.discord.person("Mia", permissions=Permission.MANAGE_MESSAGES)
    asked = await opened(await moderator.click(card, "Delete"))
    assert f"<@{stage.ada.user.id}> paid for this image" in asked.text
    await delete_paid(moderator, card)
    await stage.discord.wait_until(lambda: stage.ada.look_again(card) is None)


async def test_delete_of_a_response_where_the_bot_is_no_member(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    stage.ada.use("imagine", prompt="a lighthouse", channel=channel)
    card = await stage.ada.wait_for(has_picture, channel=channel)
    await stage.ended()
    await delete_paid(stage.ada, card)
    await stage.discord.wait_until(lambda: stage.ada.look_again(card) is None)


async def test_delete_asks_once_and_only_about_a_paid_result(stage: Stage) -> None:
    card = await made(stage)
    asked = await opened(await stage.ada.click(card, "Delete"))
    assert "You paid for this image; it stays in your `/history`." in asked.text
    assert stage.ada.look_again(card) == card

    free = await made(stage)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("update jobs set charged_microcredits = 0")
    use = await (await stage.ada.click(free, "Delete")).answered()
    assert use.modal is None
    await stage.discord.wait_until(lambda: stage.ada.look_again(free) is None)


async def test_a_confirmed_deletion_is_refused_to_others(stage: Stage) -> None:
    card = await made(stage)
    [row] = stage.rows("jobs")
    bob = stage.discord.person("Bob")
    use = hand_in(stage, bob, f"fluxcord:deletion:{row['id']}", card=card)
    assert "Only the requester or a moderator" in await told(use)
    other = await another(stage, bob, await bob.click(card, "Regenerate"))
    use = hand_in(stage, stage.ada, f"fluxcord:deletion:{row['id']}", card=other)
    assert "This request no longer exists" in await told(use)
    assert stage.ada.look_again(card) == card
    assert stage.ada.look_again(other) == other


async def test_two_who_delete_at_once_are_both_content(stage: Stage) -> None:
    card = await made(stage)
    stage.discord.faults.status(404, Aim("@original$", "DELETE"), code=10008)
    use = await delete_paid(stage.ada, card)
    await stage.until(lambda: stage.rows()[0]["error_code"] == "message_gone")
    assert use.failed is None
    assert [seen for seen in stage.ada.read() if seen.private] == []


@pytest.mark.parametrize(
    "custom_id", ["fluxcord:details:{job}", "fluxcord:delete:{job}:1", "fluxcord:open:{job}:1"]
)
async def test_a_button_that_is_not_on_the_message_does_nothing(
    stage: Stage, custom_id: str
) -> None:
    await made(stage)
    [row] = stage.rows("jobs")
    bob = stage.discord.person("Bob")
    bob.use("imagine", prompt="a boat")
    own = await bob.wait_for(lambda seen: has_picture(seen) and "a boat" in seen.text)
    await stage.ended()
    source = stage.discord.world.channels[own.channel_id].messages[own.id]
    data = {"component_type": 2, "custom_id": custom_id.format(job=row["id"]), "id": 1}
    forged = stage.discord.interactions.open(
        bob.user, bob.channel, InteractionType.COMPONENT, data, source=source
    )
    use = InteractionResult(stage.discord.world, forged)
    await (await bob.click(own, "Details")).wait_for(says("**Details**"))
    assert use.message is None


async def test_a_result_of_an_unknown_job_says_so(stage: Stage) -> None:
    card = await made(stage)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("update jobs set id = 'ffffffffffff'")
    for label in ALL:
        assert "This request no longer exists" in await told(await stage.ada.click(card, label))
