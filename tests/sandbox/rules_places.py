"""Rows for channels, threads, permissions, roles and overwrites."""

from urllib.parse import quote

from sandbox.discord import Permission, Rule
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import JSON, Ask, Bench, Row, calls, invalid, refused

R = Rule
P = Permission
HELLO = {"content": "x"}
SMILE = "\N{GRINNING FACE}"
FILE = ("a.txt", b"x")


def without(*missing: Permission, payload: JSON | None = None, file: bool = False) -> Ask:
    """Send a message where the bot lacks permissions."""

    async def act(on: Bench) -> Answer:
        on.deprive(*missing)
        return await on.raw.send(payload or HELLO, *([FILE] if file else []))

    return act


async def where_the_bot_is_no_member(on: Bench) -> Answer:
    channel = on.world.add_channel("x", on.world.add_guild("Elsewhere", bot_is_member=False))
    return await on.raw.call("POST", f"/channels/{channel.id}/messages", HELLO)


async def in_a_group(on: Bench) -> Answer:
    group = on.world.add_group(on.ada, on.world.person("Bob"))
    return await on.raw.call("POST", f"/channels/{group.id}/messages", HELLO)


async def in_a_deleted_channel(on: Bench) -> Answer:
    on.world.delete_channel(on.world.channel)
    return await on.raw.send(HELLO)


async def in_a_thread(on: Bench, payload: JSON) -> Answer:
    thread = on.world.add_thread("Talk")
    return await on.raw.call("POST", f"/channels/{thread.id}/messages", payload)


async def thread_without_permission(on: Bench) -> Answer:
    on.deprive(P.SEND_MESSAGES_IN_THREADS)
    return await in_a_thread(on, HELLO)


async def reading_without_history(on: Bench) -> Answer:
    message = on.ada.send("x")
    on.deprive(P.READ_MESSAGE_HISTORY)
    return await on.raw.call("GET", f"{on.raw.messages}/{message.id}")


async def history_without_permission(on: Bench) -> object:
    on.ada.send("x")
    on.deprive(P.READ_MESSAGE_HISTORY)
    return (await on.raw.call("GET", on.raw.messages)).body


async def deleting_anothers(on: Bench) -> Answer:
    return await on.raw.call("DELETE", f"{on.raw.messages}/{on.ada.send('mine').id}")


async def deleting_in_a_dm(on: Bench) -> Answer:
    message = on.ada.send("mine", channel=on.ada.dm)
    return await on.raw.call("DELETE", f"/channels/{on.ada.dm.id}/messages/{message.id}")


async def to_a_closed_dm(on: Bench) -> Answer:
    on.ada.dm.closed_to_bot = True
    return await on.raw.call("POST", f"/channels/{on.ada.dm.id}/messages", HELLO)


async def into_a_forum(on: Bench) -> Answer:
    forum = on.world.add_forum("gallery")
    return await on.raw.call("POST", f"/channels/{forum.id}/messages", HELLO)


PLACES = [
    refused(R.UNKNOWN_CHANNEL, calls("GET", "/channels/1"), 404, 10003),
    refused(R.UNKNOWN_CHANNEL, in_a_deleted_channel, 404, 10003),
    refused(R.UNKNOWN_GUILD, calls("GET", "/guilds/1"), 404, 10004),
    refused(R.UNKNOWN_MEMBER, calls("GET", "/guilds/{guild}/members/1"), 404, 10007),
    refused(R.UNKNOWN_MESSAGE, calls("GET", "/channels/{channel}/messages/1"), 404, 10008),
    refused(
        R.UNKNOWN_USER, calls("POST", "/users/@me/channels", {"recipient_id": "1"}), 404, 10013
    ),
    refused(R.NOT_A_MEMBER, where_the_bot_is_no_member, 403, 50001),
    refused(R.NOT_IN_GROUP, in_a_group, 403, 50001),
    refused(R.VIEW_CHANNEL, without(P.VIEW_CHANNEL), 403, 50001),
    refused(R.SEND_MESSAGES, without(P.SEND_MESSAGES), 403, 50013),
    refused(R.SEND_IN_THREADS, thread_without_permission, 403, 50013),
    refused(R.ATTACH_FILES, without(P.ATTACH_FILES, file=True), 403, 50013),
    refused(
        R.EMBED_LINKS, without(P.EMBED_LINKS, payload={"embeds": [{"title": "x"}]}), 403, 50013
    ),
    refused(R.READ_HISTORY, reading_without_history, 403, 50013),
    Row(R.EMPTY_HISTORY, history_without_permission, expected=[]),
    refused(R.MANAGE_MESSAGES, deleting_anothers, 403, 50013),
    refused(R.DELETE_IN_DM, deleting_in_a_dm, 403, 50003),
    refused(R.CLOSED_DM, to_a_closed_dm, 403, 50007),
    refused(R.NOT_A_TEXT_CHANNEL, into_a_forum, 400, 50008),
]


async def denied_but_administrator(on: Bench) -> object:
    on.deprive(P.SEND_MESSAGES)
    on.world.guild.everyone.permissions |= P.ADMINISTRATOR
    return await on.bot_holds(P.SEND_MESSAGES)


async def held_by_a_role(on: Bench) -> object:
    on.deprive(P.SEND_MESSAGES)
    voice = on.world.add_role("Voice", permissions=P.SEND_MESSAGES)
    on.world.give_role(voice, on.world.world.bot)
    return await on.bot_holds(P.SEND_MESSAGES)


async def denied_to_everyone(on: Bench) -> object:
    on.world.set_overwrite(on.world.guild.everyone, deny=P.SEND_MESSAGES)
    return await on.bot_holds(P.SEND_MESSAGES)


