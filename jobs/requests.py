"""From what a person typed to a checked `ImageRequest`, or to the reason why not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.models import Action, ImageKind, ImageRequest, MessageRef, PictureRef, Problem
from flux.catalogue import MAX_COUNT, MODELS, PIXELS_BY_RATIO
from images.fetcher import MAX_PICTURE_BYTES
from images.inspect import MAX_PIXELS, MEDIA_TYPES

if TYPE_CHECKING:
    from domain.models import Image, Job, Place, Requester, Ticket
    from flux.catalogue import Model

MAX_PROMPT_CHARACTERS: Final = 2_000
"""The API documents no limit; this is what a person can still read on a card."""

DEFAULT_SIZE: Final = "1:1"

AUTO_SIZE: Final = "auto"
"""Of an edit without a named size until its source was read; then the ratio nearest to it."""

EDITABLE_TYPES: Final = frozenset({*MEDIA_TYPES.values(), "image/jpg", "image/heif"})
"""The last two are other names of what is taken."""

UNKNOWN_TYPES: Final = frozenset({"", "application/octet-stream"})
"""What Discord calls files of which it knows nothing, HEIC photos among them."""

MEGAPIXEL: Final = 1_000_000

MAX_MEGAPIXELS: Final = str(MAX_PIXELS // MEGAPIXEL)
"""Of one source, and of all images that are joined into one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture to edit, as Discord or the spool describes it.

    Attributes:
        url: None where it is only to be had from its message or the spool.
        bytes: of the file, None where Discord does not say.
        width: in pixels; None, like the height, where Discord does not say.
        message: the message that shows it, if any.
        parent: which result of which job it is, if any.
    """

    url: str | None = field(repr=False)
    bytes: int | None
    width: int | None
    height: int | None
    content_type: str | None = None
    message: MessageRef | None = None
    parent: PictureRef | None = None

    @property
    def pixels(self) -> int:
        """Return how many it has, 0 where Discord does not say."""
        return (self.width or 0) * (self.height or 0)

    @property
    def is_another_kind(self) -> bool:
        """Whether Discord calls it a picture or a film of a kind that is not taken.

        It names other files by their suffix, so a name without "image" in it counts only where
        Discord saw no picture; where it may be one, the bytes are looked at later.
        """
        kind = str(self.content_type or "").partition(";")[0].strip().casefold()
        if kind in EDITABLE_TYPES | UNKNOWN_TYPES:
            return False
        return kind.startswith(("image/", "video/")) or not (self.width and self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed, before any of it is believed; None where nothing was.

    Attributes:
        more_sources: images to join to the right of the source.
        avatar_of: whose avatar the source is.
        retry_of: the job that this one repeats, with changes; an edit's source is kept there.
    """

    command: str
    prompt: str = field(repr=False)
    model: str | None = None
    size: str | None = None
    count: int | None = None
    spoiler: bool | None = None
    source: Source | None = None
    more_sources: tuple[Source, ...] = ()
    avatar_of: int | None = None
    retry_of: str | None = None
    reply_to: int | None = None
    private: bool | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultModels:
    """The models taken where a person names none."""

    generate: str
    edit: str

    def of(self, action: Action) -> str:
        """Return the id of the model for this action."""
        return self.edit if action is Action.EDIT else self.generate


def check_request(
    draft: Draft, *, requester: Requester, place: Place, ticket: Ticket, defaults: DefaultModels
) -> ImageRequest:
    """Return the request that the draft stands for.

    Raises:
        UserError: some part of it cannot be done; the first such part is named.
    """
    action = Action.EDIT if draft.source else Action.GENERATE
    prompt = _check_prompt(draft.prompt)
    model = _check_model(draft.model or defaults.of(action), action)
    if draft.source:
        _check_sources(draft.source, *draft.more_sources)
    size = draft.size or (AUTO_SIZE if draft.source else DEFAULT_SIZE)
    if draft.size:
        _check_size(draft.size, model)
    count = _check_count(draft)
    return ImageRequest(
        action=action,
        command=draft.command,
        prompt=prompt,
        model=model.id,
        size=size,
        count=count if action is Action.GENERATE else 1,
        spoiler=bool(draft.spoiler),
        source_url=draft.source.url if draft.source else None,
        more_source_urls="\n".join(each.url or "" for each in draft.more_sources) or None,
        source_message=draft.source.message if draft.source else None,
        parent=draft.source.parent if draft.source else None,
        requester=requester,
        place=place,
        ticket=ticket,
        retry_of=draft.retry_of,
        reply_to=draft.reply_to,
        private=bool(draft.private),
        locale=draft.locale,
        avatar_of=draft.avatar_of,
    )


