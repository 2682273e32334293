"""Input that is refused, and places where nothing can be posted: a sentence, and nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import (
    DEFAULT_PERMISSIONS,
    ClientRefusedError,
    Permission,
)
from sandbox.flux.faults import Hang
from sandbox.transcript import as_shown, state_of
from tests.end_to_end.panels import chosen
from tests.end_to_end.stage import has_picture, open_stage, says

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import InteractionResult
    from tests.end_to_end.stage import Stage

STORY = "a cat with a very long story"


async def check_refused(
    stage: Stage, use: InteractionResult, sentence: str, *, given_back: str | None
) -> None:
    """Check the one private answer, and that neither the bot nor Flux has anything to remember."""
    await use.answered()

    assert use.message is not None
    assert (use.message.private, state_of(use.message)) == (True, "answered")
    told, *rest = as_shown(use.message.text, {}, datetime.now(UTC)).split("\n")
    assert told == sentence
    assert rest == ([] if given_back is None else ["You wrote:", given_back])
    assert [seen.id for seen in stage.ada.read()] == [use.message.id]
    assert stage.flux.requests == []
    assert stage.flux.charges == []
    assert stage.rows() == []
    assert stage.spooled() == []


@pytest.mark.parametrize(
    "prompt", ["", " ", "  \u3000 \u00a0", "\n\n", "\u200b\u200d\ufeff", "\u202e"]
)
async def test_a_prompt_without_a_visible_character(stage: Stage, prompt: str) -> None:
    use = stage.ada.use("imagine", raw=True, prompt=prompt)
    sentence = "The prompt is empty. Describe the image in a few words."
    given_back = prompt if prompt.strip() else None
    await check_refused(stage, use, sentence, given_back=given_back)


async def test_a_prompt_that_is_too_long_is_given_back(stage: Stage) -> None:
    prompt = ("a lighthouse in a storm, " * 100)[:2_001]
    sentence = "The prompt has 2001 characters; the limit is 2,000. Shorten it and try again."
    use = stage.ada.use("imagine", raw=True, prompt=prompt)
    await check_refused(stage, use, sentence, given_back=prompt)


LONG = "a lighthouse, then a gull; " * 300
MARKED = "`*" * 3_000


@pytest.mark.parametrize("elsewhere", [False, True], ids=["member", "no member"])
@pytest.mark.parametrize("prompt", [LONG[:3_990], LONG[:6_000], MARKED[:2_001], MARKED])
async def test_what_does_not_fit_one_message_is_given_back_in_several(
    stage: Stage, prompt: str, *, elsewhere: bool
) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=not elsewhere)
    channel = stage.discord.add_channel("garden", guild)
    use = stage.ada.use("imagine", raw=True, prompt=prompt, channel=channel)
    parts = -(-len(prompt) // 1_500)
    await stage.discord.wait_until(lambda: len(use.followups) == parts - 1)

    assert use.message is not None
    messages = (use.message, *use.followups)
    assert all(message.private for message in messages)
    shown = [as_shown(message.text, {}, datetime.now(UTC)) for message in messages]
    assert shown[0].startswith(f"The prompt has {len(prompt)} characters")
    for number, text in enumerate(shown, start=1):
        assert f"You wrote, part {number} of {parts}:\n" in text
    assert "".join(text.partition(f"of {parts}:\n")[2] for text in shown) == prompt


async def test_a_prompt_of_the_full_length_is_given_back_whole(stage: Stage) -> None:
    prompt = LONG[:1_999] + "!"
    use = stage.ada.use("imagine", prompt=prompt, size="7:7")
    await check_refused(stage, use, NO_SIZE.format(size="7:7"), given_back=prompt)


NO_SIZE = "{size} is not a valid size. Use a ratio such as 16:9, or pixels such as 1344x768."


@pytest.mark.parametrize("size", ["7:7", "1024X1024", "1345x768", "99999x99999", "large"])
async def test_a_size_that_is_none(stage: Stage, size: str) -> None:
    use = stage.ada.use("imagine", prompt=STORY, size=size)
    await check_refused(stage, use, NO_SIZE.format(size=size), given_back=STORY)


async def test_a_size_that_the_model_does_not_take(stage: Stage) -> None:
    sentence = (
        "flux-2-pro does not support the size 1344x768. Choose one of the "
        "suggested sizes, or another model."
    )
    use = stage.ada.use("imagine", prompt=STORY, size="1344x768", model="flux-2-pro")
    await check_refused(stage, use, sentence, given_back=STORY)


async def test_a_model_that_there_never_was(stage: Stage) -> None:
    sentence = "There is no model called flux-9. Choose one of the suggested models."
    use = stage.ada.use("imagine", prompt=STORY, model="flux-9")
    await check_refused(stage, use, sentence, given_back=STORY)


@pytest.mark.parametrize("count", [0, 5, 9, -1])
async def test_a_count_that_was_sent_past_the_client(stage: Stage, count: int) -> None:
    use = stage.ada.use("imagine", raw=True, prompt=STORY, count=count)
    sentence = f"{count} is not a valid number of images. Use 1 to 4."
    await check_refused(stage, use, sentence, given_back=STORY)


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": ""},
        {"prompt": "x" * 2_001},
        {"prompt": STORY, "count": 0},
        {"prompt": STORY, "count": 9},
    ],
)
async def test_what_the_client_does_not_even_send(stage: Stage, options: dict[str, Any]) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("imagine", **options)


async def test_a_model_that_the_endpoint_no_longer_has(tmp_path: Path) -> None:
    async with open_stage(tmp_path, era="current") as stage, stage.bot_running():
        stage.ada.use("imagine", prompt=STORY, model="flux-pro-1.1")
        card = await stage.ada.wait_for(says("does not currently offer"))
        [row] = await stage.ended()

    assert "nothing was charged. Choose another model." in card.text
    assert STORY in card.text
    assert (row["state"], row["error_code"], row["credits"]) == ("refused", "model_not_offered", 0)
    assert (len(stage.flux.requests), stage.flux.charges) == (1, [])


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.ATTACH_FILES, "Attach Files"),
        (Permission.SEND_MESSAGES | Permission.ATTACH_FILES, "Send Messages, Attach Files"),
    ],
)
async def test_a_channel_in_which_the_bot_may_not_post_pictures(
    stage: Stage, missing: Permission, words: str
) -> None:
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~missing)
    sentence = (
        f"I need these permissions in this channel: {words}. "
        "A server manager can allow them in the channel settings."
    )
    use = stage.ada.use("imagine", prompt=STORY)
    await check_refused(stage, use, sentence, given_back=STORY)


async def test_a_channel_without_attach_files_where_the_bot_is_no_member(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    permissions = DEFAULT_PERMISSIONS & ~Permission.ATTACH_FILES
    channel = stage.discord.add_channel("garden", guild, bot_permissions=permissions)
    use = stage.ada.use("imagine", prompt=STORY, channel=channel)
    await use.answered()

    assert use.message is not None
    assert use.message.private
    assert "Attach Files." in use.message.text
    assert (stage.flux.requests, stage.rows()) == ([], [])


async def test_embed_links_are_not_needed(stage: Stage) -> None:
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~Permission.EMBED_LINKS)
    stage.ada.use("imagine", prompt=STORY)

    assert await stage.ada.wait_for(has_picture)


async def begun(stage: Stage, use: InteractionResult) -> None:
    """Wait until Flux works on what was asked for, and the card is all that is to be seen."""
    await use.gone()
    await stage.until(lambda: [row["state"] for row in stage.rows()] == ["running"])


@pytest.mark.parametrize("missing", [Permission.ATTACH_FILES, Permission.VIEW_CHANNEL])
async def test_a_permission_taken_away_during_a_job_is_told_where_it_can_be(
    stage: Stage, missing: Permission
) -> None:
    stage.flux.misbehave("work", Hang())
    use = stage.ada.use("imagine", prompt=STORY)
    await begun(stage, use)
    stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS & ~missing)
    stage.flux.release()
    [row] = await stage.ended()

    if missing is Permission.VIEW_CHANNEL:
        await stage.discord.wait_until(lambda: bool(use.followups))
        [told] = use.followups
        assert told.private
    else:
        [told] = stage.ada.read()  # the card, which takes no picture and does take words
        assert not told.buttons
    assert "I don't have permission to post in this channel" in told.text
    assert "The image was generated and charged" in told.text
    assert STORY in told.text
    assert not any(map(has_picture, stage.ada.read()))
    assert (row["state"], row["error_code"]) == ("failed", "place_forbidden")
    assert row["credits"] == float(stage.flux.charges[0].credits)
    assert len(stage.spooled()) == 1


@pytest.mark.parametrize("way", ["command", "private command", "no member", "mention"])
async def test_a_channel_deleted_during_a_job_is_told_directly_and_keeps_the_picture(
    stage: Stage, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    guild = stage.discord.guild
    if way == "no member":
        guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("short-lived", guild)
    stage.flux.misbehave("work", Hang())
    if way == "mention":
        await chosen(stage.discord.person("Grace"), "settings", mention_generates=True)
        stage.ada.send(f"@Fluxcord {STORY}", channel=channel)
    else:
        private = way == "private command"
        stage.ada.use("imagine", prompt=STORY, private=private, channel=channel)
    await stage.ada.wait_for(says("Generating"), channel=channel)
    await stage.until(lambda: [row["state"] for row in stage.rows()] == ["running"])
    stage.discord.delete_channel(channel)
    stage.flux.release()
    [row] = await stage.ended()

    [told] = stage.ada.read(stage.ada.dm)
    assert "or its channel was deleted before the image could be posted" in told.text
    assert "The image was generated and charged; you can find it in `/history`" in told.text
    assert STORY in told.text
    assert (row["state"], row["error_code"]) == ("failed", "message_gone")
    assert row["credits"] == float(stage.flux.charges[0].credits)
    assert stage.spooled() == [image["file_name"] for image in stage.rows("images")]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    stage.ada.use("imagine", prompt="a lighthouse")
    assert await stage.ada.wait_for(has_picture)
