"""Rows for mentions, and for what the bot may read without the privileged intent."""

from sandbox.discord import Permission, Rule, Upload
from tests.sandbox.discord.pictures import png
from tests.sandbox.rules_bench import JSON, Bench, Row, invalid, sends

R = Rule


async def mentions(on: Bench, content: str, **more: object) -> JSON:
    """Return what a message of the bot mentions; {ada} stands for her id."""
    sent = await on.raw.send({"content": content.format(ada=on.ada.user.id), **more})
    body: JSON = sent.body
    return body


async def a_person(on: Bench) -> object:
    return [user["username"] for user in (await mentions(on, "hi <@{ada}>"))["mentions"]]


async def a_person_in_code(on: Bench) -> object:
    return (await mentions(on, "`<@{ada}>` ```\n<@{ada}>\n```"))["mentions"]


async def everyone(on: Bench) -> object:
    on.world.guild.everyone.permissions |= Permission.MENTION_EVERYONE
    return (await mentions(on, "hi @here"))["mention_everyone"]


async def everyone_without_permission(on: Bench) -> object:
    return (await mentions(on, "hi @everyone"))["mention_everyone"]


async def roles_mentioned(on: Bench, *, mentionable: bool, answer: bool = False) -> int:
    role = on.world.add_role("Painters", mentionable=mentionable)
    payload = {"content": f"<@&{role.id}>"}
    if not answer:
        return len((await on.raw.send(payload)).body["mention_roles"])
    await on.listen()
    answered = await on.answer(on.ada.use("imagine"), 4, payload)
    return len(answered.body["resource"]["message"]["mention_roles"])


async def a_role(on: Bench) -> object:
    return await roles_mentioned(on, mentionable=True)


async def a_quiet_role(on: Bench) -> object:
    return await roles_mentioned(on, mentionable=False)


async def a_role_in_an_answer(on: Bench) -> object:
    return await roles_mentioned(on, mentionable=True, answer=True)


async def nobody_allowed(on: Bench) -> object:
    return (await mentions(on, "<@{ada}>", allowed_mentions={"parse": []}))["mentions"]


async def reply_without_replied_user(on: Bench) -> object:
    reference = {"message_id": str(on.ada.send("x").id)}
    allowed = {"parse": ["users"], "replied_user": False}
    sent = await mentions(on, "x", message_reference=reference, allowed_mentions=allowed)
    return sent["mentions"]


def allowed(**fields: object) -> JSON:
    return {"content": "x", "allowed_mentions": fields}


MENTIONS = [
    Row(R.MENTION_PARSED, a_person, ["ada"]),
    Row(R.MENTION_IN_CODE, a_person_in_code, []),
    Row(R.MENTION_EVERYONE, everyone, expected=True),
    Row(R.MENTION_EVERYONE_PERMISSION, everyone_without_permission, expected=False),
    Row(R.MENTION_ROLE, a_role, 1),
    Row(R.MENTION_ROLE_PERMISSION, a_quiet_role, 0),
    Row(R.MENTION_ALLOWED, nobody_allowed, []),
    invalid(R.MENTION_KINDS, sends(allowed(parse=["x"])), "allowed_mentions.parse.0"),
    invalid(R.MENTION_IDS, sends(allowed(users=["1"] * 101)), "allowed_mentions.users"),
    invalid(R.MENTION_EXCLUSIVE, sends(allowed(parse=["users"], users=["1"])), "allowed_mentions"),
    Row(R.MENTION_DEFAULT, a_role_in_an_answer, 0),
    Row(R.REPLIED_USER, reply_without_replied_user, []),
]


async def heard(on: Bench, said: str) -> object:
    """Return the content with which Ada's words arrive at the gateway."""
    gateway = await on.listen()
    on.ada.send(said)
    return (await gateway.event("MESSAGE_CREATE"))["content"]


