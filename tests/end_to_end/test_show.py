"""/show: one's own pictures from anywhere, others' where one can see their channel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Permission
from sandbox.discord.component_types import Component
from sandbox.discord.records import Overwrite
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_menus import delete_paid

if TYPE_CHECKING:
    from sandbox.discord import Channel, Person, SeenMessage
    from tests.end_to_end.stage import Stage

UNKNOWN = "This request no longer exists"


async def made(
    stage: Stage,
    prompt: str,
    *,
    person: Person | None = None,
    **options: Any,  # noqa: ANN401
) -> str:
    """Let Ada, or somebody else, have a picture made; return its job's id."""
    before = len(stage.rows("jobs"))
    (person or stage.ada).use("imagine", prompt=prompt, **options)
    await stage.until(lambda: len(stage.rows("jobs")) > before)
    await stage.ended()
    job_id: str = stage.rows("jobs")[-1]["id"]
    return job_id


async def shown(person: Person, job: str, **options: Any) -> SeenMessage:  # noqa: ANN401
    use = person.use("show", job=job, **options)
    seen = await use.wait_for(lambda seen: not seen.thinking)
    assert seen.private
    return seen


def options_of(message: SeenMessage) -> list[dict[str, Any]]:
    rows = [part for part in message.raw["components"] if part["type"] == Component.ACTION_ROW]
    return [
        option for row in rows for part in row["components"] for option in part.get("options", ())
    ]


async def suggested(person: Person, typed: str = "", channel: Channel | None = None) -> list[str]:
    choices = await person.suggest("show", "job", typed, channel=channel)
    return [choice.name.partition(" (")[0] for choice in choices]


async def test_one_s_own_picture_is_found_by_its_words_and_shown_anywhere(stage: Stage) -> None:
    await made(stage, "a lighthouse", count=2)
    await made(stage, "a red boat")
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    for where in (None, stage.ada.dm, stage.discord.add_channel("garden", guild)):
        assert await suggested(stage.ada, channel=where) == ["a red boat", "a lighthouse"]
        assert await suggested(stage.ada, "RE oa", channel=where) == ["a red boat"]
        [choice] = await stage.ada.suggest("show", "job", "LIGHT", channel=where)
        seen = await shown(stage.ada, str(choice.value), channel=where)
        assert len(seen.images) == 2
        assert "Post here" in seen.buttons


async def test_equal_prompts_are_told_apart_by_model_and_number(stage: Stage) -> None:
    for model in ("flux-dev", "flux-pro", "flux-dev"):
        await made(stage, "a fox", model=model)
    names = [choice.name for choice in await stage.ada.suggest("show", "job", "fox")]
    like = re.compile(r"a fox \(\d+ s ago · flux-(dev|pro)( · job \w+)?\)")
    assert len({*names}) == 3
    assert all(map(like.fullmatch, names))
    assert ["flux-pro" in name for name in names] == [False, True, False]

    use = await stage.ada.use("history").answered()
    assert use.message is not None
    shown = [option["description"] for option in options_of(use.message)]
    assert len({*shown}) == 3
    assert all(re.fullmatch(r"\d+ s ago · flux-(dev|pro) · job \w+", each) for each in shown)


async def test_words_typed_out_find_the_newest_picture_one_s_own_first(stage: Stage) -> None:
    bob = stage.discord.person("Bob")
    for prompt in ("a tall lighthouse", "a red lighthouse"):
        await made(stage, prompt)
    assert "a red lighthouse" in (await shown(bob, "lighthouse")).text
    assert "a tall lighthouse" in (await shown(bob, "Tall lighthouse")).text
    await made(stage, "my lighthouse", person=bob, private=True)
    await made(stage, "a blue lighthouse")
    assert "my lighthouse" in (await shown(bob, "lighthouse")).text
    assert "a blue lighthouse" in (await shown(stage.ada, "lighthouse")).text
    assert UNKNOWN in (await shown(stage.ada, "my lighthouse")).text


async def test_what_stands_in_a_channel_is_shown_to_everybody_there(stage: Stage) -> None:
    job_id = await made(stage, "a lighthouse")
    bob = stage.discord.person("Bob")
    [choice] = await bob.suggest("show", "job", "light")
    assert choice.value == job_id
    assert choice.name.casefold().endswith(" · ada)")

    seen = await shown(bob, job_id)
    assert has_picture(seen)
    assert seen.buttons == ("Regenerate", "Edit", "Edit prompt", "Details")


