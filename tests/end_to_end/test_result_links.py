"""Every way in which the link to a finished picture can be bad, after the picture was paid for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from images.fetcher import MAX_PICTURE_BYTES
from jobs.results import RESULT_ATTEMPTS
from sandbox.flux.conduct import LinkTo
from sandbox.flux.faults import Cut, Drop, Endless, Relabel, Say, Stall
from sandbox.flux.oddities import bomb, oversized, page, redirect
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.images.odd_files import many_scans, png_with
from tests.images.serving import Door
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sandbox.flux.conduct import Mishap
    from tests.end_to_end.stage import Stage

PROMPT = "a lighthouse in a storm"
WHOLE = picture_bytes(HILL)

GIVEN_BACK = "so you were refunded."
UNREACHABLE = f"Flux generated this image, but I can't download it, {GIVEN_BACK}"
UNUSABLE = f"Flux returned a file that is not a usable image, {GIVEN_BACK}"


@pytest.fixture
def idle_stage(idle_stage: Stage) -> Stage:
    """Both services for a bot that retries sooner: nearly all tests here wait for its last try."""
    idle_stage.more_settings["POLL_INTERVAL_S"] = "0.001"
    return idle_stage


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A port at a private address behind which nobody may knock."""
    async with Door() as door:
        yield door


async def check_lost(stage: Stage, sentence: str, error_code: str) -> None:
    """Ask for a picture, and check that it is told to be lost, and that the house bears it."""
    stage.ada.use("imagine", prompt=PROMPT)
    card = await stage.ada.wait_for(lambda message: state_of(message) != "working")
    [row] = await stage.ended()

    assert sentence in card.text
    assert "othing was charged" not in card.text
    assert PROMPT in card.text
    assert f"job {row['job_id']}" in card.text
    assert (state_of(card), has_picture(card)) == ("failed", False)
    assert (row["state"], row["error_code"]) == ("failed", error_code)
    [charge] = stage.flux.charges
    assert (row["credits"], row["credits_are"]) == (float(charge.credits), "charged")
    assert " · 0 credits\n" in card.text
    assert stage.borne() == {"user": 0, "house": float(charge.credits)}
    assert stage.rows("images") == []
    assert stage.spooled() == []
    submits = [request for request in stage.flux.requests if request.path == "/flux/images"]
    assert len(submits) == 1


def tries(stage: Stage) -> int:
    return sum(mishap.where == "picture" for mishap in stage.flux.injected)


@pytest.mark.parametrize(
    "fault",
    [Say(404), page(403), page(404), page(500), page(502), Drop(), Cut(), redirect("?again")],
    ids=["404", "403", "404 page", "500", "502", "dropped", "truncated", "redirects in a ring"],
)
async def test_a_link_that_does_not_work(stage: Stage, fault: Mishap) -> None:
    stage.flux.misbehave("picture", fault, times=None)
    await check_lost(stage, UNREACHABLE, "result_unreachable")
    assert tries(stage) >= RESULT_ATTEMPTS


