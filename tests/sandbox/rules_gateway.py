"""Rows for the gateway, by plain frames."""

import json
import zlib
from typing import Any

from sandbox.discord import Permission, Rule
from tests.patience import PATIENCE_S
from tests.sandbox.discord.socket import Gateway
from tests.sandbox.rules_bench import EPHEMERAL, Bench, Row, events, outcome

R = Rule


def closes(rule: Rule, code: int, op: int, **data: Any) -> Row:  # noqa: ANN401 - any field
    """Send one frame instead of the first, or after IDENTIFY where `after` says so."""

    async def act(on: Bench) -> object:
        gateway = await on.open()
        given = {"token": on.world.bot_token, "properties": {}, "intents": 0, **data}
        await gateway.send(op, given)
        return await outcome(gateway)

    return Row(rule, act, code)


def closes_for(rule: Rule, code: int, text: str) -> Row:
    async def act(on: Bench) -> object:
        gateway = await on.open()
        await gateway.socket.send_str(text)
        return await outcome(gateway)

    return Row(rule, act, code)


async def identify_twice(on: Bench) -> object:
    gateway = await on.listen()
    await gateway.identify(on.world, intents=0)
    return await outcome(gateway)


async def many_guilds(on: Bench) -> object:
    for number in range(2500):
        on.world.add_guild(str(number))
    gateway = await on.open()
    await gateway.identify(on.world, intents=0)
    return await outcome(gateway)


async def heartbeat(on: Bench) -> object:
    gateway = await on.open()
    await gateway.send(1, None)
    # Something that ends the wait where no answer comes.
    await gateway.send(99, None)
    message = await gateway.socket.receive(timeout=PATIENCE_S)
    return message.json()["op"] if isinstance(message.data, str) else None


CLOSES = [
    closes(R.GATEWAY_TOKEN, 4004, 2, token="wrong"),
    closes(R.GATEWAY_INTENTS, 4013, 2, intents=None),
    closes(R.GATEWAY_INTENTS, 4013, 2, intents=1 << 30),
    closes(R.GATEWAY_PRIVILEGED, 4014, 2, intents=1 << 15),
    closes(R.GATEWAY_PRIVILEGED, 4014, 2, intents=1 << 1),
    closes(R.GATEWAY_PRIVILEGED, 4014, 2, intents=1 << 8),
    closes(R.GATEWAY_SHARD, 4010, 2, shard=[2, 2]),
    Row(R.GATEWAY_SHARDING, many_guilds, 4011),
    closes(R.GATEWAY_IDENTIFY, 4002, 2, properties=None),
    closes(R.GATEWAY_IDENTIFY, 4002, 2, large_threshold=251),
    closes(R.GATEWAY_FIRST, 4003, 3),
    Row(R.GATEWAY_TWICE, identify_twice, 4005),
    closes(R.GATEWAY_OPCODE, 4001, 99),
    closes_for(R.GATEWAY_JSON, 4002, "not json"),
    closes_for(R.GATEWAY_SIZE, 4002, json.dumps({"op": 1, "d": "x" * 4096})),
    Row(R.HEARTBEAT_ACK, heartbeat, 11),
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
    return await names(gateway)


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


async def compressed(on: Bench) -> object:
    url = on.world.gateway_url + "?v=10&encoding=json&compress=zlib-stream"
    async with on.session.ws_connect(url) as socket:
        stream = zlib.decompressobj()
        message = await socket.receive(timeout=PATIENCE_S)
        if not isinstance(message.data, bytes):
            return "plain"
        return json.loads(stream.decompress(message.data))["op"]


ALONE = ["INTERACTION_CREATE"]
UNREACHED = "The application did not respond"
EVENTS = [
    Row(R.INTENT_ASKED, message_without_intent, ALONE),
    Row(R.INTENT_ASKED, direct_message_without_intent, ALONE),
    Row(R.EVENT_PRIVATE, private_answer, ALONE),
    Row(R.EVENT_HIDDEN, hidden_channel, ALONE),
    Row(R.SHARD_GUILD, on_the_other_shard, UNREACHED),
    Row(R.SHARD_GUILD, direct_messages_on_shard_one, UNREACHED),
    Row(R.ZLIB_STREAM, compressed, 10),
]
ROWS = CLOSES + SESSIONS + EVENTS
