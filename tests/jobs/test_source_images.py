"""The picture of an edit, and an address of it that works, before anything is paid."""

from dataclasses import replace

import pytest

from domain.models import (
    FINAL,
    Action,
    Image,
    ImageKind,
    Job,
    JobState,
    MessageRef,
    PictureRef,
    Problem,
)
from jobs.leases import Leases
from jobs.messenger import Expired, Forbidden, Gone, Outcome, Posted, Temporary, TooLarge
from storage.jobs import StaleJobError
from tests.factories import NOON, make_image
from tests.images.serving import picture
from tests.jobs.world import World, untold

FRESH = "https://cdn.example.org/attachments/1/2/source.png?ex=1"
SHOWN = MessageRef(channel_id=3001, message_id=8001)


async def edit_of(world: World, source_url: str | None, **changes: object) -> Job:
    request = replace(world.edit_request(""), source_url=source_url, **changes)  # type: ignore[arg-type]  # tests name real fields
    return await world.stored(request=request, message_id=6001)


async def keep(world: World, job: Job, kind: ImageKind, content: bytes, position: int = 1) -> Image:
    """Put a picture of a job into the spool and the books."""
    image = make_image(
        job_id=job.id,
        kind=kind,
        position=position,
        file_name=f"{job.id}-{kind}-{position}.png",
        bytes=len(content),
    )
    (world.spool.folder.path / image.file_name).write_bytes(content)
    await world.jobs.advance(job, job, [image])
    return image


async def source_of(world: World, job: Job) -> bytes:
    [source] = await world.jobs.list_images(job.id, ImageKind.SOURCE)
    return (world.spool.folder.path / source.file_name).read_bytes()


def posts_at(world: World, url: str) -> None:
    world.messenger.script("source", Posted(6001, url))


async def test_a_picture_is_not_looked_for_where_none_is_edited(world: World) -> None:
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    runner = world.runner()
    await runner.open()
    [job] = await world.ended(await world.started(runner))
    assert (job.state, world.messenger.sought) == (JobState.DELIVERED, [])


async def test_the_picture_is_copied_before_anything_is_paid(world: World) -> None:
    content = picture("JPEG")
    url = world.server.serve("/photo", content)
    job = await world.hands().sources.take(await edit_of(world, url))
    [source] = await world.jobs.list_images(job.id, ImageKind.SOURCE)
    assert (world.spool.folder.path / source.file_name).read_bytes() == content
    assert (job.state, source.media_type) == (JobState.QUEUED, "image/jpeg")
    assert job.request.source_url == url
    assert (world.messenger.sought, world.messenger.shown) == ([], [])


async def test_a_job_that_is_cancelled_meanwhile_leaves_no_file(world: World) -> None:
    job = await edit_of(world, None, retry_of="job0")
    image = await keep(world, await world.stored(id="job0"), ImageKind.SOURCE, picture())
    hands = world.hands()
    world.messenger.script("source", Posted(6001, FRESH))
    await hands.presenter.end(job, Problem.CANCELLED)
    with pytest.raises(StaleJobError):
        await hands.sources.take(job)

    folder = world.spool.folder.path
    assert [path.name for path in folder.iterdir()] == [image.file_name]


async def test_a_source_is_left_to_the_process_that_has_the_lease(world: World) -> None:
    job = await edit_of(world, world.server.serve("/photo", picture()))
    hands, leases = world.hands(), Leases(30)
    await world.jobs.advance(job, job)  # as a takeover does
    with leases.about(job.id), pytest.raises(StaleJobError):
        await hands.sources.take(job)

    assert len([*world.spool.folder.path.iterdir()]) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"words", Problem.SOURCE_NOT_A_PICTURE),
        (bytes(26 * 1024 * 1024), Problem.SOURCE_TOO_LARGE),
    ],
)
async def test_what_cannot_be_used_is_refused_free_of_charge(
    world: World, content: bytes, problem: Problem
) -> None:
    job = await edit_of(world, world.server.serve("/photo", content), source_message=SHOWN)
    job = await world.hands().sources.take(job)
    assert (job.state, job.problem) == (JobState.REFUSED, problem)
    assert job.charged_microcredits == 0
    assert world.messenger.last("end").job == untold(job)
    assert len(world.server.asked) == 1
    assert world.messenger.sought == []


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_picture_that_is_nowhere_is_told_before_paying(world: World, status: int) -> None:
    url = world.server.serve("/photo", b"", status=status)
    job = await edit_of(
        world, url, parent=PictureRef(job_id="a" * 12, position=1), retry_of="b" * 12
    )
    job = await world.hands().sources.take(job)
    assert (job.state, job.problem) == (JobState.REFUSED, Problem.SOURCE_UNREACHABLE)
    assert job.charged_microcredits == 0
    assert world.messenger.last("end").job == untold(job)
    assert world.messenger.phases(job.id) == ["end"]
    assert world.server.asked == ["/photo"]


async def test_a_picture_is_fetched_by_the_fresh_address_of_its_message(world: World) -> None:
    content = picture()
    job = await edit_of(world, world.server.url("/expired"), source_message=SHOWN)
    fresh = world.server.serve("/fresh", content)
    world.messenger.sources[job.id] = fresh
    job = await world.hands().sources.take(job)
    assert job.request.source_url == fresh
    assert (await world.now(job)).request.source_url == fresh
    assert await source_of(world, job) == content
    assert world.messenger.shown == []


