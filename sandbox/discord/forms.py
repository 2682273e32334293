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


async def read_body(request: web.Request) -> object:
    """Return a JSON body of any shape."""
    request[FORM] = parsed = _parse_json(await _read(request))
    return parsed


async def read_form(request: web.Request) -> Form:
    """Return the body of a request that may carry files, and leave it for the record."""
    request[FORM] = form = await _form(request)
    return form


async def _form(request: web.Request) -> Form:
    body = await _read(request)
    if request.content_type != "multipart/form-data":
        return Form(_parse_object(body))
    boundary = request.headers["Content-Type"].partition("boundary=")[2].strip('"')
    payload: JSON = {}
    files: dict[int, Upload] = {}
    for name, filename, data in _parts(body, boundary.encode()):
        match = _FILE_FIELD.match(name)
        if match:
            files[int(match[1])] = Upload(filename, data)
        elif name == "payload_json":
            payload = _parse_object(data)
    return Form(payload, files)


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError(*TOO_LARGE) from error


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


def _parse_json(body: bytes) -> object:
    try:
        return json.loads(body) if body else {}
    except ValueError as error:
        raise ApiError(*INVALID_JSON) from error


def _parse_object(body: bytes) -> JSON:
    parsed = _parse_json(body)
    if not isinstance(parsed, dict):
        raise ApiError(*INVALID_FORM_BODY)
    return parsed
