"""What people see of a job: its message, its result, and other ways where the first is closed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.models import Delivery, Image, ImageKind, Job, JobState, Payer, Problem
from jobs.messenger import Expired, Forbidden, Gone, Outcome, Temporary, TooLarge
from jobs.sending import FIT_ATTEMPTS
from tests.factories import make_place
from tests.images.serving import picture
from tests.jobs.filling import files_limited_to
from tests.jobs.world import OPTIONS, World

CHARGED = 216_000

END_OF_OUTCOME = [
    (Gone(), Problem.MESSAGE_GONE),
    (Forbidden(), Problem.PLACE_FORBIDDEN),
    (Expired(), Problem.RESPONSE_EXPIRED),
    (TooLarge(10), Problem.RESULT_TOO_LARGE),
]


async def test_announce_stores_the_message_and_removes_the_private_answer(world: World) -> None:
    hands = world.hands()
    job = await hands.announce(await world.stored(), position=3)
    await hands.presenter.dismiss(job, is_awaited=True)
    shown = world.messenger.last("announce")
    assert shown.position == 3
    assert job.message_id is not None
    stored = await world.now(job)
    assert stored.dismissed_at is not None
    assert stored == replace(job, dismissed_at=stored.dismissed_at)
    assert world.messenger.dismissed == [job.id]


async def test_announce_stores_the_nonce_before_it_posts(world: World) -> None:
    job = await world.stored()
    await world.hands().announce(job, position=0)
    nonce = world.messenger.last("announce").job.nonce
    assert nonce is not None
    assert nonce.startswith(job.id)
    assert len(nonce) <= 25


async def test_announce_uses_the_same_nonce_when_it_is_done_again(world: World) -> None:
    job = await world.stored(nonce="before-the-crash")
    await world.hands().announce(job, position=0)
    assert world.messenger.last("announce").job.nonce == "before-the-crash"


async def test_announce_keeps_the_answer_when_it_is_the_message_itself(world: World) -> None:
    place = make_place(delivery=Delivery.RESPONSE)
    job = await world.stored(request=world.request(place=place))
    await world.hands().announce(job, position=0)
    assert world.messenger.dismissed == []


@pytest.mark.parametrize(("outcome", "problem"), END_OF_OUTCOME)
async def test_announce_ends_the_job_free_of_charge_when_it_cannot_be_shown(
    world: World, outcome: Outcome, problem: Problem
) -> None:
    world.messenger.script("announce", outcome)
    job = await world.hands().announce(await world.stored(), position=0)
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 0
    assert job.ended_at is not None
    # The ticket's token is not stored with an end, so the end is told with the job as it was.
    assert [told.id for told in world.messenger.told] == [job.id]
    assert world.messenger.told[0].request.ticket.token
    assert (await world.now(job)).state is JobState.FAILED


async def test_announce_tries_again_when_discord_is_away(world: World) -> None:
    world.messenger.script("announce", Temporary(), Temporary(0.001), Temporary(0))
    job = await world.hands().announce(await world.stored(), position=0)
    assert world.messenger.phases(job.id) == ["announce"] * 4
    assert job.message_id is not None


async def fetched(world: World) -> Job:
    world.flux.tell(world.done("task-1"))
    return await world.hands().fetch(await world.running())


async def test_deliver_shows_the_pictures_and_stores_the_end(world: World) -> None:
    job = await fetched(world)
    after = await world.hands().presenter.deliver(job)
    shown = world.messenger.last("deliver")
    assert list(shown.images) == await world.results(job)
    assert shown.job == job
    assert after.state is JobState.DELIVERED
    assert after.ended_at is not None
    assert (await world.now(job)).state is JobState.DELIVERED


async def test_deliver_tries_again_when_discord_is_away(world: World) -> None:
    options = replace(OPTIONS, interval_s=0)  # else each pause would be twice as long
    world.messenger.script("deliver", Temporary(), Temporary(0.001), *[Temporary(0)] * 20)
    job = await world.hands(options=options).presenter.deliver(await fetched(world))
    assert job.state is JobState.DELIVERED
    assert world.messenger.phases(job.id).count("deliver") == 23


@pytest.mark.parametrize(
    ("outcome", "problem", "can_be_told"),
    [
        (Gone(), Problem.MESSAGE_GONE, False),
        (Forbidden(), Problem.PLACE_FORBIDDEN, True),
        (Forbidden(Problem.EXPLICIT_CONTENT), Problem.EXPLICIT_CONTENT, True),
        (TooLarge(10), Problem.RESULT_TOO_LARGE, True),
    ],
)
async def test_deliver_ends_the_job_with_its_charge_when_it_cannot_be_shown(
    world: World,
    outcome: Outcome,
    problem: Problem,
    can_be_told: bool,  # noqa: FBT001
) -> None:
    world.messenger.script("deliver", outcome)
    before = await fetched(world)
    job = await world.hands().presenter.deliver(before)
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 216_000
    assert world.messenger.phases(job.id) == ["deliver", "end"][: 1 + can_be_told]
    [image] = await world.results(job)
    assert (world.spool.folder.path / image.file_name).exists()


async def test_deliver_sends_a_job_back_whose_picture_is_lost(world: World) -> None:
    job = await fetched(world)
    [image] = await world.results(job)
    (world.spool.folder.path / image.file_name).unlink()
    job = await world.hands().presenter.deliver(job)
    assert job.state is JobState.RUNNING
    assert await world.now(job) == job


def lost_files(world: World, images: list[Image]) -> None:
    for image in images:
        (world.spool.folder.path / image.file_name).unlink()


async def test_deliver_makes_a_result_smaller_until_discord_takes_it(world: World) -> None:
    before = await fetched(world)
    [original] = await world.results(before)
    limit = original.bytes // 2
    world.messenger.script("deliver", TooLarge(limit))
    job = await world.hands().presenter.deliver(before)
    assert job.state is JobState.DELIVERED
    first, second = [shown for shown in world.messenger.shown if shown.phase == "deliver"]
    assert list(first.images) == [original]
    [copy] = second.images
    assert (copy.kind, copy.position) == (ImageKind.POSTED, 1)
    assert copy.bytes == (world.spool.folder.path / copy.file_name).stat().st_size <= limit
    assert (world.spool.folder.path / original.file_name).stat().st_size == original.bytes
    assert await world.results(job) == [original]


async def test_deliver_goes_further_down_where_discord_takes_less_than_it_says(
    world: World,
) -> None:
    before = await fetched(world)
    [original] = await world.results(before)
    limit = original.bytes // 2
    world.messenger.script("deliver", *[TooLarge(limit)] * (FIT_ATTEMPTS - 1))
    job = await world.hands().presenter.deliver(before)
    assert job.state is JobState.DELIVERED
    sizes = [shown.images[0].bytes for shown in world.messenger.shown if shown.phase == "deliver"]
    assert len(sizes) == FIT_ATTEMPTS
    assert sizes == sorted(set(sizes), reverse=True)


async def test_deliver_keeps_what_is_too_large_however_small_it_is_made(world: World) -> None:
    before = await fetched(world)
    [original] = await world.results(before)
    world.messenger.script("deliver", *[TooLarge(original.bytes // 2)] * (FIT_ATTEMPTS + 3))
    job = await world.hands().presenter.deliver(before)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.RESULT_TOO_LARGE)
    assert world.messenger.phases(job.id) == ["deliver"] * FIT_ATTEMPTS + ["end"]
    assert (world.spool.folder.path / original.file_name).exists()
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}


async def test_a_smaller_copy_waits_for_room(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = await fetched(world)
    [original] = await world.results(before)
    with files_limited_to(0):
        # Nothing is stored meanwhile: SQLite would meet the full disk as well.
        fitting = asyncio.create_task(
            world.hands().retriever.downloads.fit([original], original.bytes // 2)
        )
        while "the spool is not writable" not in caplog.text:
            await asyncio.sleep(0)
    [copy] = await fitting or []
    assert copy.bytes <= original.bytes // 2


async def test_deliver_sends_a_direct_message_where_the_token_has_expired(world: World) -> None:
    world.messenger.script("deliver", Expired())
    before = await fetched(world)
    job = await world.hands().presenter.deliver(before)
    assert (job.state, job.problem) == (JobState.DELIVERED, None)
    sent = world.messenger.last("direct")
    assert list(sent.images) == await world.results(job)
    # The nonce of the first message would keep this one away.
    assert sent.job.nonce == f"{job.id}-2" != before.nonce
    assert sent.job.announced_at is not None
    assert len(sent.job.nonce) <= 25
    assert world.messenger.told == []


async def test_deliver_stores_the_nonce_of_a_direct_message_before_it_is_sent(
    world: World,
) -> None:
    world.messenger.script("deliver", Expired())
    world.messenger.gates["direct"] = asyncio.Event()
    before = await fetched(world)
    delivering = asyncio.create_task(world.hands().presenter.deliver(before))
    sent = await world.messenger.until("direct")
    assert await world.now(before) == sent.job
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    del world.messenger.gates["direct"]

    # After a crash it is sent with the same nonce and since the same moment, to be found again.
    world.messenger.script("deliver", Expired())
    await world.hands().presenter.deliver(await world.now(before))
    again = world.messenger.last("direct").job
    assert (again.nonce, again.announced_at) == (sent.job.nonce, sent.job.announced_at)


async def test_deliver_makes_a_direct_message_smaller_too(world: World) -> None:
    before = await fetched(world)
    [original] = await world.results(before)
    world.messenger.script("deliver", Expired())
    world.messenger.script("direct", Temporary(0), TooLarge(original.bytes // 2))
    job = await world.hands().presenter.deliver(before)
    assert job.state is JobState.DELIVERED
    assert world.messenger.phases(job.id) == ["deliver", "direct", "direct", "direct"]
    assert world.messenger.last("direct").images[0].kind is ImageKind.POSTED


@pytest.mark.parametrize("outcome", [Forbidden(), Gone(), Expired()])
async def test_deliver_keeps_the_result_where_no_way_is_open(
    world: World, outcome: Outcome
) -> None:
    world.messenger.script("deliver", Expired())
    world.messenger.script("direct", outcome)
    job = await world.hands().presenter.deliver(await fetched(world))
    assert (job.state, job.problem) == (JobState.FAILED, Problem.RESPONSE_EXPIRED)
    assert [told.id for told in world.messenger.told] == [job.id]
    [image] = await world.results(job)
    assert (world.spool.folder.path / image.file_name).exists()
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}


async def test_deliver_sends_a_job_back_whose_picture_is_lost_on_the_way(world: World) -> None:
    world.messenger.script("deliver", Expired())
    world.messenger.script("direct", FileNotFoundError())
    job = await world.hands().presenter.deliver(await fetched(world))
    assert job.state is JobState.RUNNING
    assert await world.now(job) == job


async def test_a_lost_picture_is_fetched_and_delivered_again(world: World) -> None:
    before = await fetched(world)
    lost_files(world, await world.results(before))
    await world.runner().open()
    [job] = await world.ended(before)
    assert job.state is JobState.DELIVERED
    [image] = world.messenger.last("deliver").images
    assert (world.spool.folder.path / image.file_name).exists()
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}


async def test_an_end_is_told_privately_where_its_message_cannot_be_shown(world: World) -> None:
    world.messenger.script("end", Forbidden())
    job = await world.hands().presenter.end(await world.running(), Problem.FLUX_FAILED)
    assert world.messenger.phases(job.id) == ["end"]
    assert [told.id for told in world.messenger.told] == [job.id]
    assert job.told_at is not None


async def test_an_end_is_told_until_discord_takes_it(world: World) -> None:
    world.messenger.script("end", Temporary(), Temporary(0.001), Temporary(0))
    job = await world.hands().presenter.end(await world.running(), Problem.FLUX_FAILED)
    assert world.messenger.phases(job.id) == ["end"] * 4
    assert world.messenger.told == []
    assert (await world.now(job)).told_at is not None


# What is stored is its requester's


async def two_fetched(world: World) -> Job:
    urls = [world.server.serve(f"/{name}.png", picture()) for name in ("one", "two")]
    world.flux.tell(world.done("task-1", *urls, charged=CHARGED))
    before = await world.running(request=world.request(count=2))
    return await world.hands().fetch(before)


@pytest.mark.parametrize("problem", [Problem.INTERNAL, Problem.FLUX_FAILED, Problem.OVERDUE])
async def test_a_stored_picture_is_kept_and_paid_for_whatever_ends_its_job(
    world: World, problem: Problem
) -> None:
    job = await world.hands().presenter.end(await two_fetched(world), problem)
    assert (job.state, job.problem) == (JobState.FAILED, Problem.NOT_SHOWN)
    assert await world.charges(job) == {Payer.USER: CHARGED, Payer.HOUSE: 0}


async def test_of_a_result_that_is_half_lost_the_house_pays_the_other_half(world: World) -> None:
    before = await two_fetched(world)
    lost_files(world, (await world.results(before))[:1])
    job = await world.hands().presenter.end(before, Problem.RESULT_UNREACHABLE)
    assert job.problem is Problem.NOT_SHOWN
    assert await world.charges(job) == {Payer.USER: CHARGED // 2, Payer.HOUSE: CHARGED // 2}


async def test_a_result_whose_files_are_lost_is_refunded(world: World) -> None:
    before = await two_fetched(world)
    lost_files(world, await world.results(before))
    job = await world.hands().presenter.end(before, Problem.RESULT_UNREACHABLE)
    assert job.problem is Problem.RESULT_UNREACHABLE
    assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: CHARGED}


async def test_a_picture_that_came_after_its_refund_stays_a_gift_whatever_ends_its_job(
    world: World,
) -> None:
    late = replace(await two_fetched(world), problem=Problem.ARRIVED_LATE)
    job = await world.hands().presenter.end(late, Problem.INTERNAL)
    assert job.problem is Problem.ARRIVED_LATE
    assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: CHARGED}


@pytest.mark.parametrize("outcome", [Forbidden(Problem.EXPLICIT_CONTENT), TooLarge(10)])
async def test_a_card_that_takes_no_end_is_withdrawn(world: World, outcome: Outcome) -> None:
    world.messenger.script("end", outcome)
    job = await world.hands().presenter.end(await world.running(), Problem.FLUX_FAILED)
    assert world.messenger.withdrawn == [job.id]
    assert [told.id for told in world.messenger.told] == [job.id]


@pytest.mark.parametrize("outcome", [Gone(), Expired()])
async def test_a_card_out_of_reach_is_left_alone(world: World, outcome: Outcome) -> None:
    world.messenger.script("end", outcome)
    await world.hands().presenter.end(await world.running(), Problem.FLUX_FAILED)
    assert world.messenger.withdrawn == []


async def test_a_private_answer_is_removed_before_an_end_is_told_in_its_place(
    world: World,
) -> None:
    world.messenger.busy_dismissals = 3
    job = await world.hands().presenter.end(await world.running(), Problem.MESSAGE_GONE)
    assert world.messenger.dismissed == [job.id]
    assert [told.id for told in world.messenger.told] == [job.id]
    stored = await world.now(job)
    assert stored.dismissed_at is not None
    assert stored.told_at is not None
    assert stored.dismissed_at <= stored.told_at


async def test_an_answer_that_tells_an_end_is_not_removed(world: World) -> None:
    world.messenger.script("announce", Forbidden())
    job = await world.hands().announce(await world.stored(), position=0)
    await world.hands().presenter.dismiss(job)
    assert world.messenger.dismissed == []


async def test_an_end_is_shown_again_over_what_came_to_be_shown_since(world: World) -> None:
    ended = datetime.now(UTC)
    job = await world.stored(
        state=JobState.FAILED,
        problem=Problem.FLUX_UNAVAILABLE,
        message_id=7,
        ended_at=ended,
        told_at=ended,
    )
    await world.hands().presenter.show_again(job)
    assert [shown.job for shown in world.messenger.shown] == [job]


async def test_a_card_keeps_images_that_are_no_longer_stored(world: World) -> None:
    ended = datetime.now(UTC)
    job = await world.stored(  # the spool was full
        state=JobState.DELIVERED, message_id=7, ended_at=ended, told_at=ended
    )
    await world.hands().presenter.show_again(job)
    assert world.messenger.shown == []
