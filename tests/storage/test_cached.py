"""What every request reads: memory and disk agree, whatever happens between the two."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from domain.limits import LimitKind, LimitRule, Who
from storage.limits_and_access import GuildRules, RuleRepository
from storage.moderation import Block, Filters, ModerationRepository
from storage.preferences import ChoiceRepository, GuildChoices
from storage.repository import CachedRepository
from tests.factories import NOON
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from storage.connection import Connection
    from storage.database import Database

pytestmark = pytest.mark.both_engines

HERE, ADA = 4001, 5001

LIMIT = LimitRule(
    guild_id=HERE,
    who=Who.ROLE,
    target_id=HERE,
    kind=LimitKind.PICTURES_PER_DAY,
    amount=1,
    set_by=1,
    set_at=NOON,
)
BLOCK = Block(guild_id=HERE, user_id=ADA, reason="1", until=None, blocked_by=1, blocked_at=NOON)


class Kind:
    """One kind of what is kept: how number `n` is written, and what is held then."""

    def __init__(self, database: Database, name: str) -> None:
        rules, filters = RuleRepository(database), ModerationRepository(database)
        choices = ChoiceRepository(database)
        self.write: Callable[[int], Awaitable[object]]
        self.load: Callable[[], Awaitable[None]]
        self.held: Callable[[], object]
        match name:
            case "limits":
                self.write = lambda n: rules.set_rule(replace(LIMIT, amount=n))
                self.load, self.held = rules.load, lambda: rules.of(HERE)
                self.expected = lambda n: GuildRules(limits=(replace(LIMIT, amount=n),))
            case "blocks":
                self.write = lambda n: filters.save_block(replace(BLOCK, reason=str(n)))
                self.load, self.held = filters.load, lambda: filters.of(HERE)
                self.expected = lambda n: Filters(blocks=(replace(BLOCK, reason=str(n)),))
            case _:
                self.write = lambda n: choices.guilds.change(HERE, retention_days=n)
                self.load, self.held = choices.load, lambda: choices.guilds.of(HERE)
                self.expected = lambda n: GuildChoices(retention_days=n)

    expected: Callable[[int], object]


@pytest.fixture(params=["limits", "blocks", "choices"])
def kind(database: Database, request: pytest.FixtureRequest) -> Kind:
    return Kind(database, request.param)


@pytest.fixture
async def go_on(database: Database) -> AsyncIterator[threading.Event]:
    """Hold what is written until this is set."""
    event = threading.Event()

    def hold(_db: Connection) -> None:
        event.wait(30)

    holding = asyncio.create_task(database.write(hold))
    yield event
    event.set()
    await holding


async def again(database: Database, name: Kind) -> Any:  # noqa: ANN401  # of each kind its own
    await name.load()
    return name.held()


async def test_a_change_holds_at_once_and_when_it_is_read_again(
    kind: Kind, database: Database
) -> None:
    await kind.write(7)
    assert kind.held() == await again(database, kind) == kind.expected(7)


async def test_of_changes_at_once_memory_and_disk_keep_the_last(
    kind: Kind, database: Database
) -> None:
    await asyncio.gather(*(kind.write(number) for number in (1, 2, 3, 4)))
    assert kind.held() == await again(database, kind) == kind.expected(4)


async def test_a_change_that_is_written_late_holds_once_it_is(
    kind: Kind, database: Database, go_on: threading.Event
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            await kind.write(1)
    assert kind.held() != kind.expected(1)
    go_on.set()
    async with asyncio.timeout(PATIENCE_S):
        while kind.held() != kind.expected(1):
            await asyncio.sleep(0.01)
    assert await again(database, kind) == kind.expected(1)


async def test_a_change_while_all_is_read_again_is_not_lost(kind: Kind) -> None:
    before, after = ([kind.load() for _ in range(3)] for _ in range(2))
    await asyncio.gather(*before, kind.write(1), *after)
    assert kind.held() == kind.expected(1)


class SlowRepository(RuleRepository):
    """One that goes on only when it is let, after it has read all rows."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.has_read = threading.Event()
        self.go_on = threading.Event()

    def select(self, db: Connection, owner_id: int | None) -> dict[int, GuildRules]:
        held = super().select(db, owner_id)
        if owner_id is None:
            self.has_read.set()
            self.go_on.wait(30)
        return held


async def test_what_was_read_before_a_change_does_not_take_its_place(database: Database) -> None:
    rules = SlowRepository(database)
    loading = asyncio.create_task(rules.load())
    await asyncio.to_thread(rules.has_read.wait, 30)
    changing = asyncio.create_task(rules.set_rule(LIMIT))
    await asyncio.wait({changing}, timeout=0.2)
    rules.go_on.set()
    await asyncio.gather(loading, changing)
    assert rules.of(HERE) == GuildRules(limits=(LIMIT,))


def test_all_that_is_kept_is_kept_alike() -> None:
    kept = {kind.__name__ for kind in CachedRepository.__subclasses__()}
    assert kept >= {"RuleRepository", "ModerationRepository", "Choices"}
