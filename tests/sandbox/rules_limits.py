"""Rows for the limits of rate, which are off until they are switched on."""

from aiohttp import WSMsgType

from sandbox.discord import Rule
from tests.patience import PATIENCE_S
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import JSON, Bench, Row, outcome, refused

R = Rule
HELLO: JSON = {"content": "x"}


async def sixth_message(on: Bench) -> Answer:
    on.world.limits.on(R.RATE_CREATE)
    for _ in range(5):
        await on.raw.send(HELLO)
    return await on.raw.send(HELLO)


async def sixth_edit(on: Bench) -> Answer:
    on.world.limits.on(R.RATE_EDIT)
    message = await on.bots_message()
    path = f"{on.raw.messages}/{message.id}"
    for _ in range(5):
        await on.raw.call("PATCH", path, HELLO)
    return await on.raw.call("PATCH", path, HELLO)


async def sixth_webhook_request(on: Bench) -> Answer:
    await on.listen()
    use = on.ada.use("imagine")
    await on.answer(use, 5)
    on.world.limits.on(R.RATE_WEBHOOK)
    for _ in range(5):
        await on.change(use, HELLO)
    return await on.change(use, HELLO)


async def many_followups_in_a_channel(on: Bench) -> Answer:
    await on.listen()
    on.world.limits.on(R.RATE_WEBHOOK_CHANNEL)
    answer = Answer(0, None)
    for _ in range(11):
        use = on.ada.use("imagine")
        await on.answer(use, 4, HELLO)
        for _ in range(3):
            answer = await on.follow_up(use, HELLO)
            if answer.status == 429:
                return answer
    return answer


async def many_requests(on: Bench) -> Answer:
    on.world.limits.on(R.RATE_GLOBAL)
    for _ in range(50):
        await on.raw.call("GET", "/users/@me")
    return await on.raw.call("GET", "/users/@me")


async def interaction_beside_many_requests(on: Bench) -> Answer:
    await on.listen()
    use = on.ada.use("imagine")
    on.world.limits.set(R.RATE_GLOBAL, 1, 1)
    await on.raw.call("GET", "/users/@me")
    return await on.answer(use, 4, HELLO)


async def old_edits(on: Bench) -> Answer:
    on.world.limits.on(R.RATE_OLD_EDITS)
    message = await on.bots_message()
    path = f"{on.raw.messages}/{message.id}"
    on.world.clock.advance(60 * 60 + 1)
    for _ in range(3):
        await on.raw.call("PATCH", path, HELLO)
    return await on.raw.call("PATCH", path, HELLO)


async def banned(on: Bench) -> object:
    on.world.limits.on(R.RATE_INVALID)
    on.world.limits.count_invalid(403, times=10_000)
    async with on.session.get(on.world.api_base + "/users/@me") as response:
        return response.status, response.content_type, "Via" in response.headers


async def many_frames(on: Bench) -> object:
    gateway = await on.open()
    on.world.limits.on(R.RATE_SENDS)
    for _ in range(120):
        await gateway.send(1, None)
    # One too many; without the limit it is only an opcode that does not exist.
    await gateway.send(99, None)
    while (await gateway.socket.receive(timeout=PATIENCE_S)).type is WSMsgType.TEXT:
        pass
    return gateway.socket.close_code


async def second_identify(on: Bench) -> object:
    on.world.limits.on(R.RATE_IDENTIFY)
    await on.listen()
    second = await on.open()
    await second.identify(on.world, intents=0)
    frame = await second.frame()
    return frame["op"], frame["d"] is False


async def three_shards_identify(on: Bench) -> object:
    """Identify shards 0, 1 and 2, of which 0 and 2 share a bucket."""
    on.world.limits.on(R.RATE_IDENTIFY)
    on.world.gateway.max_concurrency = 2
    seen = []
    for number in range(3):
        gateway = await on.open()
        await gateway.identify(on.world, intents=0, shard=[number, 3])
        seen.append((await gateway.frame())["op"])
    return seen


async def one_identify_too_many(on: Bench) -> object:
    on.world.limits.set(R.RATE_IDENTIFY_DAY, 1, 24 * 60 * 60)
    await on.listen()
    second = await on.open()
    await second.identify(on.world, intents=0)
    return await outcome(second)


async def headers_of_every_answer(on: Bench) -> object:
    answers = [await on.raw.call("GET", path) for path in ("/users/@me", "/channels/1")]
    wanted = {"X-RateLimit-Bucket", "Via"}
    return [wanted <= {*answer.headers} for answer in answers]


ROWS = [
    Row(R.RATE_HEADERS, headers_of_every_answer, [True, True]),
    refused(R.RATE_CREATE, sixth_message, 429, None),
    refused(R.RATE_EDIT, sixth_edit, 429, None),
    refused(R.RATE_WEBHOOK, sixth_webhook_request, 429, None),
    refused(R.RATE_WEBHOOK_CHANNEL, many_followups_in_a_channel, 429, None),
    refused(R.RATE_GLOBAL, many_requests, 429, None),
    Row(R.RATE_GLOBAL_EXEMPT, interaction_beside_many_requests, (200, None)),
    refused(R.RATE_OLD_EDITS, old_edits, 429, 30046),
    Row(R.RATE_INVALID, banned, (429, "text/html", False)),
    Row(R.RATE_SENDS, many_frames, 4008),
    Row(R.RATE_IDENTIFY, second_identify, (9, True)),
    Row(R.RATE_IDENTIFY, three_shards_identify, [0, 0, 9]),
    Row(R.RATE_IDENTIFY_DAY, one_identify_too_many, 4004),
]
