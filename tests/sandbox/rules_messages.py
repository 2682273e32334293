"""Rows for messages: any body, what they say, and their files."""

from base64 import b64decode
from urllib.parse import quote

from sandbox.discord import Permission, Rule, Upload
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import (
    JSON,
    Ask,
    Bench,
    Row,
    calls,
    events,
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
SMILE = "\N{GRINNING FACE}"
POLL: JSON = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "yes"}}]}
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


async def urlencoded_message(on: Bench) -> object:
    kind = "application/x-www-form-urlencoded"
    await posted(on, on.raw.messages, b"content=hello", kind)
    return [message.text for message in on.ada.read()]


async def multipart_message(on: Bench) -> object:
    body = b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\nhello\r\n--x--\r\n'
    await posted(on, on.raw.messages, body, "multipart/form-data; boundary=x")
    return [message.text for message in on.ada.read()]


async def part_without_a_name(on: Bench) -> Answer:
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n"
    return await posted(on, on.raw.messages, body, "multipart/form-data; boundary=x")


async def gateway_without_a_token(on: Bench) -> object:
    async with on.session.get(on.world.api_base + "/gateway") as response:
        return response.status


async def discontinued_version(on: Bench) -> object:
    async with on.session.get(f"{on.world.base_url}/api/v5/gateway") as response:
        return response.status, (await response.json())["code"]


async def wrong_token(on: Bench) -> Answer:
    return await on.raw.call("GET", "/users/@me", token="wrong")


async def another_secret(on: Bench) -> Answer:
    """Send a token in Discord's form: the bot's id, a time and a secret, of which one is wrong."""
    owner, time, secret = on.world.bot_token.split(".")
    assert int(b64decode(owner + "==")) == on.world.world.bot.id
    return await on.raw.call("GET", "/users/@me", token=f"{owner}.{time}.{secret[::-1]}")


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


async def reactions(on: Bench, *emojis: str, undo: bool = False) -> Answer:
    sent = await on.raw.send({"content": "x"})
    answer = sent
    for emoji in emojis:
        path = f"{on.raw.messages}/{sent.body['id']}/reactions/{quote(emoji)}/@me"
        answer = await on.raw.call("PUT", path)
        if undo:
            answer = await on.raw.call("DELETE", path)
    return answer


async def many_reactions(on: Bench) -> Answer:
    return await reactions(on, *[chr(0x1F600 + number) for number in range(21)])


async def unknown_emoji(on: Bench) -> Answer:
    return await reactions(on, "kind:1")


async def word_for_an_emoji(on: Bench) -> Answer:
    return await reactions(on, "thumbsup")


async def reaction_that_is_not_there(on: Bench) -> Answer:
    message = on.ada.send("x")
    path = f"{on.raw.messages}/{message.id}/reactions/{quote(SMILE)}/@me"
    return await on.raw.call("DELETE", path)


async def shown_reactions(on: Bench) -> object:
    message = on.ada.send("x")
    for emoji in (SMILE, on.world.add_emoji("blob")):
        on.ada.react(message, emoji)
        path = f"{on.raw.messages}/{message.id}/reactions/{quote(emoji)}/@me"
        await on.raw.call("PUT", path)
    seen = (await on.raw.call("GET", f"{on.raw.messages}/{message.id}")).body
    return [(one["emoji"]["name"], one["count"], one["me"]) for one in seen.get("reactions", [])]


async def reaction_events(on: Bench) -> object:
    gateway = await on.listen(intents=1 | 1 << 10)
    await reactions(on, SMILE, undo=True)
    on.ada.use("imagine")
    seen = await events(gateway, "INTERACTION_CREATE")
    return [name for name, _ in seen if "REACTION" in name]


async def nonce_in_another_channel(on: Bench) -> object:
    first = (await on.raw.send(ONCE)).body["id"]
    path = f"/channels/{on.world.add_channel('other').id}/messages"
    return (await on.raw.call("POST", path, ONCE)).body["id"] == first


async def reply_to_another_channel(on: Bench) -> Answer:
    other = on.world.add_channel("other")
    target = on.ada.send("x", channel=other)
    reference: JSON = {"message_id": str(target.id), "channel_id": str(other.id)}
    reference["fail_if_not_exists"] = False
    return await on.raw.send({"content": "x", "message_reference": reference})


def polls(**fields: object) -> Ask:
    return sends({"poll": POLL | fields})


async def shown_poll(on: Bench) -> object:
    message = await on.bots_message({"poll": POLL, "content": "x"})
    return [answer["answer_id"] for answer in message.raw.get("poll", {}).get("answers", [])]


async def poll_without_permission(on: Bench) -> Answer:
    on.deprive(Permission.SEND_POLLS)
    return await on.raw.send({"poll": POLL})


