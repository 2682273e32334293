"""The schema that a blank file gets; a shipped step never changes, so neither does this."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import sqlite_utils

from storage.database import Database
from storage.migrations import TABLES, migrations
from tests.storage.rows import library, put

P = ParamSpec("P")
R = TypeVar("R")

COLUMNS = {
    "jobs": [
        "id TEXT NOT NULL",
        "state TEXT NOT NULL",
        "created_at TEXT NOT NULL",
        "expected_at TEXT NOT NULL",
        "submitted_at TEXT",
        "fetched_at TEXT",
        "ended_at TEXT",
        "told_at TEXT",
        "command TEXT NOT NULL",
        "action TEXT NOT NULL",
        "prompt TEXT NOT NULL",
        "model TEXT NOT NULL",
        "size TEXT NOT NULL",
        "count INTEGER NOT NULL",
        "spoiler INTEGER NOT NULL",
        "source_url TEXT",
        "user_id INTEGER NOT NULL",
        "user_name TEXT NOT NULL",
        "guild_id INTEGER",
        "guild_name TEXT",
        "channel_id INTEGER NOT NULL",
        "channel_name TEXT",
        "delivery TEXT NOT NULL",
        "interaction_id INTEGER NOT NULL",
        "application_id INTEGER NOT NULL",
        "interaction_token TEXT",
        "nonce TEXT",
        "message_id INTEGER",
        "task_id TEXT",
        "trace_id TEXT",
        "estimated_microcredits INTEGER NOT NULL",
        "charged_microcredits INTEGER",
        "problem TEXT",
        "announced_at TEXT",
        "callback_token TEXT",
        "cancel_asked_at TEXT",
        "overdue_at TEXT",
        "token_since TEXT",
        "retry_of TEXT",
        "revision INTEGER NOT NULL",
        "parent_job_id TEXT",
        "parent_position INTEGER",
        "source_channel_id INTEGER",
        "source_message_id INTEGER",
        "reply_to INTEGER",
        "private INTEGER NOT NULL",
        "locale TEXT",
        "removed_at TEXT",
        "carried_microcredits INTEGER NOT NULL",
        "answered_at TEXT",
        "made_at TEXT",
        "place_locale TEXT",
        "age_restricted INTEGER NOT NULL",
        "named_task_id TEXT",
        "erase_asked_at TEXT",
        "erased_at TEXT",
        "logged_at TEXT",
        "interrupted INTEGER NOT NULL",
        "allowance TEXT",
        "allowance_used INTEGER",
        "allowance_most INTEGER",
        "dismissed_at TEXT",
        "more_source_urls TEXT",
        "problem_source INTEGER",
        "avatar_of INTEGER",
        "dm_copy INTEGER NOT NULL",
        "copied_at TEXT",
        "flux_error TEXT",
        "worker TEXT",
        "lease_until INTEGER",
        "called_at INTEGER",
        "file_limit_bytes INTEGER",
    ],
    "images": [
        "job_id TEXT NOT NULL",
        "kind TEXT NOT NULL",
        "position INTEGER NOT NULL",
        "file_name TEXT NOT NULL",
        "media_type TEXT NOT NULL",
        "width INTEGER NOT NULL",
        "height INTEGER NOT NULL",
        "bytes INTEGER NOT NULL",
    ],
    "ledger": [
        "id INTEGER",
        "job_id TEXT NOT NULL",
        "payer TEXT NOT NULL",
        "kind TEXT NOT NULL",
        "microcredits INTEGER NOT NULL",
        "is_estimate INTEGER NOT NULL",
        "user_id INTEGER NOT NULL",
        "guild_id INTEGER",
        "requested_at TEXT NOT NULL",
        "created_at TEXT NOT NULL",
        "pictures INTEGER NOT NULL",
    ],
    "settings": ["key TEXT NOT NULL", "value TEXT NOT NULL"],
    "processes": [
        "id TEXT NOT NULL",
        "role TEXT NOT NULL",
        "shard_count INTEGER",
        "shard_ids TEXT",
        "seen_at INTEGER NOT NULL",
    ],
    "styles": [
        "owner TEXT NOT NULL",
        "owner_id INTEGER NOT NULL",
        "key TEXT NOT NULL",
        "name TEXT NOT NULL",
        "before TEXT NOT NULL",
        "after TEXT NOT NULL",
        "model TEXT",
        "size TEXT",
        "saved_by INTEGER NOT NULL",
        "saved_at TEXT NOT NULL",
    ],
    "guild_settings": ["guild_id INTEGER NOT NULL", "key TEXT NOT NULL", "value TEXT NOT NULL"],
    "user_settings": ["user_id INTEGER NOT NULL", "key TEXT NOT NULL", "value TEXT NOT NULL"],
    "drafts": [
        "id TEXT NOT NULL",
        "user_id INTEGER NOT NULL",
        "created_at TEXT NOT NULL",
        "content TEXT NOT NULL",
    ],
    "word_rules": [
        "guild_id INTEGER NOT NULL",
        "key TEXT NOT NULL",
        "words TEXT NOT NULL",
        "is_test INTEGER NOT NULL",
        "added_by INTEGER NOT NULL",
        "added_at TEXT NOT NULL",
    ],
    "blocks": [
        "guild_id INTEGER NOT NULL",
        "user_id INTEGER NOT NULL",
        "reason TEXT NOT NULL",
        "until TEXT",
        "blocked_by INTEGER NOT NULL",
        "blocked_at TEXT NOT NULL",
    ],
    "limits": [
        "guild_id INTEGER NOT NULL",
        "who TEXT NOT NULL",
        "target_id INTEGER NOT NULL",
        "kind TEXT NOT NULL",
        "amount INTEGER",
        "set_by INTEGER NOT NULL",
        "set_at TEXT NOT NULL",
    ],
    "access_rules": [
        "guild_id INTEGER NOT NULL",
        "who TEXT NOT NULL",
        "target_id INTEGER NOT NULL",
        "model TEXT NOT NULL",
        "channel_id INTEGER NOT NULL",
        "effect TEXT NOT NULL",
        "set_by INTEGER NOT NULL",
        "set_at TEXT NOT NULL",
    ],
    "rule_changes": [
        "id INTEGER",
        "changed_at TEXT NOT NULL",
        "changed_by INTEGER NOT NULL",
        "guild_id INTEGER NOT NULL",
        "who TEXT NOT NULL",
        "target_id INTEGER NOT NULL",
        "subject TEXT NOT NULL",
        "before TEXT",
        "after TEXT",
    ],
    "budget_warnings": [
        "guild_id INTEGER NOT NULL",
        "kind TEXT NOT NULL",
        "period_start TEXT NOT NULL",
        "used INTEGER NOT NULL",
        "most INTEGER NOT NULL",
        "noted_at TEXT NOT NULL",
        "told_at TEXT",
    ],
    "totals": [
        "whose TEXT NOT NULL",
        "guild_id INTEGER NOT NULL",
        "user_id INTEGER NOT NULL",
        "part TEXT NOT NULL",
        "unit TEXT NOT NULL",
        "since TEXT NOT NULL",
        "name TEXT NOT NULL",
        "requests INTEGER NOT NULL",
        "pictures INTEGER NOT NULL",
        "microcredits INTEGER NOT NULL",
        "booked_pictures INTEGER NOT NULL",
        "house_microcredits INTEGER NOT NULL",
        "estimated_microcredits INTEGER NOT NULL",
        "delivered INTEGER NOT NULL",
        "unsuccessful INTEGER NOT NULL",
        "seconds TEXT NOT NULL",
    ],
}

PRIMARY_KEYS = {
    "jobs": ["id"],
    "processes": ["id"],
    "images": ["job_id", "kind", "position"],
    "ledger": ["id"],
    "settings": ["key"],
    "styles": ["owner", "owner_id", "key"],
    "guild_settings": ["guild_id", "key"],
    "user_settings": ["user_id", "key"],
    "drafts": ["id"],
    "word_rules": ["guild_id", "key"],
    "blocks": ["guild_id", "user_id"],
    "limits": ["guild_id", "who", "target_id", "kind"],
    "access_rules": ["guild_id", "who", "target_id", "model", "channel_id"],
    "rule_changes": ["id"],
    "budget_warnings": ["guild_id", "kind", "period_start"],
    "totals": ["whose", "guild_id", "user_id", "part", "unit", "since", "name"],
}

INDEXES = {
    "jobs": [
        "user_id, called_at",
        "avatar_of",
        "callback_token unique",
        "channel_id, created_at",
        "created_at",
        "ended_at",
        "erase_asked_at",
        "interaction_id unique",
        "guild_id, created_at",
        "message_id",
        "model, fetched_at",
        "named_task_id",
        "parent_job_id",
        "retry_of, user_id",
        "task_id",
        "told_at, created_at",
        "user_id, created_at",
        "user_id, created_at, locale",
        "user_id",
    ],
    "images": [],
    "ledger": ["job_id"],
    "settings": [],
    "styles": [],
    "guild_settings": [],
    "user_settings": [],
    "drafts": ["created_at", "user_id, created_at"],
    "word_rules": [],
    "blocks": [],
    "limits": [],
    "access_rules": [],
    "rule_changes": ["guild_id, changed_at"],
    "budget_warnings": ["noted_at"],
    "totals": ["unit, since", "whose, guild_id, unit, since, pictures, requests"],
    "processes": [],
}

FULL_TEXT = {f"prompts{suffix}" for suffix in ("", "_config", "_data", "_docsize", "_idx")}

USAGE_COLUMNS = [
    "requested_at",
    "user",
    "user_id",
    "place",
    "command",
    "model",
    "size",
    "count",
    "prompt",
    "state",
    "seconds",
    "credits",
    "credits_are",
    "task_id",
    "error_code",
    "job_id",
    "guild_id",
    "pictures",
    "house_credits",
    "private",
]


async def read(
    database: Database,
    query: Callable[Concatenate[sqlite_utils.Database, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Read with what the library knows of tables."""
    return await database.read(lambda db: query(library(db), *args, **kwargs))


