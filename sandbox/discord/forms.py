"""Reading a request's body: JSON, or multipart with `payload_json` and `files[n]`.

https://discord.com/developers/docs/reference#uploading-files
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.cdn import Upload
from sandbox.discord.errors import INVALID_FORM_BODY, INVALID_JSON, JSON, TOO_LARGE, ApiError
from sandbox.discord.records import MEBIBYTE
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

# https://discord.com/developers/docs/resources/message#create-message
MAX_REQUEST_BYTES = 25 * MEBIBYTE

# Where the body that a request came with is left for the record.
FORM = web.RequestKey("form", object)

_FILE_FIELD = re.compile(r"files\[(\d+)\]$")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Form:
    """A request's JSON, the files that came with it by number, and where the JSON stands."""

    payload: JSON
    files: dict[int, Upload] = field(default_factory=dict)
    path: tuple[str | int, ...] = ()


async def read_body(request: web.Request, rules: Rulebook) -> object:
    """Return a JSON body of any shape."""
    request[FORM] = parsed = _parse_json(await _read(request, rules), rules)
    return parsed


async def read_form(request: web.Request, rules: Rulebook) -> Form:
    """Return the body of a request that may carry files, and leave it for the record."""
    request[FORM] = form = _form(request, await _read(request, rules), rules)
    return form


def _form(request: web.Request, body: bytes, rules: Rulebook) -> Form:
    if request.content_type != "multipart/form-data":
        return Form(_parse_object(body, rules))
    boundary = request.headers["Content-Type"].partition("boundary=")[2].strip('"')
    payload: JSON = {}
    files: dict[int, Upload] = {}
    for name, filename, data in _parts(body, boundary.encode()):
        match = _FILE_FIELD.match(name)
        if match:
            files[int(match[1])] = Upload(filename, data)
        elif name == "payload_json":
            payload = _parse_object(data, rules)
    return Form(payload, files)


async def _read(request: web.Request, rules: Rulebook) -> bytes:
    body = await request.read()
    rules.refuse(Rule.REQUEST_SIZE, len(body) > MAX_REQUEST_BYTES, TOO_LARGE)
    return body


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str, bytes]]:
    # aiohttp's reader goes through a body in small steps; whole pictures want one look.
    delimiter = b"\r\n--" + boundary
    for part in (b"\r\n" + body).split(delimiter)[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        disposition = next(
            line
            for line in head.decode().splitlines()
            if line.lower().startswith("content-disposition")
        )
        parameters = dict(_PARAMETER.findall(disposition))
        yield parameters.get("name", ""), parameters.get("filename", ""), data


def _parse_json(body: bytes, rules: Rulebook) -> object:
    try:
        return json.loads(body) if body else {}
    except ValueError as error:
        if rules.strikes(Rule.JSON_BODY, condition=True):
            raise ApiError(*INVALID_JSON) from error
        return {}


def _parse_object(body: bytes, rules: Rulebook) -> JSON:
    parsed = _parse_json(body, rules)
    if isinstance(parsed, dict):
        return parsed
    rules.refuse(Rule.FIELD_TYPE, condition=True, refusal=INVALID_FORM_BODY)
    return {}
