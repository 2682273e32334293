"""What sentences promise, in every language: about money, and that they are whole."""

from __future__ import annotations

import re
from itertools import takewhile
from unicodedata import category

import pytest

from domain.failures import FAILURES
from domain.models import Problem
from tests.domain.test_failures import (
    KEPT,
    MAY_BE_CHARGED,
    OF_THE_ACCOUNT,
    REFUSED_BY_DISCORD,
    SHOWN_PRIVATELY,
)
from tests.ui.catalogues import LANGUAGES, saying
from ui.errors import problem_in_words
from ui.i18n import words_for

DETAILS: dict[Problem, dict[str, str]] = {
    Problem.PROMPT_TOO_LONG: {"characters": "2001"},
    Problem.MODEL_UNKNOWN: {"model": "flux-9"},
    Problem.MODEL_CANNOT_EDIT: {"model": "flux-dev"},
    Problem.SIZE_UNKNOWN: {"size": "wide", "model": "flux-dev"},
    Problem.SIZE_NOT_FOR_MODEL: {"size": "1344x768", "model": "flux-2-pro"},
    Problem.COUNT_OUT_OF_RANGE: {"count": "5"},
    Problem.MODEL_NOT_OFFERED: {"model": "flux-pro-1.1"},
    Problem.PERMISSIONS_MISSING: {"permissions": "Send Messages, Attach Files"},
    Problem.MESSAGE_GONE: {"cost": "COST."},
    **{problem: {"cost": "COST."} for problem in REFUSED_BY_DISCORD},
    Problem.PLACE_FORBIDDEN: {"cost": "COST.", "place": "server"},
    Problem.RESPONSE_EXPIRED: {"cost": "COST."},
    Problem.CANCELLED: {"cost": "COST."},
    Problem.BLOCKED: {"reason": "spam"},
    Problem.BLOCKED_FOR_A_WHILE: {"reason": "spam", "until": "<t:1:R>"},
    Problem.WORDS_NOT_ALLOWED: {"found": "bad"},
    Problem.SOURCE_TOO_MANY_PIXELS: {"megapixels": "101", "limit": "100"},
    Problem.SOURCES_TOO_MANY_PIXELS: {"limit": "100"},
    Problem.FLUX_UNAVAILABLE: {"flux": "FLUX"},
    Problem.ANSWER_LOST: {"flux": "FLUX"},
    Problem.COOLING_DOWN: {"frees_at": "<t:1:R>"},
    Problem.PLACE_NOT_ALLOWED: {"channels": "<#1>, <#2>"},
    Problem.MODEL_NOT_ALLOWED: {"model": "flux-2-max", "models": "flux-dev, flux-pro"},
    Problem.COUNT_NOT_ALLOWED: {"count": "4", "most": "2"},
    Problem.TOO_MANY_JOBS: {"frees": "later", "frees_at": "<t:1:R>"},
    Problem.USER_BUDGET_SPENT: {"frees": "later", "frees_at": "<t:1:R>", "limit": "LIMIT"},
    Problem.SERVER_BUDGET_SPENT: {
        "frees": "later",
        "frees_at": "<t:1:R>",
        "limit": "LIMIT",
        "setter": "owner",
    },
    Problem.TOTAL_BUDGET_SPENT: {"frees": "later", "frees_at": "<t:1:R>", "limit": "LIMIT"},
}
"""With what each is told, in `check_request`, `Places` and `RequestService`, and on a card."""

BEFORE_A_JOB = set(takewhile(lambda problem: problem is not Problem.SOURCE_NOT_A_PICTURE, FAILURES))
"""Refused at once, for what was typed or a rule: nobody fears a charge."""

COSTS = ("not-made", "nothing", "made")
"""What a job whose message cannot be shown cost, by the end of the sentence's id."""

MOST_SENTENCES = 2

PUNCTUATION = "Po"
"""How Unicode classes full stops, those of other scripts too."""

pytestmark = pytest.mark.parametrize("locale", LANGUAGES)


def id_of(problem: Problem) -> str:
    return f"problem-{problem.replace('_', '-')}"


@pytest.mark.parametrize("problem", Problem)
def test_sentence_is_whole_for_every_problem(locale: str, problem: Problem) -> None:
    text = problem_in_words(problem, words_for(locale), **DETAILS.get(problem, {}))
    assert category(text[-1]) == PUNCTUATION
    assert len(text) <= 400
    assert "{" not in text


