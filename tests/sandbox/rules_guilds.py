"""Rows for guilds: roles, members, bans, webhooks, commands, pins, and the events of all that."""

import asyncio
from collections.abc import Awaitable, Callable

from sandbox.discord import Intent, Permission, Rule
from tests.patience import PATIENCE_S
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import JSON, Ask, Bench, Row, calls, events, invalid, refused

R = Rule
P = Permission
ALL_INTENTS = (1 << 17) - 1 & ~(1 << 15) | 1 << 24 | 1 << 25
DAY_S = 24 * 60 * 60
COMMAND: JSON = {"name": "draw", "description": "Draw"}


def let(on: Bench, *permissions: Permission) -> None:
    """Let everybody of the guild, and so the bot, do more."""
    for permission in permissions:
        on.world.guild.everyone.permissions |= permission


def with_permissions(ask: Ask, *permissions: Permission) -> Ask:
    async def act(on: Bench) -> Answer:
        let(on, *permissions)
        return await ask(on)

    return act


def about_ada(method: str, path: str, payload: object = None) -> Ask:
    """Make a request whose path has Ada's id."""

    async def act(on: Bench) -> Answer:
        place = path.format(guild=on.world.guild.id, ada=on.ada.user.id)
        return await on.raw.call(method, place, payload)

    return act


def about_a_higher_role(method: str, path: str) -> Ask:
    """Make a request about a role above the bot's own, which is at 1."""

    async def act(on: Bench) -> Answer:
        role = on.world.add_role("Painters")
        role.position = 2
        let(on, P.MANAGE_ROLES)
        place = path.format(guild=on.world.guild.id, role=role.id, ada=on.ada.user.id)
        return await on.raw.call(method, place)

    return act


ROLES = "/guilds/{guild}/roles"
MEMBER = "/guilds/{guild}/members/{ada}"
BAN = "/guilds/{guild}/bans/{ada}"
OVERWRITE = "/channels/{channel}/permissions/1"
TIMEOUT: JSON = {"communication_disabled_until": "2030-01-01T00:00:00+00:00"}
LONG_NAME = calls("POST", ROLES, {"name": "x" * 101})
LONG_NICK = calls("PATCH", "/guilds/{guild}/members/@me", {"nick": "x" * 33})
NEW_CHANNEL = calls("POST", "/guilds/{guild}/channels", {"name": "x"})
GUILDS = [
    refused(R.UNKNOWN_ROLE, calls("GET", ROLES + "/1"), 404, 10011),
    refused(R.MANAGE_ROLES, calls("POST", ROLES, {"name": "x"}), 403, 50013),
    refused(R.ROLE_ABOVE, about_a_higher_role("DELETE", ROLES + "/{role}"), 403, 50013),
    refused(R.ROLE_ABOVE, about_a_higher_role("PUT", MEMBER + "/roles/{role}"), 403, 50013),
    invalid(R.ROLE_NAME, with_permissions(LONG_NAME, P.MANAGE_ROLES), "name"),
    refused(R.KICK_MEMBERS, about_ada("DELETE", MEMBER), 403, 50013),
    refused(R.BAN_MEMBERS, about_ada("PUT", BAN, {}), 403, 50013),
    refused(R.UNKNOWN_BAN, with_permissions(about_ada("GET", BAN), P.BAN_MEMBERS), 404, 10026),
    refused(R.MODERATE_MEMBERS, about_ada("PATCH", MEMBER, TIMEOUT), 403, 50013),
    refused(R.MANAGE_NICKNAMES, about_ada("PATCH", MEMBER, {"nick": "A"}), 403, 50013),
    invalid(R.NICK_LENGTH, LONG_NICK, "nick"),
    refused(R.MEMBERS_INTENT, calls("GET", "/guilds/{guild}/members"), 403, 50001),
    refused(R.CHANNEL_MANAGE, NEW_CHANNEL, 403, 50013),
    refused(R.OVERWRITE_MANAGE, calls("PUT", OVERWRITE, {"deny": 1}), 403, 50013),
    refused(R.UNKNOWN_USER, calls("GET", "/users/1"), 404, 10013),
]


