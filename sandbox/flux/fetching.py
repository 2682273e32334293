"""Getting the picture that an `image_url` names."""

import asyncio
from http import HTTPStatus

import aiohttp

from sandbox.flux.books import Fetch

# The vendor's general advice on reference pictures; the deadline is this sandbox's own.
MAX_SOURCE_BYTES = 25_000_000
FETCH_DEADLINE_S = 20.0

CHUNK_BYTES = 65_536


async def fetch_source(
    session: aiohttp.ClientSession, url: str, *, deadline_s: float = FETCH_DEADLINE_S
) -> tuple[Fetch, bytes | None]:
    """Fetch a picture within `deadline_s`; the bytes are None where it cannot be had.

    The note says how far it came, also when nothing came of it.
    """
    status, received = 0, 0
    try:
        async with asyncio.timeout(deadline_s), session.get(url) as response:
            status = response.status
            chunks: list[bytes] = []
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                received += len(chunk)
                if received > MAX_SOURCE_BYTES:
                    return Fetch(url, status, received), None
                chunks.append(chunk)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        # ValueError: an address that cannot be written as one, such as half a surrogate pair.
        return Fetch(url, status, received), None
    body = b"".join(chunks) if status == HTTPStatus.OK else None
    return Fetch(url, status, received), body
