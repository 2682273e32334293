"""Requests from their drafts to started jobs, from any origin, without Discord."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import UserError
from domain.limits import Limits
from domain.models import FINAL, JobState, Place, Problem, Requester, Ticket
from jobs.request_service import Defaults, RequestService
from jobs.requests import DefaultModels, Draft, Drafts, draft_of
from services.limits_and_access import Asker, Rules
from services.moderation import Moderation
from storage.drafts import DraftRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import Block, ModerationRepository
from storage.preferences import ChoiceRepository
from tests.factories import NOON, make_place, make_ticket
from tests.storage.rows import library

if TYPE_CHECKING:
    from datetime import datetime

    from domain.models import Job
    from tests.jobs.world import World

ADA = 5001
ASKER = Asker(user_id=ADA)
REQUESTER = Requester(user_id=ADA, user_name="ada")
DRAFT = Draft(command="imagine", prompt="a lighthouse")


@dataclass
class Asked:
    """An origin that says what it was told to."""

    ticket: Ticket = field(default_factory=make_ticket)
    promised: bool | Exception = True
    adults_only: bool = False
    asker: Asker = ASKER
    requester: Requester = REQUESTER
    locale: str | None = None
    reply_to: int | None = None
    at: datetime = NOON
    promises: list[bool] = field(default_factory=list)

    def age_s(self) -> float:
        return 0.0

    async def place(self, *, private: bool) -> Place:
        return make_place(channel_name="private" if private else "open")

    def is_for_adults(self, parent: Job | None, *, private: bool) -> bool:
        return self.adults_only

    async def promise(self, *, private: bool) -> bool:
        self.promises.append(private)
        if isinstance(self.promised, Exception):
            raise self.promised
        return self.promised


@dataclass
class Desk:
    """The service, and what it works with."""

    world: World
    moderation: Moderation
    drafts: Drafts
    service: RequestService

    async def job(self, **changes: Any) -> Job:  # noqa: ANN401  # of the row
        [job_id] = await self.world.database.read(
            lambda db: [row["id"] for row in db.fetch("select id from jobs")]
        )
        job = await self.world.jobs.get(job_id)
        assert job is not None
        assert all(getattr(job, name) == value for name, value in changes.items())
        return job

    async def has_jobs(self) -> bool:
        return await self.world.database.read(lambda db: bool(library(db).table("jobs").count))


@pytest.fixture
async def desk(world: World) -> Desk:
    worker = world.runner()
    await worker.open()
    choices = ChoiceRepository(world.database)
    moderation = Moderation(ModerationRepository(world.database))
    drafts = Drafts(DraftRepository(world.database), clock=world.clock)
    usual = DefaultModels(generate="flux-2-klein", edit="flux-2-pro")
    service = RequestService(
        worker=worker,
        jobs=world.jobs,
        rules=Rules(
            RuleRepository(world.database),
            base=Limits(),
            choices=ChoiceRepository(world.database),
        ),
        moderation=moderation,
        defaults=Defaults(usual=usual, choices=choices),
        drafts=drafts,
    )
    return Desk(world=world, moderation=moderation, drafts=drafts, service=service)


async def test_a_draft_becomes_a_job_that_is_answered_once_and_started(desk: Desk) -> None:
    origin = Asked(adults_only=True, locale="de")
    await desk.service.submit(origin, DRAFT)

    job = await desk.job()
    assert origin.promises == [True]  # the job has a message of its own
    assert (job.request.prompt, job.request.model) == ("a lighthouse", "flux-2-klein")
    assert (job.request.age_restricted, job.request.locale) == (True, "de")
    async with asyncio.timeout(60):
        while (await desk.world.now(job)).answered_at is None:
            await asyncio.sleep(0)


async def test_one_origin_that_comes_twice_makes_one_job(desk: Desk) -> None:
    twice = Asked()
    await desk.service.submit(twice, DRAFT)
    await desk.service.submit(twice, DRAFT)

    await desk.job()
    assert twice.promises == [True]


@pytest.mark.parametrize(
    ("promised", "problem"),
    [(False, Problem.ANSWERED_TOO_LATE), (RuntimeError("closed"), Problem.INTERNAL)],
)
async def test_what_is_not_answered_ends_and_costs_nothing(
    desk: Desk,
    promised: bool | Exception,  # noqa: FBT001
    problem: Problem,
) -> None:
    origin = Asked(promised=promised)
    if isinstance(promised, Exception):
        with pytest.raises(RuntimeError):
            await desk.service.submit(origin, DRAFT)
    else:
        await desk.service.submit(origin, DRAFT)

    job = await desk.job(problem=problem, charged_microcredits=0)
    assert job.state in FINAL
    assert job.task_id is None


async def test_a_refused_draft_is_kept_where_another_one_may_succeed(desk: Desk) -> None:
    with pytest.raises(UserError) as refused:
        await desk.service.submit(Asked(), Draft(command="imagine", prompt="x", model="flux-9"))

    assert refused.value.reason is Problem.MODEL_UNKNOWN
    assert refused.value.draft_id is not None
    kept = await desk.drafts.find(refused.value.draft_id, ADA)
    assert kept is not None
    assert (kept.draft.prompt, kept.editing) == ("x", False)
    assert not await desk.has_jobs()


async def test_what_no_other_draft_would_help_is_refused_and_not_kept(desk: Desk) -> None:
    block = Block(guild_id=0, user_id=ADA, reason="spam", until=None, blocked_by=1, blocked_at=NOON)
    await desk.moderation.repository.save_block(block)
    with pytest.raises(UserError) as refused:
        await desk.service.submit(Asked(), DRAFT)

    assert (refused.value.reason, refused.value.draft_id) == (Problem.BLOCKED, None)
    assert not await desk.has_jobs()


async def test_a_job_is_repeated_as_it_was_and_gives_nothing_back_where_it_is_refused(
    desk: Desk,
) -> None:
    old = await desk.world.stored(state=JobState.QUEUED)
    await desk.moderation.repository.save_block(
        Block(guild_id=0, user_id=ADA, reason="", until=None, blocked_by=1, blocked_at=NOON)
    )
    with pytest.raises(UserError) as refused:
        await desk.service.submit(Asked(), draft_of(old, "again"), of=old, is_typed=False)
    assert refused.value.draft_id is None
    await desk.moderation.repository.delete_block(0, ADA)

    origin = Asked(ticket=make_ticket(interaction_id=77))
    await desk.service.submit(origin, draft_of(old, "again"), of=old, is_typed=False)
    [again] = [job for job in await desk.world.jobs.list_open() if job.id != old.id]
    assert (again.request.command, again.request.retry_of) == ("again", old.id)
    assert again.request.prompt == old.request.prompt
