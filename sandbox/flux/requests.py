"""From a JSON body to a frozen request, or to the refusal that the API would give."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sandbox.flux.api_versions import RULES, Rules
from sandbox.flux.errors import bad_request
from sandbox.flux.models import DEFAULT_MODEL, Model, PictureFormat
from sandbox.flux.sizes import is_allowed

Action = Literal["generate", "edit"]
Payload = Mapping[str, object]

# The vendor's own page offers one to four pictures; no reference names a limit.
MAX_COUNT = 4
# A square is what every model was seen to give where nothing else was asked for.
DEFAULT_SIZE = "1:1"
# The vendor's clients never ask for more at once.
MAX_BATCH = 50


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """A valid `/flux/images` request; `source_url` is set for edits and only for them."""

    action: Action
    prompt: str
    model: str
    gives: PictureFormat
    size: str
    count: int
    source_url: str | None
    callback_url: str | None
    answers_at_once: bool


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """A valid `/flux/tasks` request."""

    ids: tuple[str, ...]
    is_batch: bool


def read_payload(body: bytes) -> Payload | None:
    """Parse a request body, or give None where it is no JSON object."""
    try:
        payload: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def image_order(payload: Payload, rules: Rules = RULES["current"]) -> ImageOrder:
    """Check a body of `/flux/images`; fields that the API does not know are ignored."""
    action = _action(payload)
    model = _model(payload, rules)
    traits = rules.models[model]
    callback_url = _url(payload, "callback_url")
    is_async = rules.knows_async and _asks_for_async(payload)
    return ImageOrder(
        action=action,
        prompt=_prompt(payload),
        model=model,
        gives=traits.gives,
        size=_size(payload, traits, is_required=rules.is_size_required),
        count=_count(payload) if action == "generate" else 1,
        source_url=_source(payload, traits) if action == "edit" else None,
        callback_url=callback_url,
        answers_at_once=is_async or callback_url is not None,
    )


def task_query(payload: Payload) -> TaskQuery:
    """Check a body of `/flux/tasks`."""
    action = payload.get("action", "retrieve")
    if action == "retrieve":
        task_id = payload.get("id")
        if not isinstance(task_id, str) or not task_id:
            raise bad_request("id is required")
        return TaskQuery((task_id,), is_batch=False)
    if action != "retrieve_batch":
        raise bad_request("action is invalid.")
    ids = payload.get("ids")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise bad_request("ids is required")
    if len(ids) > MAX_BATCH:
        raise bad_request(f"ids has more than {MAX_BATCH} entries")
    return TaskQuery(tuple(ids), is_batch=True)


def _action(payload: Payload) -> Action:
    match payload.get("action"):
        case "generate":
            return "generate"
        case "edit":
            return "edit"
        case None:
            raise bad_request("action is required")
    raise bad_request("action is invalid.")


def _prompt(payload: Payload) -> str:
    prompt = payload.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise bad_request("prompt is required")
    return prompt


def _model(payload: Payload, rules: Rules) -> str:
    model = payload.get("model")
    if model is None:
        return DEFAULT_MODEL
    if not isinstance(model, str) or model not in rules.models:
        raise bad_request("model is invalid.")
    return model


def _size(payload: Payload, model: Model, *, is_required: bool) -> str:
    size = payload.get("size")
    if size is None or size == "":
        if is_required:
            raise bad_request("size is required")
        return DEFAULT_SIZE
    if not isinstance(size, str) or not is_allowed(size, model.sizes):
        raise bad_request("size is invalid.")
    return size


def _count(payload: Payload) -> int:
    count = payload.get("count")
    if count is None:
        return 1
    # The vendor's reference calls it a number, and its command line sends 2.0.
    # True is an int to Python, but not to JSON.
    if isinstance(count, bool) or not isinstance(count, int | float):
        raise bad_request("count is invalid.")
    if count not in range(1, MAX_COUNT + 1):
        raise bad_request("count is invalid.")
    return int(count)


def _source(payload: Payload, model: Model) -> str:
    if not model.edits:
        raise bad_request("model does not support edit.")
    source = _url(payload, "image_url")
    if source is None:
        raise bad_request("image_url is required")
    return source


def _url(payload: Payload, field: str) -> str | None:
    value = payload.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not _is_web_address(value):
        raise bad_request(f"{field} is invalid.")
    return value


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _asks_for_async(payload: Payload) -> bool:
    value = payload.get("async")
    if value is None:
        return False
    if not isinstance(value, bool):
        raise bad_request("async is invalid.")
    return value
