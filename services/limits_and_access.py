"""Limits and access rules, and their effect on a request.

Access: first the place decides, then the role. Limits: all that hold for a request hold at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from domain.failures import FAILURES
from domain.limits import BUDGETS, EVERYWHERE, Budget, Effect, LimitKind, Limits, Who, Whose
from domain.models import Action, ImageRequest, Problem
from flux.catalogue import MAX_COUNT, MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.limits import AccessRule, LimitRule
    from storage.limits_and_access import RuleRepository
    from storage.preferences import ChoiceRepository

MAX_CHANNELS: Final = 5
"""As many channels as a reply can list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The requester and the place, as rules see them.

    Attributes:
        alias: the person's pseudonym in rules from before they deleted their data, if any.
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


class Rules:
    """The rules in memory, checked for every request without waiting for the disk.

    Attributes:
        base: the limits that hold for everybody, whatever else is set.
    """

    def __init__(
        self, repository: RuleRepository, *, base: Limits, choices: ChoiceRepository
    ) -> None:
        self.repository = repository
        self._choices = choices
        self.base = base

    # What holds

    def check(self, asker: Asker, request: ImageRequest, *, is_made: bool = False) -> None:
        """Check a request against access rules and the limit of images per request.

        Args:
            is_made: whether its images exist, so that their model and number no longer matter.

        Raises:
            UserError: the place, the model, the number, or the person's roles do not allow it.
        """
        if request.avatar_of is not None:
            self.check_avatar(asker, request.avatar_of)
        rules = self.repository.of(asker.guild_id)
        if is_made:
            problem = access_problem(self._known(asker), request.model, rules.access)
            if not (problem and FAILURES[problem].concerns_access):
                return
        if rules.access:
            self.check_model(asker, request.action, request.model)
        if rules.limits and request.count > (most := self.most_pictures(asker)):
            raise UserError(Problem.COUNT_NOT_ALLOWED, count=request.count, most=most)

    def check_avatar(self, asker: Asker, user_id: int) -> None:
        """Raise UserError where the server has not allowed edits of avatars, or that user's."""
        if not self._choices.guilds.of(asker.guild_id).avatars:
            raise UserError("avatars-are-off")
        if self._choices.users.of(user_id).avatar is False:
            raise UserError("avatar-not-allowed")

    def check_model(self, asker: Asker, action: Action, model: str) -> None:
        """Raise UserError where rules deny a model here; it lists those that can do this action."""
        known, rules = self._known(asker), self.repository.of(asker.guild_id).access
        problem = access_problem(known, model, rules)
        if problem is Problem.PLACE_NOT_ALLOWED:
            raise UserError(problem, channels=allowed_channels(known, rules)[:MAX_CHANNELS])
        if problem is Problem.MODEL_NOT_ALLOWED:
            raise UserError(problem, model=model, models=self.usable_models(asker, action))
        if problem is not None:
            raise UserError(problem)

    def usable_models(self, asker: Asker, action: Action = Action.GENERATE) -> tuple[str, ...]:
        """Return the models that a person may use where they are, in the catalogue's order."""
        asker, rules = self._known(asker), self.repository.of(asker.guild_id).access
        able = [model for model in MODELS.values() if model.edits or action is Action.GENERATE]
        return tuple(model.id for model in able if access_problem(asker, model.id, rules) is None)

    def most_pictures(self, asker: Asker) -> int:
        rules = self.repository.of(asker.guild_id).limits
        amounts = holding_amounts(self._known(asker), rules) if rules else {}
        return min(amounts.get(LimitKind.PICTURES_PER_REQUEST, MAX_COUNT), MAX_COUNT)

    def limits_for(self, asker: Asker) -> Limits:
        """Return what a request of this person must stay within."""
        everywhere, here = self.repository.of(EVERYWHERE), self.repository.of(asker.guild_id)
        rules = [*everywhere.limits, *here.limits]
        return resolve_limits(self._known(asker), rules, self.base) if rules else self.base

    def _known(self, asker: Asker) -> Asker:
        return replace(asker, alias=self.repository.alias_of(asker.user_id))

    # What is set

    def limits_of_wholes(self) -> list[LimitRule]:
        """Return the limits of the whole bot, and what every server as a whole may use."""
        of_servers = [
            rule
            for guild_id, each in self.repository.by_owner().items()
            for rule in each.limits
            if guild_id != EVERYWHERE and rule.who is Who.ALL
        ]
        return [*self.repository.of(EVERYWHERE).limits, *of_servers]