def source_of(job: Job, image: Image) -> Source:
    """Return a kept picture of a job as what an edit can start from: its result, or its source."""
    request = job.request
    described = Source(
        url=request.source_url,
        message=request.source_message,
        parent=request.parent,
        bytes=image.bytes,
        width=image.width,
        height=image.height,
        content_type=image.media_type,
    )
    if image.kind is ImageKind.SOURCE:
        return described
    message = None
    if job.message_id is not None:
        message = MessageRef(channel_id=request.place.channel_id, message_id=job.message_id)
    parent = PictureRef(job_id=job.id, position=image.position)
    return replace(described, url=None, message=message, parent=parent)


def posted_source(job: Job, position: int) -> Source | None:
    """Return a result that is no longer kept here as what an edit can start from.

    It is had from the job's own message; None where that does not stand or never showed it.
    """
    request = job.request
    if job.message_id is None or job.problem is Problem.MESSAGE_GONE:
        return None
    if job.fetched_at is None or not 1 <= position <= request.count:
        return None
    width, height = map(int, PIXELS_BY_RATIO.get(request.size, request.size).split("x"))
    return Source(
        url=None,
        bytes=None,
        width=width,
        height=height,
        message=MessageRef(channel_id=request.place.channel_id, message_id=job.message_id),
        parent=PictureRef(job_id=job.id, position=position),
    )


def draft_of(job: Job, command: str) -> Draft:
    """Return the draft by which `change_request` repeats a job as it was."""
    old = job.request
    return Draft(
        command=command,
        prompt=old.prompt,
        model=old.model,
        size=old.size,
        count=old.count,
        retry_of=job.id,
    )


def change_request(
    job: Job,
    draft: Draft,
    *,
    requester: Requester,
    place: Place,
    ticket: Ticket,
    locale: str | None = None,
) -> ImageRequest:
    """Return the request for a job once more, with the draft's changes, for another place.

    An edit starts from the same image, and what was private stays so.

    Raises:
        UserError: some part of it cannot be done; the first such part is named.
    """
    prompt = _check_prompt(draft.prompt)
    count = _check_count(draft)
    old = job.request
    model = _check_model(draft.model or old.model, old.action)
    size = draft.size or old.size
    if size != AUTO_SIZE:
        _check_size(size, model)
    return replace(
        old,
        command=draft.command,
        prompt=prompt,
        model=model.id,
        size=size,
        count=count if old.action is Action.GENERATE else 1,
        requester=requester,
        place=place,
        ticket=ticket,
        retry_of=job.id,
        reply_to=None,
        locale=locale,
    )


def _check_prompt(typed: str) -> str:
    prompt = typed.replace("\0", "")  # which cannot be stored
    if not any(character.isprintable() and not character.isspace() for character in prompt):
        raise UserError(Problem.PROMPT_EMPTY)
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise UserError(Problem.PROMPT_TOO_LONG, characters=len(prompt))
    return prompt


def _check_model(model_id: str, action: Action) -> Model:
    model = MODELS.get(model_id)
    if model is None:
        raise UserError(Problem.MODEL_UNKNOWN, model=model_id)
    if action is Action.EDIT and not model.edits:
        raise UserError(Problem.MODEL_CANNOT_EDIT, model=model_id)
    return model


def _check_count(draft: Draft) -> int:
    count = 1 if draft.count is None else draft.count
    if not 1 <= count <= MAX_COUNT:
        raise UserError(Problem.COUNT_OUT_OF_RANGE, count=count)
    return count


def _check_size(size: str, model: Model) -> None:
    if not model.takes_size(size):
        known = any(other.takes_size(size) for other in MODELS.values())
        problem = Problem.SIZE_NOT_FOR_MODEL if known else Problem.SIZE_UNKNOWN
        raise UserError(problem, size=size, model=model.id)


def _check_sources(*sources: Source) -> None:
    for number, source in enumerate(sources, start=1):
        which = {"image": number} if len(sources) > 1 else {}
        if source.bytes is not None and source.bytes > MAX_PICTURE_BYTES:
            raise UserError(Problem.SOURCE_TOO_LARGE, **which)
        if source.bytes == 0 or source.is_another_kind:
            raise UserError(Problem.SOURCE_NOT_A_PICTURE, **which)
        if source.pixels > MAX_PIXELS:
            megapixels = str(math.ceil(source.pixels / MEGAPIXEL))
            raise UserError(
                Problem.SOURCE_TOO_MANY_PIXELS,
                **which,
                megapixels=megapixels,
                limit=MAX_MEGAPIXELS,
            )
    if sum(source.pixels for source in sources) > MAX_PIXELS:
        raise UserError(Problem.SOURCES_TOO_MANY_PIXELS, limit=MAX_MEGAPIXELS)