async def reaction_without_permission(on: Bench) -> Answer:
    on.deprive(Permission.ADD_REACTIONS)
    return await reactions(on, SMILE)


async def typing_after_ten_seconds(on: Bench) -> object:
    await on.raw.call("POST", f"/channels/{on.world.channel.id}/typing")
    on.world.clock.advance(10)
    return on.ada.sees_typing()


MESSAGES = [
    refused(R.JSON_BODY, broken_json, 400, 50109),
    refused(R.BODY_TYPE, plain_text, 400, 50035),
    refused(R.BODY_TYPE, form_where_none_is_taken, 400, 50035),
    refused(R.BODY_TYPE, part_without_a_name, 400, 50035),
    invalid(R.TEXT_TYPE, sends({"content": 5}), "content"),
    invalid(R.TEXT_TYPE, sends({"content": ["x"]}), "content"),
    invalid(R.TEXT_TYPE, sends({"embeds": [{"title": "x", "url": 5}]}), "embeds.0.url"),
    invalid(R.FIELD_TYPE, sends({"embeds": [{"title": "x", "footer": "x"}]}), "embeds.0.footer"),
    invalid(R.FIELD_TYPE, sends({"content": "x", "tts": "maybe"}), "tts"),
    invalid(R.FIELD_TYPE, sends({"content": "x", "message_reference": "x"}), "message_reference"),
    invalid(R.PATH_ID, calls("GET", "/channels/undefined/messages"), "channel_id"),
    invalid(R.PATH_ID, calls("GET", "/channels/{channel}/messages/None"), "message_id"),
    invalid(R.FIELD_TYPE, sends({"content": "x", "flags": "4"}), "flags"),
    Row(R.FORM_FIELDS, urlencoded_message, ["hello"]),
    Row(R.FORM_FIELDS, multipart_message, ["hello"]),
    Row(R.OPEN_GATEWAY, gateway_without_a_token, 200),
    Row(R.API_VERSION, discontinued_version, (400, 50041)),
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
    refused(R.BOT_TOKEN, another_secret, 401, 0),
    invalid(R.CONTENT_LENGTH, sends({"content": "x" * 2001}), "content"),
    refused(R.EMPTY_MESSAGE, sends({}), 400, 50006),
    invalid(R.NONCE_LENGTH, sends({"content": "x", "nonce": "n" * 26}), "nonce"),
    invalid(R.NONCE_LENGTH, sends({"content": "x", "nonce": 10**25}), "nonce"),
    invalid(R.NONCE_TYPE, sends({"content": "x", "nonce": True}), "nonce"),
    invalid(R.NONCE_TYPE, sends({"content": "x", "nonce": []}), "nonce"),
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
    Row(R.NONCE_REPEATED, nonce_in_another_channel, expected=True),
    invalid(R.REPLY_CHANNEL, reply_to_another_channel, "message_reference.channel_id"),
    refused(R.REACTION_COUNT, many_reactions, 400, 30010),
    refused(R.REACTION_EMOJI, unknown_emoji, 400, 10014),
    refused(R.REACTION_EMOJI, word_for_an_emoji, 400, 10014),
    refused(R.REACTION_EMOJI, reaction_that_is_not_there, 400, 10014),
    Row(R.REACTION_SHOWN, shown_reactions, [(SMILE, 2, True), ("blob", 2, True)]),
    Row(
        R.REACTION_EVENT,
        reaction_events,
        ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"],
    ),
    refused(R.STICKERS, sends({"content": "x", "sticker_ids": ["1"]}), 400, 50081),
    invalid(R.POLL_QUESTION, polls(question={"text": "q" * 301}), "poll.question.text"),
    invalid(R.POLL_ANSWERS, polls(answers=POLL["answers"] * 11), "poll.answers"),
    invalid(
        R.POLL_ANSWER,
        polls(answers=[{"poll_media": {"text": "a" * 56}}]),
        "poll.answers.0.poll_media.text",
    ),
    invalid(R.POLL_DURATION, polls(duration=769), "poll.duration"),
    Row(R.POLL_SHOWN, shown_poll, [1]),
    refused(R.SEND_POLLS, poll_without_permission, 403, 50013),
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


async def sizes_of_pictures(on: Bench) -> object:
    """Tell which answers there are to whether a picture's size is named."""
    pictures = [Upload("a.png", png(1 + number, 1)) for number in range(10)]
    shown = on.ada.send("", uploads=pictures).raw["attachments"]
    return {"width" in picture for picture in shown}


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
    Row(R.SIZELESS, sizes_of_pictures, {True, False}),
    Row(R.V2_ATTACHMENTS, attachments_of_a_card, expected=[]),
]


ROWS = MESSAGES + FILES
