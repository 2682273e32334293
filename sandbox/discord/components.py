"""The rules of message components.

https://discord.com/developers/docs/components/reference
"""

from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from enum import IntEnum
from itertools import count

from sandbox.discord.errors import JSON
from sandbox.discord.fields import Field


class Component(IntEnum):
    """https://discord.com/developers/docs/components/reference#component-object-component-types."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


class ButtonStyle(IntEnum):
    """https://discord.com/developers/docs/components/reference#button-button-styles."""

    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4
    LINK = 5
    PREMIUM = 6


SELECTS = (
    Component.STRING_SELECT,
    Component.USER_SELECT,
    Component.ROLE_SELECT,
    Component.MENTIONABLE_SELECT,
    Component.CHANNEL_SELECT,
)
IN_CONTAINER = (
    Component.ACTION_ROW,
    Component.SECTION,
    Component.TEXT_DISPLAY,
    Component.MEDIA_GALLERY,
    Component.FILE,
    Component.SEPARATOR,
)
TOP_LEVEL_V2 = (*IN_CONTAINER, Component.CONTAINER)
TOP_LEVEL_LEGACY = (Component.ACTION_ROW,)

MAX_COMPONENTS = 40
MAX_TEXT = 4000
MAX_LEGACY_ROWS = 5
MAX_ROW_BUTTONS = 5
MAX_SECTION_TEXTS = 3
MAX_GALLERY_ITEMS = 10
MAX_ALT_TEXT = 1024
MAX_CUSTOM_ID = 100
MAX_BUTTON_LABEL = 80
MAX_BUTTON_URL = 512
MAX_MEDIA_URL = 2048
MAX_PLACEHOLDER = 150
MAX_SELECT_OPTIONS = 25
MAX_OPTION_TEXT = 100
MAX_COLOR = 0xFFFFFF
MAX_COMPONENT_ID = 2**31 - 1
ATTACHMENT_SCHEME = "attachment://"


def walk(components: Collection[JSON]) -> Iterator[JSON]:
    """Yield every component in the order in which it is read, nested ones after their parent."""
    for component in components:
        yield component
        yield from walk(component.get("components") or ())
        for key in ("accessory", "component"):
            if component.get(key):
                yield from walk((component[key],))


def media_of(component: JSON) -> list[tuple[JSON, str]]:
    """Return each place that holds a media object in this component, as (owner, key)."""
    kind = component["type"]
    if kind == Component.MEDIA_GALLERY:
        return [(item, "media") for item in component["items"]]
    if kind == Component.THUMBNAIL:
        return [(component, "media")]
    if kind == Component.FILE:
        return [(component, "file")]
    return []


def setting(component: JSON, key: str, default: int) -> int:
    """Return a number of a component; null stands for Discord's default, as absence does."""
    value = component.get(key)
    return default if value is None else int(value)


def numbered(components: Collection[JSON]) -> list[JSON]:
    """Return a copy in which every component has an id."""
    copied = deepcopy(list(components))
    taken = {component.get("id") for component in walk(copied)}
    free = (number for number in count(1) if number not in taken)
    for component in walk(copied):
        component["id"] = component.get("id") or next(free)
    return copied


def check_components(field: Field, *, v2: bool, filenames: Collection[str]) -> None:
    """Check the components of a message; `filenames` are what attachment:// may name."""
    checker = _Checker(filenames)
    if v2:
        for component in field.array(1, MAX_COMPONENTS):
            checker.check(component, TOP_LEVEL_V2)
        checker.check_totals(field)
        return
    for row in field.array(0, MAX_LEGACY_ROWS, required=False):
        checker.check(row, TOP_LEVEL_LEGACY)


