"""The gateway as the documentation describes it."""

import json
import zlib

import pytest
from aiohttp import ClientSession, WSMsgType

from sandbox.discord import CloseCode, Intent, LocalDiscord, Upload
from tests.openapi import local_discord
from tests.patience import PATIENCE_S
from tests.sandbox.discord.raw import Raw
from tests.sandbox.discord.socket import INTENTS, Gateway


async def test_bad_token_is_closed_with_4004(world: LocalDiscord) -> None:
    async with Gateway.opened(world) as gateway:
        await gateway.send(2, {"token": "wrong", "intents": 0})
        assert await gateway.close_code() == 4004


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"intents": 1 << 15}, 4014),
        (2, {"intents": 1 << 1}, 4014),
        (2, {"intents": None}, 4013),
        (2, {"intents": 0, "shard": [2, 2]}, 4010),
        (3, {}, 4003),
        (99, {}, 4001),
    ],
)
async def test_close_codes(
    world: LocalDiscord, op: int, data: dict[str, object], code: int
) -> None:
    async with Gateway.opened(world) as gateway:
        await gateway.send(op, {"token": world.bot_token, "properties": {}, **data})
        assert await gateway.close_code() == code


async def test_heartbeat_is_acknowledged(listening: Gateway) -> None:
    await listening.send(1, listening.sequence)
    while (await listening.frame())["op"] != 11:
        pass


async def test_a_heartbeat_is_acknowledged_after_the_way_to_discord_and_back(
    world: LocalDiscord, listening: Gateway
) -> None:
    # What is answered at once overtakes it.
    await listening.event("GUILD_CREATE")
    await listening.send(1, listening.sequence)
    query = {"guild_id": str(world.guild.id), "query": "", "limit": 1}
    await listening.send(8, query)
    order = []
    while 11 not in order:
        frame = await listening.frame()
        order.append(frame["t"] or frame["op"])

    assert order == ["GUILD_MEMBERS_CHUNK", 11]


async def test_second_identify_is_refused(world: LocalDiscord, listening: Gateway) -> None:
    await listening.event("GUILD_CREATE")
    await listening.send(2, {"token": world.bot_token, "intents": 0})
    assert await listening.close_code() == 4005


async def test_resume_replays_what_was_missed(world: LocalDiscord, listening: Gateway) -> None:
    await listening.event("GUILD_CREATE")
    world.cut_gateway()
    missed = world.person().use("imagine")
    async with Gateway.opened(world) as gateway:
        data = {
            "token": world.bot_token,
            "session_id": listening.session_id,
            "seq": listening.sequence,
        }
        await gateway.send(6, data)
        assert (await gateway.event("INTERACTION_CREATE"))["id"] == str(missed.interaction.id)
        await gateway.event("RESUMED")


async def test_unknown_or_stale_session_is_invalid(world: LocalDiscord, listening: Gateway) -> None:
    world.cut_gateway()
    world.clock.advance(181)
    for session_id in ("unknown", listening.session_id):
        async with Gateway.opened(world) as gateway:
            data = {"token": world.bot_token, "session_id": session_id, "seq": 1}
            await gateway.send(6, data)
            frame = await gateway.frame()
            assert (frame["op"], frame["d"]) == (9, False)


async def test_closing_with_1000_gives_the_session_up(
    world: LocalDiscord, listening: Gateway
) -> None:
    await listening.socket.close(code=1000)
    await world.wait_until(lambda: not world.gateway.sessions)
    assert world.person().use("imagine").failed == "The application did not respond"


async def test_without_the_intent_no_messages_arrive(world: LocalDiscord) -> None:
    async with Gateway.identified(world, 1 << 0) as gateway:
        world.person().send("hello @Bot")
        world.add_channel("more")
        assert (await gateway.frame())["t"] == "GUILD_CREATE"
        assert (await gateway.frame())["t"] == "CHANNEL_CREATE"


async def test_content_is_blank_without_the_privileged_intent(
    world: LocalDiscord, listening: Gateway, raw: Raw
) -> None:
    ada = world.person()
    blank = ada.send("secret", uploads=[Upload("a.txt", b"x")])
    event = await listening.event("MESSAGE_CREATE")
    fetched = await raw.call("GET", f"{raw.messages}/{blank.id}")
    for seen in (event, fetched.body):
        assert seen["id"] == str(blank.id)
        assert (seen["content"], seen["attachments"]) == ("", [])
    ada.send("@Bot open")
    assert (await listening.event("MESSAGE_CREATE"))["content"].endswith("open")
    ada.send("private", channel=ada.dm)
    event = await listening.event("MESSAGE_CREATE")
    assert event["content"] == "private"
    assert "guild_id" not in event