@pytest.mark.parametrize("problem", Problem)
def test_sentence_names_only_details_that_the_problem_is_raised_with(
    locale: str, problem: Problem
) -> None:
    named = saying(locale, id_of(problem)).messages[id_of(problem)].variables
    assert named <= set(DETAILS.get(problem, {}))


@pytest.mark.parametrize(
    ("problem", "details"),
    [
        (Problem.PLACE_NOT_ALLOWED, {"channels": "none"}),
        (Problem.MODEL_NOT_ALLOWED, {"model": "flux-2-max", "models": "none"}),
        (Problem.TOO_MANY_JOBS, {"frees": "never"}),
        (Problem.USER_BUDGET_SPENT, {"frees": "never", "limit": "LIMIT"}),
        (Problem.SERVER_BUDGET_SPENT, {"frees": "never", "limit": "LIMIT", "setter": "managers"}),
        (Problem.TOTAL_BUDGET_SPENT, {"frees": "never", "limit": "LIMIT"}),
    ],
)
def test_sentence_is_whole_where_there_is_nothing_else_to_name(
    locale: str, problem: Problem, details: dict[str, str]
) -> None:
    text = problem_in_words(problem, words_for(locale), **details)
    assert category(text[-1]) == PUNCTUATION
    assert "none" not in text
    assert "<t:" not in text
    assert "{" not in text


@pytest.mark.parametrize("problem", DETAILS)
def test_sentence_shows_what_was_wrong(locale: str, problem: Problem) -> None:
    text = problem_in_words(problem, words_for(locale), **DETAILS[problem])
    assert any(value in text for value in DETAILS[problem].values())


@pytest.mark.parametrize("problem", Problem)
def test_sentence_says_that_nothing_was_charged_where_a_charge_may_be_feared(
    locale: str, problem: Problem
) -> None:
    says_so = "uncharged" in saying(locale, id_of(problem)).terms_in(id_of(problem))
    assert says_so == (problem not in MAY_BE_CHARGED | KEPT | BEFORE_A_JOB)


@pytest.mark.parametrize("cost", [*COSTS, ""])
@pytest.mark.parametrize("problem", Problem)
def test_refusal_has_at_most_two_sentences(locale: str, problem: Problem, cost: str) -> None:
    words = words_for(locale)
    details = DETAILS.get(problem, {})
    if "cost" in details:
        details = {**details, "cost": words(f"cost-{cost}") if cost else ""}
    text = problem_in_words(problem, words, **details)
    assert len(re.findall(r"[.!?](?= |$)|[。！？]", text)) <= MOST_SENTENCES, text


@pytest.mark.parametrize(
    "problem", sorted(SHOWN_PRIVATELY | REFUSED_BY_DISCORD | {Problem.CANCELLED})
)
def test_sentence_of_what_cannot_be_shown_says_what_it_cost(locale: str, problem: Problem) -> None:
    assert "cost" in saying(locale, id_of(problem)).messages[id_of(problem)].variables
    assert "free" in saying(locale, "cost-not-made").terms_in("cost-not-made")
    assert "free" not in saying(locale, "cost-made").terms_in("cost-made")


@pytest.mark.parametrize("problem", Problem)
def test_sentence_says_that_the_price_was_refunded_when_the_house_pays(
    locale: str, problem: Problem
) -> None:
    refunded = MAY_BE_CHARGED | {Problem.ARRIVED_LATE}
    says_so = "refunded" in saying(locale, id_of(problem)).terms_in(id_of(problem))
    assert says_so == (problem in refunded)


@pytest.mark.parametrize("problem", sorted(OF_THE_ACCOUNT))
def test_operator_alert_says_what_to_mend_and_what_happens_meanwhile(
    locale: str, problem: Problem
) -> None:
    name = f"alert-{problem.replace('_', '-')}"
    text = words_for(locale)(name)
    assert "meanwhile" in saying(locale, name).terms_in(name)
    assert "FLUX_API_TOKEN" in text or problem is Problem.FLUX_OUT_OF_CREDITS
    assert category(text[-1]) == PUNCTUATION


@pytest.mark.parametrize("name", ["unexpected", "storage"])
def test_sentence_of_an_error_before_a_job_says_that_nothing_was_charged(
    locale: str, name: str
) -> None:
    assert "uncharged" in saying(locale, f"error-{name}").terms_in(f"error-{name}")
