"""What goes wrong with Discord and Flux, by the dice, and where kills are tried."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from sandbox.discord import Aim, Fault, RecordedRequest, Trouble
from sandbox.flux.accounts import RATE_LIMITED
from sandbox.flux.conduct import CallbackFirst, Fewer, Twice
from sandbox.flux.faults import Cut, Delay, Drop
from sandbox.flux.oddities import API_ERROR, BROKEN, UNAVAILABLE, page
from sandbox.flux.tasks import Hidden, Hollow
from tests.torture.points import ARRIVES, IS_ANSWERED, TAKES_EFFECT, discord_seam

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp import web

    from sandbox.discord import LocalDiscord
    from sandbox.flux import LocalFlux
    from sandbox.flux.conduct import Mishap, Where
    from tests.torture.killer import Kills

RATE_LIMIT_S: Final = 0.05
LONGEST_DELAY_S: Final = 0.4
LONGEST_WORK_S: Final = 1.5
"""Of the local Flux, with whatever is put in its way."""

HIDDEN_QUESTIONS: Final = 2
GATEWAY_EVERY_S: Final = 1.5

TOO_LARGE_STATUS, TOO_LARGE_CODE = 413, 40005

BUSY_ANSWERS: Final = ((401, 40001), (408, 40333), (400, 20022), (403, 20028), (400, None))
"""Status and code of what passes."""

REFUSING_ANSWERS: Final = (
    *((400, code) for code in (20009, 30046, 50024, 50035, 50068, 50109, 220003, 240000, 999_999)),
    (403, 50013),
    (400, 50083),
)
"""Status and code of what is refused for good, as far as the bot can tell."""

_RETRY = replace(RATE_LIMITED, retry_after_s=0)

T = TypeVar("T")

Dice: TypeAlias = "tuple[tuple[float, Callable[[Random], T]], ...]"

FLUX: Final[dict[Where, Dice[Mishap]]] = {
    "submit": (
        (0.02, lambda _: BROKEN),
        (0.01, lambda _: UNAVAILABLE),
        (0.02, lambda _: _RETRY),
        (0.02, lambda _: Drop()),
    ),
    "accepted": (
        (0.03, lambda _: page(502)),
        (0.02, lambda _: Drop()),
        (0.01, lambda _: Cut()),
        (0.03, lambda random: Delay(random.uniform(0.0, LONGEST_DELAY_S))),
        (0.02, lambda _: CallbackFirst()),
    ),
    "tasks": (
        (0.03, lambda _: page(502)),
        (0.03, lambda _: BROKEN),
        (0.02, lambda _: _RETRY),
        (0.02, lambda _: Drop()),
        (0.01, lambda _: Cut()),
    ),
    "picture": ((0.05, lambda _: page(502)), (0.02, lambda _: Drop()), (0.02, lambda _: Cut())),
    "work": (
        (0.02, lambda _: API_ERROR),
        (0.01, lambda _: Hollow()),
        (0.03, lambda _: Fewer(1)),
        (0.05, lambda random: Delay(random.uniform(0.0, 2 * LONGEST_DELAY_S))),
    ),
    "record": ((0.05, lambda _: Hidden(HIDDEN_QUESTIONS)),),
    "callback": (
        (0.10, lambda _: Drop()),
        (0.10, lambda _: Twice()),
        (0.10, lambda random: Delay(random.uniform(0.0, 3 * LONGEST_DELAY_S))),
    ),
}
"""How often each mishap comes, by where; 6 % of the answers to submits and tasks are errors."""

DISCORD: Final[Dice[Fault]] = (
    (0.03, lambda _: _fault(Trouble.STATUS, status=502)),
    (0.03, lambda _: _fault(Trouble.STATUS, status=502, after=True)),
    (0.02, lambda _: _fault(Trouble.RATE_LIMIT, seconds=RATE_LIMIT_S)),
    (0.015, lambda _: _fault(Trouble.DROP)),
    (0.015, lambda _: _fault(Trouble.DROP, after=True)),
    # It goes on when it is released.
    (0.03, lambda random: _fault(Trouble.HANG, seconds=random.uniform(0.0, LONGEST_DELAY_S))),
)
BUSY: Final[Dice[Fault]] = ((0.02, lambda random: _said(random.choice(BUSY_ANSWERS))),)
REFUSALS: Final[Dice[Fault]] = ((0.02, lambda random: _said(random.choice(REFUSING_ANSWERS))),)
UPLOADS: Final[Dice[Fault]] = (
    (0.03, lambda _: _fault(Trouble.STATUS, status=TOO_LARGE_STATUS, code=TOO_LARGE_CODE)),
    *DISCORD,
)


def _fault(
    trouble: Trouble,
    *,
    after: bool = False,
    status: int = 0,
    code: int | None = None,
    seconds: float = 0.0,
) -> Fault:
    return Fault(trouble, Aim(after=after), status=status, code=code, seconds=seconds)


def _said(answer: tuple[int, int | None]) -> Fault:
    status, code = answer
    return _fault(Trouble.STATUS, status=status, code=code)


def dice(seed: int, kind: str) -> Random:
    """Return dice that always fall in the same way."""
    return Random(f"{seed} {kind}")  # noqa: S311  # nothing is kept secret by them


class Misfortune:
    """Rolls the dice for every request; each kind has dice of its own, so that runs repeat.

    Attributes:
        accepted: when Flux answered the submit of each task, in seconds since 1970.
        requests: what Discord was asked, and when it was done.
    """

    def __init__(
        self,
        discord: LocalDiscord,
        flux: LocalFlux,
        killer: Kills,
        seed: int,
        *,
        scale: float,
        answers_late: bool = False,
    ) -> None:
        self.is_on = True
        self.accepted: dict[str, float] = {}
        self.requests: list[tuple[float, RecordedRequest]] = []
        self._discord = discord
        self._flux = flux
        self._killer = killer
        self._scale = scale
        # Where it holds a call, Flux answers after its work.
        self._answer_s = LONGEST_WORK_S if answers_late else 0.0
        self._dice: dict[str, Random] = {}
        self._seed = seed
        discord.faults.whim = self._on_discord_request
        discord.world.news.listen(self._on_news)
        flux.whim = self._on_flux

    async def shake_the_gateway(self) -> None:
        """Close the connection in one way or another, now and then, until cancelled."""
        gateway = self._discord.gateway
        ways: Sequence[Callable[[], None]] = (
            gateway.cut,
            gateway.reconnect,
            gateway.invalidate,
            lambda: gateway.invalidate(resumable=True),
        )
        random = self._random("gateway")
        while True:
            await asyncio.sleep(random.expovariate(1 / GATEWAY_EVERY_S))
            way = random.choice(ways)
            if self.is_on and self._scale:
                way()

    def _random(self, kind: str) -> Random:
        return self._dice.setdefault(kind, dice(self._seed, kind))

    def _on_discord_request(self, request: web.Request, path: str) -> Fault | None:
        has_files = request.content_type == "multipart/form-data"
        seam = discord_seam(request.method, path, has_files=has_files)
        if seam is None:
            return None
        if self._killer.at(seam, ARRIVES):
            return _fault(Trouble.DROP)
        fault = self._rolled(
            seam, (*self._answers(seam, path), *(UPLOADS if has_files else DISCORD))
        )
        if fault is not None and fault.trouble is Trouble.HANG:
            asyncio.get_running_loop().call_later(fault.seconds, fault.release)
            self._killer.on_kill.append(fault.release)
        return fault

    def _answers(self, seam: str, path: str) -> Dice[Fault]:
        if seam == "acknowledgement":
            return ()
        if seam in ("dismissal", "private word"):
            return BUSY  # nobody could be told of a refusal there
        if seam == "post":
            channel = self._discord.world.channels.get(int(path.split("/")[2]))
            is_direct = channel is not None and channel.guild is None
            return BUSY if is_direct else (*BUSY, *REFUSALS)
        return (*BUSY, *REFUSALS)

    def _on_news(self, kind: str, subject: object) -> None:
        if kind == "REQUEST" and isinstance(subject, RecordedRequest):
            self.requests.append((time.time(), subject))
            has_files = bool(subject.files)
            seam = discord_seam(subject.method, subject.path, has_files=has_files)
            if seam is not None:
                self._has_happened(seam)

    def _has_happened(self, seam: str) -> bool:
        return self._killer.at(seam, TAKES_EFFECT) or self._killer.at(seam, IS_ANSWERED)

    def _on_flux(self, where: Where, subject: str) -> Mishap | None:
        if where == "accepted":
            self.accepted[subject] = time.time() + self._answer_s
            if self._has_happened("submit"):
                return Drop()
            return self._rolled_answer(subject)
        if self._killer.at(where, ARRIVES):
            return Drop() if where != "work" else None
        if where == "picture" and self._killer.at(where, TAKES_EFFECT):
            return Cut()
        self._killer.at(where, IS_ANSWERED)
        return self._rolled(where, FLUX[where])

    def _rolled_answer(self, task_id: str) -> Mishap | None:
        mishap = self._rolled("accepted", FLUX["accepted"])
        if isinstance(mishap, Delay):
            self.accepted[task_id] += mishap.seconds
        elif isinstance(mishap, CallbackFirst):
            self.accepted[task_id] += LONGEST_WORK_S
        return mishap

    def _rolled(self, kind: str, dice: Dice[T]) -> T | None:
        random = self._random(kind)
        rolled = random.random()
        for share, make in dice:
            if rolled < share * self._scale:
                return make(random) if self.is_on else None
            rolled -= share * self._scale
        return None