async def test_reply_carries_its_target_under_the_same_rule(
    world: LocalDiscord, listening: Gateway
) -> None:
    ada, bob = world.person(), world.person("Bob")
    first = bob.send("secret")
    await listening.event("MESSAGE_CREATE")
    ada.reply(first, "@Bot this one")
    event = await listening.event("MESSAGE_CREATE")
    assert event["message_reference"]["message_id"] == str(first.id)
    assert event["referenced_message"]["content"] == ""


async def test_content_arrives_with_the_privileged_intent() -> None:
    async with (
        local_discord(requests=False, intents=Intent.MESSAGE_CONTENT) as world,
        Gateway.identified(world, INTENTS | 1 << 15) as gateway,
    ):
        world.person().send("open")
        assert (await gateway.event("MESSAGE_CREATE"))["content"] == "open"


async def test_deleted_things_are_told(world: LocalDiscord, listening: Gateway) -> None:
    message = world.person().send("soon gone")
    world.delete_message(message)
    assert (await listening.event("MESSAGE_DELETE"))["id"] == str(message.id)
    thread = world.add_thread("Talk")
    world.delete_channel(world.channel)
    gone: dict[str, object] = {"id": str(thread.id), "guild_id": str(world.guild.id)}
    gone |= {"parent_id": str(world.channel.id), "type": 11}
    assert await listening.event("THREAD_DELETE") == gone
    assert (await listening.event("CHANNEL_DELETE"))["id"] == str(world.channel.id)


async def test_interaction_payload_has_every_documented_field(
    world: LocalDiscord, listening: Gateway
) -> None:
    use = world.person().use("imagine")
    payload = await listening.event("INTERACTION_CREATE")
    assert payload["type"] == 2
    assert payload["token"] == use.interaction.token
    assert payload["context"] == 0
    assert payload["authorizing_integration_owners"] == {"0": str(world.guild.id)}
    assert payload["attachment_size_limit"] == 20 << 20
    assert payload["app_permissions"] == str(world.bot_permissions())
    assert payload["channel"].keys() >= {"id", "name", "type", "permissions", "nsfw"}
    assert payload["member"].keys() >= {"user", "roles", "flags", "permissions"}
    assert payload.keys() >= {"entitlements", "version", "locale", "guild_locale", "guild"}
    made = (int(payload["id"]) >> 22) / 1000 + 1420070400
    assert abs(made - world.clock.now()) < 1


async def test_direct_message_interaction(world: LocalDiscord, listening: Gateway) -> None:
    ada = world.person()
    ada.use("imagine", channel=ada.dm)
    payload = await listening.event("INTERACTION_CREATE")
    assert payload["context"] == 1
    assert payload["authorizing_integration_owners"] == {"0": "0"}
    assert payload["user"]["id"] == str(ada.user.id)
    assert "member" not in payload
    assert "guild_id" not in payload


async def test_reconnect_and_invalid_session_are_told(
    world: LocalDiscord, listening: Gateway
) -> None:
    world.gateway.reconnect()
    while (await listening.frame())["op"] != 7:
        pass
    world.gateway.invalidate(resumable=True)
    frame = await listening.frame()
    assert (frame["op"], frame["d"]) == (9, True)
    assert world.gateway.sessions
    world.gateway.invalidate()
    frame = await listening.frame()
    assert (frame["op"], frame["d"]) == (9, False)
    assert not world.gateway.sessions


@pytest.mark.parametrize("code", [CloseCode.AUTHENTICATION_FAILED, CloseCode.UNKNOWN_ERROR])
async def test_any_close_code_can_be_sent(
    world: LocalDiscord, listening: Gateway, code: CloseCode
) -> None:
    await listening.event("GUILD_CREATE")
    world.gateway.close(code)
    assert await listening.close_code() == code
    await world.wait_until(lambda: not world.gateway.online())
    assert world.gateway.sessions


async def test_heartbeats_can_be_left_unanswered(world: LocalDiscord) -> None:
    world.gateway.silent = True
    async with Gateway.opened(world) as gateway:
        await gateway.send(1, None)
        await gateway.send(99, None)
        assert await gateway.close_code() == 4001


