"""The frozen values of limits and access: what is set, what holds for a request, what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

EVERYWHERE: Final = 0
"""In place of a server's id: the whole bot."""


class LimitKind(StrEnum):
    """A kind of limit; the value names its unit."""

    CREDITS_PER_DAY = "microcredits_per_day"
    CREDITS_PER_MONTH = "microcredits_per_month"
    PICTURES_PER_DAY = "pictures_per_day"
    PICTURES_PER_MONTH = "pictures_per_month"
    COOLDOWN = "cooldown_s"
    PICTURES_PER_REQUEST = "pictures_per_request"
    JOBS_AT_ONCE = "jobs_at_once"

    @property
    def is_budget(self) -> bool:
        """Whether it is spent over a day or a month."""
        return self in BUDGETS

    @property
    def counts_pictures(self) -> bool:
        """Whether pictures are counted, and not millionths of a credit."""
        return self in {LimitKind.PICTURES_PER_DAY, LimitKind.PICTURES_PER_MONTH}

    @property
    def counts_credits(self) -> bool:
        """Whether people give it in credits, and rules hold it in millionths of one."""
        return self in {LimitKind.CREDITS_PER_DAY, LimitKind.CREDITS_PER_MONTH}

    @property
    def is_monthly(self) -> bool:
        return self in {LimitKind.CREDITS_PER_MONTH, LimitKind.PICTURES_PER_MONTH}

    def period_start(self, now: datetime) -> datetime:
        """Return when the budget's day or month began; `now` is in UTC, and so are both."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.replace(day=1) if self.is_monthly else midnight

    def period_end(self, now: datetime) -> datetime:
        """Return when the budget's next day or month begins."""
        start = self.period_start(now)
        if self.is_monthly:
            return (start + timedelta(days=32)).replace(day=1)
        return start + timedelta(days=1)


BUDGETS: Final = (
    LimitKind.CREDITS_PER_DAY,
    LimitKind.PICTURES_PER_DAY,
    LimitKind.CREDITS_PER_MONTH,
    LimitKind.PICTURES_PER_MONTH,
)


class Whose(StrEnum):
    """The spending that a budget counts."""

    PERSON = "person"
    """The requester's, wherever they ask."""
    MEMBER = "member"
    """The requester's in the server where they ask."""
    SERVER = "server"
    """Everybody's in that server, with what the bot owner pays there."""
    ALL = "all"
    """Everybody's everywhere, with what the bot owner pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A maximum for a day or a month (UTC).

    Attributes:
        most: millionths of a credit or pictures, as the kind says; 0 is nothing at all.
        by_managers: whether a server's managers set it for the whole server, below what the bot
            owner allows it.
    """

    whose: Whose
    kind: LimitKind
    most: int
    by_managers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one request; all hold at once.

    Attributes:
        cooldown_s: seconds since the requester's last request, wherever that was.
        member_cooldown_s: seconds since their last one in the same server.
        jobs_per_user: unfinished requests that the requester may have; 0 is no limit.
        jobs_per_member: of these, how many in the same server; 0 is no limit.
    """

    cooldown_s: float = 0
    member_cooldown_s: float = 0
    jobs_per_user: int = 0
    jobs_per_member: int = 0
    budgets: tuple[Budget, ...] = ()


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Usage of the requester's own budget, this request included."""

    kind: LimitKind
    used: int
    most: int


class Who(StrEnum):
    """Kind of a rule's target."""

    ALL = "all"
    """For a server, or the bot, as a whole; the bot owner's to set."""
    SERVER = "server"
    """For a server as a whole, as its managers set it."""
    ROLE = "role"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule:
    """One limit that was set; a row of the table `limits`.

    Attributes:
        guild_id: `EVERYWHERE` for the whole bot.
        target_id: of the role or user, 0 for a whole; everybody's role has the server's id.
        amount: as the kind names it; None where the rule is that there is no limit.
    """

    guild_id: int
    who: Who
    target_id: int
    kind: LimitKind
    amount: int | None
    set_by: int
    set_at: datetime

    KEY: ClassVar = ("guild_id", "who", "target_id", "kind")
    """Of two rules about the same, one replaces the other."""


class Effect(StrEnum):
    """Effect of an access rule."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """A permission or denial for a role or a user; a row of the table `access_rules`.

    Attributes:
        target_id: of the role or user; everybody's role has the server's id.
        model: None for every model.
        channel_id: of a channel, with its threads, or of a category; None for the whole server.
    """

    guild_id: int
    effect: Effect
    who: Who
    target_id: int
    model: str | None = None
    channel_id: int | None = None
    set_by: int
    set_at: datetime

    KEY: ClassVar = ("guild_id", "who", "target_id", "model", "channel_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWarning:
    """A server has used four fifths of a budget; a row of the table `budget_warnings`.

    Attributes:
        used: of `most`, when it was noted; both as the kind names them.
    """

    guild_id: int
    kind: LimitKind
    period_start: datetime
    used: int
    most: int
