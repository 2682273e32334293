"""Tables of `/usage` that no spreadsheet computes."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.usage.csv_table import MARK, csv_table, inert_cell
from domain.models import Requester
from storage.database import Database
from storage.jobs import JobRepository
from storage.usage import Period, UsageLine, UsageRepository, span_of
from tests.factories import make_job, make_request, make_ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
MUCH = 10_000_000


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠1"],  # noqa: RUF001
)
def test_a_cell_that_would_be_computed_is_made_inert(text: str) -> None:
    written = str(inert_cell(text))
    assert written.startswith("'")
    assert written.replace("'", "") == text


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("a;=1", "a;'=1"),
        ("a,+1", "a,'+1"),
        ("a\t-1", "a\t'-1"),
        ("a\n@x", "a\n'@x"),
        ('a; "=1"', 'a; "\'=1"'),
        ("a;;=1|=2", "a;;'=1|'=2"),
        ("=a;=1", "'=a;'=1"),
        ("a；＝1", "a；'＝1"),  # noqa: RUF001  # full width
        # What some programs drop, at the beginning or after a delimiter.
        ("\0=1", "\0'=1"),
        ("\u200b=1", "\u200b'=1"),
        ("a;\ufeff=1", "a;\ufeff'=1"),
        ("a;\x1c=1", "a;\x1c'=1"),
        ("a;\u2028 =1", "a;\u2028 '=1"),
    ],
)
def test_no_formula_hides_behind_what_may_end_a_cell(text: str, inert: str) -> None:
    assert inert_cell(text) == inert


@given(st.text(alphabet="=+-@;,:|^~\t\r\n\"' a1\0\x1c\x85\u200b", max_size=30))
def test_no_delimiter_makes_a_formula(text: str) -> None:
    row = io.StringIO()
    csv.writer(row).writerow(["2026-10-05", inert_cell(text), "x"])
    for delimiter in ",;:|^~\t":
        read = [*csv.reader(io.StringIO(row.getvalue(), newline=""), delimiter=delimiter)]
        if delimiter != ",":  # else the quotes around cells are known
            read += [[cell.replace('"', "") for cell in row.getvalue().split(delimiter)]]
        for cell in (cell for line in read for cell in line):
            assert not cell.lstrip(" \t\r\n\0\x1c\x85\u200b").startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("cell", ["a =1", "", "猫", 5, -1.5, None, "'=1", "a-b=c", "2; a-1"])
def test_other_cells_are_left_as_they_are(cell: object) -> None:
    assert inert_cell(cell) == cell


async def tabled(
    path: Path,
    *prompts: str,
    private: bool = False,
    user_id: int = 5001,
    max_bytes: int = MUCH,
    unnamed: Collection[int] | None = None,
    is_seen: Callable[[UsageLine], bool] = lambda _: True,
) -> tuple[list[dict[str, str]], int, bool]:
    async with Database(path / "fluxcord.db") as database:
        for number, prompt in enumerate(prompts):
            request = make_request(
                prompt=prompt,
                private=private,
                ticket=make_ticket(interaction_id=1000 + number),
                requester=Requester(user_id=user_id, user_name="=ada"),
            )
            at = NOW + timedelta(seconds=number)
            job = make_job(id=f"{number:012x}", request=request, created_at=at)
            await JobRepository(database).add(job)
        span = span_of(Period.MONTH, NOW.astimezone(timezone(timedelta(hours=9))))
        data, number, is_all = await csv_table(
            UsageRepository(database), span, max_bytes=max_bytes, unnamed=unnamed, is_seen=is_seen
        )
        assert len(data) <= max_bytes
        text = data.decode()
        assert text.startswith(MARK)
        rows = list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))
        columns = await database.read(
            lambda db: db.fetch("select name from pragma_table_info('usage')")
        )
        assert all(
            [*row] == [*(column["name"] for column in columns), "age_restricted"] for row in rows
        )
        return rows, number, is_all


async def test_a_table_holds_every_column_and_what_was_typed(tmp_path: Path) -> None:
    awkward = 'a "quiet" lake,\nat 夜晚; 🦊'
    rows, number, is_all = await tabled(tmp_path, awkward, "=HYPERLINK(1)")

    assert (number, is_all) == (2, True)
    assert [row["prompt"] for row in rows] == ["'=HYPERLINK(1)", awkward]
    assert (rows[0]["user"], rows[0]["user_id"]) == ("'=ada", "5001")


async def test_a_table_that_does_not_fit_leaves_out_the_oldest(tmp_path: Path) -> None:
    rows, number, is_all = await tabled(tmp_path, *map(str, range(40)), max_bytes=2_000)

    assert not is_all
    assert 0 < number == len(rows) < 40
    assert [row["prompt"] for row in rows] == [str(39 - each) for each in range(number)]


async def test_a_manager_s_table_withholds_what_is_private_and_who_is_not_to_be_named(
    tmp_path: Path,
) -> None:
    [row], _, _ = await tabled(tmp_path, "secret", private=True, unnamed=[5001])

    assert (row["prompt"], row["user"], row["user_id"]) == ("", "", "")


async def test_a_table_withholds_what_its_reader_may_not_see(tmp_path: Path) -> None:
    rows, _, _ = await tabled(tmp_path, "one", "two", is_seen=lambda line: line.prompt == "one")

    assert [row["prompt"] for row in rows] == ["", "one"]


async def test_a_manager_s_table_holds_no_pseudonyms(tmp_path: Path) -> None:
    [row], _, _ = await tabled(tmp_path, "", user_id=-5001, unnamed=[])

    assert row["user_id"] == ""
