"""Every button and every choice of every card, pressed after the bot that posted it has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Aim
from tests.end_to_end.stage import has_picture, says
from tests.end_to_end.test_buttons import failed, has, let_token_age, under_way
from tests.end_to_end.test_history import listed
from tests.end_to_end.test_menus import delete_paid, edited, made, opened, told, values
from tests.end_to_end.test_replies import answers, hint
from tests.end_to_end.test_result_buttons import another
from ui.buttons import JobAction, KeptAction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.discord import SeenMessage
    from tests.end_to_end.stage import Stage

    Prepare = Callable[[Stage], Awaitable[SeenMessage]]
    Press = Callable[[Stage, SeenMessage], Awaitable[object]]

GARDEN = "garden"


# What an earlier bot leaves behind


async def result(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        return await made(stage, count=2)


async def card_with_select(stage: Stage) -> SeenMessage:
    """Return the card of two pictures as version 1.0 posted it: a select, no numbers."""
    card = await result(stage)
    message = stage.discord.world.channels[card.channel_id].messages[card.id]
    [container] = message.body.components
    [job] = stage.rows("jobs")
    options = [{"label": f"Image {at}", "value": str(at)} for at in (1, 2)]
    select = {"type": 3, "id": 90, "custom_id": f"fluxcord:picture:{job['id']}", "options": options}
    *above, _, below = container["components"]
    rows = [{"type": 1, "id": 91, "components": [select]}, below]
    old = {**container, "components": [*above, *rows]}
    message.body = replace(message.body, components=(old,))
    seen = stage.ada.look_again(card)
    assert seen is not None
    return seen


async def opened_one(stage: Stage) -> SeenMessage:
    card = await result(stage)
    async with stage.bot_running():
        return await (await stage.ada.click(card, "2")).wait_for(has_picture)


async def job_under_way(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        return await under_way(stage)


async def failure(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        card = await failed(stage)
        await stage.ended()
        return card


async def overdue_response(stage: Stage) -> SeenMessage:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel(GARDEN, guild)
    async with stage.bot_running():
        await under_way(stage, channel)
    let_token_age(stage, timedelta(minutes=14, seconds=30))
    async with stage.bot_running():
        return await stage.ada.wait_for(has("Get image"), channel=channel)


async def refusal(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        use = stage.ada.use("imagine", prompt="a lighthouse", model="flux-nano")
        await told(use)
    assert use.message is not None
    return use.message


async def picker(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        reply = stage.ada.reply(await made(stage, count=2), "make it blue")
        asked = await stage.ada.wait_for(hint(reply))
        # A bot that is killed leaves it standing.
        stage.discord.faults.status(403, Aim(method="DELETE"), code=50013)
    return asked


async def page(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        for _ in range(6):
            await made(stage)
        return await listed(stage.ada)


async def kept_picture(stage: Stage) -> SeenMessage:
    async with stage.bot_running():
        await made(stage)
        use = await stage.ada.pick(await listed(stage.ada), "a lighthouse")
        return await use.wait_for(has_picture)


async def removal(stage: Stage) -> SeenMessage:
    card = await kept_picture(stage)
    async with stage.bot_running():
        use = await stage.ada.click(card, "Delete from history")
        return await use.wait_for(says("Delete this permanently?"))


# What a press on it has to do


async def again(stage: Stage, card: SeenMessage) -> None:
    new = await another(stage, stage.ada, await stage.ada.click(card, "Regenerate"))
    assert [image.data for image in new.images] == [image.data for image in card.images]


async def edit(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.click(card, "Edit")
    await edited(stage, stage.ada, use, prompt="make it night", picture="Image 2")
    assert stage.rows("jobs")[-1]["parent_position"] == 2


async def change(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.click(card, "Edit prompt")
    await edited(stage, stage.ada, use, prompt="a windmill")


async def details(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.click(card, "Details")
    assert len((await use.wait_for(says("**Details**"))).images) == 2


async def delete(stage: Stage, card: SeenMessage) -> None:
    await delete_paid(stage.ada, card)
    await stage.discord.wait_until(lambda: stage.ada.look_again(card) is None)


async def pick(stage: Stage, card: SeenMessage) -> None:
    bob = stage.discord.person("Bob")
    alone = await (await bob.pick(card, "Image 2")).wait_for(says("image 2 of 2"))
    assert [image.data for image in alone.images] == [card.images[1].data]
    use = await stage.ada.click(card, "Edit")
    await edited(stage, stage.ada, use, prompt="make it night", picture="Image 2")


async def open_one(stage: Stage, card: SeenMessage) -> None:
    alone = await (await stage.ada.click(card, "2")).wait_for(says("image 2 of 2"))
    assert [image.data for image in alone.images] == [card.images[1].data]


async def one(stage: Stage, card: SeenMessage) -> None:
    await another(stage, stage.ada, await stage.ada.click(card, "Regenerate one · 0.22 credits"))


async def to_dm(stage: Stage, card: SeenMessage) -> None:
    await (await stage.ada.click(card, "Send to DM")).wait_for(says("Sent to your DMs."))


async def original(stage: Stage, card: SeenMessage) -> None:
    await (await stage.ada.click(card, "Original")).wait_for(lambda seen: bool(seen.files))


async def cancel(stage: Stage, card: SeenMessage) -> None:
    await stage.ada.click(card, "Cancel")
    await stage.ada.wait_for(says("so you are charged"))
    stage.flux.release()
    await stage.ended()


async def retry(stage: Stage, card: SeenMessage) -> None:
    await another(stage, stage.ada, await stage.ada.click(card, "Try again"))


async def collect(stage: Stage, card: SeenMessage) -> None:
    channel = stage.discord.world.channels[card.channel_id]
    await (await stage.ada.click(card, "Get image")).answered()
    await stage.ada.wait_for(has("Cancel"), channel=channel)
    stage.flux.release()
    assert (await stage.ada.wait_for(has_picture, channel=channel)).id == card.id
    await stage.ended()


async def reopen(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.click(card, "Try again")
    assert values(await opened(use))["prompt"] == "a lighthouse"
    await edited(stage, stage.ada, use)


async def choose(stage: Stage, card: SeenMessage) -> None:
    await stage.ada.pick(card, "2")
    [asked] = [seen for seen in stage.ada.read() if seen.id == card.reply_to]
    await stage.ada.wait_for(answers(asked))
    await stage.ended()


async def turn(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.click(card, "Older")
    older = await use.wait_for(says("6 to 6"))
    use = await stage.ada.click(older, "Newer")
    await use.wait_for(says("1 to 5"))


async def open_kept(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.pick(card, card.options[0].name)
    assert len((await use.wait_for(has_picture)).images) == 1


async def post(stage: Stage, card: SeenMessage) -> None:
    await stage.ada.click(card, "Post here")
    bob = stage.discord.person("Bob")
    await stage.discord.wait_until(lambda: sum(map(has_picture, bob.read())) == 2)


async def ask(stage: Stage, card: SeenMessage) -> None:
    use = await stage.ada.click(card, "Delete from history")
    await use.wait_for(says("Delete this permanently?"))


async def remove(stage: Stage, card: SeenMessage) -> None:
    await (await stage.ada.click(card, "Delete permanently")).wait_for(says("Deleted from"))
    assert stage.spooled() == []


async def keep(stage: Stage, card: SeenMessage) -> None:
    await (await stage.ada.click(card, "Cancel")).wait_for(has_picture)


CARDS: dict[str, tuple[Prepare, Press]] = {
    JobAction.AGAIN: (result, again),
    JobAction.EDIT: (result, edit),
    JobAction.CHANGE: (result, change),
    JobAction.DETAILS: (result, details),
    JobAction.DELETE: (result, delete),
    JobAction.CANCEL: (job_under_way, cancel),
    JobAction.RETRY: (failure, retry),
    JobAction.COLLECT: (overdue_response, collect),
    KeptAction.POST: (kept_picture, post),
    KeptAction.ASK: (kept_picture, ask),
    KeptAction.REMOVE: (removal, remove),
    KeptAction.SHOW: (removal, keep),
    JobAction.ONE: (opened_one, one),
    JobAction.ORIGINAL: (opened_one, original),
    JobAction.DM: (opened_one, to_dm),
    "open": (result, open_one),
    "picture": (card_with_select, pick),
    "pictures": (page, open_kept),
    "page": (page, turn),
    "choose": (picker, choose),
    "draft": (refusal, reopen),
}
"""By what stands in the custom_id."""


def kinds_of(message: SeenMessage) -> set[str]:
    """Return what the buttons and selects of a message are, by their custom_ids."""
    found: set[str] = set()
    waiting: list[dict[str, Any]] = [*message.raw["components"]]
    while waiting:
        part = waiting.pop()
        waiting += part.get("components", ())
        if "custom_id" in part:
            words = part["custom_id"].split(":")
            found.add(words[2] if words[1] == "kept" else words[1])
    return found


@pytest.mark.parametrize("kind", CARDS)
async def test_a_card_of_an_earlier_bot_works(idle_stage: Stage, kind: str) -> None:
    prepare, press = CARDS[kind]
    card = await prepare(idle_stage)
    assert kind in kinds_of(card)
    assert kinds_of(card) <= CARDS.keys()
    async with idle_stage.bot_running():
        await press(idle_stage, card)


def test_no_button_was_forgotten() -> None:
    assert {*JobAction, *KeptAction} <= CARDS.keys()
