"""Reading a request's body: JSON, or a form, which can bring `payload_json` and `files[n]`.

https://discord.com/developers/docs/reference#uploading-files
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.discord import errors
from sandbox.discord.cdn import Upload
from sandbox.discord.errors import JSON, ApiError, NotBuiltError
from sandbox.discord.fields import KINDS, Field
from sandbox.discord.records import MEBIBYTE
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

# https://discord.com/developers/docs/resources/message#create-message
MAX_REQUEST_BYTES = 25 * MEBIBYTE

JSON_TYPE = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

# The fields that hold a message or a modal of their own.
NESTED = ("data", "message")
# Where the body that a request came with is left for the record.
FORM = web.RequestKey("form", object)

_FILE_FIELD = re.compile(r"files\[(\d+)\]$")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Sent(JSON):
    """A JSON object of a request, which knows what of it nobody has looked at."""

    def __init__(self, fields: JSON) -> None:
        super().__init__(fields)
        self._unread = set(fields)

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - JSON
        self._unread.discard(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._unread.discard(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: object = None) -> Any:  # noqa: ANN401 - JSON
        """Look at one field."""
        self._unread.discard(key)
        return super().get(key, default)

    def unread(self) -> Iterator[str]:
        """Yield the fields that ask for something and that nobody has looked at."""
        for key, value in self.items():
            if key in self._unread and value:
                yield key
            elif isinstance(value, Sent):
                yield from value.unread()


@dataclass(frozen=True)
class Form:
    """A request's JSON, the files that came with it by number, and where the JSON stands."""

    payload: JSON
    files: dict[int, Upload] = field(default_factory=dict)
    path: tuple[str | int, ...] = ()

    def whole(self) -> JSON:
        """Return all of the JSON, as it is kept or passed over."""
        return {key: self.payload[key] for key in self.payload}

    def check_read(self) -> None:
        """Refuse what nobody has looked at, for it had no effect."""
        if isinstance(self.payload, Sent) and (unread := sorted(self.payload.unread())):
            raise NotBuiltError(", ".join(unread))


async def read_body(request: web.Request, rules: Rulebook) -> object:
    """Return a JSON body of any shape; forms are refused."""
    body = await _read(request, rules)
    rules.refuse(
        Rule.BODY_TYPE, body and request.content_type != JSON_TYPE, errors.INVALID_FORM_BODY
    )
    request[FORM] = parsed = _parse_json(body, rules)
    Field(parsed, rules).check_kinds()
    return parsed


async def read_json(request: web.Request, rules: Rulebook) -> Form:
    """Return the JSON object of a request that takes no form."""
    body = await read_body(request, rules)
    request[FORM] = form = Form(_as_object(body, rules))
    return form


async def read_form(request: web.Request, rules: Rulebook) -> Form:
    """Return a body that may be a form and carry files, and leave it for the record."""
    request[FORM] = form = _form(request, await _read(request, rules), rules)
    Field(form.payload, rules).check_kinds()
    return form


def _form(request: web.Request, body: bytes, rules: Rulebook) -> Form:
    known = request.content_type in (JSON_TYPE, URLENCODED, MULTIPART)
    rules.refuse(Rule.BODY_TYPE, body and not known, errors.INVALID_FORM_BODY)
    if request.content_type == URLENCODED:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        return Form(_fields(dict(pairs), rules))
    if request.content_type != MULTIPART:
        return Form(_as_object(_parse_json(body, rules), rules))
    boundary = request.headers["Content-Type"].partition("boundary=")[2].strip('"')
    texts: dict[str, str] = {}
    files: dict[int, Upload] = {}
    for name, filename, data in _parts(body, boundary.encode()):
        rules.refuse(Rule.BODY_TYPE, not name, errors.INVALID_FORM_BODY)
        match = _FILE_FIELD.match(name)
        if match:
            files[int(match[1])] = Upload(filename, data)
        else:
            texts[name] = data.decode(errors="replace")
    return Form(_fields(texts, rules), files)


def _fields(texts: dict[str, str], rules: Rulebook) -> JSON:
    """Return the object that form fields stand for; `payload_json` is all of them at once.

    A field whose type is not text is JSON, as every field of `payload_json` would be.
    """
    if "payload_json" in texts:
        return _as_object(_parse_json(texts["payload_json"].encode(), rules), rules)
    if not rules.strikes(Rule.FORM_FIELDS, texts):
        return {}
    return Sent({name: _value(name, text) for name, text in texts.items()})


def _value(name: str, text: str) -> object:
    if name == "nonce" or KINDS.get(name) is str:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


async def _read(request: web.Request, rules: Rulebook) -> bytes:
    body = await request.read()
    rules.refuse(Rule.REQUEST_SIZE, len(body) > MAX_REQUEST_BYTES, errors.TOO_LARGE)
    return body


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str, bytes]]:
    # aiohttp's reader goes through a body in small steps; whole pictures want one look.
    delimiter = b"\r\n--" + boundary
    for part in (b"\r\n" + body).split(delimiter)[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        lines = head.decode(errors="replace").splitlines()
        described = (line for line in lines if line.lower().startswith("content-disposition"))
        parameters = dict(_PARAMETER.findall(next(described, "")))
        yield parameters.get("name", ""), parameters.get("filename", ""), data


def _parse_json(body: bytes, rules: Rulebook) -> object:
    try:
        # NaN and Infinity, which are no JSON, are no whole numbers either.
        return json.loads(body, parse_constant=int) if body else {}
    except (ValueError, RecursionError) as error:
        if rules.strikes(Rule.JSON_BODY, condition=True):
            raise ApiError(*errors.INVALID_JSON) from error
        return {}


def _as_object(parsed: object, rules: Rulebook) -> JSON:
    if isinstance(parsed, dict):
        inner = {key: Sent(parsed[key]) for key in NESTED if isinstance(parsed.get(key), dict)}
        return Sent(parsed | inner)
    rules.refuse(Rule.FIELD_TYPE, condition=True, refusal=errors.INVALID_FORM_BODY)
    return {}
