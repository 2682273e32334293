"""Editing by replies and mentions, with the message content that Discord shows."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import PIL.Image
import pytest

from cogs.images.transient_replies import HINTS_EACH
from domain.errors import StartError
from sandbox.discord import DEFAULT_PERMISSIONS, Aim, Intent, Permission, Upload
from sandbox.discord.correspondent import Correspondent
from sandbox.flux.faults import Hang
from sandbox.flux.oddities import bomb
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.photos import HILL, HOUSE, correlation, picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage

PHOTO = Upload("photo.png", picture_bytes(HILL))
OTHER = Upload("house.png", picture_bytes(HOUSE))


def answers(message: SeenMessage) -> Callable[[SeenMessage], bool]:
    """Return whether a message is the bot's reply to this one, with its picture."""
    return lambda seen: seen.reply_to == message.id and has_picture(seen) and "s ·" in seen.text


def hint(message: SeenMessage) -> Callable[[SeenMessage], bool]:
    """Return whether a message is the bot's reply to this one, without a picture."""
    return lambda seen: seen.reply_to == message.id and seen.author == "Fluxcord"


async def made(stage: Stage, who: Person | None = None, count: int = 1) -> SeenMessage:
    """Have somebody make pictures, and return the bot's message with them."""
    person = who or stage.ada
    use = person.use("imagine", prompt="a lighthouse", count=count)
    await use.gone()
    await stage.ended()
    return person.read()[-1]


def looks_like(one: bytes, other: bytes) -> bool:
    images = [PIL.Image.open(io.BytesIO(data)) for data in (one, other)]
    return correlation(*images) > 0.8


async def test_the_requesters_reply_edits_the_picture(stage: Stage) -> None:
    picture = await made(stage)
    reply = stage.ada.reply(picture, "make it night")
    edited = await stage.ada.wait_for(answers(reply))

    [_, row] = await stage.ended()
    job, parent = stage.rows("jobs")[1], stage.rows("jobs")[0]
    assert looks_like(edited.images[0].data, picture.images[0].data)
    assert edited.images[0].alt == "Edited image: make it night"
    assert (row["command"], row["prompt"], row["state"]) == ("reply", "make it night", "delivered")
    assert edited.raw["mentions"] == []
    assert (job["parent_job_id"], job["parent_position"]) == (parent["id"], 1)
    assert (job["source_message_id"], job["reply_to"]) == (picture.id, reply.id)
    assert job["interaction_id"] == reply.id


async def test_an_edit_is_edited_in_turn(stage: Stage) -> None:
    first = stage.ada.reply(await made(stage), "make it night")
    second = stage.ada.reply(await stage.ada.wait_for(answers(first)), "add snow")
    await stage.ada.wait_for(answers(second))

    await stage.ended()
    ids = [job["id"] for job in stage.rows("jobs")]
    assert [job["parent_job_id"] for job in stage.rows("jobs")] == [None, *ids[:2]]


async def test_typing_shows_at_once(stage: Stage) -> None:
    reply = stage.ada.reply(await made(stage), "make it night")
    await stage.discord.wait_until(stage.ada.sees_typing)
    await stage.ada.wait_for(answers(reply))


@pytest.mark.parametrize(
    ("said", "prompt"),
    [
        ("make  it\n\n    night", "make  it\n\n    night"),
        ("hey @Fluxcord make  it night", "hey make  it night"),
        ("make  it @Fluxcord", "make  it"),
        ("`a`  **b** https://b.example/a_b  || ```c", "`a`  **b** https://b.example/a_b  || ```c"),
    ],
)
async def test_flux_gets_what_was_written(stage: Stage, said: str, prompt: str) -> None:
    reply = stage.ada.reply(await made(stage), said)
    await stage.ada.wait_for(answers(reply))

    submits = [request for request in stage.flux.requests if request.path == "/flux/images"]
    assert submits[-1].payload["prompt"] == prompt


