"""Reading what a tab sends: JSON, or a form of JSON and files, each within limits."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from sandbox.discord import ClientRefusedError, Upload
from sandbox.discord.messages import MAX_ATTACHMENTS
from sandbox.page.acts import Act, as_id

if TYPE_CHECKING:
    from aiohttp import StreamReader

    from sandbox.page.personas import Personas

MAX_JSON_BYTES: Final = 256 * 1024
"""Far above the longest command with all of its options."""

MAX_DISCARDED_BYTES: Final = 1 << 30
"""Of files that are refused: read to their end up to here, so that the browser hears why."""

CHUNK_BYTES: Final = 1 << 18
MEBIBYTE: Final = 1 << 20


async def read_act(request: web.Request, cast: Personas, patience_s: float) -> Act:
    """Read what is done, by whom, where, and with which files.

    The field of a form that says so comes before the files.

    Args:
        patience_s: seconds for all of it to come.

    Raises:
        ClientRefusedError: it makes no sense, a file is too large for the place, or the tab was
            closed meanwhile.
    """
    try:
        async with asyncio.timeout(patience_s):
            return await _read_act(request, cast)
    except TimeoutError as error:
        raise ClientRefusedError("this took too long to arrive") from error
    except (ConnectionError, web.RequestPayloadError) as error:
        raise ClientRefusedError("the tab was closed meanwhile") from error


async def _read_act(request: web.Request, cast: Personas) -> Act:
    if not request.content_type.startswith("multipart/"):
        return _act(await _read(request.content, MAX_JSON_BYTES), cast)
    form = _Form(cast)
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise ClientRefusedError("this cannot be read")
            await form.take(part)
    except (ValueError, HttpProcessingError) as error:
        raise ClientRefusedError("this cannot be read") from error
    return form.act()


class _Form:
    """A form as it comes in."""

    def __init__(self, cast: Personas) -> None:
        self._cast = cast
        self._act: Act | None = None
        self._files: dict[str, tuple[Upload, ...]] = {}
        self._discarded = 0
        self._refusal: ClientRefusedError | None = None

    async def take(self, part: BodyPartReader) -> None:
        if self._act is None:
            self._act = _act(await _read(part, MAX_JSON_BYTES), self._cast)
            return
        if sum(map(len, self._files.values())) >= MAX_ATTACHMENTS:
            self._refusal = ClientRefusedError(f"{MAX_ATTACHMENTS} files are the most at once")
            await self._discard(part)
            return
        try:
            data = await _read(
                part, max(self._act.channel.file_limit, self._act.person.user.file_limit)
            )
        except ClientRefusedError as error:
            self._refusal = error
            await self._discard(part)
            return
        name = part.name or ""
        upload = Upload(part.filename or "unknown", data, part.headers.get("Content-Type"))
        self._files[name] = (*self._files.get(name, ()), upload)

    def act(self) -> Act:
        if self._act is None:
            raise ClientRefusedError("nothing was said")
        if self._refusal is not None:
            raise self._refusal
        return replace(self._act, files=self._files)

    async def _discard(self, part: BodyPartReader) -> None:
        while chunk := await part.read_chunk(CHUNK_BYTES):
            self._discarded += len(chunk)
            if self._discarded > MAX_DISCARDED_BYTES and self._refusal is not None:
                raise self._refusal


async def _read(source: BodyPartReader | StreamReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await _chunk(source):
        data += chunk
        if len(data) > limit:
            raise ClientRefusedError(
                f"your files are too powerful: the most for one file here is {limit // MEBIBYTE} MB"
                if limit > MAX_JSON_BYTES
                else "this is too much at once"
            )
    return bytes(data)


async def _chunk(source: BodyPartReader | StreamReader) -> bytes:
    if isinstance(source, BodyPartReader):
        return await source.read_chunk(CHUNK_BYTES)
    return await source.readany()


def _act(body: bytes, cast: Personas) -> Act:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ClientRefusedError("this cannot be read")
    person = cast.person(as_id(said.get("person")))
    return Act(person, cast.channel(person, as_id(said.get("channel"))), said)
