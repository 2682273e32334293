"""What SQLite does in its own way: the full-text index `prompts`."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING, Final

from storage.settings import forget, remember, setting

if TYPE_CHECKING:
    from storage.connection import Connection, Sought
    from storage.sqlite import SqliteConnection

logger = logging.getLogger(__name__)

INDEXED_CHARACTERS: Final = 3
"""Words shorter than this are in no trigram, and are looked for in each prompt itself."""

LOOKED_AT: Final = 1_000
"""Prompts of a person or channel that are looked at in one read: about 3 ms."""

INDEXED_TO: Final = "prompts_indexed_to"
"""Key of a setting that exists while stored prompts are indexed: the number of the last one."""

BATCH: Final = 10_000
"""Prompts that are indexed in one transaction: about a second."""

MARKED: Final = {"user_id": "person", "channel_id": "place"}
"""Columns of the index that hold whose a prompt is, and where it was given."""


def find_prompts(
    db: SqliteConnection, sought: Sought, before: int, wanted: int
) -> tuple[list[int], int | None]:
    """Find prompts as `Connection.find_prompts` says.

    The newest prompts of a person or channel are looked at themselves: others make them no more, as
    they do the places of a word in the index. That is read only for those that may be older.
    """
    mark = f'{MARKED[sought.column]} : "{_mark(sought.parameters["number"])}"'
    found, last = _walk(db, sought, mark, before, wanted, LOOKED_AT)
    # Between quotes nothing is an operator of the query language.
    long = [
        '"' + word.replace('"', '""') + '"'
        for word in sought.words
        if len(word) >= INDEXED_CHARACTERS
    ]
    if last is None or len(found) == wanted or not long:
        return found, last
    match = f"{mark} AND text : ({' AND '.join(long)})"
    older, last = _walk(db, sought, match, last, wanted - len(found))
    return found + older, last


def _walk(
    db: SqliteConnection,
    sought: Sought,
    match: str,
    before: int,
    wanted: int,
    most: int | None = None,
) -> tuple[list[int], int | None]:
    """Look at prompts, newest first, until so many are found or so many were looked at."""
    # Requests are numbered as they are made.
    sql = (
        f"select prompts.rowid, {sought.where}, prompt from prompts"  # noqa: S608
        " cross join jobs on interaction_id = prompts.rowid"
        " where prompts match :match and prompts.rowid < :before order by prompts.rowid desc"
    )
    folded = [word.casefold() for word in sought.words]
    found: list[int] = []
    parameters = {**sought.parameters, "match": match, "before": before}
    with closing(db.conn.execute(sql, parameters)) as rows:
        for looked, (number, counts, prompt) in enumerate(rows, start=1):
            if counts and all(word in prompt.casefold() for word in folded):
                found.append(number)
            if len(found) == wanted or looked == most:
                return found, number
    return found, None


def _mark(number: int) -> str:
    """Return the three characters that stand for a person or a channel in the index."""
    return "".join(chr(0xF0000 + (number >> shift & 0x7FFF)) for shift in (0, 15, 30))


def index_stored(db: Connection, *, batch: int = BATCH) -> None:
    """Index the prompts that an earlier version stored, and go on where a kill has stopped it.

    Nothing else may write meanwhile. It takes about half a minute for a million requests.
    """
    indexed = 0
    while after := setting(db, INDEXED_TO):
        [found] = db.fetch(
            "select count(*) as prompts, max(id) as last from (select interaction_id as id"
            " from searchable where interaction_id > ? order by interaction_id limit ?)",
            [int(after), batch],
        )
        with db.transaction():
            if not found["prompts"]:
                forget(db, INDEXED_TO)
                return
            db.execute(
                "insert into prompts (rowid, text, person, place) select * from searchable"
                " where interaction_id > ? and interaction_id <= ?",
                [int(after), found["last"]],
            )
            remember(db, INDEXED_TO, str(found["last"]))
        indexed += found["prompts"]
        logger.info("prompts indexed for the search: %d", indexed)
