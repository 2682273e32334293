"""What the bot can read and change beside messages, each answer checked by the description."""

from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from sandbox.discord import DEFAULT_PERMISSIONS, Intent, LocalDiscord, Permission
from tests.sandbox.discord.raw import Raw
from tests.sandbox.discord.socket import Gateway

P = Permission
FOX = "\N{FOX FACE}"
COMMAND = {"name": "draw", "description": "Draw"}


@pytest.fixture
def allowed(world: LocalDiscord) -> None:
    """Let the bot do everything that it asks for below."""
    everything = sum(P) & ~P.ADMINISTRATOR
    world.guild.everyone.permissions = everything


async def test_what_a_guild_has(world: LocalDiscord, raw: Raw) -> None:
    guild = f"/guilds/{world.guild.id}"
    emoji = world.add_emoji("blob").partition(":")[2]
    thread = world.add_thread("Talk")
    assert [one["id"] for one in (await raw.call("GET", "/users/@me/guilds")).body] == [
        str(world.guild.id)
    ]
    channels = await raw.call("GET", guild + "/channels")
    assert [one["name"] for one in channels.body] == ["pictures"]
    assert [one["name"] for one in (await raw.call("GET", guild + "/emojis")).body] == ["blob"]
    assert (await raw.call("GET", f"{guild}/emojis/{emoji}")).body["name"] == "blob"
    assert (await raw.call("GET", guild + "/emojis/1")).code == 10014
    assert (await raw.call("GET", guild + "/preview")).body["name"] == "Sandbox"
    active = (await raw.call("GET", guild + "/threads/active")).body
    assert [one["id"] for one in active["threads"]] == [str(thread.id)]
    ada = world.person()
    assert (await raw.call("GET", f"/users/{ada.user.id}")).body["username"] == "ada"