async def reply_without_ping(on: Bench) -> object:
    gateway = await on.listen()
    on.ada.reply(await on.bots_message(), "brighter", ping=False)
    await gateway.event("MESSAGE_CREATE")
    return (await gateway.event("MESSAGE_CREATE"))["mentions"]


async def reply_to_an_answer(on: Bench) -> object:
    gateway = await on.listen()
    await on.answer(on.ada.use("imagine"), 4, {"content": "x"})
    on.ada.reply(on.ada.read()[-1], "brighter", ping=True)
    await gateway.event("MESSAGE_CREATE")
    return (await gateway.event("MESSAGE_CREATE"))["mentions"]


async def the_bots_role(on: Bench) -> object:
    guild = on.world.guild
    (role_id,) = guild.roles_of[on.world.world.bot.id]
    guild.roles[role_id].mentionable = True
    gateway = await on.listen()
    on.ada.send(f"<@&{role_id}> draw")
    return (await gateway.event("MESSAGE_CREATE"))["mentions"]


async def not_for_the_bot(on: Bench) -> object:
    return await heard(on, "secret")


async def for_the_bot(on: Bench) -> object:
    gateway = await on.listen()
    on.ada.reply(await on.bots_message(), "brighter")
    await gateway.event("MESSAGE_CREATE")
    return (await gateway.event("MESSAGE_CREATE"))["content"]


async def over_rest(on: Bench) -> object:
    message = on.ada.send("secret")
    return (await on.raw.call("GET", f"{on.raw.messages}/{message.id}")).body["content"]


async def replied_to(on: Bench) -> object:
    gateway = await on.listen()
    target = on.world.person("Bob").send("secret")
    await gateway.event("MESSAGE_CREATE")
    on.ada.reply(target, "@Bot look")
    return (await gateway.event("MESSAGE_CREATE"))["referenced_message"]["content"]


async def ones_own(on: Bench) -> object:
    sent = await on.raw.send({"content": "mine"})
    return (await on.raw.call("GET", f"{on.raw.messages}/{sent.body['id']}")).body["content"]


async def in_direct_messages(on: Bench) -> object:
    gateway = await on.listen()
    on.ada.send("hello", channel=on.ada.dm)
    return (await gateway.event("MESSAGE_CREATE"))["content"]


async def target_of_a_menu(on: Bench) -> object:
    gateway = await on.listen()
    await on.register([{"type": 3, "name": "Look"}])
    message = on.ada.send("secret")
    on.ada.use_on(message, "Look")
    data = (await gateway.event("INTERACTION_CREATE"))["data"]
    return data["resolved"]["messages"][str(message.id)]["content"]


async def a_preview(on: Bench) -> object:
    written = on.ada.send("look: https://example.org/cat")
    [embed] = on.ada.preview(written, Upload("cat.png", png(1, 1))).raw["embeds"]
    copied = embed["thumbnail"]["proxy_url"].startswith(on.world.base_url)
    return copied, embed["thumbnail"]["url"]


READING = [
    Row(R.REPLY_PING_OFF, reply_without_ping, []),
    Row(R.REPLY_TO_ANSWER, reply_to_an_answer, []),
    Row(R.ROLE_NO_MENTION, the_bots_role, []),
    Row(R.CONTENT_GATEWAY, not_for_the_bot, ""),
    Row(R.CONTENT_REST, over_rest, ""),
    Row(R.CONTENT_REFERENCED, replied_to, ""),
    Row(R.CONTENT_OWN, ones_own, "mine"),
    Row(R.CONTENT_DM, in_direct_messages, "hello"),
    Row(R.CONTENT_MENTIONED, for_the_bot, "brighter"),
    Row(R.CONTENT_TARGET, target_of_a_menu, "secret"),
]
PREVIEWS = [Row(R.PREVIEW_PROXY, a_preview, (True, "https://example.org/cat"))]
ROWS = MENTIONS + READING + PREVIEWS
