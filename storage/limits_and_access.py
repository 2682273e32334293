"""The tables `limits` and `access_rules`, and `rule_changes`: who changed them, and when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from domain.errors import UserError
from domain.limits import AccessRule, LimitRule, Who
from storage.erasing import rename
from storage.limit_checks import note_warnings
from storage.repository import (
    CachedRepository,
    by_guild,
    changing,
    reading,
    record_from_row,
    row_from_record,
    rows_of,
    text_from_time,
)
from storage.settings import known_as

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.connection import Connection


MAX_RULES: Final = 50
"""Limits of one server, and access rules of one server: as many as fit one answer."""

AnyRule = LimitRule | AccessRule
Rule = TypeVar("Rule", bound=AnyRule)

NO_LIMIT: Final = "no limit"
"""In `rule_changes`: the rule is that there is none."""


@dataclass(frozen=True, slots=True)
class GuildRules:
    """All rules of a server, or of the whole bot."""

    limits: tuple[LimitRule, ...] = ()
    access: tuple[AccessRule, ...] = ()


class RuleRepository(CachedRepository[GuildRules]):
    """Limits and access rules; every change leaves a row that says who made it and when."""

    empty = GuildRules()

    def select(self, db: Connection, owner_id: int | None) -> dict[int, GuildRules]:
        limits = rows_of(db, "limits", "guild_id", owner_id)
        access = rows_of(db, "access_rules", "guild_id", owner_id)
        return by_guild(
            GuildRules,
            limits=map(partial(record_from_row, LimitRule), limits),
            access=map(_access_from_row, access),
        )

    @reading
    def names(self, db: Connection, user_ids: Collection[int]) -> dict[int, str]:
        """Return what people were called when they last asked; who never did is left out."""
        names: dict[int, str] = {}
        for user_id in user_ids:
            rows = db.fetch(
                "select user_name from jobs where user_id = ? order by created_at desc limit 1",
                [user_id],
            )
            for row in rows:
                names[user_id] = row["user_name"]
        return names

    @changing
    def set_rule(self, db: Connection, rule: Rule) -> Rule | None:
        """Store a rule and return the one about the same that it replaces.

        Raises:
            UserError: it is new, and one too many.
        """
        table, key, old = _table(rule), _key(rule), _replaced(db, rule)
        if old is None and db.count(table, "guild_id = ?", [rule.guild_id]) >= MAX_RULES:
            raise UserError("too-many-limits" if table == "limits" else "too-many-access-rules")
        db.insert(table, {**row_from_record(rule), **key}, key=tuple(key))
        _note_change(db, old, rule, rule.set_by, rule.set_at)
        if isinstance(rule, LimitRule):
            note_warnings(db, rule.guild_id, rule.set_at)
        return old

    @changing
    def clear_rule(self, db: Connection, rule: Rule, by: int, at: datetime) -> Rule | None:
        """Delete the rule about the same; return it, None where there was none."""
        old, key = _replaced(db, rule), _key(rule)
        if old is not None:
            db.execute(f"delete from {_table(rule)} where {_same(key)}", key)  # noqa: S608
            _note_change(db, old, None, by, at)
        return old


def _replaced(db: Connection, rule: Rule) -> Rule | None:
    """Return the rule about the same, also one from before its person's data was deleted.

    With both, the older one would stay in force, and nobody could know whose it is.
    """
    table, key = _table(rule), _key(rule)
    is_named = rule.who is Who.USER and rule.target_id >= 0
    alias = known_as(db, rule.target_id) if is_named else rule.target_id
    if alias != rule.target_id:
        where = _same([column for column in key if column != "target_id"])
        names = {"before": alias, "after": rule.target_id}
        rename(db, table, "target_id", key, where, key | names)
    # Names come from this file alone; every value is a parameter.
    rows = db.fetch(f"select * from {table} where {_same(key)}", key)  # noqa: S608
    read: Any = partial(record_from_row, LimitRule)
    return next(map(read if isinstance(rule, LimitRule) else _access_from_row, rows), None)


def _note_change(
    db: Connection, old: AnyRule | None, new: AnyRule | None, by: int, at: datetime
) -> None:
    rule = new or old
    if rule is None:
        return
    row = {"changed_at": text_from_time(at), "changed_by": by, "subject": _subject(rule)}
    row |= {"guild_id": rule.guild_id, "who": rule.who, "target_id": rule.target_id}
    db.insert("rule_changes", {**row, "before": _told(old), "after": _told(new)})


def _subject(rule: AnyRule) -> str:
    """Return what a row of `rule_changes` is about."""
    if isinstance(rule, LimitRule):
        return rule.kind
    where = f" in {rule.channel_id}" if rule.channel_id else ""
    return f"{rule.model or 'every model'}{where}"


def _told(rule: AnyRule | None) -> str | None:
    """Return what a row of `rule_changes` says that a rule was or is."""
    if isinstance(rule, LimitRule):
        return NO_LIMIT if rule.amount is None else str(rule.amount)
    return rule.effect if rule else None


def _key(rule: AnyRule) -> dict[str, object]:
    # A key has no NULLs: they would all differ.
    blank = {"model": "", "channel_id": 0}
    return {name: getattr(rule, name) or blank.get(name, 0) for name in rule.KEY}


def _same(key: Collection[str]) -> str:
    return " and ".join(f"{column} = :{column}" for column in key)


def _table(rule: AnyRule) -> str:
    return "limits" if isinstance(rule, LimitRule) else "access_rules"


def _access_from_row(row: dict[str, Any]) -> AccessRule:
    return record_from_row(
        AccessRule, {**row, "model": row["model"] or None, "channel_id": row["channel_id"] or None}
    )