async def test_a_picture_without_an_address_is_found_in_its_message(world: World) -> None:
    job = await edit_of(world, None, source_message=SHOWN)
    world.messenger.sources[job.id] = world.server.serve("/fresh", picture())
    job = await world.hands().sources.take(job)
    assert job.request.source_url == world.messenger.sources[job.id]


@pytest.mark.parametrize("generation", [1, 2])
async def test_a_repeated_edit_gets_the_picture_of_the_first(world: World, generation: int) -> None:
    content = picture()
    earlier = await edit_of(world, world.server.url("/expired"))
    await keep(world, earlier, ImageKind.SOURCE, content)
    for _ in range(generation):
        earlier = await edit_of(world, world.server.url("/expired"), retry_of=earlier.id)
    posts_at(world, FRESH)

    job = await world.hands().sources.take(earlier)

    assert (job.state, job.request.source_url) == (JobState.QUEUED, FRESH)
    assert await source_of(world, job) == content
    [shown] = world.messenger.last("source").images
    assert (shown.job_id, shown.kind) == (job.id, ImageKind.SOURCE)


@pytest.mark.parametrize("kinds", [[ImageKind.RESULT], [ImageKind.RESULT, ImageKind.POSTED]])
async def test_a_picture_of_the_family_comes_from_the_spool(
    world: World, kinds: list[ImageKind]
) -> None:
    parent = await world.stored()
    for position in (1, 2):
        for kind in kinds:
            content = picture(size=(64, 40 + position + 10 * len(kind)))
            await keep(world, await world.now(parent), kind, content, position)
    wanted = await world.jobs.list_images(parent.id, kinds[-1])
    posts_at(world, FRESH)

    job = await edit_of(world, None, parent=PictureRef(job_id=parent.id, position=2))
    job = await world.hands().sources.take(job)

    assert job.request.source_url == FRESH
    assert (
        await source_of(world, job) == (world.spool.folder.path / wanted[1].file_name).read_bytes()
    )


async def test_a_picture_that_was_brought_before_a_restart_is_attached_again(world: World) -> None:
    content = picture()
    url = world.server.serve("/photo", content)
    job = await world.hands().sources.take(await edit_of(world, url))
    world.server.serve("/photo", b"", status=404)
    posts_at(world, FRESH)
    job = await world.hands().sources.take(job)
    assert job.request.source_url == FRESH
    assert await source_of(world, job) == content


async def test_an_address_that_still_works_after_a_restart_is_kept(world: World) -> None:
    url = world.server.serve("/photo", picture())
    job = await world.hands().sources.take(await edit_of(world, url))
    job = await world.hands().sources.take(job)
    assert job.request.source_url == url
    assert world.messenger.shown == []


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (Posted(6001), Problem.SOURCE_UNREACHABLE),
        (TooLarge(1_000), Problem.SOURCE_UNREACHABLE),
        (Gone(), Problem.MESSAGE_GONE),
        (Forbidden(), Problem.PLACE_FORBIDDEN),
        (Expired(), Problem.RESPONSE_EXPIRED),
        (FileNotFoundError(), Problem.SOURCE_UNREACHABLE),
    ],
)
async def test_a_picture_that_cannot_be_attached_ends_the_job_free_of_charge(
    world: World, outcome: Outcome | Exception, problem: Problem
) -> None:
    job = await edit_of(world, world.server.url("/expired"))
    await keep(world, job, ImageKind.SOURCE, picture())
    world.messenger.script("source", outcome)
    job = await world.hands().sources.take(await world.now(job))
    assert (job.problem, job.charged_microcredits) == (problem, 0)
    assert job.state in FINAL
    assert world.flux.submitted == []


async def test_attaching_is_tried_again_while_discord_is_away(world: World) -> None:
    job = await edit_of(world, world.server.url("/expired"))
    await keep(world, job, ImageKind.SOURCE, picture())
    world.messenger.script("source", Temporary(0), Temporary(0), Posted(6001, FRESH))
    job = await world.hands().sources.take(await world.now(job))
    assert job.request.source_url == FRESH
    assert world.messenger.phases(job.id) == ["source"] * 3


async def test_a_job_that_was_cancelled_meanwhile_is_not_shown_again(world: World) -> None:
    job = await edit_of(world, world.server.url("/expired"))
    await keep(world, job, ImageKind.SOURCE, picture())
    job = await world.now(job)
    await world.jobs.advance(job, replace(job, state=JobState.CANCELLED, problem=Problem.CANCELLED))
    with pytest.raises(StaleJobError):
        await world.hands().sources.take(job)
    assert world.messenger.shown == []


async def test_flux_is_given_the_address_of_what_was_attached(world: World) -> None:
    parent = await world.stored(state=JobState.DELIVERED, ended_at=NOON, told_at=NOON)
    await keep(world, parent, ImageKind.RESULT, picture())
    posts_at(world, FRESH)
    world.flux.accept("task-1")
    world.flux.tell(world.done("task-1"))
    runner = world.runner()
    await runner.open()
    job = await world.started(
        runner,
        action=Action.EDIT,
        model="flux-kontext-pro",
        parent=PictureRef(job_id=parent.id, position=1),
    )
    [job] = await world.ended(job)
    assert job.state is JobState.DELIVERED
    [submitted] = world.flux.submitted
    assert getattr(submitted, "image_url", None) == FRESH
    assert world.messenger.phases(job.id)[:2] == ["announce", "source"]
