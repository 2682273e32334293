"""What the operator can do about each error of PostgreSQL."""

from __future__ import annotations

from typing import Final

import psycopg

from storage.errors import EngineError, StorageError

ADVICE: Final = {
    "08": "Check that PostgreSQL is running and can be reached at the address in DATABASE_URL.",
    "57P": "PostgreSQL is stopping or starting: it is tried again.",
    "53300": "It has no connection left: raise max_connections, or close other programs.",
    "53": "Its server is out of resources: free some disk space or memory.",
    "25P03": "The bot was suspended during a transaction, which was undone: it is tried again.",
    "25006": "It is read-only: connect to the primary server.",
    "28": "Check user and password in DATABASE_URL.",
    "3D000": "It does not exist: create it, or correct DATABASE_URL.",
    "40": "Other transactions were in the way: try again.",
    "42501": "Its user lacks a permission: let the user of DATABASE_URL own the database.",
    "58": "Check its server's disk.",
    "XX001": "It is damaged: restore a backup.",
    "XX002": "It is damaged: restore a backup.",
    "22P05": "Its encoding is not UTF-8: create it with ENCODING 'UTF8'.",
}
"""What the operator can do, by the beginning of SQLSTATE; others are the bot's own faults."""

AT_CONNECTING: Final = {
    "does not exist": "3D000",
    "too many": "53300",
    "connection slots": "53300",
    "authentication failed": "28",
    "no password": "28",
}
"""SQLSTATEs by what PostgreSQL says to who connects: the library tells no number then."""


def explain(error: psycopg.Error, name: str) -> Exception:
    """Return a StorageError for what the bot owner can fix, an EngineError for other faults."""
    # Without its details, which quote rows: prompts and tokens are in none of the logs.
    text = " ".join((error.diag.message_primary or str(error)).split())
    error.args = (text,)
    state = error.sqlstate or ""
    if not state and isinstance(error, psycopg.OperationalError):
        state = next((code for said, code in AT_CONNECTING.items() if said in text), "08")
    advice = next((text for begin, text in ADVICE.items() if state.startswith(begin)), None)
    explained: Exception = EngineError(text)
    if advice is not None:
        explained = StorageError(f"{name} cannot be used ({text}). {advice}")
    explained.__cause__ = error
    return explained
