"""Answers that were seen, or have to be expected, where others were promised."""

import json
import struct
import zlib
from collections.abc import Mapping
from http import HTTPStatus

from sandbox.flux.errors import Failure, Refusal
from sandbox.flux.faults import Say

TRACE_ID = "00000000-0000-4000-8000-00000000f1a5"

# A picture that fits in a pocket and fills a memory: 300 million pixels, one bit each.
BOMB_WIDTH, BOMB_HEIGHT = 20_000, 15_000


def saying(body: object, status: int = HTTPStatus.OK) -> Say:
    """Say some JSON."""
    return Say(status, json.dumps(body).encode())


def page(status: int) -> Say:
    """Say what proxies say: a page in HTML."""
    title = f"{status} {HTTPStatus(status).phrase}"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Say(status, text.encode(), "text/html")


def redirect(url: str, status: int = HTTPStatus.FOUND) -> Say:
    """Send the caller on to another address."""
    return Say(status, headers=(("Location", url),))


def oversized(size_bytes: int, content_type: str = "application/json") -> Say:
    """Say blanks, as many as that, with their number told beforehand."""
    return Say(HTTPStatus.OK, b" " * size_bytes, content_type)


def bomb() -> Say:
    """Give a PNG of a few ten thousand bytes that decodes to 300 million pixels."""
    return Say(HTTPStatus.OK, bomb_png(), "image/png")


def bomb_png(width: int = BOMB_WIDTH, height: int = BOMB_HEIGHT) -> bytes:
    """Make a whole and valid black PNG of that size."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


FORBIDDEN = Failure("forbidden", "The prompt was refused by content moderation.")
API_ERROR = Failure("api_error", "fetch failed")
SERVICE_UNAVAILABLE = Failure("service_unavailable", "The operation is currently unavailable")
TIMEOUT = Failure("timeout", "The upstream did not answer in time.")
# Workers of other services of the same gateway write their codes so.
CONTENT_REJECTED = Failure("CONTENT_REJECTED", "The content was rejected.")

FAILED_TASKS: Mapping[str, Failure] = {
    each.code: each
    for each in (FORBIDDEN, API_ERROR, SERVICE_UNAVAILABLE, TIMEOUT, CONTENT_REJECTED)
}

# In the gateway's envelope; the pages of a proxy are made by `page`.
MODERATED = Refusal(HTTPStatus.FORBIDDEN, FORBIDDEN)
BROKEN = Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, Failure("api_error", "Internal server error."))
UNAVAILABLE = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, SERVICE_UNAVAILABLE)
TIMED_OUT = Refusal(HTTPStatus.GATEWAY_TIMEOUT, TIMEOUT)

_ERROR = API_ERROR.as_dict()

# All of them mean failure, whatever their status says.
ODD_ERRORS: Mapping[str, Say] = {
    "success_false": saying({"success": False, "error": _ERROR, "trace_id": TRACE_ID}),
    "error_with_200": saying({"error": _ERROR, "trace_id": TRACE_ID}),
    "error_string": saying({"error": "fetch failed", "trace_id": TRACE_ID}, 500),
    "error_list": saying({"error": [_ERROR], "trace_id": TRACE_ID}, 500),
    "error_null": saying({"error": None, "trace_id": TRACE_ID}, 500),
    "error_missing": saying({}, 500),
    "detail": saying({"detail": "fetch failed"}, 500),
    "not_json": Say(500, b"fetch failed", "text/plain"),
    "no_task_id": saying({"trace_id": TRACE_ID}),
    "task_id_null": saying({"task_id": None, "trace_id": TRACE_ID}),
    "null": saying(None),
    "list": saying([]),
    "empty": Say(200),
    "half_json": Say(200, b'{"task_id": "'),
}
