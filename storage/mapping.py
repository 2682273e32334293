"""Rows of the tables as records, and back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from domain.limits import Allowance, LimitKind
from domain.models import (
    Action,
    Delivery,
    Image,
    ImageKind,
    ImageRequest,
    Job,
    JobState,
    LedgerEntry,
    LedgerKind,
    MessageRef,
    Payer,
    PictureRef,
    Place,
    Problem,
    Requester,
    SavedDraft,
    Ticket,
)


def row_from_job(job: Job) -> dict[str, object]:
    """Return the columns of a job; all of them, whichever may change."""
    request = job.request
    return {
        "id": job.id,
        "state": job.state,
        "created_at": text_from_time(job.created_at),
        "expected_at": text_from_time(job.expected_at),
        "answered_at": text_from_time(job.answered_at),
        "submitted_at": text_from_time(job.submitted_at),
        "made_at": text_from_time(job.made_at),
        "fetched_at": text_from_time(job.fetched_at),
        "ended_at": text_from_time(job.ended_at),
        "told_at": text_from_time(job.told_at),
        "dismissed_at": text_from_time(job.dismissed_at),
        "command": request.command,
        "action": request.action,
        "prompt": request.prompt,
        "model": request.model,
        "size": request.size,
        "count": request.count,
        "spoiler": int(request.spoiler),
        "source_url": request.source_url,
        "source_channel_id": request.source_message and request.source_message.channel_id,
        "source_message_id": request.source_message and request.source_message.message_id,
        "parent_job_id": request.parent and request.parent.job_id,
        "parent_position": request.parent and request.parent.position,
        "user_id": request.requester.user_id,
        "user_name": request.requester.user_name,
        "guild_id": request.place.guild_id,
        "guild_name": request.place.guild_name,
        "channel_id": request.place.channel_id,
        "channel_name": request.place.channel_name,
        "delivery": request.place.delivery,
        "place_locale": request.place.locale,
        "interaction_id": request.ticket.interaction_id,
        "application_id": request.ticket.application_id,
        # A token is good for answers to a person: it is kept while there is something to tell.
        "interaction_token": None if job.told_at else request.ticket.token,
        "token_since": text_from_time(request.ticket.token_since),
        "retry_of": request.retry_of,
        "reply_to": request.reply_to,
        "private": int(request.private),
        "locale": request.locale,
        "age_restricted": int(request.age_restricted),
        "nonce": job.nonce,
        "announced_at": text_from_time(job.announced_at),
        "callback_token": job.callback_token,
        "named_task_id": job.named_task_id,
        "cancel_asked_at": text_from_time(job.cancel_asked_at),
        "overdue_at": text_from_time(job.overdue_at),
        "message_id": job.message_id,
        "task_id": job.task_id,
        "trace_id": job.trace_id,
        "estimated_microcredits": job.estimated_microcredits,
        "charged_microcredits": job.charged_microcredits,
        "carried_microcredits": job.carried_microcredits,
        "problem": job.problem,
        "revision": job.revision,
        "allowance": job.allowance and job.allowance.kind,
        "allowance_used": job.allowance and job.allowance.used,
        "allowance_most": job.allowance and job.allowance.most,
    }


def job_from_row(row: dict[str, Any]) -> Job:
    """Return the job of a row of `jobs`."""
    return Job(
        id=row["id"],
        request=_request_from_row(row),
        state=JobState(row["state"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        expected_at=datetime.fromisoformat(row["expected_at"]),
        estimated_microcredits=row["estimated_microcredits"],
        answered_at=time_from_text(row["answered_at"]),
        submitted_at=time_from_text(row["submitted_at"]),
        made_at=time_from_text(row["made_at"]),
        fetched_at=time_from_text(row["fetched_at"]),
        ended_at=time_from_text(row["ended_at"]),
        told_at=time_from_text(row["told_at"]),
        dismissed_at=time_from_text(row["dismissed_at"]),
        charged_microcredits=row["charged_microcredits"],
        carried_microcredits=row["carried_microcredits"],
        task_id=row["task_id"],
        trace_id=row["trace_id"],
        nonce=row["nonce"],
        announced_at=time_from_text(row["announced_at"]),
        callback_token=row["callback_token"],
        named_task_id=row["named_task_id"],
        cancel_asked_at=time_from_text(row["cancel_asked_at"]),
        overdue_at=time_from_text(row["overdue_at"]),
        message_id=row["message_id"],
        problem=Problem(row["problem"]) if row["problem"] else None,
        revision=row["revision"],
        allowance=_allowance_from_row(row),
    )


def _request_from_row(row: dict[str, Any]) -> ImageRequest:
    return ImageRequest(
        action=Action(row["action"]),
        command=row["command"],
        prompt=row["prompt"],
        model=row["model"],
        size=row["size"],
        count=row["count"],
        spoiler=bool(row["spoiler"]),
        source_url=row["source_url"],
        source_message=_source_message_from_row(row),
        parent=_parent_from_row(row),
        requester=Requester(user_id=row["user_id"], user_name=row["user_name"]),
        place=Place(
            channel_id=row["channel_id"],
            channel_name=row["channel_name"],
            guild_id=row["guild_id"],
            guild_name=row["guild_name"],
            delivery=Delivery(row["delivery"]),
            locale=row["place_locale"],
        ),
        ticket=Ticket(
            interaction_id=row["interaction_id"],
            application_id=row["application_id"],
            token=row["interaction_token"],
            token_since=time_from_text(row["token_since"]),
        ),
        retry_of=row["retry_of"],
        reply_to=row["reply_to"],
        private=bool(row["private"]),
        locale=row["locale"],
        age_restricted=bool(row["age_restricted"]),
    )


def _source_message_from_row(row: dict[str, Any]) -> MessageRef | None:
    if row["source_message_id"] is None:
        return None
    return MessageRef(channel_id=row["source_channel_id"], message_id=row["source_message_id"])


def _parent_from_row(row: dict[str, Any]) -> PictureRef | None:
    if row["parent_job_id"] is None:
        return None
    return PictureRef(job_id=row["parent_job_id"], position=row["parent_position"])


def _allowance_from_row(row: dict[str, Any]) -> Allowance | None:
    if row["allowance"] is None:
        return None
    return Allowance(
        kind=LimitKind(row["allowance"]), used=row["allowance_used"], most=row["allowance_most"]
    )


def row_from_image(image: Image) -> dict[str, object]:
    """Return the columns of a picture."""
    return asdict(image)


def image_from_row(row: dict[str, Any]) -> Image:
    """Return the picture of a row of `images`."""
    return Image(**{**row, "kind": ImageKind(row["kind"])})


def row_from_entry(entry: LedgerEntry) -> dict[str, object]:
    """Return the columns of a ledger entry, but for its number."""
    return {
        "job_id": entry.job_id,
        "payer": entry.payer,
        "kind": entry.kind,
        "microcredits": entry.microcredits,
        "pictures": entry.pictures,
        "is_estimate": int(entry.is_estimate),
        "user_id": entry.user_id,
        "guild_id": entry.guild_id,
        "requested_at": text_from_time(entry.requested_at),
        "created_at": text_from_time(entry.created_at),
    }


def entry_from_row(row: dict[str, Any]) -> LedgerEntry:
    """Return the entry of a row of `ledger`."""
    return LedgerEntry(
        job_id=row["job_id"],
        payer=Payer(row["payer"]),
        kind=LedgerKind(row["kind"]),
        microcredits=row["microcredits"],
        pictures=row["pictures"],
        is_estimate=bool(row["is_estimate"]),
        user_id=row["user_id"],
        guild_id=row["guild_id"],
        requested_at=datetime.fromisoformat(row["requested_at"]),
        created_at=datetime.fromisoformat(row["created_at"]),
    )


def draft_from_row(row: dict[str, Any]) -> SavedDraft:
    """Return the draft of a row of `drafts`."""
    return SavedDraft(**{**row, "created_at": datetime.fromisoformat(row["created_at"])})


def text_from_time(time: datetime | None) -> str | None:
    """Return a time as ISO-8601 text in UTC, as every table holds it, so that texts compare."""
    return time.astimezone(UTC).isoformat() if time else None


def time_from_text(text: str | None) -> datetime | None:
    """Return the time of such a text."""
    return datetime.fromisoformat(text) if text else None
