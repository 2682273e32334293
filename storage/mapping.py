"""Rows of the tables as records, and back: each field of a record is a column."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_type_hints

from domain.limits import Allowance
from domain.models import Image, Job, MessageRef, PictureRef, Place, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")

NAMES: Final[Mapping[tuple[type, str], str]] = {
    (Place, "locale"): "place_locale",
    (Ticket, "token"): "interaction_token",
    (MessageRef, "channel_id"): "source_channel_id",
    (MessageRef, "message_id"): "source_message_id",
    (PictureRef, "job_id"): "parent_job_id",
    (PictureRef, "position"): "parent_position",
    (Allowance, "kind"): "allowance",
    (Allowance, "used"): "allowance_used",
    (Allowance, "most"): "allowance_most",
}
"""Columns of records within a job that are not named like their fields."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a record.

    Attributes:
        columns: its own, or all those of the record that it holds.
        kind: its type without None.
    """

    name: str
    columns: tuple[str, ...]
    kind: type
    holds_record: bool


@cache
def fields_of(record: Any) -> tuple[_Field, ...]:  # noqa: ANN401  # a class of records
    """Return the fields of a class of records; derived once."""
    types = get_type_hints(record, localns={"Allowance": Allowance, "datetime": datetime})
    found = []
    for each in fields(record):
        kind = next(iter(get_args(types[each.name])), types[each.name])
        holds_record = bool(is_dataclass(kind))
        columns: tuple[str, ...] = (NAMES.get((record, each.name), each.name),)
        if holds_record:
            columns = tuple(name for part in fields_of(kind) for name in part.columns)
        found.append(_Field(each.name, columns, kind, holds_record))
    return tuple(found)


def row_from_record(record: DataclassInstance) -> dict[str, object]:
    """Return the columns of a record, with those of the records that it holds."""
    row: dict[str, object] = {}
    for field in fields_of(type(record)):
        value = getattr(record, field.name)
        if field.holds_record:
            row |= dict.fromkeys(field.columns) if value is None else row_from_record(value)
            continue
        if isinstance(value, str):
            value = value.replace("\0", "")  # which not every engine takes in a text
        elif isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat()
        elif isinstance(value, bool):
            value = int(value)
        row[field.columns[0]] = value
    return row


def record_from_row(record: type[Record], row: Mapping[str, Any]) -> Record:
    """Return the record of a row, which may have other columns too.

    Raises:
        ValueError: an enumeration has no such value, or a text is no time.
    """
    values = {}
    for field in fields_of(record):
        value = row[field.columns[0]]
        if field.holds_record:
            # A record that is optional has no optional fields, so that one column decides.
            value = None if value is None else record_from_row(field.kind, row)
        elif value is not None and type(value) is not field.kind:
            value = datetime.fromisoformat(value) if field.kind is datetime else field.kind(value)
        values[field.name] = value
    return record(**values)


def text_from_time(time: datetime | None) -> str | None:
    """Return a time as ISO-8601 text in UTC, as every table holds it, so that texts compare."""
    return time.astimezone(UTC).isoformat() if time else None


# What each request needs is derived at the start.
fields_of(Job)
fields_of(Image)