async def test_the_reply_says_which_of_several(stage: Stage) -> None:
    pictures = await made(stage, count=3)
    reply = stage.ada.reply(pictures, "2: make it blue")
    edited = await stage.ada.wait_for(answers(reply))

    await stage.ended()
    job = stage.rows("jobs")[1]
    assert looks_like(edited.images[0].data, pictures.images[1].data)
    assert (job["prompt"], job["parent_position"]) == ("make it blue", 2)


async def test_a_number_may_stand_before_a_colon_of_either_width(stage: Stage) -> None:
    reply = stage.ada.reply(await made(stage, count=2), "2：变成蓝色")
    await stage.ada.wait_for(answers(reply))

    job = stage.rows("jobs")[1]
    assert (job["prompt"], job["parent_position"]) == ("变成蓝色", 2)


async def test_a_number_that_is_none_of_them(stage: Stage) -> None:
    reply = stage.ada.reply(await made(stage, count=2), "3: make it blue")
    said = await stage.ada.wait_for(hint(reply))

    assert "That message has 2" in said.text
    assert len(stage.rows()) == 1


async def test_pictures_keep_their_numbers_where_one_did_not_come(stage: Stage) -> None:
    stage.flux.misbehave("picture", bomb())
    pictures = await made(stage, count=3)
    names = ["Image 2 of 3: a lighthouse", "Image 3 of 3: a lighthouse"]
    assert pictures.buttons[:2] == ("2", "3")

    which = stage.ada.reply(pictures, "make it blue")
    picker = await stage.ada.wait_for(hint(which))
    assert [choice.name for choice in picker.options] == names
    await stage.ada.pick(picker, "3")
    await stage.ada.wait_for(answers(which))
    said = stage.ada.reply(pictures, "2: make it red")
    edited = await stage.ada.wait_for(answers(said))

    await stage.ended()
    assert looks_like(edited.images[0].data, pictures.images[0].data)
    assert [job["parent_position"] for job in stage.rows("jobs")] == [None, 3, 2]
    assert (
        "That message has 2"
        in (await stage.ada.wait_for(hint(stage.ada.reply(pictures, "1: make it green")))).text
    )
    form = await stage.ada.use_on(pictures, "Edit image").answered()
    use = await stage.ada.submit(form, prompt="make it grey", picture=names[1])
    await use.answered()
    await stage.until(lambda: len(stage.rows("jobs")) == 4)
    assert stage.rows("jobs")[3]["parent_position"] == 3


async def test_a_ratio_is_no_number(stage: Stage) -> None:
    reply = stage.ada.reply(await made(stage), "16:9 please")
    await stage.ada.wait_for(answers(reply))

    assert stage.rows("jobs")[1]["prompt"] == "16:9 please"


async def test_of_several_a_picker_asks(stage: Stage) -> None:
    pictures = await made(stage, count=3)
    reply = stage.ada.reply(pictures, "make it blue")
    picker = await stage.ada.wait_for(hint(reply))
    assert [choice.name for choice in picker.options] == [
        "Image 1 of 3: a lighthouse",
        "Image 2 of 3: a lighthouse",
        "Image 3 of 3: a lighthouse",
    ]
    await stage.ada.pick(picker, "3")
    edited = await stage.ada.wait_for(answers(reply))

    [_, row] = await stage.ended()
    await stage.discord.wait_until(lambda: stage.ada.look_again(picker) is None)
    assert row["place"] == "Sandbox #pictures"
    assert looks_like(edited.images[0].data, pictures.images[2].data)
    assert stage.rows("jobs")[1]["parent_position"] == 3


async def test_who_answers_is_asked_as_often_as_it_takes(stage: Stage) -> None:
    pictures = await made(stage, count=2)
    for _ in range(HINTS_EACH + 1):
        reply = stage.ada.reply(pictures, "make it blue")
        picker = await stage.ada.wait_for(hint(reply))
        await stage.ada.pick(picker, "1")
        await stage.ada.wait_for(answers(reply))

    assert len(await stage.ended()) == HINTS_EACH + 2


