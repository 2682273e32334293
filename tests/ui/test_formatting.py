import re
from contextvars import copy_context
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import CreditPrice, two_digits
from domain.limits import Allowance, LimitKind
from domain.models import Job, JobState, Problem
from tests.factories import make_job
from tests.ui.drawn import ENGLISH
from ui.autocomplete import suggest_counts
from ui.components import inert
from ui.formatting import (
    allowance_in_words,
    credits_in_words,
    limit_in_words,
    price_in_words,
    use_credit_price,
)


def failed(problem: Problem, **changes: int) -> Job:
    """Return a job that was running when it ended so."""
    return make_job(state=JobState.FAILED, problem=problem, **changes)


MARKUP = {
    "bold": "**loud**",
    "italics": "*soft* and _soft_",
    "underline": "__line__",
    "strike": "~~gone~~",
    "spoiler": "||hidden||",
    "code": "`code`",
    "code block": "```py\nprint()\n```",
    "heading": "# Title",
    "third heading": "### Title",
    "small print": "-# small",
    "quote": "> said",
    "long quote": ">>> said",
    "bullet": "- item",
    "star bullet": "* item",
    "numbered": "1. item",
    "link": "[here](https://example.org)",
    "bare link": "https://example.org/a?b=c",
    "quiet link": "<https://example.org>",
    "mail": "<mailto:ada@example.org>",
    "invite": "discord.gg/abc",
    "user": "<@5001> <@!5001>",
    "role": "<@&6001>",
    "channel": "<#3001>",
    "everyone": "@everyone @here",
    "command": "</imagine:1234>",
    "timestamp": "<t:1790000000:R>",
    "guide": "<id:customize>",
    "emoji": "<:pic:1234> <a:pic:1234>",
    "short emoji": ":smile:",
    "escaped": "\\*not bold\\*",
    "backslash at the end": "end\\",
}
BEGINS_MARKUP = set("\\`*_~|<>#[]()@:.+-")


def shown_by_discord(text: str) -> str:
    """Return what is left when every escape has done its work."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_inert_leaves_no_markup_however_it_begins(text: str) -> None:
    unescaped = re.sub(r"\\[^0-9A-Za-z\s]", "", inert(text, 100))
    assert not BEGINS_MARKUP & set(unescaped)
    assert shown_by_discord(inert(text, 100)) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a quiet lake", "a quiet lake"),
        ("`a`", r"\`a\`"),
        ("1. x", r"1\. x"),
        ("-# x", r"\-\# x"),
        ("> x", r"\> x"),
        ("<@1>", r"\<\@1\>"),
        ("https://a.b", r"https\://a\.b"),
        ("<t:1:R>", r"\<t\:1\:R\>"),
        ("", ""),
    ],
)
def test_inert_puts_a_backslash_before_each_mark(text: str, safe: str) -> None:
    assert inert(text, 100) == safe


@given(st.text(max_size=300))
def test_inert_gives_back_the_text_when_it_is_unescaped(text: str) -> None:
    assert shown_by_discord(inert(text, 300)) == text


@given(st.text(alphabet="".join(BEGINS_MARKUP) + "a \n", max_size=60), st.integers(1, 40))
def test_inert_keeps_to_its_limit(text: str, limit: int) -> None:
    safe = inert(text, limit)
    assert len(safe) <= 2 * limit + 1
    shown = shown_by_discord(safe)
    assert shown == text if len(text) <= limit else shown == text[: limit - 1] + "…"


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (make_job(estimated_microcredits=216_000), "about 0.22 credits"),
        (make_job(estimated_microcredits=1_692_000), "about 1.69 credits"),
        (make_job(charged_microcredits=0), "0 credits"),
        (make_job(charged_microcredits=528_000), "0.53 credits"),
        (make_job(charged_microcredits=1_000_000), "1 credit"),
        (make_job(charged_microcredits=12_000_000), "12 credits"),
        (failed(Problem.FLUX_FAILED, charged_microcredits=0), "0 credits"),
        (failed(Problem.RESULT_UNUSABLE, charged_microcredits=528_000), "0 credits"),
        (failed(Problem.ANSWER_LOST), "0 credits"),
        (failed(Problem.RESULT_TOO_LARGE, charged_microcredits=528_000), "0.53 credits"),
    ],
)
def test_credits_in_words_marks_an_estimate_as_such(job: Job, words: str) -> None:
    assert credits_in_words(job, ENGLISH) == words


@pytest.mark.parametrize(
    ("microcredits", "price", "words"),
    [
        (216_000, "0.10", "0.22 credits (0.02 USD)"),
        (1_692_000, "0.10", "1.69 credits (0.17 USD)"),
        (48_000, "0.10", "0.048 credits (0.0048 USD)"),
        (1, "0.10", "0.000001 credits (0.0000001 USD)"),
        (100_000_000, "1.5", "100 credits (150.00 USD)"),
        (0, "0.10", "0 credits"),
    ],
)
def test_a_price_has_two_digits_and_money_beside_it(
    microcredits: int, price: str, words: str
) -> None:
    context = copy_context()
    context.run(use_credit_price, CreditPrice(amount=Decimal(price), currency="USD"))
    assert context.run(price_in_words, microcredits, ENGLISH) == words
    assert price_in_words(microcredits, ENGLISH) == words.partition(" (")[0]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.0000012, "0.0000012"),
        (0.0048, "0.0048"),
        (0.0996, "0.1"),
        (0.216, "0.22"),
        (2.5, "2.5"),
        (12.346, "12.35"),
        (1_200.0, "1200"),
        (1_000_000, "1000000"),
    ],
)
def test_numbers_have_two_digits_and_no_exponent(number: float, text: str) -> None:
    assert two_digits(number) == text


@pytest.mark.parametrize("kind", [LimitKind.CREDITS_PER_DAY, LimitKind.CREDITS_PER_MONTH])
def test_limits_and_what_is_used_have_two_digits_like_cards(kind: LimitKind) -> None:
    assert "0.43 credits" in limit_in_words(kind, 432_000, ENGLISH)
    assert limit_in_words(kind, 1_000_000, ENGLISH).startswith("1 credit a")
    assert limit_in_words(kind, 1_500_000_000, ENGLISH).startswith("1,500 credits a")
    used = allowance_in_words(Allowance(kind=kind, used=216_000, most=5_000_000), ENGLISH)
    assert used.startswith("0.22 of 5 credits")


def test_suggestions_have_two_digits_like_cards() -> None:
    [shown, *_] = suggest_counts("1", ENGLISH, most=4, model_id="flux-dev")
    assert shown.name == "1 image (about 0.22 credits)"
