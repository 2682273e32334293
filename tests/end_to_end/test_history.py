"""/history: one's own requests and their pictures, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlite_utils

from sandbox.discord import Aim
from sandbox.discord.records import InteractionType
from sandbox.discord.use import Use
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage


async def listed(person: Person) -> SeenMessage:
    use = await person.use("history").answered()
    assert use.message is not None
    assert use.message.private
    return use.message


async def made(stage: Stage, prompt: str, **options: Any) -> SeenMessage:  # noqa: ANN401
    stage.ada.use("imagine", prompt=prompt, **options)
    pictures = sum(map(has_picture, stage.ada.read())) + 1
    await stage.discord.wait_until(lambda: sum(map(has_picture, stage.ada.read())) == pictures)
    await stage.ended()
    return [seen for seen in stage.ada.read() if has_picture(seen)][-1]


async def test_a_history_without_requests_says_so(stage: Stage) -> None:
    seen = await listed(stage.ada)
    assert "You have not asked for a picture yet" in seen.text
    assert seen.options == ()


async def test_history_lists_what_one_asked_for_newest_first(stage: Stage) -> None:
    first = await made(stage, "a lighthouse")
    stage.ada.use("imagine", prompt="an unlucky **boat** https://example.org")
    await stage.ada.wait_for(says("could not finish"))
    await stage.ended()

    seen = await listed(stage.ada)
    newest, _, oldest, _ = seen.text.split("\n")
    assert newest == r"an unlucky \*\*boat\*\* https\://example\.org"
    assert oldest == "a lighthouse"
    assert "failed · 0 credits" in seen.text
    assert "done · 0.216 credits" in seen.text
    link = f"https://discord.com/channels/{stage.discord.guild.id}/{first.channel_id}/{first.id}"
    assert f"({link})" in seen.text
    assert [option.name for option in seen.options] == ["a lighthouse"]


async def test_history_keeps_within_a_message(stage: Stage) -> None:
    for _ in range(11):
        await made(stage, "*" * 2_000)
    seen = await listed(stage.ada)
    assert len(seen.options) == 10
    assert len(seen.text) <= 4_000


async def test_history_shows_the_pictures_to_their_requester_alone(stage: Stage) -> None:
    posted = await made(stage, "a lighthouse", count=3)
    use = await stage.ada.pick(await listed(stage.ada), "a lighthouse")
    shown = await use.wait_for(has_picture)

    assert shown.private
    assert [image.data for image in shown.images] == [image.data for image in posted.images]
    assert len(shown.images) == 3


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
    shown = await Use(stage.discord.world, forged).wait_for(says("I know nothing of this request"))
    assert shown.images == ()


async def test_pictures_that_are_no_longer_kept_are_said_to_be_so(stage: Stage) -> None:
    await made(stage, "a lighthouse")
    seen = await listed(stage.ada)
    for path in (stage.folder / "spool").iterdir():
        path.unlink()
    use = await stage.ada.pick(seen, "a lighthouse")
    await use.wait_for(says("no longer kept here"))


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
    stage.discord.faults.status(413, Aim("@original$", "PATCH"), code=40005)
    use = await stage.ada.pick(await listed(stage.ada), "a lighthouse")
    await use.wait_for(says("Discord finds it too large"))
