"""What a card says and offers in each state of its job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from discord import ui

from domain.models import FINAL, JobState, Problem
from tests.domain.test_failures import REFUSED_BY_DISCORD, REPHRASED, RETRIED
from tests.factories import NOON, make_image, make_job, make_request
from tests.ui.drawn import ACTION_ROW, BUTTON, ENGLISH, SELECT, custom_ids, gallery, parts, texts
from ui.buttons import JobAction, JobButtonId
from ui.gallery import opened_row
from ui.job_card import (
    RESULT_ACTIONS,
    card_of,
    collect_card,
    result_card,
    status_card,
)

if TYPE_CHECKING:
    from domain.models import Job

CANCEL = ["fluxcord:cancel:0123456789ab"]
RETRY = ["fluxcord:retry:0123456789ab"]
COLLECT = ["fluxcord:collect:0123456789ab"]

TWO = [make_image(position=at, file_name=f"{at}.png") for at in (1, 2)]


def four(**changes: Any) -> Job:  # noqa: ANN401  # make_job's own
    return make_job(request=make_request(count=4), **changes)


@pytest.mark.parametrize("state", [state for state in JobState if state not in FINAL])
async def test_a_job_under_way_can_be_cancelled(state: JobState) -> None:
    assert custom_ids(status_card(make_job(state=state), ENGLISH, position=0)) == CANCEL


async def test_a_job_that_was_cancelled_cannot_be_cancelled_again() -> None:
    job = four(state=JobState.RUNNING, cancel_asked_at=NOON)
    assert custom_ids(card_of(job, ENGLISH)) == []
    assert custom_ids(card_of(job, ENGLISH, TWO)) == []


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({"state": JobState.RUNNING, "overdue_at": NOON}, "status-overdue"),
        ({"state": JobState.RUNNING, "cancel_asked_at": NOON}, "status-cancel-asked"),
        (
            {"state": JobState.RUNNING, "cancel_asked_at": NOON, "overdue_at": NOON},
            "status-cancel-asked",
        ),
    ],
)
async def test_status_card_says_what_is_unusual(changes: dict[str, Any], headline: str) -> None:
    assert texts(status_card(make_job(**changes), ENGLISH, position=3))[0] == ENGLISH(headline)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (None, "Flux did not confirm your request"),
        ("500", "Flux has an error (500)"),
        ("429", "Flux is busy (429)"),
        ("timeout", "Flux did not respond in time"),
        ("disconnected", "The connection to Flux was lost"),
        ("unreachable", "I can't reach Flux"),
    ],
)
async def test_cards_say_what_flux_answered(error: str | None, sentence: str) -> None:
    uncertain = make_job(state=JobState.UNCERTAIN, flux_error=error)
    assert texts(card_of(uncertain, ENGLISH))[0].startswith(f"**{sentence}.**")
    lost = make_job(state=JobState.FAILED, problem=Problem.ANSWER_LOST, flux_error=error)
    assert texts(card_of(lost, ENGLISH))[0].startswith(f"{sentence}, so you were refunded.")


async def test_a_job_is_shown_as_retried_until_it_is_sent() -> None:
    retried = make_job(flux_error="429")
    assert texts(card_of(retried, ENGLISH))[0] == "**Flux is busy (429)**, retrying"
    assert texts(card_of(retried, ENGLISH, position=2))[0].startswith("**Queued (#2)**")
    sent = replace(retried, state=JobState.RUNNING)
    assert texts(card_of(sent, ENGLISH))[0].startswith("**Generating**")


async def test_pictures_of_a_job_that_goes_on_are_shown_as_some_of_them() -> None:
    card = card_of(four(state=JobState.RUNNING), ENGLISH, TWO)
    assert texts(card)[0] == "**2 of 4 done**"
    assert len(gallery(card)) == 2
    assert custom_ids(card) == CANCEL


@pytest.mark.parametrize(
    "job",
    [
        four(state=JobState.FETCHED, fetched_at=NOON),
        four(state=JobState.DELIVERED, fetched_at=NOON),
        four(state=JobState.FAILED, fetched_at=NOON, problem=Problem.RESPONSE_EXPIRED),
        four(state=JobState.CANCELLED, fetched_at=NOON, problem=Problem.CANCELLED),
    ],
)
async def test_pictures_of_a_job_that_goes_on_no_more_are_its_result(job: Job) -> None:
    card = card_of(job, ENGLISH, TWO)
    assert texts(card)[0] == "a quiet lake"
    assert "2 of 4 images" in texts(card)[-1]
    numbers, usual = custom_ids(card)[:2], custom_ids(card)[2:]
    assert numbers == [f"fluxcord:open:{job.id}:{at}" for at in (1, 2)]
    assert usual == [f"fluxcord:{action}:{job.id}" for action in RESULT_ACTIONS]


@pytest.mark.parametrize("problem", sorted(RETRIED))
async def test_what_may_come_out_well_can_be_asked_for_again(problem: Problem) -> None:
    assert custom_ids(card_of(make_job(state=JobState.FAILED, problem=problem), ENGLISH)) == RETRY


@pytest.mark.parametrize(
    "problem",
    [
        Problem.SOURCE_UNREACHABLE,
        Problem.RESULT_TOO_LARGE,
        *sorted(REFUSED_BY_DISCORD),
        Problem.CANCELLED,
        Problem.ARRIVED_LATE,
    ],
)
async def test_what_would_end_the_same_is_not_offered_again(problem: Problem) -> None:
    assert custom_ids(card_of(make_job(state=JobState.FAILED, problem=problem), ENGLISH)) == []


@pytest.mark.parametrize("problem", sorted(REPHRASED))
async def test_what_was_refused_can_be_said_differently(problem: Problem) -> None:
    card = card_of(make_job(state=JobState.REFUSED, problem=problem), ENGLISH)
    [button] = parts(card, BUTTON)
    assert (button["label"], button["custom_id"]) == ("Try again", "fluxcord:change:0123456789ab")


async def test_a_card_of_one_picture_says_which_it_is() -> None:
    job = four(state=JobState.DELIVERED, fetched_at=NOON)
    for card in (
        result_card(job, ENGLISH, TWO[1:], is_opened=True),
        result_card(job, ENGLISH, TWO[1:]),
    ):
        assert [at.rpartition(":")[2] for at in custom_ids(card)] == ["2"] * 5
        assert parts(card, SELECT) == []
    assert "image 2 of 4" in texts(result_card(job, ENGLISH, TWO[1:], is_opened=True))[-1]


async def test_a_card_of_several_pictures_has_a_number_for_each() -> None:
    card = result_card(four(state=JobState.DELIVERED, fetched_at=NOON), ENGLISH, TWO)
    numbers, usual = (row["components"] for row in parts(card, ACTION_ROW))
    assert [number["label"] for number in numbers] == ["1", "2"]
    assert len(usual) == 5
    assert parts(card, SELECT) == []


def labels_of(row: ui.ActionRow[Any]) -> list[str]:
    return [str(button.to_component_dict()["label"]) for button in row.children]


async def test_an_opened_picture_says_what_another_one_costs() -> None:
    job = four(state=JobState.DELIVERED, fetched_at=NOON)
    labels = labels_of(opened_row(job, ENGLISH, 2, is_own=True))
    assert labels == [
        "Edit",
        "Regenerate one · 0.22 credits",
        "Original",
        "Send to DM",
        "Post here",
    ]
    assert len(opened_row(job, ENGLISH, 2, is_own=False).children) == len(labels) - 1
    old = replace(job, request=replace(job.request, model="flux-0"), estimated_microcredits=400_000)
    assert labels_of(opened_row(old, ENGLISH, 2, is_own=True))[1] == "Regenerate one · 0.1 credits"


async def test_collect_card_offers_to_collect() -> None:
    assert custom_ids(collect_card(make_job(), ENGLISH)) == COLLECT


@pytest.mark.parametrize("action", JobAction)
async def test_button_knows_its_job_by_its_custom_id_alone(action: JobAction) -> None:
    button = JobButtonId(action, "0123456789ab")
    assert JobButtonId.parse(button.custom_id) == button


async def test_every_button_says_in_words_what_it_does() -> None:
    running, failed = make_job(), make_job(state=JobState.FAILED, problem=Problem.INTERNAL)
    cards = [
        card_of(running, ENGLISH),
        card_of(failed, ENGLISH),
        collect_card(running, ENGLISH),
        result_card(running, ENGLISH, TWO),
    ]
    labels = [part["label"] for card in cards for part in parts(card, BUTTON)]
    assert labels[:3] == ["Cancel", "Try again", "Get image"]
    assert labels[3:5] == ["1", "2"]
    assert labels[5:] == ["Regenerate", "Edit", "Edit prompt", "Details", "Delete"]


async def test_a_delivered_job_whose_pictures_are_gone_is_not_under_way() -> None:
    card = card_of(make_job(state=JobState.DELIVERED, fetched_at=NOON), ENGLISH)
    assert texts(card)[0] == ENGLISH("no-longer-kept")
    assert custom_ids(card) == []
