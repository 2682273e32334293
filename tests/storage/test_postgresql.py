"""What several processes share on PostgreSQL, and what is said and kept where it fails."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from clock import Clock
from domain.errors import UserError
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import JobState, Requester
from services.doctor import Verdict, examine_database, examine_totals
from storage.connection import Lock, LockScope
from storage.database import OWN_REPEATS, Database, Write
from storage.erasing import ERASING, ErasureRepository
from storage.errors import EngineError, StorageError
from storage.jobs import DuplicateRequestError, JobRepository
from storage.postgresql_dialect import APPLIED, NO_TRIGRAMS
from storage.recount import find_differences
from tests.factories import NOON, make_job, make_request, make_ticket
from tests.patience import PATIENCE_S
from tests.storage.rows import keys, put

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from domain.models import Job
    from storage.connection import Connection
    from tests.postgres import Server

PROCESSES: Final = 3
AT_ONCE: Final = 50
BUDGET: Final = 10

LIMITS: Final = Limits(
    budgets=tuple(
        Budget(whose=whose, kind=LimitKind.PICTURES_PER_DAY, most=BUDGET)
        for whose in (Whose.PERSON, Whose.ALL)
    )
)


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.migrated_database() as url:
        yield url


@pytest.fixture
async def processes(url: str) -> AsyncIterator[list[Database]]:
    """Open what as many processes have open."""
    databases = [Database(url) for _ in range(PROCESSES)]
    for database in databases:
        await database.open()
    yield databases
    for database in databases:
        await database.close()


def asked(number: int, user_id: int = 5001) -> Job:
    return make_job(
        id=f"{number:012x}",
        request=make_request(
            count=1,
            requester=Requester(user_id=user_id, user_name="ada"),
            ticket=make_ticket(interaction_id=number),
        ),
    )


async def outcomes(
    processes: list[Database], jobs: list[Job], limits: Limits = LIMITS
) -> list[object]:
    """Let requests be stored at once by the processes in turn; return what came of each."""
    repositories = [JobRepository(database) for database in processes]
    adding = [
        repositories[number % len(repositories)].add(job, limits) for number, job in enumerate(jobs)
    ]
    return await asyncio.gather(*adding, return_exceptions=True)


async def waiting(database: Database) -> int:
    """Return how many processes wait for a lock."""
    return await database.read(
        lambda db: db.count("pg_locks", "locktype = 'advisory' and not granted")
    )


@pytest.mark.parametrize("people", [1, AT_ONCE])
async def test_of_fifty_at_once_over_three_processes_ten_are_paid(
    processes: list[Database], people: int
) -> None:
    jobs = [asked(number, 5001 + number % people) for number in range(1, AT_ONCE + 1)]
    ends = await outcomes(processes, jobs)

    refused = [end for end in ends if isinstance(end, UserError)]
    assert len(refused) == AT_ONCE - BUDGET
    assert sum(end in jobs or getattr(end, "id", "") != "" for end in ends) == BUDGET
    read = processes[0].read
    assert await read(lambda db: db.count("jobs")) == BUDGET
    assert await read(find_differences, NOON) == []


async def test_a_snapshot_is_never_older_than_a_lock(processes: list[Database]) -> None:
    begun, go_on = threading.Event(), threading.Event()
    lock = Lock(LockScope.PERSON, 5001)

    def store(db: Connection) -> None:
        put(db, "first")
        begun.set()
        go_on.wait(PATIENCE_S)

    first = asyncio.create_task(processes[0].make(Write([lock], store)))
    await asyncio.to_thread(begun.wait)
    second = asyncio.create_task(processes[1].make(Write([lock], keys)))
    async with asyncio.timeout(PATIENCE_S):
        while not await waiting(processes[2]):
            await asyncio.sleep(0.01)
    go_on.set()
    await first

    assert await second == ["first"]


async def test_what_processes_erase_at_once_is_taken_out_of_the_totals_once(
    processes: list[Database],
) -> None:
    jobs = JobRepository(processes[0])
    for number in range(1, 21):
        ended = replace(asked(number), state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
        await jobs.add(ended)
    await asyncio.gather(*(ErasureRepository(each).ask(5001, NOON) for each in processes))
    ids = [f"{number:012x}" for number in range(1, 21)]
    await asyncio.gather(
        *(
            ErasureRepository(processes[at % PROCESSES]).erase([job_id], NOON)
            for job_id in ids
            for at in range(PROCESSES)
        )
    )

    assert await processes[0].read(find_differences, NOON) == []
    assert await processes[0].read(lambda db: db.count("jobs", "user_id = 5001")) == 0


async def test_erasures_of_other_processes_are_waited_for(processes: list[Database]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    holding = asyncio.create_task(processes[0].make(Write([ERASING], hold)))
    await asyncio.to_thread(begun.wait)
    lapsing = asyncio.create_task(ErasureRepository(processes[1]).lapse(NOON))
    while not lapsing.done() and not await waiting(processes[2]):
        await asyncio.sleep(0.01)
    was_done = lapsing.done()
    go_on.set()
    await asyncio.gather(holding, lapsing)

    assert not was_done


async def test_one_interaction_is_one_job_over_all_processes(processes: list[Database]) -> None:
    # Each process gives it an id of its own.
    jobs = [replace(asked(1), id=f"{number:012x}") for number in range(9)]
    ends = await outcomes(processes, jobs, Limits())

    assert sum(isinstance(end, DuplicateRequestError) for end in ends) == 8
    assert await processes[0].read(lambda db: db.count("ledger")) == 1


async def test_who_was_in_the_way_of_others_is_repeated(processes: list[Database]) -> None:
    for key in "ab":
        await processes[0].write(put, key, "0")
    barrier = threading.Barrier(2)
    rounds = iter(range(2))

    def raise_both(db: Connection, order: str) -> None:
        for key in order:
            db.execute(
                "update settings set value = cast(cast(value as bigint) + 1 as text) where key = ?",
                [key],
            )
            if next(rounds, None) is not None:
                barrier.wait(PATIENCE_S)

    await asyncio.gather(processes[0].write(raise_both, "ab"), processes[1].write(raise_both, "ba"))
    rows = await processes[2].read(lambda db: db.fetch("select * from settings where key <> ''"))
    assert {row["key"]: row["value"] for row in rows if row["key"] in "ab"} == {"a": "2", "b": "2"}


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_who_has_others_in_the_way_for_ever_is_refused(
    processes: list[Database], sqlstate: str
) -> None:
    attempts: list[str] = []

    def fail(db: Connection, name: str) -> None:
        attempts.append(name)
        put(db, name)
        db.execute(f"do $$ begin raise sqlstate '{sqlstate}'; end $$")

    names = [f"failing-{number}" for number in range(20)]
    writing = [processes[0].write(fail, name) for name in names]
    ends = await asyncio.gather(*writing, processes[0].write(put, "other"), return_exceptions=True)

    assert [type(end) for end in ends] == [StorageError] * len(names) + [type(None)]
    assert "Other transactions were in the way" in str(ends[0])
    # Each a few times alone, the first also with the others.
    assert len(attempts) <= 1 + (1 + OWN_REPEATS) * len(names)
    assert all(attempts.count(name) > OWN_REPEATS for name in names)
    assert await processes[1].read(keys) == ["other"]


async def test_faults_of_the_bot_itself_are_no_outage(processes: list[Database]) -> None:
    for way in (processes[0].write, processes[0].read):
        with pytest.raises(EngineError, match="absent"):
            await way(lambda db: db.execute("select * from absent"))
        assert await processes[0].read(lambda db: db.count("jobs")) == 0


async def test_a_lost_connection_is_made_again(processes: list[Database], postgres: Server) -> None:
    await processes[0].write(put, "before")
    postgres.disconnect_all()
    await processes[0].write(put, "after")

    assert await processes[0].read(keys) == ["after", "before"]


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_commit_whose_answer_was_lost_is_looked_up(
    processes: list[Database],
    postgres: Server,
    is_stored: bool,  # noqa: FBT001
) -> None:
    made = 0

    def change(db: Connection) -> None:
        nonlocal made
        made += 1
        put(db, "once")
        if made == 1:
            # The server commits, or not; then the connection is lost before its answer.
            raw = db.raw  # type: ignore[attr-defined]
            if is_stored:
                raw.execute("commit")
            postgres.disconnect_all()

    async def write() -> None:
        await processes[0].write(change)

    if is_stored:
        await write()
    else:
        with pytest.raises(StorageError, match="cannot be used"):
            await write()
        await write()

    assert await processes[1].read(keys) == ["once"]


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


async def said_at_start(url: str) -> str:
    with pytest.raises(StorageError) as caught:
        await Database(url).open()
    return str(caught.value)


async def test_starts_at_the_same_time_make_one_schema(empty: str) -> None:
    databases = [Database(empty) for _ in range(PROCESSES)]
    await asyncio.gather(*(database.open() for database in databases))
    assert await databases[0].read(lambda db: db.count("jobs")) == 0
    await asyncio.gather(*(database.close() for database in databases))


async def test_doctor_looks_at_a_server_and_changes_nothing(url: str, empty: str) -> None:
    async with Database(url) as database:
        await JobRepository(database).add(asked(1))
    found = [await asyncio.to_thread(examine_database, address) for address in (url, empty)]
    totals = await asyncio.to_thread(examine_totals, url, Clock())

    assert [finding.verdict for finding in (*found, totals) if finding] == [Verdict.OK] * 3
    assert found[0].text == "PostgreSQL holds 1 requests."
    assert "the first start creates them" in found[1].text
    assert await asyncio.to_thread(examine_totals, empty, Clock()) is None


async def test_a_newer_schema_is_refused(url: str) -> None:
    async with Database(url) as database:
        await database.write(lambda db: db.insert(APPLIED, {"name": "m999_later"}))
        said = await said_at_start(url)
        await database.write(
            lambda db: db.execute(f"delete from {APPLIED} where name = ?", ["m999_later"])  # noqa: S608
        )

    assert "was written by a newer Fluxcord" in said
    assert "DATABASE_URL" in said


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("postgresql://fluxcord:9q@127.0.0.1:1/fluxcord", "Check that PostgreSQL is running"),
        ("postgresql://[", "DATABASE_URL is malformed"),
    ],
)
async def test_a_server_that_is_unavailable_at_start_is_explained(
    address: str, advice: str
) -> None:
    with pytest.raises(StorageError, match=advice) as caught:
        await Database(address).open()
    assert "9q" not in str(caught.value)


async def test_a_database_that_does_not_exist_is_explained(postgres: Server) -> None:
    assert "create it, or correct DATABASE_URL" in await said_at_start(postgres.url("absent"))


async def test_a_read_only_server_is_explained(empty: str, postgres: Server) -> None:
    name = empty.rsplit("/", 1)[1]
    postgres.run(f"alter database {name} set default_transaction_read_only = on")
    assert "It is read-only: connect to the primary server." in await said_at_start(empty)


async def test_a_server_without_a_free_connection_is_explained(
    empty: str, postgres: Server
) -> None:
    postgres.run("create role visitor login")
    name = empty.rsplit("/", 1)[1]
    postgres.run(f"alter database {name} connection limit 0")
    said = await said_at_start(empty.replace("fluxcord@", "visitor@"))
    postgres.run("drop role visitor")
    assert "raise max_connections" in said


async def test_without_trigrams_a_search_works_and_the_operator_is_told(
    empty: str, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    postgres.run("create role ordinary login")
    name = empty.rsplit("/", 1)[1]
    with psycopg.connect(empty, autocommit=True) as db:
        db.execute("grant create, usage on schema public to ordinary")
        db.execute("revoke create on schema public from public")
    address = empty.replace("fluxcord@", "ordinary@")
    async with Database(address) as database:
        jobs = JobRepository(database)
        await jobs.add(make_job(fetched_at=NOON))
        assert len(await jobs.search(5001, "lake", offset=0, limit=9)) == 1
    with psycopg.connect(empty, autocommit=True) as db:
        db.execute("drop owned by ordinary")
    postgres.run("drop role ordinary")

    assert NO_TRIGRAMS in caplog.messages
    assert name


async def test_a_server_that_restarts_keeps_everything(
    processes: list[Database], postgres: Server
) -> None:
    await processes[0].write(put, "before")
    await asyncio.to_thread(postgres.stop)
    with pytest.raises(StorageError, match="Check that PostgreSQL is running"):
        await processes[0].write(put, "during")
    with pytest.raises(StorageError, match="Check that PostgreSQL is running"):
        await processes[0].read(keys)
    await asyncio.to_thread(postgres.start)
    await processes[0].write(put, "after")

    assert await processes[1].read(keys) == ["after", "before"]


async def test_what_reads_cannot_write(processes: list[Database], postgres: Server) -> None:
    for _ in range(2):
        with pytest.raises(StorageError, match="read-only transaction"):
            await processes[0].read(put, "a")
        postgres.disconnect_all()  # a second time on a connection that was made again

    assert await processes[0].read(keys) == []
