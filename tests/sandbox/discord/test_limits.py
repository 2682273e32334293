"""The limits of rate: off at first, by the world's clock, with Discord's headers."""

from sandbox.discord import LocalDiscord, Rule
from tests.sandbox.discord.raw import Raw

HELLO = {"content": "x"}


async def test_nothing_is_limited_until_it_is_switched_on(raw: Raw) -> None:
    answers = [await raw.send(HELLO) for _ in range(60)]
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["X-RateLimit-Remaining"] for answer in answers} == {"9999"}
    assert len({answer.headers["X-RateLimit-Bucket"] for answer in answers}) == 1


async def test_headers_count_down_and_the_clock_opens_the_bucket_again(
    world: LocalDiscord, raw: Raw
) -> None:
    world.limits.on(Rule.RATE_CREATE)
    answers = [await raw.send(HELLO) for _ in range(6)]
    left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert left == ["4", "3", "2", "1", "0", "0"]
    limited = answers[-1]
    assert limited.status == 429
    assert limited.body.keys() == {"message", "retry_after", "global"}
    assert 4 < limited.body["retry_after"] <= 5
    assert limited.headers["Retry-After"] == "5"
    assert limited.headers["Via"] == "1.1 google"
    assert limited.headers["X-RateLimit-Scope"] == "user"
    assert limited.headers["X-RateLimit-Limit"] == "5"
    assert len({answer.headers["X-RateLimit-Bucket"] for answer in answers}) == 1
    world.clock.advance(5)
    assert (await raw.send(HELLO)).status == 200


async def test_each_channel_has_its_own_bucket(world: LocalDiscord, raw: Raw) -> None:
    world.limits.set(Rule.RATE_CREATE, 1, 5)
    other = world.add_channel("more")
    assert (await raw.send(HELLO)).status == 200
    assert (await raw.call("POST", f"/channels/{other.id}/messages", HELLO)).status == 200
    assert (await raw.send(HELLO)).status == 429


async def test_the_global_limit_says_so(world: LocalDiscord, raw: Raw) -> None:
    world.limits.on()
    world.limits.set(Rule.RATE_GLOBAL, 1, 1)
    await raw.call("GET", "/users/@me")
    limited = await raw.call("GET", "/users/@me")
    assert limited.body["global"]
    assert limited.headers["X-RateLimit-Global"] == "true"
    assert limited.headers["X-RateLimit-Scope"] == "global"
    world.limits.off()
    assert (await raw.call("GET", "/users/@me")).status == 200


async def test_refusals_and_limits_end_in_a_ban(world: LocalDiscord, raw: Raw) -> None:
    world.limits.set(Rule.RATE_INVALID, 2, 600)
    for _ in range(2):
        assert (await raw.call("GET", "/users/@me", token="wrong")).status == 401
    status, _, content_type = await raw.get(world.api_base + "/users/@me")
    assert (status, content_type) == (429, "text/html")
    world.clock.advance(600)
    assert (await raw.call("GET", "/users/@me")).status == 200


async def test_young_messages_are_edited_freely(world: LocalDiscord, raw: Raw) -> None:
    world.limits.on(Rule.RATE_OLD_EDITS)
    sent = await raw.send(HELLO)
    path = f"{raw.messages}/{sent.body['id']}"
    for _ in range(10):
        assert (await raw.call("PATCH", path, HELLO)).status == 200


async def test_identifies_are_counted(world: LocalDiscord, raw: Raw) -> None:
    limit = (await raw.call("GET", "/gateway/bot")).body["session_start_limit"]
    assert (limit["total"], limit["remaining"]) == (1000, 1000)


async def test_session_starts_that_are_left_are_told(world: LocalDiscord, raw: Raw) -> None:
    world.limits.set(Rule.RATE_IDENTIFY_DAY, 3, 60)
    world.limits.take(Rule.RATE_IDENTIFY_DAY)
    limit = (await raw.call("GET", "/gateway/bot")).body["session_start_limit"]
    assert (limit["total"], limit["remaining"]) == (3, 2)
    assert 0 < limit["reset_after"] <= 60_000
    world.clock.advance(60)
    limit = (await raw.call("GET", "/gateway/bot")).body["session_start_limit"]
    assert (limit["remaining"], limit["reset_after"]) == (3, 0)


async def test_shards_and_concurrent_identifies_are_told(world: LocalDiscord, raw: Raw) -> None:
    world.gateway.shards, world.gateway.max_concurrency = 6, 2
    body = (await raw.call("GET", "/gateway/bot")).body
    assert (body["shards"], body["session_start_limit"]["max_concurrency"]) == (6, 2)
