"""The rules of message components.

https://discord.com/developers/docs/components/reference
"""

from collections.abc import Callable, Collection

from sandbox.discord.component_types import SELECTS, ButtonStyle, Component
from sandbox.discord.emojis import is_emoji
from sandbox.discord.fields import Field, is_whole
from sandbox.discord.rules import Rule

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
# No level has a limit of its own, but a request is at most this long anyhow.
UNLIMITED = 1 << 25
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


def check_components(field: Field, *, v2: bool, filenames: Collection[str]) -> None:
    """Check the components of a message; `filenames` are what attachment:// may name."""
    checker = _Checker(filenames)
    if v2:
        # How many there are is counted over all levels.
        for component in field.array(Rule.COMPONENT_TOTAL, 1, UNLIMITED):
            checker.check(component, TOP_LEVEL_V2)
        checker.check_totals(field)
        return
    for row in field.array(Rule.LEGACY_ROWS, 0, MAX_LEGACY_ROWS, required=False):
        checker.check(row, TOP_LEVEL_LEGACY, Rule.V2_FLAG)


def check_custom_id(field: Field, seen: set[str]) -> None:
    """Check a custom_id, which is unique within its message or modal."""
    custom_id = field.text(Rule.CUSTOM_ID_LENGTH, 1, MAX_CUSTOM_ID)
    if custom_id in seen:
        field.fail(Rule.CUSTOM_ID_UNIQUE, "COMPONENT_CUSTOM_ID_DUPLICATED")
    seen.add(custom_id)


def check_select(select: Field, seen: set[str]) -> None:
    """Check a select of any kind."""
    check_custom_id(select["custom_id"], seen)
    select["placeholder"].text(Rule.SELECT_PLACEHOLDER, 0, MAX_PLACEHOLDER, required=False)
    low = select["min_values"].integer(Rule.SELECT_MIN, 0, MAX_SELECT_OPTIONS)
    high = select["max_values"].integer(Rule.SELECT_MAX, 1, MAX_SELECT_OPTIONS)
    if low is not None and low > (1 if high is None else high):
        select["min_values"].fail(Rule.SELECT_RANGE, "NUMBER_TYPE_MAX")
    if select.value and select["type"].value == Component.STRING_SELECT:
        check_options(Rule.SELECT_OPTIONS, select["options"], 1, MAX_SELECT_OPTIONS)


def check_options(rule: Rule, options: Field, low: int, high: int) -> None:
    """Check the options of a string select, a radio group or a checkbox group."""
    values: set[str] = set()
    for option in options.array(rule, low, high):
        option["label"].text(Rule.OPTION_LABEL, 1, MAX_OPTION_TEXT)
        option["description"].text(Rule.OPTION_DESCRIPTION, 0, MAX_OPTION_TEXT, required=False)
        value = option["value"].text(Rule.OPTION_VALUE, 1, MAX_OPTION_TEXT)
        if value in values:
            option["value"].fail(
                Rule.OPTION_VALUE_UNIQUE, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
            )
        values.add(value)


