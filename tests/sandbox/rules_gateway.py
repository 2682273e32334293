"""Rows for the gateway, by plain frames."""

import asyncio
import json
import sys
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from aiohttp import WSMsgType

from sandbox.discord import Permission, Rule
from tests.patience import PATIENCE_S
from tests.sandbox.discord.socket import Gateway
from tests.sandbox.rules_bench import EPHEMERAL, Bench, Row, events, outcome

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor
else:
    from backports.zstd import ZstdDecompressor

R = Rule
RECONNECT = 7


class Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


def closes(rule: Rule, code: int, op: int, **data: Any) -> Row:  # noqa: ANN401 - any field
    """Send one frame instead of the first, or after IDENTIFY where `after` says so."""

    async def act(on: Bench) -> object:
        gateway = await on.open()
        given = {"token": on.world.bot_token, "properties": {}, "intents": 0, **data}
        await gateway.send(op, given)
        return await outcome(gateway)

    return Row(rule, act, code)


def closes_for(rule: Rule, code: int, sent: str | bytes) -> Row:
    async def act(on: Bench) -> object:
        gateway = await on.open()
        if isinstance(sent, bytes):
            await gateway.socket.send_bytes(sent)
        else:
            await gateway.socket.send_str(sent)
        return await outcome(gateway)

    return Row(rule, act, code)


async def identify_twice(on: Bench) -> object:
    gateway = await on.listen()
    await gateway.identify(on.world, intents=0)
    return await outcome(gateway)


def closes_later(op: int, **data: Any) -> Row:  # noqa: ANN401 - any field
    """Send a frame that lacks a field, or has a wrong one, after IDENTIFY."""

    async def act(on: Bench) -> object:
        gateway = await on.listen()
        await gateway.send(op, data)
        return await outcome(gateway)

    return Row(R.GATEWAY_DATA, act, 4001)


async def many_guilds(on: Bench) -> object:
    for number in range(2500):
        on.world.add_guild(str(number))
    gateway = await on.open()
    await gateway.identify(on.world, intents=0)
    return await outcome(gateway)


async def heartbeat(on: Bench) -> object:
    gateway = await on.open()
    # What ends the wait where no answer comes: the next heartbeat is missed.
    on.world.gateway.heartbeat_interval_ms = 200
    on.world.gateway.heartbeat_tolerance_s = 0
    await gateway.send(1, None)
    message = await gateway.socket.receive(timeout=PATIENCE_S)
    return message.json()["op"] if isinstance(message.data, str) else None


async def discontinued_version(on: Bench, path: str = "") -> object:
    async with on.session.ws_connect(f"{on.world.gateway_url}{path}?v=5") as socket:
        await socket.receive(timeout=PATIENCE_S)
        return socket.close_code


async def no_heartbeat(on: Bench) -> object:
    """Send one heartbeat and no more."""
    gateway = await on.open()
    on.world.gateway.heartbeat_interval_ms = 10
    on.world.gateway.heartbeat_tolerance_s = 0
    await gateway.send(1, None)
    async with asyncio.timeout(PATIENCE_S):
        while R.HEARTBEAT_MISSED not in on.world.rules.struck:
            await asyncio.sleep(0.01)
    on.world.gateway.reconnect()  # which is sent only where the rule is off
    while (message := await gateway.socket.receive(timeout=PATIENCE_S)).type is WSMsgType.TEXT:
        if message.json()["op"] == RECONNECT:
            break
    return message.data if message.type is WSMsgType.CLOSE else None


