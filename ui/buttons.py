"""Buttons that know their job by their custom_id, so that they work after any restart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

if TYPE_CHECKING:
    import re
    from typing import Self

JOB_BUTTON = "job_button"
"""The event that a press becomes: `on_job_button(interaction, action, job_id)`.

An item is made anew at every press and has no way to what the bot is built of; a listener has.
"""


class JobAction(StrEnum):
    """What a button does to its job; the value stands in its custom_id."""

    CANCEL = "cancel"
    RETRY = "retry"
    COLLECT = "collect"


LABELS = {
    JobAction.CANCEL: "Cancel",
    JobAction.RETRY: "Try again",
    JobAction.COLLECT: "Collect",
}

_STYLES = {
    JobAction.CANCEL: discord.ButtonStyle.secondary,
    JobAction.RETRY: discord.ButtonStyle.primary,
    JobAction.COLLECT: discord.ButtonStyle.primary,
}


class JobButton(
    ui.DynamicItem[ui.Button[Any]],
    template="fluxcord:(?P<action>cancel|retry|collect):(?P<job_id>[0-9a-f]{12})",
):
    """A button of a job's card; discord.py keeps no card in memory whose buttons are like this."""

    def __init__(self, action: JobAction, job_id: str) -> None:
        super().__init__(
            ui.Button(
                label=LABELS[action],
                style=_STYLES[action],
                custom_id=f"fluxcord:{action}:{job_id}",
            )
        )
        self.action = action
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed; part of discord.py's interface."""
        del interaction, item
        return cls(JobAction(match["action"]), match["job_id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the press on; part of discord.py's interface."""
        interaction.client.dispatch(JOB_BUTTON, interaction, self.action, self.job_id)
