"""A PostgreSQL of the tests' own, from what is installed: a folder that is thrown away."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from storage.database import Database
from tests.migrated import place_database

try:  # of requirements-postgres.txt
    import psycopg

    from storage.postgresql import PostgresEngine
except ImportError:
    psycopg = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

ENGINES: Final = ("sqlite", "postgresql")

POOLER: Final = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")

BINARIES: Final = sorted(
    Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
)

ORDINARY_USERS: Final = ("postgres", "nobody")
"""PostgreSQL refuses to run as root; one of these runs it then."""

SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "50",
    "shared_buffers": "16MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}

POOLER_ATTEMPTS: Final = 200

EMPTY: Final = """
do $$ declare name text; begin
  for name in select tablename from pg_tables where schemaname = 'public' loop
    if name <> 'fluxcord_steps' then execute format('delete from %I', name); end if;
  end loop;
end $$
"""


def missing() -> str | None:
    """Return why there can be no PostgreSQL here, None where there can."""
    if sys.platform != "linux":
        return "looks for PostgreSQL where Linux has it"
    if not BINARIES:
        return "PostgreSQL is not installed"
    return "psycopg is not installed" if psycopg is None else None


class Server:
    """A running PostgreSQL on a free port of this machine."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.log = folder / "log"
        self._settings = settings
        self._binaries = BINARIES[-1].parent
        self._data = folder / "data"
        self._folder = folder
        self._numbers = count(1)
        self._emptying: psycopg.Connection | None = None
        self.port = _free_port()
        self._run(
            "initdb",
            "--auth=trust",
            "--username=fluxcord",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            f"--pgdata={self._data}",
        )

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = " ".join(
            f"-c {key}={value or chr(39) * 2}" for key, value in self._settings.items()
        )
        self._run(
            "pg_ctl",
            "start",
            "--wait",
            f"--pgdata={self._data}",
            f"--log={self.log}",
            f"--options=-p {self.port} {options}",
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, without waiting for those who are connected."""
        self._run("pg_ctl", "stop", f"--mode={mode}", "--wait", f"--pgdata={self._data}")

    def url(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://fluxcord@127.0.0.1:{self.port}/{name}"

    def run(self, sql: str) -> None:
        """Run a statement as the superuser."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Yield the address of a database that is there for a while, a copy of another one."""
        name = f"fluxcord_{next(self._numbers)}"
        self.run(f"create database {name} template {template} strategy file_copy")
        try:
            yield self.url(name)
        finally:
            self.run(f"drop database {name} with (force)")

    @contextlib.contextmanager
    def migrated_database(self) -> Iterator[str]:
        """Yield the address of a database with the bot's schema and no rows.

        It is one for all tests, emptied after each: to copy and drop one takes ten times as long.
        """
        if self._emptying is None:
            self.run("create database migrated")
            engine = PostgresEngine(self.url("migrated"))
            engine.open_writer()
            engine.close_writer()
            self._connect_emptying()
        yield self.url("migrated")
        try:
            self._empty()
        except psycopg.OperationalError:  # the test has disconnected it
            self.forget()
            self._connect_emptying()
            self._empty()

    def _connect_emptying(self) -> None:
        self._emptying = psycopg.connect(self.url("migrated"), autocommit=True)
        self._emptying.execute("set session_replication_role = replica")  # in any order

    def disconnect_all(self, name: str = "migrated") -> None:
        """End every connection to a database, as a restart does."""
        self.run(
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"  # noqa: S608
        )

    def _empty(self) -> None:
        assert self._emptying is not None
        self._emptying.execute(EMPTY)

    def forget(self) -> None:
        """Close what is left of the connection to it."""
        if self._emptying is not None:
            self._emptying.close()

    @contextlib.contextmanager
    def pooled(self, url: str) -> Iterator[str]:
        """Yield a database's address by way of a PgBouncer in transaction mode.

        Transactions take sessions in turn, so that what is left in one is missed or found soon.
        """
        if POOLER is None:
            pytest.skip("PgBouncer is not installed")
        port = _free_port()
        file = self._folder / f"pooler-{port}.ini"
        file.write_text(
            f"[databases]\n* = host=127.0.0.1 port={self.port} user=fluxcord\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            "auth_type = any\npool_mode = transaction\nserver_round_robin = 1\n"
            "default_pool_size = 10\nmin_pool_size = 3\n"
        )
        file.chmod(0o644)
        pooled = url.replace(f":{self.port}/", f":{port}/")
        with subprocess.Popen(  # noqa: S603  # a program of the system's own
            [POOLER, "--quiet", file], cwd=self._folder, **_as_other()
        ) as pooler:
            try:
                for _ in range(POOLER_ATTEMPTS):
                    with contextlib.suppress(psycopg.OperationalError):
                        psycopg.connect(pooled).close()
                        break
                    time.sleep(0.05)  # noqa: TID251  # it says nowhere that it is ready
                yield pooled
            finally:
                pooler.kill()

    def _run(self, program: str, *arguments: str) -> None:
        path = self._binaries / program
        subprocess.run(  # noqa: S603  # a program of the system's own
            [path, *arguments],
            check=True,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            **_as_other(),
        )


@contextlib.asynccontextmanager
async def opened_database(request: pytest.FixtureRequest, path: Path) -> AsyncIterator[Database]:
    """Open an empty database of the engine that the test is to run on.

    Args:
        request: of a fixture that `pytest_generate_tests` gives an engine's name.
        path: of the file, where it is SQLite.
    """
    if getattr(request, "param", ENGINES[0]) == ENGINES[0]:
        async with Database(place_database(path)) as opened:
            yield opened
        return
    server: Server = request.getfixturevalue("postgres")
    with server.migrated_database() as url:
        async with Database(url) as opened:
            yield opened


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@functools.cache
def _as_other() -> dict[str, Any]:
    if os.getuid():
        return {}
    for name in ORDINARY_USERS:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return {}


@contextlib.contextmanager
def running(settings: Mapping[str, str] = SETTINGS) -> Iterator[Server]:
    """Run one for a while; skips the test where there can be none."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(
        prefix="fluxcord-postgres-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        other = _as_other()
        if other:
            os.chown(folder, other["user"], other["group"])
        server = Server(folder, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
            server.forget()
