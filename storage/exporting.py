"""All rows about one person, as stored, for that person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from storage.repository import Repository, reading
from storage.settings import known_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.connection import Connection, Row


SECRET: Final = frozenset({"interaction_token", "callback_token"})
"""Columns by which Discord or Flux would take anybody for the bot."""

LAST: Final = "9999"
"""After every time, as tables hold them."""

OWN_ROWS: Final[Mapping[str, str]] = {
    "settings": "select key, value from user_settings where user_id = :user_id order by key",
    "drafts": "select * from drafts where user_id = :user_id order by created_at",
    "totals": (
        "select part, unit, since, name, requests, pictures, microcredits from totals"
        " where whose = 'person' and guild_id = 0 and user_id in (:user_id, :alias)"
        " order by part, unit, since, name"
    ),
    "styles": "select * from styles where owner = 'user' and owner_id = :user_id order by key",
    "styles_saved_for_servers": (
        "select * from styles where owner = 'guild' and saved_by = :user_id order by key"
    ),
    "word_rules_added": "select * from word_rules where added_by = :user_id order by added_at",
    "blocks": (
        "select guild_id, reason, until, blocked_at from blocks"
        " where user_id in (:user_id, :alias) order by blocked_at"
    ),
    "blocks_made": "select * from blocks where blocked_by = :user_id order by blocked_at",
    "limits": (
        "select guild_id, kind, amount, set_at from limits"
        " where who = 'user' and target_id in (:user_id, :alias) order by set_at"
    ),
    "access_rules": (
        "select guild_id, effect, model, channel_id, set_at from access_rules"
        " where who = 'user' and target_id in (:user_id, :alias) order by set_at"
    ),
    "rule_changes_about_you": (
        "select changed_at, guild_id, subject, before, after from rule_changes"
        " where who = 'user' and target_id in (:user_id, :alias) order by id"
    ),
    "rules_changed": "select * from rule_changes where changed_by = :user_id order by id",
}
"""What there is about a person besides their requests, by the name it has in the export."""


class ExportRepository(Repository):
    """Reads what a person may know of themselves."""

    @reading
    def list_own_rows(self, db: Connection, user_id: int) -> dict[str, list[Row]]:
        names = {"user_id": user_id, "alias": known_as(db, user_id)}
        return {name: [*db.fetch(query, names)] for name, query in OWN_ROWS.items()}

    @reading
    def list_requests(
        self, db: Connection, user_id: int, after: Row | None, limit: int
    ) -> list[Row]:
        """Return a person's requests, the newest first, each with its pictures and its bookings.

        Args:
            after: the last request of the page before, None for the first page.
        """
        rows = db.fetch(
            "select * from jobs where user_id = :user_id and created_at <= :created_at"
            " and (created_at, id) < (:created_at, :id)"
            " order by created_at desc, id desc limit :limit",
            {
                "user_id": user_id,
                "created_at": after["created_at"] if after else LAST,
                "id": after["id"] if after else "",
                "limit": limit,
            },
        )
        requests = [
            {column: value for column, value in row.items() if column not in SECRET} for row in rows
        ]
        ids = json.dumps([request["id"] for request in requests])
        for table, order in (("images", "kind, position"), ("ledger", "id")):
            of_job: dict[str, list[Row]] = {}
            for row in db.fetch(
                f"select * from {table} where job_id in (select value from json_each(?))"  # noqa: S608
                f" order by {order}",
                [ids],
            ):
                of_job.setdefault(row["job_id"], []).append(row)
            for request in requests:
                request[table] = of_job.get(request["id"], [])
        return requests

    @reading
    def count_requests(self, db: Connection, user_id: int) -> int:
        return db.count("jobs", "user_id = ?", [user_id])
