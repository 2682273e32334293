"""Details: all that is known of a picture, its family, and the way back to an earlier version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlite_utils

from sandbox.discord import Aim
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_menus import (
    PHOTO,
    delete_paid,
    edited,
    made,
    newest_job,
    opened,
    told,
    values,
)
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Channel, Person, SeenMessage
    from tests.end_to_end.stage import Stage

START_AGAIN = "Edit this version"


async def details(person: Person, card: SeenMessage) -> SeenMessage:
    use = await (await person.click(card, "Details")).answered()
    seen = await use.wait_for(says("**Details**"))
    assert seen.private
    return seen


async def chain(stage: Stage) -> tuple[SeenMessage, SeenMessage, SeenMessage]:
    """Make a picture, edit it, and edit the edit; return the three cards."""
    first = await made(stage)
    second = await edited(
        stage, stage.ada, await stage.ada.click(first, "Edit"), prompt="make it night"
    )
    third = await edited(stage, stage.ada, await stage.ada.click(second, "Edit"), prompt="add snow")
    return first, second, third


def edit_button(stage: Stage, number: int) -> str:
    """Return the custom_id of the way back to one of the jobs, counted from 0."""
    return f"fluxcord:edit:{stage.rows('jobs')[number]['id']}:1"


async def test_details_tell_everything_to_who_asks(stage: Stage) -> None:
    prompt = "a [lighthouse](https://example.org) " + "w" * 1_900
    stage.ada.use("imagine", prompt=prompt, size="16:9")
    card = await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()
    seen = await details(stage.discord.person("Bob"), card)

    for fact in (
        f"```\n{prompt}\n```",
        "Model: flux-dev",
        "Size: Landscape 16:9, generated as ",
        "credits, charged by Flux",
        row["job_id"],
        row["task_id"].replace("-", "\\-"),
        stage.rows("jobs")[0]["trace_id"].replace("-", "\\-"),
    ):
        assert fact in seen.text


async def test_before_and_after_stand_in_one_gallery(stage: Stage) -> None:
    first, second, _ = await chain(stage)
    seen = await details(stage.ada, second)

    before, after = seen.images
    assert before.data == first.images[0].data
    assert after.data == second.images[0].data
    assert before.alt == "Before: Image: a lighthouse"
    assert after.alt == "After: Edited image: make it night"


async def test_the_family_is_linked_where_its_messages_stand(stage: Stage) -> None:
    cards = await chain(stage)
    links = [
        f"https://discord.com/channels/{stage.discord.guild.id}/{card.channel_id}/{card.id}"
        for card in cards
    ]
    for card in cards:
        seen = await details(stage.ada, card)
        assert all(link in seen.text for link in links)
    await delete_paid(stage.ada, cards[0])
    await stage.until(lambda: stage.rows()[0]["error_code"] == "message_gone")
    seen = await details(stage.ada, cards[2])
    assert [link in seen.text for link in links] == [False, True, True]
    assert "a lighthouse" in seen.text


async def test_a_version_that_somebody_deleted_is_not_linked(stage: Stage) -> None:
    first, second, _ = await chain(stage)
    stage.discord.delete_message(first)
    await stage.until(lambda: stage.rows()[0]["error_code"] == "message_gone")
    seen = await details(stage.ada, second)
    assert f"/{first.id})" not in seen.text
    assert f"/{second.id})" in seen.text
    assert [row["state"] for row in stage.rows()] == ["delivered"] * 3
    assert stage.borne()["house"] == 0


async def test_an_earlier_version_is_started_from_again(idle_stage: Stage) -> None:
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        *_, third = await chain(idle_stage)
        seen = await details(ada, third)
        assert seen.buttons == (START_AGAIN,) * 3
    async with idle_stage.bot_running():
        use = await ada.click(seen, edit_button(idle_stage, 0))
        assert set(values(await opened(use))) == {"prompt", "model", "size"}
        await edited(idle_stage, ada, use, prompt="make it autumn")

    first, *_, fourth = idle_stage.rows("jobs")
    assert (fourth["prompt"], fourth["parent_job_id"]) == ("make it autumn", first["id"])
    assert fourth["state"] == "delivered"


async def test_a_deleted_version_is_started_from_again(stage: Stage) -> None:
    first, second, _ = await chain(stage)
    seen = await details(stage.ada, second)
    await delete_paid(stage.ada, first)
    await stage.discord.wait_until(lambda: stage.ada.look_again(first) is None)
    use = await stage.ada.click(seen, edit_button(stage, 0))
    await edited(stage, stage.ada, use, prompt="make it autumn")
    assert newest_job(stage)["state"] == "delivered"


async def test_a_version_of_which_nothing_is_kept_is_started_from_again(stage: Stage) -> None:
    first, second, _ = await chain(stage)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("delete from images")
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    seen = await details(stage.ada, second)
    use = await stage.ada.click(seen, edit_button(stage, 0))
    await edited(stage, stage.ada, use, prompt="make it autumn")
    fourth = newest_job(stage)
    assert (fourth["state"], fourth["source_message_id"]) == ("delivered", first.id)

    use = await stage.ada.click(seen, edit_button(stage, 1))
    await opened(use)
    stage.discord.delete_message(second)
    await stage.until(lambda: stage.rows()[1]["error_code"] == "message_gone")
    word = await told(await stage.ada.submit(use, prompt="make it spring"))
    assert "This image is no longer saved here." in word
    assert "You wrote:\nmake it spring" in word


async def child_elsewhere(stage: Stage, channel: Channel) -> SeenMessage:
    """Let Bob edit Ada's picture in a channel of his; return the card of hers."""
    card = await made(stage)
    bob = stage.discord.person("Bob")
    forwarded = bob.forward(card, channel)
    use = bob.use_on(forwarded, "Edit image")
    await edited(stage, bob, use, prompt="my secret")
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        first, second = stage.rows("jobs")
        connection.execute(
            "update jobs set parent_job_id = ?, parent_position = 1 where id = ?",
            [first["id"], second["id"]],
        )
    return card


