"""Rows for interactions: their answers, their tokens, and what their payload says."""

from sandbox.discord import Channel, InteractionResult, Permission, Rule
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import (
    EPHEMERAL,
    JSON,
    V2,
    Ask,
    Bench,
    Row,
    answers,
    calls,
    invalid,
    refused,
    row,
)

R = Rule
MODAL: JSON = {
    "custom_id": "m",
    "title": "t",
    "components": [
        {"type": 18, "label": "l", "component": {"type": 4, "custom_id": "c", "style": 1}}
    ],
}
TOKEN_LIFE_S = 15 * 60


async def used(on: Bench, kind: int | None = None, data: object = None) -> InteractionResult:
    """Have Ada use a command, and answer it."""
    await on.listen()
    use = on.ada.use("imagine")
    if kind is not None:
        await on.answer(use, kind, data)
    return use


async def submitted(on: Bench) -> InteractionResult:
    use = await used(on, 9, MODAL)
    return await on.ada.submit(use, c="x")


async def too_late(on: Bench) -> Answer:
    use = await used(on)
    on.world.clock.advance(3)
    return await on.answer(use, 5)


async def second_answer(on: Bench) -> Answer:
    return await on.answer(await used(on, 5), 5)


async def modal_after_deferral(on: Bench) -> Answer:
    return await on.answer(await used(on, 5), 9, MODAL)


async def wrong_token(on: Bench) -> Answer:
    use = await used(on)
    path = f"/interactions/{use.interaction.id}/wrong/callback"
    return await on.raw.call("POST", path, {"type": 5})


async def unknown_interaction(on: Bench) -> Answer:
    return await on.raw.call("POST", "/interactions/1/x/callback", {"type": 5})


async def suggestions_for_a_command(on: Bench) -> Answer:
    return await on.answer(await used(on), 8, {"choices": []})


async def modal_for_a_modal(on: Bench) -> Answer:
    return await on.answer(await submitted(on), 9, MODAL)


async def update_of_nothing(on: Bench) -> Answer:
    return await on.answer(await used(on), 6)


async def public_deferral_filled_privately(on: Bench) -> object:
    use = await used(on, 5)
    await on.change(use, {"content": "x", "flags": EPHEMERAL})
    return len(on.world.person("Bob").read())


async def filled_by_a_followup(on: Bench) -> object:
    use = await used(on, 5)
    await on.follow_up(use, {"content": "done"})
    return [message.text for message in on.ada.read()]


def elsewhere(on: Bench) -> Channel:
    """A channel of a server where Ada brought the app herself."""
    return on.world.add_channel("x", on.world.add_guild("Elsewhere", bot_is_member=False))


async def sixth_followup(on: Bench) -> Answer:
    await on.listen()
    use = on.ada.use("imagine", channel=elsewhere(on))
    await on.answer(use, 4, {"content": "x"})
    for _ in range(5):
        await on.follow_up(use, {"content": "x"})
    return await on.follow_up(use, {"content": "x"})


def after_fifteen_minutes(method: str, rest: str = "/messages/@original") -> Ask:
    async def act(on: Bench) -> Answer:
        use = await used(on, 5)
        on.world.clock.advance(TOKEN_LIFE_S)
        return await on.raw.call(method, on.webhook(use, rest), {"content": "x"})

    return act


async def edit_before_the_answer(on: Bench) -> Answer:
    use = await used(on)
    return await on.raw.call("POST", on.webhook(use, ""), {"content": "x"})


async def followup_in_a_deleted_channel(on: Bench) -> Answer:
    use = await used(on, 4, {"content": "x"})
    on.world.delete_channel(on.world.channel)
    return await on.follow_up(use, {"content": "y"})


async def foreign_application(on: Bench) -> Answer:
    use = await used(on, 5)
    path = f"/webhooks/1/{use.interaction.token}/messages/@original"
    return await on.raw.call("PATCH", path, {"content": "x"})


async def edit_of_a_deleted_answer(on: Bench) -> Answer:
    use = await used(on, 4, {"content": "x", "flags": EPHEMERAL})
    on.ada.delete(on.ada.read()[-1])
    return await on.change(use, {"content": "y"})


async def file_without_permission(on: Bench) -> Answer:
    use = await used(on, 5)
    on.deprive(Permission.ATTACH_FILES)
    return await on.change(use, {}, ("a.png", png(1, 1)))


