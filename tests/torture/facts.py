"""What is known when a run is over: charges, rows, messages, each as a frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOST_STATES: Final = frozenset({"uncertain"})
LOST_PROBLEMS: Final = frozenset({"answer_lost"})
FINAL_STATES: Final = frozenset({"delivered", "refused", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One task that Flux was paid for, with the hashes of the pictures that it serves."""

    task_id: str
    prompt: str
    microcredits: int
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of `jobs`; `charged` is None where only an estimate is known.

    Attributes:
        is_response: its message is the response to its interaction, editable for 15 minutes.
        outlived_token: those had passed before its private response was removed.
    """

    id: str
    interaction_id: int
    user_id: int
    prompt: str
    state: str
    problem: str | None = None
    told: bool = True
    task_id: str | None = None
    submitted: bool = False
    charged: int | None = None
    is_response: bool = False
    outlived_token: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether the answer to its submit was lost."""
        return self.state in LOST_STATES or self.problem in LOST_PROBLEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of `ledger`."""

    job_id: str
    payer: str
    microcredits: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One row of `images`; the hash is None where there is no such file in the spool.

    Attributes:
        is_copy: it was made smaller, because Discord did not take what Flux had made.
    """

    job_id: str
    hash: str | None
    is_copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message of the bot, as it is or as it was when a person removed it.

    Attributes:
        is_answer: it says how a job ended, rather than that it is at work.
        is_listing: it is the answer to a question about jobs, such as `/history`.
        is_direct: it is in the direct messages of one person.
        is_collected: somebody pressed Get image on it, which asks for the pictures there.
    """

    message_id: int
    job_ids: frozenset[str]
    private_to: int | None = None
    is_answer: bool = True
    is_listing: bool = False
    is_removed: bool = False
    is_direct: bool = False
    is_collected: bool = False
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A command or a click that Discord gave to the bot."""

    interaction_id: int
    is_acknowledged: bool
    is_thinking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known when a run is over.

    Attributes:
        entries: the ledger, None where there is none yet.
        wrong_totals: for whom and since when the running totals are not the sums of the ledger.
        faulted: ids of jobs whose submit met a fault or a kill before its answer was stored.
        deaths: how the bot ended where nobody had told it to.
        late: jobs of dead processes that were taken over too late, and how late.
    """

    charges: tuple[Charge, ...] = ()
    rows: tuple[Row, ...] = ()
    entries: tuple[Entry, ...] | None = None
    files: tuple[File, ...] = ()
    wrong_totals: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    presses: tuple[Press, ...] = ()
    faulted: frozenset[str] = frozenset()
    deaths: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
