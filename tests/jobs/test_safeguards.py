"""What the other tests of jobs leave open: what is stored, and on the disk, before what."""

import asyncio
import os
from pathlib import Path

import pytest

from domain.models import JobState, Problem
from flux.errors import RateLimitedError
from images.store import ImageStore
from tests.images.serving import PictureServer, picture
from tests.jobs.world import World


async def test_the_nonce_is_stored_before_the_message_is_sent(world: World) -> None:
    world.messenger.gates["announce"] = asyncio.Event()
    job = await world.stored()
    announcing = asyncio.create_task(world.hands().announce(job, position=0))
    sent = (await world.messenger.until("announce")).job
    stored = await world.now(job)
    announcing.cancel()
    await asyncio.gather(announcing, return_exceptions=True)
    assert sent.nonce is not None
    assert (stored.nonce, stored.announced_at) == (sent.nonce, sent.announced_at)


async def test_the_task_is_stored_before_flux_is_asked_for_it(world: World) -> None:
    runner = world.runner()
    await runner.open()
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    job = await runner.accept(world.request())
    seen: list[tuple[JobState, str | None]] = []

    async def look() -> None:
        stored = await world.now(job)
        seen.append((stored.state, stored.task_id))

    world.flux.witness = look
    runner.start(job)
    await world.ended(job)
    assert seen == [(JobState.SUBMITTING, None), (JobState.RUNNING, "task-1")]


async def test_too_many_requests_leave_fewer_turns(world: World) -> None:
    hands = world.hands()
    positions: list[int] = []

    async def look() -> None:
        positions.append(hands.scheduler.position(user_id=2))

    world.flux.accept(RateLimitedError("slower", retry_after_s=0), "task-1")
    world.flux.witness = look
    hands.scheduler.resume(user_id=1)
    await hands.submitter.submit(await world.stored(message_id=6001))
    assert positions == [0, 1]


async def test_a_task_that_only_a_callback_names_is_not_taken_up(world: World) -> None:
    job = await world.running(None, state=JobState.FAILED, problem=Problem.ANSWER_LOST)
    assert await world.hands().retriever.lost_answers.reopen(job, "task-of-nobody") is None
    assert set(world.flux.asked_alone) == {"task-of-nobody"}
    assert await world.now(job) == job


async def test_a_picture_is_on_the_disk_before_it_gets_its_name(
    spool: ImageStore, server: PictureServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, list[str]]] = []
    sync = os.fsync

    def noting(file: int) -> None:
        sync(file)
        synced.append((os.fstat(file).st_ino, [path.suffix for path in folder.iterdir()]))

    monkeypatch.setattr(os, "fsync", noting)
    url = server.serve("/a.png", picture())
    image = await spool.fetch(url, job_id="job", position=1)
    written, named = await asyncio.to_thread(
        lambda: ((spool.folder.path / image.file_name).stat().st_ino, folder.stat().st_ino)
    )
    assert (written, [".part"]) in synced
    assert os.name != "posix" or (named, [".png"]) in synced


async def test_a_picture_that_is_being_posted_does_not_change(
    spool: ImageStore, server: PictureServer
) -> None:
    content = picture()
    url = server.serve("/a.png", content)
    image = await spool.fetch(url, job_id="job", position=1)
    with await asyncio.to_thread((spool.folder.path / image.file_name).open, "rb") as posting:
        begun = posting.read(10)
        url = server.serve("/b.png", picture(size=(30, 20)))
        await spool.fetch(url, job_id="job", position=1)
        assert begun + posting.read() == content
