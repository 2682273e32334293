"""Checks requests, answers and events against Discord's OpenAPI description, where available."""

from __future__ import annotations

import functools
import json
import re
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator, Registry

from sandbox.discord import LocalDiscord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from sandbox.discord import RecordedRequest

DESCRIPTION = Path(__file__).parents[2] / "shared/reference/discord-openapi/openapi.json"

SENT_BY_THE_LIBRARY: dict[str, tuple[str, ...]] = {
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "MessageEditRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    "IncomingWebhookUpdateRequestPartial": ("tts",),
}
"""Fields of requests that discord.py 2.7.1 sends beside the described ones.

https://discord.com/developers/docs/interactions/application-commands#application-command-object has
`nsfw`; `tts` is of new messages, and handle_message_parameters sends it with edits too:
https://github.com/Rapptz/discord.py/blob/v2.7.1/discord/http.py
"""


FORWARD = 1

REQUESTS, ANSWERS = "urn:discord:requests", "urn:discord:answers"
"""What the components of each are called in the registry of schemas."""

# An id, a name or the like that only the gateway's documents describe:
# https://discord.com/developers/docs/events/gateway-events#receive-events
FIELDS_OF_EVENTS: dict[str, tuple[str, ...]] = {
    "READY": ("v", "user", "guilds", "session_id", "resume_gateway_url", "application"),
    "RESUMED": (),
    "CHANNEL_PINS_UPDATE": ("channel_id",),
    "THREAD_DELETE": ("id", "guild_id", "parent_id", "type"),
    "THREAD_MEMBERS_UPDATE": ("id", "guild_id", "member_count"),
    "GUILD_DELETE": ("id",),
    "GUILD_BAN_ADD": ("guild_id", "user"),
    "GUILD_BAN_REMOVE": ("guild_id", "user"),
    "GUILD_EMOJIS_UPDATE": ("guild_id", "emojis"),
    "GUILD_MEMBER_ADD": ("guild_id",),
    "GUILD_MEMBER_REMOVE": ("guild_id", "user"),
    "GUILD_MEMBER_UPDATE": ("guild_id", "roles", "user"),
    "GUILD_MEMBERS_CHUNK": ("guild_id", "members", "chunk_index", "chunk_count"),
    "GUILD_ROLE_CREATE": ("guild_id", "role"),
    "GUILD_ROLE_UPDATE": ("guild_id", "role"),
    "GUILD_ROLE_DELETE": ("guild_id", "role_id"),
    "INTERACTION_CREATE": (
        *("id", "application_id", "type", "token", "version", "app_permissions"),
        *("entitlements", "authorizing_integration_owners", "context", "attachment_size_limit"),
    ),
    "MESSAGE_CREATE": ("channel_id",),
    "MESSAGE_UPDATE": ("channel_id",),
    "MESSAGE_DELETE": ("id", "channel_id"),
    "MESSAGE_DELETE_BULK": ("ids", "channel_id"),
    "MESSAGE_REACTION_ADD": ("user_id", "channel_id", "message_id", "emoji", "burst", "type"),
    "MESSAGE_REACTION_REMOVE": ("user_id", "channel_id", "message_id", "emoji", "burst", "type"),
    "MESSAGE_REACTION_REMOVE_ALL": ("channel_id", "message_id"),
    "MESSAGE_REACTION_REMOVE_EMOJI": ("channel_id", "message_id", "emoji"),
    "MESSAGE_POLL_VOTE_ADD": ("user_id", "channel_id", "message_id", "answer_id"),
    "MESSAGE_POLL_VOTE_REMOVE": ("user_id", "channel_id", "message_id", "answer_id"),
    "PRESENCE_UPDATE": ("user", "guild_id", "status", "activities", "client_status"),
    "TYPING_START": ("channel_id", "user_id", "timestamp"),
    "WEBHOOKS_UPDATE": ("guild_id", "channel_id"),
}
"""The fields that an event always has, beside those of its schema."""

