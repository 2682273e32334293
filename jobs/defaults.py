"""What a request is made with where its author named nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flux.catalogue import MAX_COUNT, MODELS
from jobs.requests import DefaultModels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.requests import Draft
    from storage.preferences import ChoiceRepository


class Defaults:
    """Chosen by the person, else by the server where they ask, else by the operator.

    What no longer exists, does not edit, or does not fit the model is passed over: what is chosen
    once must never be what a request is refused for.

    Args:
        usual: the operator's models.
    """

    def __init__(self, *, usual: DefaultModels, choices: ChoiceRepository) -> None:
        self._usual = usual
        self._choices = choices

    def models(self, user_id: int | None, guild_id: int | None) -> DefaultModels:
        """Return the models of a person's requests in a server, or in direct messages.

        Args:
            user_id: None for what everybody starts from there.
        """
        both = self._choices.of_user(user_id), self._choices.of_guild(guild_id)
        drawing = (MODELS.get(chosen.default_model or "") for chosen in both)
        editing = (MODELS.get(chosen.default_edit_model or "") for chosen in both)
        return DefaultModels(
            generate=_first((model.id for model in drawing if model), self._usual.generate),
            edit=_first((model.id for model in editing if model and model.edits), self._usual.edit),
        )

    def fill(self, draft: Draft, user_id: int, guild_id: int | None) -> Draft:
        """Return the draft with what was not named in it, but for its model."""
        user, guild = self._choices.of_user(user_id), self._choices.of_guild(guild_id)
        size = draft.size
        if size is None and draft.source is None:  # an edit keeps the shape of its picture
            model = MODELS.get(draft.model or self.models(user_id, guild_id).generate)
            sizes = (user.default_size, guild.default_size)
            fitting = (each for each in sizes if each and model and model.takes_size(each))
            size = next(fitting, None)
        count = guild.default_count or 1
        return replace(
            draft,
            size=size,
            count=(count if count <= MAX_COUNT else 1) if draft.count is None else draft.count,
            spoiler=bool(guild.spoiler) if draft.spoiler is None else draft.spoiler,
            private=bool(user.private) if draft.private is None else draft.private,
        )

    def copies_to(self, user_id: int) -> bool:
        """Whether a person gets their results by direct message too."""
        return bool(self._choices.of_user(user_id).dm)


def _first(models: Iterable[str], otherwise: str) -> str:
    return next(iter(models), otherwise)
