"""Rows for messages: any body, what they say, and their files."""

from sandbox.discord import Permission, Rule, Upload
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import (
    JSON,
    Bench,
    Row,
    calls,
    gallery,
    invalid,
    refused,
    row,
    sends,
    text,
    v2,
)

R = Rule
DAY_S = 24 * 60 * 60
ONCE: JSON = {"content": "x", "nonce": "job-1", "enforce_nonce": True}
PNG = ("a.png", png(1, 1))


async def broken_json(on: Bench) -> Answer:
    headers = {
        "Authorization": f"Bot {on.world.bot_token}",
        "Content-Type": "application/json",
    }
    url = on.world.api_base + on.raw.messages
    async with on.session.post(url, data=b"{not json", headers=headers) as response:
        return Answer(response.status, await response.json())


async def posted(on: Bench, path: str, body: bytes, kind: str) -> Answer:
    """Post a body with any content type."""
    headers = {"Authorization": f"Bot {on.world.bot_token}", "Content-Type": kind}
    async with on.session.post(on.world.api_base + path, data=body, headers=headers) as response:
        return Answer(response.status, await response.json())


async def plain_text(on: Bench) -> Answer:
    return await posted(on, on.raw.messages, b'{"content": "x"}', "text/plain")


async def form_where_none_is_taken(on: Bench) -> Answer:
    body = f"recipient_id={on.ada.user.id}".encode()
    return await posted(on, "/users/@me/channels", body, "application/x-www-form-urlencoded")


async def wrong_token(on: Bench) -> Answer:
    return await on.raw.call("GET", "/users/@me", token="wrong")


async def same_nonce(on: Bench, after_s: float = 0, *, deleted: bool = False) -> tuple[str, Answer]:
    first = (await on.raw.send(ONCE)).body["id"]
    if deleted:
        await on.raw.call("DELETE", f"{on.raw.messages}/{first}")
    on.world.clock.advance(after_s)
    return first, await on.raw.send(ONCE)


async def is_the_first_again(on: Bench) -> object:
    first, again = await same_nonce(on)
    return again.body["id"] == first


async def is_the_first_much_later(on: Bench) -> object:
    first, again = await same_nonce(on, DAY_S)
    return again.body["id"] == first


async def nonce_of_deleted(on: Bench) -> Answer:
    return (await same_nonce(on, deleted=True))[1]


async def reply_without_history(on: Bench) -> Answer:
    target = on.ada.send("x")
    on.deprive(Permission.READ_MESSAGE_HISTORY)
    return await on.raw.send({"content": "x", "message_reference": {"message_id": str(target.id)}})


async def unreadable_forward(on: Bench) -> Answer:
    secret = on.ada.send("secret")
    reference = {
        "type": 1,
        "channel_id": str(on.world.channel.id),
        "message_id": str(secret.id),
    }
    return await on.raw.send({"message_reference": reference})


async def edit_of_anothers(on: Bench) -> Answer:
    path = f"{on.raw.messages}/{on.ada.send('mine').id}"
    return await on.raw.call("PATCH", path, {"content": "x"})


async def reactions(on: Bench, kinds: int) -> Answer:
    sent = await on.raw.send({"content": "x"})
    answer = sent
    for number in range(kinds):
        path = f"{on.raw.messages}/{sent.body['id']}/reactions/kind:{number + 1}/@me"
        answer = await on.raw.call("PUT", path)
    return answer


async def reaction_without_permission(on: Bench) -> Answer:
    on.deprive(Permission.ADD_REACTIONS)
    return await reactions(on, 1)


async def typing_after_ten_seconds(on: Bench) -> object:
    await on.raw.call("POST", f"/channels/{on.world.channel.id}/typing")
    on.world.clock.advance(10)
    return on.ada.sees_typing()