_CHANNELS = "GuildChannelResponse ThreadResponse PrivateChannelResponse PrivateGroupChannelResponse"
PARTS_OF_EVENTS: dict[str, dict[str, str]] = {
    "READY": {"user": "UserPIIResponse"},
    "MESSAGE_CREATE": {"": "MessageResponse", "member": "MemberWithoutUser"},
    "MESSAGE_UPDATE": {"": "MessageResponse", "member": "MemberWithoutUser"},
    "GUILD_CREATE": {
        "": "GuildResponse",
        "channels.*": "GuildChannelResponse",
        "threads.*": "ThreadResponse",
        "members.*": "GuildMemberResponse",
    },
    "GUILD_UPDATE": {"": "GuildResponse"},
    "CHANNEL_CREATE": {"": "GuildChannelResponse"},
    "CHANNEL_UPDATE": {"": "GuildChannelResponse"},
    "CHANNEL_DELETE": {"": "GuildChannelResponse"},
    "THREAD_CREATE": {"": "ThreadResponse"},
    "THREAD_UPDATE": {"": "ThreadResponse"},
    "THREAD_MEMBERS_UPDATE": {
        "added_members.*": "ThreadMemberResponse",
        "added_members.*.member": "GuildMemberResponse",
    },
    "GUILD_MEMBER_ADD": {"": "GuildMemberResponse"},
    "GUILD_MEMBER_UPDATE": {"": "GuildMemberResponse"},
    "GUILD_MEMBER_REMOVE": {"user": "UserResponse"},
    "GUILD_MEMBERS_CHUNK": {"members.*": "GuildMemberResponse"},
    "GUILD_BAN_ADD": {"user": "UserResponse"},
    "GUILD_BAN_REMOVE": {"user": "UserResponse"},
    "GUILD_EMOJIS_UPDATE": {"emojis.*": "EmojiResponse"},
    "GUILD_ROLE_CREATE": {"role": "GuildRoleResponse"},
    "GUILD_ROLE_UPDATE": {"role": "GuildRoleResponse"},
    "USER_UPDATE": {"": "UserPIIResponse"},
    "TYPING_START": {"member": "GuildMemberResponse"},
    "MESSAGE_REACTION_ADD": {
        "emoji": "MessageReactionEmojiResponse",
        "member": "GuildMemberResponse",
    },
    "MESSAGE_REACTION_REMOVE": {"emoji": "MessageReactionEmojiResponse"},
    "MESSAGE_REACTION_REMOVE_EMOJI": {"emoji": "MessageReactionEmojiResponse"},
    "INTERACTION_CREATE": {
        "message": "MessageResponse",
        "user": "UserResponse",
        "member": "GuildMemberResponse",
        "channel": _CHANNELS,
        "data.resolved.users.*": "UserResponse",
        "data.resolved.members.*": "MemberWithoutUser",
        "data.resolved.roles.*": "GuildRoleResponse",
        "data.resolved.messages.*": "MessageResponse",
        "data.resolved.attachments.*": "MessageAttachmentResponse",
    },
}
"""The schema of an event's data ("") and of what it holds; * stands for each of several."""


class OpenApi:
    """The description, made strict: a request's field that it does not know is a fault.

    Args:
        description: as Discord publishes it.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        # Answers may have more fields than are described, requests may not.
        self._answers = json.loads(json.dumps(description["components"]))
        # Forwards have this type, which the description leaves out:
        # https://discord.com/developers/docs/resources/message#message-reference-types
        answers = self._answers["schemas"]
        answers["MessageReferenceType"]["oneOf"].append({"const": FORWARD})
        # The codes of complaints are texts, and the two branches of the description overlap:
        # https://discord.com/developers/docs/reference#error-messages
        complaint: dict[str, Any] = {"type": "object", "required": ["code", "message"]}
        complaint["properties"] = {key: {"type": "string"} for key in ("code", "message")}
        answers["InnerErrors"]["properties"]["_errors"]["items"] = complaint
        answers["ErrorDetails"]["anyOf"] = answers["ErrorDetails"].pop("oneOf")
        # Only some limits have a code:
        # https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit
        answers["RatelimitedResponse"]["allOf"][0] = {"required": ["message"]}
        # The members of messages and those that are resolved lack these:
        # https://discord.com/developers/docs/events/gateway-events#message-create
        # https://discord.com/developers/docs/interactions/receiving-and-responding
        # #interaction-object-resolved-data-structure
        member = json.loads(json.dumps(answers["GuildMemberResponse"]))
        member["required"] = [*{*member["required"]} - {"user", "deaf", "mute"}]
        answers["MemberWithoutUser"] = member
        schemas = description["components"]["schemas"]
        # discord.py sends some ids as integers, which Discord takes as well:
        # https://discord.com/developers/docs/reference#id-serialization
        schemas["SnowflakeType"] = {"type": ["string", "integer"]}
        for name, fields in SENT_BY_THE_LIBRARY.items():
            schemas[name]["properties"] |= dict.fromkeys(fields, True)
        _close_objects(schemas)
        # By method and number of steps, as there are 200; the most literal first.
        self._operations: dict[tuple[str, int], list[tuple[re.Pattern[str], dict[str, Any]]]] = {}
        operations = sorted(_operations(description), key=lambda found: found[1].count("{"))
        for method, template, operation in operations:
            alike = self._operations.setdefault((method, template.count("/")), [])
            alike.append((_pattern(template), operation))
        # Parsed once: a validator that holds the components itself takes 5 MB and 10 ms.
        self._registry = Registry(
            [
                (REQUESTS, {"components": description["components"]}),
                (ANSWERS, {"components": self._answers}),
            ]
        )
        self._validators: dict[str, Draft202012Validator] = {}

    def faults(self, request: RecordedRequest) -> Iterator[str]:
        """Yield what Discord's description does not allow in a request."""
        where = f"{request.method} {request.path}"
        operation = self._operation(request)
        if operation is None:
            yield f"{where}: no such operation"
            return
        if request.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and request.payload is None:
            return  # its body was refused unread
        schema = _schema_of_body(operation, multipart=bool(request.files))
        if schema is None:
            if request.payload:
                yield f"{where}: takes no body"
            return
        for error in self._validator(schema, REQUESTS).iter_errors(request.payload):
            place = "".join(f"[{step!r}]" for step in error.instance_path)
            yield f"{where}: {place}: {error.message[:300]}"

    def answer_faults(self, request: RecordedRequest) -> Iterator[str]:
        """Yield what Discord's description does not allow in the answer to a request."""
        operation = self._operation(request)
        if operation is None:
            return
        where = f"answer to {request.method} {request.path}: {request.status}"
        described = operation["responses"]
        response = described.get(str(request.status)) or described.get(f"{request.status // 100}XX")
        if response is None:
            if request.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                yield f"{where}: no such status"
            return
        if "$ref" in response:
            response = self._answers["responses"][response["$ref"].rpartition("/")[2]]
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None and request.answer is not None:
            yield from self._described(where, schema, json.loads(request.answer))

    def event_faults(self, name: str, data: Mapping[str, Any]) -> Iterator[str]:
        """Yield what Discord's description does not allow in an event."""
        missing = [key for key in FIELDS_OF_EVENTS.get(name, ()) if key not in data]
        if missing:
            yield f"{name}: {missing} missing"
        for place, schemas in PARTS_OF_EVENTS.get(name, {}).items():
            schema = {"anyOf": [_reference(schema) for schema in schemas.split()]}
            for part in _parts(data, place.split(".") if place else []):
                yield from self._described(f"{name} {place}", schema, part)

    def _described(self, where: str, schema: dict[str, Any], value: object) -> Iterator[str]:
        for error in self._validator(schema, ANSWERS).iter_errors(value):
            place = "".join(f"[{step!r}]" for step in error.instance_path)
            yield f"{where}: {place}: {error.message[:300]}"

    def _validator(self, schema: dict[str, Any], components: str) -> Draft202012Validator:
        text = json.dumps(schema).replace('"#/', f'"{components}#/')
        if text not in self._validators:
            self._validators[text] = Draft202012Validator(json.loads(text), registry=self._registry)
        return self._validators[text]

    def _operation(self, request: RecordedRequest) -> dict[str, Any] | None:
        alike = self._operations.get((request.method.lower(), request.path.count("/")), [])
        found = (operation for pattern, operation in alike if pattern.fullmatch(request.path))
        return next(found, None)


