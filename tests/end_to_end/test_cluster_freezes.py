"""A worker that is frozen past its lease, at every await of a job's way, and then goes on."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import settings

from sandbox.discord import Upload
from sandbox.flux.accounts import RATE_LIMITED
from tests.bot_process import bot_process
from tests.end_to_end.test_cluster import GATEWAY, WORKER, Cluster
from tests.end_to_end.test_flux_faults import at_once
from tests.examples import FULL
from tests.freezing import AWAIT, GAP, PROGRESS, QUIET, VARIABLE
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.bot_process import AnyBot
    from tests.end_to_end.stage import Stage
    from tests.postgres import Server

LEASE_S: Final = 2.0

IS_FULL: Final = settings.get_current_profile_name() == FULL

EVERY: Final = {AWAIT: 1 if IS_FULL else 23, GAP: 1 if IS_FULL else 2}
"""Of the instants of each kind, which are tried."""

USES: Final[dict[str, dict[str, Any]]] = {
    "imagine": {},
    "edit": {"image": Upload("photo.png", picture_bytes(HILL))},
}
"""Commands, and their options but the prompt."""

HANGING: Final = """
select pg_terminate_backend(pid) from pg_stat_activity
where application_name = 'frozen' and state like 'idle in transaction%'
  and state_change < now() - interval '1 second'
"""
"""What PostgreSQL does itself after 30 seconds (`storage.postgresql.HANGING_S`)."""


@pytest.fixture
def cluster(idle_stage: Stage, postgres: Server) -> Iterator[Cluster]:
    idle_stage.more_settings |= {"LEASE_S": str(LEASE_S), "MAX_JOBS_PER_USER": "0"}
    with postgres.migrated_database() as url:
        yield Cluster(idle_stage, url)


class Frozen:
    """A worker that stops itself at one instant.

    Attributes:
        instants: how many there were when nothing went on about a job, at the last time.
    """

    def __init__(self, process: AnyBot) -> None:
        self.process = process
        self.instants: int | None = None
        self.log: list[str] = []

    def is_stopped(self) -> bool:
        """Whether it has come to the instant."""
        with suppress(FileNotFoundError):
            stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
            return stat.rpartition(")")[2].split()[0] == "T"
        return False

    def go_on(self) -> None:
        """Let it go on."""
        self.instants = None
        self.process.send_signal(signal.SIGCONT)

    async def listen(self) -> None:
        """Hear what it writes, until cancelled."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            text = line.decode()
            self.log.append(text)
            if text.startswith(QUIET):
                self.instants = int(text.removeprefix(QUIET))


@asynccontextmanager
async def frozen_at(cluster: Cluster, instant: str) -> AsyncIterator[Frozen]:
    url = f"{cluster.url}?application_name=frozen"
    environ = {**cluster.stage.environ, "DATABASE_URL": url, VARIABLE: instant}
    async with bot_process(cluster.stage.folder, environ, "--role", "worker") as process:
        frozen = Frozen(process)
        listening = asyncio.create_task(frozen.listen())
        try:
            yield frozen
        finally:
            listening.cancel()


def job_of(cluster: Cluster, prompt: str) -> dict[str, Any]:
    [job] = cluster.rows(f"select * from jobs where prompt = '{prompt}'")  # noqa: S608
    return job


def is_told(cluster: Cluster, prompt: str) -> bool:
    """Whether a job has ended, its requester was told, and nothing is left to be looked at."""
    cluster.rows(HANGING)
    told = "told_at is not null and named_task_id is null"
    return bool(cluster.rows(f"select 1 from jobs where prompt = '{prompt}' and {told}"))  # noqa: S608


async def freeze(cluster: Cluster, command: str, instant: str, *, refused: int = 0) -> str | None:
    """Freeze a worker at an instant of a job, and return what became of it; None past its end.

    Args:
        refused: how often Flux refuses it, at no cost, before that instant.
    """
    stage, prompt = cluster.stage, f"lighthouse {instant}"

    def is_over() -> bool:
        return frozen.instants is not None and is_told(cluster, prompt)

    def shows_end() -> bool:
        shown = stage.ada.read()[-1].images
        is_delivered: bool = job_of(cluster, prompt)["state"] == "delivered"
        return is_delivered == any("-result-" in image.filename for image in shown)

    async with frozen_at(cluster, instant) as frozen:
        stage.ada.use(command, prompt=prompt, **USES[command])
        await cluster.until(lambda: frozen.is_stopped() or is_over())
        if not frozen.is_stopped():
            return None
        async with cluster.process(**WORKER):
            await cluster.until(lambda: is_told(cluster, prompt))
            frozen.go_on()
            await cluster.until(is_over)
            await cluster.until(shows_end)
    return outcome(cluster, prompt, refused)


def outcome(cluster: Cluster, prompt: str, refused: int) -> str:
    """Check that nothing of a job was done twice; return how it ended, and what was paid."""
    stage, job = cluster.stage, job_of(cluster, prompt)
    cards = [message for message in stage.ada.read() if prompt in message.text]
    sent = [request for request in stage.flux.requests if request.payload.get("prompt") == prompt]
    del sent[:refused]
    assert len(cards) == 1, (prompt, job, cards)
    assert len(sent) <= 1, (prompt, job)
    if job["state"] == "delivered":
        assert len(sent) == 1
        return "delivered"
    if not sent:
        assert job["problem"] == "answer_lost", job
        return "refunded, not paid"
    assert job["problem"] == "arrived_late", job
    return "refunded, paid, image in the history"


@pytest.mark.timeout(1800)  # of an edit, all instants take six minutes
@pytest.mark.parametrize("kind", [AWAIT, GAP])
@pytest.mark.parametrize("command", USES)
async def test_a_worker_that_is_frozen_and_goes_on_does_nothing_twice(
    cluster: Cluster, capsys: pytest.CaptureFixture[str], command: str, kind: str
) -> None:
    ended: Counter[str] = Counter()
    async with cluster.process(**GATEWAY):
        await cluster.stage.discord.connected()
        instant = 1
        while (became := await freeze(cluster, command, f"{kind} {instant:04}")) is not None:
            ended[became] += 1
            instant += EVERY[kind]
    with capsys.disabled():
        sys.stdout.write(
            f"{command}, {kind}: frozen at {ended.total()} of {instant}: {dict(ended)} "
        )

    assert ended["delivered"]
    assert len(cluster.stage.flux.charges) == ended.total() - ended["refunded, not paid"] + 1


async def test_a_late_edit_of_a_frozen_worker_is_no_longer_shown_in_the_end(
    cluster: Cluster,
) -> None:
    stage = cluster.stage
    stage.flux.misbehave("submit", at_once(RATE_LIMITED))  # which its card says
    async with cluster.process(**GATEWAY):
        await stage.discord.connected()
        assert await freeze(cluster, "imagine", f"{PROGRESS} 2", refused=1) == "delivered"
