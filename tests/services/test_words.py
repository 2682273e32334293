"""The corpus of `words_corpus.toml`, and that no text takes long."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.words import MAX_RULE_CHARACTERS, UnusableRuleError, rule_key, words_in

CORPUS: Final[dict[str, list[tuple[str, str]]]] = tomllib.loads(
    Path(__file__).with_name("words_corpus.toml").read_text(encoding="utf-8")
)


def holds(text: str, rule: str) -> bool:
    return words_in(text).hold(rule_key(rule))


@pytest.mark.parametrize(("rule", "text"), CORPUS["evasions"])
def test_an_evasion_is_found(rule: str, text: str) -> None:
    assert holds(text, rule)


@pytest.mark.parametrize(("rule", "text"), CORPUS["innocent"])
def test_an_innocent_text_is_left_alone(rule: str, text: str) -> None:
    assert not holds(text, rule)


@pytest.mark.parametrize(("rule", "text"), CORPUS["out_of_reach"])
def test_what_is_out_of_reach_is_known(rule: str, text: str) -> None:
    assert not holds(text, rule)


@pytest.mark.parametrize(("rule", "text"), CORPUS["overreach"])
def test_what_is_found_wrongly_is_known(rule: str, text: str) -> None:
    assert holds(text, rule)


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "...", "🔥", "x", "X", "é", "\uff58", "1", "\u00ad", "x" * 101]
)
def test_a_rule_that_would_find_nothing_or_everything_is_unusable(text: str) -> None:
    with pytest.raises(UnusableRuleError):
        rule_key(text)


@pytest.mark.parametrize("text", ["裸", "ぬ", "xx", "x y", "a1", "x" * MAX_RULE_CHARACTERS])
def test_a_word_of_its_script_is_a_rule(text: str) -> None:
    assert holds(f"so {text} it is", text)


def test_rules_that_find_the_same_have_one_key() -> None:
    assert rule_key("Bad Cat") == rule_key("\uff42\uff41\uff44-c\u00adat") == rule_key(" bad…CAT ")


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=60))
def test_a_rule_is_found_between_words_that_are_no_single_letters(
    before: str, rule: str, after: str
) -> None:
    try:
        rule_key(rule)
    except UnusableRuleError:
        return

    assert holds(f"{before} so, {rule} ,it {after}", rule)


@given(st.text(max_size=200))
def test_no_text_is_an_error(text: str) -> None:
    words_in(text).hold("|bad|")


@pytest.mark.parametrize(
    "piece",
    ["b-", "b a-d.", "a ", "裸-", "\u200b", "a\u0315\u0300", "\ufdfa", "ass", "|", "- ", "a\n\n"],
)
def test_six_thousand_characters_take_no_time(piece: str) -> None:
    text = (piece * 6_000)[:6_000]
    rules = [rule_key(f"bad{number} cat") for number in range(400)]

    started = time.process_time()
    words = words_in(text)
    assert not any(words.hold(rule) for rule in rules)
    took_s = time.process_time() - started

    assert took_s < 1  # the worst takes a tenth of it
