"""The jobs that `doctor --live` tries; they are in no database."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.models import (
    Action,
    ImageRequest,
    Job,
    JobState,
    MessageRef,
    PictureRef,
    Requester,
    Ticket,
)
from flux import GenerateRequest, Model
from services.live_check import EDIT_PROMPT, PROMPT, SIZE

if TYPE_CHECKING:
    from domain.models import Place
    from ui.client import FluxcordBot


def job_of(bot: FluxcordBot, place: Place, model: Model) -> Job:
    """Return a job that the bot requests itself; it has to be logged in."""
    now = bot.clock.now()
    myself = bot.user
    assert myself is not None  # noqa: S101  # it came with the login
    request = ImageRequest(
        action=Action.GENERATE,
        command="doctor",
        prompt=PROMPT,
        model=model.id,
        size=SIZE,
        count=1,
        spoiler=False,
        requester=Requester(user_id=myself.id, user_name=myself.name),
        place=place,
        ticket=Ticket(interaction_id=0, application_id=myself.id, token=None),
    )
    return Job(
        id=secrets.token_hex(6),
        request=request,
        state=JobState.SUBMITTING,
        created_at=now,
        expected_at=now + timedelta(seconds=model.usual_seconds),
        estimated_microcredits=model.estimated_microcredits,
    )


def edit_job_of(bot: FluxcordBot, source: Job, model: Model) -> Job:
    """Return a job that edits the image on the message of another."""
    place = source.request.place
    job = job_of(bot, place, model)
    request = replace(
        job.request,
        action=Action.EDIT,
        prompt=EDIT_PROMPT,
        parent=PictureRef(job_id=source.id, position=1),
        source_message=MessageRef(channel_id=place.channel_id, message_id=source.message_id or 0),
    )
    return replace(job, request=request)


def generation_of(job: Job, callback_url: str | None = None) -> GenerateRequest:
    asked = job.request
    return GenerateRequest(
        prompt=asked.prompt, model=asked.model, size=asked.size, callback_url=callback_url
    )
