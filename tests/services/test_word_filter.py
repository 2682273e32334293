"""The corpus of `word_filter_corpus.toml`, and that no text takes long."""

from __future__ import annotations

import re
import time
import tomllib
import unicodedata
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UserError
from services import confusables
from services.word_filter import rule_key, words_in
from storage.moderation import MAX_RULE_CHARACTERS

CORPUS: Final[dict[str, list[tuple[str, str]]]] = tomllib.loads(
    Path(__file__).with_name("word_filter_corpus.toml").read_text(encoding="utf-8")
)

DEFAULT_IGNORABLE: Final = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
]
"""Unicode 15.0.0, DerivedCoreProperties.txt."""


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


@pytest.mark.parametrize(("first", "last"), DEFAULT_IGNORABLE)
def test_no_default_ignorable_character_hides_a_word(first: int, last: int) -> None:
    texts = [f"b{chr(number)}ad" for number in range(first, last + 1)]
    assert [text for text in texts if not holds(text, "bad")] == []


def test_no_control_private_or_unassigned_character_hides_a_word() -> None:
    numbers = [*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xE000, 0xFFFF, 0x0378, 0x10FFFF]
    for text in ("a ba{}d cat", "a{}bad{}cat"):
        hidden = [
            hex(number) for number in numbers if not holds(text.replace("{}", chr(number)), "bad")
        ]
        assert hidden == []


def test_no_combining_mark_hides_a_latin_greek_or_cyrillic_word() -> None:
    marks = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in {"Mn", "Me"}]
    for rule, text in (("bad", "ba{}d"), ("ζωη", "ζ{}ωη"), ("дом", "дом{}")):
        assert [mark for mark in marks if not holds(text.format(mark), rule)] == []


def test_no_latin_greek_or_cyrillic_look_alike_hides_a_letter() -> None:
    rows = re.findall(r"^(\w+) ;\t(\w+) ;\tMA", confusables.FILE.read_text("utf-8"), re.MULTILINE)
    pairs = [(chr(int(source, 16)), chr(int(target, 16))) for source, target in rows]
    scripts = ("LATIN", "GREEK", "CYRILLIC")
    looking = [
        (source, "i" if target == "l" and not source.islower() else target)
        for source, target in pairs
        if unicodedata.name(source, "").startswith(scripts) and re.match("[A-Za-z]", target)
    ]
    # What is before U+0180 is a letter of a living alphabet, which a long word only is read by.
    assert len(looking) > 100
    hidden = [
        (source, letter)
        for source, letter in looking
        if not source.isascii() and source != "\u017f"  # a long s is an s in the plain form
        for long in ("xxxx" * (source < "\u0180"),)
        if not holds(f"x{source}x{long}", f"x{letter}x{long}")
    ]
    assert hidden == []


def test_no_stroke_or_hook_hides_a_latin_letter() -> None:
    named = [(chr(n), unicodedata.name(chr(n), "")) for n in range(0x0180, 0x1E000)]
    letters = [
        (variant, name.split()[3].lower())
        for variant, name in named
        if re.match("LATIN (SMALL|CAPITAL) LETTER [A-Z] WITH ", name)
        and not unicodedata.decomposition(variant)
    ]
    assert len(letters) > 100
    hidden = [each for each in letters if not holds(f"x{each[0]}x", f"x{each[1]}x")]
    # Unicode's file takes these two for a u.
    assert hidden == [("\u028b", "v"), ("\u1d8c", "v")]


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "...", "🔥", "x", "X", "é", "\uff58", "1", "\u00ad", "x" * 101]
)
def test_a_rule_that_would_find_nothing_or_everything_is_unusable(text: str) -> None:
    with pytest.raises(UserError):
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
    except UserError:
        return

    assert holds(f"{before} so, {rule} ,it {after}", rule)


@given(st.text(max_size=200))
def test_no_text_is_an_error(text: str) -> None:
    words_in(text).hold("|bad|")


@pytest.mark.parametrize(
    "piece",
    [
        "b-",
        "b a-d.",
        "a ",
        "裸-",
        "\u200b",
        "a\u0315\u0300",
        "\ufdfa",
        "ass",
        "|",
        "- ",
        "a\n\n",
        "\u0430\n",
    ],
)
def test_six_thousand_characters_take_no_time(piece: str) -> None:
    text = (piece * 6_000)[:6_000]
    rules = [rule_key(f"bad{number} cat") for number in range(400)]

    started = time.process_time()
    words = words_in(text)
    assert not any(words.hold(rule) for rule in rules)
    took_s = time.process_time() - started

    assert took_s < 1  # the worst takes a tenth of it
