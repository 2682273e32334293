"""Managers are told once, whatever goes wrong meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from clock import Clock
from cogs.usage.budget_warnings import send_budget_warnings, send_due
from domain.limits import LimitKind, LimitRule, Who
from storage.database import Database
from storage.jobs import JobRepository
from storage.limit_checks import BudgetWarningRepository
from storage.limits_and_access import RuleRepository
from tests.factories import make_job, make_request
from tests.migrated import place_database
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from domain.limits import BudgetWarning


class FakeMessenger:
    """Answers as it is told, and remembers what it sent."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = [*answers]
        self.sent: list[LimitKind] = []

    async def send(self, warning: BudgetWarning) -> bool:
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        if answer:
            self.sent.append(warning.kind)
        return answer


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(place_database(tmp_path / "fluxcord.db")) as opened:
        yield opened


@pytest.fixture
async def warnings(database: Database) -> BudgetWarningRepository:
    """Two budgets of a server are all used."""
    now = datetime.now(UTC)
    for kind in (LimitKind.PICTURES_PER_MONTH, LimitKind.CREDITS_PER_MONTH):
        rule = LimitRule(
            guild_id=4001, who=Who.ALL, target_id=0, kind=kind, amount=1, set_by=1, set_at=now
        )
        await RuleRepository(database).set_rule(rule)
    await JobRepository(database).add(make_job(request=make_request(), created_at=now))
    return BudgetWarningRepository(database)


async def test_each_warning_is_told_once(warnings: BudgetWarningRepository) -> None:
    messenger = FakeMessenger()
    await send_due(warnings, messenger.send, clock=Clock())
    await send_due(warnings, messenger.send, clock=Clock())
    assert sorted(messenger.sent) == [LimitKind.CREDITS_PER_MONTH, LimitKind.PICTURES_PER_MONTH]


async def test_a_warning_of_a_month_that_is_over_is_told_to_nobody(
    warnings: BudgetWarningRepository, database: Database
) -> None:
    await database.write(
        lambda db: db.execute(
            "update budget_warnings set period_start = '2020-02-01T00:00:00+00:00'"
        )
    )
    messenger = FakeMessenger()
    await send_due(warnings, messenger.send, clock=Clock())

    assert messenger.sent == []
    assert await warnings.list_untold() == []


async def test_what_cannot_be_told_now_keeps_nothing_else_back(
    warnings: BudgetWarningRepository,
) -> None:
    messenger = FakeMessenger(False)  # noqa: FBT003  # what it answers
    await send_due(warnings, messenger.send, clock=Clock())
    assert len(messenger.sent) == 1
    await send_due(warnings, messenger.send, clock=Clock())
    assert len(set(messenger.sent)) == len(messenger.sent) == 2


async def test_no_error_ends_it(
    warnings: BudgetWarningRepository, caplog: pytest.LogCaptureFixture
) -> None:
    messenger = FakeMessenger(RuntimeError("no such thing"), False)  # noqa: FBT003  # what it answers
    running = asyncio.create_task(
        send_budget_warnings(warnings, messenger.send, clock=Clock(), interval_s=0.001)
    )
    async with asyncio.timeout(PATIENCE_S):
        while len(messenger.sent) < 2:
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "budget warnings not sent" in caplog.text
