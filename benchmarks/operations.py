"""What is measured in a full database: the bot's own functions, and how SQLite reads for them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

from benchmarks.rows import BUSY_PERSON, BUSY_SERVER, NOW, STEADY_PERSON, STEADY_SERVER
from domain.limits import BUDGETS, Budget, Limits, Whose
from domain.models import (
    Job,
    Requester,
    Ticket,
)
from storage.jobs import JobRepository
from storage.limit_checks import check_limits
from storage.usage import Period, UsageRepository, span_of
from tests.factories import make_job, make_place, make_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Database
    from storage.sqlite import SqliteConnection

PAGE: Final = 6
"""Jobs that `/history` reads for a page: five, and whether there are more."""

GROWING: Final = frozenset({"jobs", "ledger", "images", "totals"})
"""Tables that have a row or more for each request, or for each person's month."""

BUSIEST: Final = "of the busiest"
"""In the name of what is about those whose own requests grow with all; the others' are the same."""

PLENTY: Final = 10**15

MANY_SECONDS: Final = 10**10
"""Over which the times of stored requests are spread, beyond all cooldowns."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How long something took and how SQLite found its rows.

    Attributes:
        times_ms: of several runs.
        work: how many instructions SQLite executed, some for each row; it depends on no clock.
        steps: of SQLite's plans, those that read a table which grows with use.
    """

    times_ms: Sequence[float]
    work: int
    steps: tuple[str, ...]

    @property
    def milliseconds(self) -> float:
        """The median."""
        return statistics.median(self.times_ms)

    @property
    def scans(self) -> tuple[str, ...]:
        """Those that read a whole table, or a whole index."""
        return tuple(step for step in self.steps if step.startswith("SCAN"))


Operation = Callable[[], Awaitable[object]]


async def measure(databases: Sequence[Database], *, runs: int) -> dict[str, list[Reading]]:
    """Return what each operation took in each database; each first run only warms up.

    The databases take turns, so that what slows the machine down slows all of them.
    """
    operations = [_operations(database) for database in databases]
    return {
        name: await _measure(databases, [each[name] for each in operations], runs)
        for name in operations[0]
    }


async def _measure(
    databases: Sequence[Database], operations: Sequence[Operation], runs: int
) -> list[Reading]:
    pairs = list(zip(databases, operations, strict=True))
    steps = [await _steps(database, operation) for database, operation in pairs]
    work = [await _work(database, operation) for database, operation in pairs]
    times: list[list[float]] = [[] for _ in pairs]
    for _ in range(runs):
        for taken, operation in zip(times, operations, strict=True):
            start = time.perf_counter()
            await operation()
            taken.append((time.perf_counter() - start) * 1_000)
    return [Reading(*each) for each in zip(times, work, steps, strict=True)]


