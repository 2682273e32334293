"""One lane per channel: one at a time, results first, progress only where there is room."""

import asyncio
import time

import pytest

from jobs.sending import MAX_PROGRESS, SENDS_PER_S, AnswerPriority, ChannelQueues, Priority

HERE, ELSEWHERE = 3001, 3002


class Sender:
    """Sends to one channel when let, and notes the order in which it was."""

    def __init__(self, lanes: ChannelQueues) -> None:
        self.lanes = lanes
        self.sent: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def send(
        self,
        name: str,
        until: asyncio.Event,
        *,
        rank: Priority = Priority.CARD,
        channel_id: int = HERE,
    ) -> None:
        async with self.lanes.turn(channel_id, rank):
            self.sent.append(name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await until.wait()
            self.at_once -= 1


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def lanes() -> ChannelQueues:
    return ChannelQueues(AnswerPriority())


@pytest.fixture
def sender(lanes: ChannelQueues) -> Sender:
    return Sender(lanes)


async def test_results_go_before_the_rest_and_each_kind_in_its_order(sender: Sender) -> None:
    free = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.send("first", free))
        await settled()
        for name, rank in (
            ("p", Priority.PROGRESS),
            ("a", Priority.CARD),
            ("b", Priority.CARD),
            ("c", Priority.RESULT),
            ("d", Priority.RESULT),
        ):
            group.create_task(sender.send(name, free, rank=rank))
        await settled()
        assert sender.sent == ["first"]
        free.set()
    assert sender.sent == ["first", "c", "d", "a", "b", "p"]
    assert sender.most_at_once == 1


async def test_channels_do_not_wait_for_each_other(sender: Sender) -> None:
    never, at_once = asyncio.Event(), asyncio.Event()
    at_once.set()
    here = asyncio.create_task(sender.send("here", never))
    await settled()
    await sender.send("elsewhere", at_once, channel_id=ELSEWHERE)
    assert sender.sent == ["here", "elsewhere"]
    here.cancel()


async def test_what_a_busy_loop_held_up_does_not_go_all_at_once(sender: Sender) -> None:
    never = asyncio.Event()
    sends = [
        asyncio.create_task(sender.send(str(number), never, channel_id=number))
        for number in range(SENDS_PER_S)
    ]
    await settled()
    before = len(sender.sent)
    time.sleep(10 / SENDS_PER_S)  # noqa: ASYNC251, TID251  # it blocks the loop
    await settled()

    # Ten had become due.
    assert before < len(sender.sent) <= before + 3
    for send in sends:
        send.cancel()
    await asyncio.wait(sends)


@pytest.mark.parametrize("is_called", [False, True])
async def test_one_who_gives_up_waiting_holds_up_nobody(
    sender: Sender,
    is_called: bool,  # noqa: FBT001
) -> None:
    free, at_once = asyncio.Event(), asyncio.Event()
    at_once.set()
    first = asyncio.create_task(sender.send("first", free))
    await settled()
    leaving = asyncio.create_task(sender.send("leaving", at_once, rank=Priority.RESULT))
    staying = asyncio.create_task(sender.send("staying", at_once))
    await settled()
    if is_called:  # it is let go in the very moment in which it gives up
        first.cancel()
        await asyncio.sleep(0)
        leaving.cancel()
    else:
        leaving.cancel()
        await settled()
        free.set()
    await staying
    await asyncio.gather(first, leaving, return_exceptions=True)
    assert sender.sent == ["first", "staying"]
    await sender.send("next", at_once)


async def test_an_attempt_that_fails_frees_its_channel(
    sender: Sender, lanes: ChannelQueues
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with lanes.turn(HERE, Priority.RESULT):
            raise ZeroDivisionError
    at_once = asyncio.Event()
    at_once.set()
    await sender.send("next", at_once)
    assert sender.sent == ["next"]


async def test_a_channel_has_only_so_much_progress_a_minute(
    sender: Sender, lanes: ChannelQueues
) -> None:
    at_once = asyncio.Event()
    at_once.set()
    taken = []
    for at in range(MAX_PROGRESS + 5):
        taken.append(lanes.takes_progress(HERE))
        await sender.send(str(at), at_once)
    assert taken == [True] * MAX_PROGRESS + [False] * 5
    assert lanes.takes_progress(ELSEWHERE)