async def test_from_another_channel_one_sees_what_one_may_look_at(stage: Stage) -> None:
    secret = stage.discord.add_channel("secret")
    bob = stage.discord.person("Bob")
    overwrite = Overwrite(deny=Permission.VIEW_CHANNEL, for_member=True)
    stage.discord.world.set_overwrite(secret, bob.user.id, overwrite)
    hidden = await made(stage, "a hidden lighthouse", channel=secret)
    open_one = await made(stage, "an open lighthouse", channel=stage.discord.add_channel("open"))

    assert await suggested(bob) == []
    assert has_picture(await shown(bob, open_one))
    assert UNKNOWN in (await shown(bob, hidden)).text
    assert has_picture(await shown(stage.ada, hidden))


async def test_from_another_server_or_a_direct_message_nobody_sees_others_pictures(
    stage: Stage,
) -> None:
    job_id = await made(stage, "a lighthouse")
    in_private = await made(stage, "a lighthouse in the letter", channel=stage.ada.dm)
    bob = stage.discord.person("Bob")
    elsewhere = stage.discord.add_channel("garden", stage.discord.add_guild("Elsewhere"))
    for where in (elsewhere, bob.dm):
        assert await suggested(bob, channel=where) == []
        assert UNKNOWN in (await shown(bob, job_id, channel=where)).text
    assert UNKNOWN in (await shown(bob, in_private)).text


async def test_a_private_thread_s_pictures_stay_there(stage: Stage) -> None:
    thread = stage.discord.add_thread("talk", private=True)
    job_id = await made(stage, "a lighthouse", channel=thread)
    bob = stage.discord.person("Bob")
    assert UNKNOWN in (await shown(bob, job_id)).text
    assert has_picture(await shown(stage.ada, job_id))


async def test_what_was_private_or_deleted_is_shown_to_nobody_else(stage: Stage) -> None:
    private = await made(stage, "a private lighthouse", private=True)
    deleted = await made(stage, "a deleted lighthouse")
    posted = [seen for seen in stage.ada.read() if has_picture(seen) and not seen.private][-1]
    await delete_paid(stage.ada, posted)
    await stage.until(lambda: stage.rows("jobs")[-1]["problem"] == "message_gone")

    bob = stage.discord.person("Bob")
    assert await suggested(bob) == []
    for job_id in (private, deleted):
        assert UNKNOWN in (await shown(bob, job_id)).text
        assert has_picture(await shown(stage.ada, job_id))


async def test_a_request_without_pictures_shows_how_far_it_is(stage: Stage) -> None:
    job_id = await made(stage, "an unlucky boat")
    seen = await shown(stage.ada, job_id.upper())
    assert "failed to generate" in seen.text
    assert "Try again" in seen.buttons
    assert UNKNOWN in (await shown(stage.discord.person("Bob"), job_id)).text


async def test_past_the_spool_s_age_a_link_remains_for_others_too(stage: Stage) -> None:
    job_id = await made(stage, "a lighthouse")
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    posted = [seen for seen in stage.ada.read() if has_picture(seen)][-1]
    for person in (stage.ada, stage.discord.person("Bob")):
        seen = await shown(person, job_id)
        assert "no longer saved" in seen.text
        assert f"/{posted.channel_id}/{posted.id})" in seen.text


@pytest.mark.parametrize("job", ["000000000000", "a harbour", "' or 1=1 --", "x" * 100, "\0"])
async def test_what_is_no_job_is_not_known(stage: Stage, job: str) -> None:
    await made(stage, "a lighthouse")
    use = await stage.discord.person("Bob").use("show", job=job).answered()
    assert use.message is not None
    assert UNKNOWN in use.message.text


async def test_suggestions_keep_within_discord_s_limits(stage: Stage) -> None:
    bob = stage.discord.person("Bob")
    for number in range(14):
        for person in (stage.ada, bob):
            await made(stage, f"{number} " + "lighthouse " * 50, person=person)
    choices = await stage.ada.suggest("show", "job", "lighthouse")
    assert len(choices) == 25
    assert sum(choice.name.casefold().endswith(" · bob)") for choice in choices) == 11
