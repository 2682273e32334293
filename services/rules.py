"""The rules of servers and of the whole bot: kept in memory, changed on the disk first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from domain.limits import EVERYWHERE, LimitKind, Who
from domain.models import Problem
from flux import MODELS
from flux.catalogue import MAX_COUNT
from services.access import access_problem, allowed_channels
from services.limits import holding_amounts, resolve_limits
from storage.pseudonyms import pseudonym

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine
    from datetime import datetime

    from domain.limits import AccessRule, LimitRule, Limits
    from domain.models import ImageRequest
    from services.access import Asker
    from storage.limits_and_access import RuleRepository

R = TypeVar("R")

MAX_CHANNELS: Final = 5
"""As many as one can look at, of those where somebody may ask."""

WRITE_DEADLINE_S: Final = 1.0
"""For writing a change down, of the 3 s in which Discord takes an answer."""


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
        self._limits: dict[int, list[LimitRule]] = {}
        self._access: dict[int, list[AccessRule]] = {}
        self._person_key: str | None = None
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[Any]] = set()

    async def load(self) -> None:
        """Read all rules: before any request is taken, and after somebody's data was deleted.

        Raises:
            StorageError: they cannot be read.
        """
        # In turn with changes: what is read here must not take the place of a later one.
        async with self._turn:
            limits = await self._repository.list_limits()
            access = await self._repository.list_access()
            self._person_key = await self._repository.person_key()
            self._hold(limits, access)

    def _hold(self, limits: list[LimitRule], access: list[AccessRule]) -> None:
        self._limits, self._access = {}, {}
        for limit in limits:
            self._limits.setdefault(limit.guild_id, []).append(limit)
        for rule in access:
            self._access.setdefault(rule.guild_id, []).append(rule)

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
        key = self._person_key
        return replace(asker, alias=pseudonym(key, asker.user_id)) if key else asker

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
        servers = (rules for guild_id, rules in self._limits.items() if guild_id != EVERYWHERE)
        wholes = [rule for rules in servers for rule in rules if rule.who is Who.ALL]
        return [*self.limits_of(EVERYWHERE), *wholes]

    def limits_of(self, guild_id: int | None) -> list[LimitRule]:
        """Return the limits that are set in a server, or those of the whole bot."""
        return [] if guild_id is None else self._limits.get(guild_id, [])

    def access_of(self, guild_id: int | None) -> list[AccessRule]:
        """Return the access rules of a server."""
        return [] if guild_id is None else self._access.get(guild_id, [])

    async def set_limit(self, rule: LimitRule) -> LimitRule | None:
        """Set a limit; return the one that it replaces.

        Raises:
            TooManyRulesError: the server has as many as it can have.
            StorageError: it cannot be written.
            TimeoutError: it was not written in time; it may be later.
        """
        return await self._change(self._set_limit(rule))

    async def clear_limit(self, rule: LimitRule, by: int, at: datetime) -> LimitRule | None:
        """Clear the limit of this target and kind; return it, None where there was none."""
        return await self._change(self._clear_limit(rule, by, at))

    async def set_access(self, rule: AccessRule) -> AccessRule | None:
        """Set an access rule; return the one about the same that it replaces.

        Raises:
            TooManyRulesError: the server has as many as it can have.
        """
        return await self._change(self._set_access(rule))

    async def clear_access(self, rule: AccessRule, by: int, at: datetime) -> AccessRule | None:
        """Clear the rule about the same; return it, None where there was none."""
        return await self._change(self._clear_access(rule, by, at))

    async def _set_limit(self, rule: LimitRule) -> LimitRule | None:
        before = await self._repository.set_limit(rule)
        self._limits[rule.guild_id] = [*self._other_limits(rule), rule]
        return before

    async def _clear_limit(self, rule: LimitRule, by: int, at: datetime) -> LimitRule | None:
        before = await self._repository.clear_limit(rule, by, at)
        self._limits[rule.guild_id] = self._other_limits(rule)
        return before

    async def _set_access(self, rule: AccessRule) -> AccessRule | None:
        before = await self._repository.set_access(rule)
        self._access[rule.guild_id] = [*self._other_access(rule), rule]
        return before

    async def _clear_access(self, rule: AccessRule, by: int, at: datetime) -> AccessRule | None:
        before = await self._repository.clear_access(rule, by, at)
        self._access[rule.guild_id] = self._other_access(rule)
        return before

    def _other_limits(self, rule: LimitRule) -> list[LimitRule]:
        same = (rule, replace(rule, target_id=self._known_as(rule)))
        return [
            other
            for other in self.limits_of(rule.guild_id)
            if not any(other.is_about_same(each) for each in same)
        ]

    def _other_access(self, rule: AccessRule) -> list[AccessRule]:
        same = (rule, replace(rule, target_id=self._known_as(rule)))
        return [
            other
            for other in self.access_of(rule.guild_id)
            if not any(other.is_about_same(each) for each in same)
        ]

    def _known_as(self, rule: LimitRule | AccessRule) -> int:
        """Return what stands for a rule's person where their data was deleted, else its target."""
        key = self._person_key if rule.who is Who.USER and rule.target_id > 0 else None
        return pseudonym(key, rule.target_id) if key else rule.target_id

    async def _change(self, changing: Coroutine[object, object, R]) -> R:
        # Whoever asked may stop waiting: what is written holds in memory all the same.
        task = asyncio.create_task(self._in_turn(changing))
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        async with asyncio.timeout(WRITE_DEADLINE_S):
            return await asyncio.shield(task)

    async def _in_turn(self, changing: Coroutine[object, object, R]) -> R:
        # Memory and disk have to agree on which of two changes came last.
        async with self._turn:
            return await changing
