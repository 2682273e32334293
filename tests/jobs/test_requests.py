from dataclasses import replace

import pytest

from domain.errors import UserError
from domain.models import Action, ImageKind, ImageRequest, MessageRef, PictureRef, Problem
from flux.catalogue import MODELS, RATIOS
from images.fetcher import MAX_PICTURE_BYTES
from jobs.requests import (
    AUTO_SIZE,
    DefaultModels,
    Draft,
    Source,
    change_request,
    check_request,
    draft_of,
)
from jobs.source_images import source_of
from tests.factories import make_image, make_job, make_place, make_request, make_ticket

DEFAULTS = DefaultModels(generate="flux-2-klein", edit="flux-2-pro")
REQUESTER = make_request().requester
IMAGINE = Draft(command="imagine", prompt="a quiet lake")
SOURCE = Source(url="https://cdn.example.org/a.png?hm=1", bytes=5_000, width=1600, height=900)
EDIT = Draft(command="edit", prompt="make it night", source=SOURCE)
SHOWN = MessageRef(channel_id=3001, message_id=6001)
PARENT = PictureRef(job_id="0123456789ab", position=2)


def check(draft: Draft) -> ImageRequest:
    return check_request(
        draft,
        requester=REQUESTER,
        place=make_place(),
        ticket=make_ticket(),
        defaults=DEFAULTS,
    )


def test_check_fills_in_what_was_left_out_when_generating() -> None:
    assert check(IMAGINE) == ImageRequest(
        action=Action.GENERATE,
        command="imagine",
        prompt="a quiet lake",
        model="flux-2-klein",
        size="1:1",
        count=1,
        spoiler=False,
        source_url=None,
        requester=REQUESTER,
        place=make_place(),
        ticket=make_ticket(),
    )


def test_check_fills_in_what_was_left_out_when_editing() -> None:
    assert check(EDIT) == ImageRequest(
        action=Action.EDIT,
        command="edit",
        prompt="make it night",
        model="flux-2-pro",
        size=AUTO_SIZE,
        count=1,
        spoiler=False,
        source_url="https://cdn.example.org/a.png?hm=1",
        requester=REQUESTER,
        place=make_place(),
        ticket=make_ticket(),
    )


def test_check_keeps_what_the_picture_is_and_who_is_answered() -> None:
    draft = replace(
        EDIT,
        source=replace(SOURCE, url=None, message=SHOWN, parent=PARENT),
        retry_of="ba9876543210",
        reply_to=8001,
        private=True,
        locale="zh-CN",
    )
    request = check(draft)
    assert (request.action, request.source_url) == (Action.EDIT, None)
    assert (request.source_message, request.parent) == (SHOWN, PARENT)
    assert (request.retry_of, request.reply_to) == ("ba9876543210", 8001)
    assert (request.private, request.locale) == (True, "zh-CN")


def test_a_result_is_the_source_of_an_edit_by_its_job_and_message() -> None:
    image = make_image(position=2)
    found = source_of(make_job(message_id=6001), image)
    assert (found.url, found.message, found.parent) == (None, SHOWN, PARENT)
    assert (found.width, found.height, found.bytes) == (image.width, image.height, image.bytes)
    assert source_of(make_job(), image).message is None


def test_the_source_of_an_edit_stays_what_it_was() -> None:
    request = make_request(source_url="https://cdn.example/a", source_message=SHOWN, parent=PARENT)
    found = source_of(make_job(request=request, message_id=9), make_image(kind=ImageKind.SOURCE))
    assert (found.url, found.message, found.parent) == ("https://cdn.example/a", SHOWN, PARENT)


def test_a_repetition_keeps_the_picture_and_the_privacy_but_answers_nobody() -> None:
    request = make_request(
        source_url="https://cdn.example/a",
        source_message=SHOWN,
        parent=PARENT,
        reply_to=8001,
        private=True,
        locale="zh-CN",
        age_restricted=True,
    )
    ticket = make_ticket(interaction_id=1002)
    job = make_job(request=request)
    again = change_request(
        job,
        draft_of(job, "retry"),
        requester=REQUESTER,
        place=make_place(),
        ticket=ticket,
        locale="de",
    )
    assert again == replace(
        request, command="retry", ticket=ticket, retry_of=make_job().id, reply_to=None, locale="de"
    )