def _operations(database: Database) -> dict[str, Operation]:
    usage, jobs = UsageRepository(database), JobRepository(database)
    month = span_of(Period.MONTH, NOW)
    # Of no other run, in a database that is kept.
    numbers = count(time.time_ns() // 1_000_000)
    every = tuple(Whose)

    def history(words: str = "", user_id: int = STEADY_PERSON) -> Operation:
        return lambda: jobs.search(user_id, words, offset=0, limit=PAGE)

    def shown(words: str, guild_id: int) -> Operation:
        return lambda: jobs.search_shown(guild_id * 10, words, limit=PAGE)

    return {
        "budgets of a person": lambda: _check(database, Whose.PERSON),
        "budgets of a person in a server": lambda: _check(database, Whose.MEMBER),
        "budgets of a server": lambda: _check(database, Whose.SERVER),
        "budgets of the whole bot": lambda: _check(database, Whose.ALL),
        "a request stored, with all of these": lambda: jobs.add(
            _job(next(numbers)), _limits(every)
        ),
        "`/usage` of a person, a month": lambda: usage.report(
            replace(month, user_id=STEADY_PERSON)
        ),
        "`/usage` of a server, a month": lambda: usage.report(
            replace(month, guild_id=STEADY_SERVER)
        ),
        "`/usage` of all, a month": lambda: usage.report(month),
        "`/history`, page 1": history(),
        "`/history` with words, page 1": history("quiet lighthouse"),
        "`/history` with a word of two letters, page 1": history("ou"),
        "`/history` with two letters that the person never used": history("zz"),
        "`/history` with a word that only others used": history("teapot"),
        "`/history` with a word that nobody used": history("zebra"),
        "`/show` with words": shown("lighthouse", STEADY_SERVER),
        f"`/usage` {BUSIEST} person, a month": lambda: usage.report(
            replace(month, user_id=BUSY_PERSON)
        ),
        f"`/usage` {BUSIEST} server, a month": lambda: usage.report(
            replace(month, guild_id=BUSY_SERVER)
        ),
        f"`/history` {BUSIEST} person with words": history("quiet lighthouse", BUSY_PERSON),
        f"`/history` {BUSIEST} person with two letters never used": history("zz", BUSY_PERSON),
        f"`/history` {BUSIEST} person with a word of others": history("sunlit", BUSY_PERSON),
        f"`/show` {BUSIEST} channel with words": shown("castle", BUSY_SERVER),
    }


async def _check(database: Database, *whose: Whose) -> object:
    return await database.write(check_limits, _job(PLENTY), _limits(whose))


def _limits(whose: tuple[Whose, ...]) -> Limits:
    """Return limits of everything that can be limited, which nobody reaches."""
    budgets = tuple(
        Budget(whose=each, kind=kind, most=PLENTY) for each in whose for kind in sorted(BUDGETS)
    )
    return Limits(
        cooldown_s=0.001,
        member_cooldown_s=0.001,
        jobs_per_user=PLENTY,
        jobs_per_member=PLENTY,
        budgets=budgets,
    )


def _job(number: int) -> Job:
    """Return a request of the steady person in their server."""
    at = NOW + timedelta(seconds=number % MANY_SECONDS)
    return make_job(
        id=f"{number:x}",
        request=make_request(
            prompt="an old bench",  # which no search looks for
            requester=Requester(user_id=STEADY_PERSON, user_name="steady"),
            place=make_place(guild_id=STEADY_SERVER),
            ticket=Ticket(interaction_id=number, application_id=1, token=None),
        ),
        created_at=at,
        expected_at=at,
    )


async def _work(database: Database, operation: Operation) -> int:
    """Run an operation; return how many instructions SQLite executed for it."""
    executed = 0

    def execute() -> int:
        nonlocal executed
        executed += 1
        return 0

    for connected in (database.read, database.write):
        await connected(_watch, execute)
    await operation()
    for connected in (database.read, database.write):
        await connected(_watch, None)
    return executed


def _watch(db: SqliteConnection, callback: Callable[[], int] | None) -> None:
    db.conn.set_progress_handler(callback, 1)


async def _steps(database: Database, operation: Operation) -> tuple[str, ...]:
    """Run an operation; return how SQLite finds the rows of every statement that it makes."""
    statements: list[str] = []
    for connected in (database.read, database.write):
        await connected(_trace, statements.append)
    await operation()
    for connected in (database.read, database.write):
        await connected(_trace, None)
    return await database.read(_explain, statements)


def _trace(db: SqliteConnection, callback: Callable[[str], object] | None) -> None:
    db.conn.set_trace_callback(callback)


def _explain(db: SqliteConnection, statements: list[str]) -> tuple[str, ...]:
    steps: dict[str, None] = {}
    for statement in statements:
        # What triggers and the index of words do inside a statement comes as a comment.
        if statement.lstrip().lower().startswith(("select", "with", "insert into jobs")):
            for row in db.fetch(f"explain query plan {statement}"):
                _, _, table = row["detail"].partition(" ")
                if table.partition(" ")[0] in GROWING:
                    steps[row["detail"]] = None
    return tuple(steps)
