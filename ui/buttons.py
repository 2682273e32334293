"""Buttons that know their job by their custom_id, so that they work after any restart."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

    from ui.i18n import Words

JOB_BUTTON: Final = "job_button"
"""The event that a press becomes: `on_job_button(interaction, action, job_id, position)`.

An item is made anew at every press and has no way to what the bot is built of; a listener has.
"""

POSITION_PICKED: Final = "position_picked"
"""The event that a choice among pictures becomes: `on_position_picked(interaction, job_id,
position)`."""


DRAFT_REOPENED: Final = "draft_reopened"
"""The event that a press on a `DraftButton` becomes: `on_draft_reopened(interaction, draft_id)`."""


class JobAction(StrEnum):
    """What a button does to its job; the value stands in its custom_id."""

    CANCEL = "cancel"
    RETRY = "retry"
    COLLECT = "collect"
    AGAIN = "again"
    EDIT = "edit"
    CHANGE = "change"
    DETAILS = "details"
    DELETE = "delete"


_STYLES: Final = {
    JobAction.RETRY: discord.ButtonStyle.primary,
    JobAction.COLLECT: discord.ButtonStyle.primary,
    JobAction.DELETE: discord.ButtonStyle.danger,
}

_BUTTON: Final = (
    rf"fluxcord:(?P<action>{'|'.join(JobAction)}):(?P<job_id>[0-9a-f]{{12}})"
    r"(?::(?P<position>[1-9]))?"
)
_SELECT: Final = r"fluxcord:picture:(?P<job_id>[0-9a-f]{12})"


class JobButton(ui.DynamicItem[ui.Button[Any]], template=_BUTTON):
    """A button of a job's card; discord.py keeps no card in memory whose buttons are like this.

    Args:
        position: which of the job's pictures the card shows, where it shows one.
        label: what stands on it; one that was pressed is made anew without.
    """

    def __init__(
        self,
        action: JobAction,
        job_id: str,
        position: int | None = None,
        *,
        label: str | None = None,
        style: discord.ButtonStyle | None = None,
    ) -> None:
        at = f":{position}" if position else ""
        super().__init__(
            ui.Button(
                label=label,
                style=style or _STYLES.get(action, discord.ButtonStyle.secondary),
                custom_id=f"fluxcord:{action}:{job_id}{at}",
            )
        )
        self.action = action
        self.job_id = job_id
        self.position = position

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed; part of discord.py's interface."""
        del interaction, item
        return cls(JobAction(match["action"]), match["job_id"], _position(match))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the press on; part of discord.py's interface."""
        interaction.client.dispatch(
            JOB_BUTTON, interaction, self.action, self.job_id, self.position
        )


class PositionSelect(ui.DynamicItem[ui.Select[Any]], template=_SELECT):
    """Picks one of the several pictures of a job's card."""

    def __init__(
        self, job_id: str, options: list[discord.SelectOption], placeholder: str | None = None
    ) -> None:
        custom_id = f"fluxcord:picture:{job_id}"
        super().__init__(ui.Select(custom_id=custom_id, placeholder=placeholder, options=options))
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the select that was used; part of discord.py's interface."""
        del interaction
        assert isinstance(item, ui.Select)  # noqa: S101  # the custom_id is a select's
        return cls(match["job_id"], item.options)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the choice on; part of discord.py's interface."""
        chosen = self.item.values[0]
        # What is chosen comes from a client, which can send anything.
        if chosen in {option.value for option in self.item.options}:
            interaction.client.dispatch(POSITION_PICKED, interaction, self.job_id, int(chosen))


class DraftButton(ui.DynamicItem[ui.Button[Any]], template="fluxcord:draft:(?P<id>[0-9a-f]{16})"):
    """Opens what was refused in a form, filled in."""

    def __init__(self, draft_id: str, label: str | None = None) -> None:
        super().__init__(
            ui.Button(
                label=label,
                style=discord.ButtonStyle.primary,
                custom_id=f"fluxcord:draft:{draft_id}",
            )
        )
        self.draft_id = draft_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed; part of discord.py's interface."""
        del interaction, item
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the press on; part of discord.py's interface."""
        interaction.client.dispatch(DRAFT_REOPENED, interaction, self.draft_id)


def job_button(
    action: JobAction, job_id: str, words: Words, position: int | None = None
) -> JobButton:
    """Return a button that says what its action does."""
    return JobButton(action, job_id, position, label=words(f"button-{action}"))


def picture_options(positions: Iterable[int], words: Words) -> list[discord.SelectOption]:
    """Return the options of a choice among pictures, by their numbers."""
    return [
        discord.SelectOption(label=words("picture-number", number=position), value=str(position))
        for position in positions
    ]


def job_named_by(message: discord.Message) -> tuple[str, int | None] | None:
    """Return the job, and the picture of it, whose card a message of the bot's own is."""
    for item in _items(message):
        match = re.fullmatch(_BUTTON, item.custom_id or "")
        if match is not None:
            return match["job_id"], _position(match)
    return None


def positions_on(message: discord.Message | None, job_id: str) -> list[int]:
    """Return which pictures of a job a card with several of them shows."""
    for item in _items(message) if message is not None else ():
        if isinstance(item, discord.SelectMenu) and item.custom_id == f"fluxcord:picture:{job_id}":
            return [int(option.value) for option in item.options]
    return []


def names_job(message: discord.Message | None, job_id: str) -> bool:
    """Whether a message has a button of this job; who sees the message may press it."""
    return any(
        job_id in (item.custom_id or "").split(":")
        for item in (_items(message) if message is not None else ())
    )


def _items(message: discord.Message) -> Iterator[discord.Button | discord.SelectMenu]:
    waiting = [*message.components]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, discord.Button | discord.SelectMenu):
            yield part
        waiting += getattr(part, "children", ())
        accessory = getattr(part, "accessory", None)
        waiting += [accessory] if accessory is not None else []


def _position(match: re.Match[str]) -> int | None:
    return int(match["position"]) if match["position"] else None
