"""Threads, forums, groups, roles and permissions, as the bot meets them."""

import pytest

from sandbox.discord import ClientRefusedError, LocalDiscord, Permission, Upload
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Raw
from tests.sandbox.discord.socket import COMMANDS, Gateway
from tests.sandbox.discord.tinybot import TinyBot


async def test_a_thread_of_a_message(world: LocalDiscord, raw: Raw, listening: Gateway) -> None:
    message = world.person().send("x")
    path = f"{raw.messages}/{message.id}/threads"
    started = await raw.call("POST", path, {"name": "Talk", "auto_archive_duration": 60})
    assert started.status == 201
    assert started.body["id"] == str(message.id)
    assert started.body["parent_id"] == str(world.channel.id)
    assert started.body["thread_metadata"]["auto_archive_duration"] == 60
    assert (await listening.event("THREAD_CREATE"))["id"] == str(message.id)
    sent = await raw.call("POST", f"/channels/{message.id}/messages", {"content": "inside"})
    assert sent.status == 200


async def test_a_thread_of_no_message_is_private_unless_it_says_public(
    world: LocalDiscord, raw: Raw
) -> None:
    path = f"/channels/{world.channel.id}/threads"
    assert (await raw.call("POST", path, {"name": "Talk"})).body["type"] == 12
    assert (await raw.call("POST", path, {"name": "Talk", "type": 11})).body["type"] == 11


async def test_a_thread_goes_with_its_channel(
    world: LocalDiscord, raw: Raw, listening: Gateway
) -> None:
    thread = world.add_thread("Talk")
    world.delete_channel(world.channel)
    assert (await listening.event("THREAD_DELETE"))["id"] == str(thread.id)
    assert (await raw.call("GET", f"/channels/{thread.id}")).code == 10003


async def test_a_post_of_a_forum(world: LocalDiscord, raw: Raw, listening: Gateway) -> None:
    forum = world.add_forum("gallery")
    first = {"name": "Foxes", "message": {"content": "the first"}}
    posted = await raw.call("POST", f"/channels/{forum.id}/threads", first, (("a.png", png(2, 2)),))
    assert posted.body["message"]["id"] == posted.body["id"]
    assert len(posted.body["message"]["attachments"]) == 1
    broken = {"name": "Foxes", "message": {"content": "x" * 2001}}
    refused = await raw.call("POST", f"/channels/{forum.id}/threads", broken)
    assert refused.places == {"message.content"}
    own = world.person().open_post(forum, "Mine", "@Bot look")
    while (event := await listening.event("MESSAGE_CREATE"))["channel_id"] != str(own.id):
        pass
    assert event["id"] == str(own.id)


async def test_an_interaction_in_a_thread(world: LocalDiscord, listening: Gateway) -> None:
    thread = world.add_thread("Talk")
    world.person().use("imagine", channel=thread)
    payload = await listening.event("INTERACTION_CREATE")
    assert payload["channel"]["parent_id"] == str(world.channel.id)
    assert payload["channel"].keys() >= {"thread_metadata", "owner_id", "permissions"}
    assert payload["context"] == 0


async def test_groups_know_only_what_people_installed(
    world: LocalDiscord, raw: Raw, listening: Gateway
) -> None:
    ada = world.person()
    group = world.add_group(ada, world.person("Bob"))
    with pytest.raises(ClientRefusedError):
        ada.use("edit", channel=group)
    use = ada.use("imagine", channel=group)
    payload = await listening.event("INTERACTION_CREATE")
    assert "guild_id" not in payload
    assert payload["user"]["id"] == str(ada.user.id)
    path = f"/interactions/{use.interaction.id}/{use.interaction.token}/callback"
    await raw.call("POST", path, {"type": 4, "data": {"content": "hello"}})
    assert [message.text for message in world.person("Bob").read(group)] == ["hello"]
    assert (await raw.call("GET", f"/channels/{group.id}/messages")).code == 50001


async def test_both_installations_are_named(world: LocalDiscord, listening: Gateway) -> None:
    ada = world.person()
    ada.install_app()
    ada.use("imagine")
    owners = (await listening.event("INTERACTION_CREATE"))["authorizing_integration_owners"]
    assert owners == {"0": str(world.guild.id), "1": str(ada.user.id)}


async def test_the_greater_file_limit_is_told(world: LocalDiscord, listening: Gateway) -> None:
    world.person("Bea", file_limit=500 << 20).use("imagine")
    payload = await listening.event("INTERACTION_CREATE")
    assert payload["attachment_size_limit"] == 500 << 20


async def test_a_role_can_be_given_and_chosen(
    world: LocalDiscord, raw: Raw, listening: Gateway
) -> None:
    role = world.add_role("Painters", mentionable=True)
    world.give_role(role, world.world.bot)
    assert (await listening.event("GUILD_ROLE_CREATE"))["role"]["name"] == "Painters"
    assert str(role.id) in (await listening.event("GUILD_MEMBER_UPDATE"))["roles"]
    chosen = {"type": 8, "name": "who", "description": "Who"}
    await raw.call(
        "PUT",
        f"/applications/{world.world.bot.id}/commands",
        [{**COMMANDS[0], "options": [chosen]}],
    )
    world.person().use("imagine", who=role)
    data = (await listening.event("INTERACTION_CREATE"))["data"]
    assert data["resolved"]["roles"][str(role.id)]["name"] == "Painters"


