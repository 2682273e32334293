"""The CSV file of `/usage`: every request of a span, safe to open in a spreadsheet."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Final

from storage.settings import NOBODY
from storage.usage import Span, UsageLine, UsageRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


PAGE_LINES: Final = 1_000
"""Read at once, so that no long table delays others' reads."""

MARK: Final = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something else."""

_BEGINNING: Final = re.compile(r"\A\s*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001  # some read these as well
"""How a cell begins that a spreadsheet would compute; owasp.org, CSV injection."""

_BEGINNERS: Final = re.compile("([=+\\-@＝＋－＠])")  # noqa: RUF001  # as above

_DELIMITERS: Final = frozenset(",;:|^~\t\v\f\r\n，；")  # as above
"""Characters that a spreadsheet may take for the end of a cell, by its language or its settings."""

_SKIPPED: Final = " \xa0\u3000\"'"
"""What may precede a formula in its cell."""


async def csv_table(
    usage: UsageRepository,
    span: Span,
    *,
    max_bytes: int,
    unnamed: Collection[int] | None,
    is_seen: Callable[[UsageLine], bool],
) -> tuple[bytes, int, bool]:
    """Return a span's requests as CSV, the newest first, how many, and whether these are all.

    Args:
        max_bytes: over which the oldest are left out.
        unnamed: people who are not to be named; None where the reader may see everything. To
            others, prompts of private requests are not shown either.
        is_seen: whether the reader may see the prompt of a line.
    """
    names = [column.name for column in fields(UsageLine)]
    rows, size, number = [_written(names)], 0, 0
    size = len(rows[0]) + len(MARK.encode())
    before: UsageLine | None = None
    while lines := await usage.list_lines(span, before=before, limit=PAGE_LINES):
        before = lines[-1]
        written = [_written(_cells(line, unnamed, is_seen)) for line in lines]
        for row in written:
            if size + len(row) > max_bytes:
                return MARK.encode() + b"".join(rows), number, False
            rows.append(row)
            size += len(row)
            number += 1
        await asyncio.sleep(0)
    return MARK.encode() + b"".join(rows), number, True


def _cells(
    line: UsageLine, unnamed: Collection[int] | None, is_seen: Callable[[UsageLine], bool]
) -> list[object]:
    if not is_seen(line):
        line = replace(line, prompt="")
    if unnamed is not None:
        if line.private:
            line = replace(line, prompt="")
        # Who deleted their data has a pseudonym, by which their requests could be told apart.
        if line.user_id in unnamed or (line.user_id is not None and line.user_id <= NOBODY):
            line = replace(line, user="", user_id=None)
    return [inert_cell(cell) for cell in astuple(line)]


def inert_cell(cell: object) -> object:
    """Return a cell in which no spreadsheet finds a formula, whatever ends a cell there."""
    if not isinstance(cell, str):
        return cell
    written = f"'{cell}" if _BEGINNING.match(cell) else cell
    # Texts and beginners of a formula take turns.
    parts = _BEGINNERS.split(written)
    for number in range(1, len(parts), 2):
        last = parts[number - 1].rstrip(_SKIPPED)[-1:]
        if last in _DELIMITERS or not last.isprintable():  # programs may drop what is invisible
            parts[number] = f"'{parts[number]}"
    return "".join(parts)


def _written(cells: list[object] | list[str]) -> bytes:
    row = io.StringIO()
    csv.writer(row).writerow(cells)
    return row.getvalue().encode(errors="replace")