async def no_thread_member(on: Bench) -> Answer:
    thread = on.world.add_thread("Talk")
    return await on.raw.call("GET", f"/channels/{thread.id}/thread-members/{on.ada.user.id}")


async def pin(on: Bench) -> Answer:
    return await on.raw.call("PUT", f"{on.raw.messages}/pins/{on.ada.send('x').id}")


def bulk(count: int, *, days: int = 0) -> Ask:
    async def act(on: Bench) -> Answer:
        let(on, P.MANAGE_MESSAGES)
        ids = [str(on.ada.send("x").id) for _ in range(count)]
        on.world.clock.advance(days * DAY_S)
        return await on.raw.call("POST", f"{on.raw.messages}/bulk-delete", {"messages": ids})

    return act


MESSAGES = [
    refused(R.THREAD_MEMBER, no_thread_member, 404, 10007),
    refused(R.PIN_MESSAGES, pin, 403, 50013),
    invalid(R.BULK_COUNT, bulk(1), "messages"),
    refused(R.BULK_AGE, bulk(2, days=15), 400, 50034),
]


async def webhook(on: Bench, name: str = "hook") -> Answer:
    let(on, P.MANAGE_WEBHOOKS)
    return await on.raw.call("POST", f"/channels/{on.world.channel.id}/webhooks", {"name": name})


async def wrong_webhook_token(on: Bench) -> Answer:
    made = (await webhook(on)).body
    return await on.raw.call("POST", f"/webhooks/{made['id']}/wrong", {"content": "x"})


async def many_webhooks(on: Bench) -> Answer:
    for _ in range(15):
        await webhook(on)
    return await webhook(on)


NEW_WEBHOOK = calls("POST", "/channels/{channel}/webhooks", {"name": "x"})
WEBHOOKS = [
    refused(R.MANAGE_WEBHOOKS, NEW_WEBHOOK, 403, 50013),
    refused(R.UNKNOWN_WEBHOOK, calls("GET", "/webhooks/1"), 404, 10015),
    refused(R.WEBHOOK_TOKEN, wrong_webhook_token, 401, 50027),
    invalid(R.WEBHOOK_NAME, lambda on: webhook(on, "n" * 81), "name"),
    refused(R.WEBHOOK_COUNT, many_webhooks, 400, 30007),
]


async def same_name_as_another(on: Bench) -> Answer:
    await on.register([COMMAND, {**COMMAND, "name": "paint"}])
    first = on.world.commands[0]["id"]
    return await on.raw.call("PATCH", f"{on.commands}/{first}", {"name": "paint"})


async def one_command_too_many(on: Bench) -> Answer:
    await on.register([{**COMMAND, "name": f"c{number}"} for number in range(100)])
    return await on.raw.call("POST", on.commands, COMMAND)


GUILD_COMMANDS = "/applications/{bot}/guilds/{guild}/commands"
SINGLE_COMMANDS = [
    refused(R.UNKNOWN_COMMAND, calls("GET", "/applications/{bot}/commands/1"), 404, 10063),
    invalid(R.COMMAND_UNIQUE, same_name_as_another, "name"),
    refused(R.COMMAND_COUNT, one_command_too_many, 400, 30032),
    invalid(R.COMMAND_NAME, calls("POST", GUILD_COMMANDS, {**COMMAND, "name": "X"}), "name"),
]

Change = Callable[[Bench], Awaitable[object]]


def told(change: Change, *expected: str) -> Row:
    """Compare the events that a change brings, among those that are only told."""

    async def act(on: Bench) -> object:
        on.world.grant_intents(Intent.GUILD_MEMBERS, Intent.GUILD_PRESENCES)
        let(on, P.PIN_MESSAGES, P.BAN_MEMBERS)
        gateway = await on.listen(intents=ALL_INTENTS)
        await change(on)
        on.world.world.news.tell("CHANNEL_UPDATE", on.world.channel)
        seen = [name for name, _ in await events(gateway, "CHANNEL_UPDATE")]
        return [name for name in seen if name in set(expected)]

    return Row(R.CHANGE_EVENT, act, list(expected))


