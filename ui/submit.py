"""Hands interactions and messages to `jobs/request_service.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobs.requests import draft_of
from ui.places import (
    asker_of,
    asker_of_message,
    requester_of,
    requester_of_message,
    ticket_of,
    ticket_of_message,
)
from ui.responses import TooLateError, age_s, promise_message
from ui.visibility import audience_of, audience_of_answer, check_age, is_for_adults

if TYPE_CHECKING:
    import discord

    from clock import Clock
    from domain.models import Job, Place
    from jobs.drafts import Kept
    from jobs.request_service import RequestService
    from jobs.requests import Draft
    from ui.places import Places
    from ui.visibility import Audience


class InteractionOrigin:
    """An interaction as the `Origin` of a request."""

    reply_to: int | None = None

    def __init__(
        self, interaction: discord.Interaction[Any], *, places: Places, clock: Clock
    ) -> None:
        self._interaction = interaction
        self._places = places
        self.asker = asker_of(interaction)
        self.requester = requester_of(interaction)
        self.ticket = ticket_of(interaction)
        self.locale: str | None = interaction.locale.value
        self.at = clock.now()

    @property
    def age_s(self) -> float:
        return age_s()

    async def place(self, *, private: bool) -> Place:
        return self._places.of(self._interaction, private=private)

    def is_for_adults(self, parent: Job | None, *, private: bool) -> bool:
        """Check and return whether the result is for adults alone."""
        return _is_for_adults(audience_of(self._interaction, private=private), parent)

    async def promise(self, *, private: bool) -> bool:
        """Show "thinking", if Discord takes it in time."""
        try:
            await promise_message(self._interaction, private=private)
        except TooLateError:
            return False
        return True


class MessageOrigin:
    """A message as the `Origin` of a request; the job's own message is its answer."""

    age_s = 0.0

    def __init__(
        self,
        message: discord.Message,
        *,
        places: Places,
        clock: Clock,
        application_id: int,
        locale: str | None,
    ) -> None:
        self._message = message
        self._places = places
        self.asker = asker_of_message(message)
        self.requester = requester_of_message(message)
        self.ticket = ticket_of_message(message, application_id)
        self.locale = locale
        self.reply_to: int | None = message.id
        self.at = clock.now()

    async def place(self, *, private: bool) -> Place:
        return await self._places.of_message(self._message, private=private)

    def is_for_adults(self, parent: Job | None, *, private: bool) -> bool:
        """Check and return whether the result is for adults alone."""
        return _is_for_adults(audience_of_answer(self._message, private=private), parent)

    async def promise(self, *, private: bool) -> bool:  # noqa: ARG002  # as an interaction does
        """Do nothing: no answer but the job's own message is awaited."""
        return True


class Requests:
    """Submits what interactions and messages ask for."""

    def __init__(self, service: RequestService, places: Places, clock: Clock) -> None:
        self._service = service
        self._places = places
        self._clock = clock

    async def submit(
        self, interaction: discord.Interaction[Any], draft: Draft, *, of: Job | None = None
    ) -> None:
        await self._service.submit(self._origin(interaction), draft, of=of)

    async def repeat(
        self,
        interaction: discord.Interaction[Any],
        job: Job,
        *,
        command: str,
        count: int | None = None,
    ) -> None:
        """Submit the same request again, where a button was pressed.

        Args:
            count: of images, None for as many as then.
        """
        draft = replace(draft_of(job, command), count=count or job.request.count)
        await self._service.submit(self._origin(interaction), draft, of=job, is_typed=False)

    async def submit_message(
        self, message: discord.Message, draft: Draft, *, application_id: int, locale: str | None
    ) -> None:
        """Submit a draft that a message asks for, as `RequestService.submit` does.

        Args:
            locale: the author's language, None where the bot has never been told.
        """
        origin = MessageOrigin(
            message,
            places=self._places,
            clock=self._clock,
            application_id=application_id,
            locale=locale,
        )
        await self._service.submit(origin, draft)

    async def check_message(self, message: discord.Message, kept: Kept) -> None:
        """Check an edit that a message asks for, as `RequestService.check_edit` does."""
        await self._service.check_edit(asker_of_message(message), kept, self._clock.now())

    def check_posting(self, interaction: discord.Interaction[Any], job: Job) -> None:
        """Check that an existing image may be posted here, as `RequestService.check_posting`."""
        self._service.check_posting(self._origin(interaction), job.request)

    def _origin(self, interaction: discord.Interaction[Any]) -> InteractionOrigin:
        return InteractionOrigin(interaction, places=self._places, clock=self._clock)


def _is_for_adults(audience: Audience, parent: Job | None) -> bool:
    if parent is not None:
        check_age(audience, parent)
    return is_for_adults(audience, parent)