def test_check_keeps_what_was_chosen() -> None:
    request = check(replace(IMAGINE, model="flux-dev", size="1344x768", count=4, spoiler=True))
    chosen = (request.model, request.size, request.count, request.spoiler)
    assert chosen == ("flux-dev", "1344x768", 4, True)


@pytest.mark.parametrize("kind", [None, "image/heic", "application/octet-stream"])
@pytest.mark.parametrize("side", [None, 0])
def test_check_leaves_the_shape_to_the_bytes_where_discord_does_not_tell_it(
    side: int | None, kind: str | None
) -> None:
    source = replace(SOURCE, width=side, height=side, content_type=kind)
    assert check(replace(EDIT, source=source)).size == AUTO_SIZE


def test_check_takes_the_size_when_one_is_given_for_an_edit() -> None:
    assert check(replace(EDIT, size="9:16")).size == "9:16"


@pytest.mark.parametrize(
    "prompt",
    [
        "  two spaces around  ",
        "line\nbreak\ttab",
        "*stars* `ticks` @everyone <@1> https://example.org",
        "a",
        "☕",
        "日本の湖",
        "zero\u200bwidth within",
        "x" * 2_000,
    ],
)
def test_check_keeps_the_prompt_exactly(prompt: str) -> None:
    assert check(replace(IMAGINE, prompt=prompt)).prompt == prompt
    assert check(replace(EDIT, prompt=prompt)).prompt == prompt


def test_check_leaves_out_what_cannot_be_stored() -> None:
    assert check(replace(IMAGINE, prompt="a\0 lake\0")).prompt == "a lake"


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("model", MODELS)
def test_check_takes_every_ratio_for_every_model(model: str, ratio: str) -> None:
    assert check(replace(IMAGINE, model=model, size=ratio)).size == ratio


@pytest.mark.parametrize("count", [1, 4])
def test_check_takes_the_count_when_it_is_within_the_limits(count: int) -> None:
    assert check(replace(IMAGINE, count=count)).count == count


@pytest.mark.parametrize("size_bytes", [1, MAX_PICTURE_BYTES])
def test_check_takes_the_source_when_it_is_within_the_limit(size_bytes: int) -> None:
    request = check(replace(EDIT, source=replace(SOURCE, bytes=size_bytes)))
    assert request.source_url == SOURCE.url


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "image/png",
        "image/JPEG",
        "image/jpg",
        "image/webp; a=b",
        "image/gif",
        "IMAGE/HEIC",
        "image/avif",
        "text/plain",
    ],
)
def test_check_leaves_it_to_the_bytes_when_they_may_be_a_picture(kind: str | None) -> None:
    assert check(replace(EDIT, source=replace(SOURCE, content_type=kind))).source_url == SOURCE.url


