"""What people see of a job: its message, its result, and other ways where the first is closed."""

import pytest

from jobs.messenger import Expired, Forbidden, Gone, Outcome, Temporary, TooLarge
from storage.records import Delivery, Job, JobState, Problem
from tests.factories import make_place
from tests.jobs.world import World

END_OF_OUTCOME = [
    (Gone(), Problem.MESSAGE_GONE),
    (Forbidden(), Problem.PLACE_FORBIDDEN),
    (Expired(), Problem.RESPONSE_EXPIRED),
    (TooLarge(10), Problem.RESULT_TOO_LARGE),
]


async def test_announce_stores_the_message_and_removes_the_private_answer(world: World) -> None:
    hands = world.hands()
    job = await hands.presenter.announce(await world.stored(), position=3)
    await hands.presenter.dismiss(job)
    shown = world.messenger.last("announce")
    assert shown.position == 3
    assert job.message_id is not None
    assert await world.now(job) == job
    assert world.messenger.dismissed == [job.id]


async def test_announce_stores_the_nonce_before_it_posts(world: World) -> None:
    job = await world.stored()
    await world.hands().presenter.announce(job, position=0)
    nonce = world.messenger.last("announce").job.nonce
    assert nonce is not None
    assert nonce.startswith(job.id)
    assert len(nonce) <= 25


async def test_announce_uses_the_same_nonce_when_it_is_done_again(world: World) -> None:
    job = await world.stored(nonce="before-the-crash")
    await world.hands().presenter.announce(job, position=0)
    assert world.messenger.last("announce").job.nonce == "before-the-crash"


async def test_announce_keeps_the_answer_when_it_is_the_message_itself(world: World) -> None:
    place = make_place(delivery=Delivery.RESPONSE)
    job = await world.stored(request=world.request(place=place))
    await world.hands().presenter.announce(job, position=0)
    assert world.messenger.dismissed == []


@pytest.mark.parametrize(("outcome", "problem"), END_OF_OUTCOME)
async def test_announce_ends_the_job_free_of_charge_when_it_cannot_be_shown(
    world: World, outcome: Outcome, problem: Problem
) -> None:
    world.messenger.script("announce", outcome)
    job = await world.hands().presenter.announce(await world.stored(), position=0)
    assert (job.state, job.problem) == (JobState.FAILED, problem)
    assert job.charged_microcredits == 0
    assert job.ended_at is not None
    # The ticket's token is not stored with an end, so the end is told with the job as it was.
    assert [told.id for told in world.messenger.told] == [job.id]
    assert world.messenger.told[0].request.ticket.token
    assert (await world.now(job)).state is JobState.FAILED


async def test_announce_tries_again_when_discord_is_away(world: World) -> None:
    world.messenger.script("announce", Temporary(), Temporary(0.001), Temporary(0))
    job = await world.hands().presenter.announce(await world.stored(), position=0)
    assert world.messenger.phases(job.id) == ["announce"] * 4
    assert job.message_id is not None


async def fetched(world: World) -> Job:
    world.flux.tell(world.done("task-1"))
    return await world.hands().retriever.fetch(await world.running())


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
    world.messenger.script("deliver", Temporary(), Temporary(0.001), *[Temporary(0)] * 20)
    job = await world.hands().presenter.deliver(await fetched(world))
    assert job.state is JobState.DELIVERED
    assert world.messenger.phases(job.id).count("deliver") == 23


@pytest.mark.parametrize(
    ("outcome", "problem", "can_be_told"),
    [
        (Gone(), Problem.MESSAGE_GONE, False),
        (Forbidden(), Problem.PLACE_FORBIDDEN, False),
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
    assert world.spool.path(image).exists()


async def test_deliver_sends_a_job_back_whose_picture_is_lost(world: World) -> None:
    job = await fetched(world)
    [image] = await world.results(job)
    world.spool.path(image).unlink()
    job = await world.hands().presenter.deliver(job)
    assert job.state is JobState.RUNNING
    assert await world.now(job) == job
