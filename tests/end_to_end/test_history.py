"""/history: one's own pictures, and nobody else's."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import sqlite_utils

from sandbox.discord import Aim, Permission, Upload
from sandbox.discord.interaction_result import InteractionResult
from sandbox.discord.records import InteractionType
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage


async def listed(person: Person, **options: Any) -> SeenMessage:  # noqa: ANN401
    """Return a page with all of its previews."""
    use = await person.use("history", **options).answered()
    page = await use.wait_for(
        lambda seen: len(seen.images) + seen.text.count("no longer saved") == len(seen.options)
    )
    assert page.private
    return page


async def made(stage: Stage, prompt: str, **options: Any) -> SeenMessage:  # noqa: ANN401
    where = options.get("channel")
    command = "edit" if "image" in options else "imagine"
    before = len(stage.rows("jobs"))
    stage.ada.use(command, prompt=prompt, **options)
    await stage.until(lambda: len(stage.rows("jobs")) > before)
    await stage.ended()
    return [seen for seen in stage.ada.read(where) if has_picture(seen)][-1]


async def opened(stage: Stage, prompt: str) -> SeenMessage:
    use = await stage.ada.pick(await listed(stage.ada), prompt)
    return await use.wait_for(lambda seen: not seen.thinking)


async def test_a_history_without_pictures_says_so(stage: Stage) -> None:
    seen = await listed(stage.ada)
    assert "You have no images yet" in seen.text
    assert (seen.options, seen.images, seen.buttons) == ((), (), ())


async def test_history_lists_one_s_pictures_newest_first(stage: Stage) -> None:
    first = await made(stage, "a lighthouse", count=2)
    stage.ada.use("imagine", prompt="an unlucky boat")
    await stage.ada.wait_for(says("failed to generate"))
    await made(stage, "a **red** boat https://example.org", spoiler=True)

    seen = await listed(stage.ada)
    heading, small, newest, _, oldest, facts = seen.text.split("\n")
    assert (heading, small) == ("**Your images**", "-# 1 to 2, newest first")
    assert newest == r"a \*\*red\*\* boat https\://example\.org"
    assert oldest == "a lighthouse"
    link = f"https://discord.com/channels/{stage.discord.guild.id}/{first.channel_id}/{first.id}"
    assert facts.endswith(f"2 images · [Jump]({link})")
    assert [option.name for option in seen.options] == [
        "a **red** boat https://example.org",
        "a lighthouse",
    ]


async def test_history_shows_small_copies_with_words_for_who_does_not_see_them(
    stage: Stage,
) -> None:
    posted = await made(stage, "a lighthouse", size="16:9", count=2)
    await made(stage, "a red boat", spoiler=True)

    boat, lighthouse = (await listed(stage.ada)).images
    assert (boat.alt, boat.spoiler) == ("a red boat", True)
    assert (lighthouse.alt, lighthouse.spoiler) == ("a lighthouse", False)
    small = PIL.Image.open(io.BytesIO(lighthouse.data))
    large = PIL.Image.open(io.BytesIO(posted.images[0].data))
    assert max(small.size) <= 384
    assert small.width / small.height == pytest.approx(large.width / large.height, rel=0.05)


async def test_history_has_pages_that_can_be_turned_after_a_restart(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        for number in range(12):
            await made(idle_stage, f"{number} " + "*" * 1_990)
        page = await listed(idle_stage.ada)
        assert page.buttons == ("Older",)
    async with idle_stage.bot_running():
        shown = [option.name.split()[0] for option in page.options]
        for heading, buttons in (("6 to 10", ("Newer", "Older")), ("11 to 12", ("Newer",))):
            use = await idle_stage.ada.click(page, "Older")
            page = await use.wait_for(says(heading))
            assert page.buttons == buttons
            assert page.private
            assert len(page.text) <= 4_000
            shown += [option.name.split()[0] for option in page.options]
        assert shown == [str(number) for number in reversed(range(12))]
        assert len(page.images) == 2

        use = await idle_stage.ada.click(page, "Newer")
        page = await use.wait_for(says("6 to 10"))
        assert [option.name.split()[0] for option in page.options] == list("65432")


async def test_history_is_filtered_by_words_and_kind_on_every_page(stage: Stage) -> None:
    photo = Upload("photo.png", picture_bytes(HILL))
    for number in range(6):
        await made(stage, f"a red, *:* boat {number}")
    await made(stage, "a blue boat")
    await made(stage, "paint the boat red", image=photo)

    page = await listed(stage.ada, words="*:*  RED boat", kind="Generated images")
    assert "generated images only" in page.text
    assert r'containing "\*\:\* RED boat"' in page.text
    assert [option.name[-1] for option in page.options] == list("54321")
    use = await stage.ada.click(page, "Older")
    page = await use.wait_for(says("boat 0"))
    assert len(page.options) == 1

    edits = await listed(stage.ada, kind="Edits")
    assert [option.name for option in edits.options] == ["paint the boat red"]
    assert "edit" in edits.text.splitlines()[-1]
    assert "No matches" in (await listed(stage.ada, words="fox")).text
    [short] = (await listed(stage.ada, words="oa BL")).options
    assert short.name == "a blue boat"


async def test_history_shows_the_pictures_to_their_requester_alone(stage: Stage) -> None:
    posted = await made(stage, "a lighthouse", count=3)
    shown = await opened(stage, "a lighthouse")

    assert shown.private
    assert [image.data for image in shown.images] == [image.data for image in posted.images]
    assert shown.buttons == (
        *("1", "2", "3"),
        "Regenerate",
        "Edit",
        "Edit prompt",
        "Details",
        "Post here",
        "Send to DM",
        "Delete from history",
    )


async def test_history_works_after_a_restart(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        await made(idle_stage, "a lighthouse")
        seen = await listed(idle_stage.ada)
    async with idle_stage.bot_running():
        use = await idle_stage.ada.pick(seen, "a lighthouse")
        await use.wait_for(has_picture)


async def test_history_is_empty_for_others(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    seen = await listed(stage.discord.person("Bob"))
    assert "lighthouse" not in seen.text


async def test_a_picture_can_be_posted_again_elsewhere(stage: Stage) -> None:
    posted = await made(stage, "a lighthouse", count=2)
    other = stage.discord.add_channel("elsewhere")
    page = stage.ada.use("history", channel=other)
    shown = await (await stage.ada.pick(await page.wait_for(has_picture), "a lighthouse")).wait_for(
        has_picture
    )
    await stage.ada.click(shown, "Post here")

    again = await stage.discord.person("Bob").wait_for(has_picture, channel=other)
    assert not again.private
    assert "interaction_metadata" not in again.raw  # so it can be replied to
    assert [image.data for image in again.images] == [image.data for image in posted.images]
    usual = ("Regenerate", "Edit", "Edit prompt", "Details", "Delete")
    assert again.buttons == ("1", "2", *usual)
    assert len(stage.rows()) == 1  # and nothing was paid again


async def test_where_the_bot_is_no_member_it_is_posted_as_a_response(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    garden = stage.discord.add_channel("garden", guild)
    page = await stage.ada.use("history", channel=garden).wait_for(has_picture)
    shown = await (await stage.ada.pick(page, "a lighthouse")).wait_for(has_picture)
    use = await stage.ada.click(shown, "Post here")

    again = await use.wait_for(has_picture)
    assert not again.private
    assert len(again.images) == 1


async def test_where_the_bot_may_not_post_it_says_so(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    shown = await opened(stage, "a lighthouse")
    stage.discord.set_bot_permissions(Permission.VIEW_CHANNEL | Permission.ATTACH_FILES)
    use = await (await stage.ada.click(shown, "Post here")).answered()
    assert use.message is not None
    assert "Send Messages" in use.message.text


async def test_a_picture_is_edited_from_the_history(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    shown = await opened(stage, "a lighthouse")
    form = await (await stage.ada.click(shown, "Edit")).answered()
    await stage.ada.submit(form, prompt="make it night")
    await stage.until(lambda: len(stage.rows("jobs")) == 2)
    await stage.ended()

    parent, child = stage.rows("jobs")
    assert child["parent_job_id"] == parent["id"]
    assert child["state"] == "delivered"


async def test_a_picture_is_deleted_for_good_after_a_question(stage: Stage) -> None:
    await made(stage, "a red boat")
    await made(stage, "a lighthouse", count=2)
    shown = await opened(stage, "a lighthouse")
    asked = await (await stage.ada.click(shown, "Delete from history")).wait_for(
        says("Delete this permanently?")
    )
    assert asked.images == ()
    assert len(stage.spooled()) == 3

    kept = await (await stage.ada.click(asked, "Cancel")).wait_for(has_picture)
    assert len(kept.images) == 2
    asked = await (await stage.ada.click(kept, "Delete from history")).wait_for(
        says("Delete this permanently?")
    )
    await (await stage.ada.click(asked, "Delete permanently")).wait_for(says("Deleted from"))
    assert len(stage.spooled()) == 1
    assert [row["kind"] for row in stage.rows("images")] == ["result"]
    assert [option.name for option in (await listed(stage.ada)).options] == ["a red boat"]
    assert len(stage.rows()) == 2  # the books stay
    # The message in the channel is its own matter.
    assert sum(map(has_picture, stage.discord.person("Bob").read())) == 2


async def test_what_is_somebody_else_s_is_neither_posted_nor_deleted(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    [row] = stage.rows("jobs")
    shown = await opened(stage, "a lighthouse")
    await forged(stage, shown, f"fluxcord:kept:post:{row['id']}")
    await forged(stage, shown, f"fluxcord:kept:ask:{row['id']}")
    use = await stage.ada.click(shown, "Delete from history")
    asked = await use.wait_for(says("Delete this permanently?"))
    await forged(stage, asked, f"fluxcord:kept:remove:{row['id']}")
    await forged(stage, asked, f"fluxcord:kept:show:{row['id']}")

    assert len(stage.spooled()) == 1
    assert stage.rows("jobs")[0]["removed_at"] is None
    assert sum(map(has_picture, stage.discord.person("Bob").read())) == 1


async def forged(stage: Stage, message: SeenMessage, custom_id: str) -> None:
    """Press a button of a message that only somebody else sees."""
    bob = stage.discord.person("Bob")
    source = stage.discord.world.channels[message.channel_id].messages[message.id]
    data = {"component_type": 2, "custom_id": custom_id, "id": 1}
    interaction = stage.discord.interactions.open(
        bob.user, bob.channel, InteractionType.COMPONENT, data, source=source
    )
    use = InteractionResult(stage.discord.world, interaction)
    told = await use.wait_for(says("This request no longer exists"))
    assert told.private


async def test_past_the_spool_s_age_a_link_remains(stage: Stage) -> None:
    posted = await made(stage, "a lighthouse")
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    page = await listed(stage.ada)
    link = f"https://discord.com/channels/{stage.discord.guild.id}/{posted.channel_id}/{posted.id}"
    assert page.images == ()
    assert f"no longer saved · [Jump]({link})" in page.text
    shown = await opened(stage, "a lighthouse")
    assert "no longer saved" in shown.text
    assert link in shown.text


async def test_a_private_picture_is_in_the_history_without_a_link(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a lighthouse", private=True)
    await use.wait_for(has_picture)
    await stage.ended()
    page = await listed(stage.ada)
    assert "a lighthouse" in page.text
    assert "Jump to message" not in page.text


async def test_a_forged_choice_shows_nobody_elses_pictures(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    [row] = stage.rows("jobs")
    bob = stage.discord.person("Bob")
    bob.use("imagine", prompt="a boat")
    await bob.wait_for(lambda seen: has_picture(seen) and "a boat" in seen.text)
    await stage.ended()
    seen = await listed(bob)
    source = stage.discord.world.channels[seen.channel_id].messages[seen.id]
    select = seen.raw["components"][-1]["components"][0]
    data = {
        "component_type": select["type"],
        "custom_id": select["custom_id"],
        "id": select["id"],
        "values": [row["id"]],
    }
    forged = stage.discord.interactions.open(
        bob.user, bob.channel, InteractionType.COMPONENT, data, source=source
    )
    shown = await InteractionResult(stage.discord.world, forged).wait_for(
        says("This request no longer exists")
    )
    assert shown.images == ()


async def test_pictures_that_were_made_smaller_are_shown_so(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    [row] = stage.rows("images")
    smaller = picture_bytes(HILL, "JPEG")
    name = f"{row['job_id']}-posted-1.jpg"
    (stage.folder / "spool" / name).write_bytes(smaller)
    posted = {**row, "kind": "posted", "file_name": name, "bytes": len(smaller)}
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        columns, values = ", ".join(posted), ", ".join("?" * len(posted))
        insert = f"insert into images ({columns}) values ({values})"  # noqa: S608  # our own names
        connection.execute(insert, [*posted.values()])

    use = await stage.ada.pick(await listed(stage.ada), "a lighthouse")
    shown = await use.wait_for(has_picture)
    assert [image.data for image in shown.images] == [smaller]


async def test_pictures_that_discord_finds_too_large_are_said_to_be_kept(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    page = await listed(stage.ada)
    stage.discord.faults.status(413, Aim("@original$", "PATCH"), code=40005)
    use = await stage.ada.pick(page, "a lighthouse")
    await use.wait_for(says("too large for Discord"))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (50013, "I don't have permission to post in this channel"),
        (200000, "AutoMod blocked my message"),
        (20009, "Discord's explicit content filter blocked the image"),
        (50024, "for an unknown reason"),
    ],
)
async def test_a_post_that_discord_does_not_allow_says_why(
    stage: Stage, caplog: pytest.LogCaptureFixture, code: int, why: str
) -> None:
    await made(stage, "a lighthouse")
    shown = await (await stage.ada.pick(await listed(stage.ada), "a lighthouse")).wait_for(
        has_picture
    )
    stage.discord.faults.status(403, Aim("/channels/[0-9]+/messages$", "POST"), code=code)
    use = await stage.ada.click(shown, "Post here")
    await stage.discord.wait_until(lambda: bool(use.followups))

    [told] = use.followups
    assert told.private
    assert why in told.text
    assert "Nothing was charged, and the image is still saved." in told.text
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_private_answer_that_takes_no_edit_is_filled_by_another(stage: Stage) -> None:
    """Discord lets the first follow-up take the place of "thinking"."""
    await made(stage, "a lighthouse")
    page = await listed(stage.ada)
    stage.discord.faults.status(400, Aim("@original$", "PATCH", times=99), code=20009)
    use = await stage.ada.pick(page, "a lighthouse")
    told = await use.wait_for(says("explicit content filter"))
    assert told.private


async def test_a_list_whose_previews_cannot_be_sent_is_a_list_all_the_same(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await made(stage, "a lighthouse")
    stage.discord.faults.status(400, Aim("@original$", "PATCH"), code=50035)
    use = await stage.ada.use("history").answered()
    await stage.until(lambda: "previews of the history not shown" in caplog.text)
    assert use.message is not None
    assert [option.name for option in use.message.options] == ["a lighthouse"]
    assert use.followups == []