async def test_what_others_made_of_it_elsewhere_is_theirs(stage: Stage) -> None:
    elsewhere = stage.discord.add_channel("elsewhere")
    card = await child_elsewhere(stage, elsewhere)
    seen = await details(stage.ada, card)
    assert "my secret" not in seen.text
    assert seen.buttons == (START_AGAIN,)
    assert "my secret" in (await details(stage.discord.person("Bob"), card)).text


async def test_what_others_made_of_it_in_private_is_theirs(stage: Stage) -> None:
    card = await child_elsewhere(stage, stage.ada.channel)
    assert "my secret" in (await details(stage.ada, card)).text
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("update jobs set private = 1 where prompt = 'my secret'")
    assert "my secret" not in (await details(stage.ada, card)).text


async def test_what_others_made_of_it_and_deleted_is_theirs(stage: Stage) -> None:
    card = await made(stage)
    bob = stage.discord.person("Bob")
    mine = await edited(stage, bob, await bob.click(card, "Edit"), prompt="my secret")
    assert "my secret" in (await details(stage.ada, card)).text
    await delete_paid(bob, mine)
    await stage.until(lambda: stage.rows()[1]["error_code"] == "message_gone")
    assert "my secret" not in (await details(stage.ada, card)).text
    assert "my secret" in (await details(bob, card)).text


async def test_a_family_that_began_in_another_place_links_to_no_message_there(
    stage: Stage,
) -> None:
    stage.ada.send("@Fluxcord make it night private:true", uploads=[PHOTO])
    card = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)
    await stage.ended()
    seen = await details(stage.ada, card)
    assert "Started from an uploaded image." in seen.text
    assert "@me" in seen.text  # where the edit stands itself


async def test_a_family_that_began_with_somebody_s_photo_says_where(stage: Stage) -> None:
    photo = stage.discord.person("Bob").send("", uploads=[PHOTO])
    card = await edited(stage, stage.ada, stage.ada.use_on(photo, "Edit image"), prompt="x")
    seen = await details(stage.ada, card)
    assert f"{photo.channel_id}/{photo.id}" in seen.text
    assert seen.images[0].alt == "Before: original image"


def post_smaller(stage: Stage) -> bytes:
    """Let the one picture have been posted as a smaller copy; return that."""
    [row] = stage.rows("images")
    name = f"{row['job_id']}-posted-1.jpg"
    smaller = picture_bytes(HILL, "JPEG")
    (stage.folder / "spool" / name).write_bytes(smaller)
    posted = {**row, "kind": "posted", "file_name": name, "bytes": len(smaller)}
    with sqlite_utils.Database(stage.folder / "fluxcord.db") as database:
        database["images"].insert(posted)
    return smaller


async def test_the_original_is_offered_where_a_smaller_copy_was_posted(stage: Stage) -> None:
    card = await made(stage)
    [row] = stage.rows("images")
    smaller = post_smaller(stage)
    seen = await details(stage.ada, card)
    assert [file.filename for file in seen.files] == [row["file_name"]]
    assert seen.files[0].data == card.images[0].data
    assert [image.data for image in seen.images] == [smaller]

    stage.discord.guild.file_limit = len(smaller)
    seen = await details(stage.discord.person("Bob", file_limit=len(smaller)), card)
    assert seen.files == ()
    assert "An original is too large for Discord" in seen.text


@pytest.mark.parametrize("refusals", [1, 2])
async def test_where_discord_takes_less_than_it_told_the_rest_is_shown(
    stage: Stage, refusals: int
) -> None:
    card = await made(stage)
    posted = post_smaller(stage)
    stage.discord.faults.status(413, Aim("@original$", "PATCH", times=refusals), code=40005)
    seen = await details(stage.ada, card)

    assert seen.files == ()
    assert [image.data for image in seen.images] == ([posted] if refusals == 1 else [])
    assert "An original is too large for Discord" in seen.text
    assert "Cost: 0.22 credits" in seen.text


async def test_details_outlive_the_files(stage: Stage) -> None:
    *_, third = await chain(stage)
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    seen = await details(stage.ada, third)
    assert (seen.images, seen.files) == ((), ())
    assert "add snow" in seen.text
    assert len(seen.buttons) == 3


async def test_details_that_cannot_be_read_say_so(stage: Stage) -> None:
    card = await made(stage)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("drop table images")
    use = await (await stage.ada.click(card, "Details")).answered()
    word = await use.wait_for(lambda seen: bool(seen.text))
    assert "I can't store your request right now" in await told(use)
    assert "no such table" not in word.text
