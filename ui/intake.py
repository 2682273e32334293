"""From a checked request to a running job: stored, then answered once, then started."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from jobs.requests import check_request
from storage.jobs import DuplicateRequestError
from storage.records import Delivery, Problem
from ui.errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION
from ui.places import place_of, requester_of, ticket_of

if TYPE_CHECKING:
    from jobs.requests import DefaultModels, Draft
    from jobs.runner import JobRunner

logger = logging.getLogger(__name__)

ANSWER_DEADLINE_S: Final = 1.7
"""Of the 3 s in which Discord takes an answer; storing the job may have taken one of them."""

RETRY_S: Final = 0.2


class TooLateError(Exception):
    """Discord did not take the answer within its 3 seconds."""


class Intake:
    """The one way from an interaction to a job."""

    def __init__(self, *, runner: JobRunner, defaults: DefaultModels) -> None:
        self._runner = runner
        self._defaults = defaults

    async def take(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Check the draft, store a job for it, answer the interaction, start the job.

        Raises:
            RefusedRequestError: the draft cannot be done, or not here.
            StorageError: the job could not be stored within a second.
        """
        request = check_request(
            draft,
            requester=requester_of(interaction),
            place=place_of(interaction),
            ticket=ticket_of(interaction),
            defaults=self._defaults,
        )
        try:
            job = await self._runner.accept(request)
        except DuplicateRequestError:
            logger.info("interaction %d was delivered twice", interaction.id)
            return
        try:
            # Where a message of its own follows, the answer is private and is removed again.
            await _defer(interaction, private=request.place.delivery is Delivery.MESSAGE)
        except TooLateError:
            await self._runner.abandon(job, Problem.ANSWERED_TOO_LATE)
        except BaseException:  # a stop too: the job would keep its place in line and never run
            await self._runner.abandon(job, Problem.INTERNAL)
            raise
        else:
            self._runner.start(job)


async def _defer(interaction: discord.Interaction[Any], *, private: bool) -> None:
    try:
        async with asyncio.timeout(ANSWER_DEADLINE_S):
            while True:
                try:
                    await interaction.response.defer(ephemeral=private, thinking=True)
                except discord.HTTPException as error:
                    if error.code == ALREADY_ACKNOWLEDGED:
                        return  # an attempt before this one took effect though its answer was lost
                    if error.code == UNKNOWN_INTERACTION or error.status < 500:  # noqa: PLR2004
                        raise TooLateError from error
                except aiohttp.ClientError as error:
                    logger.info("answer not taken: %s", type(error).__name__)
                else:
                    return
                await asyncio.sleep(RETRY_S)
    except TimeoutError as error:
        raise TooLateError from error
