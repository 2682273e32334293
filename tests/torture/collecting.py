"""Reads the three books when a run is over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from discord.utils import snowflake_time

from sandbox.discord.message_view import see
from sandbox.discord.records import ChannelType
from sandbox.transcript import state_of
from storage.recount import find_differences
from tests.torture.facts import (
    FINAL_STATES,
    LOST_STATES,
    Charge,
    Entry,
    Facts,
    File,
    Press,
    Row,
    Shown,
)
from tests.torture.killer import CLOCK_S
from tests.torture.misfortune import HIDDEN_QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sandbox.discord import InteractionResult, LocalDiscord, SeenMessage
    from sandbox.flux import LocalFlux
    from storage.connection import Connection
    from tests.torture.calendar import Calendar
    from tests.torture.killer import Kills
    from tests.torture.misfortune import Misfortune
    from tests.torture.people import People

MICROCREDITS: Final = 1_000_000
BATCH: Final = 50
TOKEN_LIFE_S: Final = 15 * 60
JOB_ID: Final = re.compile(r"(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])")
LISTINGS: Final = frozenset({"history", "usage"})


async def tasks_of(flux: LocalFlux, task_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Ask the local Flux, as any client may, for its records of these tasks."""
    records: dict[str, dict[str, Any]] = {}
    async with aiohttp.ClientSession(headers=_headers(flux)) as session:
        for start in range(0, len(task_ids), BATCH):
            query = {"action": "retrieve_batch", "ids": task_ids[start : start + BATCH]}
            # A record may be hidden for the first few questions.
            for _ in range(HIDDEN_QUESTIONS + 1):
                async with session.post(f"{flux.base}/flux/tasks", json=query) as answer:
                    items = (await answer.json())["items"]
            records |= {item["id"]: item for item in items}
    return records


async def charges_of(flux: LocalFlux, tasks: dict[str, dict[str, Any]]) -> tuple[Charge, ...]:
    """Return what Flux was paid for, with what it serves."""
    async with aiohttp.ClientSession() as session:
        return tuple(
            [
                Charge(
                    task_id=charge.task_id,
                    prompt=prompt_of(tasks[charge.task_id]),
                    microcredits=round(charge.credits * MICROCREDITS),
                    pictures=await _served(session, flux.base, tasks[charge.task_id]),
                )
                for charge in flux.charges
            ]
        )


def prompt_of(task: dict[str, Any]) -> str:
    """Return what a task was asked to draw."""
    return str(task["request"]["prompt"])


def _headers(flux: LocalFlux) -> dict[str, str]:
    return {"Authorization": f"Bearer {flux.token}"}