async def test_questions_that_were_left_make_room_for_the_next(stage: Stage) -> None:
    pictures = await made(stage, count=2)
    for _ in range(HINTS_EACH):
        left = stage.ada.reply(pictures, "make it blue")
        await stage.ada.wait_for(hint(left))
    said = stage.ada.reply(pictures, "3: make it red")

    assert "That message has 2" in (await stage.ada.wait_for(hint(said))).text
    asked = stage.ada.reply(pictures, "make it green")
    picker = await stage.ada.wait_for(hint(asked))
    await stage.discord.wait_until(
        lambda: sum(seen.author == "Fluxcord" for seen in stage.ada.read()) == 1 + HINTS_EACH
    )
    await stage.ada.pick(picker, "1")
    assert await stage.ada.wait_for(answers(asked))


async def test_a_picture_picked_twice_at_once_is_made_once(stage: Stage) -> None:
    reply = stage.ada.reply(await made(stage, count=2), "make it blue")
    picker = await stage.ada.wait_for(hint(reply))
    for choice in ("1", "2"):
        await stage.ada.pick(picker, choice)
    await stage.ada.wait_for(answers(reply))
    await stage.discord.wait_until(lambda: stage.ada.look_again(picker) is None)

    assert len(await stage.ended()) == 2


async def test_a_picker_is_its_askers(stage: Stage) -> None:
    bob = stage.discord.person("Bob")
    reply = stage.ada.reply(await made(stage, count=2), "make it blue")
    picker = await stage.ada.wait_for(hint(reply))
    use = await bob.pick(picker, "1")
    said = await bob.wait_for(lambda seen: seen.private)

    assert "Only the author of the message" in said.text
    assert use.failed is None
    await stage.ada.pick(picker, "1")
    await stage.ada.wait_for(answers(reply))
    assert len(stage.rows()) == 2


async def test_a_picker_that_was_left_works_after_a_restart(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        reply = idle_stage.ada.reply(await made(idle_stage, count=2), "make it blue")
        picker = await idle_stage.ada.wait_for(hint(reply))
        idle_stage.discord.faults.status(403, Aim(method="DELETE"), code=50013)
    async with idle_stage.bot_running():
        await idle_stage.ada.pick(picker, "2")
        await idle_stage.ada.wait_for(answers(reply))


async def test_who_did_not_ask_for_the_picture_mentions_the_bot(stage: Stage) -> None:
    bob = stage.discord.person("Bob")
    picture = await made(stage)
    talk = bob.reply(picture, "wow, nice")
    said = await bob.wait_for(hint(talk))
    assert said.text == "-# To edit this image, mention me in your reply."
    assert said.raw["mentions"] == []
    reply = bob.reply(picture, "@Fluxcord make it night")
    await bob.wait_for(answers(reply))

    rows = await stage.ended()
    assert [(row["user"], row["prompt"]) for row in rows] == [
        ("ada", "a lighthouse"),
        ("bob", "make it night"),
    ]
    assert len(bob.read()) == 5


async def test_the_hint_to_mention_comes_once_per_person_channel_and_day(stage: Stage) -> None:
    pictures = [await made(stage)]
    gallery = stage.discord.add_channel("gallery")
    stage.ada.use("imagine", prompt="a fox", channel=gallery)
    pictures.append(await stage.ada.wait_for(has_picture, channel=gallery))
    await stage.ended()
    people = [stage.discord.person(name) for name in ("Bob", "Eve")]
    for picture, channel in zip(pictures, (stage.discord.channel, gallery), strict=True):
        for person in people:
            person.reply(picture, "wow, nice")
            person.reply(picture, "I like it")
            clear = person.reply(picture, "@Fluxcord make it night")
            await person.wait_for(answers(clear), channel=channel)
        hints = says("-# To edit this image")
        assert len([seen for seen in stage.ada.read(channel) if hints(seen)]) == len(people)


async def test_where_the_bot_may_not_write_it_gives_no_hint(stage: Stage) -> None:
    picture = await made(stage)
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~Permission.SEND_MESSAGES)
    bob, before = stage.discord.person("Bob"), len(stage.discord.requests)
    bob.reply(picture, "wow, nice")
    written = bob.send("hello", channel=bob.dm)
    await bob.wait_for(answers(written), channel=bob.dm)

    channel = str(stage.discord.channel.id)
    assert not [one for one in stage.discord.requests[before:] if channel in one.path]


