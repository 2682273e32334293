import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.limits import Allowance, LimitKind
from domain.models import Action, Image, Job, JobState, Problem
from images import palette
from tests.domain.test_failures import REFUSED_BY_DISCORD, SHOWN_PRIVATELY
from tests.factories import NOON, make_image, make_job, make_request
from tests.ui.drawn import CONTAINER, ENGLISH, drawn, gallery, nested, texts
from ui.buttons import JobAction
from ui.components import Card
from ui.i18n import words_for
from ui.job_card import (
    ALT_TEXT_CHARACTERS,
    alt_text,
    collect_card,
    partial_card,
    problem_card,
    result_card,
    status_card,
)

MARKS = "*" * 2_000
DONE = make_job(
    state=JobState.FETCHED, fetched_at=NOON + timedelta(seconds=12), charged_microcredits=216_000
)
FOUR = [make_image(position=at, file_name=f"{at}.png") for at in range(1, 5)]


def asked(**changes: Any) -> Job:  # noqa: ANN401  # make_request's own
    return make_job(request=make_request(**changes))


def all_cards(job: Job) -> list[Card]:
    failed = replace(job, state=JobState.FAILED)
    problems = [Problem.FLUX_FAILED, Problem.ANSWER_LOST, Problem.RESULT_TOO_LARGE]
    return [
        status_card(job, ENGLISH, position=0),
        status_card(job, ENGLISH, position=999_999),
        status_card(replace(job, overdue_at=NOON), ENGLISH, position=0),
        status_card(replace(job, cancel_asked_at=NOON), ENGLISH, position=0),
        status_card(replace(job, state=JobState.UNCERTAIN), ENGLISH, position=0),
        partial_card(job, ENGLISH, FOUR[:2]),
        collect_card(job, ENGLISH),
        result_card(job, ENGLISH, FOUR),
        *(problem_card(replace(failed, problem=problem), ENGLISH) for problem in problems),
    ]


@pytest.mark.parametrize("prompt", [MARKS, "[x](y)" * 333, "\\" * 2_000, "日" * 2_000, "a"])
async def test_every_card_keeps_to_the_limits_of_discord(prompt: str) -> None:
    request = make_request(prompt=prompt, model="flux-pro-1.1-ultra", size="1024x1792", count=4)
    for card in all_cards(replace(DONE, request=request)):
        components = drawn(card)
        assert [component["type"] for component in components] == [CONTAINER]
        assert len(nested(components)) <= 40
        assert sum(map(len, texts(card))) <= 4_000
        assert all(texts(card))


async def test_every_card_quotes_the_prompt_and_facts_are_for_what_has_ended() -> None:
    for card in all_cards(DONE):
        assert "a quiet lake" in texts(card)
        facts = [text for text in texts(card) if text.startswith("-# ")]
        has_ended = JobAction.CANCEL not in str(drawn(card)) and "**" not in texts(card)[0]
        assert bool(facts) == has_ended
        for fact in ("<@5001>", "flux-dev", " · 1:1 · "):
            assert not facts or fact in facts[0]


async def test_the_facts_of_a_result_are_one_line() -> None:
    assert texts(result_card(DONE, ENGLISH, FOUR[:1])) == [
        "a quiet lake",
        "-# <@5001> · flux-dev · 1:1 · 12 s · 0.22 credits",
    ]
    pixels = replace(DONE, request=make_request(size="1344x768"))
    assert " · 1344×768 · " in texts(result_card(pixels, ENGLISH, FOUR[:1]))[-1]
    own_shape = replace(DONE, request=make_request(size="auto"))
    assert "<@5001> · flux-dev · 12 s" in texts(result_card(own_shape, ENGLISH, FOUR[:1]))[-1]


async def test_facts_too_long_for_a_phone_leave_out_the_time_then_the_ratio() -> None:
    request = make_request(model="flux-kontext-pro", size="16:9")
    long = replace(DONE, request=request, charged_microcredits=None)
    assert texts(result_card(long, ENGLISH, FOUR[:1]))[-1] == (
        "-# <@5001> · flux-kontext-pro · 16:9 · about 0.22 credits"
    )
    requester = replace(request.requester, user_name="ada.lovelace.of.london")
    longer = replace(long, request=replace(request, requester=requester))
    for words in (ENGLISH, words_for("zh-CN")):
        facts = texts(result_card(longer, words, FOUR[:1]))[-1]
        assert facts.startswith("-# <@5001> · flux-kontext-pro · ")
        assert "16:9" not in facts


