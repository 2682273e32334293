"""How often the bot may ask: off until it is switched on, and measured by the world's clock.

https://discord.com/developers/docs/topics/rate-limits
"""

import math
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sandbox.discord.clock import Clock
from sandbox.discord.errors import OLD_EDITS, ApiError, Refusal
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

# Discord's own servers add it; discord.py takes a 429 without it for a ban.
VIA = "1.1 google"
OLD_MESSAGE_S = 60 * 60
INVALID_STATUSES = (401, 403, 429)


@dataclass(frozen=True)
class Limit:
    """How many in how many seconds."""

    most: int
    seconds: float


@dataclass(frozen=True)
class Room:
    """What a limit still allows, and the seconds until it allows more."""

    most: int
    left: int
    reset_after: float


# Discord documents the global limit, the invalid requests and the gateway's. The others are what
# its staff named (issues 20 and 367), and the one of old edits what bots have observed.
DEFAULTS = {
    Rule.RATE_CREATE: Limit(5, 5),
    Rule.RATE_EDIT: Limit(5, 5),
    Rule.RATE_WEBHOOK: Limit(5, 2),
    Rule.RATE_WEBHOOK_CHANNEL: Limit(30, 60),
    Rule.RATE_GLOBAL: Limit(50, 1),
    Rule.RATE_OLD_EDITS: Limit(3, 20),
    Rule.RATE_INVALID: Limit(10_000, 600),
    Rule.RATE_SENDS: Limit(120, 60),
    Rule.RATE_IDENTIFY: Limit(1, 5),
    Rule.RATE_IDENTIFY_DAY: Limit(1000, 24 * 60 * 60),
}
LIMITED = Refusal(429, 0, "You are being rate limited.")
# What the headers say where no limit is on: so much that no client waits.
PLENTY = Limit(10_000, 1)
# The buckets that all requests of the bot's token share.
_SHARED = (Rule.RATE_GLOBAL, Rule.RATE_INVALID)

_IDS = re.compile(r"(?<=/)[^/]*\d{15,}[^/]*(?=/|$)")
_MESSAGES = re.compile(r"/channels/(\d+)/messages(?:/\d+)?$")
_WEBHOOK = re.compile(r"/webhooks/\d+/([^/]+)")
_INTERACTION = re.compile(r"/(?:webhooks|interactions)/\d+/")


class RateLimitedError(ApiError):
    """A 429 and everything that its headers say."""

    def __init__(
        self, refusal: Refusal, retry_after: float, headers: Mapping[str, str], *, shared: bool
    ) -> None:
        super().__init__(*refusal)
        self.retry_after = retry_after
        self.is_global = shared
        scope = "global" if shared else "user"
        self.headers = {
            **headers,
            "Retry-After": str(math.ceil(retry_after)),
            "X-RateLimit-Scope": scope,
            **({"X-RateLimit-Global": "true"} if shared else {}),
        }

    def body(self) -> dict[str, object]:
        """Return the JSON object of a rate limit.

        https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit
        """
        written = {
            "message": self.message,
            "retry_after": round(self.retry_after, 3),
            "global": self.is_global,
        }
        return {**written, "code": self.code} if self.code else written


class BannedError(Exception):
    """Too many invalid requests: not Discord answers, but the network in front of it."""


@dataclass
class _Window:
    """When the last few were; `most` of them fit into the seconds of a limit."""

    times: deque[float] = field(default_factory=deque)

    def wait(self, limit: Limit, now: float) -> float:
        while self.times and self.times[0] <= now - limit.seconds:
            self.times.popleft()
        if len(self.times) < limit.most:
            return 0.0
        return self.times[len(self.times) - limit.most] + limit.seconds - now

    def headers(self, limit: Limit, now: float, name: str) -> dict[str, str]:
        reset_at = self.times[0] + limit.seconds if self.times else now
        return {
            "X-RateLimit-Limit": str(limit.most),
            "X-RateLimit-Remaining": str(max(0, limit.most - len(self.times))),
            "X-RateLimit-Reset": f"{reset_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, reset_at - now):.3f}",
            "X-RateLimit-Bucket": sha256(name.encode()).hexdigest()[:32],
        }