async def choose(stage: Stage, who: str) -> None:
    await chosen(stage.discord.person("Grace"), "settings", reply_edits=who)


async def test_a_server_may_let_everybody_edit(stage: Stage) -> None:
    await choose(stage, "everyone")
    bob = stage.discord.person("Bob")
    reply = bob.reply(await made(stage), "make it night")
    await bob.wait_for(answers(reply))


@pytest.mark.parametrize("who", ["mention", "off"])
async def test_a_server_may_ask_for_a_mention_or_nothing(stage: Stage, who: str) -> None:
    await choose(stage, who)
    picture = await made(stage)
    stage.ada.reply(picture, "make it night")
    clear = stage.ada.reply(picture, "@Fluxcord make it day")
    if who == "mention":
        await stage.ada.wait_for(answers(clear))
    else:
        assert (
            "Editing by reply or mention is disabled"
            in (await stage.ada.wait_for(hint(clear))).text
        )

    prompts = [row["prompt"] for row in await stage.ended()]
    assert prompts == ["a lighthouse", *(["make it day"] if who == "mention" else [])]
    hints = [seen for seen in stage.ada.read() if seen.text.startswith("-# To edit this image")]
    assert len(hints) == (who == "mention")


async def test_ping_off_and_no_intent_is_silence(stage: Stage) -> None:
    picture = await made(stage)
    stage.ada.reply(picture, "make it night", ping=False)
    after = stage.ada.reply(picture, "make it day")
    await stage.ada.wait_for(answers(after))

    assert [row["prompt"] for row in await stage.ended()] == ["a lighthouse", "make it day"]


async def test_a_mention_with_a_picture_edits_it(stage: Stage) -> None:
    written = stage.ada.send("hey @Fluxcord make it night", uploads=[PHOTO])
    edited = await stage.ada.wait_for(answers(written))

    [row] = await stage.ended()
    assert looks_like(edited.images[0].data, PHOTO.data)
    assert (row["command"], row["prompt"]) == ("mention", "hey make it night")
    [fetch] = stage.flux.fetches
    assert fetch.url.startswith(stage.discord.base_url)


async def test_a_spoiler_stays_one(stage: Stage) -> None:
    secret = Upload("SPOILER_photo.png", PHOTO.data)
    written = stage.ada.send("@Fluxcord make it night", uploads=[secret])
    edited = await stage.ada.wait_for(answers(written))

    assert edited.images[0].spoiler


async def test_a_mention_with_a_link_waits_for_its_picture(stage: Stage) -> None:
    written = stage.ada.send("@Fluxcord make it night https://example.org/hill")
    await asyncio.sleep(0.1)  # it comes a moment later; what comes sooner is found later
    stage.ada.preview(written, PHOTO)
    edited = await stage.ada.wait_for(answers(written))

    [row] = await stage.ended()
    assert looks_like(edited.images[0].data, PHOTO.data)
    assert row["prompt"] == "make it night"


async def test_somebody_elses_picture_is_not_shown_without_the_intent(stage: Stage) -> None:
    target = stage.discord.person("Bob").send("look", uploads=[PHOTO])
    reply = stage.ada.reply(target, "@Fluxcord make it night")
    said = await stage.ada.wait_for(hint(reply))

    assert "Apps, Edit image" in said.text
    assert said.raw["mentions"] == []
    assert stage.rows() == []


