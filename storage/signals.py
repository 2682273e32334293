"""What processes tell each other by PostgreSQL's NOTIFY, and the locks that they wait for."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import psycopg

from storage.leases import CHANNEL
from storage.postgresql import BACKEND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

logger = logging.getLogger(__name__)

NO_LISTEN: Final = (
    "DATABASE_URL leads to a connection pooler: what other processes change is looked up now and "
    "then, without NOTIFY"
)

CONNECT_AGAIN_S: Final = 1.0

NAMESPACE: Final = 0x666C7578
"""Of the locks here; those of transactions have one number of 64 bits instead."""


class Signals:
    """Listens on a connection of its own. Nothing depends on it: all is looked up now and then.

    Args:
        conninfo: how to connect.
    """

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