def check_custom_id(field: Field, seen: set[str]) -> None:
    """Check a custom_id, which is unique within its message or modal."""
    custom_id = field.text(1, MAX_CUSTOM_ID)
    if custom_id in seen:
        field.fail("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    seen.add(custom_id)


def check_select(select: Field, seen: set[str]) -> None:
    """Check a select of any kind."""
    check_custom_id(select["custom_id"], seen)
    select["placeholder"].text(0, MAX_PLACEHOLDER, required=False)
    low = select["min_values"].integer(0, MAX_SELECT_OPTIONS)
    high = select["max_values"].integer(1, MAX_SELECT_OPTIONS)
    if low is not None and high is not None and low > high:
        select["min_values"].fail("NUMBER_TYPE_MAX", "min_values is above max_values.")
    if select.value and select["type"].value == Component.STRING_SELECT:
        check_options(select["options"], 1, MAX_SELECT_OPTIONS)


def check_options(options: Field, low: int, high: int) -> None:
    """Check the options of a string select, a radio group or a checkbox group."""
    values: set[str] = set()
    for option in options.array(low, high):
        option["label"].text(1, MAX_OPTION_TEXT)
        option["description"].text(0, MAX_OPTION_TEXT, required=False)
        value = option["value"].text(1, MAX_OPTION_TEXT)
        if value in values:
            option["value"].fail(
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        values.add(value)


def check_type(component: Field, allowed: Collection[Component]) -> bool:
    """Complain about a component that may not stand where it stands."""
    component.mapping()
    if component["type"].value in allowed:
        return True
    listed = ", ".join(str(int(kind)) for kind in allowed)
    component.fail("UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed},).')
    return False


class _Checker:
    """Checks one message's components, and counts what is limited over all of them."""

    def __init__(self, filenames: Collection[str]) -> None:
        self._filenames = filenames
        self._custom_ids: set[str] = set()
        self._text = 0
        self._count = 0
        self._by_type: dict[int, Callable[[Field], None]] = {
            Component.ACTION_ROW: self._action_row,
            Component.BUTTON: self._button,
            Component.SECTION: self._section,
            Component.TEXT_DISPLAY: self._text_display,
            Component.THUMBNAIL: self._thumbnail,
            Component.MEDIA_GALLERY: self._gallery,
            Component.FILE: self._file,
            Component.SEPARATOR: self._separator,
            Component.CONTAINER: self._container,
            **dict.fromkeys(SELECTS, self._select),
        }

    def check(self, component: Field, allowed: Collection[Component]) -> None:
        self._count += 1
        if not check_type(component, allowed):
            return
        component["id"].integer(0, MAX_COMPONENT_ID)
        kind = component["type"].value
        if isinstance(kind, int):
            self._by_type[kind](component)

    def check_totals(self, field: Field) -> None:
        if self._count > MAX_COMPONENTS:
            field.fail(
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                f"The maximum number of components is {MAX_COMPONENTS}, got {self._count}",
            )
        if self._text > MAX_TEXT:
            field.fail(
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                f"Displayable text size of this component exceeds maximum size of {MAX_TEXT}",
            )

    def _action_row(self, row: Field) -> None:
        children = row["components"].array(1, MAX_ROW_BUTTONS)
        for child in children:
            self.check(child, (Component.BUTTON, *SELECTS))
        if len(children) > 1 and any(child["type"].value in SELECTS for child in children):
            row["components"].fail(
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select fills its row alone"
            )

    def _button(self, button: Field) -> None:
        button["label"].text(0, MAX_BUTTON_LABEL, required=False)
        if not button["style"].one_of([int(style) for style in ButtonStyle]):
            return
        style = button["style"].value
        if style == ButtonStyle.LINK:
            button["url"].text(1, MAX_BUTTON_URL)
        elif style == ButtonStyle.PREMIUM:
            button["sku_id"].required()
        else:
            check_custom_id(button["custom_id"], self._custom_ids)
        if style != ButtonStyle.PREMIUM and not button["label"].value and not button["emoji"].value:
            button["label"].fail("BASE_TYPE_REQUIRED", "A button needs a label or an emoji")

    def _select(self, select: Field) -> None:
        check_select(select, self._custom_ids)

    def _section(self, section: Field) -> None:
        for text in section["components"].array(1, MAX_SECTION_TEXTS):
            self.check(text, (Component.TEXT_DISPLAY,))
        if section["accessory"].required():
            self.check(section["accessory"], (Component.BUTTON, Component.THUMBNAIL))

    def _text_display(self, display: Field) -> None:
        self._text += len(display["content"].text(1, MAX_TEXT))

    def _thumbnail(self, thumbnail: Field) -> None:
        thumbnail["description"].text(1, MAX_ALT_TEXT, required=False)
        self._media(thumbnail["media"])

    def _gallery(self, gallery: Field) -> None:
        for item in gallery["items"].array(1, MAX_GALLERY_ITEMS):
            item["description"].text(1, MAX_ALT_TEXT, required=False)
            self._media(item["media"])

    def _file(self, file: Field) -> None:
        self._media(file["file"], attachment_only=True)

    def _separator(self, separator: Field) -> None:
        separator["spacing"].integer(1, 2)

    def _container(self, container: Field) -> None:
        container["accent_color"].integer(0, MAX_COLOR)
        for child in container["components"].array(1, MAX_COMPONENTS):
            self.check(child, IN_CONTAINER)

    def _media(self, media: Field, *, attachment_only: bool = False) -> None:
        if not media.mapping():
            media["url"].required()
            return
        url = media["url"].text(1, MAX_MEDIA_URL)
        if url.startswith(ATTACHMENT_SCHEME):
            if url.removeprefix(ATTACHMENT_SCHEME) not in self._filenames:
                media["url"].fail(
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    f"The referenced attachment was not found: {url}",
                )
        elif attachment_only or not url.startswith(("http://", "https://")):
            schemes = "attachment" if attachment_only else "http, https, attachment"
            media["url"].fail("URL_TYPE_INVALID_SCHEME", f"Scheme must be one of ({schemes}).")
