"""A server's managers are warned once of each budget's day or month, however it is used up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.limits import BUDGETS, EVERYWHERE, BudgetWarning, LimitKind, LimitRule, Who
from domain.models import Job, JobState, Problem
from storage.database import Database
from storage.jobs import JobRepository
from storage.limit_checks import BudgetWarningRepository
from storage.limits_and_access import RuleRepository
from tests.factories import NOON, make_job, make_place, make_request, make_ticket

pytestmark = pytest.mark.both_engines

HERE, THERE = 4001, 4002
PRICE = 100


class Office:
    """What a test works with."""

    def __init__(self, database: Database) -> None:
        self.jobs = JobRepository(database)
        self.rules = RuleRepository(database)
        self.warnings = BudgetWarningRepository(database)
        self._asked = 0

    async def budget(
        self,
        kind: LimitKind,
        amount: int | None,
        *,
        guild_id: int = HERE,
        at: datetime = NOON,
        who: Who = Who.ALL,
    ) -> None:
        rule = LimitRule(
            guild_id=guild_id,
            who=who,
            target_id=0,
            kind=kind,
            amount=amount,
            set_by=1,
            set_at=at,
        )
        await self.rules.set_rule(rule)

    async def ask(
        self, pictures: int = 1, *, guild_id: int | None = HERE, at: datetime = NOON
    ) -> Job:
        self._asked += 1
        request = make_request(
            ticket=make_ticket(interaction_id=self._asked),
            place=make_place(guild_id=guild_id),
            count=pictures,
        )
        job = make_job(
            id=f"job-{self._asked}",
            request=request,
            created_at=at,
            estimated_microcredits=pictures * PRICE,
        )
        return await self.jobs.add(job)

    async def end(self, job: Job, charge: int, problem: Problem | None = None) -> None:
        after = replace(job, state=JobState.FAILED, charged_microcredits=charge, problem=problem)
        await self.jobs.advance(job, after)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def amount(kind: LimitKind, pictures: int) -> int:
    return pictures if kind.counts_pictures else pictures * PRICE


@pytest.mark.parametrize("kind", BUDGETS)
async def test_four_fifths_of_a_budget_are_warned_of(office: Office, kind: LimitKind) -> None:
    await office.budget(kind, amount(kind, 10))
    await office.ask(7)
    assert await office.warnings.list_untold() == []
    await office.ask()

    [warning] = await office.warnings.list_untold()
    assert warning == BudgetWarning(
        guild_id=HERE,
        kind=kind,
        period_start=kind.period_start(NOON),
        used=amount(kind, 8),
        most=amount(kind, 10),
    )


async def test_the_smaller_limit_of_owner_and_managers_is_warned_of(office: Office) -> None:
    await office.budget(LimitKind.PICTURES_PER_DAY, 100)
    await office.budget(LimitKind.PICTURES_PER_DAY, 5, who=Who.SERVER)
    await office.ask(4)

    [warning] = await office.warnings.list_untold()
    assert (warning.used, warning.most) == (4, 5)


async def test_it_is_warned_of_once_in_each_period(office: Office) -> None:
    await office.budget(LimitKind.PICTURES_PER_DAY, 10)
    for _ in range(3):
        await office.ask(4)
        for warning in await office.warnings.list_untold():
            await office.warnings.mark_told(warning, NOON)
    await office.budget(LimitKind.PICTURES_PER_DAY, 12)
    assert await office.warnings.list_untold() == []
    await office.ask(10, at=NOON + timedelta(days=1))

    [warning] = await office.warnings.list_untold()
    assert warning.period_start == datetime(2026, 10, 6, tzinfo=UTC)


async def test_what_was_not_told_is_still_to_tell_after_a_restart(path: Path) -> None:
    async with Database(path) as database:
        office = Office(database)
        await office.budget(LimitKind.PICTURES_PER_DAY, 5)
        await office.budget(LimitKind.CREDITS_PER_MONTH, 5 * PRICE)
        await office.ask(4)
        noted = await office.warnings.list_untold()
        await office.warnings.mark_told(noted[0], NOON)
    async with Database(path) as database:
        again = BudgetWarningRepository(database)
        assert await again.list_untold() == noted[1:]
        assert len(noted) == 2


async def test_a_real_charge_above_the_estimate_is_warned_of(office: Office) -> None:
    # Steps of a job are booked by the clock.
    await office.budget(LimitKind.CREDITS_PER_MONTH, 10 * PRICE)
    job = await office.ask(4, at=datetime.now(UTC))
    assert await office.warnings.list_untold() == []
    await office.end(job, 8 * PRICE, Problem.RESULT_TOO_LARGE)

    [warning] = await office.warnings.list_untold()
    assert warning.used == 8 * PRICE


async def test_what_the_house_bears_counts_for_the_server_too(office: Office) -> None:
    await office.budget(LimitKind.CREDITS_PER_MONTH, 10 * PRICE)
    job = await office.ask(4, at=datetime.now(UTC))
    await office.end(job, 8 * PRICE, Problem.RESULT_UNREACHABLE)

    assert len(await office.warnings.list_untold()) == 1


async def test_a_budget_lowered_to_what_is_used_is_warned_of(office: Office) -> None:
    await office.ask(8)
    await office.budget(LimitKind.PICTURES_PER_MONTH, 100)
    assert await office.warnings.list_untold() == []
    await office.budget(LimitKind.PICTURES_PER_MONTH, 5)

    [warning] = await office.warnings.list_untold()
    assert (warning.used, warning.most) == (8, 5)


async def test_other_servers_direct_messages_and_the_whole_bot_are_not_this_server(
    office: Office,
) -> None:
    await office.budget(LimitKind.PICTURES_PER_DAY, 5)
    await office.budget(LimitKind.PICTURES_PER_DAY, 1, guild_id=EVERYWHERE)
    await office.budget(LimitKind.CREDITS_PER_DAY, 0)
    await office.budget(LimitKind.CREDITS_PER_MONTH, None)
    await office.ask(4, guild_id=None)
    await office.ask(4, guild_id=THERE)
    await office.ask(3)

    assert await office.warnings.list_untold() == []