async def _served(
    session: aiohttp.ClientSession, base: str, record: dict[str, Any]
) -> tuple[str, ...]:
    text = json.dumps(record["response"])
    hashes = []
    for url in dict.fromkeys(re.findall(re.escape(f"{base}/files/") + r"[\w.-]+", text)):
        async with session.get(url) as answer:
            hashes.append(sha256(await answer.read()).hexdigest())
    return tuple(hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that took part in a run."""

    discord: LocalDiscord
    flux: LocalFlux
    people: People
    killer: Kills
    calendar: Calendar
    misfortune: Misfortune
    folder: Path


def open_jobs(db: Connection) -> int:
    """Return how many jobs are open, without those whose answer was lost: they may be for long."""
    return db.count("jobs", "told_at is null and state <> 'uncertain'")


def all_told(db: Connection) -> bool:
    """Tell whether all that could be done for each job is done."""
    # Of a job that was told, a token is kept only to remove its "thinking" answer.
    return all(
        row["state"] in LOST_STATES
        or (row["state"] in FINAL_STATES and row["told_at"] and not row["interaction_token"])
        for row in db.fetch("select state, told_at, interaction_token from jobs")
    )


async def facts_of(world: World, db: Connection) -> Facts:
    """Read the three books; the bot has ended."""
    tasks = await tasks_of(world.flux, list(world.misfortune.accepted))
    jobs = db.fetch("select * from jobs order by created_at")
    now = datetime.fromtimestamp(world.discord.world.clock.now(), UTC)
    rows = tuple(map(_row, jobs))
    return Facts(
        charges=await charges_of(world.flux, tasks),
        rows=rows,
        entries=_entries(db),
        files=_files(db, world.folder / "spool"),
        wrong_totals=tuple(find_differences(db, now)),
        shown=tuple(_shown(world.discord, world.people, rows)),
        presses=tuple(map(_press, world.people.uses)),
        faulted=_faulted(world, jobs, tasks),
    )


def _faulted(
    world: World, jobs: list[dict[str, Any]], tasks: dict[str, dict[str, Any]]
) -> frozenset[str]:
    """Return the jobs whose submit met a fault, or a kill before its answer was stored."""
    broken = {
        request.payload.get("prompt")
        for request in world.flux.requests
        if request.path == "/flux/images"
        and (request.status == 0 or request.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    }
    answers = [(prompt_of(tasks[task_id]), at) for task_id, at in world.misfortune.accepted.items()]

    def is_killed(job: dict[str, Any]) -> bool:
        submitted_at = world.calendar.here(_timestamp(job["submitted_at"]))
        # A retry has the prompt of an earlier request, whose answer is not its own.
        own = [
            at for prompt, at in answers if prompt == job["prompt"] and at > submitted_at - CLOCK_S
        ]
        return world.killer.explains(submitted_at, min(own, default=None))

    return frozenset(
        job["id"]
        for job in jobs
        if job["submitted_at"] and (job["prompt"] in broken or is_killed(job))
    )


def _files(db: Connection, spool: Path) -> tuple[File, ...]:
    return tuple(
        File(
            job_id=row["job_id"],
            hash=_hash(spool / row["file_name"]),
            is_copy=row["kind"] == "posted",
        )
        for row in db.fetch("select * from images where kind <> 'source'")
    )


def _row(row: dict[str, Any]) -> Row:
    return Row(
        id=row["id"],
        interaction_id=row["interaction_id"],
        user_id=row["user_id"],
        prompt=row["prompt"],
        state=row["state"],
        problem=row["problem"],
        told=row["told_at"] is not None,
        task_id=row["task_id"],
        submitted=row["submitted_at"] is not None,
        charged=row["charged_microcredits"],
        is_response=row["delivery"] == "response",
        outlived_token=_outlived_token(row),
    )


def _outlived_token(row: dict[str, Any]) -> bool:
    ended = row["dismissed_at"] or row["told_at"]
    asked_at = snowflake_time(row["interaction_id"]).timestamp()
    return bool(ended) and _timestamp(ended) - asked_at > TOKEN_LIFE_S


def _entries(db: Connection) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            job_id=row["job_id"],
            payer=row["payer"],
            microcredits=row["microcredits"],
            is_estimate=bool(row["is_estimate"]),
        )
        for row in db.fetch("select * from ledger")
    )


def _hash(path: Path) -> str | None:
    return sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _timestamp(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _press(use: InteractionResult) -> Press:
    message = use.message
    return Press(
        interaction_id=use.interaction.id,
        is_acknowledged=use.callback_type is not None,
        is_thinking=message is not None and message.thinking,
    )


def _shown(discord: LocalDiscord, people: People, rows: Sequence[Row]) -> Iterable[Shown]:
    world = discord.world
    listings = {
        message.id
        for use in people.uses
        if use.interaction.data.get("name") in LISTINGS
        for message in (use.message, *use.followups)
        if message is not None
    }
    for channel in world.channels.values():
        for message in channel.messages.values():
            if message.author is world.bot:
                owner = message.private_to.id if message.private_to else None
                shown = _as_shown(see(message, world.renderer), rows, listings, owner)
                yield replace(
                    shown,
                    is_direct=channel.type is ChannelType.DM,
                    is_collected=message.id in people.collected,
                )
    for seen in people.removed:
        shown = _as_shown(seen, rows, listings, None, is_removed=True)
        place = world.channels.get(int(seen.raw["channel_id"]))
        yield replace(shown, is_direct=place is not None and place.type is ChannelType.DM)


def _as_shown(
    seen: SeenMessage,
    rows: Sequence[Row],
    listings: set[int],
    owner: int | None,
    *,
    is_removed: bool = False,
) -> Shown:
    return Shown(
        message_id=seen.id,
        job_ids=_jobs_in(seen, rows),
        private_to=owner,
        is_answer=state_of(seen) != "working",
        is_listing=seen.id in listings,
        is_removed=is_removed,
        pictures=tuple(sha256(image.data).hexdigest() for image in seen.images),
    )


def _jobs_in(seen: SeenMessage, rows: Sequence[Row]) -> frozenset[str]:
    if str(seen.raw.get("nonce")).endswith("-help"):  # it follows a job's result, and shows no job
        return frozenset()
    own = {name: value for name, value in seen.raw.items() if name != "referenced_message"}
    named = frozenset(JOB_ID.findall(json.dumps(own))) & {row.id for row in rows}
    # A response without buttons and images names its job by the interaction alone.
    answered = str((seen.raw.get("interaction_metadata") or {}).get("id"))
    return named or frozenset(row.id for row in rows if str(row.interaction_id) == answered)
