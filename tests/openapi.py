"""Checks requests against Discord's own OpenAPI description, where that file is at hand."""

from __future__ import annotations

import functools
import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.discord import RecordedRequest

DESCRIPTION = Path(__file__).parents[2] / "shared/reference/discord-openapi/openapi.json"

SENT_BY_THE_LIBRARY: dict[str, tuple[str, ...]] = {
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "MessageEditRequestPartial": ("tts",),
    "IncomingWebhookUpdateRequestPartial": ("tts",),
}
"""Fields that discord.py 2.7.1 sends beside the described ones; Discord ignores them."""


class OpenApi:
    """The description, made strict: a field that it does not know is a fault."""

    def __init__(self, description: dict[str, Any]) -> None:
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
        for error in self._validator(schema).iter_errors(request.payload):
            place = "".join(f"[{step!r}]" for step in error.instance_path)
            yield f"{where}: {place}: {error.message[:300]}"

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        text = json.dumps(schema)
        if text not in self._validators:
            whole = schema | {"components": self._components}
            self._validators[text] = Draft202012Validator(whole)
        return self._validators[text]

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
