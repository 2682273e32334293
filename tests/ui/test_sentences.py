import re
from string import Formatter

import pytest

import ui.sentences
from jobs.account import ACCOUNT_PROBLEMS
from jobs.problems import OUT_OF_SIGHT, PERHAPS_CHARGED, REFUSED
from storage.records import KEPT, Problem
from ui.sentences import MADE, NOT_MADE, SENTENCES, operator_alert, sentence

DETAILS: dict[Problem, dict[str, str | int]] = {
    Problem.PROMPT_TOO_LONG: {"characters": "2001"},
    Problem.MODEL_UNKNOWN: {"model": "flux-9"},
    Problem.MODEL_CANNOT_EDIT: {"model": "flux-dev"},
    Problem.SIZE_UNKNOWN: {"size": "wide", "model": "flux-dev"},
    Problem.SIZE_NOT_FOR_MODEL: {"size": "1344x768", "model": "flux-2-pro"},
    Problem.COUNT_OUT_OF_RANGE: {"count": "5"},
    Problem.MODEL_NOT_OFFERED: {"model": "flux-pro-1.1"},
    Problem.PERMISSIONS_MISSING: {"permissions": "Send Messages, Attach Files"},
    Problem.MESSAGE_GONE: {"cost": MADE},
    Problem.PLACE_FORBIDDEN: {"cost": MADE},
    Problem.RESPONSE_EXPIRED: {"cost": MADE},
    Problem.CANCELLED: {"cost": MADE},
    Problem.COOLING_DOWN: {"frees_at": "<t:1:R>"},
    Problem.USER_BUDGET_SPENT: {"frees_at": "<t:1:R>"},
    Problem.TOTAL_BUDGET_SPENT: {"frees_at": "<t:1:R>"},
}
"""With what each is told, in `check_request`, `place_of` and on a card; others have none."""

MAY_BE_MADE = KEPT
"""The picture may have been made and paid for."""

FREE = "Nothing was charged."


@pytest.mark.parametrize("problem", Problem)
def test_sentence_is_whole_for_every_problem(problem: Problem) -> None:
    text = sentence(problem, DETAILS.get(problem))
    assert text.endswith(".")
    assert len(text) <= 400
    assert "{" not in text


@pytest.mark.parametrize("problem", Problem)
def test_sentence_names_only_details_that_the_problem_is_raised_with(problem: Problem) -> None:
    named = {field for _, field, _, _ in Formatter().parse(SENTENCES[problem]) if field}
    assert named <= set(DETAILS.get(problem, {}))


@pytest.mark.parametrize("problem", DETAILS)
def test_sentence_shows_what_was_wrong(problem: Problem) -> None:
    text = sentence(problem, DETAILS[problem])
    assert any(str(value) in text for value in DETAILS[problem].values())


@pytest.mark.parametrize("problem", Problem)
def test_sentence_says_that_nothing_was_charged_only_when_it_is_sure(problem: Problem) -> None:
    assert (FREE in SENTENCES[problem]) == (problem not in PERHAPS_CHARGED | MAY_BE_MADE)


@pytest.mark.parametrize("problem", sorted(OUT_OF_SIGHT | {Problem.CANCELLED}))
def test_sentence_of_what_cannot_be_shown_says_what_it_cost(problem: Problem) -> None:
    assert "made and charged, and it is yours: `/history`" in sentence(problem, {"cost": MADE})
    assert FREE in sentence(problem, {"cost": NOT_MADE})


@pytest.mark.parametrize("problem", sorted(REFUSED))
def test_sentence_of_a_refusal_says_that_nothing_was_charged(problem: Problem) -> None:
    assert FREE in SENTENCES[problem]


@pytest.mark.parametrize("problem", sorted(PERHAPS_CHARGED | {Problem.ARRIVED_LATE}))
def test_sentence_says_that_the_price_is_given_back_when_the_house_bears_it(
    problem: Problem,
) -> None:
    assert re.search(
        "its price (was|had been) given back to you", SENTENCES[problem], re.IGNORECASE
    )


@pytest.mark.parametrize("problem", ACCOUNT_PROBLEMS)
def test_operator_alert_says_what_to_mend_and_what_happens_meanwhile(problem: Problem) -> None:
    text = operator_alert(problem)
    assert "every 5 minutes" in text
    assert "FLUX_API_TOKEN" in text or "credits" in text


@pytest.mark.parametrize("name", ["UNEXPECTED", "STORAGE_UNAVAILABLE", "NOT_ALLOWED", "OUTDATED"])
def test_sentence_of_what_came_before_a_job_says_that_nothing_was_charged(name: str) -> None:
    assert FREE in getattr(ui.sentences, name)
