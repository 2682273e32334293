"""Writes what Flux answered to a file without tokens, ids, names, addresses and prompts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from flux.models import Exchange
    from services.live_run import Check

TRACE_VERSION: Final = 1

_KEPT: Final = frozenset(
    {
        "action",
        "amount",
        "async",
        "code",
        "count",
        "currency",
        "list_amount",
        "model",
        "progress",
        "size",
        "type",
    }
)
"""Fields whose short texts and numbers are kept: they say nothing of an account or a person."""

_FIELD: Final = re.compile("_?[a-z][a-z_]{0,30}")
"""A name of the API's fields; any other name may be an id or a text."""

_SHORT: Final = re.compile(r"(?!.{0,32}[0-9A-Fa-f]{8})[\w:.-]{1,40}", re.ASCII)
"""A word without the digits of an id."""

_SUFFIX: Final = re.compile(r"\.(png|jpe?g|webp)(?:[?#]|$)")


def write_trace(
    path: Path, exchanges: Iterable[Exchange], checks: Iterable[Check], *, version: str
) -> None:
    """Write a new file that can be shown to anybody; `sandbox --flux-trace` reads it.

    Raises:
        OSError: the file is there already, or cannot be written.
    """
    trace = {
        "trace": TRACE_VERSION,
        "fluxcord": version,
        "checks": [{"name": check.name, "held": check.held} for check in checks],
        "exchanges": [_written(exchange) for exchange in exchanges],
    }
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(trace, indent=1) + "\n")


def _written(exchange: Exchange) -> dict[str, object]:
    return {
        "path": "/flux/" + exchange.path.rpartition("/")[2],
        "accept": exchange.accept,
        "sent": redacted(exchange.sent),
        "status": exchange.status,
        "content_type": exchange.content_type,
        "answer": _answer(exchange.body),
    }


def _answer(body: bytes) -> list[object]:
    """Return the JSON of an answer, or of each line of it."""
    lines = body.strip().split(b"\n")
    whole = _parsed(body)
    return [whole] if whole is not None or len(lines) == 1 else [_parsed(line) for line in lines]


def _parsed(text: bytes) -> object:
    """Return redacted JSON, None where it is none."""
    try:
        return redacted(json.loads(text))
    except (ValueError, RecursionError):
        return None


def redacted(value: object, field: str = "") -> Any:  # noqa: ANN401  # JSON
    """Return JSON of the same shape, in which texts and numbers are replaced."""
    if isinstance(value, dict):
        return {
            (key if _FIELD.fullmatch(key) else "other"): redacted(each, key)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [redacted(each, field) for each in value]
    if value is None or isinstance(value, bool):
        return value
    is_kept = field in _KEPT
    if isinstance(value, str):
        return value if is_kept and _SHORT.fullmatch(value) else _placeholder(value)
    return value if is_kept else type(value)()


def _placeholder(text: str) -> str:
    if text.startswith(("http://", "https://")):
        suffix = _SUFFIX.search(text)
        return "https://example.org/file" + (f".{suffix[1]}" if suffix else "")
    return "text" if text else ""
