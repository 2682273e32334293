"""What a job asks of Discord, and how that can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from domain.models import Image, Job, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_FILE_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""The smallest limit Discord has had for a bot's files."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The job's message now shows the job as it is.

    Attributes:
        source_url: where Discord keeps the source of an edit, if that was shown.
    """

    message_id: int
    source_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Discord takes files of at most this many bytes at that place."""

    limit_bytes: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The message, or its channel, is no longer there."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Discord refused it for good."""

    problem: Problem = Problem.PLACE_FORBIDDEN


@dataclass(frozen=True, slots=True)
class Expired:
    """The interaction's token no longer works, 15 minutes after its use."""


Outcome: TypeAlias = Posted | TooLarge | Gone | Forbidden | Expired


class Temporary(Exception):  # noqa: N818  # one of the ways an attempt ends, not a fault
    """Discord did not take it just now; the same attempt may be made again later."""

    def __init__(self, retry_after_s: float | None = None) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class Messenger(Protocol):
    """Shows jobs to people: one attempt a call, under a deadline of its own.

    Each raises `Temporary` where it may work later. Where pictures are shown and the file of one is
    missing, FileNotFoundError is raised before anything is sent: it has to be fetched again.
    """

    async def show(self, job: Job, images: Sequence[Image] = (), *, position: int = 0) -> Outcome:
        """Post the job's message, or edit it where it stands, to what the job is now.

        A message that an earlier attempt may have posted is looked for in the channel where the
        nonce no longer keeps a second one away.

        Args:
            images: its pictures; of a job that goes on, those that have come so far, or the
                source of an edit, which stays on the message while the job goes on.
            position: the job's place in the line, 0 where it need not wait.
        """

    async def dismiss(self, job: Job) -> None:
        """Remove the private "thinking" answer, now that the job has its own message."""

    async def withdraw(self, job: Job) -> Outcome:
        """Let a job's message, whose end Discord refused to show, not seem to be in progress.

        It shows the end without the prompt, if Discord accepts that (`Posted`), else it is deleted
        (`Gone`), if Discord allows it.
        """

    async def was_answered(self, job: Job) -> bool:
        """Whether the job's author was promised a message, as far as the token still tells."""

    async def source_url(self, job: Job) -> str | None:
        """Return a fresh address of the picture to edit, from the message that shows it.

        None where there is no such message, the bot may not read it, or it shows that picture no
        longer.
        """

    async def tell(self, job: Job) -> None:
        """Say privately how the job ended, where no message of its own could be posted.

        It is told by the interaction while its token works, then by a direct message; of a
        message that somebody deleted, by the interaction only, unless its channel went with it.
        """

    async def offer_collect(self, job: Job) -> Outcome:
        """Turn the interaction's response into a card whose button brings a fresh token."""

    async def send_direct(self, job: Job, images: Sequence[Image]) -> Outcome:
        """Send the result to its requester as a direct message, with the job's nonce.

        A message that an earlier attempt may have sent is looked for as in `show`.
        """

    async def tell_no_copy(self, job: Job) -> None:
        """Say to the requester alone that their direct messages are closed to a copy.

        It is told by the interaction while its token works, else in reply to the message that
        asked, else not at all: the result stands where it was asked for.
        """

    async def alert_operator(self, problem: Problem) -> None:
        """Notify the bot owner of a problem that only they can fix; tried once."""
