"""Buttons of a job's card; their custom_ids name the job, so that they work after any restart.

What a button says is in `ui/locales`; `job_button` in `ui/job_card.py` draws it.
"""

from __future__ import annotations

from enum import StrEnum

import discord

from ui.components import CustomId, DraftId, JobId, Position, components_of


class JobAction(StrEnum):
    """Action of a button on its job; the value is part of its custom_id."""

    CANCEL = "cancel"
    RETRY = "retry"
    COLLECT = "collect"
    AGAIN = "again"
    EDIT = "edit"
    CHANGE = "change"
    DETAILS = "details"
    DELETE = "delete"
    ONE = "one"
    ORIGINAL = "original"
    DM = "dm"


class KeptAction(StrEnum):
    """Action of a button on the user's own image; the value is part of its custom_id."""

    POST = "post"
    ASK = "ask"
    REMOVE = "remove"
    SHOW = "show"


class JobButtonId(CustomId):
    """A button of a job's card, with the position of the picture if it shows just one."""

    form = "fluxcord:{action}:{job_id}[:{position}]"

    action: JobAction
    job_id: JobId
    position: Position | None = None


class KeptButtonId(CustomId):
    """A button below pictures of one's own: one of a job's, or all where it has no position."""

    form = "fluxcord:kept:{action}:{job_id}[:{position}]"

    action: KeptAction
    job_id: JobId
    position: Position | None = None


class PictureButtonId(CustomId):
    """The number of one of the several pictures of a job's card, which opens it."""

    form = "fluxcord:open:{job_id}:{position}"

    job_id: JobId
    position: Position


class PositionSelectId(CustomId):
    """The select that cards of earlier versions have in place of numbers."""

    form = "fluxcord:picture:{job_id}"

    job_id: JobId


class DraftButtonId(CustomId):
    """The button that opens a refused request in a form, filled in."""

    form = "fluxcord:draft:{draft_id}"

    draft_id: DraftId


def positions_on(message: discord.Message | None, job_id: str) -> list[int]:
    select, positions = PositionSelectId(job_id).custom_id, []
    for item in components_of(message):
        if isinstance(item, discord.SelectMenu) and item.custom_id == select:
            return [int(option.value) for option in item.options]
        number = PictureButtonId.parse(item.custom_id or "")
        if number is not None and number.job_id == job_id:
            positions.append(number.position)
    return positions


def names_job(message: discord.Message | None, job_id: str) -> bool:
    """Whether a message has a button of this job; who sees the message may press it."""
    return any(job_id in (item.custom_id or "").split(":") for item in components_of(message))
