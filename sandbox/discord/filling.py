"""Filling a modal: what Discord's client lets a person submit, and in what shape."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.cdn import Upload
from sandbox.discord.component_types import ENTITY_SELECTS, Component, setting
from sandbox.discord.errors import JSON, ClientRefusedError
from sandbox.discord.slash import Typing

MAX_TEXT = 4000
# Given by a person for one field of a modal.
Filled = str | bool | Upload | Sequence[str] | Sequence[Upload] | None


@dataclass(frozen=True)
class SeenField:
    """One field of a modal, with what already stands in it."""

    label: str
    custom_id: str
    kind: Component
    required: bool
    value: object
    raw: JSON = field(repr=False, compare=False)


@dataclass(frozen=True)
class SeenModal:
    """A modal as a person sees it."""

    title: str
    custom_id: str
    fields: tuple[SeenField, ...]
    text: str
    raw: JSON = field(repr=False, compare=False)


def see_modal(modal: JSON) -> SeenModal:
    """Look at a modal."""
    fields = []
    texts = []
    for part in modal["components"]:
        if part["type"] == Component.TEXT_DISPLAY:
            texts.append(part["content"])
        elif part["type"] == Component.LABEL:
            fields.append(_field(part["component"], part["label"]))
        else:
            fields += [_field(child, child.get("label") or "") for child in part["components"]]
    return SeenModal(modal["title"], modal["custom_id"], tuple(fields), "\n".join(texts), modal)


def fill(modal: SeenModal, given: dict[str, Any], typing: Typing) -> JSON:
    """Return the data of a modal submit; fields go by custom_id or by label."""
    known = {name for seen in modal.fields for name in (seen.custom_id, seen.label)}
    for name in given:
        if name not in known:
            raise ClientRefusedError(f"the modal has no field {name}")
    answers: dict[str, JSON] = {}
    for seen in modal.fields:
        value = given.get(seen.custom_id, given.get(seen.label, seen.value))
        answers[seen.custom_id] = _answer(seen, value, typing)
    data: JSON = {
        "custom_id": modal.custom_id,
        "components": [_submitted(part, answers) for part in modal.raw["components"]],
    }
    if typing.resolved:
        data["resolved"] = typing.resolved
    return data


def _field(component: JSON, label: str) -> SeenField:
    kind = Component(component["type"])
    return SeenField(
        label=label,
        custom_id=component["custom_id"],
        kind=kind,
        required=component.get("required") is not False and kind is not Component.CHECKBOX,
        value=_standing(component, kind),
        raw=component,
    )


def _standing(component: JSON, kind: Component) -> object:
    if kind is Component.TEXT_INPUT:
        return component.get("value") or ""
    if kind is Component.CHECKBOX:
        return bool(component.get("default"))
    chosen = [option["value"] for option in component.get("options") or () if option.get("default")]
    if kind is Component.RADIO_GROUP:
        return chosen[0] if chosen else None
    return chosen


def _answer(seen: SeenField, value: Any, typing: Typing) -> JSON:  # noqa: ANN401 - a person's input
    answer: JSON = _kept(seen.raw, "type", "id", "custom_id")
    if seen.required and value in ("", None, [], ()):
        raise ClientRefusedError(f"the field {seen.label} is required")
    if seen.kind is Component.TEXT_INPUT:
        return answer | {"value": _typed(seen, value)}
    if seen.kind is Component.CHECKBOX:
        return answer | {"value": bool(value)}
    if seen.kind is Component.RADIO_GROUP:
        return answer | {"value": _options(seen, [value])[0] if value is not None else None}
    values = [value] if isinstance(value, str | Upload) else list(value or ())
    if seen.kind is Component.FILE_UPLOAD:
        _check_count(seen, len(values))
        types = seen.raw.get("file_types") or ()
        uploads = [value for value in values if isinstance(value, Upload)]
        return answer | {"values": [typing.upload(upload, types) for upload in uploads]}
    if values or seen.required:
        _check_count(seen, len(values))
    if seen.kind in ENTITY_SELECTS:
        return answer | {"values": [typing.named(seen.kind, str(value)) for value in values]}
    return answer | {"values": _options(seen, values)}


def _typed(seen: SeenField, value: object) -> str:
    if not isinstance(value, str):
        raise ClientRefusedError(f"the field {seen.label} takes text")
    low = seen.raw.get("min_length") or 0
    high = seen.raw.get("max_length") or MAX_TEXT
    if (value or seen.required) and not low <= len(value) <= high:
        raise ClientRefusedError(f"the field {seen.label} takes {low} to {high} characters")
    return value


def _check_count(seen: SeenField, chosen: int) -> None:
    low = setting(seen.raw, "min_values", int(seen.required))
    most = len(seen.raw["options"]) if seen.kind is Component.CHECKBOX_GROUP else 1
    high = setting(seen.raw, "max_values", most)
    if (chosen or seen.required) and not low <= chosen <= high:
        raise ClientRefusedError(f"the field {seen.label} takes {low} to {high} values")


def _options(seen: SeenField, values: Sequence[Any]) -> list[str]:
    options = seen.raw.get("options") or ()
    by_name = {option["label"]: option["value"] for option in options}
    known = set(by_name.values())
    for value in values:
        if value not in known and value not in by_name:
            raise ClientRefusedError(f"{value!r} is not among the choices of {seen.label}")
    return [value if value in known else by_name[value] for value in values]


def _submitted(part: JSON, answers: dict[str, JSON]) -> JSON:
    written = _kept(part, "type", "id")
    if part["type"] == Component.LABEL:
        written["component"] = answers[part["component"]["custom_id"]]
    elif part["type"] != Component.TEXT_DISPLAY:
        written["components"] = [answers[child["custom_id"]] for child in part["components"]]
    return written


def _kept(component: JSON, *keys: str) -> JSON:
    return {key: component[key] for key in keys if key in component}
