"""Look-alike letters: Unicode's `confusables.txt` (UTS #39, version 17.0.0), without marks."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from functools import cache, partial
from itertools import chain, product
from pathlib import Path
from string import ascii_uppercase
from typing import Final

FILE: Final = Path(__file__).parent / "unicode" / "confusables.txt"

_ROW: Final = re.compile(r"^([0-9A-F]{4,6}) ;\t([0-9A-F ]+) ;", re.MULTILINE)

_OTHER = (
    "\u0590-\u10ff\u1100-\u139f\u1780-\u18af\u1900-\u1cff\u2e80-\ua4cf\ua800-\uab2f\uabc0-\ufdff"
)
"""Blocks of scripts whose letters are never taken for Latin ones, and whose marks are letters."""

_UNMAPPED: Final = re.compile(f"[\x00-\x7f{_OTHER}]")
_OWN_MARKS: Final = re.compile(f"[{_OTHER}\U00010a00-\U00011fff]")

_ALPHABETS_END: Final = 0x180
"""Before it are letters of living alphabets, such as Turkish and Danish, that are no variants."""

_LATIN: Final = re.compile("[A-Za-z]")
_GREEK_OR_CYRILLIC: Final = re.compile("[\u0370-\u052f\u1f00-\u1fff]")

_LUNATE: Final = str.maketrans({"\u03f2": "c", "\u03f9": "C", "\u037a": "i"})
"""Greek letters that their compatibility forms make look otherwise."""

_RARELY_ACCENTED: Final = re.compile("[\u1e00-\u1e9b]")
"""Latin letters with accents that no widely written language has."""

_ACCENTED: Final = re.compile("(?:[a-zA-Z][\u0300-\u036f]+){3,}")
"""A word of which every letter has an accent, as none has."""

_VARIANT: Final = re.compile("LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH ")
"""The name of a Latin letter with a stroke, a hook or the like; the file lists only some."""

_LATIN_BLOCKS: Final = (
    *(range(0x0180, 0x02B0), range(0x1D00, 0x1DC0), range(0x2C60, 0x2C80)),
    *(range(0xA720, 0xA800), range(0xAB30, 0xAB70), range(0x1DF00, 0x1E000)),
)

_COSTUMES: Final = (
    "LATIN LETTER SMALL CAPITAL",
    "NEGATIVE CIRCLED LATIN CAPITAL LETTER",
    "NEGATIVE SQUARED LATIN CAPITAL LETTER",
    "REGIONAL INDICATOR SYMBOL LETTER",
)
"""Names of Latin letters that neither the file nor a compatibility form leads back to ASCII."""


def load() -> None:
    """Read the file of look-alikes, 40 ms, so that nothing waits for it later; raises OSError."""
    look_alikes(with_accents=True)
    _mixed_look_alikes()


def appearance(text: str, *, with_accents: bool) -> str:
    """Return a text in the Latin letters that it looks like, case-folded.

    Combining marks on letters of Latin, Greek, Cyrillic and rarer scripts are left out.

    Args:
        text: without characters that draw nothing.
        with_accents: whether a precomposed letter, such as "é", stays another one than "e".

    Raises:
        OSError: the file of look-alikes cannot be read.
    """
    text = text.translate(_LUNATE)
    if with_accents:
        composed = unicodedata.normalize("NFKC", _unmarked(_without_odd_accents(text)))
    else:
        composed = _unaccented(unicodedata.normalize("NFKC", text))
    fold = partial(_folded, with_accents=with_accents)
    return unicodedata.normalize("NFKC", re.sub(r"\S+", fold, composed))


def appearances(key: str) -> set[str]:
    """Return all appearances of a rule, which is case-folded; raises as `appearance` does."""
    if key.isascii():
        return {key}
    seen = {appearance(each, with_accents=True) for each in (key, key.upper())}
    return seen | ({_mixed(key)} if _GREEK_OR_CYRILLIC.search(key) else set())


def _folded(match: re.Match[str], *, with_accents: bool) -> str:
    """Return the text between two spaces, as it looks.

    Greek or Cyrillic letters alone can be a word of their own, so less is taken for Latin there.
    """
    text = match[0]
    if text.isascii():
        return text.casefold()
    is_mixed = _LATIN.search(text) is not None and _GREEK_OR_CYRILLIC.search(text) is not None
    if is_mixed:
        return _mixed(text)
    table = look_alikes(with_accents=with_accents)
    text = text.translate(table).casefold().translate(table)  # a final sigma is another letter
    return _unmarked(text) if with_accents else _unaccented(text)


def _mixed(text: str) -> str:
    return _unaccented(_unaccented(text).translate(_mixed_look_alikes()).casefold())


@cache
def look_alikes(*, with_accents: bool) -> dict[int, str]:
    """Return what each character looks like that is not ASCII."""
    rows = _costumes()
    for source_hex, target_hex in _ROW.findall(FILE.read_text(encoding="utf-8")):
        source = chr(int(source_hex, 16))
        is_variant = ord(source) >= _ALPHABETS_END or not with_accents
        if is_variant and not _UNMAPPED.match(source):
            target = "".join(chr(int(each, 16)) for each in target_hex.split())
            # In the file "m" looks like "rn", and a capital "I" like "l".
            target = "i" if target == "l" and not source.islower() else target.replace("rn", "m")
            rows.setdefault(ord(source), target)
    # What the file takes for another plain letter, such as a hooked v for a u, stays that letter.
    variants = _variants().items()
    return rows | {at: each for at, each in variants if not _LATIN.fullmatch(rows.get(at, ""))}


@cache
def _mixed_look_alikes() -> dict[int, str]:
    """Return the same with small letters that look like their capitals, such as "\u043a"."""
    rows = look_alikes(with_accents=False)
    small = {
        ord(letter.lower()): shown.lower()
        for letter, shown in ((chr(number), shown) for number, shown in rows.items())
        if _GREEK_OR_CYRILLIC.match(letter) and letter.isupper() and _LATIN.match(shown)
    }
    return small | {number: shown for number, shown in rows.items() if _LATIN.match(shown)}


def _costumes() -> dict[int, str]:
    letters = {}
    for letter, costume in product(ascii_uppercase, _COSTUMES):
        with contextlib.suppress(KeyError):  # "X" is no small capital
            letters[ord(unicodedata.lookup(f"{costume} {letter}"))] = letter
    return letters


def _variants() -> dict[int, str]:
    letters = {}
    for number in chain(*_LATIN_BLOCKS):
        name = _VARIANT.match(unicodedata.name(chr(number), ""))
        if name is not None and not unicodedata.decomposition(chr(number)):
            letters[number] = name[1].lower()
    return letters


def _without_odd_accents(text: str) -> str:
    words = re.sub(
        r"\S+",
        lambda word: (
            _unaccented(word[0])
            if _ACCENTED.fullmatch(unicodedata.normalize("NFD", word[0]))
            else word[0]
        ),
        text,
    )
    return _RARELY_ACCENTED.sub(lambda letter: _unaccented(letter[0]), words)


def _unaccented(text: str) -> str:
    return unicodedata.normalize("NFC", _unmarked(unicodedata.normalize("NFD", text)))


def _unmarked(text: str) -> str:
    """Return a text without the combining marks that are no letters of their script."""
    kept = []
    base = ""
    for character in text:
        if unicodedata.category(character)[0] != "M":
            base = character
        elif not _OWN_MARKS.match(base):
            continue
        kept.append(character)
    return "".join(kept)
