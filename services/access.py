"""Who may use which model where: first the place decides, then the role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.limits import Effect, Who
from domain.models import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.limits import AccessRule, LimitRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks and where, as rules see it.

    Attributes:
        alias: what stands for the person in rules from before they deleted their data, if any.
        guild_id: None in direct messages, where no server's rules hold.
        role_ids: of the person in that server; everybody has the one with the server's own id.
        channel_ids: the channel, and what it is in: a thread's channel, a channel's category.
    """

    user_id: int
    alias: int | None = None
    guild_id: int | None = None
    role_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()

    def is_meant_by(self, rule: AccessRule | LimitRule) -> bool:
        """Whether a rule of this server is about the person or one of their roles."""
        if rule.who is Who.USER:
            return rule.target_id in {self.user_id, self.alias}
        everybody = rule.target_id == self.guild_id
        return rule.who is Who.ROLE and (everybody or rule.target_id in self.role_ids)


def access_problem(asker: Asker, model: str, rules: Iterable[AccessRule]) -> Problem | None:
    """Return why the rules of the asker's server keep them from this model here, or None.

    Without any rule that allows something, everything is allowed; with one, only what one of
    them allows. What one denies is denied, whatever others allow.
    """
    rules = list(rules)
    here = [rule for rule in rules if rule.channel_id in {None, *asker.channel_ids}]
    mine = [rule for rule in here if asker.is_meant_by(rule)]
    fitting = [rule for rule in mine if rule.model in {None, model}]
    is_open = not _any(rules, Effect.ALLOW)
    closed = [
        rule
        for rule in mine
        if rule.target_id == asker.guild_id and rule.model is None and rule.channel_id is not None
    ]
    if _any(closed, Effect.DENY) or not (is_open or _any(here, Effect.ALLOW)):
        return Problem.PLACE_NOT_ALLOWED
    wholly = [rule for rule in mine if rule.model is None]
    if _any(wholly, Effect.DENY) or not (is_open or _any(mine, Effect.ALLOW)):
        return Problem.PERSON_NOT_ALLOWED
    if _any(fitting, Effect.DENY) or not (is_open or _any(fitting, Effect.ALLOW)):
        return Problem.MODEL_NOT_ALLOWED
    return None


def allowed_channels(asker: Asker, rules: Iterable[AccessRule]) -> tuple[int, ...]:
    """Return the channels and categories in which rules allow the asker something."""
    found: dict[Effect, dict[int, None]] = {Effect.ALLOW: {}, Effect.DENY: {}}
    for rule in rules:
        if asker.is_meant_by(rule) and rule.channel_id is not None:
            found[rule.effect][rule.channel_id] = None
    return tuple(channel for channel in found[Effect.ALLOW] if channel not in found[Effect.DENY])


def _any(rules: Iterable[AccessRule], effect: Effect) -> bool:
    return any(rule.effect is effect for rule in rules)