async def words_that_automod_blocks(on: Bench) -> Answer:
    use = await used(on, 5)
    on.world.guild.blocked_words = ("kraken",)
    return await on.change(use, {"content": "a kraken"})


async def embed_without_permission(on: Bench) -> Answer:
    use = await used(on, 5)
    on.deprive(Permission.EMBED_LINKS)
    return await on.change(use, {"embeds": [{"title": "x"}]})


async def private_answer_by_bot_token(on: Bench) -> Answer:
    await used(on, 4, {"content": "x", "flags": EPHEMERAL})
    path = f"{on.raw.messages}/{on.ada.read()[-1].id}"
    return await on.raw.call("PATCH", path, {"content": "y"})


async def without_external_apps(on: Bench) -> object:
    channel = elsewhere(on)
    assert channel.guild is not None
    channel.guild.everyone.permissions &= ~Permission.USE_EXTERNAL_APPS
    await on.listen()
    await on.answer(on.ada.use("imagine", channel=channel), 4, {"content": "x"})
    return on.ada.read(channel)[-1].private


def suggests(*choices: JSON) -> Ask:
    """Answer an autocomplete."""

    async def act(on: Bench) -> Answer:
        path = await autocomplete(on)
        return await on.raw.call("POST", path, {"type": 8, "data": {"choices": list(choices)}})

    return act


async def autocomplete(on: Bench) -> str:
    await on.listen()
    typing = on.ada.type_into("edit", "style", "f")
    return f"/interactions/{typing.interaction.id}/{typing.interaction.token}/callback"


async def message_for_an_autocomplete(on: Bench) -> Answer:
    return await on.raw.call("POST", await autocomplete(on), {"type": 4, "data": {"content": "x"}})


ANSWERS = [
    refused(R.ANSWER_IN_TIME, too_late, 404, 10062),
    refused(R.ANSWER_ONCE, second_answer, 400, 40060),
    refused(R.ANSWER_ONCE, modal_after_deferral, 400, 40060),
    refused(R.ANSWER_TOKEN, wrong_token, 404, 10062),
    refused(R.ANSWER_TOKEN, unknown_interaction, 404, 10062),
    invalid(R.ANSWER_TYPE, answers(99), "type"),
    invalid(R.ANSWER_AUTOCOMPLETE, suggestions_for_a_command, "type"),
    invalid(R.ANSWER_AUTOCOMPLETE, message_for_an_autocomplete, "type"),
    invalid(R.ANSWER_MODAL, modal_for_a_modal, "type"),
    invalid(R.ANSWER_UPDATE, update_of_nothing, "type"),
    invalid(R.DEFER_FLAGS, answers(5, {"flags": V2}), "data.flags"),
    invalid(
        R.MENTION_KINDS,
        answers(5, {"allowed_mentions": {"parse": ["all"]}}),
        "data.allowed_mentions.parse.0",
    ),
    Row(R.DEFER_DECIDES, public_deferral_filled_privately, 1),
    Row(R.FOLLOWUP_FILLS, filled_by_a_followup, ["done"]),
    refused(R.FOLLOWUP_COUNT, sixth_followup, 400, 40094),
    refused(R.TOKEN_LIFETIME, after_fifteen_minutes("PATCH"), 401, 50027),
    refused(R.TOKEN_LIFETIME, after_fifteen_minutes("DELETE"), 401, 50027),
    refused(R.TOKEN_LIFETIME, after_fifteen_minutes("POST", ""), 401, 50027),
    refused(
        R.TOKEN_KNOWN, calls("PATCH", "/webhooks/{bot}/wrong/messages/@original", {}), 401, 50027
    ),
    refused(R.TOKEN_ANSWERED, edit_before_the_answer, 404, 10015),
    refused(R.TOKEN_APPLICATION, foreign_application, 404, 10015),
    refused(R.UNKNOWN_CHANNEL, followup_in_a_deleted_channel, 404, 10003),
    refused(R.ANSWER_GONE, edit_of_a_deleted_answer, 404, 10008),
    refused(R.ANSWER_ATTACH, file_without_permission, 403, 50013),
    refused(R.ANSWER_EMBED, embed_without_permission, 403, 50013),
    refused(R.ANSWER_AUTOMOD, words_that_automod_blocks, 400, 200000),
    refused(R.PRIVATE_ANSWER, private_answer_by_bot_token, 404, 10008),
    Row(R.EXTERNAL_APPS, without_external_apps, expected=True),
    invalid(
        R.SUGGESTION_COUNT,
        suggests(*[{"name": f"{n}", "value": f"{n}"} for n in range(26)]),
        "data.choices",
    ),
    invalid(R.SUGGESTION_NAME, suggests({"name": "n" * 101, "value": "x"}), "data.choices.0.name"),
    invalid(
        R.SUGGESTION_VALUE, suggests({"name": "x", "value": "v" * 101}), "data.choices.0.value"
    ),
]


