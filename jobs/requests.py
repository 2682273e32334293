"""From a draft, which can be kept, to a checked `ImageRequest` or to the reason why not."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from domain.errors import UserError
from domain.models import Action, ImageRequest, MessageRef, PictureRef, Problem
from flux.catalogue import MAX_COUNT, MODELS, Model
from images.fetcher import MAX_PICTURE_BYTES
from images.inspect import MAX_PIXELS, MEDIA_TYPES
from storage.errors import StorageError

if TYPE_CHECKING:
    from clock import Clock
    from domain.models import Job, Place, Requester, Ticket
    from storage.drafts import DraftRepository

logger = logging.getLogger(__name__)

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

_COLON: Final = re.compile("[:：]")  # the wide one of Chinese and Japanese

SAVE_DEADLINE_S: Final = 0.5
READ_DEADLINE_S: Final = 1.0
"""Each is part of the 3 s in which Discord takes an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A picture to edit, as Discord or the spool describes it.

    Attributes:
        url: None where it is only to be had from its message or the spool.
        bytes: of the file, None where Discord does not say.
        width: in pixels; None, like the height, where Discord does not say.
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
class Kept:
    """A draft as it is opened again.

    Attributes:
        editing: whether it is about changing a picture.
        sources: the pictures that it may be about, where that is still to be chosen.
    """

    draft: Draft
    editing: bool
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultModels:
    """The models taken where a person names none."""

    generate: str
    edit: str

    def of(self, action: Action) -> str:
        return self.edit if action is Action.EDIT else self.generate


def model_from_words(text: str | None) -> str | None:
    """Return the id of the model that was typed; a suggestion typed out counts as picked."""
    return None if text is None or not text.strip() else _COLON.split(text.strip())[0]


def check_request(
    draft: Draft, *, requester: Requester, place: Place, ticket: Ticket, defaults: DefaultModels
) -> ImageRequest:
    """Return the request that the draft stands for; raises UserError for its first fault."""
    action = Action.EDIT if draft.source else Action.GENERATE
    prompt = _check_prompt(draft.prompt)
    usual = defaults.edit if draft.source else defaults.generate
    model = _check_model(draft.model or usual, action)
    if draft.source:
        _check_sources(draft.source, *draft.more_sources)
    size = draft.size or (AUTO_SIZE if draft.source else DEFAULT_SIZE)
    if draft.size:
        _check_size(draft.size, model)
    count = _check_count(draft)
    more_urls = [each.url or "" for each in draft.more_sources] if draft.more_sources else ()
    return ImageRequest(
        action=action,
        command=draft.command,
        prompt=prompt,
        model=model.id,
        size=size,
        count=count if action is Action.GENERATE else 1,
        spoiler=bool(draft.spoiler),
        source_url=draft.source.url if draft.source else None,
        more_source_urls="\n".join(more_urls) or None,
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

    An edit starts from the same image, and what was private stays so. Raises as `check_request`.
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
    if not "".join(filter(str.isprintable, prompt)).strip():
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
    total = 0
    for number, source in enumerate(sources, start=1):
        which = {"image": number} if len(sources) > 1 else {}
        if source.bytes is not None and source.bytes > MAX_PICTURE_BYTES:
            raise UserError(Problem.SOURCE_TOO_LARGE, **which)
        if source.bytes == 0 or source.is_another_kind:
            raise UserError(Problem.SOURCE_NOT_A_PICTURE, **which)
        pixels = (source.width or 0) * (source.height or 0)  # 0 where Discord does not say
        total += pixels
        if pixels > MAX_PIXELS:
            megapixels = str(math.ceil(pixels / MEGAPIXEL))
            raise UserError(
                Problem.SOURCE_TOO_MANY_PIXELS, **which, megapixels=megapixels, limit=MAX_MEGAPIXELS
            )
    if total > MAX_PIXELS:
        raise UserError(Problem.SOURCES_TOO_MANY_PIXELS, limit=MAX_MEGAPIXELS)


class Drafts:
    """Keeps what was not begun, for a form to open filled in; each for its author alone."""

    def __init__(self, repository: DraftRepository, *, clock: Clock) -> None:
        self._clock = clock
        self._repository = repository
        self._on_their_way: dict[str, tuple[int, Kept]] = {}

    async def keep(self, draft_id: str, user_id: int, kept: Kept) -> bool:
        """Store it under an id that nobody can guess; return False where it is not stored in time.

        The answer to what was submitted gives back what was typed all the same.
        """
        content = json.dumps(asdict(kept))
        self._on_their_way[draft_id] = (user_id, kept)
        try:
            async with asyncio.timeout(SAVE_DEADLINE_S):
                await self._repository.save(draft_id, user_id, content, self._clock.now())
        except (StorageError, TimeoutError) as error:
            logger.warning("draft not stored: %s", type(error).__name__)
            return False
        finally:
            del self._on_their_way[draft_id]
        return True

    async def find(self, draft_id: str, user_id: int) -> Kept | None:
        """Return what this person has kept under the id; raises StorageError or TimeoutError."""
        # A form is opened while what it is about is being written.
        author_id, kept = self._on_their_way.get(draft_id, (None, None))
        if author_id == user_id:
            return kept
        async with asyncio.timeout(READ_DEADLINE_S):
            content = await self._repository.get(draft_id, user_id)
        return None if content is None else _kept_from(json.loads(content))


def _kept_from(content: dict[str, Any]) -> Kept:
    draft = Draft(**content["draft"])
    source = content["draft"]["source"]
    return Kept(
        draft=replace(
            draft,
            source=_source_from(source) if source else None,
            more_sources=tuple(map(_source_from, content["draft"].get("more_sources", ()))),
        ),
        editing=content["editing"],
        sources=tuple(_source_from(each) for each in content["sources"]),
    )


def _source_from(content: dict[str, Any]) -> Source:
    message, parent = content["message"], content["parent"]
    return Source(
        **{
            **content,
            "message": MessageRef(**message) if message else None,
            "parent": PictureRef(**parent) if parent else None,
        }
    )