async def polled(on: Bench, *, undo: bool = False) -> None:
    poll = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "yes"}}]}
    on.ada.vote(await on.bots_message({"poll": poll}), 1, undo=undo)


async def vote_taken_back(on: Bench) -> None:
    await polled(on, undo=True)


async def bot_types(on: Bench) -> object:
    return await on.raw.call("POST", f"/channels/{on.world.channel.id}/typing")


async def thread_left(on: Bench) -> object:
    thread = on.world.add_thread("Talk")
    await on.raw.call("PUT", f"/channels/{thread.id}/thread-members/@me")
    return await on.raw.call("DELETE", f"/channels/{thread.id}/thread-members/@me")


async def banned_and_back(on: Bench) -> None:
    path = f"/guilds/{on.world.guild.id}/bans/{on.ada.user.id}"
    await on.raw.call("PUT", path, {})
    await on.raw.call("DELETE", path)
    on.world.add_member(on.ada)


async def idle(on: Bench) -> None:
    on.ada.set_status("idle")


async def person_types(on: Bench) -> None:
    on.ada.type()


async def new_emoji(on: Bench) -> None:
    on.world.add_emoji("blob")


async def renamed(on: Bench) -> object:
    return await on.raw.call("PATCH", "/users/@me", {"username": "Robo"})


async def guild_left(on: Bench) -> object:
    other = on.world.add_guild("Other")
    return await on.raw.call("DELETE", f"/users/@me/guilds/{other.id}")


def members(intents: int, expected: list[str], **asked: object) -> Row:
    """Compare the names that a request over the gateway brings."""

    async def act(on: Bench) -> object:
        on.world.grant_intents(Intent.GUILD_MEMBERS)
        gateway = await on.listen(intents=intents)
        await gateway.send(8, {"guild_id": str(on.world.guild.id), "limit": 0, **asked})
        async with asyncio.timeout(PATIENCE_S):
            while R.MEMBERS_CHUNK not in on.world.rules.struck:
                await asyncio.sleep(0.01)
        on.world.world.news.tell("CHANNEL_UPDATE", on.world.channel)
        seen = dict(await events(gateway, "CHANNEL_UPDATE")).get("GUILD_MEMBERS_CHUNK")
        return [member["user"]["username"] for member in seen["members"]] if seen else None

    return Row(R.MEMBERS_CHUNK, act, expected)


EVENTS = [
    told(bulk(2), "MESSAGE_DELETE_BULK"),
    told(polled, "MESSAGE_POLL_VOTE_ADD"),
    told(vote_taken_back, "MESSAGE_POLL_VOTE_REMOVE"),
    told(pin, "CHANNEL_PINS_UPDATE"),
    told(bot_types, "TYPING_START"),
    told(person_types, "TYPING_START"),
    told(thread_left, "THREAD_MEMBERS_UPDATE", "THREAD_MEMBERS_UPDATE"),
    told(webhook, "WEBHOOKS_UPDATE"),
    told(
        banned_and_back,
        *("GUILD_BAN_ADD", "GUILD_MEMBER_REMOVE", "GUILD_BAN_REMOVE", "GUILD_MEMBER_ADD"),
    ),
    told(new_emoji, "GUILD_EMOJIS_UPDATE"),
    told(idle, "PRESENCE_UPDATE"),
    told(renamed, "USER_UPDATE"),
    told(guild_left, "GUILD_DELETE"),
    members(1 | 1 << 1, ["Bot", "grace", "ada"], query=""),
    members(1, ["ada"], query="ad", limit=5),
]
ROWS = GUILDS + MESSAGES + WEBHOOKS + SINGLE_COMMANDS + EVENTS