CLOSES = [
    closes(R.GATEWAY_TOKEN, 4004, 2, token="wrong"),
    closes(R.GATEWAY_INTENTS, 4013, 2, intents=None),
    closes(R.GATEWAY_INTENTS, 4013, 2, intents=1 << 30),
    closes(R.GATEWAY_INTENTS, 4013, 2, intents=True),
    closes(R.GATEWAY_PRIVILEGED, 4014, 2, intents=1 << 15),
    closes(R.GATEWAY_PRIVILEGED, 4014, 2, intents=1 << 1),
    closes(R.GATEWAY_PRIVILEGED, 4014, 2, intents=1 << 8),
    closes(R.GATEWAY_SHARD, 4010, 2, shard=[2, 2]),
    closes(R.GATEWAY_SHARD, 4010, 2, shard="x"),
    closes(R.GATEWAY_SHARD, 4010, 2, shard=[0, 1, 2]),
    closes(R.GATEWAY_SHARD, 4010, 2, shard=[False, True]),
    closes(R.GATEWAY_SHARD, 4010, 2, shard={}),
    Row(R.GATEWAY_SHARDING, many_guilds, 4011),
    closes(R.GATEWAY_IDENTIFY, 4002, 2, properties=None),
    closes(R.GATEWAY_IDENTIFY, 4002, 2, large_threshold=251),
    closes(R.GATEWAY_IDENTIFY, 4002, 2, large_threshold=[]),
    closes(R.GATEWAY_FIRST, 4003, 3),
    Row(R.GATEWAY_TWICE, identify_twice, 4005),
    closes(R.GATEWAY_OPCODE, 4001, 99),
    closes(R.GATEWAY_OPCODE, 4001, 10),
    closes_for(R.GATEWAY_OPCODE, 4001, '{"op": true}'),
    closes_for(R.GATEWAY_JSON, 4002, "not json"),
    closes_for(R.GATEWAY_JSON, 4002, "[]"),
    closes_for(R.GATEWAY_JSON, 4002, "5"),
    closes_for(R.GATEWAY_JSON, 4002, "[" * 4000),
    closes_for(R.GATEWAY_JSON, 4002, b"\xff\xfe\x00"),
    closes_for(R.GATEWAY_JSON, 4002, '{"op": 1, "d": NaN}'),
    closes_for(R.GATEWAY_OPCODE, 4001, b'{"op": 99}'),
    closes_for(R.GATEWAY_IDENTIFY, 4002, '{"op": 2, "d": []}'),
    closes_for(R.GATEWAY_IDENTIFY, 4002, '{"op": 6}'),
    closes_later(3, status="online"),
    closes_later(3, since=None, activities=[], status="online", afk="no"),
    closes_later(8, guild_id="1", query="a", limit="x"),
    closes_later(8, guild_id="1", limit=0),
    closes_for(R.GATEWAY_SIZE, 4002, json.dumps({"op": 1, "d": "x" * 4096})),
    Row(R.HEARTBEAT_ACK, heartbeat, 11),
    Row(R.HEARTBEAT_MISSED, no_heartbeat, 4009),
    Row(R.GATEWAY_VERSION, discontinued_version, 4012),
    Row(R.GATEWAY_VERSION, partial(discontinued_version, path="/"), 4012),
]


async def resumed(on: Bench, session_id: str, sequence: int) -> Gateway:
    gateway = await on.open()
    data = {"token": on.world.bot_token, "session_id": session_id, "seq": sequence}
    await gateway.send(6, data)
    return gateway


async def what_was_missed(on: Bench) -> object:
    first = await on.listen()
    on.world.cut_gateway()
    on.ada.use("imagine")
    gateway = await resumed(on, first.session_id, first.sequence)
    return [name for name, _ in await events(gateway, "RESUMED")]


async def answer_to_resume(gateway: Gateway) -> object:
    await gateway.send(1, None)
    frame = await gateway.frame()
    return frame["op"], frame["d"]


async def unknown_session(on: Bench) -> object:
    return await answer_to_resume(await resumed(on, "unknown", 1))


async def old_session(on: Bench) -> object:
    first = await on.listen()
    on.world.cut_gateway()
    on.world.clock.advance(181)
    return await answer_to_resume(await resumed(on, first.session_id, first.sequence))


async def sequence_ahead(on: Bench) -> object:
    first = await on.listen()
    on.world.cut_gateway()
    return await outcome(await resumed(on, first.session_id, 10**6))


async def closed_for_good(on: Bench) -> object:
    first = await on.listen()
    await first.socket.close(code=1000)
    await on.world.wait_until(lambda: not on.world.gateway.online())
    return bool(on.world.gateway.sessions)


