"""Switches that let the local Discord and the local Flux misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.discord import Aim, ClientRefusedError
from sandbox.flux.accounts import RATE_LIMITED, USED_UP
from sandbox.flux.faults import Delay, Drop
from sandbox.flux.oddities import BROKEN, MODERATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord import LocalDiscord
    from sandbox.discord.errors import JSON
    from sandbox.flux import LocalFlux
    from sandbox.flux.conduct import Mishap, Where

SLOW_FLUX_S: Final = 20.0
SLOW_DISCORD_S: Final = 2.0
WAIT_S: Final = 3.0
ALWAYS: Final = 1 << 30
"""How often something goes wrong that is to go wrong until it is switched back."""

REST: Final = r"^/(channels|interactions|webhooks)/"
"""What of Discord misbehaves; pictures that were posted and the gateway are spared."""

FLUX: Final[Mapping[str, tuple[str, Where, Mishap]]] = {
    "slow": (f"takes {SLOW_FLUX_S:.0f} s longer", "work", Delay(SLOW_FLUX_S)),
    "error": ("answers 500", "submit", BROKEN),
    "refuse": ("refuses the prompt", "submit", MODERATED),
    "lose": ("takes it, and its answer is lost", "accepted", Drop()),
    "busy": ("is too busy", "submit", RATE_LIMITED),
    "used_up": ("has no credits left", "submit", USED_UP),
}
"""By name: in words, where it takes place, and what."""

DISCORD: Final[Mapping[str, str]] = {
    "slow": f"answers {SLOW_DISCORD_S:.0f} s late",
    "error": "answers 502",
    "lose": "takes a message, and its answer is lost",
    "limit": f"asks to wait {WAIT_S:.0f} s",
}


class FaultControls:
    """What goes wrong at each of the two until it is switched back, the same for all tabs."""

    def __init__(self, discord: LocalDiscord, flux: LocalFlux) -> None:
        self._discord = discord
        self._flux = flux
        self._chosen = {"discord": "", "flux": ""}

    def as_json(self) -> JSON:
        """Write what can go wrong, and what does."""
        return {
            "chosen": self._chosen,
            "flux": {name: words for name, (words, _, _) in FLUX.items()},
            "discord": dict(DISCORD),
        }

    def choose(self, service: str, name: str, *, once: bool) -> None:
        """Let one of the two misbehave from now on, or once; without a name it behaves again."""
        if service == "flux" and name in ("", *FLUX):
            self._flux.behave()
            if name:
                _, where, what = FLUX[name]
                self._flux.misbehave(where, what, 1 if once else None)
        elif service == "discord" and name in ("", *DISCORD):
            self._discord.faults.clear()
            self._trouble_discord(name, 1 if once else ALWAYS)
        else:
            raise ClientRefusedError("there is no such trouble")
        self._chosen[service] = "" if once else name

    def _trouble_discord(self, name: str, times: int) -> None:
        faults, aim = self._discord.faults, Aim(REST, times=times)
        if name == "slow":
            faults.delay(SLOW_DISCORD_S, aim)
        elif name == "error":
            faults.status(502, aim)
        elif name == "lose":
            faults.drop(Aim(REST, "POST", times=times, after=True))
        elif name == "limit":
            faults.rate_limit(WAIT_S, aim)
