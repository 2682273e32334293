"""Rules, people and histories at random, each decided by the bot and by the plain oracle."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from domain.limits import BUDGETS, LimitKind
from tests.examples import examples
from tests.services.court import make_case
from tests.services.plain_rules import verdict

if TYPE_CHECKING:
    from tests.services.court import Court

CASES = examples(600)

MODELS = ["flux-dev", "flux-pro", "flux-2-max"]
CHANNELS = ["pictures", "lounge", "studio"]
ROLES = ["artists", "guests"]
WHOM = ["everyone", *ROLES, "ada", "ben"]


def month(number: int) -> datetime:
    """Return a moment of the number's own month, so that no case spends another's."""
    hours = (number * 7) % (24 * 28)
    start = datetime(2000 + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return start + timedelta(hours=hours, seconds=1)


def some_case(number: int) -> dict[str, Any]:
    chance = random.Random(number)  # noqa: S311  # the same cases each time
    in_server = chance.random() < 0.85
    count = chance.choice([1, 1, 2, 4])
    channels = [chance.choice(CHANNELS)]
    if chance.random() < 0.3:
        channels.append("thread")
    return make_case(
        at=month(number),
        base=some_base(chance),
        limits=unique([some_limit(chance) for _ in range(chance.randrange(6))]),
        access=unique([some_access(chance) for _ in range(chance.choice([0, 0, 1, 2, 3, 4]))]),
        history=[some_job(chance) for _ in range(chance.randrange(6))],
        ask={
            "guild": "harbour" if in_server else None,
            "roles": [role for role in ROLES if chance.random() < 0.4] if in_server else [],
            "channels": channels if in_server else ["direct"],
            "model": chance.choice(MODELS),
            "count": count,
            "price": count * 100,
        },
    )


def some_base(chance: random.Random) -> dict[str, int]:
    every = {
        "cooldown_s": chance.choice([10, 3_600]),
        "jobs_at_once": chance.choice([1, 3]),
        "user_microcredits_per_day": chance.choice([300, 700]),
        "microcredits_per_month": chance.choice([500, 900]),
    }
    return {key: amount for key, amount in every.items() if chance.random() < 0.15}


def some_limit(chance: random.Random) -> dict[str, Any]:
    guild = chance.choice(["harbour", "harbour", "harbour", "bot"])
    whom = chance.choice(["all", *WHOM]) if guild == "harbour" else chance.choice(["all", "ada"])
    is_budget = whom == "all" or guild == "bot"
    kind = chance.choice(list(BUDGETS) if is_budget else list(LimitKind))
    amounts = {
        LimitKind.COOLDOWN: [0, 10, 3_600],
        LimitKind.PICTURES_PER_REQUEST: [1, 2, 4],
        LimitKind.JOBS_AT_ONCE: [1, 2],
    }.get(kind, [0, 1, 3, 5, 8])
    amount = chance.choice([None, *amounts * 3])
    if amount is not None and "credits" in kind:
        amount *= 100
    return {"guild": guild, "whom": whom, "kind": kind.value, "amount": amount}


def some_access(chance: random.Random) -> dict[str, Any]:
    return {
        "effect": chance.choice(["allow", "allow", "deny"]),
        "whom": chance.choice(WHOM),
        "model": chance.choice([None, None, *MODELS]),
        "channel": chance.choice([None, None, *CHANNELS, "thread"]),
    }


def some_job(chance: random.Random) -> dict[str, Any]:
    count = chance.choice([1, 1, 2])
    return {
        "user": chance.choice(["ada", "ada", "ben"]),
        "guild": chance.choice(["harbour", "harbour", "island", None]),
        "count": count,
        "price": count * 100,
        "ago": chance.choice([5, 10, 90, 4_000, 90_000, 400_000]),
        "state": chance.choice(["under way", "delivered", "delivered", "failed", "lost"]),
    }


def unique(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out rules about the same, of which the last would replace the others."""
    about = {
        tuple(value for key, value in rule.items() if key not in {"amount", "effect"}): rule
        for rule in rules
    }
    return [*about.values()]


async def test_every_generated_case_is_decided_as_the_oracle_does(court: Court) -> None:
    outcomes: Counter[str] = Counter()
    for number in range(CASES):
        case = some_case(number)
        reasons, until = verdict(case)
        problem, frees_at = await court.decide(case)
        assert problem in reasons.split("|"), case
        assert frees_at == until, case
        outcomes[problem] += 1

    # Every way to be refused is among them, and being taken is nothing rare.
    assert outcomes["taken"] > CASES / 5
    assert min(outcomes.values()) >= CASES / 100
    assert len(outcomes) == 10
