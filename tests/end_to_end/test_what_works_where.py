"""The table of docs/commands.md that says what works where: each of its cells is tried."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from sandbox.discord import DEFAULT_PERMISSIONS, ClientRefusedError, Upload
from tests.end_to_end.panels import chosen
from tests.end_to_end.scenes import ABSENT, ALONE, COLLECT, DONE, PLACES, SILENCE, Scene, in_words
from tests.end_to_end.stage import has_picture
from tests.end_to_end.test_buttons import has, let_token_age, under_way
from tests.end_to_end.test_menus import delete_paid
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.discord import InteractionResult
    from tests.end_to_end.stage import Stage

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
PHOTO = Upload("photo.png", picture_bytes(HILL))

LATE_S: Final = 16 * 60


async def the_same(*tries: Awaitable[str]) -> str:
    """Return what comes of each, which has to be the same."""
    [outcome] = {await each for each in tries}
    return outcome


# What is tried there


async def commands(scene: Scene, *, private: bool = False) -> str:
    scene.close()

    def imagine() -> Awaitable[InteractionResult]:
        options = {"private": True} if private else {}
        use = scene.ada.use("imagine", prompt="a boat", channel=scene.channel, **options)
        return use.answered()

    def edit() -> Awaitable[InteractionResult]:
        options = {"private": True} if private else {}
        use = scene.ada.use("edit", prompt="x", image=PHOTO, channel=scene.channel, **options)
        return use.answered()

    return await the_same(scene.came_of(imagine), scene.came_of(edit))


async def private_commands(scene: Scene) -> str:
    return await commands(scene, private=True)


async def reply(scene: Scene) -> str:
    card = await scene.card()

    async def act() -> None:
        scene.ada.reply(card, "make it night")

    return await scene.came_of(act)


async def mention(scene: Scene) -> str:
    scene.close()

    async def act() -> None:
        scene.ada.send("@Fluxcord make it night", uploads=[PHOTO], channel=scene.channel)

    return await scene.came_of(act)


async def words_alone(scene: Scene) -> str:
    scene.close()
    owner = scene.stage.discord.person("Grace")
    await chosen(owner, "settings", mention_generates=True)

    async def act() -> None:
        scene.ada.send("@Fluxcord a boat", channel=scene.channel)

    return await scene.came_of(act)


async def edit_image(scene: Scene) -> str:
    card = await scene.card()

    async def act() -> None:
        await scene.fill_in(scene.ada.use_on(card, "Edit image"))

    return await scene.came_of(act)


async def ways_on(scene: Scene) -> str:
    failure = await scene.failure()
    retried = await scene.came_of(lambda: scene.ada.click(failure, "Try again"))
    if scene.closed:
        scene.stage.discord.set_bot_permissions(DEFAULT_PERMISSIONS, scene.channel)
    card = await scene.card()
    again = await scene.came_of(lambda: scene.ada.click(card, "Regenerate"))
    outcomes = {retried, again}
    for label in ("Edit", "Edit prompt"):

        async def act(label: str = label) -> None:
            await scene.fill_in(await scene.ada.click(card, label))

        outcomes.add(await scene.came_of(act))
    [outcome] = outcomes
    return outcome


async def one_picture(scene: Scene) -> str:
    card = await scene.card(count=2)
    return await scene.came_of(lambda: scene.ada.click(card, "2"))


async def details(scene: Scene) -> str:
    card = await scene.card()
    return await the_same(
        scene.came_of(lambda: scene.ada.click(card, "Details")),
        scene.came_of(lambda: scene.ada.use_on(card, "Image details").answered()),
    )


async def delete(scene: Scene) -> str:
    card = await scene.card()
    await delete_paid(scene.ada, card)
    await scene.stage.discord.wait_until(lambda: scene.ada.look_again(card) is None)
    return DONE


async def own_things(scene: Scene) -> str:
    await scene.card()
    [job] = scene.stage.rows("jobs")
    where = scene.channel
    return await the_same(
        scene.came_of(lambda: scene.ada.use("history", channel=where).wait_for(has_picture)),
        scene.came_of(
            lambda: scene.ada.use("show", job=job["id"], channel=where).wait_for(has_picture)
        ),
        scene.came_of(lambda: scene.ada.use("style list", channel=where).answered()),
    )


async def post_here(scene: Scene) -> str:
    await scene.card()
    page = scene.ada.use("history", channel=scene.channel)
    listed = await page.wait_for(has_picture)  # its previews come last
    shown = await (await scene.ada.pick(listed, "a lighthouse")).wait_for(has_picture)
    return await scene.came_of(lambda: scene.ada.click(shown, "Post here"))


async def settings(scene: Scene) -> str:
    scene.close()
    owner = scene.stage.discord.person("Grace")

    async def act() -> None:
        use = owner.use("settings", channel=scene.channel)
        await use.answered()
        assert use.message is not None
        assert use.message.private

    try:
        await act()
    except ClientRefusedError:
        return ABSENT
    return ALONE


async def late(scene: Scene) -> str:
    """Ask for a picture that is there 16 minutes after it was asked for."""
    stage, where = scene.stage, scene.channel
    async with stage.bot_running():
        if scene.closed:
            return await commands(scene)
        card = await under_way(stage, where)
    let_token_age(stage, timedelta(minutes=14, seconds=30))
    async with stage.bot_running():
        [job] = stage.rows("jobs")
        if job["delivery"] == "response":
            card = await stage.ada.wait_for(has("Get image"), channel=where)
        for interaction in stage.discord.world.interactions.values():
            interaction.created_at -= LATE_S
        stage.flux.release()
        await stage.ended()
        if "Get image" in card.buttons:
            await stage.ada.click(card, "Get image")
        shown = await stage.ada.wait_for(has_picture, channel=where)
        assert shown.id == card.id
        return COLLECT if "Get image" in card.buttons else in_words(shown)


ROWS: dict[str, Callable[[Scene], Awaitable[str]]] = {
    "`/imagine`, `/edit`": commands,
    "the same with `private:True`": private_commands,
    "reply to an image of the bot": reply,
    "mention with an image": mention,
    "mention with a prompt, if enabled": words_alone,
    "menu: Edit image": edit_image,
    "Regenerate, Edit, Edit prompt, Try again": ways_on,
    "number buttons of several images": one_picture,
    "Details, menu: Image details": details,
    "Delete": delete,
    "`/history`, `/show`, `/style`": own_things,
    "`/history`: Post here": post_here,
    "`/settings`": settings,
    "image that takes over 15 minutes": late,
}


def table() -> dict[tuple[str, str], str]:
    """Return the cells of the table in docs/commands.md, by row and column."""
    section = PAGE.read_text("utf-8").partition("## Availability")[2].partition("\n#")[0]
    [heading, _, *lines] = [line for line in section.splitlines() if line.startswith("|")]
    columns = _cells(heading)[1:]
    return {
        (row, column): cell
        for row, *cells in map(_cells, lines)
        for column, cell in zip(columns, cells, strict=True)
    }


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_has_a_cell_for_everything() -> None:
    assert table().keys() == {(row, column) for row in ROWS for column in PLACES}


@pytest.mark.parametrize(("row", "column"), table())
async def test_a_cell_of_the_table_is_true(idle_stage: Stage, row: str, column: str) -> None:
    promised = table()[row, column]
    scene = PLACES[column](idle_stage)
    scene.hushed = promised == SILENCE
    running = nullcontext() if ROWS[row] is late else idle_stage.bot_running()
    async with running:
        assert await ROWS[row](scene) == promised