async def test_somebody_elses_picture_that_mentions_the_bot_is_shown(stage: Stage) -> None:
    stage.discord.person("Bob").send("@Fluxcord", uploads=[PHOTO])
    target = stage.ada.read()[0]
    reply = stage.ada.reply(target, "@Fluxcord make it night")
    await stage.ada.wait_for(answers(reply))


async def test_a_message_that_goes_while_its_picker_asks(stage: Stage) -> None:
    pictures = await made(stage, count=2)
    reply = stage.ada.reply(pictures, "make it blue")
    picker = await stage.ada.wait_for(hint(reply))
    stage.discord.delete_message(pictures)
    await stage.ada.pick(picker, "1")
    said = await stage.ada.wait_for(lambda seen: seen.private)
    assert "That message was deleted" in said.text

    stage.ada.delete(reply)
    await stage.ada.pick(picker, "2")
    await stage.ada.wait_for(lambda seen: seen.private and seen.id != said.id)
    assert len(stage.rows()) == 1


@pytest.mark.parametrize("said", ["nothing", "@everyone make it night", "a lighthouse"])
async def test_what_is_not_for_the_bot_is_left_alone(stage: Stage, said: str) -> None:
    stage.ada.send(said, uploads=[PHOTO])
    stage.ada.reply(stage.ada.send("look", uploads=[PHOTO]), said)
    last = stage.ada.send("@Fluxcord", uploads=[PHOTO])
    await stage.ada.wait_for(hint(last))

    assert len([seen for seen in stage.ada.read() if seen.author == "Fluxcord"]) == 1
    assert stage.rows() == []


async def test_a_mention_of_everyone_or_of_a_role_is_none_of_the_bot(stage: Stage) -> None:
    grace = stage.discord.person("Grace")  # owns the server, so that everybody is pinged
    role = stage.discord.add_role("painters", mentionable=True)
    stage.discord.give_role(role, stage.discord.world.bot)
    for said in ("@everyone make it night", "@here make it night", "@painters make it night"):
        written = grace.send(said, uploads=[PHOTO])
        assert written.raw["mention_everyone"] or written.raw["mention_roles"]
    last = grace.send("@Fluxcord", uploads=[PHOTO])
    await grace.wait_for(hint(last))

    assert len([seen for seen in grace.read() if seen.author == "Fluxcord"]) == 1
    assert stage.rows() == []


@pytest.mark.parametrize("words", ["@Fluxcord", "@Fluxcord  "])
async def test_a_reply_with_only_a_mention(stage: Stage, words: str) -> None:
    reply = stage.ada.reply(await made(stage), words)

    assert "Describe what should change" in (await stage.ada.wait_for(hint(reply))).text


async def test_a_reply_to_the_bots_own_words(stage: Stage) -> None:
    refusal = await stage.ada.wait_for(hint(stage.ada.send("@Fluxcord")))
    reply = stage.ada.reply(refusal, "make it night")

    assert "can't find an image in that message" in (await stage.ada.wait_for(hint(reply))).text


async def test_a_reply_to_a_picture_that_was_refused(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="forbidden fruit")
    refusal = await stage.ada.wait_for(lambda seen: "content filter" in seen.text)
    await stage.ended()
    reply = stage.ada.reply(refusal, "make it night")

    assert "can't find an image in that message" in (await stage.ada.wait_for(hint(reply))).text
    assert len(stage.rows()) == 1


