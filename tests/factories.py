"""Records as a test needs them: a plausible default, and only what matters changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.models import (
    Action,
    Delivery,
    Image,
    ImageKind,
    ImageRequest,
    Job,
    JobState,
    Place,
    Requester,
    Ticket,
)

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def make_ticket(**changes: Any) -> Ticket:  # noqa: ANN401  # replace() checks the names
    ticket = Ticket(interaction_id=1001, application_id=2001, token="interaction-token")
    return replace(ticket, **changes)


def make_place(**changes: Any) -> Place:  # noqa: ANN401  # replace() checks the names
    place = Place(
        channel_id=3001,
        channel_name="pictures",
        guild_id=4001,
        guild_name="Harbour",
        delivery=Delivery.MESSAGE,
    )
    return replace(place, **changes)


def make_request(**changes: Any) -> ImageRequest:  # noqa: ANN401  # replace() checks the names
    request = ImageRequest(
        action=Action.GENERATE,
        command="imagine",
        prompt="a quiet lake",
        model="flux-dev",
        size="1:1",
        count=1,
        spoiler=False,
        requester=Requester(user_id=5001, user_name="ada"),
        place=make_place(),
        ticket=make_ticket(),
    )
    return replace(request, **changes)


def make_job(**changes: Any) -> Job:  # noqa: ANN401  # replace() checks the names
    """Make a queued job; a second one in the same database needs an id and a ticket of its own."""
    job = Job(
        id="0123456789ab",
        request=make_request(),
        state=JobState.QUEUED,
        created_at=NOON,
        expected_at=NOON + timedelta(seconds=10),
        estimated_microcredits=216_000,
    )
    return replace(job, **changes)


def make_image(**changes: Any) -> Image:  # noqa: ANN401  # replace() checks the names
    image = Image(
        job_id="0123456789ab",
        kind=ImageKind.RESULT,
        position=1,
        file_name="0123456789ab-result-1.png",
        media_type="image/png",
        width=1024,
        height=1024,
        bytes=700_000,
    )
    return replace(image, **changes)
