"""Amounts of limits as people type and pick them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from discord import app_commands

from domain.errors import UserError
from domain.limits import LimitKind
from domain.models import MICROCREDITS_PER_CREDIT
from flux.catalogue import MAX_COUNT
from ui.autocomplete import MAX_VALUE_CHARACTERS
from ui.formatting import limit_in_words
from ui.i18n import languages

if TYPE_CHECKING:
    from ui.i18n import Words

NO_LIMIT: Final = "none"
"""The value of the suggestion that there is no limit."""

USUAL: Final = {
    LimitKind.PICTURES_PER_REQUEST: ("1", "2", "3"),
    LimitKind.COOLDOWN: ("10", "30", "60", "300"),
    LimitKind.JOBS_AT_ONCE: ("1", "2", "3", "5"),
}
"""Amounts that are suggested before any is typed."""

USUAL_BUDGETS: Final = ("0", "5", "10", "20", "50", "100")

BOUNDS: Final = {
    LimitKind.CREDITS_PER_DAY: (0, 1_000_000),
    LimitKind.CREDITS_PER_MONTH: (0, 1_000_000),
    LimitKind.PICTURES_PER_DAY: (0, 1_000_000),
    LimitKind.PICTURES_PER_MONTH: (0, 1_000_000),
    LimitKind.COOLDOWN: (0, 86_400),
    LimitKind.PICTURES_PER_REQUEST: (1, MAX_COUNT),
    LimitKind.JOBS_AT_ONCE: (1, 1_000),
}
"""The least and the greatest amount of each kind, as typed: a day, the most images of one request,
and else what is surely no mistake. A person who may have no picture at all is denied access."""

AMOUNT_CHARACTERS: Final = 20
"""More than the longest amount, so that a person who types too much is shown what is accepted."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")


def amount_of(kind: LimitKind, typed: str) -> int | None:
    """Return the amount that was typed or picked, None for no limit.

    Raises:
        UserError: it is none.
    """
    plain = typed.strip().casefold()
    if plain == NO_LIMIT or plain in {say("no-limit").casefold() for say in languages().values()}:
        return None
    return read_amount(kind, typed)


def suggest_amounts(
    typed: str, kind_chosen: object, words: Words
) -> list[app_commands.Choice[str]]:
    """Return amounts of the chosen kind, what is typed first, and that there is no limit."""
    if kind_chosen not in list(LimitKind):
        return []
    kind = LimitKind(str(kind_chosen))
    amounts = [typed.strip()] if typed.strip() else USUAL.get(kind, USUAL_BUDGETS)
    suggested = []
    for each in amounts:
        try:
            said = limit_in_words(kind, read_amount(kind, each), words)
        except UserError:
            continue
        suggested.append(app_commands.Choice(name=said[:MAX_VALUE_CHARACTERS], value=each))
    return [*suggested, app_commands.Choice(name=words("no-limit"), value=NO_LIMIT)]


def read_amount(kind: LimitKind, typed: str) -> int:
    """Return an amount as a rule holds it: microcredits, pictures, seconds or requests.

    Raises:
        UserError: it is no number, too small or too great, or in parts where these make none.
    """
    least, most = BOUNDS[kind]
    reason = "amount-of-credits" if kind.counts_credits else "amount-whole"
    refused = UserError(reason, typed=typed, least=least, most=f"{most:,}")
    text = unicodedata.normalize("NFKC", typed).strip()
    if not _NUMBER.fullmatch(text):
        raise refused
    amount = Decimal(text) * (MICROCREDITS_PER_CREDIT if kind.counts_credits else 1)
    if not least <= Decimal(text) <= most or amount % 1:
        raise refused
    return int(amount)
