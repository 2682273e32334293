"""What was asked for and not begun, kept so that a form can open filled in, after a restart too."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from domain.models import MessageRef, PictureRef
from jobs.requests import Draft, Source
from storage.drafts import SavedDraft

if TYPE_CHECKING:
    from clock import Clock
    from storage.drafts import DraftRepository

SAVE_DEADLINE_S: Final = 0.5
READ_DEADLINE_S: Final = 1.0
"""Each is part of the 3 s in which Discord takes an answer."""


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


class Drafts:
    """Keeps drafts under ids that nobody can guess, each for its author alone."""

    def __init__(self, repository: DraftRepository, *, clock: Clock) -> None:
        self._clock = clock
        self._repository = repository
        self._on_their_way: dict[str, tuple[int, Kept]] = {}

    @staticmethod
    def new_id() -> str:
        """Return an id under which nothing is kept yet."""
        return secrets.token_hex(8)

    async def keep(self, draft_id: str, user_id: int, kept: Kept) -> None:
        """Store it.

        Raises:
            StorageError: the database does not take it.
            TimeoutError: nor in time.
        """
        content = json.dumps(asdict(kept))
        saved = SavedDraft(
            id=draft_id, user_id=user_id, created_at=self._clock.now(), content=content
        )
        self._on_their_way[draft_id] = (user_id, kept)
        try:
            async with asyncio.timeout(SAVE_DEADLINE_S):
                await self._repository.save(saved)
        finally:
            del self._on_their_way[draft_id]

    async def find(self, draft_id: str, user_id: int) -> Kept | None:
        """Return what this person has kept under the id, None where nothing is.

        Raises:
            StorageError: the database cannot be read.
            TimeoutError: it cannot be read in time.
        """
        # A form is opened while what it is about is being written.
        author_id, kept = self._on_their_way.get(draft_id, (None, None))
        if author_id == user_id:
            return kept
        async with asyncio.timeout(READ_DEADLINE_S):
            saved = await self._repository.get(draft_id, user_id)
        return None if saved is None else _kept_from(json.loads(saved.content))


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
