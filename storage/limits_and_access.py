"""The tables `limits` and `access_rules`, and `rule_changes`: who changed them, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from domain.limits import AccessRule, LimitRule, Who
from storage.budget_warnings import note_warnings
from storage.mapping import record_from_row, text_from_time
from storage.pseudonyms import known_as, person_key
from storage.repository import Repository, reading, writing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlite_utils import Database as SqliteDatabase


MAX_RULES: Final = 50
"""Limits of one server, and access rules of one server: as many as fit one answer."""

NO_LIMIT: Final = "no limit"
"""In `rule_changes`: the rule is that there is none."""


class TooManyRulesError(Exception):
    """The server has `MAX_RULES` of this kind already; nothing was stored."""


class RuleRepository(Repository):
    """Limits and access rules; every change leaves a row that says who made it and when."""

    @reading
    def list_limits(self, db: SqliteDatabase) -> list[LimitRule]:
        """Return the limits of every server and of the whole bot."""
        return [record_from_row(LimitRule, row) for row in db.query("select * from limits")]

    @reading
    def list_access(self, db: SqliteDatabase) -> list[AccessRule]:
        """Return the access rules of every server."""
        return [_access_from_row(row) for row in db.query("select * from access_rules")]

    async def person_key(self) -> str | None:
        """Return by what the rules of somebody who deleted their data are found; None without."""
        return await self._database.read(person_key)

    @reading
    def names(self, db: SqliteDatabase, user_ids: Collection[int]) -> dict[int, str]:
        """Return what people were called when they last asked; who never did is left out."""
        names: dict[int, str] = {}
        for user_id in user_ids:
            rows = db.query(
                "select user_name from jobs where user_id = ? order by created_at desc limit 1",
                [user_id],
            )
            for row in rows:
                names[user_id] = row["user_name"]
        return names

    @writing
    def set_limit(self, db: SqliteDatabase, rule: LimitRule) -> LimitRule | None:
        """Store a limit and return the one that it replaces, None where there was none.

        Raises:
            TooManyRulesError: it is new, and one too many.
        """
        key = _limit_key(rule)
        _name_again(db, "limits", key)
        old = _select_limit(db, rule)
        if old is None:
            _check_room(db, "limits", rule.guild_id)
        row = {**key, "amount": rule.amount, **_set_by(rule.set_by, rule.set_at)}
        db.table("limits").upsert(row, pk=tuple(key))
        _note_change(db, rule, rule.kind, (_amount(old), _amount(rule)), (rule.set_by, rule.set_at))
        note_warnings(db, rule.guild_id, rule.set_at)
        return old

    @writing
    def clear_limit(
        self, db: SqliteDatabase, rule: LimitRule, by: int, at: datetime
    ) -> LimitRule | None:
        """Delete the limit of this target and kind; return it, None where there was none."""
        _name_again(db, "limits", _limit_key(rule))
        old = _select_limit(db, rule)
        if old is not None:
            db.table("limits").delete(tuple(_limit_key(rule).values()))
            _note_change(db, rule, rule.kind, (_amount(old), None), (by, at))
        return old

    @writing
    def set_access(self, db: SqliteDatabase, rule: AccessRule) -> AccessRule | None:
        """Store a rule and return the one about the same that it replaces.

        Raises:
            TooManyRulesError: it is new, and one too many.
        """
        key = _access_key(rule)
        _name_again(db, "access_rules", key)
        old = _select_one_access(db, rule)
        if old is None:
            _check_room(db, "access_rules", rule.guild_id)
        row = {**key, "effect": rule.effect, **_set_by(rule.set_by, rule.set_at)}
        db.table("access_rules").upsert(row, pk=tuple(key))
        change = (str(old.effect) if old else None, str(rule.effect))
        _note_change(db, rule, _subject(rule), change, (rule.set_by, rule.set_at))
        return old

    @writing
    def clear_access(
        self, db: SqliteDatabase, rule: AccessRule, by: int, at: datetime
    ) -> AccessRule | None:
        """Delete the rule about the same; return it, None where there was none."""
        _name_again(db, "access_rules", _access_key(rule))
        old = _select_one_access(db, rule)
        if old is not None:
            db.table("access_rules").delete(tuple(_access_key(rule).values()))
            _note_change(db, rule, _subject(rule), (old.effect, None), (by, at))
        return old


def _name_again(db: SqliteDatabase, table: str, key: dict[str, object]) -> None:
    """Let what is changed be the rule from before its person's data was deleted, if there is one.

    With both, the older one would go on holding, and nobody could tell whose it is.
    """
    target_id = key["target_id"]
    if key["who"] is not Who.USER or not isinstance(target_id, int) or target_id < 0:
        return
    alias = known_as(db, target_id)
    if alias != target_id:
        rest = " and ".join(f"{column} = :{column}" for column in key if column != "target_id")
        # Names come from this file alone; every value is a parameter.
        db.execute(
            f"update or replace {table} set target_id = :target_id"  # noqa: S608
            f" where target_id = :alias and {rest}",
            {**key, "alias": alias},
        )


def _check_room(db: SqliteDatabase, table: str, guild_id: int) -> None:
    if db.table(table).count_where("guild_id = ?", [guild_id]) >= MAX_RULES:
        raise TooManyRulesError


def _note_change(
    db: SqliteDatabase,
    rule: LimitRule | AccessRule,
    subject: str,
    change: tuple[str | None, str | None],
    by_at: tuple[int, datetime],
) -> None:
    before, after = change
    by, at = by_at
    db.table("rule_changes").insert(
        {
            "changed_at": text_from_time(at),
            "changed_by": by,
            "guild_id": rule.guild_id,
            "who": rule.who,
            "target_id": rule.target_id,
            "subject": subject,
            "before": before,
            "after": after,
        }
    )


def _amount(rule: LimitRule | None) -> str | None:
    if rule is None:
        return None
    return NO_LIMIT if rule.amount is None else str(rule.amount)


def _subject(rule: AccessRule) -> str:
    where = f" in {rule.channel_id}" if rule.channel_id else ""
    return f"{rule.model or 'every model'}{where}"


def _set_by(by: int, at: datetime) -> dict[str, object]:
    return {"set_by": by, "set_at": text_from_time(at)}


def _limit_key(rule: LimitRule) -> dict[str, object]:
    return {
        "guild_id": rule.guild_id,
        "who": rule.who,
        "target_id": rule.target_id,
        "kind": rule.kind,
    }


def _access_key(rule: AccessRule) -> dict[str, object]:
    return {
        "guild_id": rule.guild_id,
        "who": rule.who,
        "target_id": rule.target_id,
        # A key has no NULLs: they would all differ.
        "model": rule.model or "",
        "channel_id": rule.channel_id or 0,
    }


def _select_limit(db: SqliteDatabase, rule: LimitRule) -> LimitRule | None:
    rows = db.query(
        "select * from limits where guild_id = :guild_id and who = :who"
        " and target_id = :target_id and kind = :kind",
        _limit_key(rule),
    )
    return next((record_from_row(LimitRule, row) for row in rows), None)


def _select_one_access(db: SqliteDatabase, rule: AccessRule) -> AccessRule | None:
    rows = db.query(
        "select * from access_rules where guild_id = :guild_id and who = :who"
        " and target_id = :target_id and model = :model and channel_id = :channel_id",
        _access_key(rule),
    )
    return next(map(_access_from_row, rows), None)


def _access_from_row(row: dict[str, Any]) -> AccessRule:
    return record_from_row(
        AccessRule,
        {**row, "model": row["model"] or None, "channel_id": row["channel_id"] or None},
    )
