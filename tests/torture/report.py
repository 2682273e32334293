"""What a run came to, as a table, and what is wrong with each job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.torture.books import Complaint
    from tests.torture.run import Outcome

HEADINGS: Final = (
    "mode",
    "requests",
    "accepted",
    "kills",
    "charged",
    "delivered",
    "uncertain",
    "lost silently",
    "paid twice",
    "posted twice",
    "unanswered",
    "books differ",
    "thinking left",
)
LOG_LINES: Final = 30
"""Of the bot, shown for each job that something is wrong with."""


def cells(outcome: Outcome) -> tuple[str, ...]:
    """Return one line of the table."""
    rows, verdict = outcome.facts.rows, outcome.verdict
    return (
        outcome.name or str(outcome.mode),
        str(outcome.requests),
        str(len(rows)),
        str(outcome.kills),
        str(len(outcome.facts.charges)),
        str(sum(row.state == "delivered" for row in rows)),
        str(sum(row.is_lost for row in rows)),
        str(len(verdict.lost_silently)),
        str(len(verdict.paid_twice)),
        str(len(verdict.posted_twice)),
        str(len(verdict.unanswered)),
        str(len(verdict.books_differ)),
        str(len(verdict.thinking_left)),
    )


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the table, in Markdown."""
    lines = [HEADINGS, *map(cells, outcomes)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    drawn = [
        "| "
        + " | ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|"
    return "\n".join([drawn[0], rule, *drawn[1:]])


def details(outcome: Outcome, log: list[str]) -> Iterator[str]:
    """Yield what is wrong, with what is known of each job, a line each."""
    yield (
        f"{outcome.mode}: {outcome.seconds:.0f} s, {outcome.faults} faults;"
        f" never reached: {', '.join(map(str, outcome.missed)) or 'none'}"
    )
    if outcome.notes:
        yield outcome.notes
    for column, complaints in outcome.verdict.complaints.items():
        for complaint in complaints:
            yield f"{outcome.mode}: {column}: {complaint.job_id} {complaint.text}"
            yield from _known(outcome, complaint, log)


def _known(outcome: Outcome, complaint: Complaint, log: list[str]) -> Iterator[str]:
    facts = outcome.facts
    for row in facts.rows:
        if row.id in complaint.job_id:
            yield f"    {row}"
            yield from (f"    {press}" for press in facts.presses if _is_of(press, row))
            yield from (f"    {each}" for each in facts.charges if each.prompt == row.prompt)
            yield from (f"    {shown}" for shown in facts.shown if row.id in shown.job_ids)
            yield from (f"    {entry}" for entry in facts.entries or () if entry.job_id == row.id)
            yield from [f"    {line}" for line in log if row.id in line][-LOG_LINES:]


def _is_of(press: object, row: object) -> bool:
    return getattr(press, "interaction_id", 0) == getattr(row, "interaction_id", 1)