SESSIONS = [
    Row(R.RESUME_REPLAYS, what_was_missed, ["INTERACTION_CREATE", "RESUMED"]),
    Row(R.RESUME_UNKNOWN, unknown_session, (9, False)),
    Row(R.RESUME_UNKNOWN, old_session, (9, False)),
    Row(R.RESUME_SEQUENCE, sequence_ahead, 4007),
    Row(R.CLOSED_FOR_GOOD, closed_for_good, expected=False),
]


async def names(gateway: Gateway) -> list[str]:
    return [name for name, _ in await events(gateway, "INTERACTION_CREATE")]


async def message_without_intent(on: Bench) -> object:
    gateway = await on.listen(intents=1 << 0 | 1 << 12)
    on.ada.send("hello")
    on.ada.use("imagine")
    return await names(gateway)


async def direct_message_without_intent(on: Bench) -> object:
    gateway = await on.listen(intents=1 << 0 | 1 << 9)
    on.ada.send("hello", channel=on.ada.dm)
    on.ada.use("imagine")
    return await names(gateway)


async def private_answer(on: Bench) -> object:
    gateway = await on.listen()
    await on.answer(on.ada.use("imagine"), 4, {"content": "x", "flags": EPHEMERAL})
    await gateway.event("INTERACTION_CREATE")
    on.ada.use("imagine")
    seen = await events(gateway, "INTERACTION_CREATE")
    return [(name, "guild_id" in data) for name, data in seen]


async def deleted_thread(on: Bench) -> object:
    gateway = await on.listen()
    on.world.delete_channel(on.world.add_thread("Talk"))
    return sorted(await gateway.event("THREAD_DELETE"))


async def hidden_channel(on: Bench) -> object:
    on.deprive(Permission.VIEW_CHANNEL)
    gateway = await on.listen()
    on.ada.send("hello")
    on.ada.use("imagine")
    return await names(gateway)


async def on_the_other_shard(on: Bench) -> object:
    ours = (on.world.guild.id >> 22) % 2
    await on.listen(shard=[1 - ours, 2])
    return on.ada.use("imagine").failed


async def direct_messages_on_shard_one(on: Bench) -> object:
    await on.listen(shard=[1, 2])
    return on.ada.use("imagine", channel=on.ada.dm).failed


def compressed(rule: Rule, name: str, stream: Callable[[], Decompressor]) -> Row:
    """Read two frames of one stream: HELLO and READY."""

    async def act(on: Bench) -> object:
        url = on.world.gateway_url + f"?v=10&encoding=json&compress={name}"
        async with on.session.ws_connect(url) as socket:
            data = {"token": on.world.bot_token, "properties": {}, "intents": 0}
            await socket.send_bytes(json.dumps({"op": 2, "d": data}).encode())
            context, seen = stream(), []
            for _ in range(2):
                message = await socket.receive(timeout=PATIENCE_S)
                if not isinstance(message.data, bytes):
                    return "plain"
                seen.append(json.loads(context.decompress(message.data))["op"])
            return seen

    return Row(rule, act, [10, 0])


ALONE = ["INTERACTION_CREATE"]
UNREACHED = "The application did not respond"
EVENTS = [
    Row(R.INTENT_ASKED, message_without_intent, ALONE),
    Row(R.INTENT_ASKED, direct_message_without_intent, ALONE),
    Row(
        R.EVENT_PRIVATE,
        private_answer,
        [("MESSAGE_CREATE", False), ("INTERACTION_CREATE", True)],
    ),
    Row(R.EVENT_THREAD_DELETED, deleted_thread, ["guild_id", "id", "parent_id", "type"]),
    Row(R.EVENT_HIDDEN, hidden_channel, ALONE),
    Row(R.SHARD_GUILD, on_the_other_shard, UNREACHED),
    Row(R.SHARD_GUILD, direct_messages_on_shard_one, UNREACHED),
    compressed(R.ZLIB_STREAM, "zlib-stream", zlib.decompressobj),
    compressed(R.ZSTD_STREAM, "zstd-stream", ZstdDecompressor),
]
ROWS = CLOSES + SESSIONS + EVENTS