def columns(db: sqlite_utils.Database, table: str) -> list[str]:
    return [
        f"{column.name} {column.type}{' NOT NULL' if column.notnull else ''}"
        for column in db.table(table).columns
    ]


def indexes(db: sqlite_utils.Database, table: str) -> set[str]:
    return {
        ", ".join(index.columns) + (" unique" if index.unique else "")
        for index in db.table(table).indexes
        if index.origin == "c"
    }


def schema(db: sqlite_utils.Database) -> tuple[str, list[dict[str, object]]]:
    return db.schema, list(db.query("select * from _sqlite_migrations"))


async def test_a_blank_file_gets_these_tables(database: Database) -> None:
    names = await read(database, lambda db: (set(db.table_names()), set(db.view_names())))

    assert names == ({*COLUMNS, *FULL_TEXT, "_sqlite_migrations"}, {"usage", "searchable"})


async def test_the_columns_of_every_table(database: Database) -> None:
    found = {table: await read(database, columns, table) for table in COLUMNS}

    assert found == COLUMNS


async def test_the_keys_of_every_table(database: Database) -> None:
    found = {
        table: await read(database, lambda db, name: db.table(name).pks, table)
        for table in PRIMARY_KEYS
    }
    links = await read(
        database,
        lambda db: [
            (link.table, link.column, link.other_table, link.other_column)
            for table in COLUMNS
            for link in db.table(table).foreign_keys
        ],
    )

    assert found == PRIMARY_KEYS
    assert links == [("images", "job_id", "jobs", "id"), ("ledger", "job_id", "jobs", "id")]


async def test_the_indexes_of_every_table(database: Database) -> None:
    found = {table: await read(database, indexes, table) for table in INDEXES}

    assert found == {table: set(names) for table, names in INDEXES.items()}


async def test_every_table_is_strict_about_types(database: Database) -> None:
    strict = await read(database, lambda db: [db.table(table).strict for table in COLUMNS])

    assert strict == [True] * len(COLUMNS)


async def test_the_columns_of_the_usage_view(database: Database) -> None:
    found = await read(database, lambda db: [column.name for column in db.view("usage").columns])

    assert found == USAGE_COLUMNS


async def test_applying_them_again_changes_nothing(database: Database) -> None:
    before = await read(database, schema)
    await database.write(put, "a", "b")
    await database.write(lambda db: migrations().apply(library(db)))

    assert await read(database, schema) == before
    assert await read(database, lambda db: db.table("settings").count) == 1


def test_the_tables_are_all_there_are() -> None:
    assert {*TABLES} == {*COLUMNS}
