"""The table `settings`: what the bot remembers about itself, and the key of pseudonyms.

Somebody who deleted their data has a pseudonym while something still depends on who they were.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from storage.connection import Connection

NOBODY: Final = 0
"""In place of a person's id, where nothing depends on who it was."""

PERSON_KEY: Final = "person_key"
"""Key of the setting without which nobody can know whose a pseudonym is."""

KEY_BYTES: Final = 32

PSEUDONYM_BITS: Final = 62
"""Of the hash, so that it fits in the place of an id. It is negative, and ids never are."""


def setting(db: Connection, key: str) -> str | None:
    rows = db.fetch("select value from settings where key = ?", [key.replace("\0", "")])
    return str(rows[0]["value"]) if rows else None


def remember(db: Connection, key: str, value: str) -> None:
    """Store a value in the table `settings`, in place of an older one; both without NUL."""
    row = {"key": key.replace("\0", ""), "value": value.replace("\0", "")}
    db.insert("settings", row, key=("key",))


def forget(db: Connection, key: str) -> None:
    db.execute("delete from settings where key = ?", [key])


def pseudonym(key: str, user_id: int) -> int:
    """Return a person's pseudonym, the same each time while the key is the same."""
    digest = hmac.digest(bytes.fromhex(key), str(user_id).encode(), hashlib.sha256)
    return -1 - (int.from_bytes(digest[:8]) >> (64 - PSEUDONYM_BITS))


def make_pseudonym(db: Connection, user_id: int) -> int:
    """Return a person's pseudonym from now on; part of the transaction that deletes."""
    key = setting(db, PERSON_KEY) or secrets.token_hex(KEY_BYTES)
    remember(db, PERSON_KEY, key)
    return pseudonym(key, user_id)


def known_as(db: Connection, user_id: int) -> int:
    """Return a person's pseudonym; the id itself where there is none.

    What is counted of a person is that of both, so that deleting resets no limit.
    """
    key = setting(db, PERSON_KEY)
    return user_id if key is None else pseudonym(key, user_id)
