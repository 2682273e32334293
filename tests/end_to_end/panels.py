"""Using a panel as a person does: pick, press switches, save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord.component_types import Component
from ui.components import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.discord import Person, SeenMessage

NOTHING = "default"
"""The value of a select's first option."""


async def opened(person: Person, command: str, **options: Any) -> SeenMessage:  # noqa: ANN401
    """Open a panel by its command."""
    use = await person.use(command, options).answered()
    assert use.message is not None
    assert use.message.private
    return use.message


async def picked(person: Person, panel: SeenMessage, **values: object) -> SeenMessage:
    """Pick values, by key; return the panel as it is then.

    Args:
        values: True and False press a switch; a number is a channel's, None clears it.
    """
    for key, value in values.items():
        control = control_of(panel, key)
        custom_id = control["custom_id"]
        if control["type"] == Component.BUTTON:
            use = await person.click(panel, custom_id)
        else:
            chosen = () if value is None else (str(value),)
            use = await person.choose(panel, custom_id, *chosen)
        await use.answered()
        panel = again(person, panel)
    return panel


async def saved(person: Person, panel: SeenMessage) -> SeenMessage:
    """Press Save; return the panel as it is then."""
    await (await person.click(panel, f"fluxcord:save:{whose(panel)}")).answered()
    return again(person, panel)


async def chosen(person: Person, command: str, **values: object) -> SeenMessage:
    """Open a panel, pick values and save them."""
    panel = await saved(person, await picked(person, await opened(person, command), **values))
    assert panel.text.endswith(("**Saved.**", "**已保存。**")), panel.text
    return panel


def again(person: Person, panel: SeenMessage) -> SeenMessage:
    seen = person.look_again(panel)
    assert seen is not None
    return seen


def shown(panel: SeenMessage) -> dict[str, str]:
    """Return what each control shows as picked, by key."""
    return {key_of(each): _shown(each) for each in controls(panel)}


def control_of(panel: SeenMessage, key: str) -> Mapping[str, Any]:
    [found] = [each for each in controls(panel) if key_of(each) == key]
    return found


def controls(panel: SeenMessage) -> Iterator[dict[str, Any]]:
    for row in panel.raw["components"]:
        for each in row.get("components", ()):
            if str(each.get("custom_id")).startswith(f"{PREFIX}panel:"):
                yield each


def key_of(control: Mapping[str, Any]) -> str:
    return str(control["custom_id"]).split("|")[1]


def whose(panel: SeenMessage) -> str:
    return str(next(controls(panel))["custom_id"]).split("|")[0].rsplit(":", 1)[1]


def _shown(control: Mapping[str, Any]) -> str:
    if control["type"] == Component.BUTTON:
        return str(control["label"])
    if control["type"] == Component.CHANNEL_SELECT:
        return ",".join(str(each["id"]) for each in control.get("default_values", ()))
    return ",".join(each["label"] for each in control["options"] if each.get("default"))
