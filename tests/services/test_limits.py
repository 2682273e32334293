"""Amounts as they are typed, and what one person's limits come to."""

from dataclasses import replace

import pytest

from cogs.limits.limits import read_amount
from domain.errors import UserError
from domain.limits import (
    EVERYWHERE,
    Budget,
    LimitKind,
    LimitRule,
    Limits,
    Who,
    Whose,
)
from services.limits_and_access import Asker, holding_amounts, resolve_limits
from tests.factories import NOON

HERE, THERE = 4001, 4002
ADA = Asker(user_id=5001, guild_id=HERE, role_ids=frozenset({HERE, 7001, 7002}))

RULE = LimitRule(
    guild_id=HERE,
    who=Who.ROLE,
    target_id=7001,
    kind=LimitKind.PICTURES_PER_DAY,
    amount=5,
    set_by=1,
    set_at=NOON,
)


@pytest.mark.parametrize(
    ("kind", "typed", "amount"),
    [
        (LimitKind.CREDITS_PER_DAY, "2.5", 2_500_000),
        (LimitKind.CREDITS_PER_DAY, "0", 0),
        (LimitKind.CREDITS_PER_MONTH, "0.000001", 1),
        (LimitKind.CREDITS_PER_MONTH, "1000000", 10**12),
        (LimitKind.PICTURES_PER_DAY, " 10 ", 10),
        (LimitKind.PICTURES_PER_DAY, "10.0", 10),
        # Digits as an input method for Chinese writes them.
        (LimitKind.PICTURES_PER_DAY, "\uff11\uff10", 10),
        (LimitKind.PICTURES_PER_MONTH, "1000000", 1_000_000),
        (LimitKind.COOLDOWN, "86400", 86_400),
        (LimitKind.COOLDOWN, "0", 0),
        (LimitKind.PICTURES_PER_REQUEST, "1", 1),
        (LimitKind.PICTURES_PER_REQUEST, "4", 4),
        (LimitKind.JOBS_AT_ONCE, "1000", 1_000),
    ],
)
def test_an_amount_is_read_to_the_unit(kind: LimitKind, typed: str, amount: int) -> None:
    assert read_amount(kind, typed) == amount


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (LimitKind.CREDITS_PER_DAY, "-1"),
        (LimitKind.CREDITS_PER_DAY, "-0.000001"),
        (LimitKind.CREDITS_PER_DAY, "-0"),
        (LimitKind.CREDITS_PER_DAY, "0.0000001"),
        (LimitKind.CREDITS_PER_DAY, "1000000.000001"),
        (LimitKind.PICTURES_PER_DAY, "1000001"),
        (LimitKind.PICTURES_PER_DAY, "1.5"),
        (LimitKind.PICTURES_PER_REQUEST, "0"),
        (LimitKind.PICTURES_PER_REQUEST, "5"),
        (LimitKind.JOBS_AT_ONCE, "0"),
        (LimitKind.COOLDOWN, "86401"),
        (LimitKind.COOLDOWN, "0.5"),
        *(
            (kind, typed)
            for kind in LimitKind
            for typed in (
                "",
                "ten",
                "1,5",
                "1 000",
                "10 credits",
                "nan",
                "snan",
                "inf",
                "-inf",
                "1e6",
                "1e999999999",
                "9" * 20,
                "9" * 6_000,
                "0x10",
                "--1",
            )
        ),
    ],
)
def test_what_is_no_amount_is_not_taken(kind: LimitKind, typed: str) -> None:
    with pytest.raises(UserError):
        read_amount(kind, typed)


def test_of_several_roles_the_most_generous_wins() -> None:
    for kind, amounts, expected in (
        (LimitKind.PICTURES_PER_DAY, (5, 9), 9),
        (LimitKind.CREDITS_PER_MONTH, (0, 1), 1),
        (LimitKind.JOBS_AT_ONCE, (3, 1), 3),
        (LimitKind.PICTURES_PER_REQUEST, (1, 2), 2),
        (LimitKind.COOLDOWN, (60, 10), 10),
    ):
        rules = [
            replace(RULE, kind=kind, target_id=role, amount=amount)
            for role, amount in zip((7001, 7002), amounts, strict=True)
        ]
        assert holding_amounts(ADA, rules) == {kind: expected}
        lifted = replace(RULE, kind=kind, target_id=HERE, amount=None)
        assert holding_amounts(ADA, [*rules, lifted]) == {}


def test_a_rule_for_the_person_stands_before_those_for_their_roles() -> None:
    own = replace(RULE, who=Who.USER, target_id=ADA.user_id, amount=2)

    assert holding_amounts(ADA, [RULE, own]) == {RULE.kind: 2}
    assert holding_amounts(ADA, [RULE, replace(own, amount=None)]) == {}


def test_rules_of_others_are_not_theirs() -> None:
    others = [
        replace(RULE, target_id=7003),
        replace(RULE, who=Who.USER),
        replace(RULE, who=Who.ALL, target_id=0),
        replace(RULE, who=Who.ROLE, target_id=ADA.user_id),
    ]

    assert holding_amounts(ADA, others) == {}


def test_everything_that_is_set_holds_at_once() -> None:
    base = Limits(
        cooldown_s=2,
        jobs_per_user=3,
        budgets=(Budget(whose=Whose.ALL, kind=LimitKind.CREDITS_PER_MONTH, most=7),),
    )
    rules = [
        RULE,
        replace(RULE, kind=LimitKind.COOLDOWN, amount=60),
        replace(RULE, kind=LimitKind.JOBS_AT_ONCE, amount=1),
        replace(RULE, who=Who.ALL, target_id=0, amount=50),
        replace(RULE, guild_id=EVERYWHERE, who=Who.ALL, target_id=0, amount=500),
        replace(RULE, guild_id=EVERYWHERE, who=Who.USER, target_id=ADA.user_id, amount=40),
        replace(RULE, guild_id=EVERYWHERE, who=Who.USER, target_id=5002, amount=1),
        replace(RULE, guild_id=EVERYWHERE, who=Who.ALL, target_id=0, amount=None),
    ]
    limits = resolve_limits(ADA, rules, base)

    assert (limits.cooldown_s, limits.jobs_per_user) == (2, 3)
    assert (limits.member_cooldown_s, limits.jobs_per_member) == (60, 1)
    assert set(limits.budgets) == {
        *base.budgets,
        Budget(whose=Whose.MEMBER, kind=RULE.kind, most=5),
        Budget(whose=Whose.SERVER, kind=RULE.kind, most=50),
        Budget(whose=Whose.ALL, kind=RULE.kind, most=500),
        Budget(whose=Whose.PERSON, kind=RULE.kind, most=40),
    }


def test_without_rules_the_base_holds() -> None:
    base = Limits(cooldown_s=2, jobs_per_user=3)

    assert resolve_limits(ADA, [], base) == base
    assert resolve_limits(Asker(user_id=5001), [], base) == base
