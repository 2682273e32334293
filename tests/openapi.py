"""Checks requests, answers and events against Discord's OpenAPI description, where available."""

from __future__ import annotations

import functools
import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.discord import LocalDiscord, RecordedRequest

DESCRIPTION = Path(__file__).parents[2] / "shared/reference/discord-openapi/openapi.json"

SENT_BY_THE_LIBRARY: dict[str, tuple[str, ...]] = {
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "MessageEditRequestPartial": ("tts",),
    "IncomingWebhookUpdateRequestPartial": ("tts",),
}
"""Fields that discord.py 2.7.1 sends beside the described ones; Discord ignores them."""


FORWARD = 1

EVENTS: dict[str, str] = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "GUILD_CREATE": "GuildResponse",
    "GUILD_UPDATE": "GuildResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "CHANNEL_DELETE": "GuildChannelResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "GUILD_MEMBER_ADD": "GuildMemberResponse",
    "GUILD_MEMBER_UPDATE": "GuildMemberResponse",
    "USER_UPDATE": "UserPIIResponse",
}
"""The schema of an event's data."""

PARTS_OF_EVENTS: dict[tuple[str, str], str] = {
    ("READY", "user"): "UserPIIResponse",
    ("GUILD_ROLE_CREATE", "role"): "GuildRoleResponse",
    ("GUILD_ROLE_UPDATE", "role"): "GuildRoleResponse",
    ("INTERACTION_CREATE", "message"): "MessageResponse",
    ("INTERACTION_CREATE", "user"): "UserResponse",
    ("GUILD_MEMBER_REMOVE", "user"): "UserResponse",
    ("GUILD_BAN_ADD", "user"): "UserResponse",
    ("GUILD_BAN_REMOVE", "user"): "UserResponse",
    ("MESSAGE_REACTION_ADD", "emoji"): "MessageReactionEmojiResponse",
    ("MESSAGE_REACTION_ADD", "member"): "GuildMemberResponse",
}
"""The schema of one field of an event's data."""


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
        schemas = description["components"]["schemas"]
        # discord.py sends some ids as integers, which Discord takes as well.
        schemas["SnowflakeType"] = {"type": ["string", "integer"]}
        for name, fields in SENT_BY_THE_LIBRARY.items():
            schemas[name]["properties"] |= dict.fromkeys(fields, True)
        _close_objects(schemas)
        self._components = description["components"]
        operations = sorted(_operations(description), key=lambda found: found[1].count("{"))
        self._operations = [
            (method, _pattern(template), operation) for method, template, operation in operations
        ]
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
        for error in self._validator(schema, self._components).iter_errors(request.payload):
            place = "".join(f"[{step!r}]" for step in error.instance_path)
            yield f"{where}: {place}: {error.message[:300]}"

    def answer_faults(self, request: RecordedRequest) -> Iterator[str]:
        """Yield what Discord's description does not allow in the answer to a request."""
        operation = self._operation(request)
        if operation is None or request.status == HTTPStatus.NOT_FOUND:
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
        if name in EVENTS:
            yield from self._described(name, _reference(EVENTS[name]), data)
        for (event, key), schema in PARTS_OF_EVENTS.items():
            if event == name and key in data:
                yield from self._described(f"{name}.{key}", _reference(schema), data[key])

    def _described(self, where: str, schema: dict[str, Any], value: object) -> Iterator[str]:
        for error in self._validator(schema, self._answers).iter_errors(value):
            place = "".join(f"[{step!r}]" for step in error.instance_path)
            yield f"{where}: {place}: {error.message[:300]}"

    def _validator(
        self, schema: dict[str, Any], components: dict[str, Any]
    ) -> Draft202012Validator:
        key = f"{id(components)} {json.dumps(schema)}"
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(schema | {"components": components})
        return self._validators[key]

    def _operation(self, request: RecordedRequest) -> dict[str, Any] | None:
        for method, pattern, operation in self._operations:
            if method == request.method.lower() and pattern.fullmatch(request.path):
                return operation
        return None


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


def check_discord(discord: LocalDiscord) -> None:
    """Fail if Discord's description refuses a request, an answer to one, or an event."""
    check_requests(discord.requests)
    check_answers(discord)


def check_answers(discord: LocalDiscord) -> None:
    """Fail if Discord's description refuses an answer or an event of the local Discord."""
    openapi = description()
    if openapi is not None:
        faults = [
            *(fault for request in discord.requests for fault in openapi.answer_faults(request)),
            *(
                fault
                for name, data in discord.gateway.dispatched
                for fault in openapi.event_faults(name, data)
            ),
        ]
        assert not faults, "\n".join(dict.fromkeys(faults))


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
