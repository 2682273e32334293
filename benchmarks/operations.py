"""What is measured in a full database: the bot's own functions, and how SQLite reads for them."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.rows import BUSY_PERSON, BUSY_SERVER, NOW
from domain.limits import BUDGETS, Budget, Limits, Whose
from domain.models import (
    Action,
    Delivery,
    ImageRequest,
    Job,
    JobState,
    Place,
    Requester,
    Ticket,
)
from storage.jobs import JobRepository
from storage.limits import check_limits
from storage.usage import Period, UsageRepository, span_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlite_utils import Database as SqliteDatabase

    from storage.database import Database

PAGE: Final = 6
"""Jobs that `/history` reads for a page: five, and whether there are more."""

GROWING: Final = frozenset({"jobs", "ledger", "images", "totals"})
"""Tables that have a row or more for each request, or for each person's month."""

PLENTY: Final = 10**15


@dataclass(frozen=True, slots=True)
class Reading:
    """How long something took and how SQLite found its rows.

    Attributes:
        milliseconds: the median of several runs.
        steps: of SQLite's plans, those that read a table which grows with use.
    """

    milliseconds: float
    steps: tuple[str, ...]

    @property
    def scans(self) -> tuple[str, ...]:
        """Those that read a whole table, or a whole index."""
        return tuple(step for step in self.steps if step.startswith("SCAN"))


async def measure(database: Database, *, runs: int) -> dict[str, Reading]:
    """Return what each operation took; the first run of each only warms up.

    The person and the server are those who ask for most.
    """
    return {
        name: await _measure(database, operation, runs)
        for name, operation in _operations(database).items()
    }


async def _measure(
    database: Database, operation: Callable[[], Awaitable[object]], runs: int
) -> Reading:
    steps = await _steps(database, operation)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        await operation()
        times.append(time.perf_counter() - start)
    return Reading(statistics.median(times) * 1_000, steps)


def _operations(database: Database) -> dict[str, Callable[[], Awaitable[object]]]:
    usage, jobs = UsageRepository(database), JobRepository(database)
    month = span_of(Period.MONTH, NOW)
    numbers = iter(range(PLENTY, 2 * PLENTY))
    every = tuple(Whose)
    return {
        "budgets of a person": lambda: _check(database, Whose.PERSON),
        "budgets of a person in a server": lambda: _check(database, Whose.MEMBER),
        "budgets of a server": lambda: _check(database, Whose.SERVER),
        "budgets of the whole bot": lambda: _check(database, Whose.ALL),
        "a request stored, with all of these": lambda: jobs.add(
            _job(next(numbers)), _limits(every)
        ),
        "`/usage` of a person, a month": lambda: usage.report(replace(month, user_id=BUSY_PERSON)),
        "`/usage` of a server, a month": lambda: usage.report(replace(month, guild_id=BUSY_SERVER)),
        "`/usage` of all, a month": lambda: usage.report(month),
        "`/history`, page 1": lambda: jobs.search(BUSY_PERSON, offset=0, limit=PAGE),
        "`/history` with words, page 1": lambda: jobs.search(
            BUSY_PERSON, "quiet lighthouse", offset=0, limit=PAGE
        ),
        "`/history` with a word of two letters, page 1": lambda: jobs.search(
            BUSY_PERSON, "ea", offset=0, limit=PAGE
        ),
        "`/history` with a word that nobody used": lambda: jobs.search(
            BUSY_PERSON, "zebra", offset=0, limit=PAGE
        ),
        "`/show` with words": lambda: jobs.search_shown(BUSY_SERVER * 10, "castle", limit=PAGE),
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
    """Return a request of the busiest person in the busiest server."""
    at = NOW + timedelta(seconds=number % PLENTY)
    return Job(
        id=f"{number:x}",
        request=ImageRequest(
            action=Action.GENERATE,
            command="imagine",
            prompt="a quiet lighthouse",
            model="flux-dev",
            size="1:1",
            count=1,
            spoiler=False,
            requester=Requester(user_id=BUSY_PERSON, user_name="person0"),
            place=Place(
                channel_id=1,
                channel_name="pictures",
                guild_id=BUSY_SERVER,
                guild_name="server0",
                delivery=Delivery.MESSAGE,
            ),
            ticket=Ticket(interaction_id=number, application_id=1, token=None),
        ),
        state=JobState.QUEUED,
        created_at=at,
        expected_at=at,
        estimated_microcredits=40_000,
    )


async def _steps(database: Database, operation: Callable[[], Awaitable[object]]) -> tuple[str, ...]:
    """Run an operation; return how SQLite finds the rows of every statement that it makes."""
    statements: list[str] = []
    for connected in (database.read, database.write):
        await connected(_trace, statements.append)
    await operation()
    for connected in (database.read, database.write):
        await connected(_trace, None)
    return await database.read(_explain, statements)


def _trace(db: SqliteDatabase, callback: Callable[[str], object] | None) -> None:
    db.conn.set_trace_callback(callback)


def _explain(db: SqliteDatabase, statements: list[str]) -> tuple[str, ...]:
    steps: dict[str, None] = {}
    for statement in statements:
        # What triggers and the index of words do inside a statement comes as a comment.
        if statement.lstrip().lower().startswith(("select", "with", "insert into jobs")):
            for row in db.query(f"explain query plan {statement}"):
                _, _, table = row["detail"].partition(" ")
                if table.split()[0] in GROWING:
                    steps[row["detail"]] = None
    return tuple(steps)
