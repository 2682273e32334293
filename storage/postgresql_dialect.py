"""What PostgreSQL does in its own way: values in statements, functions, and the search."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.connection import Connection

INSTEAD: Final = {
    # Times are texts; a week begins on Monday.
    "date(created_at, 'weekday 0', '-6 days')": (
        "to_char(date_trunc('week', cast(created_at as timestamptz) at time zone 'UTC'),"
        " 'YYYY-MM-DD')"
    ),
    "strftime('%Y-%m-%dT%H:%M:%S', :now, '-' || days || ' days')": (
        "to_char(cast(:now as timestamptz) at time zone 'UTC'"
        " - make_interval(days => cast(days as integer)), 'YYYY-MM-DD\"T\"HH24:MI:SS')"
    ),
    # Histograms of seconds, in `totals`.
    "select json_group_object(key, number) from": (
        "select coalesce(cast(json_object_agg(key, number) as text), '{}') from"
    ),
    "select key, sum(value) as number from (": "select key, sum(cast(value as bigint)) as number"
    " from (",
    "group by key having sum(value) <> 0": "group by key having sum(cast(value as bigint)) <> 0",
    "select key, value from json_each(totals.seconds)": (
        "select key, value from json_each_text(cast(totals.seconds as json))"
    ),
    "select key, value from json_each(excluded.seconds)": (
        "select key, value from json_each_text(cast(excluded.seconds as json))"
    ),
    "json_group_object(cast(bucket as text), delivered) filter (where bucket is not null)": (
        "coalesce(cast(json_object_agg(regexp_replace("
        "cast(cast(bucket as double precision) as text), '^(-?[0-9]+)$', '\\1.0'), delivered)"
        " filter (where bucket is not null) as text), '{}')"
    ),
    " indexed by totals_people": "",
    "temp.batch": "pg_temp.batch",
    # Words that are kept for as long as they may be, server by server.
    "select json_extract(value, '$.guild_id'), json_extract(value, '$.days')": (
        "select cast(value ->> 'guild_id' as bigint), cast(value ->> 'days' as bigint)"
    ),
    "from json_each(:ages)": "from json_array_elements(cast(:ages as json)) as value",
    "from kept cross join jobs on guild_id is of_guild": (
        "from kept cross join lateral (select * from jobs where guild_id = of_guild"
        " union all select * from jobs where guild_id is null and of_guild is null) as jobs"
    ),
    # The view `usage`: a name or, where it is not known, an id.
    "coalesce(guild_name, guild_id)": "coalesce(guild_name, cast(guild_id as text))",
    "coalesce(channel_name, channel_id)": "coalesce(channel_name, cast(channel_id as text))",
}
"""Parts of statements that only SQLite understands, and what PostgreSQL is asked instead."""

_JULIANDAY: Final = re.compile(r"julianday\(([a-z_.]+)\)")
_LIST: Final = re.compile(r"json_each\((\?|:\w+)\)")

_TOKEN: Final = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|::|(?<!\w):(?P<name>[a-z_]\w*)|\?|%", re.IGNORECASE
)


@cache
def translated(sql: str) -> str:
    """Return a statement of the repositories as psycopg and PostgreSQL take it."""
    for fragment, other in INSTEAD.items():
        sql = sql.replace(fragment, other)
    sql = _JULIANDAY.sub(r"(extract(epoch from cast(\1 as timestamptz)) / 86400.0)", sql)
    sql = _LIST.sub(r"json_array_elements_text(cast(\1 as json)) as value", sql)
    return _TOKEN.sub(_marked, sql)


def _marked(found: re.Match[str]) -> str:
    if found["name"]:
        return f"%({found['name']})s"
    return "%s" if found[0] == "?" else found[0].replace("%", "%%")


class PostgresDialect:
    """Part of `Dialect`."""

    def find_prompts(  # noqa: PLR0913  # a query
        self,
        db: Connection,
        *,
        words: Sequence[str],
        about: tuple[str, int],
        counts: str,
        parameters: dict[str, Any],
        before: int,
        wanted: int,
    ) -> tuple[list[int], int | None]:
        """Part of `Dialect`; in one statement, by the index of trigrams where there is one."""
        column, number = about
        likes = {f"word{at}": f"%{_escaped(word)}%" for at, word in enumerate(words)}
        found = "".join(f" and prompt ilike :{name}" for name in likes)
        rows = db.fetch(
            f"select interaction_id from jobs where {column} = :about and {counts}"  # noqa: S608
            f" and interaction_id < :before{found} order by interaction_id desc limit :wanted",
            {**parameters, **likes, "about": number, "before": before, "wanted": wanted},
        )
        return [row["interaction_id"] for row in rows], None

    def merge_words(self, db: Connection, pages: int, *, is_first: bool) -> bool:
        """Part of `Dialect`; PostgreSQL's own vacuum does it."""
        del db, pages, is_first
        return False


def _escaped(word: str) -> str:
    # A sigma has two small letters, of which PostgreSQL takes only one for the same as the capital.
    return re.sub("[σςΣ]", "_", re.sub(r"([\\%_])", r"\\\1", word))