async def test_the_interval_of_heartbeats_can_be_set(world: LocalDiscord) -> None:
    world.gateway.heartbeat_interval_ms = 100
    async with ClientSession() as session, session.ws_connect(world.gateway_url + "?v=9") as socket:
        assert (await socket.receive_json())["d"] == {"heartbeat_interval": 100}


async def test_one_zlib_stream_spans_all_frames(world: LocalDiscord) -> None:
    stream = zlib.decompressobj()
    url = world.gateway_url + "?v=10&compress=zlib-stream"
    async with ClientSession() as session, session.ws_connect(url) as socket:
        frames = []
        data = {"token": world.bot_token, "properties": {}, "intents": 1}
        await socket.send_json({"op": 2, "d": data})
        for _ in range(3):
            compressed = await socket.receive_bytes()
            assert compressed.endswith(b"\x00\x00\xff\xff")
            frames.append(json.loads(stream.decompress(compressed)))
        assert [frame["t"] for frame in frames] == [None, "READY", "GUILD_CREATE"]


async def test_plain_text_can_be_had_all_the_same(world: LocalDiscord) -> None:
    world.gateway.plain_text = True
    url = world.gateway_url + "?v=10&compress=zlib-stream"
    async with ClientSession() as session, session.ws_connect(url) as socket:
        assert (await socket.receive_json())["op"] == 10


@pytest.mark.parametrize("query", ["", "?v=6", "?v=8", "?v=10&encoding=etf", "?v=10&compress=foo"])
async def test_what_the_gateway_does_not_serve_is_not_built(
    world: LocalDiscord, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = world.gateway_url.replace("ws:", "http:") + query
    async with ClientSession() as session, session.get(url) as response:
        assert response.status == 501
    assert "Not built here: GET /gateway" in caplog.text


async def test_an_opcode_that_is_not_built_is_in_the_log(
    world: LocalDiscord, listening: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    for op in (4, 31):
        await listening.send(op, {"guild_id": None})
    await listening.send(1, None)
    while (await listening.frame())["op"] != 11:
        pass
    assert caplog.text.count("Not built here: opcode") == 2
    assert world.gateway.online()


@pytest.mark.parametrize("version", [9, 10])
async def test_the_version_that_was_asked_for_is_named(world: LocalDiscord, version: int) -> None:
    url = f"{world.gateway_url}/?v={version}"
    identify = {"token": world.bot_token, "properties": {}, "intents": 0}
    async with ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        await socket.send_bytes(json.dumps({"op": 2, "d": identify}).encode())
        assert (await socket.receive_json())["d"]["v"] == version


async def test_a_session_without_heartbeats_can_be_resumed(world: LocalDiscord) -> None:
    async with Gateway.identified(world) as first:
        world.gateway.heartbeat_interval_ms = 1
        world.gateway.heartbeat_tolerance_s = 0
        await first.send(1, 1)
        while (message := await first.socket.receive(timeout=PATIENCE_S)).type is WSMsgType.TEXT:
            pass
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4009)
    world.gateway.heartbeat_tolerance_s = PATIENCE_S
    async with Gateway.opened(world) as gateway:
        data = {"token": world.bot_token, "session_id": first.session_id, "seq": first.sequence}
        await gateway.send(6, data)
        await gateway.event("RESUMED")


async def test_the_privileged_intents_that_are_granted(world: LocalDiscord, raw: Raw) -> None:
    world.grant_intents(Intent.GUILD_MEMBERS, Intent.GUILD_PRESENCES)
    application = await raw.call("GET", "/applications/@me")
    assert application.body["flags"] == 1 << 13 | 1 << 15
    ada = world.person()
    async with Gateway.identified(world, intents=1 | 1 << 1 | 1 << 8) as gateway:
        world.give_role(world.add_role("Painters"), ada)
        changed = await gateway.event("GUILD_MEMBER_UPDATE")
        assert changed["user"]["id"] == str(ada.user.id)
    world.grant_intents(Intent.GUILD_MEMBERS)
    async with Gateway.opened(world) as gateway:
        await gateway.identify(world, intents=1 << 8)
        assert await gateway.close_code() == 4014


@pytest.mark.parametrize("asked", ["x", None, [], {"limit": "x"}])
async def test_a_malformed_request_for_members_is_closed_on(
    world: LocalDiscord, asked: object
) -> None:
    async with Gateway.identified(world, intents=0) as gateway:
        await gateway.send(8, asked)
        assert await gateway.close_code() == 4001