async def denied_to_everyone_but_a_role(on: Bench) -> object:
    role = on.world.add_role("Voice")
    on.world.give_role(role, on.world.world.bot)
    on.world.set_overwrite(role, allow=P.SEND_MESSAGES)
    return await denied_to_everyone(on)


async def denied_to_a_role_but_not_the_bot(on: Bench) -> object:
    role = on.world.add_role("Muted")
    on.world.give_role(role, on.world.world.bot)
    on.world.set_overwrite(role, deny=P.SEND_MESSAGES)
    on.world.set_overwrite(on.world.world.bot, allow=P.SEND_MESSAGES)
    return await denied_to_everyone(on)


async def timed_out(on: Bench) -> object:
    on.world.time_out(on.world.world.bot, 60)
    return await on.bot_holds(P.SEND_MESSAGES)


async def thread_of_a_closed_channel(on: Bench) -> object:
    for closed in (on.world.guild.everyone, on.world.world.bot):
        on.world.set_overwrite(closed, deny=P.SEND_MESSAGES_IN_THREADS)
    return await on.bot_holds(P.SEND_MESSAGES_IN_THREADS, on.world.add_thread("Talk"))


PERMISSIONS = [
    Row(R.ADMINISTRATOR, denied_but_administrator, expected=True),
    Row(R.ROLE_PERMISSIONS, held_by_a_role, expected=True),
    Row(R.OVERWRITE_EVERYONE, denied_to_everyone, expected=False),
    Row(R.OVERWRITE_ROLE, denied_to_everyone_but_a_role, expected=True),
    Row(R.OVERWRITE_MEMBER, denied_to_a_role_but_not_the_bot, expected=True),
    Row(R.TIMEOUT, timed_out, expected=False),
    Row(R.THREAD_PARENT, thread_of_a_closed_channel, expected=False),
]


def thread(**fields: object) -> Ask:
    payload = {"name": "Talk", "type": 11, **fields}
    return calls("POST", "/channels/{channel}/threads", payload)


async def started(on: Bench) -> tuple[str, Answer]:
    message = str(on.ada.send("x").id)
    path = f"{on.raw.messages}/{message}/threads"
    return message, await on.raw.call("POST", path, {"name": "Talk"})


async def started_twice(on: Bench) -> Answer:
    message, _ = await started(on)
    return await on.raw.call("POST", f"{on.raw.messages}/{message}/threads", {"name": "Talk"})


async def has_the_messages_id(on: Bench) -> object:
    message, answer = await started(on)
    return answer.body["id"] == message


def thread_without(permission: Permission, kind: int) -> Ask:
    async def act(on: Bench) -> Answer:
        on.deprive(permission)
        return await thread(type=kind)(on)

    return act


def archived(act: Ask, *, locked: bool = False) -> Ask:
    """Do something about a message of the bot's in a thread that was archived meanwhile."""

    async def act_there(on: Bench) -> Answer:
        on.world.channel = on.world.add_thread("Talk")
        await on.raw.call("POST", f"/channels/{on.world.channel.id}/messages", HELLO)
        on.world.archive_thread(on.world.channel, locked=locked)
        return await act(on)

    return act_there


async def edits(on: Bench) -> Answer:
    [message] = on.world.channel.messages
    return await on.raw.call("PATCH", f"/channels/{on.world.channel.id}/messages/{message}", HELLO)


async def reacts(on: Bench) -> Answer:
    [message] = on.world.channel.messages
    path = f"/channels/{on.world.channel.id}/messages/{message}/reactions/{quote(SMILE)}/@me"
    return await on.raw.call("PUT", path)


async def is_archived_after_a_message(on: Bench) -> object:
    await archived(SEND)(on)
    return on.world.channel.archived


async def is_archived_after_unarchiving(on: Bench) -> object:
    await archived(UNARCHIVE)(on)
    return on.world.channel.archived


async def unarchiving_without_sending(on: Bench) -> Answer:
    on.deprive(P.SEND_MESSAGES)
    return await archived(UNARCHIVE)(on)


UNARCHIVE = calls("PATCH", "/channels/{channel}", {"archived": False})
SEND = calls("POST", "/channels/{channel}/messages", HELLO)
LOCK = calls("PATCH", "/channels/{channel}", {"locked": True})
ARCHIVED = [
    refused(R.THREAD_ARCHIVED, archived(edits), 400, 50083),
    refused(R.THREAD_NO_REACTION, archived(reacts), 400, 50083),
    Row(R.THREAD_WAKES, is_archived_after_a_message, expected=False),
    refused(R.THREAD_LOCKED, archived(SEND, locked=True), 400, 50083),
    Row(R.THREAD_UNARCHIVE, is_archived_after_unarchiving, expected=False),
    refused(R.THREAD_MANAGE, unarchiving_without_sending, 403, 50013),
    refused(R.THREAD_MANAGE, archived(UNARCHIVE, locked=True), 403, 50013),
    refused(R.THREAD_MANAGE, archived(LOCK), 403, 50013),
    refused(R.CHANNEL_MANAGE, calls("PATCH", "/channels/{channel}", {"name": "x"}), 403, 50013),
]


THREADS = [
    invalid(R.THREAD_NAME, thread(name="x" * 101), "name"),
    invalid(R.THREAD_ARCHIVE, thread(auto_archive_duration=5), "auto_archive_duration"),
    refused(R.THREAD_ONCE, started_twice, 400, 160004),
    Row(R.THREAD_ID, has_the_messages_id, expected=True),
    refused(R.THREAD_PUBLIC, thread_without(P.CREATE_PUBLIC_THREADS, 11), 403, 50013),
    refused(R.THREAD_PRIVATE, thread_without(P.CREATE_PRIVATE_THREADS, 12), 403, 50013),
]
ROWS = PLACES + PERMISSIONS + ARCHIVED + THREADS
