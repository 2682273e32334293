"""Replies that were refused, and the form in which their words can be said differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Upload
from tests.end_to_end.stage import has_picture, open_stage
from tests.end_to_end.test_menus import edited, opened, told, values
from tests.end_to_end.test_replies import PHOTO, hint, looks_like, made

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.stage import Stage

TOO_LONG = "make it night " * 150


async def test_a_reply_that_is_too_long_is_shortened_in_a_form(stage: Stage) -> None:
    pictures = await made(stage, count=2)
    reply = stage.ada.reply(pictures, f"2: {TOO_LONG}")
    said = await stage.ada.wait_for(hint(reply))
    assert "Shorten it and try again." in said.text
    assert said.buttons == ("Try again",)

    use = await stage.ada.click(said, "Try again")
    modal = await opened(use)
    assert values(modal) == {
        "prompt": TOO_LONG.strip(),
        "model": ["flux-kontext-pro"],
        "size": ["own"],
    }
    result = await edited(stage, stage.ada, use, prompt="make it night", size="Square 1:1")
    job = stage.rows("jobs")[-1]
    assert looks_like(result.images[0].data, pictures.images[1].data)
    assert (job["command"], job["prompt"], job["parent_position"]) == ("reply", "make it night", 2)


async def test_somebody_else_may_not_say_it_again(stage: Stage) -> None:
    bob = stage.discord.person("Bob")
    said = await stage.ada.wait_for(hint(stage.ada.reply(await made(stage), TOO_LONG)))

    word = await told(await bob.click(said, "Try again"))
    assert "Only the requester can retry this request. Use the command yourself." in word
    assert len(stage.rows()) == 1


async def test_words_and_pictures_in_direct_messages_open_again_too(stage: Stage) -> None:
    direct = stage.ada.dm
    for uploads, command in (([], "message"), ([PHOTO], "message")):
        written = stage.ada.send(TOO_LONG, channel=direct, uploads=uploads)
        said = await stage.ada.wait_for(hint(written), channel=direct)
        use = await stage.ada.click(said, "Try again")
        await edited(stage, stage.ada, use, prompt="a hill at night")
        job = stage.rows("jobs")[-1]
        assert (job["command"], job["state"]) == (command, "delivered")
        assert job["action"] == ("edit" if uploads else "generate")


async def test_a_limit_is_told_with_a_way_to_ask_later(tmp_path: Path) -> None:
    async with open_stage(tmp_path, USER_CREDITS_PER_DAY="0.3") as stage:
        async with stage.bot_running():
            reply = stage.ada.reply(await made(stage), "make it night")
            said = await stage.ada.wait_for(hint(reply))
            assert "exceeds your limit of 0.3 credits a day" in said.text
            use = await stage.ada.click(said, "Try again")
            assert values(await opened(use))["prompt"] == "make it night"
        # The hint is gone, and the form is still open.
        stage.more_settings.clear()
        async with stage.bot_running():
            await edited(stage, stage.ada, use)
        assert stage.rows("jobs")[-1]["prompt"] == "make it night"


async def test_a_private_reply_stays_private_in_its_form(stage: Stage) -> None:
    said = await stage.ada.wait_for(
        hint(stage.ada.reply(await made(stage), f"{TOO_LONG} private:true"))
    )
    use = await stage.ada.click(said, "Try again")
    await opened(use)
    use = await stage.ada.submit(use, prompt="make it night")
    assert (await use.wait_for(has_picture)).private
    await stage.ended()


async def test_what_no_other_words_would_mend_is_only_told(stage: Stage) -> None:
    notes = Upload("notes.txt", b"hello")
    written = stage.ada.send("make it night", channel=stage.ada.dm, uploads=[notes])
    said = await stage.ada.wait_for(hint(written), channel=stage.ada.dm)
    assert said.buttons == ()
    assert stage.rows("drafts") == []
