"""Decoding in processes of its own: what is over a limit, killed or stopped costs nobody else."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest

from images.decoder import ROOT, Decoder, Lane, PictureLimits
from images.inspect import PictureLimitError, UnusablePictureError
from tests.images.odd_files import many_scans, saved
from tests.photos import HEIC, HILL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MIB = 1024 * 1024


def endless() -> bytes:
    """Return seconds of work within every limit of the header."""
    return many_scans(9_984, 60)


def large() -> bytes:
    return saved(PIL.Image.new("LA", (8_000, 8_000)), "PNG", compress_level=1)


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
needs_resource = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the system")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.write_bytes(saved(HILL, "PNG"))
    return path


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    path = tmp_path / "heavy"
    path.write_bytes(endless())
    return path


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder(PictureLimits()) as opened:
        yield opened


def pid_of(decoder: Decoder, lane: Lane = Lane.RESULTS) -> int | None:
    process = decoder._workers[lane].process
    return process.pid if process is not None else None


async def started(decoder: Decoder, lane: Lane = Lane.RESULTS) -> int:
    """Return the number of a lane's process, once there is one."""
    async with asyncio.timeout(60):
        while (pid := pid_of(decoder, lane)) is None:
            await asyncio.sleep(0.01)
    return pid


async def gone(pid: int) -> None:
    """Wait until no process has this number."""
    async with asyncio.timeout(60):
        while True:
            with suppress(FileNotFoundError):
                if " Z " not in (Path("/proc") / str(pid) / "stat").read_text():
                    await asyncio.sleep(0.01)
                    continue
            return


async def test_it_tells_the_facts_of_every_kind(decoder: Decoder, tmp_path: Path) -> None:
    kinds = {kind: saved(HILL, kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "AVIF")}
    for kind, data in {**kinds, "HEIC": HEIC}.items():
        path = tmp_path / kind
        path.write_bytes(data)
        facts = await decoder.examine(path, Lane.SOURCES)
        assert facts.media_type == f"image/{kind.lower()}"
        assert (facts.width, facts.height) == HILL.size


@needs_resource
@pytest.mark.parametrize(
    ("limits", "content"),
    [
        pytest.param(PictureLimits(cpu_s=1), endless, id="CPU"),
        pytest.param(PictureLimits(wall_s=0.5), endless, id="wall time"),
        pytest.param(PictureLimits(memory_mb=250), large, id="memory"),
    ],
)
async def test_a_picture_over_a_limit_fails_alone(
    tmp_path: Path, small: Path, limits: PictureLimits, content: Callable[[], bytes]
) -> None:
    heavy = tmp_path / "heavy"
    heavy.write_bytes(content())
    async with Decoder(limits) as decoder:
        bomb = asyncio.create_task(decoder.source(heavy, MIB, person=1))
        behind = asyncio.create_task(decoder.source(small, MIB, person=1))
        with pytest.raises(PictureLimitError):
            await bomb
        facts, copy, _ = await behind
        assert (facts.width, copy) == (HILL.width, b"")


async def test_a_result_does_not_wait_for_a_source(
    decoder: Decoder, heavy: Path, small: Path
) -> None:
    source = asyncio.create_task(decoder.source(heavy, MIB, person=1))
    await started(decoder, Lane.SOURCES)
    await decoder.examine(small, Lane.RESULTS)
    assert not source.done()
    source.cancel()


async def test_people_take_turns(decoder: Decoder, small: Path) -> None:
    done: list[int] = []

    async def one(person: int) -> None:
        await decoder.source(small, MIB, person=person)
        done.append(person)

    await asyncio.gather(*(one(person) for person in (1, 1, 1, 2)))
    assert done == [1, 2, 1, 1]


async def test_an_image_that_nobody_waits_for_any_more_takes_no_turn(
    decoder: Decoder, heavy: Path, small: Path
) -> None:
    first = asyncio.create_task(decoder.source(heavy, MIB, person=1))
    await started(decoder, Lane.SOURCES)
    second = asyncio.create_task(decoder.source(heavy, MIB, person=1))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second})
    first.cancel()
    worker = decoder._workers[Lane.SOURCES]
    assert [len(worker._asking), len(worker._turns._waiting)] == [1, 0]


