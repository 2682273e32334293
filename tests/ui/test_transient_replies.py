from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.images.transient_replies import HINTS_EACH, TransientReplies
from ui.components import Card

if TYPE_CHECKING:
    import discord

    from sandbox.discord import SeenMessage
    from tests.ui.office import Office


async def written(office: Office, text: str = "hello") -> discord.Message:
    sent = office.discord.person("Ada").send(text)
    return await office.client.get_partial_messageable(sent.channel_id).fetch_message(sent.id)


def said(office: Office) -> list[SeenMessage]:
    return [seen for seen in office.discord.person("Ada").read() if seen.author == "Fluxcord"]


async def test_a_hint_is_a_reply_without_ping_that_goes_away(office: Office) -> None:
    hints = TransientReplies(lasts_s=0.05)
    message = await written(office)
    hints.give(message, Card("Say more."))
    seen = await office.discord.person("Ada").wait_for(lambda seen: seen.text == "Say more.")

    assert seen.reply_to == message.id
    assert seen.raw["mentions"] == []
    await office.discord.wait_until(lambda: not said(office))


async def test_one_message_gets_one_hint(office: Office) -> None:
    hints = TransientReplies()
    message = await written(office)
    for _ in range(2):
        hints.give(message, Card("Say more."))
    other = await written(office)
    hints.give(other, Card("Last."))
    await office.discord.wait_until(lambda: "Last." in [seen.text for seen in said(office)])

    assert len(said(office)) == 2
    await hints.close()
    assert said(office) == []


async def test_nobody_makes_the_bot_flood_a_channel(office: Office) -> None:
    hints = TransientReplies()
    for number in range(HINTS_EACH + 2):
        hints.give(await written(office), Card(f"Number {number}"))
    await office.discord.wait_until(lambda: len(said(office)) == HINTS_EACH)

    await hints.close()
    assert said(office) == []


async def test_a_hint_that_cannot_be_given_harms_nothing(office: Office) -> None:
    hints = TransientReplies(lasts_s=0.01)
    message = await written(office)
    office.discord.set_bot_permissions(0)
    hints.give(message, Card("Say more."))

    await hints.close()
    assert said(office) == []
