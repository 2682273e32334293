"""A person's own last requests as a list, and the choice of one whose pictures to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from storage.records import JobState, Problem
from ui.errors import Card
from ui.sentences import NO_HISTORY
from ui.text import credits_in_words, inert

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence
    from typing import Self

    from storage.records import Job

PICTURES_PICKED = "pictures_picked"
"""The event that a choice becomes: `on_pictures_picked(interaction, job_id)`."""

PROMPT_CHARACTERS: Final = 80
"""Of each prompt, so that ten of them keep within the 4,000 characters of a message."""

LABEL_CHARACTERS: Final = 100
"""Discord's limit on an option's label; components reference."""

_STATES: Final = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being sent to Flux",
    JobState.UNCERTAIN: "looking for a sign of it",
    JobState.RUNNING: "under way",
    JobState.FETCHED: "finished, being shown",
    JobState.DELIVERED: "done",
    JobState.REFUSED: "refused",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class PictureSelect(ui.DynamicItem[ui.Select[Any]], template="fluxcord:pictures"):
    """Offers the requests whose pictures can be shown; works on lists from before a restart."""

    def __init__(self, options: list[discord.SelectOption]) -> None:
        super().__init__(
            ui.Select(
                custom_id="fluxcord:pictures", placeholder="Show the pictures of", options=options
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the select that was used; part of discord.py's interface."""
        del interaction, match
        assert isinstance(item, ui.Select)  # noqa: S101  # the custom_id is a select's
        return cls(item.options)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the choice on; part of discord.py's interface."""
        interaction.client.dispatch(PICTURES_PICKED, interaction, self.item.values[0])


def history_card(jobs: Sequence[Job]) -> Card:
    """Return the list of these jobs, with a choice among those that have pictures."""
    card = Card(timeout=None)
    if not jobs:
        card.add_item(ui.TextDisplay(NO_HISTORY))
    for job in jobs:
        card.add_item(ui.TextDisplay(_entry(job)))
    options = [_option(job) for job in jobs if job.fetched_at is not None]
    if options:
        card.add_item(ui.ActionRow[Any](PictureSelect(options)))
    return card


def _entry(job: Job) -> str:
    prompt = inert(_one_line(job.request.prompt), PROMPT_CHARACTERS)
    facts = [discord.utils.format_dt(job.created_at, "R"), state_in_words(job)]
    facts.append(credits_in_words(job))
    if job.message_id is not None and job.problem is not Problem.MESSAGE_GONE:
        place = job.request.place
        where = place.guild_id or "@me"
        link = f"https://discord.com/channels/{where}/{place.channel_id}/{job.message_id}"
        facts.append(f"[go to it]({link})")
    return f"{prompt}\n-# {' · '.join(facts)}"


def state_in_words(job: Job) -> str:
    """Return how far a job is, as one reads it in a list."""
    if job.problem is not None and job.fetched_at is not None:
        return f"{_STATES[job.state]}, pictures kept"
    if job.overdue_at is not None and not job.state.is_final:
        return "takes unusually long"
    return _STATES[job.state]


def _option(job: Job) -> discord.SelectOption:
    prompt = _one_line(job.request.prompt)
    # A label is shown as it is, without markup.
    label = prompt if len(prompt) <= LABEL_CHARACTERS else prompt[: LABEL_CHARACTERS - 1] + "…"
    at = f"{job.created_at:%Y-%m-%d %H:%M} UTC"
    return discord.SelectOption(label=label, value=job.id, description=f"{job.request.model}, {at}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