@pytest.mark.parametrize(
    ("draft", "problem", "details"),
    [
        (replace(IMAGINE, prompt=""), Problem.PROMPT_EMPTY, {}),
        (replace(IMAGINE, prompt=" \n\t\u00a0\u2003"), Problem.PROMPT_EMPTY, {}),
        (replace(IMAGINE, prompt="\u200b\u200d\ufeff\u2060"), Problem.PROMPT_EMPTY, {}),
        (replace(IMAGINE, prompt="\u202e \u200b"), Problem.PROMPT_EMPTY, {}),
        (replace(EDIT, prompt="   "), Problem.PROMPT_EMPTY, {}),
        (
            replace(IMAGINE, prompt="x" * 2_001),
            Problem.PROMPT_TOO_LONG,
            {"characters": 2_001},
        ),
        (replace(IMAGINE, model="flux-9"), Problem.MODEL_UNKNOWN, {"model": "flux-9"}),
        (replace(EDIT, model="flux-9"), Problem.MODEL_UNKNOWN, {"model": "flux-9"}),
        (replace(IMAGINE, model="Flux-Dev"), Problem.MODEL_UNKNOWN, {"model": "Flux-Dev"}),
        (replace(EDIT, model="flux-dev"), Problem.MODEL_CANNOT_EDIT, {"model": "flux-dev"}),
        (replace(EDIT, model="flux-2-klein"), Problem.MODEL_CANNOT_EDIT, {"model": "flux-2-klein"}),
        (
            replace(IMAGINE, size="wide"),
            Problem.SIZE_UNKNOWN,
            {"size": "wide", "model": "flux-2-klein"},
        ),
        (
            replace(IMAGINE, model="flux-dev", size="1000x1000"),
            Problem.SIZE_UNKNOWN,
            {"size": "1000x1000", "model": "flux-dev"},
        ),
        (
            replace(IMAGINE, size="1344x768"),
            Problem.SIZE_NOT_FOR_MODEL,
            {"size": "1344x768", "model": "flux-2-klein"},
        ),
        (
            replace(EDIT, size="1024x1792"),
            Problem.SIZE_NOT_FOR_MODEL,
            {"size": "1024x1792", "model": "flux-2-pro"},
        ),
        (replace(IMAGINE, count=0), Problem.COUNT_OUT_OF_RANGE, {"count": 0}),
        (replace(IMAGINE, count=5), Problem.COUNT_OUT_OF_RANGE, {"count": 5}),
        (replace(IMAGINE, count=-1), Problem.COUNT_OUT_OF_RANGE, {"count": -1}),
        (
            replace(EDIT, source=replace(SOURCE, bytes=MAX_PICTURE_BYTES + 1)),
            Problem.SOURCE_TOO_LARGE,
            {},
        ),
        (replace(EDIT, source=replace(SOURCE, bytes=0)), Problem.SOURCE_NOT_A_PICTURE, {}),
        (
            replace(EDIT, source=replace(SOURCE, width=None, content_type="text/plain")),
            Problem.SOURCE_NOT_A_PICTURE,
            {},
        ),
        (
            replace(EDIT, source=replace(SOURCE, width=10_001, height=10_000)),
            Problem.SOURCE_TOO_MANY_PIXELS,
            {"megapixels": "101", "limit": "100"},
        ),
        (
            replace(EDIT, more_sources=(SOURCE, replace(SOURCE, bytes=0))),
            Problem.SOURCE_NOT_A_PICTURE,
            {"image": 3},
        ),
        (
            replace(EDIT, more_sources=(replace(SOURCE, width=10_000, height=10_000),)),
            Problem.SOURCES_TOO_MANY_PIXELS,
            {"limit": "100"},
        ),
        *(
            (
                replace(EDIT, source=replace(SOURCE, content_type=kind)),
                Problem.SOURCE_NOT_A_PICTURE,
                {},
            )
            for kind in ("image/tiff", "IMAGE/SVG+XML; charset=utf-8", "video/mp4")
        ),
    ],
)
def test_check_refuses_with_the_reason_when_it_cannot_be_done(
    draft: Draft, problem: Problem, details: dict[str, str | int]
) -> None:
    with pytest.raises(UserError) as refused:
        check(draft)
    assert refused.value.reason is problem
    assert refused.value.details == details


@pytest.mark.parametrize(
    ("draft", "first"),
    [
        (replace(IMAGINE, prompt="", model="flux-9", size="wide"), Problem.PROMPT_EMPTY),
        (replace(IMAGINE, model="flux-9", size="wide", count=9), Problem.MODEL_UNKNOWN),
        (replace(IMAGINE, size="wide", count=9), Problem.SIZE_UNKNOWN),
    ],
)
def test_check_names_the_first_reason_when_there_are_several(draft: Draft, first: Problem) -> None:
    with pytest.raises(UserError) as refused:
        check(draft)
    assert refused.value.reason is first
