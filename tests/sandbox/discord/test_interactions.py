"""How interactions may be answered, by plain HTTP."""

import asyncio

import pytest

from sandbox.discord import ClientRefusedError, InteractionResult, LocalDiscord, Permission, Upload
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Answer, Raw
from tests.sandbox.discord.socket import Gateway

pytestmark = pytest.mark.usefixtures("listening")
EPHEMERAL = 1 << 6
MODAL = {
    "custom_id": "m",
    "title": "Edit prompt",
    "components": [
        {
            "type": 18,
            "label": "Prompt",
            "component": {"type": 4, "style": 1, "custom_id": "prompt", "max_length": 5},
        }
    ],
}


def callback_path(use: InteractionResult) -> str:
    return f"/interactions/{use.interaction.id}/{use.interaction.token}/callback?with_response=1"


async def respond(raw: Raw, use: InteractionResult, kind: int, data: object = None) -> Answer:
    return await raw.call("POST", callback_path(use), {"type": kind, "data": data})


def webhook(raw: Raw, use: InteractionResult, rest: str = "/messages/@original") -> str:
    return f"/webhooks/{raw.world.world.bot.id}/{use.interaction.token}{rest}"


async def test_one_answer_only(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine")
    first = await respond(raw, use, 4, {"content": "hello"})
    assert first.body["interaction"]["id"] == str(use.interaction.id)
    assert first.body["resource"]["message"]["content"] == "hello"
    second = await respond(raw, use, 4, {"content": "hello"})
    assert (second.status, second.code) == (400, 40060)


async def test_too_late(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine")
    world.clock.advance(3)
    assert use.failed == "The application did not respond"
    late = await respond(raw, use, 5)
    assert (late.status, late.code) == (404, 10062)


async def test_wrong_token(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine")
    path = f"/interactions/{use.interaction.id}/wrong/callback"
    assert (await raw.call("POST", path, {"type": 5})).code == 10062
    path = f"/webhooks/{world.world.bot.id}/wrong/messages/@original"
    assert (await raw.call("PATCH", path, {})).code == 50027


@pytest.mark.parametrize(
    ("kind", "data", "path"),
    [
        (5, {"flags": 1 << 15}, ("data", "flags")),
        (6, None, ("type",)),
        (7, {"content": "x"}, ("type",)),
        (8, {"choices": []}, ("type",)),
        (12, None, ("type",)),
        (4, {"content": "x" * 2001}, ("data", "content")),
        (9, {**MODAL, "title": "t" * 46}, ("data", "title")),
        (9, {**MODAL, "components": []}, ("data", "components")),
    ],
)
async def test_refused_answers_leave_the_interaction_open(
    world: LocalDiscord,
    raw: Raw,
    kind: int,
    data: object,
    path: tuple[str, ...],
) -> None:
    use = world.person().use("imagine")
    refused = await respond(raw, use, kind, data)
    assert (refused.status, refused.code) == (400, 50035)
    assert refused.complaints(*path)
    assert (await respond(raw, use, 5, {"flags": EPHEMERAL})).status == 200


async def test_deferral_is_thinking_until_it_is_edited(world: LocalDiscord, raw: Raw) -> None:
    ada, bob = world.person(), world.person("Bob")
    use = ada.use("imagine")
    mentions = {"parse": ["users"]}  # libraries send it here too
    deferred = await respond(raw, use, 5, {"flags": EPHEMERAL, "allowed_mentions": mentions})
    assert deferred.body["interaction"]["response_message_loading"]
    assert use.message is not None
    assert (use.message.thinking, use.message.private) == (True, True)
    edited = await raw.call("PATCH", webhook(raw, use), {"content": "done"})
    assert edited.body["edited_timestamp"] is None
    assert use.message is not None
    assert (use.message.thinking, use.message.text) == (False, "done")
    assert [message.text for message in ada.read()] == ["done"]
    assert bob.read() == []
    own = await raw.call("PATCH", f"{raw.messages}/{use.message.id}", {"content": "x"})
    assert own.code == 10008


async def test_first_followup_fills_the_deferral(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine")
    await respond(raw, use, 5)
    followup = await raw.call("POST", webhook(raw, use, ""), {"content": "done"})
    assert use.message is not None
    assert followup.body["id"] == str(use.message.id)
    further = await raw.call("POST", webhook(raw, use, ""), {"content": "more"})
    path = webhook(raw, use, f"/messages/{further.body['id']}")
    assert (await raw.call("GET", path)).body["content"] == "more"
    assert (await raw.call("DELETE", path)).status == 204
    assert (await raw.call("GET", path)).code == 10008


async def test_token_dies_after_fifteen_minutes(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine")
    unanswered = await raw.call("PATCH", webhook(raw, use), {"content": "x"})
    assert (unanswered.status, unanswered.code) == (404, 10015)
    await respond(raw, use, 5)
    world.clock.advance(15 * 60)
    for method, rest in (("PATCH", "/messages/@original"), ("POST", "")):
        expired = await raw.call(method, webhook(raw, use, rest), {"content": "x"})
        assert (expired.status, expired.code) == (401, 50027)


async def test_public_answer_can_be_edited_with_the_bots_token(
    world: LocalDiscord, raw: Raw
) -> None:
    use = world.person().use("imagine")
    await respond(raw, use, 5)
    assert use.message is not None
    path = f"{raw.messages}/{use.message.id}"
    assert (await raw.call("PATCH", path, {"content": "late"})).status == 200
    assert use.message.text == "late"


async def test_deleted_answer(world: LocalDiscord, raw: Raw) -> None:
    ada = world.person()
    use = ada.use("imagine")
    await respond(raw, use, 4, {"content": "x", "flags": EPHEMERAL})
    assert use.message is not None
    ada.delete(use.message)
    assert (await raw.call("PATCH", webhook(raw, use), {"content": "y"})).code == 10008
    assert (await raw.call("DELETE", webhook(raw, use))).code == 10008


async def test_at_most_five_followups_where_only_user_installed(
    world: LocalDiscord, raw: Raw
) -> None:
    elsewhere = world.add_channel("x", world.add_guild("Elsewhere", bot_is_member=False))
    use = world.person().use("imagine", channel=elsewhere)
    await respond(raw, use, 4, {"content": "x"})
    for _ in range(5):
        sent = await raw.call("POST", webhook(raw, use, ""), {"content": "x"})
        assert sent.status == 200
    assert (await raw.call("POST", webhook(raw, use, ""), {"content": "x"})).code == 40094
    assert (await raw.call("PATCH", webhook(raw, use), {"content": "y"})).status == 200


async def test_answers_are_private_without_external_apps(world: LocalDiscord, raw: Raw) -> None:
    elsewhere = world.add_channel("x", world.add_guild("Elsewhere", bot_is_member=False))
    everyone = world.world.guilds[elsewhere.guild.id].everyone if elsewhere.guild else None
    assert everyone is not None
    world.set_overwrite(everyone, deny=Permission.USE_EXTERNAL_APPS, channel=elsewhere)
    use = world.person().use("imagine", channel=elsewhere)
    await respond(raw, use, 4, {"content": "x"})
    assert use.message is not None
    assert use.message.private


async def test_files_in_an_answer(world: LocalDiscord, raw: Raw) -> None:
    use = world.person().use("imagine")
    payload = {"type": 4, "data": {"attachments": [{"id": 0, "description": "a fox"}]}}
    await raw.call("POST", callback_path(use), payload, (("a.png", png(4, 3)),))
    assert use.message is not None
    (image,) = use.message.images
    assert (image.alt, image.width) == ("a fox", 4)
    world.set_bot_permissions(Permission.VIEW_CHANNEL)
    refused = await raw.call("PATCH", webhook(raw, use), {}, (("b.png", png(1, 1)),))
    assert refused.code == 50013


async def test_components_and_modal(world: LocalDiscord, raw: Raw, listening: Gateway) -> None:
    ada = world.person()
    button = {"type": 2, "style": 1, "label": "Regenerate", "custom_id": "again"}
    await raw.send({"content": "x", "components": [{"type": 1, "components": [button]}]})
    (message,) = ada.read()
    click = await ada.click(message, "again")
    while (payload := await listening.event("INTERACTION_CREATE"))["type"] != 3:
        pass
    assert payload["data"] == {"component_type": 2, "custom_id": "again", "id": 2}
    assert payload["message"]["id"] == str(message.id)
    await respond(raw, click, 9, MODAL)
    for refused in ({}, {"prompt": "too long"}, {"prompt": "x", "other": "y"}):
        with pytest.raises(ClientRefusedError):
            await ada.submit(click, **refused)
    submit = await ada.submit(click, prompt="cat")
    payload = await listening.event("INTERACTION_CREATE")
    assert payload["data"]["components"] == [
        {
            "type": 18,
            "id": 1,
            "component": {"type": 4, "id": 2, "custom_id": "prompt", "value": "cat"},
        }
    ]
    assert (await respond(raw, submit, 9, MODAL)).code == 50035
    await respond(raw, submit, 7, {"content": "changed"})
    assert [seen.text for seen in ada.read()] == ["changed"]


async def test_deferred_update_makes_the_message_the_original(
    world: LocalDiscord, raw: Raw
) -> None:
    ada = world.person()
    button = {"type": 2, "style": 1, "label": "Regenerate", "custom_id": "again"}
    await raw.send({"content": "x", "components": [{"type": 1, "components": [button]}]})
    click = await ada.click(ada.read()[0], "Regenerate")
    await respond(raw, click, 6)
    await raw.call("PATCH", webhook(raw, click), {"content": "y", "components": []})
    assert [(seen.text, seen.buttons) for seen in ada.read()] == [("y", ())]


async def test_autocomplete_answers(world: LocalDiscord, raw: Raw, listening: Gateway) -> None:
    ada = world.person()
    suggesting = asyncio.create_task(ada.suggest("edit", "style", "f", model="flux-pro"))
    payload = await listening.event("INTERACTION_CREATE")
    assert payload["type"] == 4
    assert payload["data"]["options"] == [
        {"name": "model", "type": 3, "value": "flux-pro"},
        {"name": "style", "type": 3, "value": "f", "focused": True},
    ]
    path = f"/interactions/{payload['id']}/{payload['token']}/callback"
    choices = [{"name": str(number), "value": str(number)} for number in range(26)]
    too_many = await raw.call("POST", path, {"type": 8, "data": {"choices": choices}})
    assert too_many.complaints("data", "choices") == ["BASE_TYPE_BAD_LENGTH"]
    assert (await raw.call("POST", path, {"type": 4, "data": {"content": "x"}})).code == 50035
    await raw.call("POST", path, {"type": 8, "data": {"choices": choices[:25]}})
    assert len(await suggesting) == 25
    with pytest.raises(ClientRefusedError):
        await ada.suggest("edit", "model", "f")


async def test_suggestions_that_never_come(world: LocalDiscord) -> None:
    suggesting = asyncio.create_task(world.person().suggest("edit", "style", "f"))
    await asyncio.sleep(0)
    world.clock.advance(3)
    with pytest.raises(TimeoutError, match="did not respond"):
        await suggesting


async def test_choices_are_shown_by_name_and_sent_by_value(
    world: LocalDiscord, listening: Gateway
) -> None:
    world.world.cdn.size_seed = None  # leave no picture's size out
    world.person().use("edit", model="Flux Pro", image=Upload("a.png", png(2, 2)))
    data = (await listening.event("INTERACTION_CREATE"))["data"]
    assert data["options"][0] == {"name": "model", "type": 3, "value": "flux-pro"}
    (attachment,) = data["resolved"]["attachments"].values()
    assert (attachment["width"], attachment["ephemeral"]) == (2, True)
    assert "/ephemeral-attachments/" in attachment["url"]
    with pytest.raises(ClientRefusedError):
        world.person().use("edit", model="other")


async def test_commands_are_offered_where_they_belong(world: LocalDiscord) -> None:
    ada = world.person()
    elsewhere = world.add_channel("x", world.add_guild("Elsewhere", bot_is_member=False))
    for command, channel in (("admin", None), ("admin", ada.dm), ("edit", elsewhere)):
        with pytest.raises(ClientRefusedError):
            ada.use(command, channel=channel)
    world.set_overwrite(ada, allow=Permission.MANAGE_GUILD)
    assert ada.use("admin").failed is None


async def test_people_may_hold_more_permissions(world: LocalDiscord, raw: Raw) -> None:
    boss = world.person("Boss", permissions=Permission.MANAGE_GUILD, locale="de")
    use = boss.use("admin")
    assert (await respond(raw, use, 4, {"content": "x"})).status == 200
    assert world.person("Grace").use("admin").failed is None
