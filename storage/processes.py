"""The processes of one bot on PostgreSQL: who is alive, their shards, and what they tell others."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg

from storage.connection import Lock, LockScope
from storage.leases import CHANNEL, NOW, notify
from storage.postgresql import BACKEND
from storage.repository import Repository, holding, writing
from storage.settings import setting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from storage.connection import Connection
    from storage.database import Database

logger = logging.getLogger(__name__)

CHANGES: Final = "changes"
"""A setting: how often what processes keep in memory was changed."""

QUIET: Final = 3
"""Heartbeats after which a process that sent none counts as gone."""

SHARDS: Final = (Lock(LockScope.ALL, 2),)
"""Held while shards are taken, so that two processes cannot both take one."""


@dataclass(frozen=True, slots=True)
class Alive:
    """What a heartbeat finds.

    Attributes:
        processes: that send to Discord, with this one.
        workers: that ask Flux.
    """

    processes: int
    workers: int
    changes: int


class ProcessRepository(Repository):
    """The table `processes`, in which each process has a row while it is alive."""

    def __init__(self, database: Database, *, process: str, role: str, beat_s: float) -> None:
        super().__init__(database)
        self.process = process
        self._role = role
        self._quiet_ms = round(QUIET * beat_s * 1000)
        self._shards: tuple[int | None, str | None] = (None, None)

    @writing
    def beat(self, db: Connection) -> Alive:
        """Say that this process is alive, and find out about the others."""
        db.execute(
            # Others have removed the row of a process that was frozen, or without the database.
            "insert into processes (id, role, shard_count, shard_ids, seen_at)"  # noqa: S608
            f" values (?, ?, ?, ?, {NOW})"
            " on conflict (id) do update set seen_at = excluded.seen_at",
            [self.process, self._role, *self._shards],
        )
        db.execute(f"delete from processes where seen_at < {NOW} - ?", [self._quiet_ms])  # noqa: S608
        [row] = db.fetch(
            "select count(*) as processes,"
            " count(*) filter (where role <> 'gateway') as workers from processes"
        )
        changes = int(setting(db, CHANGES) or 0)
        return Alive(processes=row["processes"], workers=row["workers"], changes=changes)

    @writing
    def leave(self, db: Connection) -> None:
        """Say that this process has ended, and let others go on with its jobs at once."""
        db.execute("delete from processes where id = ?", [self.process])
        db.execute(
            f"update jobs set lease_until = 0 where worker = ? and lease_until > {NOW}",  # noqa: S608
            [self.process],
        )
        notify(db, "queue", self.process)

    async def take_shards(self, count: int, ids: Sequence[int]) -> int | None:
        """Take shards for this process; return one that another process has, None if none is."""
        taken = await self._take_shards(count, ids)
        if taken is None:
            self._shards = count, ",".join(map(str, ids))
        return taken

    @holding(*SHARDS)
    def _take_shards(self, db: Connection, count: int, ids: Sequence[int]) -> int | None:
        others = db.fetch(
            f"select shard_count, shard_ids from processes where seen_at > {NOW} - ?"  # noqa: S608
            " and id <> ? and shard_ids is not null",
            [self._quiet_ms, self.process],
        )
        for other in others:
            taken = {*map(int, other["shard_ids"].split(","))}
            # With another number of shards each server could have two of them.
            both = taken & {*ids} if other["shard_count"] == count else taken
            if both:
                return min(both)
        db.execute(
            "update processes set shard_count = ?, shard_ids = ? where id = ?",
            [count, ",".join(map(str, ids)), self.process],
        )
        return None

    @writing
    def note_changes(self, db: Connection) -> None:
        """Let the other processes read all again: rows of several owners were changed."""
        note_change(db, None, process=self.process, kind="all")


def note_change(db: Connection, owner_id: int | None, *, process: str, kind: str) -> None:
    """Tell the other processes that an owner's rows, or all, changed; part of the transaction."""
    # Its row stays locked until the commit, so that numbers have the order of commits.
    [row] = db.fetch(
        "insert into settings (key, value) values (?, '1') on conflict (key)"
        " do update set value = cast(cast(settings.value as bigint) + 1 as text) returning value",
        [CHANGES],
    )
    notify(
        db, "changed", f"{row['value']} {process} {kind} {'*' if owner_id is None else owner_id}"
    )


NO_LISTEN: Final = (
    "DATABASE_URL leads to a connection pooler: what other processes change is looked up now and "
    "then, without NOTIFY"
)

CONNECT_AGAIN_S: Final = 1.0

NAMESPACE: Final = 0x666C7578
"""Of the locks here; those of transactions have one number of 64 bits instead."""


class Signals:
    """Listens on a connection of its own. Nothing depends on it: all is looked up now and then."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    async def listen(self, hear: Callable[[str, str], None]) -> None:
        """Listen until cancelled; not at all through a pooler, which has no session to listen in.

        Args:
            hear: takes the name of a signal and what it is about. "connected" is the first one of
                each connection: what was told before it was not heard.
        """
        while True:
            try:
                async with await self._connect() as connection:
                    rows = await (await connection.execute(BACKEND.encode())).fetchone()
                    if rows != (connection.info.backend_pid,):
                        logger.info(NO_LISTEN)
                        return
                    await connection.execute(f"listen {CHANNEL}".encode())
                    hear("connected", "")
                    async for signal in connection.notifies():
                        name, _, about = signal.payload.partition(" ")
                        hear(name, about)
            except (psycopg.Error, OSError) as error:
                logger.debug("not listening to other processes: %s", type(error).__name__)
            await asyncio.sleep(CONNECT_AGAIN_S)

    @asynccontextmanager
    async def locked(self, number: int) -> AsyncIterator[None]:
        """Hold a lock of all processes, waiting for it; it is free when its process is gone.

        Raises:
            OSError: the database is unavailable.
        """
        try:
            async with await self._connect() as connection:
                # Of a transaction: behind a pooler it would outlive the session's use.
                await connection.execute(
                    "begin; set local idle_in_transaction_session_timeout = 0;"
                    f" select pg_advisory_xact_lock({NAMESPACE}, {number})".encode()
                )
                yield
        except psycopg.Error as error:
            raise OSError("the database is unavailable") from error

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
