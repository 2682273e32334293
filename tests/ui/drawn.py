"""A card taken apart, as Discord is sent it."""

from typing import Any

from ui.components import Card
from ui.i18n import words_for

ENGLISH = words_for(None)

ACTION_ROW = 1
BUTTON = 2
SELECT = 3
TEXT_DISPLAY = 10
MEDIA_GALLERY = 12
CONTAINER = 17
"""Discord's component types; components reference."""


def drawn(card: Card) -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = card.to_components()  # type: ignore[no-untyped-call]
    return components


def nested(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the components and all they hold, as Discord counts them."""
    found = []
    for component in components:
        found += [component, *nested(component.get("components", []))]
    return found


def parts(card: Card, kind: int) -> list[dict[str, Any]]:
    return [part for part in nested(drawn(card)) if part["type"] == kind]


def texts(card: Card) -> list[str]:
    return [part["content"] for part in parts(card, TEXT_DISPLAY)]


def gallery(card: Card) -> list[dict[str, Any]]:
    [part] = parts(card, MEDIA_GALLERY)
    items: list[dict[str, Any]] = part["items"]
    return items


def custom_ids(card: Card) -> list[str]:
    return [part["custom_id"] for part in parts(card, BUTTON)]
