"""The walk of `doctor --live`: a card, an image, an edit and a deletion on the real Discord."""

from __future__ import annotations

import asyncio
import io
import secrets
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from domain.models import (
    Action,
    Delivery,
    Image,
    ImageRequest,
    Job,
    JobState,
    MessageRef,
    PictureRef,
    Place,
    Requester,
    Ticket,
)
from flux.models import EditRequest, GenerateRequest, Task
from images.fetcher import FetchError
from images.files import StoreUnavailableError
from images.inspect import MAX_MESSAGE_BYTES, UnusablePictureError
from jobs.messenger import Forbidden, Gone, Outcome, Posted, Temporary, TooLarge
from services.doctor import Verdict
from services.live_check import EDIT_PROMPT, PROMPT, SIZE, FluxCheck
from services.live_run import LiveCheckError, LiveRun, Plan, TaskFailedError
from ui.discord_errors import attempt
from ui.doctor import examine_channel, log_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from flux.catalogue import Model
    from images.store import ImageStore
    from ui.client import FluxcordBot
    from ui.messenger import DiscordMessenger
    from web.callbacks import CallbackCheck

DOWNLOAD_TRIES: Final = 3

BYTES_PER_MB: Final = 1024 * 1024
LIMIT_FILE: Final = "upload-limit.bin"


@dataclass(slots=True)
class _Shown:
    """A job on its message; without an image the message is removed in the end."""

    job: Job
    has_image: bool = False


