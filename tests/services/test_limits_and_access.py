"""The rules in memory: what they answer, and that they are what the disk has."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import UserError
from domain.limits import AccessRule, Effect, LimitKind, LimitRule, Limits, Who
from domain.models import ImageRequest, Problem
from flux.catalogue import MODELS
from services.limits_and_access import Asker, Rules
from storage.database import Database
from storage.erasing import ErasureRepository
from storage.errors import StorageError
from storage.limits_and_access import MAX_RULES, RuleRepository
from storage.preferences import ChoiceRepository
from storage.settings import PERSON_KEY, setting
from tests.factories import NOON, make_request
from tests.storage.rows import library

HERE, THERE = 4001, 4002
ADA = Asker(
    user_id=5001,
    guild_id=HERE,
    role_ids=frozenset({HERE, 7001}),
    channel_ids=frozenset({3001}),
)

LIMIT = LimitRule(
    guild_id=HERE,
    who=Who.ROLE,
    target_id=HERE,
    kind=LimitKind.PICTURES_PER_REQUEST,
    amount=2,
    set_by=1,
    set_at=NOON,
)
ACCESS = AccessRule(
    guild_id=HERE,
    effect=Effect.ALLOW,
    who=Who.ROLE,
    target_id=HERE,
    model="flux-dev",
    set_by=1,
    set_at=NOON,
)


@pytest.fixture
def rules(database: Database) -> Rules:
    return Rules(RuleRepository(database), base=Limits(), choices=ChoiceRepository(database))


def refusal(rules: Rules, asker: Asker, request: ImageRequest) -> tuple[object, object] | None:
    """Return why a request is refused, and with which details."""
    try:
        rules.check(asker, request)
    except UserError as error:
        return error.reason, error.details
    return None


async def reloaded(database: Database) -> Rules:
    rules = Rules(RuleRepository(database), base=Limits(), choices=ChoiceRepository(database))
    await rules.repository.load()
    return rules


async def test_a_refusal_says_what_there_is_instead(rules: Rules) -> None:
    await rules.repository.set_rule(ACCESS)
    await rules.repository.set_rule(replace(ACCESS, model="flux-pro"))
    await rules.repository.set_rule(LIMIT)

    dear = make_request(model="flux-2-max")
    assert refusal(rules, ADA, dear) == (
        Problem.MODEL_NOT_ALLOWED,
        {"model": "flux-2-max", "models": ("flux-dev", "flux-pro")},
    )
    assert refusal(rules, ADA, make_request(count=3)) == (
        Problem.COUNT_NOT_ALLOWED,
        {"count": 3, "most": 2},
    )
    assert refusal(rules, ADA, make_request(count=2)) is None


async def test_an_existing_image_is_held_to_access_and_not_to_its_model_or_number(
    rules: Rules,
) -> None:
    await rules.repository.set_rule(ACCESS)
    await rules.repository.set_rule(LIMIT)
    existing = make_request(model="flux-2-max", count=3)

    rules.check(ADA, existing, is_made=True)
    await rules.repository.set_rule(replace(ACCESS, effect=Effect.DENY, model=None))
    with pytest.raises(UserError) as refused:
        rules.check(ADA, existing, is_made=True)
    assert refused.value.reason is Problem.PERSON_NOT_ALLOWED


async def test_what_a_person_may_use_is_what_is_not_refused(rules: Rules) -> None:
    assert rules.usable_models(ADA) == tuple(MODELS)
    assert rules.most_pictures(ADA) == 4
    await rules.repository.set_rule(replace(ACCESS, effect=Effect.DENY))
    await rules.repository.set_rule(LIMIT)

    assert rules.usable_models(ADA) == tuple(model for model in MODELS if model != "flux-dev")
    assert rules.most_pictures(ADA) == 2
    elsewhere = replace(ADA, guild_id=THERE)
    assert rules.usable_models(elsewhere) == tuple(MODELS)
    assert rules.most_pictures(elsewhere) == 4
    assert rules.usable_models(Asker(user_id=5001)) == tuple(MODELS)


async def test_a_change_holds_at_once_and_after_a_restart(rules: Rules, database: Database) -> None:
    await rules.repository.set_rule(LIMIT)
    await rules.repository.set_rule(ACCESS)
    changed = replace(LIMIT, amount=3)
    assert await rules.repository.set_rule(changed) == LIMIT
    denial = replace(ACCESS, effect=Effect.DENY)
    assert await rules.repository.set_rule(denial) == ACCESS
    again = await reloaded(database)

    assert rules.repository.of(HERE).limits == again.repository.of(HERE).limits == (changed,)
    assert rules.repository.of(HERE).access == again.repository.of(HERE).access == (denial,)
    assert await rules.repository.clear_rule(LIMIT, 2, NOON) == changed
    assert await rules.repository.clear_rule(ACCESS, 2, NOON) == denial
    assert (rules.repository.of(HERE).limits, rules.repository.of(HERE).access) == ((), ())
    assert (rules.repository.of(None).limits, rules.repository.of(None).access) == ((), ())


async def test_what_is_set_for_a_person_outlives_their_data(
    rules: Rules, database: Database
) -> None:
    await rules.repository.set_rule(
        replace(ACCESS, effect=Effect.DENY, who=Who.USER, target_id=ADA.user_id, model=None)
    )
    own = replace(LIMIT, who=Who.USER, target_id=ADA.user_id)
    await rules.repository.set_rule(own)
    await rules.repository.set_rule(
        replace(own, kind=LimitKind.PICTURES_PER_DAY, set_by=ADA.user_id)
    )
    await ErasureRepository(database).ask(ADA.user_id, NOON)
    await rules.repository.load()

    rows = await database.read(
        lambda db: [
            dict(row)
            for table in ("limits", "access_rules", "rule_changes")
            for row in library(db).table(table).rows
        ]
    )
    assert not [row for row in rows if ADA.user_id in row.values()]
    request = make_request()
    assert refusal(rules, ADA, request) == (Problem.PERSON_NOT_ALLOWED, {})
    assert refusal(rules, replace(ADA, user_id=1), request) is None
    assert rules.most_pictures(ADA) == 2
    [budget] = rules.limits_for(ADA).budgets
    assert budget.most == 2
    for rule in rules.repository.of(HERE).limits:
        await rules.repository.clear_rule(rule, 1, NOON)
    for access in rules.repository.of(HERE).access:
        await rules.repository.clear_rule(access, 1, NOON)
    await ErasureRepository(database).lapse(NOON)
    assert await database.read(setting, PERSON_KEY) is None


async def test_a_later_rule_takes_the_place_of_one_from_before_the_data_was_deleted(
    rules: Rules, database: Database
) -> None:
    own = replace(LIMIT, who=Who.USER, target_id=ADA.user_id, amount=4)
    denial = replace(ACCESS, effect=Effect.DENY, who=Who.USER, target_id=ADA.user_id, model=None)
    await rules.repository.set_rule(own)
    await rules.repository.set_rule(denial)
    await ErasureRepository(database).ask(ADA.user_id, NOON)
    await rules.repository.load()

    before = await rules.repository.set_rule(replace(own, amount=1))
    await rules.repository.set_rule(replace(denial, effect=Effect.ALLOW))

    assert before is not None
    assert before.amount == 4
    for each in (rules, await reloaded(database)):
        assert each.most_pictures(ADA) == 1
        assert refusal(each, ADA, make_request()) is None
        assert len(each.repository.of(HERE).limits) == len(each.repository.of(HERE).access) == 1
    await rules.repository.clear_rule(own, 1, NOON)
    await rules.repository.clear_rule(denial, 1, NOON)
    again = await reloaded(database)
    assert (again.repository.of(HERE).limits, again.repository.of(HERE).access) == ((), ())


async def test_of_two_who_change_one_rule_at_once_memory_and_disk_keep_the_same(
    rules: Rules, database: Database
) -> None:
    changes = [replace(LIMIT, amount=amount, set_by=amount) for amount in (1, 2, 3, 4)]
    befores = await asyncio.gather(*(rules.repository.set_rule(change) for change in changes))

    assert befores == [None, *changes[:-1]]
    assert (
        rules.repository.of(HERE).limits
        == (await reloaded(database)).repository.of(HERE).limits
        == (changes[-1],)
    )


async def test_a_change_that_is_not_written_holds_nowhere(rules: Rules, tmp_path: Path) -> None:
    for number in range(MAX_RULES):
        await rules.repository.set_rule(replace(LIMIT, target_id=number))
    with pytest.raises(UserError):
        await rules.repository.set_rule(replace(LIMIT, target_id=MAX_RULES))
    assert len(rules.repository.of(HERE).limits) == MAX_RULES

    async with Database(tmp_path / "closed.db") as closed:
        rules = Rules(RuleRepository(closed), base=Limits(), choices=ChoiceRepository(closed))
    with pytest.raises(StorageError):
        await rules.repository.set_rule(ACCESS)
    assert rules.repository.of(HERE).access == ()