async def test_channels_and_their_overwrites(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    made = await raw.call("POST", f"/guilds/{world.guild.id}/channels", {"name": "new"})
    assert made.status == 201
    channel = f"/channels/{made.body['id']}"
    overwrite = f"{channel}/permissions/{world.guild.id}"
    assert (await raw.call("PUT", overwrite, {"type": 0, "deny": "2048"})).status == 204
    assert (await raw.call("POST", channel + "/messages", {"content": "x"})).code == 50013
    assert (await raw.call("DELETE", overwrite)).status == 204
    assert (await raw.call("POST", channel + "/messages", {"content": "x"})).status == 200
    assert (await raw.call("DELETE", channel)).status == 200
    assert (await raw.call("GET", channel)).code == 10003


async def test_roles(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    guild = f"/guilds/{world.guild.id}"
    made = await raw.call("POST", guild + "/roles", {"name": "Painters", "color": 5})
    role = f"{guild}/roles/{made.body['id']}"
    changed = await raw.call("PATCH", role, {"hoist": True, "permissions": "2048"})
    assert (changed.body["hoist"], changed.body["permissions"]) == (True, "2048")
    assert (await raw.call("GET", role)).body == changed.body
    assert len((await raw.call("GET", guild + "/roles")).body) == 3
    member = f"{guild}/members/{world.person().user.id}"
    assert (await raw.call("PUT", f"{member}/roles/{made.body['id']}")).status == 204
    assert (await raw.call("GET", member)).body["roles"] == [made.body["id"]]
    assert (await raw.call("DELETE", f"{member}/roles/{made.body['id']}")).status == 204
    assert (await raw.call("GET", member)).body["roles"] == []
    assert (await raw.call("DELETE", role)).status == 204


async def test_members_and_bans(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    ada, guild = world.person(), f"/guilds/{world.guild.id}"
    member, ban = (f"{guild}/{kind}/{ada.user.id}" for kind in ("members", "bans"))
    world.grant_intents(Intent.GUILD_MEMBERS)
    listed = await raw.call("GET", guild + "/members?limit=10")
    assert [one["user"]["username"] for one in listed.body] == ["Bot", "grace", "ada"]
    found = await raw.call("GET", guild + "/members/search?query=ad")
    assert [one["user"]["username"] for one in found.body] == ["ada"]
    until = "2099-01-01T00:00:00+00:00"
    change = {"nick": "Lovelace", "communication_disabled_until": until}
    changed = await raw.call("PATCH", member, change)
    assert (changed.body["nick"], changed.body["communication_disabled_until"]) == (
        "Lovelace",
        until,
    )
    assert not ada.permissions() & P.SEND_MESSAGES
    assert (await raw.call("PATCH", guild + "/members/@me", {"nick": "B"})).body["nick"] == "B"
    assert (await raw.call("DELETE", member)).status == 204
    assert (await raw.call("GET", member)).code == 10007
    assert ada.permissions() == 0
    world.add_member(ada)
    assert (await raw.call("PUT", ban, {})).status == 204
    assert [one["user"]["id"] for one in (await raw.call("GET", guild + "/bans")).body] == [
        str(ada.user.id)
    ]
    assert (await raw.call("GET", ban)).status == 200
    assert (await raw.call("DELETE", ban)).status == 204
    assert (await raw.call("GET", ban)).code == 10026


async def test_pins_and_deleting_at_once(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    first, second = (world.person().send(text) for text in ("one", "two"))
    pins = f"{raw.messages}/pins"
    old = f"/channels/{world.channel.id}/pins"
    assert (await raw.call("PUT", f"{pins}/{first.id}")).status == 204
    assert (await raw.call("PUT", f"{old}/{second.id}")).status == 204
    listed = (await raw.call("GET", pins)).body["items"]
    assert [one["message"]["id"] for one in listed] == [str(second.id), str(first.id)]
    assert all(one["pinned"] for one in (await raw.call("GET", old)).body)
    assert (await raw.call("DELETE", f"{pins}/{first.id}")).status == 204
    assert len((await raw.call("GET", old)).body) == 1
    both = {"messages": [str(first.id), str(second.id)]}
    assert (await raw.call("POST", f"{raw.messages}/bulk-delete", both)).status == 204
    assert world.person().read() == []


async def test_threads_and_their_members(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    ada, thread = world.person(), world.add_thread("Talk")
    members = f"/channels/{thread.id}/thread-members"
    for who in ("@me", ada.user.id):
        assert (await raw.call("PUT", f"{members}/{who}")).status == 204
    listed = (await raw.call("GET", members)).body
    assert {one["user_id"] for one in listed} >= {str(ada.user.id), str(world.world.bot.id)}
    assert (await raw.call("GET", f"{members}/{ada.user.id}")).status == 200
    for who in ("@me", ada.user.id):
        assert (await raw.call("DELETE", f"{members}/{who}")).status == 204
    world.archive_thread(thread)
    channel = f"/channels/{world.channel.id}"
    public = await raw.call("GET", channel + "/threads/archived/public")
    assert [one["id"] for one in public.body["threads"]] == [str(thread.id)]
    for path in ("/threads/archived/private", "/users/@me/threads/archived/private"):
        assert (await raw.call("GET", channel + path)).body["threads"] == []
    assert (await raw.call("DELETE", f"/channels/{thread.id}")).status == 200


async def test_a_private_thread_says_whether_its_members_may_invite(
    world: LocalDiscord, raw: Raw, allowed: None
) -> None:
    del allowed
    channel = f"/channels/{world.channel.id}/threads"
    for invitable in (True, False):
        started = {"name": "Talk", "type": 12, "invitable": invitable}
        made = await raw.call("POST", channel, started)
        assert made.body["thread_metadata"]["invitable"] is invitable
    public = await raw.call("POST", channel, {"name": "Talk", "type": 11, "invitable": True})
    assert public.status == 201
    assert "invitable" not in public.body["thread_metadata"]


async def test_single_and_guild_commands(world: LocalDiscord, raw: Raw, listening: Gateway) -> None:
    application = f"/applications/{world.world.bot.id}"
    for place in ("", f"/guilds/{world.guild.id}"):
        commands = f"{application}{place}/commands"
        made = await raw.call("POST", commands, COMMAND)
        assert made.status == 201
        again = await raw.call("POST", commands, {**COMMAND, "description": "Draw it"})
        assert (again.status, again.body["id"]) == (200, made.body["id"])
        one = f"{commands}/{made.body['id']}"
        changed = await raw.call("PATCH", one, {"name": "paint"})
        assert changed.body["description"] == "Draw it"
        assert (await raw.call("GET", one)).body == changed.body
        assert "paint" in [listed["name"] for listed in (await raw.call("GET", commands)).body]
        world.person().use("paint")
        data = (await listening.event("INTERACTION_CREATE"))["data"]
        assert (data["id"], data["name"]) == (made.body["id"], "paint")
        assert (await raw.call("DELETE", one)).status == 204
        assert (await raw.call("GET", one)).code == 10063
    replaced = await raw.call("PUT", f"{application}/guilds/{world.guild.id}/commands", [COMMAND])
    assert replaced.body[0]["guild_id"] == str(world.guild.id)


async def test_webhooks_of_a_channel(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    hooks = f"/channels/{world.channel.id}/webhooks"
    made = (await raw.call("POST", hooks, {"name": "News"})).body
    for path in (hooks, f"/guilds/{world.guild.id}/webhooks"):
        assert [one["id"] for one in (await raw.call("GET", path)).body] == [made["id"]]
    by_id, by_token = f"/webhooks/{made['id']}", f"/webhooks/{made['id']}/{made['token']}"
    assert (await raw.call("PATCH", by_id, {"name": "Daily"})).body["name"] == "Daily"
    assert "user" not in (await raw.call("GET", by_token)).body
    assert (await raw.call("POST", by_token, {"content": "one"})).status == 204
    sent = await raw.call("POST", by_token + "?wait=true", {"content": "two", "username": "Ed"})
    assert (sent.body["webhook_id"], sent.body["author"]["username"]) == (made["id"], "Ed")
    assert [message.author for message in world.person().read()] == ["Daily", "Ed"]
    message = f"{by_token}/messages/{sent.body['id']}"
    assert (await raw.call("PATCH", message, {"content": "three"})).body["content"] == "three"
    assert (await raw.call("GET", message)).body["content"] == "three"
    assert (await raw.call("DELETE", message)).status == 204
    assert (await raw.call("GET", message)).code == 10008
    assert (await raw.call("DELETE", by_token)).status == 204
    assert (await raw.call("GET", by_id)).code == 10015


@pytest.mark.usefixtures("allowed")
async def test_the_other_way_to_the_same(world: LocalDiscord, raw: Raw) -> None:
    channel = f"/channels/{world.channel.id}"
    assert (await raw.call("GET", channel)).body["name"] == "pictures"
    first = (await raw.call("POST", channel + "/webhooks", {"name": "News"})).body
    by_id, by_token = f"/webhooks/{first['id']}", f"/webhooks/{first['id']}/{first['token']}"
    assert (await raw.call("PATCH", by_token, {"name": "Daily"})).status == 200
    assert (await raw.call("GET", by_id)).body["name"] == "Daily"
    assert (await raw.call("DELETE", by_id)).status == 204
    assert (await raw.call("GET", by_token)).code == 10015
    message = world.person().send("x").id
    assert (await raw.call("PUT", f"{channel}/pins/{message}")).status == 204
    assert (await raw.call("DELETE", f"{channel}/pins/{message}")).status == 204
    assert (await raw.call("GET", channel + "/pins")).body == []


@pytest.mark.usefixtures("listening")
async def test_no_token_is_in_the_log(
    world: LocalDiscord, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    use = world.person().use("imagine").interaction
    data = {"content": "x", "tts": True}
    callback = f"/interactions/{use.id}/{use.token}/callback"
    assert (await raw.call("POST", callback, {"type": 4, "data": data})).status == 501
    assert "tts" in caplog.text
    assert use.token not in caplog.text


@pytest.mark.usefixtures("allowed", "listening")
async def test_the_first_answer_is_read(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine").interaction
    callback = f"/interactions/{use.id}/{use.token}/callback"
    assert (await raw.call("POST", callback, {"type": 4, "data": {"content": "x"}})).status == 204
    first = f"/webhooks/{world.world.bot.id}/{use.token}/messages/@original"
    assert (await raw.call("GET", first)).body["content"] == "x"


@pytest.mark.usefixtures("allowed")
async def test_changes_are_told(world: LocalDiscord, raw: Raw) -> None:
    message = world.person().send("x")
    for emoji in ("\N{GRINNING FACE}", FOX, "\N{CAT FACE}"):
        world.person().react(message, emoji)
    role, thread = world.add_role("Painters"), world.add_thread("Talk")
    role.position = 0
    reactions = f"{raw.messages}/{message.id}/reactions"
    async with Gateway.identified(world, 1 | 1 << 10) as gateway:
        for method, path, body in (
            ("PATCH", f"/guilds/{world.guild.id}/roles/{role.id}", {"name": "Artists"}),
            ("PATCH", f"/channels/{thread.id}", {"archived": True}),
            ("DELETE", f"{reactions}/{quote(FOX)}", None),
            ("DELETE", reactions, None),
        ):
            assert (await raw.call(method, path, body)).status < 300
        world.set_locale("fr")
        assert (await gateway.event("GUILD_ROLE_UPDATE"))["role"]["name"] == "Artists"
        assert (await gateway.event("THREAD_UPDATE"))["thread_metadata"]["archived"]
        removed = await gateway.event("MESSAGE_REACTION_REMOVE_EMOJI")
        assert removed["emoji"]["name"] == FOX
        removed = await gateway.event("MESSAGE_REACTION_REMOVE_ALL")
        assert removed["message_id"] == str(message.id)
        assert (await gateway.event("GUILD_UPDATE"))["preferred_locale"] == "fr"
    assert (await raw.call("GET", f"{raw.messages}/{message.id}")).body.get("reactions") is None


async def test_who_left_a_guild_does_nothing_there(world: LocalDiscord, raw: Raw) -> None:
    world.remove_member(world.person())
    assert world.person().permissions() == 0
    assert world.guild.everyone.permissions == DEFAULT_PERMISSIONS
    member = f"/guilds/{world.guild.id}/members/{world.person().user.id}"
    assert (await raw.call("GET", member)).code == 10007
    assert (await raw.call("GET", f"/guilds/{world.guild.id}")).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/guilds/{guild}/members?limit=x",
        "/guilds/{guild}/members/search?limit=x",
        "/channels/{channel}/messages/{message}/reactions/%F0%9F%98%80?after=x",
    ],
)
async def test_a_query_that_is_no_number_is_refused(
    world: LocalDiscord, raw: Raw, path: str
) -> None:
    world.grant_intents(Intent.GUILD_MEMBERS)
    message = world.person().send("x")
    place = path.format(guild=world.guild.id, channel=world.channel.id, message=message.id)
    assert (await raw.call("GET", place)).code == 50035


@pytest.mark.parametrize("until", ["tomorrow", 5, ["x"]])
async def test_a_timeout_until_no_moment_is_refused(
    world: LocalDiscord, raw: Raw, allowed: None, until: object
) -> None:
    del allowed
    member = f"/guilds/{world.guild.id}/members/{world.person().user.id}"
    refused = await raw.call("PATCH", member, {"communication_disabled_until": until})
    assert refused.places == {"communication_disabled_until"}


async def test_json_of_many_levels_is_refused(raw: Raw) -> None:
    headers = {"Authorization": f"Bot {raw.world.bot_token}", "Content-Type": "application/json"}
    url = raw.world.api_base + raw.messages
    async with (
        ClientSession() as session,
        session.post(url, data="[" * 100_000, headers=headers) as response,
    ):
        assert (response.status, (await response.json())["code"]) == (400, 50109)


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("asked", "body", "named"),
    [
        ("PATCH /channels/{channel}", {"topic": "News"}, "topic"),
        ("POST /guilds/{guild}/channels", {"name": "x", "type": 2}, "type 2"),
        ("POST /channels/{channel}/messages", {"content": "x", "tts": True}, "tts"),
        ("PUT /guilds/{guild}/bans/{ada}", {"delete_message_seconds": 60}, "delete_message"),
        ("PATCH /users/@me", {"avatar": "data:image/png;base64,"}, "avatar"),
        ("GET /guilds/{guild}/audit-logs", None, ""),
    ],
)
async def test_what_is_not_built_says_so(
    world: LocalDiscord,
    raw: Raw,
    caplog: pytest.LogCaptureFixture,
    asked: str,
    body: object,
    named: str,
) -> None:
    ids = {"channel": world.channel.id, "guild": world.guild.id, "ada": world.person().user.id}
    method, path = asked.format(**ids).split()
    answer = await raw.call(method, path, body)
    assert (answer.status, answer.body["message"]) == (501, "501: Not built here")
    (line,) = caplog.messages
    assert line.startswith(f"Not built here: {method} /api/v10")
    assert named in line


async def test_fields_that_ask_for_nothing_are_passed_over(raw: Raw) -> None:
    sent = await raw.send({"content": "x", "tts": False, "poll": None, "sticker_ids": []})
    assert sent.status == 200


async def test_who_is_no_member_can_be_banned(world: LocalDiscord, raw: Raw, allowed: None) -> None:
    del allowed
    world.remove_member(world.person())
    ban = f"/guilds/{world.guild.id}/bans/{world.person().user.id}"
    assert (await raw.call("PUT", ban, {})).status == 204
    assert (await raw.call("GET", ban)).status == 200