async def test_a_reply_to_a_message_that_is_gone(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        picture = await made(idle_stage)
    reply = idle_stage.ada.reply(picture, "@Fluxcord make it night")
    idle_stage.discord.delete_message(picture)
    async with idle_stage.bot_running():
        # It reaches the bot after the deletion.
        written = idle_stage.discord.channel.messages[reply.id]
        idle_stage.discord.world.news.tell("MESSAGE_CREATE", written)
        said = await idle_stage.ada.wait_for(hint(reply))

    assert "That message was deleted. Attach" in said.text
    assert len(idle_stage.rows()) == 1


async def test_a_reply_to_words(stage: Stage) -> None:
    direct = stage.ada.send("@Fluxcord", channel=stage.ada.dm)
    reply = stage.ada.reply(direct, "make it night")
    said = await stage.ada.wait_for(hint(reply), channel=stage.ada.dm)

    assert "I can't find an image in that message. Reply" in said.text


async def test_a_reply_to_a_video(stage: Stage) -> None:
    film = Upload("film.mp4", b"....ftyp", "video/mp4")
    direct = stage.ada.send("look", uploads=[film], channel=stage.ada.dm)
    reply = stage.ada.reply(direct, "make it night")
    said = await stage.ada.wait_for(hint(reply), channel=stage.ada.dm)

    assert "can't find an image in that message" in said.text


async def test_a_reply_to_a_picture_under_way(stage: Stage) -> None:
    stage.flux.misbehave("work", Hang())
    stage.ada.use("imagine", prompt="a lighthouse")
    status = await stage.ada.wait_for(lambda seen: "Generating" in seen.text)
    reply = stage.ada.reply(status, "make it night")

    assert "not finished yet" in (await stage.ada.wait_for(hint(reply))).text


async def test_words_alone_make_a_picture_only_where_the_server_says_so(stage: Stage) -> None:
    first = stage.ada.send("@Fluxcord a lighthouse")
    assert (
        "Generating images by mention is disabled" in (await stage.ada.wait_for(hint(first))).text
    )

    await chosen(stage.discord.person("Grace"), "settings", mention_generates=True)
    second = stage.ada.send("@Fluxcord a lighthouse")
    await stage.ada.wait_for(answers(second))
    [row] = await stage.ended()
    assert (row["command"], row["prompt"]) == ("mention", "a lighthouse")


async def test_direct_messages_need_no_mention(stage: Stage) -> None:
    written = stage.ada.send("a lighthouse", channel=stage.ada.dm)
    picture = await stage.ada.wait_for(answers(written), channel=stage.ada.dm)
    reply = stage.ada.reply(picture, "make it night", ping=False)
    edited = await stage.ada.wait_for(answers(reply), channel=stage.ada.dm)
    photo = stage.ada.send("make it day", channel=stage.ada.dm, uploads=[PHOTO])
    await stage.ada.wait_for(answers(photo), channel=stage.ada.dm)

    rows = await stage.ended()
    assert looks_like(edited.images[0].data, picture.images[0].data)
    assert [row["command"] for row in rows] == ["message", "reply", "message"]
    assert {row["place"] for row in rows} == {"direct message"}


async def test_a_file_that_is_no_picture_makes_none(stage: Stage) -> None:
    notes = Upload("notes.txt", b"hello")
    written = stage.ada.send("make it night", channel=stage.ada.dm, uploads=[notes])
    said = await stage.ada.wait_for(hint(written), channel=stage.ada.dm)

    assert "can't read that file as an image" in said.text
    assert stage.rows() == []


async def test_a_forwarded_picture_is_replied_to(stage: Stage) -> None:
    forward = stage.ada.forward(stage.ada.send("look", uploads=[PHOTO]), stage.ada.dm)
    asked = await stage.ada.wait_for(hint(forward), channel=stage.ada.dm)
    reply = stage.ada.reply(forward, "make it night")
    edited = await stage.ada.wait_for(answers(reply), channel=stage.ada.dm)

    assert "Describe what should change" in asked.text
    assert looks_like(edited.images[0].data, PHOTO.data)


async def test_a_thread_and_a_forums_post(stage: Stage) -> None:
    thread = stage.discord.add_thread("night")
    post = stage.ada.open_post(stage.discord.add_forum("gallery"), "Hill", "here", [PHOTO])
    for place in (thread, post):
        written = stage.ada.send("@Fluxcord make it night", channel=place, uploads=[PHOTO])
        await stage.ada.wait_for(answers(written), channel=place)


async def test_no_bot_starts_a_job(stage: Stage) -> None:
    other = stage.discord.world.add_user("Other", bot=True)
    correspondent = Correspondent(stage.discord.world, other, stage.discord.channel)
    correspondent.send("@Fluxcord make it night", uploads=[PHOTO])
    correspondent.reply(await made(stage), "@Fluxcord make it night")
    last = stage.ada.send("@Fluxcord")
    await stage.ada.wait_for(hint(last))

    assert len(stage.rows()) == 1


async def test_hints_are_gone_once_the_bot_stops(idle_stage: Stage) -> None:
    async with idle_stage.bot_running():
        said = await idle_stage.ada.wait_for(hint(idle_stage.ada.send("@Fluxcord")))

    assert idle_stage.ada.look_again(said) is None


async def test_where_history_is_closed_the_picture_is_no_reply(stage: Stage) -> None:
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~Permission.READ_MESSAGE_HISTORY)
    stage.ada.send("@Fluxcord make it night", uploads=[PHOTO])
    edited = await stage.ada.wait_for(lambda seen: seen.author == "Fluxcord" and has_picture(seen))

    assert edited.reply_to is None


