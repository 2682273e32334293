"""Access is checked before anything is asked, and a refusal offers only what can succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Permission, Upload
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_access import confirmed
from tests.end_to_end.test_menus import choices, edited, opened, told, values
from tests.end_to_end.test_replies import answers, hint, looks_like, made
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person
    from tests.end_to_end.stage import Stage

NO_ACCESS = "You don't have access to image generation here."
PHOTO = Upload("photo.png", picture_bytes(HILL))


@pytest.fixture
def linus(stage: Stage) -> Person:
    """A server manager who is not the bot owner."""
    return stage.discord.person("Linus", permissions=Permission.MANAGE_GUILD)


async def rule(person: Person, command: str, **options: Any) -> None:  # noqa: ANN401
    await confirmed(person, person.use(command, options))


async def test_a_reply_is_refused_before_the_question_which_picture(
    stage: Stage, linus: Person
) -> None:
    pictures = await made(stage, count=2)
    await rule(linus, "access deny", user=stage.ada.user)
    said = await stage.ada.wait_for(hint(stage.ada.reply(pictures, "make it night")))
    assert NO_ACCESS in said.text
    assert said.options == ()
    assert said.buttons == ()


async def test_a_blocked_person_is_not_asked_which_picture(stage: Stage, linus: Person) -> None:
    pictures = await made(stage, count=2)
    await rule(linus, "moderation block", user=stage.ada.user, reason="spam", end="never")
    said = await stage.ada.wait_for(hint(stage.ada.reply(pictures, "make it night")))
    assert "You're blocked from generating images" in said.text
    assert said.options == ()


async def test_no_form_opens_for_who_may_not_use_what_it_asks_for(
    stage: Stage, linus: Person
) -> None:
    picture = await made(stage)
    await rule(linus, "access deny", user=stage.ada.user)
    for label in ("Edit", "Edit prompt"):
        assert NO_ACCESS in await told(await stage.ada.click(picture, label))
    assert NO_ACCESS in await told(stage.ada.use_on(picture, "Edit image"))
    await rule(linus, "access deny", channel=stage.discord.channel)
    word = await told(await stage.discord.person("Bob").click(picture, "Edit"))
    assert "Image generation is disabled in this channel." in word


async def test_no_form_opens_for_a_blocked_person(stage: Stage, linus: Person) -> None:
    picture = await made(stage)
    await rule(linus, "moderation block", user=stage.ada.user, reason="spam", end="never")
    blocked = "You're blocked from generating images"
    assert blocked in await told(await stage.ada.click(picture, "Edit"))
    assert blocked in await told(stage.ada.use_on(picture, "Edit image"))


async def test_a_refused_edit_lists_only_models_that_edit(stage: Stage, linus: Person) -> None:
    await rule(linus, "access allow", model="flux-dev")
    use = await stage.ada.use("edit", image=PHOTO, prompt="night").answered()
    assert use.message is not None
    assert r"You don't have access to flux\-kontext\-pro here." in use.message.text
    assert "Ask a server manager for access." in use.message.text
    assert "flux-dev" not in use.message.text
    assert use.message.buttons == ()
    assert stage.rows("drafts") == []

    await rule(linus, "access allow", model="flux-kontext-max")
    use = await stage.ada.use("edit", image=PHOTO, prompt="night").answered()
    assert use.message is not None
    assert "You can use flux-kontext-max." in use.message.text
    again = await stage.ada.click(use.message, "Try again")
    modal = await opened(again)
    assert choices(modal, "model") == ["flux-kontext-max"]
    assert values(modal)["model"] == ["flux-kontext-max"]
    await edited(stage, stage.ada, again)
    assert stage.rows("jobs")[-1]["model"] == "flux-kontext-max"


async def test_a_form_starts_from_a_model_that_may_be_used(stage: Stage, linus: Person) -> None:
    picture = await made(stage)
    await rule(linus, "access allow", model="flux-kontext-max")
    modal = await opened(await stage.ada.click(picture, "Edit"))
    assert values(modal)["model"] == ["flux-kontext-max"]
    modal = await opened(await stage.ada.click(picture, "Edit prompt"))
    assert values(modal)["model"] == ["flux-kontext-max"]


async def test_a_refused_reply_about_several_pictures_asks_which_in_its_form(
    stage: Stage, linus: Person
) -> None:
    pictures = await made(stage, count=2)
    await rule(linus, "access allow", model="flux-kontext-max")
    reply = stage.ada.reply(pictures, "make it night")
    said = await stage.ada.wait_for(hint(reply))
    assert "You can use flux-kontext-max." in said.text
    use = await stage.ada.click(said, "Try again")
    modal = await opened(use)
    assert choices(modal, "picture") == ["Image 1", "Image 2"]
    assert values(modal)["prompt"] == "make it night"
    result = await edited(stage, stage.ada, use, picture="Image 2")
    assert looks_like(result.images[0].data, pictures.images[1].data)


async def test_words_that_are_blocked_are_refused_before_the_question(
    stage: Stage, linus: Person
) -> None:
    pictures = await made(stage, count=2)
    await rule(linus, "moderation words add", words="gore")
    said = await stage.ada.wait_for(hint(stage.ada.reply(pictures, "add gore")))
    assert "contains blocked words" in said.text
    use = await stage.ada.click(said, "Try again")
    await edited(stage, stage.ada, use, prompt="add snow", picture="Image 1")


async def test_a_form_offers_no_more_pictures_than_one_request_may_have(
    stage: Stage, linus: Person
) -> None:
    await rule(linus, "limits set", what="pictures_per_request", amount="2", user=stage.ada.user)
    use = await stage.ada.use("imagine", prompt="a lake", count=4).answered()
    assert use.message is not None
    modal = await opened(again := await stage.ada.click(use.message, "Try again"))
    assert choices(modal, "count") == ["1", "2"]
    assert values(modal)["count"] == ["2"]
    await stage.ada.submit(again)
    result = await stage.ada.wait_for(has_picture)
    assert len(result.images) == 2


async def test_a_form_that_was_refused_is_not_opened_once_access_is_gone(
    stage: Stage, linus: Person
) -> None:
    use = await stage.ada.use("imagine", prompt="a lake", model="flux-9").answered()
    assert use.message is not None
    await rule(linus, "access deny", user=stage.ada.user)
    again = await stage.ada.click(use.message, "Try again")
    assert NO_ACCESS in await told(again)


async def test_the_question_comes_to_who_may_edit(stage: Stage, linus: Person) -> None:
    pictures = await made(stage, count=2)
    await rule(linus, "access allow", user=stage.ada.user)
    reply = stage.ada.reply(pictures, "make it night")
    asked = await stage.ada.wait_for(says("Which"))
    assert asked.options
    await stage.ada.pick(asked, "2")
    result = await stage.ada.wait_for(answers(reply))
    assert looks_like(result.images[0].data, pictures.images[1].data)
