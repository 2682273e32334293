"""The real decision about a case of plain dicts: rules in memory, jobs and books in SQLite."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from domain.errors import UserError
from domain.limits import (
    EVERYWHERE,
    AccessRule,
    Budget,
    Effect,
    LimitKind,
    LimitRule,
    Limits,
    Who,
    Whose,
)
from domain.models import Job, JobState, Problem, Requester
from services.limits_and_access import Asker, Rules
from storage.jobs import JobRepository
from storage.limits_and_access import RuleRepository
from storage.preferences import ChoiceRepository
from tests.factories import NOON, make_job, make_place, make_request, make_ticket

if TYPE_CHECKING:
    from domain.models import ImageRequest
    from storage.database import Database
    from tests.services.plain_rules import Verdict

ENDS: dict[str, dict[str, Any]] = {
    "under way": {"state": JobState.RUNNING},
    "delivered": {"state": JobState.DELIVERED, "ended_at": NOON},
    "failed": {
        "state": JobState.FAILED,
        "ended_at": NOON,
        "problem": Problem.FLUX_FAILED,
        "charged_microcredits": 0,
    },
    "lost": {
        "state": JobState.FAILED,
        "ended_at": NOON,
        "problem": Problem.RESULT_UNREACHABLE,
    },
}
"""States of a case's jobs: of those that are lost the house bears the price."""


class Court:
    """Decides cases one after the other, each among servers, people and roles of its own.

    Budgets of the whole bot count what earlier cases spent in the same month.
    """

    def __init__(self, database: Database) -> None:
        self._jobs = JobRepository(database)
        self._rules = RuleRepository(database)
        self._choices = ChoiceRepository(database)
        self._tickets = count(1)
        self._cases = count(1)
        self._ids: dict[str, int] = {}

    async def decide(self, case: dict[str, Any]) -> Verdict:
        number = next(self._cases)
        self._ids = {}
        self._base = number * 10_000
        rules = await self._set_up(case)
        decided = await self._decide(case, rules)
        for limit in case["limits"]:
            if limit["guild"] == "bot":  # which is every case's
                await rules.repository.clear_rule(self._limit(limit), 1, NOON)
        return decided

    async def _decide(self, case: dict[str, Any], rules: Rules) -> Verdict:
        job = self._asked(case, case["ask"])
        asker = self._asker(case["ask"])
        try:
            rules.check(asker, job.request)
            await self._jobs.add(job, rules.limits_for(asker))
        except UserError as error:
            assert await self._jobs.get(job.id) is None
            frees_at = error.details.get("frees_at")
            assert frees_at is None or isinstance(frees_at, datetime)
            return error.reason, frees_at
        return "taken", None

    async def _set_up(self, case: dict[str, Any]) -> Rules:
        for past in case["history"]:
            await self._jobs.add(self._asked(case, past))
        rules = Rules(self._rules, base=_base(case["base"]), choices=self._choices)
        for limit in case["limits"]:
            await rules.repository.set_rule(self._limit(limit))
        for access in case["access"]:
            await rules.repository.set_rule(self._access(access))
        return rules

    def _id(self, name: str | None) -> int | None:
        if name is None:
            return None
        if name == "everyone":
            name = "harbour"  # everybody's role has the server's id
        return self._ids.setdefault(name, self._base + len(self._ids))

    def _asked(self, case: dict[str, Any], asked: dict[str, Any]) -> Job:
        ticket = next(self._tickets)
        at = case["at"] - timedelta(seconds=asked.get("ago", 0))
        return make_job(
            id=f"job-{ticket}",
            request=self._request(asked, ticket),
            created_at=at,
            expected_at=at + timedelta(seconds=10),
            estimated_microcredits=asked["price"],
            **ENDS.get(asked.get("state", ""), {}),
        )

    def _request(self, asked: dict[str, Any], ticket: int) -> ImageRequest:
        return make_request(
            requester=Requester(user_id=self._id(asked["user"]) or 0, user_name=asked["user"]),
            place=make_place(guild_id=self._id(asked["guild"])),
            ticket=make_ticket(interaction_id=ticket),
            model=asked.get("model", "flux-dev"),
            count=asked["count"],
        )

    def _asker(self, ask: dict[str, Any]) -> Asker:
        names = [*ask["roles"], "everyone"] if ask["guild"] else []
        return Asker(
            user_id=self._id(ask["user"]) or 0,
            guild_id=self._id(ask["guild"]),
            role_ids=frozenset(self._id(name) or 0 for name in names),
            channel_ids=frozenset(self._id(name) or 0 for name in ask["channels"]),
        )

    def _limit(self, limit: dict[str, Any]) -> LimitRule:
        return LimitRule(
            guild_id=EVERYWHERE if limit["guild"] == "bot" else self._id(limit["guild"]) or 0,
            who=_who(limit["whom"]),
            target_id=0 if limit["whom"] == "all" else self._id(limit["whom"]) or 0,
            kind=LimitKind(limit["kind"]),
            amount=limit["amount"],
            set_by=1,
            set_at=NOON,
        )

    def _access(self, access: dict[str, Any]) -> AccessRule:
        return AccessRule(
            guild_id=self._id("harbour") or 0,
            effect=Effect(access["effect"]),
            who=_who(access["whom"]),
            target_id=self._id(access["whom"]) or 0,
            model=access["model"],
            channel_id=self._id(access["channel"]),
            set_by=1,
            set_at=NOON,
        )


def _who(whom: str) -> Who:
    if whom == "all":
        return Who.ALL
    return Who.USER if whom in {"ada", "ben"} else Who.ROLE


def _base(base: dict[str, Any]) -> Limits:
    budgets = []
    for kind in LimitKind:
        for whose, prefix in ((Whose.PERSON, "user_"), (Whose.ALL, "")):
            if kind.is_budget and f"{prefix}{kind}" in base:
                budgets.append(Budget(whose=whose, kind=kind, most=base[f"{prefix}{kind}"]))
    return Limits(
        cooldown_s=base.get("cooldown_s", 0),
        jobs_per_user=base.get("jobs_at_once", 0),
        budgets=tuple(budgets),
    )


def make_case(at: datetime = NOON, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # a dict's
    """Make a case: Ada asks for a picture in the harbour's channel, and nothing is set."""
    ask = {
        "user": "ada",
        "guild": "harbour",
        "roles": [],
        "channels": ["pictures"],
        "model": "flux-dev",
        "count": 1,
        "price": 100,
        **changes.pop("ask", {}),
    }
    empty: dict[str, Any] = {"base": {}, "limits": [], "access": [], "history": []}
    return {"at": at, **empty, "ask": ask, **changes}