@needs_proc
async def test_a_killed_process_fails_its_own_picture_only(
    decoder: Decoder, heavy: Path, small: Path
) -> None:
    first = asyncio.create_task(decoder.source(heavy, MIB, person=1))
    second = asyncio.create_task(decoder.source(small, MIB, person=2))
    pid = await started(decoder, Lane.SOURCES)
    async with asyncio.timeout(60):
        while pid_of(decoder, Lane.SOURCES) is None or not is_busy(pid):
            await asyncio.sleep(0.01)
    os.kill(pid, signal.SIGKILL)

    with pytest.raises(UnusablePictureError):
        await first
    assert (await second)[0].width == HILL.width


def is_busy(pid: int) -> bool:
    """Return whether a process has worked for a while."""
    user_ticks = int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[11])
    return user_ticks > 0.3 * os.sysconf("SC_CLK_TCK")


@needs_proc
async def test_a_stop_waits_for_nothing(heavy: Path) -> None:
    async with Decoder(PictureLimits(cpu_s=1_000, wall_s=1_000)) as decoder:
        source = asyncio.create_task(decoder.source(heavy, MIB, person=1))
        pid = await started(decoder, Lane.SOURCES)
        source.cancel()
    await gone(pid)


@needs_proc
async def test_an_image_that_nobody_waits_for_fails_silently(
    decoder: Decoder, heavy: Path, small: Path
) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    examining = asyncio.create_task(decoder.examine(heavy, Lane.RESULTS))
    pid = await started(decoder)
    examining.cancel()
    await asyncio.wait({examining})
    del examining
    os.kill(pid, signal.SIGKILL)
    await decoder.examine(small, Lane.RESULTS)
    gc.collect()
    assert reported == []


@needs_proc
async def test_it_is_there_before_its_first_picture_and_ends_when_nobody_needs_it(
    small: Path,
) -> None:
    async with Decoder(PictureLimits(), idle_s=0.2) as decoder:
        decoder.warm(Lane.RESULTS)
        pid = await started(decoder)
        await gone(pid)
        assert (await decoder.examine(small, Lane.RESULTS)).width == HILL.width
        await gone(await started(decoder))


@needs_proc
async def test_the_process_has_no_file_port_or_token_of_the_bot(
    decoder: Decoder, tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a token")
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(lock, True)  # noqa: FBT003  # that is its signature
    with socket.socket() as port:
        port.set_inheritable(True)
        await decoder.examine(small, Lane.RESULTS)
        process = Path("/proc") / str(pid_of(decoder))
        assert {each.name for each in (process / "fd").iterdir()} == {"0", "1", "2"}
        assert b"a token" not in (process / "environ").read_bytes()
    os.close(lock)


@needs_proc
@pytest.mark.parametrize("lane", Lane)
async def test_a_process_gives_way_to_the_bot(decoder: Decoder, lane: Lane) -> None:
    decoder.warm(lane)
    pid = await started(decoder, lane)
    own = os.getpriority(os.PRIO_PROCESS, 0)

    async with asyncio.timeout(60):
        while os.getpriority(os.PRIO_PROCESS, pid) != min(own + lane.value, 19):
            await asyncio.sleep(0.01)


@needs_proc
async def test_no_process_outlives_a_killed_bot(heavy: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from images.decoder import *\n"
        "async def main():\n"
        "    decoder = Decoder(PictureLimits())\n"
        "    for lane in Lane: decoder.warm(lane)\n"
        "    task = asyncio.create_task(decoder.source(Path(sys.argv[1]), 9, person=1))\n"
        "    while any(w.process is None for w in decoder._workers.values()):\n"
        "        await asyncio.sleep(0.01)\n"
        "    print(*(w.process.pid for w in decoder._workers.values()), flush=True)\n"
        "    await task\n"
        "asyncio.run(main())\n"
    )
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(heavy), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None
    pids = [int(pid) for pid in (await bot.stdout.readline()).split()]
    assert len(pids) == 2
    bot.kill()
    await bot.communicate()
    for pid in pids:
        await gone(pid)


async def test_the_process_knows_nothing_of_the_bot() -> None:
    program = "import images.decoder_worker, sys; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    loaded = {name.partition(".")[0] for name in (await process.communicate())[0].decode().split()}
    assert "PIL" in loaded
    assert not loaded & {"discord", "aiohttp", "sqlite3", "asyncio", "storage", "config", "flux"}


async def test_a_picture_larger_than_flux_takes_is_halved(decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(saved(PIL.Image.new("L", (8_064, 6_048), 90), "JPEG"))
    facts, copy, _ = await decoder.source(path, 8 * MIB, person=1)
    assert (facts.width, facts.height, facts.media_type) == (4_032, 3_024, "image/jpeg")
    assert len(copy) == facts.bytes
