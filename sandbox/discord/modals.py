"""The rules of modals.

https://discord.com/developers/docs/interactions/receiving-and-responding
#interaction-response-object-modal
"""

from collections.abc import Callable

from sandbox.discord.component_types import SELECTS, Component
from sandbox.discord.components import (
    MAX_CUSTOM_ID,
    MAX_TEXT,
    check_custom_id,
    check_options,
    check_select,
    check_type,
)
from sandbox.discord.fields import Field
from sandbox.discord.rules import Rule

MAX_TITLE = 45
MAX_TOP_LEVEL = 5
MAX_LABEL = 45
MAX_LABEL_DESCRIPTION = 100
MAX_PLACEHOLDER = 100
MAX_UPLOADS = 10
MAX_GROUP_OPTIONS = 10
IN_LABEL = (
    Component.TEXT_INPUT,
    *SELECTS,
    Component.FILE_UPLOAD,
    Component.RADIO_GROUP,
    Component.CHECKBOX_GROUP,
    Component.CHECKBOX,
)


def check_modal(modal: Field) -> None:
    """Check the data of a modal callback."""
    modal["custom_id"].text(Rule.MODAL_CUSTOM_ID, 1, MAX_CUSTOM_ID)
    modal["title"].text(Rule.MODAL_TITLE, 1, MAX_TITLE)
    seen: set[str] = set()
    for child in modal["components"].array(Rule.MODAL_COMPONENTS, 1, MAX_TOP_LEVEL):
        allowed = (Component.ACTION_ROW, Component.TEXT_DISPLAY, Component.LABEL)
        if not check_type(child, allowed, Rule.MODAL_PLACE):
            continue
        if child["type"].value == Component.TEXT_DISPLAY:
            child["content"].text(Rule.TEXT_LENGTH, 1, MAX_TEXT)
        elif child["type"].value == Component.LABEL:
            _label(child, seen)
        else:
            _row(child, seen)


def _label(label: Field, seen: set[str]) -> None:
    label["label"].text(Rule.LABEL_TEXT, 1, MAX_LABEL)
    label["description"].text(Rule.LABEL_DESCRIPTION, 1, MAX_LABEL_DESCRIPTION, required=False)
    child = label["component"]
    if not child.required() or not check_type(child, IN_LABEL, Rule.MODAL_PLACE):
        return
    kind = child["type"].value
    if child["disabled"].value:
        child["disabled"].fail(Rule.MODAL_DISABLED, "BASE_TYPE_CHOICES")
    check = _CHECKS.get(kind) if isinstance(kind, int) else None
    if check is not None:
        check(child, seen)


def _row(row: Field, seen: set[str]) -> None:
    for child in row["components"].array(Rule.MODAL_PLACE, 1, 1):
        if check_type(child, (Component.TEXT_INPUT,), Rule.MODAL_PLACE):
            child["label"].text(Rule.LABEL_TEXT, 1, MAX_LABEL)
            _text_input(child, seen)


def _text_input(text_input: Field, seen: set[str]) -> None:
    check_custom_id(text_input["custom_id"], seen)
    text_input["style"].one_of(Rule.INPUT_STYLE, (1, 2))
    text_input["min_length"].integer(Rule.INPUT_MIN, 0, MAX_TEXT)
    text_input["max_length"].integer(Rule.INPUT_MAX, 1, MAX_TEXT)
    text_input["value"].text(Rule.INPUT_VALUE, 0, MAX_TEXT, required=False)
    text_input["placeholder"].text(Rule.INPUT_PLACEHOLDER, 0, MAX_PLACEHOLDER, required=False)


def _file_upload(upload: Field, seen: set[str]) -> None:
    check_custom_id(upload["custom_id"], seen)
    upload["file_types"].file_types()
    upload["min_values"].integer(Rule.UPLOAD_MIN, 0, MAX_UPLOADS)
    upload["max_values"].integer(Rule.UPLOAD_MAX, 1, MAX_UPLOADS)


def _radio_group(group: Field, seen: set[str]) -> None:
    check_custom_id(group["custom_id"], seen)
    check_options(Rule.RADIO_OPTIONS, group["options"], 2, MAX_GROUP_OPTIONS)


def _checkbox_group(group: Field, seen: set[str]) -> None:
    check_custom_id(group["custom_id"], seen)
    check_options(Rule.CHECKBOX_OPTIONS, group["options"], 1, MAX_GROUP_OPTIONS)


def _checkbox(checkbox: Field, seen: set[str]) -> None:
    check_custom_id(checkbox["custom_id"], seen)


_CHECKS: dict[int, Callable[[Field, set[str]], None]] = {
    Component.TEXT_INPUT: _text_input,
    Component.FILE_UPLOAD: _file_upload,
    Component.RADIO_GROUP: _radio_group,
    Component.CHECKBOX_GROUP: _checkbox_group,
    Component.CHECKBOX: _checkbox,
    **dict.fromkeys(SELECTS, check_select),
}
