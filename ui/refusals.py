"""Why rules and limits keep a request from being taken, and what there is instead."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from domain.errors import Detail, Plain, UserError
from domain.models import Problem
from services.moderation import Blocked, WordsFound
from storage.moderation import Block

if TYPE_CHECKING:
    from domain.models import ImageRequest
    from services.limits_and_access import Refusal
    from services.moderation import Moderation
    from storage.limits import LimitReachedError

NONE: Final = "none"
"""In place of a list that is empty: the sentence goes on differently."""


def refused_by_rules(refusal: Refusal, request: ImageRequest) -> UserError:
    """Return the error for what its place or the requester's roles do not allow."""
    details: dict[str, Detail] = {}
    match refusal.problem:
        case Problem.PLACE_NOT_ALLOWED:
            channels = [f"<#{channel_id}>" for channel_id in refusal.channels]
            details = {"channels": Plain(", ".join(channels) or NONE)}
        case Problem.MODEL_NOT_ALLOWED:
            models = Plain(", ".join(refusal.models) or NONE)
            details = {"model": request.model, "models": models}
        case Problem.COUNT_NOT_ALLOWED:
            details = {"count": request.count, "most": refusal.most}
    return UserError(refusal.problem, **details)


def refused_by_limit(error: LimitReachedError) -> UserError:
    """Return the error for what would go over a limit, with when it frees up."""
    details: dict[str, Detail] = {"frees": "later" if error.frees_at else "never"}
    if error.frees_at:
        details["frees_at"] = error.frees_at
    if error.budget:
        details["limit"] = error.budget
    return UserError(error.problem, **details)


def check_conduct(
    moderation: Moderation, request: ImageRequest, guild_id: int | None, now: datetime
) -> None:
    """Refuse what moderation objects to.

    Args:
        guild_id: where it was asked for, also where the result goes to direct messages.
    """
    objection = moderation.object_to(
        request.prompt,
        user_id=request.requester.user_id,
        guild_id=guild_id,
        now=now,
    )
    match objection:
        case WordsFound(rule):
            raise UserError(Problem.WORDS_NOT_ALLOWED, found=rule.words)
        case Blocked(Block(until=None) as block):
            raise UserError(Problem.BLOCKED, reason=block.reason)
        case Blocked(Block(until=datetime() as until) as block):
            raise UserError(Problem.BLOCKED_FOR_A_WHILE, reason=block.reason, until=until)