@dataclass(kw_only=True)
class LiveCheck:
    """Walks the whole way of a request, with the bot's own parts, in one channel.

    Attributes:
        asks_async: whether requests ask for an answer before the image is finished.
        callbacks: None where none are configured.
    """

    bot: FluxcordBot
    messenger: DiscordMessenger
    spool: ImageStore
    flux: FluxCheck
    callbacks: CallbackCheck | None
    plan: Plan
    run: LiveRun
    asks_async: bool

    async def walk(self, token: str) -> None:
        """Log in, then try everything that the plan names.

        Messages that show an image are deleted at the end of a whole walk only.

        Raises:
            LiveCheckError: it cannot go on.
        """
        refusal = await log_in(self.bot, token)
        channel = refusal or await examine_channel(self.bot, self.plan.channel_id)
        if channel.verdict is Verdict.FAIL:
            raise LiveCheckError(channel.text)
        place, limit_bytes = await self._place()
        await self.flux.unknown_task()
        shown = [await self._first(place)]
        if self.plan.edit:
            shown += await self._edit(shown[0])
        if self.plan.stream:
            shown.append(await self._streamed(place))
        await self._upload_limit(limit_bytes)
        await self._delete(shown)

    async def _place(self) -> tuple[Place, int]:
        """Return where the images go, and the bytes of a file that it takes."""
        try:
            channel = await self.bot.fetch_channel(self.plan.channel_id)
            guild = None
            if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
                guild = await self.bot.fetch_guild(channel.guild.id)
        except discord.HTTPException as error:
            raise LiveCheckError(f"Discord answers with status {error.status}.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise LiveCheckError("Cannot reach Discord. Try again later.") from error
        limit_bytes = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        if guild is not None:
            limit_bytes = min(guild.filesize_limit, MAX_MESSAGE_BYTES)
        place = Place(
            channel_id=channel.id,
            channel_name=None,
            guild_id=guild.id if guild else None,
            guild_name=None,
            delivery=Delivery.MESSAGE,
        )
        return place, limit_bytes

    def _generation(self) -> GenerateRequest:
        return GenerateRequest(prompt=PROMPT, model=self.plan.model.id, size=SIZE)

    async def _first(self, place: Place) -> _Shown:
        async with self._card(_job_of(self.bot, place, self.plan.model)) as shown:
            url = self.callbacks.url if self.callbacks else None
            task = await self._made(shown, replace(self._generation(), callback_url=url))
            if self.callbacks is not None and self.asks_async:
                await self.callbacks.judge(task.id)
            await self._show(shown, task)
        return shown

    async def _edit(self, source: _Shown) -> list[_Shown]:
        place = source.job.request.place
        message_id, url = source.job.message_id or 0, None
        job = _job_of(self.bot, place, self.plan.edit_model)
        edit = replace(
            job.request,
            action=Action.EDIT,
            prompt=EDIT_PROMPT,
            parent=PictureRef(job_id=source.job.id, position=1),
            source_message=MessageRef(channel_id=place.channel_id, message_id=message_id),
        )
        job = replace(job, request=edit)
        if source.has_image:
            with suppress(Temporary):
                url = await self.messenger.source_url(job)
        if url is None:
            self.run.add("source", "No image on Discord to edit, so none was paid for.", held=None)
            return []
        async with self._card(job) as shown:
            model = self.plan.edit_model.id
            request = EditRequest(prompt=EDIT_PROMPT, model=model, size=SIZE, image_url=url)
            try:
                task = await self._made(shown, request)
            except TaskFailedError:
                self.run.add("source", "Flux made no edit of an image on Discord.", held=False)
                raise
            self.run.add("source", "Flux edits an image from its address on Discord.", held=True)
            await self._show(shown, task)
        return [shown]

    async def _streamed(self, place: Place) -> _Shown:
        async with self._card(_job_of(self.bot, place, self.plan.model)) as shown:
            task = await self.flux.stream(self._generation())
            self._announce(task)
            await self._show(shown, task)
        return shown

    async def _made(self, shown: _Shown, request: GenerateRequest | EditRequest) -> Task:
        submission = await self.flux.submit(request, asks_async=self.asks_async)
        shown.job = replace(shown.job, state=JobState.RUNNING)
        refusal = await self._tried(self.messenger.show(shown.job))
        self.run.add("card-edit", refusal or "Discord takes an edit of the card.", held=not refusal)
        task = submission.task or await self.flux.finished(submission.task_id)
        self._announce(task)
        return task

    def _announce(self, task: Task) -> None:
        for url in task.image_urls:
            self.run.note(f"Image: {url}")
        self.flux.judge_result(task)

    async def _show(self, shown: _Shown, task: Task) -> None:
        image = await self._download(shown.job, task.image_urls[0])
        if image is None:
            return
        shown.job = replace(
            shown.job,
            state=JobState.DELIVERED,
            fetched_at=self.bot.clock.now(),
            charged_microcredits=task.charged_microcredits,
        )
        refusal = await self._tried(self.messenger.show(shown.job, [image]))
        shown.has_image = not refusal
        self.run.add("upload", refusal or "Discord shows the image on the card.", held=not refusal)

    async def _download(self, job: Job, url: str) -> Image | None:
        trouble = ""
        for _ in range(DOWNLOAD_TRIES):
            try:
                image = await self.spool.fetch(url, job_id=job.id, position=1)
            except (FetchError, UnusablePictureError, StoreUnavailableError) as error:
                trouble = type(error).__name__.removesuffix("Error")
            else:
                facts = f"{image.media_type}, {image.width}x{image.height}, {image.bytes} bytes"
                self.run.add("download", f"The image can be downloaded: {facts}.", held=True)
                return image
        self.run.add("download", f"The image cannot be downloaded ({trouble}).", held=False)
        return None

    async def _upload_limit(self, limit_bytes: int) -> None:
        channel = self.bot.get_partial_messageable(self.plan.channel_id)
        size = f"{limit_bytes / BYTES_PER_MB:.1f} MB"
        file = discord.File(io.BytesIO(bytes(limit_bytes)), LIMIT_FILE)
        outcome = None

        async def send() -> Posted:
            return Posted((await channel.send(file=file)).id)

        with suppress(Temporary), self._named_if_lost(LIMIT_FILE):
            outcome = await attempt(send(), [file])
        if isinstance(outcome, Posted):
            self.run.add("upload-limit", f"Discord takes a file of {size} here.", held=True)
            await self._remove(outcome.message_id, LIMIT_FILE)
        else:
            text = f"Discord does not take a file of {size} here. {_refusal(outcome)}"
            self.run.add("upload-limit", text, held=False)

    async def _delete(self, shown: list[_Shown]) -> None:
        refusals = [
            await self._deleted(each.job.message_id or 0) for each in shown if each.has_image
        ]
        refusal = next((each for each in refusals if each), "")
        if refusals:
            text = refusal or "Discord deletes the messages of the check."
            self.run.add("deletion", text, held=not refusal)

    @asynccontextmanager
    async def _card(self, job: Job) -> AsyncIterator[_Shown]:
        """Post a card before anything is paid for; remove it if no image comes onto it.

        Raises:
            LiveCheckError: Discord does not take the card.
        """
        shown, outcome = _Shown(job), None
        with suppress(Temporary), self._named_if_lost("A card"):
            try:
                outcome = await self.messenger.show(job)
            except Temporary:
                # For the same nonce Discord gives the message that it may have taken.
                outcome = await self.messenger.show(job)
        if not isinstance(outcome, Posted):
            refusal = _refusal(outcome)
            self.run.add("card", refusal, held=False)
            raise LiveCheckError("The card cannot be posted, so Flux was sent nothing more.")
        self.run.add("card", "Discord takes the card of a request.", held=True)
        shown.job = replace(job, message_id=outcome.message_id)
        try:
            yield shown
        finally:
            if not shown.has_image:
                await self._remove(outcome.message_id, "A card")

    @contextmanager
    def _named_if_lost(self, what: str) -> Iterator[None]:
        """Name a message that was sent, where nobody waits for Discord's answer any more."""
        try:
            yield
        except (Temporary, asyncio.CancelledError):
            self.run.note(f"{what} may be left in the channel, because Discord's answer was lost.")
            raise

    async def _remove(self, message_id: int, what: str) -> None:
        refusal = await self._deleted(message_id)
        if refusal:
            self.run.add("deletion", f"{what} is left in the channel. {refusal}", held=False)

    async def _deleted(self, message_id: int) -> str:
        channel = self.bot.get_partial_messageable(self.plan.channel_id)

        async def delete() -> Gone:
            await channel.get_partial_message(message_id).delete()
            return Gone()

        return await self._tried(attempt(delete()), expected=Gone)

    async def _tried(self, trying: Awaitable[Outcome], expected: type[Outcome] = Posted) -> str:
        """Return why something was not done, empty where it was."""
        try:
            outcome = await trying
        except Temporary:
            outcome = None
        return "" if isinstance(outcome, expected) else _refusal(outcome)


def _job_of(bot: FluxcordBot, place: Place, model: Model) -> Job:
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


def _refusal(outcome: Outcome | None) -> str:
    match outcome:
        case None:
            return "Discord did not do it within the usual time, or is unavailable."
        case TooLarge():
            return "Discord says that the file is too large."
        case Gone():
            return "The message or its channel is not there any more."
        case Forbidden():
            return f"Discord refuses it ({outcome.problem.replace('_', ' ')})."
        case _:
            return "Discord answers something unexpected."
