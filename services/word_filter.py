"""Finds blocked words in prompts, however they are written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final

from domain.errors import UserError
from services.confusables import appearance, appearances
from storage.moderation import MAX_RULE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Spell = Callable[[Sequence[str], Sequence[str]], Iterable[str]]

_UNSEEN: Final = re.compile(
    "[\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""What is default-ignorable and not of the category "format"; and what makes a word longer."""

_UNDRAWN: Final = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of which nothing, a space or a box is drawn."""

_LONG_WORD: Final = 5
"""Letters from which on a word with other accents is the same word; "ano" and "año" are two."""

_UNSPACED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3005-\u3007\u3040-\u312f\u31f0-\u31ff"  # kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
"""Scripts that put no spaces between words."""

_ATOM: Final = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
"""A word of other scripts, or a character of these, where each may be one."""

_ONE_KIND: Final = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")

_OF_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")

_LINE_BREAKS: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"

_AT_LINE_ENDS: Final = f" \xa0-\u2010{_LINE_BREAKS}"

_SIGNS: Final = re.compile(r"[^\s.,;:!?\u2026'`\u00b4\u02bc\u2018\u2019]{1,3}")
"""Signs that neither end a sentence nor replace letters."""

_LONE_WORDS: Final = frozenset("aio")
"""Words of one letter, which may precede and follow a word that is spelled out."""


@dataclass(frozen=True, slots=True)
class WordFilter:
    """A text as rules are looked for in it.

    Attributes:
        readings: each way to read it: its words in bars, with a space between them.
        unaccented: the same without any accents, for rules with a long word.
        atoms: all that is between bars, so that most rules need no search.
    """

    readings: tuple[str, ...] = field(repr=False)
    unaccented: tuple[str, ...] = field(repr=False)
    atoms: frozenset[str] = field(repr=False)

    def hold(self, key: str) -> bool:
        """Whether the words of a rule, by its `rule_key`, follow one another here."""
        return any(
            atoms <= self.atoms
            and any(look in reading for reading in (*self.readings, *self.unaccented * is_long))
            for look, atoms, is_long in _looks(key)
        )


def words_in(text: str) -> WordFilter:
    """Return the words of a text; the time it takes grows with its length and no faster.

    Letters are compared after NFKC and case folding, without what has no width, and by what they
    look like. Single letters one after another are also read as one word, whatever parts them, and
    so is what a line break or a character that draws nothing parts.
    """
    seen = _seen(text)
    readings = dict.fromkeys(_readings(_folded(text)))
    unaccented: dict[str, None] = {}
    if not seen.isascii():
        readings |= dict.fromkeys(_readings(appearance(seen, with_accents=True)))
        unaccented = dict.fromkeys(_readings(appearance(seen, with_accents=False)))
    every = "|".join([*readings, *unaccented])
    return WordFilter(
        tuple(readings), tuple(unaccented), frozenset(every.replace(" ", "|").split("|"))
    )


def rule_key(text: str) -> str:
    """Return what a rule looks for; two rules with the same key find the same.

    Raises:
        UserError: it is empty, or too long, or one letter of a script with spaces.
    """
    words = [*_spelled_out(_runs(*_parts(_folded(text))), _all)]
    if not words or len(text) > MAX_RULE_CHARACTERS:
        raise UserError("rule-unusable")
    if len("".join(words)) == 1 and not re.match(f"[{_UNSPACED}]", words[0]):
        raise UserError("rule-unusable")
    return _barred(words)


@lru_cache(maxsize=4_096)  # rules are few, and looked for in every request
def _looks(key: str) -> tuple[tuple[str, frozenset[str], bool], ...]:
    """Return each way in which a rule may be written, its atoms, and whether a word is long."""
    return tuple(
        (
            form,
            frozenset(form.replace(" ", "|").split("|")),
            any(len(word.replace("|", "")) >= _LONG_WORD for word in form.split(" ")),
        )
        for form in sorted({key} | appearances(key))
    )


def _readings(folded: str) -> Iterator[str]:
    for words, gaps in _joined(*_parts(folded)):
        yield _barred(words)
        runs = [*_runs(words, gaps)]
        if any(run.is_spelled for run in runs):
            yield from (_barred(_spelled_out(runs, spell)) for spell in (_all, _inner, _alike))


def _joined(words: list[str], gaps: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words, then with those joined that may be one: all, and every second time."""
    yield words, gaps
    joints = [
        number
        for number, (before, gap, after) in enumerate(zip(words, gaps, words[1:], strict=False))
        if _is_joint(before, gap, after)
    ]
    for taken in (joints, joints[::2], joints[1::2]) if joints else ():
        whole, left = [words[0]], []
        inner = frozenset(taken)
        for number, word in enumerate(words[1:]):
            if number in inner:
                whole[-1] += word
            else:
                whole.append(word)
                left.append(gaps[number])
        yield whole, [*left, gaps[-1]]