async def test_only_a_failure_names_its_job() -> None:
    failed = replace(DONE, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    assert texts(problem_card(failed, ENGLISH))[-1] == "-# job 0123456789ab"
    for card in (result_card(DONE, ENGLISH, FOUR), status_card(DONE, ENGLISH, position=0)):
        assert DONE.id not in "".join(texts(card))


async def test_cards_have_the_colours_of_the_chart() -> None:
    failed = replace(DONE, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    refused = replace(DONE, state=JobState.REFUSED, problem=Problem.FLUX_REFUSED_CONTENT)
    cards = {
        palette.IN_PROGRESS: status_card(DONE, ENGLISH, position=0),
        palette.NEUTRAL: result_card(DONE, ENGLISH, FOUR),
        palette.WARNING: problem_card(refused, ENGLISH),
        palette.FAILURE: problem_card(failed, ENGLISH),
    }
    for colour, card in cards.items():
        assert drawn(card)[0]["accent_color"] == int(colour[1:], 16)


@pytest.mark.parametrize("prompt", ["# loud", "<@1> @everyone", "[x](https://example.org)", "`"])
async def test_every_card_shows_the_prompt_as_it_was_typed(prompt: str) -> None:
    for card in all_cards(asked(prompt=prompt)):
        shown = [re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text) for text in texts(card)]
        assert prompt in shown
        assert prompt not in texts(card)


@pytest.mark.parametrize(
    ("action", "position", "headline"),
    [
        (Action.GENERATE, 0, "**Generating**"),
        (Action.EDIT, 0, "**Editing**"),
        (Action.GENERATE, 3, "**Queued (#3)**"),
        (Action.EDIT, 1, "**Queued (#1)**"),
        (Action.GENERATE, 100, "**Queued (#100)**"),
        (Action.GENERATE, 101, "**Queued (#100+)**"),
        (Action.GENERATE, 2_345, "**Queued (#100+)**"),
    ],
)
async def test_status_card_says_what_is_going_on(
    action: Action, position: int, headline: str
) -> None:
    job = asked(action=action)
    expected = f"{headline}, ready <t:{job.expected_at.timestamp():.0f}:R>"
    assert texts(status_card(job, ENGLISH, position=position))[0] == expected


async def test_result_card_shows_every_picture_by_its_attachment() -> None:
    items = gallery(result_card(DONE, ENGLISH, FOUR))
    urls = [item["media"]["url"] for item in items]
    assert urls == [f"attachment://{at}.png" for at in range(1, 5)]


@pytest.mark.parametrize("spoiler", [True, False])
async def test_result_card_hides_the_pictures_when_asked_to(spoiler: bool) -> None:  # noqa: FBT001
    items = gallery(result_card(asked(spoiler=spoiler), ENGLISH, FOUR))
    assert [item["spoiler"] for item in items] == [spoiler] * 4


@pytest.mark.parametrize(
    ("count", "images", "note"),
    [
        (4, FOUR[:3], "3 of 4 images"),
        (2, FOUR[1:2], "1 of 2 images"),
        (4, FOUR, None),
        (1, FOUR[:1], None),
    ],
)
async def test_result_card_says_so_when_pictures_are_missing(
    count: int, images: list[Image], note: str | None
) -> None:
    small = "\n".join(texts(result_card(asked(count=count), ENGLISH, images))[1:])
    assert (" images" in small) == (note is not None)
    assert (note or "") in small


@pytest.mark.parametrize(
    ("charged", "words"), [(None, "about 0.22 credits"), (528_000, "· 0.53 credits"), (0, "· 0 ")]
)
async def test_small_print_marks_an_estimate_as_such(charged: int | None, words: str) -> None:
    small = texts(result_card(replace(DONE, charged_microcredits=charged), ENGLISH, FOUR))[-1]
    assert words in small
    assert ("about" in small) == (charged is None)


@pytest.mark.parametrize(
    ("kind", "used", "most", "english", "chinese"),
    [
        (LimitKind.PICTURES_PER_DAY, 3, 10, "3 of 10 today", "今天已用 3 / 10 张"),
        (LimitKind.PICTURES_PER_MONTH, 3, 1_000, "3 of 1000 this month", "本月已用 3 / 1000 张"),
        (
            LimitKind.CREDITS_PER_DAY,
            216_000,
            2_500_000,
            "0.22 of 2.5 credits today",
            "今天已用 0.22 / 2.5 积分",
        ),
        (
            LimitKind.CREDITS_PER_MONTH,
            10_000_000,
            100_000_000,
            "10 of 100 credits this month",
            "本月已用 10 / 100 积分",
        ),
    ],
)
async def test_small_print_says_what_its_requester_has_used_of_their_own(
    kind: LimitKind, used: int, most: int, english: str, chinese: str
) -> None:
    job = replace(DONE, allowance=Allowance(kind=kind, used=used, most=most))
    assert texts(result_card(job, ENGLISH, FOUR))[-1] == f"-# {english}"
    assert texts(result_card(job, words_for("zh-CN"), FOUR))[-1] == f"-# {chinese}"
    waiting = replace(job, state=JobState.QUEUED, fetched_at=None)
    failed = replace(waiting, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    assert english not in "".join(texts(problem_card(failed, ENGLISH)))


async def test_result_card_says_how_long_it_took() -> None:
    assert " · 12 s · " in texts(result_card(DONE, ENGLISH, FOUR))[-1]


@pytest.mark.parametrize("problem", Problem)
async def test_problem_card_can_be_drawn_for_every_problem_that_ends_a_job(
    problem: Problem,
) -> None:
    raised_before_a_job = {
        Problem.PROMPT_TOO_LONG,
        Problem.MODEL_UNKNOWN,
        Problem.MODEL_CANNOT_EDIT,
        Problem.SIZE_UNKNOWN,
        Problem.SIZE_NOT_FOR_MODEL,
        Problem.PLACE_NOT_ALLOWED,
        Problem.MODEL_NOT_ALLOWED,
        Problem.COUNT_NOT_ALLOWED,
        Problem.TOO_MANY_JOBS,
        Problem.SERVER_BUDGET_SPENT,
        Problem.COUNT_OUT_OF_RANGE,
        Problem.PERMISSIONS_MISSING,
        Problem.BLOCKED,
        Problem.BLOCKED_FOR_A_WHILE,
        Problem.WORDS_NOT_ALLOWED,
        Problem.COOLING_DOWN,
        Problem.USER_BUDGET_SPENT,
        Problem.TOTAL_BUDGET_SPENT,
    }
    if problem not in raised_before_a_job:
        card = problem_card(make_job(state=JobState.FAILED, problem=problem), ENGLISH)
        assert texts(card)[0].endswith(".")


@pytest.mark.parametrize(
    "problem", sorted(SHOWN_PRIVATELY | REFUSED_BY_DISCORD | {Problem.CANCELLED})
)
async def test_problem_card_says_what_it_cost_when_it_could_not_be_shown(
    problem: Problem,
) -> None:
    before = make_job(state=JobState.FAILED, problem=problem, charged_microcredits=0)
    after = replace(DONE, state=JobState.FAILED, problem=problem)

    assert texts(problem_card(before, ENGLISH))[0].endswith(ENGLISH("cost-not-made"))
    assert texts(problem_card(after, ENGLISH))[0].endswith(ENGLISH("cost-made"))


async def test_problem_card_looks_milder_when_it_was_a_refusal() -> None:
    jobs = [
        make_job(state=state, problem=Problem.FLUX_REFUSED_CONTENT)
        for state in (JobState.REFUSED, JobState.FAILED)
    ]
    [refused], [failed] = [drawn(problem_card(job, ENGLISH)) for job in jobs]
    assert refused["accent_color"] != failed["accent_color"]


async def test_problem_card_needs_a_problem() -> None:
    with pytest.raises(ValueError, match="0123456789ab"):
        problem_card(make_job(), ENGLISH)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Image: a quiet lake"),
        ({"count": 3}, "Image 2 of 3: a quiet lake"),
        ({"action": Action.EDIT}, "Edited image: a quiet lake"),
        ({"prompt": "*a* `b`"}, "Image: *a* `b`"),
    ],
)
def test_alt_text_says_what_the_picture_shows(changes: dict[str, Any], text: str) -> None:
    assert alt_text(asked(**changes), ENGLISH, FOUR[1]) == text


@pytest.mark.parametrize("characters", [1_014, 1_015, 1_016, 2_000])
def test_alt_text_keeps_to_the_limit_of_discord(characters: int) -> None:
    text = alt_text(asked(prompt="x" * characters), ENGLISH, FOUR[0])
    assert len(text) == min(len("Image: ") + characters, ALT_TEXT_CHARACTERS)
    assert text.endswith("…") == (len("Image: ") + characters > ALT_TEXT_CHARACTERS)
    assert ALT_TEXT_CHARACTERS == 1_024