def check_type(
    component: Field, allowed: Collection[Component], rule: Rule = Rule.COMPONENT_PLACE
) -> bool:
    """Complain about a component that may not stand where it stands."""
    component.mapping()
    if is_whole(component["type"].value) and component["type"].value in allowed:
        return True
    listed = ", ".join(str(int(kind)) for kind in allowed)
    component.fail(rule, "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed},).')
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

    def check(
        self, component: Field, allowed: Collection[Component], rule: Rule = Rule.COMPONENT_PLACE
    ) -> None:
        self._count += 1
        if not check_type(component, allowed, rule):
            return
        component["id"].integer(Rule.COMPONENT_ID, 0, MAX_COMPONENT_ID)
        kind = component["type"].value
        if isinstance(kind, int):
            self._by_type[kind](component)

    def check_totals(self, field: Field) -> None:
        if self._count > MAX_COMPONENTS:
            field.fail(
                Rule.COMPONENT_TOTAL,
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                f"The maximum number of components is {MAX_COMPONENTS}, got {self._count}",
            )
        if self._text > MAX_TEXT:
            field.fail(
                Rule.TEXT_TOTAL,
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                f"Displayable text size of this component exceeds maximum size of {MAX_TEXT}",
            )

    def _action_row(self, row: Field) -> None:
        children = row["components"].array(Rule.ROW_LENGTH, 1, MAX_ROW_BUTTONS)
        for child in children:
            self.check(child, (Component.BUTTON, *SELECTS))
        if len(children) > 1 and any(child["type"].value in SELECTS for child in children):
            row["components"].fail(Rule.ROW_SELECT, "COMPONENT_LAYOUT_WIDTH_EXCEEDED")

    def _button(self, button: Field) -> None:
        button["label"].text(Rule.BUTTON_LABEL, 0, MAX_BUTTON_LABEL, required=False)
        if not button["style"].one_of(Rule.BUTTON_STYLE, [int(style) for style in ButtonStyle]):
            return
        style = button["style"].value
        if style == ButtonStyle.LINK:
            button["url"].text(Rule.BUTTON_URL, 1, MAX_BUTTON_URL)
        elif style == ButtonStyle.PREMIUM:
            button["sku_id"].required()
        else:
            check_custom_id(button["custom_id"], self._custom_ids)
        if style != ButtonStyle.PREMIUM and not button["label"].value and not button["emoji"].value:
            button["label"].fail(Rule.BUTTON_FACE, "BASE_TYPE_REQUIRED")
        emoji = button["emoji"].value
        if isinstance(emoji, dict) and not emoji.get("id") and not is_emoji(str(emoji.get("name"))):
            button["emoji"]["name"].fail(Rule.BUTTON_EMOJI, "BUTTON_COMPONENT_INVALID_EMOJI")

    def _select(self, select: Field) -> None:
        check_select(select, self._custom_ids)

    def _section(self, section: Field) -> None:
        for text in section["components"].array(Rule.SECTION_TEXTS, 1, MAX_SECTION_TEXTS):
            self.check(text, (Component.TEXT_DISPLAY,))
        if section["accessory"].required():
            self.check(section["accessory"], (Component.BUTTON, Component.THUMBNAIL))

    def _text_display(self, display: Field) -> None:
        self._text += len(display["content"].text(Rule.TEXT_LENGTH, 1, MAX_TEXT))

    def _thumbnail(self, thumbnail: Field) -> None:
        thumbnail["description"].text(Rule.MEDIA_DESCRIPTION, 1, MAX_ALT_TEXT, required=False)
        self._media(thumbnail["media"])

    def _gallery(self, gallery: Field) -> None:
        for item in gallery["items"].array(Rule.GALLERY_ITEMS, 1, MAX_GALLERY_ITEMS):
            item["description"].text(Rule.MEDIA_DESCRIPTION, 1, MAX_ALT_TEXT, required=False)
            self._media(item["media"])

    def _file(self, file: Field) -> None:
        self._media(file["file"], attachment_only=True)

    def _separator(self, separator: Field) -> None:
        separator["spacing"].integer(Rule.SEPARATOR_SPACING, 1, 2)

    def _container(self, container: Field) -> None:
        container["accent_color"].integer(Rule.CONTAINER_COLOR, 0, MAX_COLOR)
        for child in container["components"].array(Rule.CONTAINER_CHILDREN, 1, UNLIMITED):
            self.check(child, IN_CONTAINER)

    def _media(self, media: Field, *, attachment_only: bool = False) -> None:
        if not media.mapping():
            media["url"].required()
            return
        url = media["url"].text(Rule.MEDIA_URL_LENGTH, 1, MAX_MEDIA_URL)
        if url.startswith(ATTACHMENT_SCHEME):
            if url.removeprefix(ATTACHMENT_SCHEME) not in self._filenames:
                media["url"].fail(
                    Rule.MEDIA_ATTACHED,
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    f"The referenced attachment was not found: {url}",
                )
        elif attachment_only:
            media["url"].fail(Rule.FILE_SCHEME, "URL_TYPE_INVALID_SCHEME")
        elif not url.startswith(("http://", "https://")):
            media["url"].fail(Rule.MEDIA_SCHEME, "URL_TYPE_INVALID_SCHEME")
