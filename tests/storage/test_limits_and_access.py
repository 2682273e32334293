"""Limits and access rules: one about each thing, and a row for every change of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import UserError
from domain.limits import EVERYWHERE, AccessRule, Effect, LimitKind, LimitRule, Who
from storage.database import Database
from storage.limits_and_access import MAX_RULES, RuleRepository
from tests.factories import NOON

pytestmark = pytest.mark.both_engines

ADA, BEN = 5001, 5002
HERE, THERE = 4001, 4002
LATER = NOON + timedelta(hours=1)

LIMIT = LimitRule(
    guild_id=HERE,
    who=Who.ROLE,
    target_id=7001,
    kind=LimitKind.PICTURES_PER_DAY,
    amount=10,
    set_by=ADA,
    set_at=NOON,
)
ACCESS = AccessRule(
    guild_id=HERE,
    effect=Effect.ALLOW,
    who=Who.ROLE,
    target_id=7001,
    model="flux-dev",
    channel_id=3001,
    set_by=ADA,
    set_at=NOON,
)


@pytest.fixture
def rules(database: Database) -> RuleRepository:
    return RuleRepository(database)


def about(rule: LimitRule | AccessRule) -> tuple[object, ...]:
    return tuple(getattr(rule, name) for name in rule.KEY)


async def limits(rules: RuleRepository) -> list[LimitRule]:
    await rules.load()
    return [rule for each in rules.by_owner().values() for rule in each.limits]


async def access(rules: RuleRepository) -> list[AccessRule]:
    await rules.load()
    return [rule for each in rules.by_owner().values() for rule in each.access]


async def changes(database: Database) -> list[dict[str, Any]]:
    return await database.read(lambda db: db.fetch("select * from rule_changes order by id"))


@pytest.mark.parametrize("kind", LimitKind)
@pytest.mark.parametrize("amount", [None, 0, 3, 10**12])
async def test_a_limit_comes_back_as_it_was(
    rules: RuleRepository, kind: LimitKind, amount: int | None
) -> None:
    rule = replace(LIMIT, kind=kind, amount=amount)
    assert await rules.set_rule(rule) is None

    assert await limits(rules) == [rule]


async def test_a_limit_replaces_the_one_about_the_same_and_no_other(
    rules: RuleRepository,
) -> None:
    others = [
        replace(LIMIT, guild_id=THERE),
        replace(LIMIT, who=Who.USER),
        replace(LIMIT, target_id=7002),
        replace(LIMIT, kind=LimitKind.PICTURES_PER_MONTH),
        replace(LIMIT, guild_id=EVERYWHERE, who=Who.ALL, target_id=0),
    ]
    for rule in (LIMIT, *others):
        assert await rules.set_rule(rule) is None
        assert not any(about(rule) == about(other) for other in others if other is not rule)
    newer = replace(LIMIT, amount=20, set_by=BEN, set_at=LATER)
    assert about(newer) == about(LIMIT)

    assert await rules.set_rule(newer) == LIMIT
    assert sorted(await limits(rules), key=repr) == sorted([newer, *others], key=repr)


@pytest.mark.parametrize("model", [None, "flux-dev"])
@pytest.mark.parametrize("channel_id", [None, 3001])
async def test_an_access_rule_comes_back_as_it_was(
    rules: RuleRepository, model: str | None, channel_id: int | None
) -> None:
    rule = replace(ACCESS, model=model, channel_id=channel_id)
    assert await rules.set_rule(rule) is None

    assert await access(rules) == [rule]


async def test_a_denial_replaces_the_permission_about_the_same_and_no_other(
    rules: RuleRepository,
) -> None:
    others = [
        replace(ACCESS, guild_id=THERE),
        replace(ACCESS, who=Who.USER),
        replace(ACCESS, target_id=7002),
        replace(ACCESS, model=None),
        replace(ACCESS, channel_id=None),
        replace(ACCESS, model=None, channel_id=None),
    ]
    for rule in (ACCESS, *others):
        assert await rules.set_rule(rule) is None
    denial = replace(ACCESS, effect=Effect.DENY, set_by=BEN, set_at=LATER)
    assert about(denial) == about(ACCESS)
    assert not any(about(ACCESS) == about(other) for other in others)

    assert await rules.set_rule(denial) == ACCESS
    assert sorted(await access(rules), key=repr) == sorted([denial, *others], key=repr)


async def test_what_is_cleared_is_returned_and_gone(rules: RuleRepository) -> None:
    await rules.set_rule(LIMIT)
    await rules.set_rule(ACCESS)
    await rules.set_rule(replace(LIMIT, guild_id=THERE))

    assert await rules.clear_rule(LIMIT, BEN, LATER) == LIMIT
    assert await rules.clear_rule(LIMIT, BEN, LATER) is None
    assert await rules.clear_rule(ACCESS, BEN, LATER) == ACCESS
    assert await rules.clear_rule(ACCESS, BEN, LATER) is None
    assert await limits(rules) == [replace(LIMIT, guild_id=THERE)]
    assert await access(rules) == []


async def test_every_change_says_who_and_when_and_what(
    rules: RuleRepository, database: Database
) -> None:
    await rules.set_rule(LIMIT)
    await rules.set_rule(replace(LIMIT, amount=None, set_by=BEN, set_at=LATER))
    await rules.clear_rule(LIMIT, ADA, LATER)
    await rules.set_rule(ACCESS)
    await rules.set_rule(replace(ACCESS, effect=Effect.DENY, set_by=BEN, set_at=LATER))
    await rules.clear_rule(ACCESS, ADA, LATER)

    rows = await changes(database)
    assert [(row["subject"], row["before"], row["after"]) for row in rows] == [
        ("pictures_per_day", None, "10"),
        ("pictures_per_day", "10", "no limit"),
        ("pictures_per_day", "no limit", None),
        ("flux-dev in 3001", None, "allow"),
        ("flux-dev in 3001", "allow", "deny"),
        ("flux-dev in 3001", "deny", None),
    ]
    assert [row["changed_by"] for row in rows] == [ADA, BEN, ADA] * 2
    assert [row["changed_at"] for row in rows] == [
        time.isoformat() for time in (NOON, LATER, LATER) * 2
    ]
    assert {(row["guild_id"], row["who"], row["target_id"]) for row in rows} == {
        (HERE, "role", 7001)
    }


async def test_of_two_who_change_one_rule_at_once_each_change_is_told_and_the_last_holds(
    rules: RuleRepository, database: Database
) -> None:
    both = [replace(LIMIT, amount=number, set_by=number) for number in (1, 2)]
    befores = await asyncio.gather(*(rules.set_rule(rule) for rule in both))

    assert befores == [None, both[0]]
    assert await limits(rules) == [both[1]]
    assert [
        (row["changed_by"], row["before"], row["after"]) for row in await changes(database)
    ] == [
        (1, None, "1"),
        (2, "1", "2"),
    ]


async def test_a_server_has_as_many_rules_as_fit_one_answer(
    rules: RuleRepository, database: Database
) -> None:
    for number in range(MAX_RULES):
        await rules.set_rule(replace(LIMIT, target_id=number))
        await rules.set_rule(replace(ACCESS, target_id=number))
    noted = len(await changes(database))
    with pytest.raises(UserError):
        await rules.set_rule(replace(LIMIT, target_id=MAX_RULES))
    with pytest.raises(UserError):
        await rules.set_rule(replace(ACCESS, target_id=MAX_RULES))

    assert len(await changes(database)) == noted
    assert await rules.set_rule(replace(LIMIT, target_id=0, amount=4)) is not None
    assert await rules.set_rule(replace(LIMIT, guild_id=THERE)) is None
    await rules.clear_rule(replace(LIMIT, target_id=0), ADA, NOON)
    assert await rules.set_rule(replace(LIMIT, target_id=MAX_RULES)) is None
