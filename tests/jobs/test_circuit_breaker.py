"""An account that Flux refuses: nothing more is sent, but for one request now and then."""

import pytest

from domain.errors import UserError
from domain.models import JobState, Payer, Problem
from flux.errors import AuthenticationError, OutOfCreditsError
from jobs.submission import PROBE_AFTER_S, CircuitBreaker
from tests.jobs.world import World

BROKE = Problem.FLUX_OUT_OF_CREDITS


class HandClock:
    """Seconds that pass only by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def breaker(clock: HandClock) -> CircuitBreaker:
    return CircuitBreaker(clock=clock)


def test_an_account_that_works_lets_everything_through(breaker: CircuitBreaker) -> None:
    assert breaker.problem() is None
    assert [breaker.take_try() for _ in range(3)] == [None] * 3


def test_a_refused_account_lets_one_probe_through_every_minute(
    breaker: CircuitBreaker, clock: HandClock
) -> None:
    assert breaker.refused(BROKE)
    assert PROBE_AFTER_S <= 60
    clock.now_s += PROBE_AFTER_S - 1
    assert (breaker.problem(), breaker.take_try()) == (BROKE, BROKE)
    for _ in range(2):
        clock.now_s += PROBE_AFTER_S
        assert breaker.problem() is None
        assert [breaker.take_try() for _ in range(3)] == [None, BROKE, BROKE]


def test_only_the_first_refusal_is_news_until_the_account_works_again(
    breaker: CircuitBreaker,
) -> None:
    assert [breaker.refused(BROKE), breaker.refused(BROKE)] == [True, False]
    breaker.works()
    assert breaker.problem() is None
    assert breaker.refused(Problem.FLUX_AUTHENTICATION)
    assert breaker.problem() is Problem.FLUX_AUTHENTICATION


@pytest.mark.parametrize("error", [OutOfCreditsError(""), AuthenticationError("")])
async def test_what_waits_in_line_fails_unsent_and_is_given_back(
    world: World, breaker: CircuitBreaker, error: OutOfCreditsError | AuthenticationError
) -> None:
    runner = world.runner(max_running=1, breaker=breaker)
    await runner.open()
    world.flux.accept(error, "never", "never")
    world.flux.may_answer.clear()
    jobs = [await world.started(runner) for _ in range(3)]
    world.flux.may_answer.set()
    ended = await world.ended(*jobs)
    assert {job.state for job in ended} == {JobState.FAILED}
    [problem] = {job.problem for job in ended}
    assert len(world.flux.submitted) == 1
    for job in ended:
        assert world.messenger.phases(job.id)[-1] == "end"
        assert await world.charges(job) == {Payer.USER: 0, Payer.HOUSE: 0}
    assert world.messenger.alerts == [problem]


async def test_nothing_is_accepted_until_a_probe_finds_that_the_account_works(
    world: World, breaker: CircuitBreaker, clock: HandClock
) -> None:
    runner = world.runner(breaker=breaker)
    await runner.open()
    world.flux.accept(OutOfCreditsError(""))
    await world.ended(await world.started(runner))
    with pytest.raises(UserError) as refused:
        await runner.accept(world.request())
    assert refused.value.reason is BROKE

    # Still broke: the second of two, accepted at the same moment, is not sent after the first.
    clock.now_s += PROBE_AFTER_S
    world.flux.accept(OutOfCreditsError(""))
    world.flux.may_answer.clear()
    probe, other = [await world.started(runner) for _ in range(2)]
    [unsent] = await world.ended(other)
    assert unsent.problem is BROKE
    assert len(world.flux.submitted) == 2
    world.flux.may_answer.set()
    [refused_probe] = await world.ended(probe)
    assert refused_probe.problem is BROKE
    assert world.messenger.alerts == [BROKE]

    # Topped up.
    clock.now_s += PROBE_AFTER_S
    world.flux.accept("task-1", "task-2")
    world.flux.tell(world.done("task-1"), world.done("task-2"))
    for _ in range(2):
        [job] = await world.ended(await world.started(runner))
        assert job.state is JobState.DELIVERED

    world.flux.accept(OutOfCreditsError(""))
    await world.ended(await world.started(runner))
    assert world.messenger.alerts == [BROKE, BROKE]
