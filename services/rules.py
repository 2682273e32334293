"""The rules of servers and of the whole bot, and what they mean for one request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from domain.limits import EVERYWHERE, LimitKind, Who
from domain.models import Problem
from flux import MODELS
from flux.catalogue import MAX_COUNT
from services.access import access_problem, allowed_channels
from services.limits import holding_amounts, resolve_limits

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from domain.limits import AccessRule, LimitRule, Limits
    from domain.models import ImageRequest
    from services.access import Asker
    from storage.limits_and_access import Rule, RuleRepository


MAX_CHANNELS: Final = 5
"""As many as one can look at, of those where somebody may ask."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not taken, and what there is instead.

    Attributes:
        models: that the person may use here, where it is about the model.
        channels: where they may ask, where it is about the place; at most five.
        most: pictures that they may ask for at once, where it is about those.
    """

    problem: Problem
    models: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    most: int = MAX_COUNT


class Rules:
    """What is allowed to whom, asked about every request without waiting for the disk.

    Args:
        base: the limits that hold for everybody, whatever else is set.
    """

    def __init__(self, repository: RuleRepository, *, base: Limits) -> None:
        self._repository = repository
        self._base = base

    async def load(self) -> None:
        """Read all rules: before any request is taken, and after somebody's data was deleted.

        Raises:
            StorageError: they cannot be read.
        """
        await self._repository.load()

    # What holds

    def refusal(self, asker: Asker, request: ImageRequest) -> Refusal | None:
        """Return why the place or the person's roles do not allow a request, or None."""
        asker, rules = self._known(asker), self.access_of(asker.guild_id)
        problem = access_problem(asker, request.model, rules)
        if problem is Problem.PLACE_NOT_ALLOWED:
            return Refusal(problem, channels=allowed_channels(asker, rules)[:MAX_CHANNELS])
        if problem is not None:
            return Refusal(problem, models=self.usable_models(asker))
        most = self.most_pictures(asker)
        if request.count > most:
            return Refusal(Problem.COUNT_NOT_ALLOWED, most=most)
        return None

    def usable_models(self, asker: Asker) -> tuple[str, ...]:
        """Return the models that a person may use where they are, in the catalogue's order."""
        asker, rules = self._known(asker), self.access_of(asker.guild_id)
        return tuple(model for model in MODELS if access_problem(asker, model, rules) is None)

    def most_pictures(self, asker: Asker) -> int:
        """Return how many pictures a person may ask for at once where they are."""
        amounts = holding_amounts(self._known(asker), self.limits_of(asker.guild_id))
        return min(amounts.get(LimitKind.PICTURES_PER_REQUEST, MAX_COUNT), MAX_COUNT)

    def limits_for(self, asker: Asker) -> Limits:
        """Return what a request of this person must stay within."""
        rules = [*self.limits_of(EVERYWHERE), *self.limits_of(asker.guild_id)]
        return resolve_limits(self._known(asker), rules, self._base)

    def _known(self, asker: Asker) -> Asker:
        return replace(asker, alias=self._repository.alias_of(asker.user_id))

    # What is set

    @property
    def base(self) -> Limits:
        """What holds for everybody, whatever else is set."""
        return self._base

    async def names(self, user_ids: Collection[int]) -> dict[int, str]:
        """Return what people are called, as far as it is known."""
        return await self._repository.names(user_ids)

    def limits_of_wholes(self) -> list[LimitRule]:
        """Return the limits of the whole bot, and what every server as a whole may use."""
        servers = self._repository.by_owner().items()
        limits = [
            rule for guild_id, each in servers if guild_id != EVERYWHERE for rule in each.limits
        ]
        return [*self.limits_of(EVERYWHERE), *(rule for rule in limits if rule.who is Who.ALL)]

    def limits_of(self, guild_id: int | None) -> tuple[LimitRule, ...]:
        """Return the limits that are set in a server, or those of the whole bot."""
        return self._repository.of(guild_id).limits

    def access_of(self, guild_id: int | None) -> tuple[AccessRule, ...]:
        """Return the access rules of a server."""
        return self._repository.of(guild_id).access

    async def set_rule(self, rule: Rule) -> Rule | None:
        """Set a limit or an access rule; return the one that it replaces.

        Raises:
            TooManyRulesError: the server has as many as it can have.
            StorageError: it cannot be written.
            TimeoutError: it was not written in time; it may be later.
        """
        return await self._repository.set_rule(rule)

    async def clear_rule(self, rule: Rule, by: int, at: datetime) -> Rule | None:
        """Clear the rule about the same, as `set_rule` sets it; return it, None without one."""
        return await self._repository.clear_rule(rule, by, at)