def _is_joint(before: str, gap: str, after: str) -> bool:
    drawn = "".join(
        each for each in gap if each in _LINE_BREAKS or unicodedata.category(each) not in _UNDRAWN
    )
    if gap and not drawn:
        return True
    # Where no spaces are put, all else may part words.
    if _OF_UNSPACED.match(before) or _OF_UNSPACED.match(after):
        return False
    is_line_end = not drawn.strip(_AT_LINE_ENDS) and any(each in _LINE_BREAKS for each in drawn)
    return is_line_end or _SIGNS.fullmatch(drawn) is not None


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the runs of letters, marks and digits, and what follows each of them."""
    words: list[str] = []
    gaps: list[str] = []
    for is_of_word, group in groupby(text, key=_is_of_word):
        run = "".join(group)
        if not is_of_word:
            gaps[-1:] = [run] * bool(words)
            continue
        for word in _ONE_KIND.findall(run):
            words.append(word)
            gaps.append("")
    return words, gaps


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _seen(unicodedata.normalize("NFKC", text)).casefold())


def _seen(text: str) -> str:
    """Return a text without what draws nothing."""
    if not text.isprintable():  # what is of the category "format" is not
        text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return _UNSEEN.sub("", text)


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _is_single_letter(word: str) -> bool:
    return word[0].isalpha() and all(unicodedata.category(mark)[0] == "M" for mark in word[1:])


@dataclass(frozen=True, slots=True)
class _Run:
    words: Sequence[str]
    gaps: Sequence[str]
    is_spelled: bool


def _runs(words: Sequence[str], gaps: Sequence[str]) -> Iterator[_Run]:
    """Yield the words in order, single letters one after another together."""
    start = 0
    for is_single, group in groupby(words, key=_is_single_letter):
        end = start + len([*group])
        is_spelled = is_single and end - start > 1
        yield _Run(words[start:end], gaps[start : end - 1], is_spelled)
        start = end


def _spelled_out(runs: Iterable[_Run], spell: Spell) -> Iterator[str]:
    for run in runs:
        yield from spell(run.words, run.gaps) if run.is_spelled else run.words


def _all(letters: Sequence[str], gaps: Sequence[str]) -> Iterator[str]:
    del gaps
    yield "".join(letters)


def _inner(letters: Sequence[str], gaps: Sequence[str]) -> Iterator[str]:
    """Yield what is left between words of one letter, and those too."""
    del gaps
    inner = [number for number, letter in enumerate(letters) if letter not in _LONE_WORDS]
    start, end = (inner[0], inner[-1] + 1) if inner else (0, len(letters))
    yield from letters[:start]
    yield "".join(letters[start:end])
    yield from letters[end:]


def _alike(letters: Sequence[str], gaps: Sequence[str]) -> Iterator[str]:
    """Yield the letters that are parted alike, such as the two words of `b-a-d c-a-t`."""
    start = 0
    for _, group in groupby(gaps):
        end = start + len([*group])
        # Between two letters alone, what parts them may part words.
        if end - start > 1:
            yield "".join(letters[start : end + 1])
        start = end


def _barred(words: Iterable[str]) -> str:
    return " ".join(f"|{'|'.join(_ATOM.findall(word))}|" for word in words)