@functools.cache
def description() -> OpenApi | None:
    """Return the description, None where the file is not at hand."""
    if not DESCRIPTION.exists():
        return None
    return OpenApi(json.loads(DESCRIPTION.read_text(encoding="utf-8")))


def check_requests(requests: Iterable[RecordedRequest]) -> None:
    """Fail if Discord's description refuses one of these requests."""
    openapi = description()
    if openapi is not None:
        faults = [fault for request in requests for fault in openapi.faults(request)]
        assert not faults, "\n".join(faults)


@asynccontextmanager
async def local_discord(
    *,
    requests: bool = True,
    **options: Any,  # noqa: ANN401 - those of LocalDiscord
) -> AsyncIterator[LocalDiscord]:
    """Run a local Discord, and fail if Discord's description refuses what it said.

    Args:
        requests: whether the bot's own requests have to be right too.
    """
    async with LocalDiscord(**options) as discord:
        yield discord
        check_answers(discord)
        if requests:
            check_requests(discord.requests)


def check_answers(discord: LocalDiscord) -> None:
    """Fail if Discord's description refuses an answer or an event of the local Discord."""
    check_said(discord.requests, discord.gateway.dispatched)


def check_said(
    requests: Iterable[RecordedRequest], events: Iterable[tuple[str, Mapping[str, Any]]]
) -> None:
    """Fail if Discord's description refuses one of these answers or events."""
    openapi = description()
    if openapi is not None:
        faults = [
            *(fault for request in requests for fault in openapi.answer_faults(request)),
            *(fault for name, data in events for fault in openapi.event_faults(name, data)),
        ]
        assert not faults, "\n".join(dict.fromkeys(faults))


def _parts(data: object, place: Sequence[str]) -> Iterator[object]:
    if not place:
        yield data
    elif place[0] == "*":
        for part in data.values() if isinstance(data, dict) else data:  # type: ignore[attr-defined]
            yield from _parts(part, place[1:])
    elif isinstance(data, dict) and place[0] in data:
        yield from _parts(data[place[0]], place[1:])


def _reference(schema: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for template, item in description["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method, template, operation


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template)))


def _schema_of_body(operation: dict[str, Any], *, multipart: bool) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return None
    kind = "multipart/form-data" if multipart else "application/json"
    schema: dict[str, Any] = content[kind]["schema"]
    # The second part of a multipart body's schema describes the files, which are no JSON.
    first: dict[str, Any] = schema["allOf"][0] if "allOf" in schema else schema
    return first


def _close_objects(node: object) -> None:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for child in node.values():
            _close_objects(child)
    elif isinstance(node, list):
        for child in node:
            _close_objects(child)
