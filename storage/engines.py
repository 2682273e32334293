"""Which engine a database has, and its errors as sentences for the operator."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import StorageError
from storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.connection import Engine


def engine_of(at: Path | str) -> Engine:
    """Return the engine of a database.

    Args:
        at: an SQLite file, or the `postgresql://` address of a PostgreSQL database.

    Raises:
        StorageError: the package for PostgreSQL is missing, or the address is malformed.
    """
    if isinstance(at, Path):
        return SqliteEngine(at)
    try:
        from storage.postgresql import PostgresEngine  # noqa: PLC0415  # needs a package
    except ImportError as error:
        raise StorageError(
            f"DATABASE_URL needs another package ({error}). "
            "Run: pip install -r requirements-postgres.txt"
        ) from error
    return PostgresEngine(at)


@contextmanager
def told_to_operator(engine: Engine) -> Iterator[None]:
    """Raise a StorageError, a sentence for the operator, for each error of an engine."""
    try:
        yield
    except Exception as error:
        explained = engine.explain(error)
        if explained is error:
            raise
        raise StorageError(str(explained)) from error