async def test_a_deleted_role_is_nobody_s_any_more(
    world: LocalDiscord, raw: Raw, listening: Gateway
) -> None:
    role = world.add_role("Painters")
    world.give_role(role, world.person())
    world.delete_role(role)
    event = await listening.event("GUILD_ROLE_DELETE")
    assert event == {"guild_id": str(world.guild.id), "role_id": str(role.id)}
    await raw.call("PUT", f"/applications/{world.world.bot.id}/commands", COMMANDS)
    world.person().use("imagine")
    assert (await listening.event("INTERACTION_CREATE"))["member"]["roles"] == []


async def test_a_typed_role_is_mentioned_and_the_bot_is_not(
    world: LocalDiscord, listening: Gateway
) -> None:
    role = world.add_role("Painters", mentionable=True)
    world.give_role(role, world.world.bot)
    world.person().send("@Painters draw")
    event = await listening.event("MESSAGE_CREATE")
    assert (event["mention_roles"], event["mentions"]) == ([str(role.id)], [])
    assert event["content"] == ""


async def test_a_person_may_be_kept_from_commands(world: LocalDiscord, listening: Gateway) -> None:
    del listening
    ada = world.person()
    world.set_overwrite(ada, deny=Permission.USE_APPLICATION_COMMANDS)
    with pytest.raises(ClientRefusedError):
        ada.use("imagine")
    assert not ada.permissions() & Permission.USE_APPLICATION_COMMANDS


async def test_administrators_are_not_held_up(world: LocalDiscord, raw: Raw) -> None:
    world.set_bot_permissions(Permission.ADMINISTRATOR)
    assert (await raw.send({"content": "x"})).status == 200
    world.time_out(world.world.bot, 60)
    assert (await raw.send({"content": "x"})).status == 200
    world.set_bot_permissions(Permission.VIEW_CHANNEL)
    assert (await raw.send({"content": "x"})).code == 50013


async def test_a_timeout_ends(world: LocalDiscord, raw: Raw) -> None:
    world.time_out(world.world.bot, 60)
    assert (await raw.send({"content": "x"})).code == 50013
    world.clock.advance(60)
    assert (await raw.send({"content": "x"})).status == 200


async def test_forwards_carry_a_snapshot(world: LocalDiscord, raw: Raw) -> None:
    ada = world.person()
    shown = ada.send("look", uploads=[Upload("a.png", png(3, 2))])
    forward = ada.forward(shown, ada.dm)
    assert (forward.text, forward.images[0].width) == ("look", 3)
    written = await raw.call("GET", f"/channels/{ada.dm.id}/messages/{forward.id}")
    assert written.body["content"] == ""
    (snapshot,) = written.body["message_snapshots"]
    assert snapshot["message"]["attachments"][0]["width"] == 3
    own = await raw.send({"content": "mine"})
    reference = {"type": 1, "channel_id": str(world.channel.id), "message_id": own.body["id"]}
    sent = await raw.send({"message_reference": reference})
    assert sent.body["message_snapshots"][0]["message"]["content"] == "mine"


async def test_an_uploaded_option_stays_while_a_message_shows_it(
    world: LocalDiscord, raw: Raw, listening: Gateway
) -> None:
    world.person().use("edit", image=Upload("a.png", png(2, 2)))
    data = (await listening.event("INTERACTION_CREATE"))["data"]
    (file,) = data["resolved"]["attachments"].values()
    gallery = {"type": 12, "items": [{"media": {"url": file["url"]}}]}
    await raw.send({"flags": 1 << 15, "components": [gallery]})
    world.clock.advance(12 * 3600)
    assert (await raw.get(file["url"]))[0] == 200


async def test_file_types_are_known_by_the_name(world: LocalDiscord, raw: Raw) -> None:
    option = {
        "type": 11,
        "name": "image",
        "description": "Which",
        "file_types": ["image", ".heic"],
    }
    await raw.call(
        "PUT",
        f"/applications/{world.world.bot.id}/commands",
        [{**COMMANDS[0], "options": [option]}],
    )
    ada = world.person()
    with pytest.raises(ClientRefusedError):
        ada.use("imagine", image=Upload("a.txt", png(1, 1)))
    for name in ("a.png", "a.HEIC"):
        assert ada.use("imagine", image=Upload(name, b"x")).interaction.data["options"]


async def test_discord_py_knows_threads_roles_and_permissions(
    world: LocalDiscord, bot: TinyBot
) -> None:
    thread = world.add_thread("Talk")
    role = world.add_role("Painters", permissions=Permission.MANAGE_MESSAGES)
    world.give_role(role, world.world.bot)
    await world.person().use("limits set", channel=thread, count=1).answered()
    guild = bot.get_guild(world.guild.id)
    assert guild is not None
    assert guild.me.get_role(role.id) is not None
    known = guild.get_thread(thread.id)
    assert known is not None
    assert known.permissions_for(guild.me).manage_messages
    world.set_bot_permissions(Permission.VIEW_CHANNEL)
    await world.person().use("limits set", channel=thread, count=1).answered()
    assert not known.permissions_for(guild.me).send_messages_in_threads
    assert world.bot_permissions(thread) == world.bot_permissions()