async def payload(on: Bench, place: str) -> JSON:
    """Return the interaction that Ada opens in a place."""
    places = {
        "guild": lambda: on.world.channel,
        "dm": lambda: on.ada.dm,
        "group": lambda: on.world.add_group(on.ada, on.world.person("Bob")),
        "elsewhere": lambda: elsewhere(on),
    }
    gateway = await on.listen()
    on.ada.use("imagine", channel=places[place]())
    return await gateway.event("INTERACTION_CREATE")


def context(place: str, expected: int) -> Row:
    async def act(on: Bench) -> object:
        return (await payload(on, place))["context"]

    return Row(R.CONTEXT, act, expected)


def owners(place: str, *expected: str) -> Row:
    """Compare the kinds of installation, with the ids by name."""

    async def act(on: Bench) -> object:
        names = {str(on.ada.user.id): "Ada", str(on.world.guild.id): "guild", "0": "bot"}
        given = (await payload(on, place))["authorizing_integration_owners"]
        return tuple(f"{kind}: {names[owner]}" for kind, owner in given.items())

    return Row(R.OWNERS, act, expected)


def app_permissions(place: str, expected: Permission) -> Row:
    async def act(on: Bench) -> object:
        return (await payload(on, place))["app_permissions"]

    return Row(R.APP_PERMISSIONS_DM, act, str(int(expected)))


def chooser(kind: int) -> JSON:
    return {"type": kind, "custom_id": "who"}


async def ids_of_a_submitted_modal(on: Bench) -> object:
    gateway = await on.listen()
    use = on.ada.use("imagine")
    await on.answer(use, 9, MODAL)
    await on.ada.submit(use, c="x")
    while (payload := await gateway.event("INTERACTION_CREATE"))["type"] != 5:
        pass
    (label,) = payload["data"]["components"]
    return label.get("id"), label["component"].get("id")


def resolved(kind: int, name: str, *expected: str) -> Row:
    """Choose somebody or something by name in a message's select."""

    async def act(on: Bench) -> object:
        gateway = await on.listen()
        message = await on.bots_message({"content": "x", "components": [row(chooser(kind))]})
        await on.ada.choose(message, "who", name)
        data = (await gateway.event("INTERACTION_CREATE"))["data"]
        return sorted(data.get("resolved", {}))

    return Row(R.SELECT_RESOLVED, act, list(expected))


async def resolved_member(on: Bench) -> object:
    gateway = await on.listen()
    on.ada.use("imagine", raw=True, who=on.ada.user)
    data = (await gateway.event("INTERACTION_CREATE"))["data"]
    (member,) = data["resolved"]["members"].values()
    return {"user", "deaf", "mute"} & member.keys()


async def resolved_in_a_modal(on: Bench) -> object:
    gateway = await on.listen()
    use = on.ada.use("imagine")
    field = {"type": 18, "label": "l", "component": chooser(5)}
    await on.answer(use, 9, {**MODAL, "components": [field]})
    await on.ada.submit(use, who="Ada")
    while (payload := await gateway.event("INTERACTION_CREATE"))["type"] != 5:
        pass
    return sorted(payload["data"].get("resolved", {}))


IN_GROUPS = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
PAYLOADS = [
    Row(R.MODAL_IDS, ids_of_a_submitted_modal, (1, 2)),
    resolved(5, "Ada", "members", "users"),
    resolved(6, "@everyone", "roles"),
    resolved(7, "@everyone", "roles"),
    resolved(7, "Ada", "members", "users"),
    resolved(8, "pictures", "channels"),
    Row(R.RESOLVED_MEMBER, resolved_member, set()),
    Row(R.SELECT_RESOLVED, resolved_in_a_modal, ["members", "users"]),
    context("dm", 1),
    context("group", 2),
    owners("guild", "0: guild"),
    owners("dm", "0: bot"),
    owners("group", "1: Ada"),
    owners("elsewhere", "1: Ada"),
    app_permissions("group", IN_GROUPS),
    app_permissions("dm", IN_GROUPS | Permission.USE_EXTERNAL_EMOJIS),
]
ROWS = ANSWERS + PAYLOADS