MESSAGES = [
    refused(R.JSON_BODY, broken_json, 400, 50109),
    refused(R.BODY_TYPE, plain_text, 400, 50035),
    refused(R.BODY_TYPE, form_where_none_is_taken, 400, 50035),
    invalid(R.FIELD_TYPE, sends({"content": 5}), "content"),
    invalid(R.FIELD_TYPE, sends({"content": "x", "nonce": True}), "nonce"),
    invalid(R.FIELD_REQUIRED, calls("POST", "/users/@me/channels", {}), "recipient_id"),
    invalid(
        R.FIELD_REQUIRED,
        sends(v2({"type": 9, "components": [text("x")]})),
        "components.0.accessory",
    ),
    invalid(
        R.FIELD_REQUIRED,
        sends(v2(row({"type": 2, "style": 5, "label": "x"}))),
        "components.0.components.0.url",
    ),
    refused(R.BOT_TOKEN, wrong_token, 401, 0),
    invalid(R.CONTENT_LENGTH, sends({"content": "x" * 2001}), "content"),
    refused(R.EMPTY_MESSAGE, sends({}), 400, 50006),
    invalid(R.NONCE_LENGTH, sends({"content": "x", "nonce": "n" * 26}), "nonce"),
    Row(R.NONCE_REPEATED, is_the_first_again, expected=True),
    Row(R.NONCE_FORGOTTEN, is_the_first_much_later, expected=False),
    refused(R.NONCE_OF_DELETED, nonce_of_deleted, 404, 10008),
    invalid(
        R.REPLY_TARGET,
        sends({"content": "x", "message_reference": {"message_id": "1"}}),
        "message_reference",
    ),
    refused(R.REPLY_HISTORY, reply_without_history, 400, 160002),
    refused(R.FORWARD_UNREADABLE, unreadable_forward, 400, 160014),
    refused(R.OWN_MESSAGE, edit_of_anothers, 403, 50005),
    refused(R.REACTION_COUNT, lambda on: reactions(on, 21), 400, 30010),
    refused(R.ADD_REACTIONS, reaction_without_permission, 403, 50013),
    invalid(R.HISTORY_LIMIT, calls("GET", "/channels/{channel}/messages?limit=101"), "limit"),
    Row(R.TYPING_LASTS, typing_after_ten_seconds, expected=False),
]


async def too_large(on: Bench) -> Answer:
    on.world.guild.file_limit = 1000
    return await on.raw.send({}, ("a.bin", bytes(1001)))


async def large_in_a_boosted_guild(on: Bench) -> Answer:
    on.world.guild.tier = 2
    return await on.raw.send({}, ("a.bin", bytes(21 << 20)))


async def too_large_by_file(on: Bench) -> Answer:
    on.world.guild.calls_files_too_large = True
    return await too_large(on)


async def subscribers_answer(on: Bench) -> Answer:
    """A guild's limit is 1,000 bytes, the person's own 2,000, and the file has 1,500."""
    on.world.guild.file_limit = 1000
    boss = on.world.person("Bea", file_limit=2000)
    await on.listen()
    use = boss.use("imagine")
    await on.answer(use, 5)
    return await on.change(use, {}, ("a.bin", bytes(1500)))


async def large_request(on: Bench) -> Answer:
    on.world.guild.file_limit = 50 << 20
    return await on.raw.send({}, ("a.bin", bytes(13 << 20)), ("b.bin", bytes(13 << 20)))


async def edit_that_lists_nothing(on: Bench) -> object:
    sent = await on.raw.send({"content": "x"}, PNG)
    path = f"{on.raw.messages}/{sent.body['id']}"
    return (await on.raw.call("PATCH", path, {"attachments": []})).body["attachments"]


def link(on: Bench) -> str:
    return on.ada.send("", uploads=[Upload(*PNG)]).images[0].url


async def link_after_a_day(on: Bench) -> object:
    url = link(on)
    on.world.clock.advance(DAY_S)
    return (await on.raw.get(url))[0]


async def forged_link(on: Bench) -> object:
    return (await on.raw.get(link(on).replace("hm=", "hm=0")))[0]


async def uploaded_option_later(on: Bench) -> object:
    gateway = await on.listen()
    on.ada.use("edit", image=Upload(*PNG))
    (file,) = (await gateway.event("INTERACTION_CREATE"))["data"]["resolved"][
        "attachments"
    ].values()
    on.world.clock.advance(60 * 60)
    return (await on.raw.get(file["url"]))[0]


async def attachments_of_a_card(on: Bench) -> object:
    sent = await on.raw.send(v2(gallery("attachment://a.png")), PNG)
    return sent.body["attachments"]


FILES = [
    refused(R.ATTACHMENT_COUNT, sends({}, *[(f"{n}.txt", b"x") for n in range(11)]), 400, 30015),
    invalid(
        R.ATTACHMENT_UNKNOWN, sends({"content": "x", "attachments": [{"id": 5}]}), "attachments.0"
    ),
    invalid(
        R.ATTACHMENT_DESCRIPTION,
        sends({"attachments": [{"id": 0, "description": "x" * 1025}]}, PNG),
        "attachments.0.description",
    ),
    Row(R.ATTACHMENT_UNLISTED, edit_that_lists_nothing, expected=[]),
    refused(R.FILE_SIZE, too_large, 413, 40005),
    Row(R.FILE_SIZE_OF_TIER, large_in_a_boosted_guild, (200, None)),
    refused(R.FILE_SIZE_BY_FILE, too_large_by_file, 400, 50045),
    Row(R.FILE_SIZE_OF_PERSON, subscribers_answer, (200, None)),
    refused(R.REQUEST_SIZE, large_request, 413, 40005),
    Row(R.LINK_EXPIRES, link_after_a_day, 404),
    Row(R.LINK_SIGNED, forged_link, 404),
    Row(R.EPHEMERAL_FILE, uploaded_option_later, 404),
    Row(R.V2_ATTACHMENTS, attachments_of_a_card, expected=[]),
]


ROWS = MESSAGES + FILES
