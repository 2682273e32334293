"""Replaced phrases do not come back into what people read."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]

REPLACED: Final = (
    r"[Ww]hoever",
    r"who (manages?|runs?|asked)\b",
    r"given? back",
    r"Say it differently",
    r"holds? words",
    r"may (ask|use|hold|not be asked|not post)",
    r"ask(ed|s)? (me )?for (no )?pictures?",
    r"(No|no) pictures are made",
    r"under way",
    r"pressed this",
    r"older form of",
    r"\bDrawings?\b",
    r"[Uu]sually about",
    r"[Ii]n line\b",
    r"Asked by",
    r"on its own\b",
    r"= (Again|Change|Collect)\n",
    r"What the picture should",
    r"[Aa]s the picture is",
    r"= Family",
    r"Start again from",
    r"\bgo to it\b",
    r"Delete for good",
    r"Keep it\b",
    r"is like that",
    r"nothing of this kind",
    r"No longer set",
    r"denied is denied",
    r"no request may",
    r"on trial",
    r"see every picture",
    r"(delivered|failed) were delivered",
    r"\bHalf took",
    r"95 in 100",
    r"Who asked for",
    r"from words\b",
    r"Change a picture",
    r"\banew\b",
    r"\b[Mm]end(s|ed)?\b",
    r"to you alone",
    r"leads? to you",
    r"no such (limit|rule|server|amount)",
    r"[Nn]othing was changed",
    r"[Ww]hat holds here",
    r"everybody may",
    r"be put together",
    r"direct messages?\b",
    r"\b(Trouble|behaves)\b",
    r"its answer is lost",
    r"Tried hard",
    r"Watch over it",
    r"What is written down",
    r"and think then",
    r"is not reached",
    r"another try",
    r"trying again",
    r"what (is due|was asked for|it is told)",
    r"makes? sense",
    r"taken back",
    r"goes? before",
    r"may forget",
    r"given up",
    r"somebody",
)
"""Patterns of what texts said before they were reworded in standard terms."""


REPLACED_IN_CHINESE: Final = (
    "再来一次",
    "别的说法|换一种说法",
    "领取",
    "踪迹",
    "忙不过来",
    "试过了",
    "不再等待",
    "放弃了它",
    "归你所有",
    "没有做任何更改",
    "没有任何作用",
    "从这张重新开始",
    "单独显示",
    "画面内容|画幅",
    "正在绘制",
    "通常约需",
    "用时异常",
    "连接就断了",
    "退还",
    "运营者来处理",
    "不生成图片",
    "不能(让我|请求图片)",
    "不允许的词",
    "已达到个人上限",
    "刚刚(才|已经按)",
    "它出错了",
    "前往查看",
    "试用中",
    "= 不再(限制|设置)",
    "正好相反",
    "没有规则在其中",
    "直到有人解除",
    "没有接受。它",
    "(沙盒|Discord) ?没有响应",
)
"""The same in Chinese: what texts said when they were translated from the old English."""


def text_of_catalogue() -> str:
    text = (ROOT / "ui" / "locales" / "en-US.ftl").read_text(encoding="utf-8")
    return re.sub(r"^(#.*\n|[\w-]+ (?==))", "", text, flags=re.MULTILINE)


def texts_of_command(part: dict[str, Any]) -> Iterator[str]:
    """Yield every name and description; test_commands.py keeps these files true."""
    for key in ("name", "description"):
        yield f"= {part.get(key, '')}\n"
    for child in [*part.get("options", ()), *part.get("choices", ())]:
        yield from texts_of_command(child)


def text_of_commands() -> str:
    files = sorted((ROOT / "tests" / "snapshots" / "commands").glob("*.json"))
    return "".join(
        text
        for file in files
        for text in texts_of_command(json.loads(file.read_text(encoding="utf-8")))
    )


def text_of_code() -> str:
    """Return all text constants: messages of the doctor, of a start and of the log among them."""
    folders = ("cogs", "domain", "flux", "images", "jobs", "services", "storage", "ui", "web")
    files = [
        *ROOT.glob("*.py"),
        *(each for name in folders for each in ROOT.glob(f"{name}/**/*.py")),
    ]
    # Migrations are append-only.
    return "".join(constants_of(each) for each in sorted(files) if each.stem != "migrations")


def constants_of(file: Path) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return "".join(
        f"= {node.value}\n"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node not in docstrings
        # Others are keys.
        if isinstance(node.value, str) and " " in node.value
    )


def text_of_page() -> str:
    """Return the texts of the sandbox's page: quoted ones, templates, markup and style sheets."""
    page = ROOT / "sandbox" / "page"
    scripts = [each.read_text(encoding="utf-8") for each in sorted(page.glob("static/js/*.js"))]
    quoted = [re.findall(r'"[^"\n]+"|`[^`]+`', without_comments(each)) for each in scripts]
    others = [*page.glob("static/*.html"), *page.glob("static/css/*.css")]
    markup = [each.read_text(encoding="utf-8") for each in sorted(others)]
    python = map(constants_of, sorted(page.glob("*.py")))
    return "\n".join([*(text for texts in quoted for text in texts), *markup, *python])


def without_comments(script: str) -> str:
    return re.sub(r"^\s*(//|/?\*).*$", "", script, flags=re.MULTILINE)


def text_of_settings() -> str:
    return (ROOT / ".env.example").read_text(encoding="utf-8")


def text_of_documents() -> str:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    return "\n".join(each.read_text(encoding="utf-8") for each in sorted(pages))


TEXTS: Final = {
    "catalogue": text_of_catalogue,
    "commands": text_of_commands,
    "code": text_of_code,
    "documents": text_of_documents,
    "page": text_of_page,
    "settings": text_of_settings,
}


@cache
def text_of(where: str) -> str:
    return TEXTS[where]()


@pytest.mark.parametrize("phrase", REPLACED)
@pytest.mark.parametrize("where", TEXTS)
def test_a_replaced_phrase_is_not_used(where: str, phrase: str) -> None:
    found = re.search(rf".*{phrase}.*", text_of(where))
    assert found is None, found and found[0]


@pytest.mark.parametrize("phrase", REPLACED_IN_CHINESE)
def test_a_replaced_chinese_phrase_is_not_used(phrase: str) -> None:
    page = ROOT / "sandbox" / "page" / "static" / "js" / "words.js"
    for file in (ROOT / "ui" / "locales" / "zh-CN.ftl", page):
        found = re.search(rf".*({phrase}).*", file.read_text(encoding="utf-8"))
        assert found is None, found and found[0]
