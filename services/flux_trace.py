"""Writes what Flux answered to a file without tokens, ids, names, addresses and prompts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from flux import Exchange
    from services.live_run import Check

TRACE_VERSION: Final = 1

_KEPT: Final = frozenset(
    {"action", "async", "code", "count", "currency", "model", "progress", "size", "type"}
)
"""Fields whose short texts and numbers are kept: they say nothing of an account or a person."""

_FIELD: Final = re.compile("_?[a-z][a-z_]{0,30}")
"""A name of the API's fields; any other name may be an id or a text."""

_SHORT: Final = re.compile(r"[\w:.-]{1,40}", re.ASCII)

_SUFFIX: Final = re.compile(r"\.(png|jpe?g|webp)(?:[?#]|$)")


def write_trace(
    path: Path, exchanges: Iterable[Exchange], checks: Iterable[Check], *, version: str
) -> None:
    """Write a new file that can be shown to anybody; `sandbox --flux-trace` reads it.

    Args:
        version: of Fluxcord.

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
        "answer": [redacted(_parsed(line)) for line in exchange.body.strip().split(b"\n")],
    }


def _parsed(line: bytes) -> object:
    try:
        parsed: object = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    return parsed


def redacted(value: object, field: str = "", within: str = "") -> Any:  # noqa: ANN401  # JSON
    """Return JSON of the same shape, in which texts and numbers are replaced.

    Args:
        field: the name that the value has.
        within: the name of the object around it.
    """
    if isinstance(value, dict):
        return {
            (key if _FIELD.fullmatch(key) else "other"): redacted(each, key, field)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [redacted(each, field, within) for each in value]
    if value is None or isinstance(value, bool):
        return value
    is_kept = field in _KEPT or within == "cost"
    if isinstance(value, str):
        return value if is_kept and _SHORT.fullmatch(value) else _placeholder(value)
    return value if is_kept else type(value)()


def _placeholder(text: str) -> str:
    if text.startswith(("http://", "https://")):
        suffix = _SUFFIX.search(text)
        return "https://example.org/file" + (f".{suffix[1]}" if suffix else "")
    return "text" if text else ""
