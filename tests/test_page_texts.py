"""The texts of the sandbox's page: each has its Chinese, and none is there twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from domain.models import JobState, Payer
from sandbox.discord.interactions import COMMAND_FAILED, COMPONENT_FAILED
from sandbox.page.fault_controls import DISCORD, FLUX
from storage.ledger import LedgerKind

SCRIPTS: Final = Path(__file__).parents[1] / "sandbox" / "page" / "static" / "js"

SAID: Final = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)+)"')
TABLE: Final = re.compile(r"const (?:HEADINGS|NAMES) = \{(.*?)\n\};", re.DOTALL)
VALUE: Final = re.compile(r': "([^"]+)"')
KEY: Final = re.compile(r'^  (?:"([^"]+)"|([\w]+)):', re.MULTILINE)


def translated() -> list[str]:
    text = (SCRIPTS / "words.js").read_text(encoding="utf-8")
    table = text[text.index("const CHINESE = {") : text.index("\n};")]
    return [quoted or plain for quoted, plain in KEY.findall(table)]


def said() -> set[str]:
    texts = {COMMAND_FAILED, COMPONENT_FAILED, *DISCORD.values()}
    texts |= {words for words, _, _ in FLUX.values()} | {state.value for state in JobState}
    for script in SCRIPTS.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        texts |= set(SAID.findall(text))
        texts |= {value for table in TABLE.findall(text) for value in VALUE.findall(table)}
    return texts


def test_every_text_of_the_page_has_its_chinese() -> None:
    assert said() - set(translated()) == set()


def test_no_text_of_the_page_is_translated_twice() -> None:
    keys = translated()
    assert sorted(keys) == sorted(set(keys))


def test_every_value_of_the_ledger_has_a_name_on_the_page() -> None:
    [_, names] = TABLE.findall((SCRIPTS / "tables.js").read_text(encoding="utf-8"))
    assert set(re.findall(r"(\w+): \"", names)) >= {*LedgerKind, *Payer}
