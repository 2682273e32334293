"""The commands of a message's menu, their forms, and what comes back of a form that was refused."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
import sqlite_utils

from sandbox.discord import Upload
from sandbox.discord.interaction_result import InteractionResult
from sandbox.discord.records import Interaction, InteractionType
from sandbox.flux.oddities import CONTENT_REJECTED
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, HOUSE, correlation, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Channel, Person, SeenMessage
    from sandbox.discord.filling import SeenModal
    from tests.end_to_end.stage import Stage

PHOTO = Upload("photo.png", picture_bytes(HILL))
SECOND_PHOTO = Upload("house.png", picture_bytes(HOUSE))
BLANK = "\u200b"


async def opened(use: InteractionResult) -> SeenModal:
    await use.answered()
    assert use.modal is not None, use.message
    return use.modal


async def told(use: InteractionResult) -> str:
    await use.answered()
    assert use.message is not None
    assert use.message.private
    return use.message.text


async def delete_paid(person: Person, card: SeenMessage) -> InteractionResult:
    """Press Delete below a paid result, and say yes."""
    use = await person.click(card, "Delete")
    await opened(use)
    return await (await person.submit(use)).answered()


def values(modal: SeenModal) -> dict[str, Any]:
    return {field.custom_id: field.value for field in modal.fields}


def choices(modal: SeenModal, custom_id: str) -> list[str]:
    [field] = [field for field in modal.fields if field.custom_id == custom_id]
    return [option["label"] for option in field.raw["options"]]


def newest_job(stage: Stage) -> dict[str, Any]:
    return stage.rows("jobs")[-1]


def source_of(stage: Stage, job_id: str) -> PIL.Image.Image:
    [row] = [
        row for row in stage.rows("images") if (row["job_id"], row["kind"]) == (job_id, "source")
    ]
    data = (stage.folder / "spool" / row["file_name"]).read_bytes()
    return PIL.Image.open(io.BytesIO(data))


async def made(stage: Stage, **options: Any) -> SeenMessage:  # noqa: ANN401
    known = {seen.id for seen in stage.ada.read()}
    stage.ada.use("imagine", prompt="a lighthouse", **options)
    result = await stage.ada.wait_for(lambda seen: has_picture(seen) and seen.id not in known)
    await stage.ended()
    return result


async def edited(
    stage: Stage,
    person: Person,
    use: InteractionResult,
    **fields: Any,  # noqa: ANN401
) -> SeenMessage:
    """Hand in the form that a use has opened; return the result."""
    channel = use.interaction.channel
    known = {seen.id for seen in person.read(channel)}
    await opened(use)
    await person.submit(use, **fields)
    result = await person.wait_for(
        lambda seen: bool(seen.buttons) and has_picture(seen) and seen.id not in known,
        channel=channel,
    )
    await stage.ended()
    return result


async def test_anybody_s_picture_is_edited_without_a_privileged_intent(stage: Stage) -> None:
    photo = stage.discord.person("Bob").send("my house", uploads=[PHOTO])
    result = await edited(
        stage, stage.ada, stage.ada.use_on(photo, "Edit image"), prompt="make it night"
    )

    [row] = stage.rows("jobs")
    assert "make it night" in result.text
    assert (row["command"], row["action"], row["model"]) == ("edit", "edit", "flux-kontext-pro")
    assert (row["source_message_id"], row["parent_job_id"]) == (photo.id, None)
    assert correlation(source_of(stage, row["id"]), HILL) > 0.99


async def test_a_form_asks_for_words_model_and_shape(stage: Stage) -> None:
    photo = stage.ada.send("", uploads=[PHOTO])
    use = stage.ada.use_on(photo, "Edit image")
    modal = await opened(use)
    assert values(modal) == {"prompt": "", "model": ["flux-kontext-pro"], "size": ["own"]}
    assert "flux-dev" not in choices(modal, "model")
    await edited(stage, stage.ada, use, prompt="x", model="flux-kontext-max", size="Portrait 9:16")

    row = newest_job(stage)
    assert (row["model"], row["size"]) == ("flux-kontext-max", "9:16")


async def test_of_several_pictures_the_form_asks_which(stage: Stage) -> None:
    photos = stage.ada.send("", uploads=[PHOTO, SECOND_PHOTO])
    use = stage.ada.use_on(photos, "Edit image")
    assert choices(await opened(use), "picture") == ["Image 1: photo.png", "Image 2: house.png"]
    await edited(stage, stage.ada, use, prompt="x", picture="Image 2: house.png")

    assert correlation(source_of(stage, newest_job(stage)["id"]), HOUSE) > 0.99


async def test_a_picture_of_ours_becomes_the_parent(stage: Stage) -> None:
    card = await made(stage, count=3)
    [first] = stage.rows("jobs")
    use = stage.ada.use_on(card, "Edit image")
    assert choices(await opened(use), "picture") == [
        f"Image {number} of 3: a lighthouse" for number in (1, 2, 3)
    ]
    await edited(stage, stage.ada, use, prompt="x", picture="2")

    row = newest_job(stage)
    assert (row["parent_job_id"], row["parent_position"]) == (first["id"], 2)


async def test_a_file_named_like_one_of_ours_is_nobody_s_child(stage: Stage) -> None:
    await made(stage)
    [first] = stage.rows("jobs")
    forged = Upload(f"{first['id']}-result-1.png", picture_bytes(HILL))
    photo = stage.ada.send("", uploads=[forged])
    await edited(stage, stage.ada, stage.ada.use_on(photo, "Edit image"), prompt="x")

    assert newest_job(stage)["parent_job_id"] is None


async def test_a_forwarded_picture_is_edited(stage: Stage) -> None:
    forwarded = stage.ada.forward(stage.discord.person("Bob").send("", uploads=[PHOTO]))
    await edited(stage, stage.ada, stage.ada.use_on(forwarded, "Edit image"), prompt="x")

    assert correlation(source_of(stage, newest_job(stage)["id"]), HILL) > 0.99


@pytest.mark.parametrize(
    "uploads", [[], [Upload("film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(999))]]
)
async def test_a_message_without_a_picture_says_so(stage: Stage, uploads: list[Upload]) -> None:
    message = stage.ada.send("no picture", uploads=uploads)
    word = await told(stage.ada.use_on(message, "Edit image"))

    assert "This message has no image that I can edit." in word


async def test_nothing_is_asked_of_anybody_before_the_form_opens(stage: Stage) -> None:
    card = await made(stage)
    asked = len(stage.discord.requests)
    for use in (
        stage.ada.use_on(card, "Edit image"),
        await stage.ada.click(card, "Edit"),
        await stage.ada.click(card, "Edit prompt"),
    ):
        await opened(use)
    paths = [request.path for request in stage.discord.requests[asked:]]
    assert len(paths) == 3
    assert all(path.endswith("/callback") for path in paths)


async def test_where_the_bot_is_no_member_a_picture_is_edited_too(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    stage.ada.install_app()
    photo = stage.discord.person("Bob").send("", channel=channel, uploads=[PHOTO])
    await edited(stage, stage.ada, stage.ada.use_on(photo, "Edit image"), prompt="x")

    row = newest_job(stage)
    assert (row["state"], row["delivery"]) == ("delivered", "response")


@pytest.mark.parametrize("way", ["menu", "Edit", "Edit prompt"])
async def test_a_form_is_handed_in_after_a_restart(idle_stage: Stage, way: str) -> None:
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        card = await made(idle_stage)
        use = ada.use_on(card, "Edit image") if way == "menu" else await ada.click(card, way)
        await opened(use)
    async with idle_stage.bot_running():
        await edited(idle_stage, ada, use, prompt="make it night")

    row = newest_job(idle_stage)
    assert (row["prompt"], row["state"]) == ("make it night", "delivered")


async def test_a_message_deleted_while_its_form_is_open(stage: Stage) -> None:
    photo = stage.ada.send("", uploads=[PHOTO])
    use = stage.ada.use_on(photo, "Edit image")
    await opened(use)
    file = stage.discord.world.channels[photo.channel_id].messages[photo.id].body.files[0]
    stage.ada.delete(photo)
    stage.discord.world.cdn.remove(file)
    await stage.ada.submit(use, prompt="make it night")
    card = await stage.ada.wait_for(says("nothing was charged."))

    [row] = await stage.ended()
    assert "make it night" in card.text
    assert (row["state"], row["error_code"], row["credits"]) == ("refused", "source_unreachable", 0)
    assert stage.flux.charges == []


async def test_a_card_deleted_while_its_form_is_open(stage: Stage) -> None:
    card = await made(stage)
    use = await stage.ada.click(card, "Edit")
    await opened(use)
    stage.discord.delete_message(card)
    await edited(stage, stage.ada, use, prompt="make it night")

    assert newest_job(stage)["state"] == "delivered"


async def test_what_was_refused_opens_again_filled_in(idle_stage: Stage) -> None:
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        use = ada.use("imagine", prompt="a **cat**", model="flux-nano", size="16:9", count=2)
        word = await told(use)
        assert r"There is no model called flux\-nano" in word
        assert use.message is not None
        assert use.message.buttons == ("Try again",)
    async with idle_stage.bot_running():
        again = await ada.click(use.message, "Try again")
        modal = await opened(again)
        assert values(modal) == {
            "prompt": "a **cat**",
            "model": ["flux-dev"],
            "size": ["16:9"],
            "count": ["2"],
        }
        await edited(idle_stage, ada, again)

    [row] = idle_stage.rows("jobs")
    assert (row["prompt"], row["size"], row["count"]) == ("a **cat**", "16:9", 2)


async def test_a_model_that_does_not_edit_gives_way_to_one_that_does(stage: Stage) -> None:
    use = stage.ada.use("edit", prompt="make it night", image=PHOTO, model="flux-dev")
    assert "cannot edit images." in await told(use)
    assert use.message is not None
    again = await stage.ada.click(use.message, "Try again")
    assert values(await opened(again))["model"] == ["flux-kontext-pro"]
    await edited(stage, stage.ada, again)


async def test_a_refused_form_opens_again_as_often_as_it_takes(stage: Stage) -> None:
    photos = stage.ada.send("", uploads=[PHOTO, SECOND_PHOTO])
    use = stage.ada.use_on(photos, "Edit image")
    await opened(use)
    fields = {"picture": "Image 2: house.png"}
    for _ in range(2):
        use = await stage.ada.submit(use, prompt=BLANK, size="Square 1:1", **fields)
        assert "The prompt is empty" in await told(use)
        assert use.message is not None
        use = await stage.ada.click(use.message, "Try again")
        standing = values(await opened(use))
        assert (standing["prompt"], standing["size"]) == (BLANK, ["1:1"])
        fields = {}  # which picture was said before, and is not asked again
        assert "picture" not in standing
    await edited(stage, stage.ada, use, prompt="make it night")

    assert correlation(source_of(stage, newest_job(stage)["id"]), HOUSE) > 0.99


async def test_what_flux_refuses_opens_again_filled_in(idle_stage: Stage) -> None:
    ada = idle_stage.ada
    async with idle_stage.bot_running():
        idle_stage.flux.misbehave("work", CONTENT_REJECTED)
        ada.use("imagine", prompt="a secret", size="16:9", count=3)
        card = await ada.wait_for(says("content filter blocked this request"))
        await idle_stage.ended()
    async with idle_stage.bot_running():
        use = await ada.click(card, "Try again")
        standing = values(await opened(use))
        assert standing == {
            "prompt": "a secret",
            "model": ["flux-dev"],
            "size": ["16:9"],
            "count": ["3"],
        }
        await edited(idle_stage, ada, use, prompt="a public place")

    row = newest_job(idle_stage)
    assert (row["prompt"], row["count"], row["state"]) == ("a public place", 3, "delivered")


async def test_what_flux_refused_is_said_again_by_its_requester_alone(stage: Stage) -> None:
    stage.flux.misbehave("work", CONTENT_REJECTED)
    stage.ada.use("imagine", prompt="a secret")
    card = await stage.ada.wait_for(says("content filter blocked this request"))
    await stage.ended()

    word = await told(await stage.discord.person("Bob").click(card, "Try again"))
    assert "Only the requester can retry this request. Use the command yourself." in word


async def test_what_is_over_a_limit_keeps_what_was_typed(idle_stage: Stage) -> None:
    idle_stage.more_settings["USER_CREDITS_PER_DAY"] = "0.3"
    async with idle_stage.bot_running():
        card = await made(idle_stage)
        use = await idle_stage.ada.click(card, "Edit prompt")
        await opened(use)
        use = await idle_stage.ada.submit(use, prompt="another one", count="2")
        word = await told(use)
        assert "This request alone exceeds your limit of 0.3 credits a day." in word
        assert "You wrote:\nanother one" in word
        assert use.message is not None
        again = await idle_stage.ada.click(use.message, "Try again")
        standing = values(await opened(again))
        assert (standing["prompt"], standing["count"]) == ("another one", ["2"])
    idle_stage.more_settings.clear()
    async with idle_stage.bot_running():
        await edited(idle_stage, idle_stage.ada, again)
    row = newest_job(idle_stage)
    assert (row["command"], row["prompt"], row["count"]) == ("change", "another one", 2)


async def test_what_no_other_words_would_mend_is_not_offered_again(stage: Stage) -> None:
    use = stage.ada.use("edit", image=Upload("notes.txt", b"words"), prompt="make it night")
    await told(use)
    assert use.message is not None
    assert use.message.buttons == ()


def hand_in(
    stage: Stage,
    person: Person,
    custom_id: str,
    channel: Channel | None = None,
    card: SeenMessage | None = None,
) -> InteractionResult:
    """Hand in a form that nobody opened, as if by a button of this card if any."""
    field = {"type": 4, "custom_id": "prompt", "value": "forged words"}
    data = {"custom_id": custom_id, "components": [{"type": 18, "component": field}]}
    place = channel or person.channel
    source = stage.discord.world.channels[card.channel_id].messages[card.id] if card else None
    opener = Interaction(
        stage.discord.world.ids.next(), "", InteractionType.COMMAND, person.user, place, 0, {}
    )
    sent = stage.discord.interactions.open(
        person.user, place, InteractionType.MODAL_SUBMIT, data, source=source, opened_by=opener
    )
    return InteractionResult(stage.discord.world, sent)


@pytest.mark.parametrize(
    "custom_id",
    [
        "fluxcord:form:",
        "fluxcord:form:edit:0",
        "fluxcord:form:edit:ffffffffffff:77",
        "fluxcord:form:draft:'; drop table drafts; --",
        "fluxcord:form:draft:ffffffffffffffff",
        "fluxcord:form:change:ffffffffffff",
        "fluxcord:form:edit:ffffffffffff",
    ],
)
async def test_a_form_made_up_by_hand_comes_to_nothing(stage: Stage, custom_id: str) -> None:
    word = await told(hand_in(stage, stage.ada, custom_id))

    assert "This form has expired" in word or "This request no longer exists" in word
    assert "You wrote:\nforged words" in word
    assert stage.rows("jobs") == []


async def test_somebody_else_s_job_is_out_of_reach_from_elsewhere(stage: Stage) -> None:
    await made(stage)
    [row] = stage.rows("jobs")
    elsewhere = stage.discord.add_channel("elsewhere")
    bob = stage.discord.person("Bob")
    for kind in ("edit", "change"):
        use = hand_in(stage, bob, f"fluxcord:form:{kind}:{row['id']}", elsewhere)
        assert "This request no longer exists" in await told(use)
    assert len(stage.rows("jobs")) == 1


async def test_somebody_else_s_draft_is_out_of_reach(stage: Stage) -> None:
    await told(stage.ada.use("imagine", prompt="a secret", model="flux-nano"))
    [draft] = stage.rows("drafts")
    assert json.loads(draft["content"])["draft"]["prompt"] == "a secret"
    use = hand_in(stage, stage.discord.person("Bob"), f"fluxcord:form:draft:{draft['id']}")

    assert "This form has expired" in await told(use)
    assert stage.rows("jobs") == []


async def test_a_picture_that_is_not_on_the_card_comes_to_nothing(stage: Stage) -> None:
    await made(stage)
    [row] = stage.rows("jobs")
    use = hand_in(stage, stage.ada, f"fluxcord:form:edit:{row['id']}:9")

    assert "This image is no longer saved here." in await told(use)
    assert len(stage.rows("jobs")) == 1


async def test_an_old_card_s_picture_is_edited_from_its_message(stage: Stage) -> None:
    card = await made(stage)
    [first] = stage.rows("jobs")
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute("delete from images")
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    await edited(stage, stage.ada, await stage.ada.click(card, "Edit"), prompt="make it night")

    row = newest_job(stage)
    assert (row["state"], row["parent_job_id"]) == ("delivered", first["id"])


async def test_a_form_whose_words_cannot_be_taken_gives_them_back(stage: Stage) -> None:
    card = await made(stage)
    use = await stage.ada.click(card, "Edit prompt")
    await opened(use)
    with sqlite_utils.Database(stage.folder / "fluxcord.db").conn as connection:
        connection.execute(
            "create trigger broken before insert on jobs begin"
            " select raise(abort, 'the inner details'); end"
        )
    word = await told(await stage.ada.submit(use, prompt="a lighthouse by night"))

    assert "I can't store your request right now" in word
    assert "You wrote:\na lighthouse by night" in word
    assert "inner details" not in word


async def test_image_details_are_there_for_our_pictures_only(stage: Stage) -> None:
    card = await made(stage)
    use = await stage.ada.use_on(card, "Image details").answered()
    details = await use.wait_for(says("**Details**"))
    assert details.private
    assert "a lighthouse" in details.text

    photo = stage.ada.send("", uploads=[PHOTO])
    word = await told(stage.ada.use_on(photo, "Image details"))
    assert "This message has no image of mine" in word
