"""The ready queries of docs/datasette.json: they run, and say what /usage says."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from storage.usage import Part, UsageRepository
from tests.storage.rows import library
from tests.storage.test_usage import MONTH, fill

if TYPE_CHECKING:
    from storage.database import Database
    from storage.usage import UsageReport

ROOT = Path(__file__).parents[2]
METADATA = json.loads((ROOT / "docs" / "datasette.json").read_text())["databases"]["fluxcord"]


async def rows(database: Database, query: str) -> list[dict[str, Any]]:
    sql = METADATA["queries"][query]["sql"]
    days = {"since": "2026-10-01", "until": "2026-11-01"}
    return await database.read(lambda db: list(library(db).query(sql, days)))


def days(report: UsageReport) -> list[Part]:
    """Return the report's hours or days, all models together."""
    return [
        Part(
            name=name,
            user_id=None,
            requests=sum(part.requests for part in parts),
            pictures=sum(part.pictures for part in parts),
            credits=sum(part.credits for part in parts),
        )
        for name, parts in (
            (name, list(parts)) for name, parts in groupby(report.slots, lambda part: part.name)
        )
    ]


async def test_the_ready_queries_say_what_usage_says(database: Database) -> None:
    await fill(database)
    report = await UsageRepository(database).report(MONTH)
    [totals] = await rows(database, "totals")

    assert totals == {name: pytest.approx(getattr(report, name)) for name in totals}
    divided = {"by_model": report.models, "by_command": report.commands, "by_day": days(report)}
    assert METADATA["queries"].keys() == {"totals", *divided}
    for query, parts in divided.items():
        found = [tuple(row.values()) for row in await rows(database, query)]
        assert found == [
            (part.name, part.requests, part.pictures, pytest.approx(part.credits)) for part in parts
        ]


async def test_the_ready_queries_show_no_more_digits_than_credits_have(database: Database) -> None:
    await fill(database)
    for query in METADATA["queries"]:
        for row in await rows(database, query):
            for name in row.keys() & {"credits", "house_credits"}:
                assert row[name] == round(row[name], 6), query


async def test_tables_with_secrets_are_marked(database: Database) -> None:
    columns = await database.read(
        lambda db: {
            table.name: {column.name for column in table.columns} for table in library(db).tables
        }
    )
    secret = {
        table
        for table, names in columns.items()
        if any(name.endswith("_token") for name in names) or table == "settings"
    }
    marked = {
        name for name, table in METADATA["tables"].items() if "secrets inside" in table["title"]
    }

    assert marked == secret == {"jobs", "settings"}


def test_the_readme_gives_queries_more_time_and_warns() -> None:
    section = (ROOT / "docs" / "operating.md").read_text().partition("### In Datasette")[2]
    section = section.partition("\n### ")[0]

    assert "--setting sql_time_limit_ms 10000" in section
    assert {"jobs", "settings"} <= set(re.findall(r"`(\w+)`", section))


async def test_the_readme_shows_the_query_of_the_totals() -> None:
    text = " ".join((ROOT / "docs" / "operating.md").read_text().split())

    assert METADATA["queries"]["totals"]["sql"] in text


async def test_every_column_that_is_described_is_there(database: Database) -> None:
    for name, table in METADATA["tables"].items():
        columns = await database.read(
            lambda db, of: [c.name for c in library(db)[of].columns], name
        )
        assert set(table.get("columns", ())) <= set(columns)
        assert columns
