"""Three books and what they say together: what was charged, what is shown, what is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.torture.facts import FINAL_STATES, LOST_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.torture.facts import Charge, Entry, Facts, File, Press, Row, Shown

NONCE_LIFE_IDS: Final = 3 * 60 * 1000 << 22
"""By how much the ids of two messages differ that are three minutes apart."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, and with which job; the id is empty where no job is known."""

    job_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The six columns that must be empty, and what else went wrong."""

    lost_silently: tuple[Complaint, ...] = ()
    paid_twice: tuple[Complaint, ...] = ()
    posted_twice: tuple[Complaint, ...] = ()
    unanswered: tuple[Complaint, ...] = ()
    books_differ: tuple[Complaint, ...] = ()
    thinking_left: tuple[Complaint, ...] = ()
    unexplained: tuple[Complaint, ...] = ()

    @property
    def complaints(self) -> dict[str, tuple[Complaint, ...]]:
        """Every complaint by the name of its column."""
        return {
            "lost silently": self.lost_silently,
            "paid twice": self.paid_twice,
            "posted twice": self.posted_twice,
            "unanswered": self.unanswered,
            "books differ": self.books_differ,
            "thinking left": self.thinking_left,
            "unexplained": self.unexplained,
        }

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.complaints.values())


@dataclass(frozen=True, slots=True)
class _Ownership:
    """Which job each charge belongs to."""

    of_job: dict[str, list[Charge]]
    repeated: list[Charge]
    strays: list[Charge]


@dataclass(frozen=True, slots=True)
class _Case:
    """One job with all that is known of it."""

    row: Row
    charges: list[Charge]
    files: list[File]
    copies: list[File]
    shown: list[Shown]
    press: Press | None
    entries: list[Entry] | None = field(default=None)

    @property
    def seen(self) -> list[Shown]:
        """What its author sees, or saw until a person removed it."""
        return [shown for shown in self.shown if shown.private_to in (None, self.row.user_id)]

    @property
    def galleries(self) -> list[Shown]:
        """Where its pictures are, or were until a person removed them."""
        return [shown for shown in self.shown if shown.pictures and not shown.is_listing]

    @property
    def is_kept(self) -> bool:
        """Whether every picture is in the spool."""
        return bool(self.files) and all(file.hash for file in self.files)

    @property
    def may_be_shown_late(self) -> bool:
        """Whether an edit of a killed process can still take effect after a later one's end.

        It harms nobody where the pictures are kept and their requester pays for them.
        """
        payers = {entry.payer for entry in self.entries or () if entry.microcredits}
        return self.row.state == "failed" and self.is_kept and payers == {"user"}

    @property
    def is_answered(self) -> bool:
        """Whether its author sees, or saw, how it ended."""
        if self.row.state in LOST_STATES:
            return bool(self.seen)
        if self.row.problem == "message_gone":
            # Of a removed message only a private answer can tell, as long as its token lives.
            return any(shown.is_answer or shown.is_removed for shown in self.seen)
        return any(shown.is_answer for shown in self.seen)

    def is_forgotten(self, shown: Shown) -> bool:
        """Whether it was removed before the bot, whose post went unanswered, could find it.

        Past the life of a nonce the bot looks for such a message, and posts where there is none.
        """
        return shown.is_removed and any(
            other.message_id - shown.message_id > NONCE_LIFE_IDS for other in self.shown
        )

    def is_told_directly(self, shown: Shown) -> bool:
        """Whether a direct message stands in for one that cannot be edited any more."""
        is_removed = any(other.is_removed for other in self.shown)
        return shown.is_direct and (self.row.is_response or is_removed)


def judge(facts: Facts) -> Verdict:
    """Compare the books."""
    owners = _owners(facts)
    cases = list(_cases(facts, owners))
    return Verdict(
        lost_silently=tuple(_lost_silently(cases, owners)),
        paid_twice=tuple(_paid_twice(facts, owners)),
        posted_twice=tuple(_posted_twice(cases)),
        unanswered=tuple(_unanswered(facts, cases)),
        books_differ=tuple(_books_differ(facts, cases)),
        thinking_left=tuple(_thinking_left(facts)),
        unexplained=tuple(_unexplained(facts)),
    )


def _owners(facts: Facts) -> _Ownership:
    by_task = {row.task_id: row.id for row in facts.rows if row.task_id}
    by_prompt: defaultdict[str, list[str]] = defaultdict(list)
    # "Try again" repeats a prompt: a charge belongs first to a job that has lost its answer.
    for row in sorted(facts.rows, key=lambda row: not row.is_lost):
        if row.submitted and not row.task_id:
            by_prompt[row.prompt].append(row.id)
    prompts = {row.prompt for row in facts.rows}
    owners = _Ownership(defaultdict(list), [], [])
    for charge in facts.charges:
        if charge.task_id in by_task:
            owners.of_job[by_task[charge.task_id]].append(charge)
        elif by_prompt[charge.prompt]:
            owners.of_job[by_prompt[charge.prompt].pop(0)].append(charge)
        elif charge.prompt in prompts:
            owners.repeated.append(charge)
        else:
            owners.strays.append(charge)
    return owners


def _cases(facts: Facts, owners: _Ownership) -> Iterator[_Case]:
    presses = {press.interaction_id: press for press in facts.presses}
    shown: defaultdict[str, list[Shown]] = defaultdict(list)
    for message in facts.shown:
        for job_id in message.job_ids:
            shown[job_id].append(message)
    files: defaultdict[str, list[File]] = defaultdict(list)
    for file in facts.files:
        files[file.job_id].append(file)
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in facts.entries or ():
        entries[entry.job_id].append(entry)
    for row in facts.rows:
        yield _Case(
            row,
            owners.of_job.get(row.id, []),
            [file for file in files[row.id] if not file.is_copy],
            [file for file in files[row.id] if file.is_copy],
            shown[row.id],
            presses.get(row.interaction_id),
            None if facts.entries is None else entries[row.id],
        )


def _lost_silently(cases: list[_Case], owners: _Ownership) -> Iterator[Complaint]:
    for case in cases:
        if case.charges and not (case.galleries or case.is_kept or case.is_answered):
            yield Complaint(case.row.id, "charged, and neither delivered, kept nor told")
    for charge in owners.strays:
        yield Complaint("", f"task {charge.task_id} was charged, and no job knows of it")


def _paid_twice(facts: Facts, owners: _Ownership) -> Iterator[Complaint]:
    for charge in owners.repeated:
        job_ids = [row.id for row in facts.rows if row.prompt == charge.prompt]
        text = f"task {charge.task_id} is one charge more than there are requests"
        yield Complaint(", ".join(job_ids), text)
    for interaction_id, times in Counter(row.interaction_id for row in facts.rows).items():
        if times > 1:
            yield Complaint("", f"interaction {interaction_id} made {times} jobs")


def _posted_twice(cases: list[_Case]) -> Iterator[Complaint]:
    for case in cases:
        public = [
            shown
            for shown in case.shown
            if shown.private_to is None
            and not shown.is_listing
            and not case.is_told_directly(shown)
            and not case.is_forgotten(shown)
        ]
        collected = any(shown.is_collected for shown in case.galleries)
        galleries = [shown for shown in case.galleries if not (collected and shown.is_direct)]
        for name, messages in (("messages", public), ("galleries", galleries)):
            if len(messages) > 1:
                ids = ", ".join(str(shown.message_id) for shown in messages)
                yield Complaint(case.row.id, f"{len(messages)} {name}: {ids}")


def _unanswered(facts: Facts, cases: list[_Case]) -> Iterator[Complaint]:
    for case in cases:
        row = case.row
        if row.state not in FINAL_STATES | LOST_STATES:
            yield Complaint(row.id, f"never ended: {row.state}")
            continue
        never_began = not row.submitted and case.press and not case.press.is_acknowledged
        if not never_began and not case.is_answered:
            yield Complaint(row.id, f"{row.state} {row.problem or ''}: its author sees nothing")
        elif not row.told and row.state in FINAL_STATES:
            yield Complaint(row.id, f"{row.state} and not told")
    known = {row.interaction_id for row in facts.rows}
    for press in facts.presses:
        if press.is_acknowledged and press.is_thinking and press.interaction_id not in known:
            yield Complaint("", f"interaction {press.interaction_id}: no job")


def _thinking_left(facts: Facts) -> Iterator[Complaint]:
    rows = {row.interaction_id: row for row in facts.rows}
    for press in facts.presses:
        row = rows.get(press.interaction_id)
        if press.is_acknowledged and press.is_thinking and not (row and row.outlived_token):
            text = f"interaction {press.interaction_id}: its answer is left thinking"
            yield Complaint(row.id if row else "", text)


def _books_differ(facts: Facts, cases: list[_Case]) -> Iterator[Complaint]:
    for at in facts.wrong_totals:
        yield Complaint("", f"totals: {at}")
    for case in cases:
        for text in (*_money_differs(case), *_pictures_differ(case)):
            yield Complaint(case.row.id, text)


def _money_differs(case: _Case) -> Iterator[str]:
    row = case.row
    paid = sum(charge.microcredits for charge in case.charges)
    if case.entries is None:
        if not row.is_lost and row.charged is not None and row.charged != paid:
            yield f"Flux charged {paid}, the row says {row.charged}"
        return
    booked = sum(entry.microcredits for entry in case.entries)
    by_user = sum(entry.microcredits for entry in case.entries if entry.payer == "user")
    if booked != paid and not row.is_lost:
        yield f"Flux charged {paid}, the ledger says {booked}"
    if row.state not in FINAL_STATES:
        return
    has_picture = row.state == "delivered" or case.is_kept
    if by_user and not has_picture:
        yield f"its author pays {by_user} for no picture"
    if by_user != booked and row.state == "delivered":
        yield f"of {booked}, its author pays {by_user} for what was delivered"


def _pictures_differ(case: _Case) -> Iterator[str]:
    kept = sorted(file.hash or "missing" for file in case.files)
    if "missing" in kept:
        yield "a picture is not in the spool"
    elif case.charges and not set(kept) <= {each for one in case.charges for each in one.pictures}:
        yield "a picture in the spool is not what Flux served"
    delivered = case.row.state == "delivered"
    removed = any(shown.is_removed for shown in case.shown)
    if delivered and not case.files:
        yield "delivered without a picture"
    if delivered and not case.galleries and not removed:
        yield "delivered, and no picture is shown"
    for shown in case.galleries:
        if not delivered and not shown.is_removed and not case.may_be_shown_late:
            yield f"{case.row.state}, and pictures are shown"
        stored = {file.hash for file in (*case.files, *case.copies)}
        if len(shown.pictures) != len(kept) or not set(shown.pictures) <= stored:
            yield "the pictures shown are not those in the spool"


def _unexplained(facts: Facts) -> Iterator[Complaint]:
    for row in facts.rows:
        if row.is_lost and row.id not in facts.faulted:
            yield Complaint(row.id, "uncertain, and no fault or kill explains it")
    for late in facts.late:
        yield Complaint(late.split()[0], f"taken over too late after its lease: {late}")
    for death in facts.deaths:
        yield Complaint("", f"the bot ended by itself: {death}")
