"""Plan, findings and cost of `doctor --live`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.amounts import credits_text
from flux.catalogue import MODELS, Contract, Model
from flux.models import Exchange, Task, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable


USAGE_PAGE: Final = "https://platform.acedata.cloud"


class LiveCheckError(Exception):
    """The check cannot go on; the text is a sentence for the bot owner."""


class TaskFailedError(LiveCheckError):
    """Flux accepted a request and did not make its image."""


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption, and whether it held; None where it was not tried."""

    name: str
    held: bool | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The parts of a live check: each image in it is paid for.

    Attributes:
        contract: the edition of the API that the settings name; None if it is to be found out.
    """

    channel_id: int
    edit: bool = False
    stream: bool = False
    contract: Contract | None = None

    @property
    def model(self) -> Model:
        return self._cheapest(edits=False)

    @property
    def edit_model(self) -> Model:
        return self._cheapest(edits=True)

    def price(self) -> str:
        """Return the estimated price of every image, in words."""
        one = self.model
        parts = [f"one image of {one.id} (about {credits_in_words(one.estimated_microcredits)})"]
        if self.edit:
            edit = self.edit_model
            parts.append(
                f"one edit with {edit.id} (about {credits_in_words(edit.estimated_microcredits)})"
            )
        if self.stream:
            again = f"one more image of {one.id}, streamed"
            parts.append(f"{again} (about {credits_in_words(one.estimated_microcredits)})")
        return "The live check pays Flux for " + ", ".join(parts) + "."

    def _cheapest(self, *, edits: bool) -> Model:
        offered = [
            model
            for model in MODELS.values()
            if (model.edits or not edits)
            and (self.contract is None or self.contract in model.contracts)
        ]
        # Of equally cheap ones, one that every edition of the API has.
        return min(offered, key=lambda model: (model.estimated_microcredits, -len(model.contracts)))


@dataclass(slots=True)
class _Payment:
    model: str
    estimate: int
    task_id: str = ""
    is_open: bool = True
    charged: int | None = None
    is_free: bool = False


@dataclass(slots=True)
class Spending:
    """The requests to Flux so far, and their cost."""

    _payments: list[_Payment] = field(default_factory=list)

    def sent(self, model: Model) -> None:
        self._payments.append(_Payment(model.id, model.estimated_microcredits))

    def accepted(self, task_id: str) -> None:
        self._payments[-1].task_id = task_id

    def ended(self, task: Task | None) -> None:
        """Note the end of the newest request; without images nothing was charged."""
        newest = self._payments[-1]
        newest.is_open = False
        newest.is_free = task is None or task.state is not TaskState.DONE
        newest.charged = task.charged_microcredits if task else None

    def in_words(self) -> str:
        """Return what was paid, and what may have been paid, as sentences."""
        made = [each for each in self._payments if not each.is_open and not each.is_free]
        told = sum(each.estimate if each.charged is None else each.charged for each in made)
        about = "about " if any(each.charged is None for each in made) else ""
        images = "1 image" if len(made) == 1 else f"{len(made)} images"
        pending = [each for each in self._payments if each.is_open]
        words = []
        if made:
            words.append(f"Paid: {about}{credits_in_words(told)} for {images}.")
        elif not pending:
            words.append("Nothing was charged.")
        for each in pending:
            task = f"task {each.task_id}" if each.task_id else "no task id was received"
            price = credits_in_words(each.estimate)
            words.append(
                f"One request for {each.model} was sent, but its outcome is unknown ({task}): it "
                f"may cost about {price}. It is not sent again; see the usage list at "
                f"{USAGE_PAGE}."
            )
        return " ".join(words)


class LiveRun:
    """Findings, exchanges and cost of a live check so far."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.note = say
        """Prints what the bot owner must not lose, such as the address of an image."""
        self.checks: list[Check] = []
        self.exchanges: list[Exchange] = []
        self.spending = Spending()

    def add(self, name: str, text: str, *, held: bool | None) -> None:
        """Note and print whether an assumption held.

        One that was tried before is noted again only where it does not hold now.
        """
        before = [check.held for check in self.checks if check.name == name]
        if before and (held is not False or False in before):
            return
        self.checks.append(Check(name, held, text))
        verdict = {True: "OK", False: "FAIL", None: "SKIP"}[held]
        self.note(f"{verdict:<5} {name:<14} {text}")

    @property
    def all_held(self) -> bool:
        return all(check.held is not False for check in self.checks)


def credits_in_words(microcredits: int) -> str:
    return f"{credits_text(microcredits)} credits"
