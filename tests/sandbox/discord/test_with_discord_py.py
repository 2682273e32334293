"""An unmodified discord.py client lives in the world as it would on Discord."""

import asyncio

import discord
import pytest

from sandbox.discord import Aim, ClientRefusedError, LocalDiscord, SeenMessage, Trouble, Upload
from tests.patience import PATIENCE_S
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.tinybot import TinyBot


async def finished_card(world: LocalDiscord) -> SeenMessage:
    ada = world.person()
    ada.use("imagine", prompt="a fox")
    return await ada.wait_for(lambda message: message.text.startswith("done"))


async def test_slash_command_becomes_a_channel_message(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    ada = world.person()
    use = ada.use("imagine", prompt="a fox")
    await use.answered()
    assert use.callback_type == 5
    card = await ada.wait_for(lambda message: message.text == "done a fox")
    await use.gone()
    assert use.message is None
    (image,) = card.images
    assert (image.filename, image.width, image.height) == ("better.png", 32, 16)
    assert (image.alt, image.data) == ("a fox", png(32, 16))
    assert card.buttons == ("Regenerate", "Docs")
    assert card.accent_color == 0x5865F2
    assert not card.private
    assert card.edited_at
    assert card.raw["attachments"] == []
    assert ada.read() == [card]


async def test_the_bot_asked_for_nothing_but_what_is_recorded(
    world: LocalDiscord, bot: TinyBot
) -> None:
    del bot
    card = await finished_card(world)
    await world.wait_until(lambda: world.requests[-1].method == "DELETE")
    channel = f"/channels/{world.channel.id}/messages"
    assert [(request.method, request.path) for request in world.requests][-4:] == [
        ("POST", world.requests[-4].path),
        ("POST", channel),
        ("PATCH", f"{channel}/{card.id}"),
        ("DELETE", f"/webhooks/{world.world.bot.id}/:token/messages/@original"),
    ]
    assert world.requests[-4].path.endswith("/:token/callback")
    assert world.requests[-3].files == ("fox.png",)
    assert world.bot_token not in repr(world.requests)


async def test_autocomplete(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    choices = await world.person().suggest("imagine", "model", "flux", prompt="x")
    assert [choice.value for choice in choices] == ["flux", "flux-pro"]


async def test_attachment_option_is_read_by_the_bot(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    picture = png(20, 10)
    use = world.person().use("describe", picture=Upload("mine.png", picture))
    await use.answered()
    assert use.message is not None
    assert use.message.text == f"20x10 image/png {len(picture)}"


async def test_subcommand_with_a_person_and_a_followup(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    ada, bob = world.person(), world.person("Bob")
    use = ada.use("limits set", count=3, who=bob.user)
    further = await ada.wait_for(lambda message: message.text == "further")
    assert use.message is not None
    assert use.message.text == "3 bob"
    assert further.private
    assert use.followups == [further]
    assert bob.read() == []


async def test_click_modal_and_submit(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    ada = world.person()
    card = await finished_card(world)
    opened = await (await ada.click(card, "Regenerate")).answered()
    assert opened.modal is not None
    assert opened.modal.title == "Edit prompt"
    assert [seen.label for seen in opened.modal.fields] == ["Prompt", "Files"]
    submitted = await ada.submit(opened, Prompt="a cat", Files=Upload("a.txt", b"hello"))
    await submitted.answered()
    assert submitted.message is not None
    assert submitted.message.text == "a cat [5]"
    with pytest.raises(ClientRefusedError):
        await ada.click(card, "Docs")


async def test_pick_updates_the_message(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    ada = world.person()
    use = await ada.pick(await finished_card(world), "First")
    await use.answered()
    assert use.callback_type == 7
    (message,) = ada.read()
    assert (message.text, message.images) == ("picked", ())


async def test_message_command(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    ada = world.person()
    post = ada.send("look", uploads=[Upload("a.png", png(2, 2))])
    use = await ada.use_on(post, "Look at").answered()
    assert use.message is not None
    assert use.message.text == "look 1"


async def test_cut_gateway_is_resumed_and_nothing_is_lost(
    world: LocalDiscord, bot: TinyBot
) -> None:
    world.cut_gateway()
    use = world.person().use("limits set", count=1)
    await use.answered()
    assert use.failed is None
    assert bot.resumes == 1


async def test_lost_session_leaves_the_person_without_an_answer(
    world: LocalDiscord, bot: TinyBot
) -> None:
    del bot
    world.cut_gateway(resumable=False)
    use = await world.person().use("limits set", count=1).answered()
    assert use.failed == "The application did not respond"


async def test_user_installed_place(world: LocalDiscord, bot: TinyBot) -> None:
    ada = world.person()
    elsewhere = world.add_channel("general", world.add_guild("Elsewhere", bot_is_member=False))
    use = ada.use("imagine", channel=elsewhere, prompt="a fox")
    seen = await use.wait_for(lambda message: not message.thinking)
    assert (seen.text, len(seen.images)) == ("a fox", 1)
    assert bot.get_guild(elsewhere.guild.id if elsewhere.guild else 0) is None


async def test_replies_are_read_only_where_they_ping(world: LocalDiscord, bot: TinyBot) -> None:
    ada = world.person()
    card = await finished_card(world)
    ada.send("to nobody")
    ada.reply(card, "with ping")
    ada.reply(card, "without ping", ping=False)
    ada.send("hello @Bot")
    ada.send("in private", channel=ada.dm)
    ping = ada.send("@Bot last")
    await world.person().use("limits set", count=1).answered()
    texts = [message.content for message in bot.seen if not message.author.bot]
    mention = f"<@{world.world.bot.id}>"
    assert texts == ["", "with ping", "", f"hello {mention}", "in private", f"{mention} last"]
    assert ping.text == f"{mention} last"
    (reply,) = (message for message in bot.seen if message.content == "with ping")
    assert reply.reference is not None
    assert isinstance(reply.reference.resolved, type(reply))
    assert reply.reference.resolved.id == card.id


async def test_permissions_reach_the_bot(world: LocalDiscord, bot: TinyBot) -> None:
    world.set_bot_permissions(1 << 10)
    await world.person().use("limits set", count=1).answered()
    guild = bot.get_guild(world.guild.id)
    assert guild is not None
    channel = guild.get_channel(world.channel.id)
    assert channel is not None
    permissions = channel.permissions_for(guild.me)
    assert permissions.view_channel
    assert not permissions.send_messages


@pytest.mark.parametrize("plain", [True, False])
async def test_reconnect_is_followed_by_a_resume(
    world: LocalDiscord,
    bot: TinyBot,
    plain: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    world.gateway.plain_text = plain
    world.gateway.reconnect()
    await asyncio.wait_for(bot.resumed.wait(), PATIENCE_S)
    use = world.person().use("limits set", count=1)
    await use.answered()
    assert use.failed is None


async def test_a_rate_limit_is_waited_out(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    world.faults.rate_limit(0.01, Aim("/messages$", "POST"))
    card = await finished_card(world)
    assert [one.trouble for one in world.faults.log] == [Trouble.RATE_LIMIT]
    assert card.images


async def test_a_repeated_send_is_one_message(world: LocalDiscord, bot: TinyBot) -> None:
    del bot
    world.faults.drop(Aim("@original$", "DELETE"))
    world.faults.rate_limit(0.01, Aim("/messages$", "POST", after=True))
    await finished_card(world)
    assert len([one for one in world.person().read() if one.images]) == 1


class Sharded(discord.AutoShardedClient):
    """Two shards, which need not wait for each other to identify."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, messages=True))
        self.heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        del shard_id, initial

    async def on_message(self, message: discord.Message) -> None:
        guild = message.guild
        self.heard.put_nowait((guild.name, guild.shard_id) if guild else ("DM", 0))


async def test_shards_each_get_the_events_of_their_guilds(
    world: LocalDiscord, addresses: None
) -> None:
    del addresses
    world.gateway.shards = 2
    guilds = [world.guild]
    while len(guilds) < 4:
        world.clock.advance(0.001)
        guilds.append(world.add_guild(f"Guild {len(guilds)}"))
    client, ada = Sharded(), world.person()
    task = asyncio.create_task(client.start(world.bot_token))
    try:
        await world.wait_until(lambda: len(world.gateway.sessions) == 2)
        await client.wait_until_ready()
        assert {guild.name: guild.shard_id for guild in client.guilds} == {
            guild.name: (guild.id >> 22) % 2 for guild in guilds
        }
        for guild in guilds:
            ada.send("hello", channel=world.add_channel("talk", guild))
        ada.send("hello", channel=ada.dm)
        async with asyncio.timeout(PATIENCE_S):
            heard = [await client.heard.get() for _ in range(5)]
    finally:
        await client.close()
        await task
    assert sorted(heard) == sorted(
        [("DM", 0), *((guild.name, (guild.id >> 22) % 2) for guild in guilds)]
    )
