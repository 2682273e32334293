"""Switches for faults of the local Discord and the local Flux."""

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
    "slow": (f"Slow ({SLOW_FLUX_S:.0f} s longer)", "work", Delay(SLOW_FLUX_S)),
    "error": ("Error 500", "submit", BROKEN),
    "refuse": ("Prompt refused by moderation", "submit", MODERATED),
    "lose": ("Accepted, response lost", "accepted", Drop()),
    "busy": ("Rate limited (429)", "submit", RATE_LIMITED),
    "used_up": ("Out of credits (402)", "submit", USED_UP),
}
"""By name: in words, where it takes place, and what."""

DISCORD: Final[Mapping[str, str]] = {
    "slow": f"Slow ({SLOW_DISCORD_S:.0f} s per request)",
    "error": "Error 502",
    "lose": "Message accepted, response lost",
    "limit": f"Rate limited (429, retry after {WAIT_S:.0f} s)",
}


class FaultControls:
    """The fault of each of the two until it is switched off, the same for all tabs."""

    def __init__(self, discord: LocalDiscord, flux: LocalFlux) -> None:
        self._discord = discord
        self._flux = flux
        self._chosen = {"discord": "", "flux": ""}
        # How often something had gone wrong when a fault for one request was chosen.
        self._armed: dict[str, int] = {}

    def as_json(self) -> JSON:
        """Write what can go wrong, what does, and which of it waits for the next request."""
        for service, before in list(self._armed.items()):
            if self._struck(service) > before:
                del self._armed[service]
                self._chosen[service] = ""
        return {
            "chosen": self._chosen,
            "armed": list(self._armed),
            "flux": {name: words for name, (words, _, _) in FLUX.items()},
            "discord": dict(DISCORD),
        }

    def choose(self, service: str, name: str, *, once: bool) -> None:
        """Let one of the two fail from now on, or once; without a name it is normal again."""
        if service == "flux" and name in ("", *FLUX):
            self._flux.behave()
            if name:
                _, where, what = FLUX[name]
                self._flux.misbehave(where, what, 1 if once else None)
        elif service == "discord" and name in ("", *DISCORD):
            self._discord.faults.clear()
            self._trouble_discord(name, 1 if once else ALWAYS)
        else:
            raise ClientRefusedError("unknown fault")
        self._chosen[service] = name
        self._armed.pop(service, None)
        if once and name:
            self._armed[service] = self._struck(service)

    def _struck(self, service: str) -> int:
        return len(self._flux.injected if service == "flux" else self._discord.faults.log)

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
