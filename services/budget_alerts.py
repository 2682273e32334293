"""Sees that managers hear once when their server's budget is nearly used."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from storage.database import StorageError

if TYPE_CHECKING:
    from clock import Clock
    from domain.limits import BudgetWarning
    from storage.budget_warnings import BudgetWarningRepository

logger = logging.getLogger(__name__)

LOOK_INTERVAL_S: Final = 2.0
"""Between two checks for warnings to send; each reads an index that is nearly always empty."""


class Herald(Protocol):
    """Tells managers; `ui` knows how."""

    async def tell(self, warning: BudgetWarning) -> bool:
        """Tell those who manage a server; False where it may work later."""


class BudgetAlerts:
    """Tells what was noted with the books, and goes on with it after a restart."""

    def __init__(self, *, warnings: BudgetWarningRepository, herald: Herald, clock: Clock) -> None:
        self._clock = clock
        self._warnings = warnings
        self._herald = herald

    async def run(self, *, interval_s: float = LOOK_INTERVAL_S) -> None:
        """Tell what is noted, now and ever again; no error ends it."""
        while True:
            try:
                await self.tell_all()
            except StorageError as error:  # the database logs why, and for how long
                logger.debug("budget warnings not sent: %s", error)
            except Exception:  # whatever it is, the next time may work
                logger.exception("budget warnings not sent")
            await asyncio.sleep(interval_s)

    async def tell_all(self) -> None:
        """Tell every warning that was not told; what cannot be told now is left for later.

        Of a day or a month that is over nobody has to hear any more.
        """
        for warning in await self._warnings.list_untold():
            now = self._clock.now()
            is_over = warning.kind.period_end(warning.period_start) <= now
            if is_over or await self._herald.tell(warning):
                await self._warnings.mark_told(warning, now)
