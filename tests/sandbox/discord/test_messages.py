"""What is refused about messages, by plain HTTP."""

from base64 import b64decode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession, FormData

from sandbox.discord import DEFAULT_PERMISSIONS, LocalDiscord, Permission
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Raw
from tests.sandbox.discord.socket import Gateway

V2 = 1 << 15


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def gallery(*urls: str, **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of an item
    return {"type": 12, "items": [{"media": {"url": url}, **extra} for url in urls]}


def button(custom_id: str = "x", **extra: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **extra}


def row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def container(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 17, "components": list(components)}


def v2(*components: dict[str, Any]) -> dict[str, Any]:
    return {"flags": V2, "components": list(components)}


async def test_every_complaint_names_its_place_and_nothing_is_sent(raw: Raw) -> None:
    buttons = row(button("c" * 101, label="l" * 81))
    answer = await raw.send({"content": "x" * 2001, "components": [buttons]})
    assert (answer.status, answer.code) == (400, 50035)
    assert answer.body["message"] == "Invalid Form Body"
    assert answer.complaints("content") == ["BASE_TYPE_MAX_LENGTH"]
    assert answer.complaints("components", 0, "components", 0, "custom_id") == [
        "BASE_TYPE_BAD_LENGTH"
    ]
    assert answer.places == {
        "content",
        "components.0.components.0.custom_id",
        "components.0.components.0.label",
    }
    assert raw.world.person().read() == []


async def test_token_is_required(raw: Raw) -> None:
    answer = await raw.call("GET", "/users/@me", token="wrong")
    assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_unknown_paths_and_bodies(raw: Raw, caplog: pytest.LogCaptureFixture) -> None:
    not_built = {"message": "501: Not built here", "code": 0}
    for method, path in (("GET", "/nothing"), ("DELETE", "/users/@me"), ("GET", "/sticker-packs")):
        answer = await raw.call(method, path)
        assert (answer.status, answer.body) == (501, not_built)
        assert f"Not built here: {method}" in caplog.text
    assert (await raw.call("POST", raw.messages, ["not an object"])).code == 50035


async def test_account_and_application(raw: Raw) -> None:
    me = await raw.call("GET", "/users/@me")
    application = await raw.call("GET", "/oauth2/applications/@me")
    assert me.body["username"] == "Bot"
    assert application.body["id"] == me.body["id"]
    gateway = await raw.call("GET", "/gateway/bot")
    assert gateway.body["url"] == raw.world.gateway_url


async def test_empty_message(raw: Raw) -> None:
    assert (await raw.send({})).code == 50006
    assert (await raw.send({"flags": V2, "components": []})).code == 50006


async def test_missing_access_and_permissions(world: LocalDiscord, raw: Raw) -> None:
    view, write = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES
    world.set_bot_permissions(0)
    assert (await raw.send({"content": "x"})).body == {"message": "Missing Access", "code": 50001}
    world.set_bot_permissions(view)
    refused = await raw.send({"content": "x"})
    assert (refused.status, refused.code) == (403, 50013)
    world.set_bot_permissions(view | write)
    assert (await raw.send({"content": "x"})).status == 200
    assert (await raw.send({"content": "x"}, ("a.txt", b"x"))).code == 50013
    assert (await raw.send({"embeds": [{"title": "x"}]})).code == 50013
    target = world.person().send("x")
    reply = {"content": "x", "message_reference": {"message_id": str(target.id)}}
    assert (await raw.send(reply)).code == 160002
    assert (await raw.call("GET", raw.messages)).body == []


async def test_channel_of_a_guild_without_the_bot(world: LocalDiscord, raw: Raw) -> None:
    elsewhere = world.add_channel("x", world.add_guild("Elsewhere", bot_is_member=False))
    answer = await raw.call("POST", f"/channels/{elsewhere.id}/messages", {"content": "x"})
    assert (answer.status, answer.code) == (403, 50001)


async def test_unknown_channel_and_message(world: LocalDiscord, raw: Raw) -> None:
    assert (await raw.call("GET", f"{raw.messages}/1")).code == 10008
    assert (await raw.call("GET", "/channels/1")).code == 10003
    world.delete_channel(world.channel)
    assert (await raw.send({"content": "x"})).code == 10003


async def test_other_peoples_messages(world: LocalDiscord, raw: Raw) -> None:
    path = f"{raw.messages}/{world.person().send('mine').id}"
    assert (await raw.call("PATCH", path, {"content": "x"})).code == 50005
    assert (await raw.call("DELETE", path)).code == 50013
    world.set_bot_permissions(world.bot_permissions() | Permission.MANAGE_MESSAGES)
    assert (await raw.call("DELETE", path)).status == 204


async def test_too_large_and_too_many(world: LocalDiscord, raw: Raw) -> None:
    world.guild.file_limit = 1000
    refused = await raw.send({"content": "x"}, ("a.bin", bytes(1001)))
    assert (refused.status, refused.code) == (413, 40005)
    assert (await raw.send({}, ("a.bin", bytes(1000)))).status == 200
    many = tuple((f"{number}.txt", b"x") for number in range(11))
    assert (await raw.send({}, *many)).code == 30015
    world.guild.file_limit = 50 << 20
    refused = await raw.send({}, ("a.bin", bytes(13 << 20)), ("b.bin", bytes(13 << 20)))
    assert (refused.status, refused.code) == (413, 40005)


async def test_nonce_returns_the_first_message_for_a_while(world: LocalDiscord, raw: Raw) -> None:
    payload = {"content": "once", "nonce": "job-1", "enforce_nonce": True}
    first = await raw.send(payload)
    assert (await raw.send(payload)).body["id"] == first.body["id"]
    assert (await raw.send({**payload, "enforce_nonce": False})).body["id"] != first.body["id"]
    world.clock.advance(3600)
    assert (await raw.send(payload)).body["id"] != first.body["id"]


async def test_components_are_numbered_and_show_their_files(raw: Raw) -> None:
    card = v2(container(text("x"), gallery("attachment://a.png", description="a fox")))
    sent = await raw.send(card, ("a.png", png(7, 5)))
    (box,) = sent.body["components"]
    assert [box["id"], box["components"][0]["id"], box["components"][1]["id"]] == [1, 2, 3]
    media = box["components"][1]["items"][0]["media"]
    assert (media["width"], media["height"], media["content_type"]) == (7, 5, "image/png")
    assert media["size"] == len(png(7, 5))
    assert sent.body["attachments"] == []
    assert await raw.get(media["url"]) == (200, png(7, 5), "image/png")


async def test_edit_keeps_what_is_listed_and_drops_the_rest(raw: Raw) -> None:
    sent = await raw.send({"content": "x"}, ("a.png", png(1, 1)), ("b.png", png(2, 2)))
    first, second = sent.body["attachments"]
    path = f"{raw.messages}/{sent.body['id']}"
    kept = [{"id": first["id"], "description": "new"}]
    edited = await raw.call("PATCH", path, {"attachments": kept})
    (left,) = edited.body["attachments"]
    assert (left["id"], left["description"]) == (first["id"], "new")
    assert edited.body["content"] == "x"
    assert edited.body["edited_timestamp"]
    assert (await raw.get(second["url"]))[0] == 404
    gone = await raw.call("PATCH", path, {"attachments": [{"id": second["id"]}]})
    assert gone.complaints("attachments", 0) == ["ATTACHMENT_NOT_FOUND"]


async def test_edit_may_name_a_kept_file_and_become_components(raw: Raw) -> None:
    sent = await raw.send({"content": "x"}, ("a.png", png(1, 1)))
    path = f"{raw.messages}/{sent.body['id']}"
    card = v2(gallery("attachment://a.png"))
    refused = await raw.call("PATCH", path, card)
    assert refused.complaints("content") == ["MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"]
    edited = await raw.call("PATCH", path, {**card, "content": None})
    assert edited.body["flags"] & V2
    kept = edited.body["components"][0]["items"][0]["media"]["attachment_id"]
    assert kept == sent.body["attachments"][0]["id"]
    plain = await raw.call("PATCH", path, {"flags": 0, "components": [text("still V2")]})
    assert plain.body["flags"] & V2
    unseated = await raw.call("PATCH", path, {"content": "x"})
    assert unseated.code == 50035


async def test_history_pages(world: LocalDiscord, raw: Raw) -> None:
    ids = [str(world.person().send(str(number)).id) for number in range(5)]

    async def listed(query: str) -> list[str]:
        answer = await raw.call("GET", f"{raw.messages}?{query}")
        return [message["id"] for message in answer.body]

    assert await listed("limit=2") == [ids[4], ids[3]]
    assert await listed(f"before={ids[2]}") == [ids[1], ids[0]]
    assert await listed(f"after={ids[2]}&limit=1") == [ids[3]]
    assert await listed(f"around={ids[2]}&limit=3") == [ids[3], ids[2], ids[1]]
    for query in ("limit=101", "limit=x", "before=x"):
        assert (await raw.call("GET", f"{raw.messages}?{query}")).code == 50035


async def test_direct_messages(world: LocalDiscord, raw: Raw) -> None:
    ada = world.person()
    opened = await raw.call("POST", "/users/@me/channels", {"recipient_id": str(ada.user.id)})
    path = f"/channels/{opened.body['id']}/messages"
    assert (await raw.call("POST", path, {"content": "hello"})).status == 200
    assert [message.text for message in ada.read(ada.dm)] == ["hello"]
    ada.dm.closed_to_bot = True
    assert (await raw.call("POST", path, {"content": "hello"})).code == 50007
    assert (await raw.call("POST", "/users/@me/channels", {"recipient_id": "1"})).code == 10013


async def test_links_die_after_a_day_and_cannot_be_forged(world: LocalDiscord, raw: Raw) -> None:
    sent = await raw.send({}, ("a.png", png(1, 1)))
    url = sent.body["attachments"][0]["url"]
    assert (await raw.get(url))[0] == 200
    assert (await raw.get(url.replace("hm=", "hm=0")))[0] == 404
    assert (await raw.get(url.partition("?")[0]))[0] == 404
    world.clock.advance(24 * 3600 + 1)
    assert (await raw.get(url))[0] == 404
    again = await raw.call("GET", f"{raw.messages}/{sent.body['id']}")
    assert (await raw.get(again.body["attachments"][0]["url"]))[0] == 200


async def test_a_file_that_only_claims_to_be_a_picture_has_no_size(raw: Raw) -> None:
    sent = await raw.send({}, ("a.png", b"\x89PNG\r\n\x1a\nnot really"))
    (described,) = sent.body["attachments"]
    assert "width" not in described


async def test_embed_shows_an_attachment(world: LocalDiscord, raw: Raw) -> None:
    embed = {"title": "x", "image": {"url": "attachment://a.png"}}
    sent = await raw.send({"embeds": [embed]}, ("a.png", png(3, 2)))
    assert sent.body["attachments"] == []
    assert sent.body["embeds"][0]["image"]["width"] == 3
    (seen,) = world.person().read()
    assert [image.filename for image in seen.images] == ["a.png"]


async def test_typing_and_guild(world: LocalDiscord, raw: Raw) -> None:
    assert (await raw.call("POST", f"/channels/{world.channel.id}/typing")).status == 204
    assert world.channel.typing_at
    assert (await raw.call("GET", f"/guilds/{world.guild.id}")).body["name"] == "Sandbox"
    assert (await raw.call("GET", "/guilds/1")).code == 10004


@pytest.mark.parametrize("wrong", [5, "x", True, [1], {"a": 1}, [[]], [{"type": []}]])
@pytest.mark.parametrize(
    "key",
    [
        "content",
        "embeds",
        "components",
        "attachments",
        "flags",
        "nonce",
        "message_reference",
        "allowed_mentions",
    ],
)
async def test_wrong_types_never_break_the_world(raw: Raw, key: str, wrong: object) -> None:
    answer = await raw.send({"content": "x", key: wrong})
    assert answer.status in (200, 400)


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
async def test_form_fields_are_read_as_json_is(raw: Raw, listening: Gateway, kind: str) -> None:
    del listening
    use = raw.world.person().use("imagine")
    fields = {"type": "4", "data": '{"content": "5", "flags": 64}'}
    path = f"/interactions/{use.interaction.id}/{use.interaction.token}/callback"
    form = FormData(fields, default_to_multipart=kind == "multipart")
    async with ClientSession() as session:
        async with session.post(raw.world.api_base + path, data=form) as response:
            assert response.status == 204
        body = FormData({"content": "5"}, default_to_multipart=kind == "multipart")
        headers = {"Authorization": f"Bot {raw.world.bot_token}"}
        async with session.post(
            raw.world.api_base + raw.messages, data=body, headers=headers
        ) as response:
            assert response.status == 200
    assert [message.text for message in raw.world.person().read()] == ["5", "5"]


async def test_the_gateways_address_needs_no_token(raw: Raw) -> None:
    assert (await raw.get(raw.world.api_base + "/gateway"))[0] == 200
    assert (await raw.get(raw.world.api_base + "/gateway/bot"))[0] == 401


@pytest.mark.parametrize(
    ("version", "status"), [("/v9", 200), ("/v8", 501), ("/v6", 501), ("", 501), ("/v5", 400)]
)
async def test_versions_of_the_api(raw: Raw, version: str, status: int) -> None:
    url = f"{raw.world.base_url}/api{version}/gateway"
    assert (await raw.get(url))[0] == status


async def test_a_token_begins_with_the_bots_id(world: LocalDiscord) -> None:
    first, *others = world.bot_token.split(".")
    assert b64decode(first + "==") == str(world.world.bot.id).encode()
    assert len(others) == 2


async def test_an_embeds_field_may_be_empty(raw: Raw) -> None:
    sent = await raw.send({"embeds": [{"fields": [{"name": "", "value": ""}]}]})
    assert sent.body["embeds"][0]["fields"] == [{"name": "", "value": "", "inline": False}]


async def test_reactions_of_others(world: LocalDiscord, raw: Raw) -> None:
    ada, smile = world.person(), "\N{GRINNING FACE}"
    message = ada.send("x")
    path = f"{raw.messages}/{message.id}/reactions"
    ada.react(message, smile)
    ada.react(message, "\N{HEAVY BLACK HEART}\ufe0f")
    listed = await raw.call("GET", f"{path}/{quote(smile)}")
    assert [user["id"] for user in listed.body] == [str(ada.user.id)]
    theirs = f"{path}/{quote(smile)}/{ada.user.id}"
    assert (await raw.call("DELETE", theirs)).code == 50013
    world.set_bot_permissions(DEFAULT_PERMISSIONS | Permission.MANAGE_MESSAGES)
    assert (await raw.call("DELETE", theirs)).status == 204
    assert (await raw.call("DELETE", f"{path}/{quote(smile)}")).code == 10014
    assert (await raw.call("DELETE", path)).status == 204
    assert "reactions" not in (await raw.call("GET", f"{raw.messages}/{message.id}")).body


EVERYTHING: dict[str, Any] = {
    "content": "x",
    "tts": False,
    "allowed_mentions": {"parse": [], "replied_user": False},
    "message_reference": {"fail_if_not_exists": False},
    "embeds": [
        {
            "title": "x",
            "url": "https://example.com",
            "timestamp": "2026-01-01T00:00:00+00:00",
            "footer": {"text": "x", "icon_url": "https://example.com/a.png"},
            "author": {"name": "x", "url": "https://example.com"},
            "image": {"url": "https://example.com/a.png"},
            "fields": [{"name": "n", "value": "v", "inline": True}],
        }
    ],
    "components": [row(button(disabled=False, emoji={"name": "\N{GRINNING FACE}"}))],
}


def places(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where each field is."""
    held = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for key, inner in held:
        if isinstance(value, dict):
            yield (*above, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*above, key))


async def test_a_field_of_a_wrong_type_is_refused(raw: Raw) -> None:
    for place in places(EVERYTHING):
        if place[-1] in {"type", "style"}:  # which are numbers
            continue
        payload: Any = deepcopy(EVERYTHING)
        holder = payload
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = 5
        answer = await raw.send(payload)
        named = ".".join(str(step) for step in place)
        assert (answer.status, answer.code) == (400, 50035), named
        assert named in answer.places