class Limits:
    """The rate limits of one world."""

    def __init__(self, clock: Clock, rules: Rulebook) -> None:
        self._clock = clock
        self._rules = rules
        self._on: dict[Rule, Limit] = {}
        self._windows: dict[tuple[Rule, str], _Window] = {}

    def on(self, *rules: Rule) -> None:
        """Switch on these limits, or all of them where none is named."""
        for rule in rules or DEFAULTS:
            self._on[rule] = DEFAULTS[rule]

    def off(self) -> None:
        """Switch off every limit and forget what was counted."""
        self._on.clear()
        self._windows.clear()

    def set(self, rule: Rule, most: int, seconds: float) -> None:
        """Switch a limit on with numbers of one's own."""
        self._on[rule] = Limit(most, seconds)

    def take(self, rule: Rule, key: str = "") -> float:
        """Count one more; return the seconds to wait where that is too many, else 0.0."""
        limit = self._on.get(rule)
        if limit is None:
            return 0.0
        window, now = self._windows.setdefault((rule, key), _Window()), self._clock.now()
        wait = window.wait(limit, now)
        if self._rules.strikes(rule, wait):
            return wait
        window.times.append(now)
        return 0.0

    def room(self, rule: Rule) -> Room:
        """Return what a limit still allows; all of it where the limit is off."""
        limit = self._on.get(rule)
        if limit is None:
            return Room(DEFAULTS[rule].most, DEFAULTS[rule].most, 0.0)
        now = self._clock.now()
        window = self._windows.setdefault((rule, ""), _Window())
        window.wait(limit, now)
        reset_after = window.times[0] + limit.seconds - now if window.times else 0.0
        return Room(limit.most, max(0, limit.most - len(window.times)), reset_after)

    def count_invalid(self, status: int, times: int = 1) -> None:
        """Count an answer that may end in a ban, where its status is such a one."""
        if status in INVALID_STATUSES and Rule.RATE_INVALID in self._on:
            window = self._windows.setdefault((Rule.RATE_INVALID, ""), _Window())
            window.times.extend([self._clock.now()] * times)

    def check(self, method: str, path: str, channel_id: int | None) -> dict[str, str]:
        """Count a request and return the headers of its bucket; `channel_id` is a webhook's.

        Raises RateLimitedError, or BannedError where no answer is given any more.
        """
        self._check_ban()
        exempt = self._rules.strikes(Rule.RATE_GLOBAL_EXEMPT, _INTERACTION.search(path))
        if not exempt:
            self._refuse(Rule.RATE_GLOBAL, "")
        headers: dict[str, str] = {}
        for rule, key in _buckets(method, path, channel_id):
            self._refuse(rule, key)
            headers = headers or self._headers(rule, key)
        if self._rules.strikes(Rule.RATE_HEADERS, not headers):
            headers = self._plenty(method, path)
        return headers

    def _plenty(self, method: str, path: str) -> dict[str, str]:
        """Write the headers of a limit that is off, or of a request that has none here."""
        name, now = f"{method} {_IDS.sub(':id', path)}", self._clock.now()
        return _Window(deque([now])).headers(PLENTY, now, name)

    def check_old_edit(self, channel_id: int, written_at: float) -> None:
        """Refuse too many edits of messages that are older than an hour."""
        if written_at + OLD_MESSAGE_S < self._clock.now():
            self._refuse(Rule.RATE_OLD_EDITS, str(channel_id), OLD_EDITS)

    def _refuse(self, rule: Rule, key: str, refusal: Refusal | None = None) -> None:
        wait = self.take(rule, key)
        if wait:
            raise RateLimitedError(
                refusal or LIMITED,
                wait,
                self._headers(rule, key),
                shared=rule in _SHARED,
            )

    def _headers(self, rule: Rule, key: str) -> dict[str, str]:
        limit = self._on.get(rule)
        if limit is None:
            return {}
        window = self._windows[rule, key]
        return window.headers(limit, self._clock.now(), f"{rule.name} {key}")

    def _check_ban(self) -> None:
        limit = self._on.get(Rule.RATE_INVALID)
        window = self._windows.get((Rule.RATE_INVALID, ""))
        if limit is None or window is None:
            return
        if self._rules.strikes(Rule.RATE_INVALID, window.wait(limit, self._clock.now())):
            raise BannedError


def _buckets(method: str, path: str, channel_id: int | None) -> list[tuple[Rule, str]]:
    channel = _MESSAGES.search(path)
    if channel and method in ("POST", "PATCH"):
        rule = Rule.RATE_CREATE if method == "POST" else Rule.RATE_EDIT
        return [(rule, channel[1])]
    webhook = _WEBHOOK.search(path)
    if not webhook:
        return []
    buckets = [(Rule.RATE_WEBHOOK, webhook[1])]
    if channel_id is not None and method == "POST":
        buckets.append((Rule.RATE_WEBHOOK_CHANNEL, str(channel_id)))
    return buckets
