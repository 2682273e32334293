"""Text for messages: credits, limits, times, permissions, lists."""

from __future__ import annotations

from contextvars import ContextVar
from functools import reduce
from typing import TYPE_CHECKING, Final

from domain.amounts import CreditPrice, credits_number, credits_text
from domain.models import Job, Payer
from storage.ledger import shares
from ui.components import MESSAGE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from domain.limits import Allowance, LimitKind
    from ui.i18n import Words

LIST_CHARACTERS: Final = MESSAGE_CHARACTERS - 400
"""Of a list's lines, so that a heading and the number of those left out fit too."""

_CREDIT_PRICE: Final[ContextVar[CreditPrice | None]] = ContextVar("credit_price", default=None)


def link_to(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Return the address of a message; outside of servers it has no guild."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def use_credit_price(price: CreditPrice | None) -> None:
    """Let this task, and those that it starts from here on, show money beside credits."""
    _CREDIT_PRICE.set(price)


def credits_in_words(job: Job, words: Words) -> str:
    """Return what the job costs its requester: as Flux charged it, else as estimated, marked so."""
    borne = shares(job)[Payer.USER]
    return price_in_words(borne, words, about=bool(borne) and job.charged_microcredits is None)


def price_in_words(
    microcredits: int, words: Words, *, about: bool = False, money: bool = True
) -> str:
    """Return credits with two digits, and money where a price is set: "0.22 credits (0.02 USD)"."""
    shown = words("credits-about" if about else "credits", amount=credits_number(microcredits))
    price = _CREDIT_PRICE.get()
    if price is None or not microcredits or not money:
        return shown
    return words("credits-and-money", credits=shown, money=price.of(microcredits))


def limit_in_words(kind: LimitKind, amount: int | None, words: Words) -> str:
    """Return a limit as text: "10 images a day", "no limit on images per day"."""
    name = kind.replace("_", "-")
    if amount is None:
        return words(f"unlimited-{name}")
    # A whole number stays one: the language writes it and chooses the form of its noun.
    shown = credits_number(amount) if kind.counts_credits else amount
    return words(f"limit-{name}", amount=shown)


def allowance_in_words(allowance: Allowance, words: Words) -> str:
    """Return the usage of a requester's own budget: "3 of 10 today"."""
    return words(
        f"used-{allowance.kind.replace('_', '-')}",
        used=amount_in_words(allowance.kind, allowance.used),
        most=amount_in_words(allowance.kind, allowance.most),
    )


def amount_in_words(kind: LimitKind, amount: int) -> str:
    """Return an amount without its unit."""
    return credits_text(amount) if kind.counts_credits else str(amount)


def seconds_taken(job: Job) -> str:
    """Return how long the job's pictures took, waiting in line included; "0" before they came."""
    seconds = ((job.fetched_at or job.created_at) - job.created_at).total_seconds()
    return f"{max(seconds, 0):.0f}"  # below 0 where the clock was set back meanwhile


def age_in_words(job: Job, at: datetime, words: Words) -> str:
    """Return how long before some time a job was requested, where Discord shows no timestamp."""
    seconds = max(int((at - job.created_at).total_seconds()), 0)
    units = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    unit = next((unit for unit, size in units.items() if seconds >= size), "seconds")
    return words("age", unit=unit, number=seconds // units[unit])


def as_list(words: Words, lines: Sequence[str]) -> str:
    """Return lines as a list, as many as fit one message, and how many more there are."""
    shown: list[str] = []
    room = LIST_CHARACTERS
    for number, line in enumerate(lines):
        if len(line) + 1 > room:
            return "\n".join([*shown, words("and-more", count=len(lines) - number)])
        shown.append(line)
        room -= len(line) + 1
    return "\n".join(shown)


def named_permissions(names: Iterable[str], words: Words) -> str:
    return listed([words(f"permission-{name.replace('_', '-')}") for name in names], words)


def listed(items: Iterable[str], words: Words) -> str:
    """Return at least one item as a list within a sentence."""
    return reduce(lambda some, one: words("list-of-two", first=some, second=one), items)
