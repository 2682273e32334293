"""How the local Flux API behaves: its manner, the account's state, and scripted mishaps."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.flux.errors import Failure, Refusal
from sandbox.flux.faults import (
    Cut,
    Delay,
    Drop,
    Endless,
    Gate,
    Hang,
    Relabel,
    Say,
    Stall,
    WireFault,
)
from sandbox.flux.response_format import ResponseFormat
from sandbox.flux.tasks import Hidden, Hollow

# - submit: a `/flux/images` request before anything is begun, so nothing is charged
# - accepted: the answer to one whose work is begun; the work itself goes on and is charged
# - tasks: a `/flux/tasks` request; - picture: a request for a finished file
# - work: how a task goes; - record: whether it is found; - callback: how it is told
Where = Literal["submit", "accepted", "tasks", "picture", "work", "record", "callback"]


@dataclass(frozen=True)
class CallbackFirst:
    """The work is over and the callback sent before the submit is answered."""


@dataclass(frozen=True)
class Twice:
    """The same callback is sent two times."""


@dataclass(frozen=True)
class Fewer:
    """No more than so many pictures are made, and charged."""

    pictures: int

    def __post_init__(self) -> None:
        if self.pictures < 1:
            raise ValueError("no pictures at all is a Hollow end")


@dataclass(frozen=True)
class LinkTo:
    """The result's pictures are said to be at this address; they are charged."""

    url: str


Mishap = WireFault | Refusal | CallbackFirst | Failure | Hollow | Fewer | LinkTo | Hidden | Twice

_WIRE = (Delay, Hang, Drop, Say, Refusal, Endless)
_WHOLE = (Cut, Stall, Relabel)
MEANINGFUL: Mapping[Where, tuple[type, ...]] = {
    "submit": _WIRE,
    "accepted": (*_WIRE, *_WHOLE, CallbackFirst),
    "tasks": (*_WIRE, *_WHOLE),
    "picture": (*_WIRE, *_WHOLE),
    "work": (Delay, Hang, Failure, Hollow, Fewer, LinkTo),
    "record": (Hidden,),
    "callback": (Delay, Hang, Drop, Twice),
}

# Asked about everything for which nothing is scripted: where, and whom it would befall.
Whim = Callable[[Where, str], Mishap | None]


@dataclass(frozen=True, slots=True)
class Injected:
    """One mishap that took place; `subject` is a task's id, or a path where there is none."""

    where: Where
    what: Mishap
    subject: str


@dataclass(slots=True)
class _Scripted:
    what: Mishap
    times_left: int | None


class Conduct:
    """What every answer is looked up in; may be changed at any time."""

    def __init__(self, manner: ResponseFormat | None = None) -> None:
        self.manner = manner or ResponseFormat()
        self.account: Refusal | None = None
        self.gate = Gate()
        self.whim: Whim | None = None
        self.injected: list[Injected] = []
        self._scripted: dict[Where, deque[_Scripted]] = {where: deque() for where in MEANINGFUL}
        self._news = asyncio.Event()

    def misbehave(self, where: Where, what: Mishap, times: int | None) -> None:
        """Script a mishap, behind those already scripted there."""
        if not isinstance(what, MEANINGFUL[where]):
            raise TypeError(f"{type(what).__name__} means nothing at {where!r}")
        if times is not None and times < 1:
            raise ValueError("times must be at least 1")
        self._scripted[where].append(_Scripted(what, times))

    def behave(self) -> None:
        """Forget what was scripted and has not taken place."""
        for scripted in self._scripted.values():
            scripted.clear()

    def take(self, where: Where, subject: str) -> Mishap | None:
        """Give what goes wrong now, if anything does, and note it."""
        what = self._next(where)
        if what is None and self.whim is not None:
            what = self.whim(where, subject)
        if what is None:
            return None
        self.injected.append(Injected(where, what, subject))
        self._news.set()
        self._news = asyncio.Event()
        return what

    def _next(self, where: Where) -> Mishap | None:
        queue = self._scripted[where]
        if not queue:
            return None
        scripted = queue[0]
        if scripted.times_left is not None:
            scripted.times_left -= 1
            if not scripted.times_left:
                queue.popleft()
        return scripted.what

    async def reached(self, mishaps: int) -> None:
        """Wait until so many mishaps took place."""
        while len(self.injected) < mishaps:
            await self._news.wait()