async def test_where_history_is_closed_the_picture_is_picked_all_the_same(
    idle_stage: Stage,
) -> None:
    closed = DEFAULT_PERMISSIONS & ~Permission.READ_MESSAGE_HISTORY
    idle_stage.discord.set_bot_permissions(closed)

    def is_question(seen: SeenMessage) -> bool:
        return "Which image?" in seen.text

    async with idle_stage.bot_running():
        pictures = await made(idle_stage, count=2)
        idle_stage.ada.reply(pictures, "make it blue")
        await idle_stage.ada.pick(await idle_stage.ada.wait_for(is_question), "2")
        await idle_stage.until(lambda: len(idle_stage.rows("jobs")) == 2)
        await idle_stage.ended()
        assert idle_stage.rows("jobs")[1]["parent_position"] == 2
        idle_stage.ada.reply(pictures, "make it red")
        left = await idle_stage.ada.wait_for(is_question)
        idle_stage.discord.faults.status(403, Aim(method="DELETE"), code=50013)
    async with idle_stage.bot_running():
        await idle_stage.ada.pick(left, "1")
        told = await idle_stage.ada.wait_for(lambda seen: seen.private)

    assert "Discord doesn't show me other people's messages" in told.text
    assert len(idle_stage.rows()) == 2


async def test_where_files_are_forbidden_it_is_said(stage: Stage) -> None:
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~Permission.ATTACH_FILES)
    written = stage.ada.send("@Fluxcord make it night", uploads=[PHOTO])

    assert "Attach Files" in (await stage.ada.wait_for(hint(written))).text
    assert stage.rows() == []


async def test_where_it_may_not_speak_it_asks_nothing_of_discord(stage: Stage) -> None:
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~Permission.SEND_MESSAGES)
    before = len(stage.discord.requests)
    stage.ada.send("@Fluxcord make it night", uploads=[PHOTO])
    written = stage.ada.send("hello", channel=stage.ada.dm)
    await stage.ada.wait_for(answers(written), channel=stage.ada.dm)

    channel = str(stage.discord.channel.id)
    assert not [one for one in stage.discord.requests[before:] if channel in one.path]


async def test_a_reply_whose_message_is_deleted_meanwhile(stage: Stage) -> None:
    picture = await made(stage)
    reply = stage.ada.reply(picture, "make it night")
    stage.discord.delete_message(reply)
    edited = await stage.ada.wait_for(
        lambda seen: seen.id != picture.id and has_picture(seen) and "s ·" in seen.text
    )

    assert edited.reply_to is None


async def test_one_message_makes_one_job(stage: Stage) -> None:
    picture = await made(stage)
    reply = stage.ada.reply(picture, "make it night")
    await stage.ada.wait_for(answers(reply))
    stage.discord.world.news.tell("MESSAGE_CREATE", stage.discord.channel.messages[reply.id])
    last = stage.ada.send("@Fluxcord")
    await stage.ada.wait_for(hint(last))

    assert len(await stage.ended()) == 2