def access_problem(asker: Asker, model: str, rules: Iterable[AccessRule]) -> Problem | None:
    """Return why the rules of the asker's server keep them from this model here, or None.

    Without any rule that allows something, everything is allowed; with one, only what one of
    them allows. What one denies is denied, whatever others allow.
    """
    rules = list(rules)
    if not rules:
        return None
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


def holding_amounts(asker: Asker, rules: Iterable[LimitRule]) -> dict[LimitKind, int]:
    """Return what the rules of the asker's server limit them to; what is left out is not limited.

    A rule for the person overrides those for their roles; of these, the most generous wins.
    """
    found: dict[LimitKind, list[LimitRule]] = {}
    for rule in rules:
        if asker.is_meant_by(rule):
            found.setdefault(rule.kind, []).append(rule)
    amounts: dict[LimitKind, int] = {}
    for kind, meant in found.items():
        own = [rule for rule in meant if rule.who is Who.USER]
        allowed = [rule.amount for rule in own or meant]
        limited = [amount for amount in allowed if amount is not None]
        if len(limited) == len(allowed):
            amounts[kind] = min(limited) if kind is LimitKind.COOLDOWN else max(limited)
    return amounts


def resolve_limits(asker: Asker, rules: Iterable[LimitRule], base: Limits) -> Limits:
    """Return what a request must stay within, by its server's and the whole bot's rules."""
    rules = list(rules)
    budgets = [*base.budgets]
    for rule in rules:
        if not rule.kind.is_budget or rule.amount is None:
            continue
        whose = _whose(asker, rule)
        if whose is not None:
            by_managers = rule.who is Who.SERVER
            budgets.append(
                Budget(whose=whose, kind=rule.kind, most=rule.amount, by_managers=by_managers)
            )
    here = [rule for rule in rules if rule.guild_id == asker.guild_id]
    amounts = holding_amounts(asker, here)
    budgets += [
        Budget(whose=Whose.MEMBER, kind=kind, most=amounts[kind])
        for kind in BUDGETS
        if kind in amounts
    ]
    return Limits(
        cooldown_s=base.cooldown_s,
        jobs_per_user=base.jobs_per_user,
        member_cooldown_s=amounts.get(LimitKind.COOLDOWN, 0),
        jobs_per_member=amounts.get(LimitKind.JOBS_AT_ONCE, 0),
        budgets=_smallest(budgets),
    )


def _whose(asker: Asker, rule: LimitRule) -> Whose | None:
    """Return whose spending a rule bounds besides what a server's managers set for its members."""
    if rule.guild_id == EVERYWHERE:
        if rule.who is Who.ALL:
            return Whose.ALL
        return Whose.PERSON if asker.is_meant_by(rule) else None
    is_of_server = rule.who in {Who.ALL, Who.SERVER} and rule.guild_id == asker.guild_id
    return Whose.SERVER if is_of_server else None


def _smallest(budgets: Iterable[Budget]) -> tuple[Budget, ...]:
    """Return the budgets; of the bot owner's and the managers' for one server, the smaller."""
    found: dict[object, Budget] = {}
    for budget in budgets:
        about = (budget.whose, budget.kind) if budget.whose is Whose.SERVER else budget
        if about not in found or budget.most < found[about].most:
            found[about] = budget
    return tuple(found.values())
