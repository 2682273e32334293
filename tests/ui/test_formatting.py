import re
from contextvars import copy_context
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit_price import CreditPrice
from domain.models import Job, JobState, Problem
from tests.factories import make_job
from tests.ui.drawn import ENGLISH
from ui.formatting import credits_in_words, inert, price_in_words, use_credit_price


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
