"""The frozen values that cross rooms: a request, its job, its pictures, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from domain.limits import Allowance

DISCORD_EPOCH_MS: Final = 1_420_070_400_000
"""The first second of 2015, from which snowflakes count; API reference, snowflake format."""

MICROCREDITS_PER_CREDIT: Final = 1_000_000
"""Money is counted in whole millionths of a Flux credit, so that sums are exact."""


class Action(StrEnum):
    """What Flux is asked to do."""

    GENERATE = "generate"
    EDIT = "edit"


class Delivery(StrEnum):
    """Which Discord message carries the job's card."""

    MESSAGE = "message"
    """A regular channel message, sent and edited with the bot's token."""
    RESPONSE = "response"
    """The interaction's own response, edited with its token, for at most 15 minutes."""


class JobState(StrEnum):
    """Where a job is on its way; see `TRANSITIONS` for the ways between."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNCERTAIN = "uncertain"
    """It was sent, and no response says whether it was accepted; it is never sent again."""
    RUNNING = "running"
    FETCHED = "fetched"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDS: Final = frozenset({JobState.REFUSED, JobState.FAILED})

FINAL: Final = _ENDS | {JobState.DELIVERED, JobState.CANCELLED}
"""Late evidence can still reopen a failed job."""

TRANSITIONS: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.CANCELLED}) | _ENDS,
    JobState.SUBMITTING: frozenset({JobState.QUEUED, JobState.UNCERTAIN, JobState.RUNNING}) | _ENDS,
    JobState.UNCERTAIN: frozenset({JobState.RUNNING, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.FETCHED}) | _ENDS,
    JobState.FETCHED: frozenset(
        {JobState.RUNNING, JobState.DELIVERED, JobState.CANCELLED, JobState.FAILED}
    ),
    JobState.DELIVERED: frozenset(),
    JobState.REFUSED: frozenset(),
    JobState.FAILED: frozenset({JobState.RUNNING}),
    JobState.CANCELLED: frozenset(),
}


class Problem(StrEnum):
    """Everything that can keep a request from its picture; the catalogues of `ui` word each."""

    PROMPT_EMPTY = "prompt_empty"
    PROMPT_TOO_LONG = "prompt_too_long"
    MODEL_UNKNOWN = "model_unknown"
    MODEL_CANNOT_EDIT = "model_cannot_edit"
    SIZE_UNKNOWN = "size_unknown"
    SIZE_NOT_FOR_MODEL = "size_not_for_model"
    COUNT_OUT_OF_RANGE = "count_out_of_range"
    BLOCKED = "blocked"
    BLOCKED_FOR_A_WHILE = "blocked_for_a_while"
    WORDS_NOT_ALLOWED = "words_not_allowed"
    PLACE_NOT_ALLOWED = "place_not_allowed"
    PERSON_NOT_ALLOWED = "person_not_allowed"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    COUNT_NOT_ALLOWED = "count_not_allowed"
    TOO_MANY_JOBS = "too_many_jobs"
    COOLING_DOWN = "cooling_down"
    USER_BUDGET_SPENT = "user_budget_spent"
    SERVER_BUDGET_SPENT = "server_budget_spent"
    TOTAL_BUDGET_SPENT = "total_budget_spent"
    CLICKED_TWICE = "clicked_twice"
    PERMISSIONS_MISSING = "permissions_missing"
    SOURCE_NOT_A_PICTURE = "source_not_a_picture"
    SOURCE_TOO_LARGE = "source_too_large"
    SOURCE_TOO_MANY_PIXELS = "source_too_many_pixels"
    SOURCES_TOO_MANY_PIXELS = "sources_too_many_pixels"
    SOURCE_TOO_COSTLY = "source_too_costly"
    SOURCE_UNREACHABLE = "source_unreachable"
    MODEL_NOT_OFFERED = "model_not_offered"
    FLUX_BAD_REQUEST = "flux_bad_request"
    FLUX_BAD_SOURCE = "flux_bad_source"
    FLUX_AUTHENTICATION = "flux_authentication"
    FLUX_OUT_OF_CREDITS = "flux_out_of_credits"
    FLUX_REFUSED_CONTENT = "flux_refused_content"
    FLUX_RATE_LIMITED = "flux_rate_limited"
    FLUX_UNAVAILABLE = "flux_unavailable"
    FLUX_FAILED = "flux_failed"
    ANSWER_LOST = "answer_lost"
    OVERDUE = "overdue"
    SPOOL_UNAVAILABLE = "spool_unavailable"
    RESULT_UNREACHABLE = "result_unreachable"
    RESULT_UNUSABLE = "result_unusable"
    RESULT_TOO_LARGE = "result_too_large"
    MESSAGE_GONE = "message_gone"
    PLACE_FORBIDDEN = "place_forbidden"
    DIRECT_MESSAGES_CLOSED = "direct_messages_closed"
    THREAD_LOCKED = "thread_locked"
    EXPLICIT_CONTENT = "explicit_content"
    BLOCKED_BY_AUTOMOD = "blocked_by_automod"
    HARMFUL_LINK = "harmful_link"
    NOT_SHOWN = "not_shown"
    RESPONSE_EXPIRED = "response_expired"
    CANCELLED = "cancelled"
    ARRIVED_LATE = "arrived_late"
    ANSWERED_TOO_LATE = "answered_too_late"
    STORED_TOO_LATE = "stored_too_late"
    RESTARTED = "restarted"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asked."""

    user_id: int
    user_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it was asked and how the result gets there; a DM has no guild.

    Attributes:
        locale: the language of the server that it was asked in, as Discord names it.
        file_limit_bytes: of one file there when it was asked; None where it is Discord's default.
    """

    channel_id: int
    channel_name: str | None
    guild_id: int | None
    guild_name: str | None
    delivery: Delivery
    locale: str | None = None
    file_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What made a request: unique, and where it was an interaction, good for answers for a while.

    Attributes:
        interaction_id: of the interaction or, without one, of the message that asked.
        token: None where a message asked, and nothing but messages can answer.
        token_since: when a later click brought the token, None where it is the interaction's own.
    """

    interaction_id: int
    application_id: int
    token: str | None = field(repr=False)
    token_since: datetime | None = None

    @property
    def issued_at(self) -> datetime:
        """When the token was issued; an interaction's id has its time, as every snowflake."""
        if self.token_since is not None:
            return self.token_since
        milliseconds = (self.interaction_id >> 22) + DISCORD_EPOCH_MS
        return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRef:
    """One result of a job; positions count from 1."""

    job_id: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """One message on Discord."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What one person asked for, already checked against the catalogue.

    Attributes:
        source_url: where the picture of an edit was last seen; None where only the spool has it.
        more_source_urls: addresses of images to join to the right of it, one a line; None once
            they are joined, or where there are none.
        source_message: the message that shows it, from which a live address can be had again.
        parent: the result of an earlier job that an edit starts from.
        avatar_of: whose avatar it edits, also where an earlier job did first.
        reply_to: the message that the job's own message answers.
        locale: the requester's language as Discord names it, None where it sends none.
        age_restricted: whether it is for adults alone: asked for in an age-restricted channel, or
            about a picture of one.
    """

    action: Action
    command: str
    prompt: str = field(repr=False)
    model: str
    size: str
    count: int
    spoiler: bool
    source_url: str | None = field(default=None, repr=False)
    more_source_urls: str | None = field(default=None, repr=False)
    source_message: MessageRef | None = None
    parent: PictureRef | None = None
    requester: Requester
    place: Place
    ticket: Ticket
    retry_of: str | None = None
    reply_to: int | None = None
    private: bool = False
    locale: str | None = None
    dm_copy: bool = False
    age_restricted: bool = False
    avatar_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request on its way through the bot; a row of the table `jobs`.

    Attributes:
        answered_at: when Discord had taken the answer to its interaction, where it had one.
        made_at: when the bot heard that Flux had made its pictures.
        carried_microcredits: what the house bears of the charge of a job that was delivered, for
            pictures that were made and could not be had.
        announced_at: before a message was first sent with `nonce`.
        callback_token: what Flux says when it calls back; the only evidence of a lost answer.
        named_task_id: what a callback named as the task of a lost answer, and Flux has not
            confirmed yet.
        cancel_asked_at: a picture in progress is not shown any more, only kept.
        overdue_at: when the bot stopped expecting an end; it still looks, now and then.
        revision: how often the row was changed by a step; a step from an older one is refused.
        told_at: when its author could see how it ended; an end that was not told is told again.
        dismissed_at: when the private "thinking" answer was removed, or was found to be beyond
            removal, where the job has a message of its own.
        problem_source: which of several images of an edit, from 1, the problem is about.
        flux_error: why the last submit failed: an HTTP status, `timeout`, `disconnected` or
            `unreachable`.
        allowance: what its requester had used of theirs with it; None where none is set.
    """

    id: str
    request: ImageRequest
    state: JobState
    created_at: datetime
    expected_at: datetime
    estimated_microcredits: int
    answered_at: datetime | None = None
    submitted_at: datetime | None = None
    made_at: datetime | None = None
    fetched_at: datetime | None = None
    ended_at: datetime | None = None
    told_at: datetime | None = None
    dismissed_at: datetime | None = None
    charged_microcredits: int | None = None
    carried_microcredits: int = 0
    task_id: str | None = None
    trace_id: str | None = None
    nonce: str | None = None
    announced_at: datetime | None = None
    callback_token: str | None = field(default=None, repr=False)
    named_task_id: str | None = None
    cancel_asked_at: datetime | None = None
    overdue_at: datetime | None = None
    message_id: int | None = None
    problem: Problem | None = None
    problem_source: int | None = None
    flux_error: str | None = None
    revision: int = 0
    allowance: Allowance | None = None


class ImageKind(StrEnum):
    """Whether a stored picture came in or went out."""

    SOURCE = "source"
    RESULT = "result"
    """As Flux made it."""
    POSTED = "posted"
    """A result made smaller, because Discord did not take it as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One checked picture in the spool; a row of the table `images`."""

    job_id: str
    kind: ImageKind
    position: int
    """From 1, in the order Flux returned them."""
    file_name: str
    """Relative to the spool directory."""
    media_type: str
    width: int
    height: int
    bytes: int


class Payer(StrEnum):
    """Who pays a charge."""

    USER = "user"
    """The requester, within their allowance."""
    HOUSE = "house"
    """The bot owner: Flux charged, and the requester has no picture."""
