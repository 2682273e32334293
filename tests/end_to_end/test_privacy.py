"""/privacy: what is handed over, what is deleted, and what is left of it on the disk."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import Upload
from sandbox.flux.faults import Hang
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.photos import HILL, picture_bytes
from tests.traces import traces

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord import InteractionResult, Person, SeenMessage
    from tests.end_to_end.stage import Stage

NUMBERS: Final = ("interaction_id", "message_id", "source_message_id", "reply_to")
SHORT: Final = 4
TEXTS: Final = ("prompt", "user_name", "task_id", "trace_id", "source_url")


def named_by(rows: list[dict[str, Any]]) -> list[int | str]:
    """Return what leads to somebody in rows of `jobs`.

    A name of a few letters may stand in a number of a job by chance.
    """
    found = [row[column] for row in rows for column in (*NUMBERS, *TEXTS) if row[column]]
    return [each for each in found if len(str(each)) > SHORT]


async def deleted(person: Person) -> SeenMessage:
    """Delete everything about a person; return what they read in the end."""
    use = await person.use("privacy delete").answered()
    assert use.message is not None
    assert use.message.private
    pressed = await person.click(use.message, use.message.buttons[0])
    return await done(pressed)


async def done(pressed: InteractionResult) -> SeenMessage:
    return await pressed.wait_for(
        lambda message: "Deleted." in message.text or "已删除" in message.text
    )


async def test_no_file_holds_anything_of_a_person_who_deleted_it(stage: Stage) -> None:
    ada, grace = stage.discord.person("Heliodora"), stage.discord.person("Grace")
    ada.use("imagine", prompt="a peculiar heliotrope lighthouse")
    picture = await ada.wait_for(has_picture)
    ada.use("edit", image=Upload("p.png", picture_bytes(HILL)), prompt="heliotrope by night")
    await ada.wait_for(lambda seen: has_picture(seen) and seen.id != picture.id)
    await ada.use("imagine", prompt="heliotrope refused", size="17:1").answered()
    await ada.use("style save", name="heliotrope", before="heliotrope words").answered()
    grace.use("imagine", prompt="a plain harbour")
    await grace.wait_for(lambda seen: has_picture(seen) and "harbour" in seen.text)
    await stage.ended()
    hers = [row for row in stage.rows("jobs") if row["user_id"] == ada.user.id]
    others = [row for row in stage.rows("jobs") if row["user_id"] == grace.user.id]
    named = [ada.user.id, "heliotrope", "heliodora", *named_by(hers)]
    assert {thing for _, thing in traces(stage.folder, named)} == set(named)
    files = len(stage.spooled())

    said = await deleted(ada)

    assert "Your data is gone" in said.text
    assert "Requests still in progress" not in said.text
    assert traces(stage.folder, named) == []
    assert len(stage.spooled()) == files - 3
    assert {thing for _, thing in traces(stage.folder, named_by(others))} == set(named_by(others))
    history = await ada.use("history").answered()
    assert history.message is not None
    assert "You have no images yet" in history.message.text


async def test_nothing_of_it_is_left_after_the_bot_has_stopped(idle_stage: Stage) -> None:
    stage = idle_stage
    async with stage.bot_running():
        stage.ada.use("imagine", prompt="a heliotrope lighthouse")
        await stage.ada.wait_for(has_picture)
        await stage.ended()
        named = [stage.ada.user.id, "heliotrope", *named_by(stage.rows("jobs"))]
        await deleted(stage.ada)

    assert traces(stage.folder, named) == []
    async with stage.bot_running():
        assert traces(stage.folder, named) == []
    assert stage.borne()["user"] == 0.216


async def test_a_spent_budget_stays_spent(tmp_path: Path) -> None:
    async with open_stage(tmp_path, USER_CREDITS_PER_DAY="0.3") as stage, stage.bot_running():
        stage.ada.use("imagine", prompt="a lighthouse")
        await stage.ada.wait_for(has_picture)
        await stage.ended()
        await deleted(stage.ada)

        use = await stage.ada.use("imagine", prompt="another one").answered()
        assert use.message is not None
        assert "exceed" in use.message.text
        assert "<t:" in use.message.text
        assert stage.borne() == {"user": 0.216, "house": 0}
        grace = stage.discord.person("Grace")
        grace.use("imagine", prompt="hers")
        await grace.wait_for(lambda seen: has_picture(seen) and "hers" in seen.text)


async def test_what_is_under_way_goes_when_it_has_ended(stage: Stage) -> None:
    stage.flux.misbehave("work", Hang())
    stage.ada.use("imagine", prompt="a heliotrope lighthouse")
    await stage.running(1)
    said = await deleted(stage.ada)

    assert "Requests still in progress: 1." in said.text
    [row] = stage.rows("jobs")
    assert row["prompt"] == "a heliotrope lighthouse"
    named = [stage.ada.user.id, "heliotrope", *named_by([row])]
    stage.flux.release()
    await stage.until(lambda: stage.rows("jobs")[0]["erased_at"] is not None)
    await stage.until(lambda: traces(stage.folder, named) == [])
    assert stage.spooled() == []


async def test_what_takes_longer_than_an_answer_may_is_told_by_direct_message(
    stage: Stage,
) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    await stage.ended()
    # Another program that reads keeps the log from being emptied.
    reader = sqlite3.connect(stage.folder / "fluxcord.db", isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from jobs").fetchone()
    use = await stage.ada.use("privacy delete").answered()
    assert use.message is not None
    pressed = await stage.ada.click(use.message, "Delete everything")
    await pressed.wait_for(says("Deleting."))
    stage.discord.clock.advance(16 * 60)
    reader.close()

    said = await stage.ada.wait_for(says("**Deleted.**"), channel=stage.ada.dm)
    assert "Your data is gone" in said.text


async def test_the_export_holds_what_was_asked_and_made(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse", count=2)
    pictures = await stage.ada.wait_for(has_picture)
    await stage.ended()

    use = await stage.ada.use("privacy export").answered()
    message = await use.wait_for(says("**Your data.**"))

    assert message.private
    assert "Requests: 1, images: 2." in message.text
    [file] = message.files
    with zipfile.ZipFile(io.BytesIO(file.data)) as opened:
        [request] = json.loads(opened.read("requests-0001.json"))
        made = [opened.read(name) for name in opened.namelist() if name.startswith("pictures/")]
    assert request["prompt"] == "a lighthouse"
    assert "interaction_token" not in request
    assert made == [image.data for image in pictures.images]
    await stage.until(lambda: not [*(stage.folder / "exports").iterdir()])


async def test_it_is_told_in_chinese_too(stage: Stage) -> None:
    stage.ada.locale = "zh-CN"
    use = await stage.ada.use("privacy delete").answered()
    assert use.message is not None
    assert "要删除你的所有数据吗" in use.message.text
    pressed = await stage.ada.click(use.message, "全部删除")
    assert "你的数据已清除" in (await done(pressed)).text
    export = await stage.ada.use("privacy export").answered()
    assert "请求：0 个" in (await export.wait_for(says("请求："))).text
