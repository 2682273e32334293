"""The kinds of components, and going through them.

https://discord.com/developers/docs/components/reference
"""

from collections.abc import Collection, Iterator
from copy import deepcopy
from enum import IntEnum
from itertools import count

from sandbox.discord.errors import JSON


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


# What is chosen from people, roles or channels, which the select does not list.
ENTITY_SELECTS = (
    Component.USER_SELECT,
    Component.ROLE_SELECT,
    Component.MENTIONABLE_SELECT,
    Component.CHANNEL_SELECT,
)
SELECTS = (Component.STRING_SELECT, *ENTITY_SELECTS)


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
