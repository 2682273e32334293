"""Finds words in what people ask for, however they are written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Spell = Callable[[Sequence[str], Sequence[str]], Iterable[str]]

MAX_RULE_CHARACTERS: Final = 100

_UNSEEN: Final = re.compile(
    "[\u034f\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""What draws nothing, or only makes a word longer, and is not of the category "format"."""

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

_LONE_WORDS: Final = frozenset("aio")
"""Words of one letter, which may stand before and after a word that is spelled out."""


class UnusableRuleError(Exception):
    """A rule of this text would find nothing, or something in nearly every text."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text as rules are looked for in it.

    Attributes:
        readings: each way to read it: its words in bars, with a space between them.
    """

    readings: tuple[str, ...] = field(repr=False)

    def hold(self, key: str) -> bool:
        """Whether the words of a rule, by its `rule_key`, stand here one after another."""
        return any(key in reading for reading in self.readings)


def words_in(text: str) -> Words:
    """Return the words of a text; the time it takes grows with its length and no faster.

    Letters are compared after NFKC and case folding, without what has no width. Single letters one
    after another are also read as one word, whatever parts them.
    """
    words, gaps = _parts(text)
    readings = [_barred(words)]
    runs = [*_runs(words, gaps)]
    if any(run.is_spelled for run in runs):
        readings += [_barred(_spelled_out(runs, spell)) for spell in (_all, _inner, _alike)]
    return Words(tuple(dict.fromkeys(readings)))


def rule_key(text: str) -> str:
    """Return what a rule looks for; two rules with the same key find the same.

    Raises:
        UnusableRuleError: it is empty, or too long, or one letter of a script with spaces.
    """
    words = [*_spelled_out(_runs(*_parts(text)), _all)]
    if not words or len(text) > MAX_RULE_CHARACTERS:
        raise UnusableRuleError
    if len("".join(words)) == 1 and not re.match(f"[{_UNSPACED}]", words[0]):
        raise UnusableRuleError
    return _barred(words)


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the runs of letters, marks and digits, and what stands after each of them."""
    words: list[str] = []
    gaps: list[str] = []
    for is_of_word, group in groupby(_folded(text), key=_is_of_word):
        run = "".join(group)
        if not is_of_word:
            gaps[-1:] = [run] * bool(words)
            continue
        for word in _ONE_KIND.findall(run):
            words.append(word)
            gaps.append("")
    return words, gaps


def _folded(text: str) -> str:
    compatible = unicodedata.normalize("NFKC", text)
    if not compatible.isprintable():  # what is of the category "format" is not
        compatible = "".join(each for each in compatible if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", compatible).casefold())


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