UNUSABLE_FILES: dict[str, Mishap] = {
    "nothing": Say(200, b"", "image/png"),
    "a page": page(200),
    "a page that claims to be a picture": Say(200, b"<!doctype html><p>Gone", "image/png"),
    "words": Say(200, b'{"error": "gone"}'),
    "a truncated picture": Say(200, WHOLE[: len(WHOLE) // 2], "image/png"),
    "a picture's header": Say(200, WHOLE[:40], "image/png"),
    "a TIFF": Say(200, picture_bytes(HILL, "TIFF"), "image/png"),
    "an SVG": Say(200, b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
}

FILES_OVER_A_LIMIT: dict[str, Callable[[], Mishap]] = {
    "a bomb of 300 megapixels": bomb,
    "a JPEG of too many scans": lambda: Say(200, many_scans(64, 400), "image/jpeg"),
    "an endless file": lambda: Endless("image/png"),
    "a file that says it is too large": lambda: oversized(MAX_PICTURE_BYTES + 1, "image/png"),
}


@pytest.mark.parametrize("name", UNUSABLE_FILES)
async def test_a_link_to_what_is_no_picture(stage: Stage, name: str) -> None:
    stage.flux.misbehave("picture", UNUSABLE_FILES[name], times=None)
    await check_lost(stage, UNUSABLE, "result_unusable")
    assert tries(stage) == RESULT_ATTEMPTS


@pytest.mark.parametrize("name", FILES_OVER_A_LIMIT)
async def test_a_file_over_a_limit_is_not_fetched_again(stage: Stage, name: str) -> None:
    stage.flux.misbehave("picture", FILES_OVER_A_LIMIT[name](), times=None)
    await check_lost(stage, UNUSABLE, "result_unusable")
    assert tries(stage) == 1


@pytest.mark.parametrize("name", UNUSABLE_FILES)
async def test_a_picture_that_arrives_broken_once_is_fetched_again(stage: Stage, name: str) -> None:
    stage.flux.misbehave("picture", UNUSABLE_FILES[name], times=2)
    stage.ada.use("imagine", prompt=PROMPT)
    await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()

    assert (row["state"], row["error_code"]) == ("delivered", None)
    assert stage.borne()["house"] == 0
    assert len(stage.flux.charges) == 1


ODD_RESULTS: dict[str, Callable[[], bytes]] = {
    "broken Exif": lambda: png_with(HILL, (b"eXIf", b"b'Exif\\x00\\x00MM\\x00*'")),
    "a broken profile": lambda: png_with(HILL, (b"iCCP", b"P\0\0not packed")),
    "20 MB of padding": lambda: png_with(HILL, (b"prVt", bytes(20_000_000))),
    "a GIF": lambda: picture_bytes(HILL, "GIF"),
    "no end": lambda: picture_bytes(HILL, "JPEG")[:-2],
}


@pytest.mark.parametrize("name", ODD_RESULTS)
async def test_a_picture_that_can_be_used_is_never_thrown_away(stage: Stage, name: str) -> None:
    stage.flux.misbehave("picture", Say(200, ODD_RESULTS[name](), "image/png"), times=None)
    stage.ada.use("imagine", prompt=PROMPT)
    await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()

    assert (row["state"], row["error_code"]) == ("delivered", None)


async def test_a_dead_link_of_an_endpoint_that_names_no_price_is_booked_as_estimated(
    stage: Stage,
) -> None:
    stage.flux.manner = replace(stage.flux.manner, has_cost=False)
    stage.flux.misbehave("picture", Say(404), times=None)
    stage.ada.use("imagine", prompt=PROMPT)
    card = await stage.ada.wait_for(says(UNREACHABLE))
    [row] = await stage.ended()

    assert " · 0 credits\n" in card.text
    assert (row["credits"], row["credits_are"]) == (0.216, "estimated")
    assert stage.borne() == {"user": 0, "house": 0.216}
    assert len(stage.flux.charges) == 1


PRIVATE = [
    "http://127.0.0.1:{port}/picture.png",
    "https://127.0.0.1:{port}/picture.png",
    "https://localhost:{port}/picture.png",
    "https://127.1:{port}/picture.png",
    "https://2130706433:{port}/picture.png",
    "https://[::ffff:127.0.0.1]:{port}/picture.png",
    "https://user:word@127.0.0.1:{port}/picture.png",
    "https://10.0.0.1/picture.png",
    "https://192.168.1.1/picture.png",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/picture.png",
    "https://[fd00::1]/picture.png",
    "https://0.0.0.0/picture.png",
]
"""Addresses of the operator's own network, in the ways in which they can be written."""


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_link_to_a_private_address(stage: Stage, door: Door, address: str) -> None:
    stage.flux.misbehave("work", LinkTo(address.format(port=door.port)))
    await check_lost(stage, UNREACHABLE, "result_unreachable")
    assert door.knocks == 0


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_link_that_redirects_to_a_private_address(
    stage: Stage, door: Door, address: str
) -> None:
    stage.flux.misbehave("picture", redirect(address.format(port=door.port)), times=None)
    await check_lost(stage, UNREACHABLE, "result_unreachable")
    assert (tries(stage), door.knocks) == (RESULT_ATTEMPTS, 0)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://b.example/a.png",
        "data:image/png;base64,AAAA",
        "a b",
        "https://",
    ],
)
async def test_a_link_that_is_none_of_the_web(stage: Stage, address: str) -> None:
    stage.flux.misbehave("work", LinkTo(address))
    await check_lost(stage, UNREACHABLE, "result_unreachable")


@pytest.mark.parametrize("fault", [Say(503), Say(404), Drop(), Cut()])
async def test_a_link_that_works_in_the_end(stage: Stage, fault: Mishap) -> None:
    stage.flux.misbehave("picture", fault, times=RESULT_ATTEMPTS - 1)
    stage.ada.use("imagine", prompt=PROMPT)

    assert await stage.ada.wait_for(has_picture)
    await stage.ended()
    assert len(stage.flux.charges) == 1
    assert [image["file_name"] for image in stage.rows("images")] == stage.spooled()


@pytest.mark.parametrize(
    "fault",
    [
        redirect("?again"),
        redirect("http://portal.example/login"),
        redirect("https://10.0.0.1/login"),
        redirect("https://localhost/login"),
        redirect("http://["),
        Relabel("text/html"),
    ],
)
async def test_a_link_that_is_odd_and_works(stage: Stage, fault: Mishap) -> None:
    stage.flux.misbehave("picture", fault)
    stage.ada.use("imagine", prompt=PROMPT)

    assert await stage.ada.wait_for(has_picture)
    assert stage.flux.injected


async def test_a_link_that_is_slow_is_waited_for_and_shown_only_whole(stage: Stage) -> None:
    stage.flux.misbehave("picture", Stall())
    stage.ada.use("imagine", prompt=PROMPT)
    await stage.until(lambda: tries(stage) == 1)
    [card] = [message for message in stage.ada.read() if not message.private]
    assert (state_of(card), has_picture(card)) == ("working", False)
    stage.flux.release()

    assert await stage.ada.wait_for(has_picture)
    await stage.ended()
    assert [image["file_name"] for image in stage.rows("images")] == stage.spooled()


async def test_a_link_that_is_too_slow(tmp_path: Path) -> None:
    async with open_stage(tmp_path, FETCH_TIMEOUT_S="0.05") as stage, stage.bot_running():
        stage.flux.misbehave("picture", Stall(), times=None)
        await check_lost(stage, UNREACHABLE, "result_unreachable")
        assert tries(stage) == RESULT_ATTEMPTS


async def test_of_two_pictures_the_good_one_is_shown_and_the_charge_is_for_both(
    stage: Stage,
) -> None:
    stage.flux.misbehave("picture", bomb())
    stage.ada.use("imagine", prompt=PROMPT, count=2)
    message = await stage.ada.wait_for(says("1 of 2 images"))
    [row] = await stage.ended()

    assert len(message.images) == 1
    assert (row["state"], row["credits"]) == ("delivered", float(stage.flux.charges[0].credits))
    assert len(stage.spooled()) == 1


async def test_an_outage_of_the_pictures_host_loses_none(stage: Stage) -> None:
    stage.flux.misbehave("picture", Say(503), times=RESULT_ATTEMPTS - 1)
    stage.ada.use("imagine", prompt=PROMPT)
    await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()
    assert row["state"] == "delivered"
