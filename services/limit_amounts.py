"""Amounts of limits as people type them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from domain.errors import UserError
from domain.limits import LimitKind
from domain.models import MICROCREDITS_PER_CREDIT
from flux.catalogue import MAX_COUNT

CREDITS: Final = frozenset({LimitKind.CREDITS_PER_DAY, LimitKind.CREDITS_PER_MONTH})
"""Kinds whose amounts are people's credits and rules' millionths of one."""

BOUNDS: Final = {
    LimitKind.CREDITS_PER_DAY: (0, 1_000_000),
    LimitKind.CREDITS_PER_MONTH: (0, 1_000_000),
    LimitKind.PICTURES_PER_DAY: (0, 1_000_000),
    LimitKind.PICTURES_PER_MONTH: (0, 1_000_000),
    LimitKind.COOLDOWN: (0, 86_400),
    LimitKind.PICTURES_PER_REQUEST: (1, MAX_COUNT),
    LimitKind.JOBS_AT_ONCE: (1, 1_000),
}
"""The least and the greatest amount of each kind, as typed: a day, what one request can ask for,
and else what is surely no mistake. A person who may have no picture at all is denied access."""

AMOUNT_CHARACTERS: Final = 20
"""More than the longest amount, so that a person who types too much is shown what is accepted."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")


def read_amount(kind: LimitKind, typed: str) -> int:
    """Return an amount as a rule holds it: microcredits, pictures, seconds or requests.

    Raises:
        UserError: it is no number, too small or too great, or in parts where these make none.
    """
    least, most = BOUNDS[kind]
    reason = "amount-of-credits" if kind in CREDITS else "amount-whole"
    refused = UserError(reason, typed=typed, least=least, most=f"{most:,}")
    text = unicodedata.normalize("NFKC", typed).strip()
    if not _NUMBER.fullmatch(text):
        raise refused
    amount = Decimal(text) * (MICROCREDITS_PER_CREDIT if kind in CREDITS else 1)
    if not least <= Decimal(text) <= most or amount % 1:
        raise refused
    return int(amount)