async def test_a_limit_is_told_in_a_reply(tmp_path: Path) -> None:
    async with open_stage(tmp_path, COOLDOWN_S="600") as stage, stage.bot_running():
        reply = stage.ada.reply(await made(stage), "make it night")
        said = await stage.ada.wait_for(hint(reply))

    assert "You're sending requests too quickly" in said.text


@pytest.fixture
async def reading(idle_stage: Stage) -> AsyncIterator[Stage]:
    """Both services and a bot that reads all messages."""
    idle_stage.discord.grant_intents(Intent.MESSAGE_CONTENT)
    idle_stage.more_settings["MESSAGE_CONTENT_INTENT"] = "true"
    async with idle_stage.bot_running():
        yield idle_stage


async def test_with_the_intent_the_same_story(reading: Stage) -> None:
    picture = await made(reading)
    reply = reading.ada.reply(picture, "make it night")
    edited = await reading.ada.wait_for(answers(reply))
    reading.ada.send("nothing", uploads=[PHOTO])
    reading.ada.reply(edited, "@everyone look")

    assert looks_like(edited.images[0].data, picture.images[0].data)


async def test_with_the_intent_a_reply_needs_no_ping(reading: Stage) -> None:
    reply = reading.ada.reply(await made(reading), "make it night", ping=False)
    await reading.ada.wait_for(answers(reply))


async def test_with_the_intent_somebody_elses_picture_is_seen(reading: Stage) -> None:
    bob = reading.discord.person("Bob")
    linked = bob.preview(bob.send("https://example.org/hill"), PHOTO)
    forward = bob.forward(bob.send("look", uploads=[OTHER]))
    for target, expected in ((linked, PHOTO), (forward, OTHER)):
        reply = reading.ada.reply(target, "@Fluxcord make it night")
        edited = await reading.ada.wait_for(answers(reply))
        assert looks_like(edited.images[0].data, expected.data)


async def test_with_the_intent_a_message_without_picture_is_told(reading: Stage) -> None:
    target = reading.discord.person("Bob").send("hello")
    reply = reading.ada.reply(target, "@Fluxcord make it night")

    assert "can't find an image in that message" in (await reading.ada.wait_for(hint(reply))).text


async def test_an_intent_that_was_not_given_ends_the_bot_with_a_sentence(
    idle_stage: Stage,
) -> None:
    idle_stage.more_settings["MESSAGE_CONTENT_INTENT"] = "true"
    with pytest.raises(StartError, match="Message Content Intent"):
        async with idle_stage.bot_running():
            pass


@pytest.mark.parametrize("said", ["private:true", "private：true"])
async def test_a_private_reply_is_answered_in_direct_messages(stage: Stage, said: str) -> None:
    picture = await made(stage)
    stage.ada.reply(picture, f"make it night {said}")
    edited = await stage.ada.wait_for(has_picture, channel=stage.ada.dm)

    await stage.ended()
    job = stage.rows("jobs")[1]
    assert looks_like(edited.images[0].data, picture.images[0].data)
    assert (job["prompt"], job["private"]) == ("make it night", 1)
    assert len(stage.ada.read()) == 2


async def test_a_private_reply_of_who_takes_no_direct_messages(stage: Stage) -> None:
    picture = await made(stage)
    stage.ada.dm.closed_to_bot = True
    reply = stage.ada.reply(picture, "make it night private:true")
    said = await stage.ada.wait_for(hint(reply))

    [_, row] = await stage.ended()
    assert "I can't send you DMs" in said.text
    assert (row["state"], row["credits"]) == ("failed", 0)
    asked = [request.payload.get("action") for request in stage.flux.requests]
    assert "edit" not in asked


async def test_private_words_alone_belong_into_direct_messages(stage: Stage) -> None:
    await chosen(stage.discord.person("Grace"), "settings", mention_generates=True)
    written = stage.ada.send("@Fluxcord a lighthouse private:true")

    assert "only work in DMs" in (await stage.ada.wait_for(hint(written))).text
