"""Input that is legal: Flux gets it and people see it as it was typed, and it does nothing.

https://support.discord.com/hc/en-us/articles/210298617 (markdown) and
https://discord.com/developers/docs/reference#message-formatting (mentions, emoji, timestamps).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Upload
from sandbox.flux.accounts import USED_UP
from sandbox.flux.faults import Hang
from sandbox.transcript import as_shown
from tests.end_to_end.stage import has_picture, says
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.discord import RecordedRequest, SeenMessage
    from tests.end_to_end.stage import Stage

ADA = "{Ada's id}"
"""Stands for an id that is known when the test runs, so that a mention would find somebody."""

SHOWN_CHARACTERS = 1_000
ALT_CHARACTERS = 1_024

PROMPTS = {
    "right to left, Hebrew": "מגדלור ליד הים בלילה",
    "right to left, Arabic": "منارة على شاطئ البحر، ليلاً",
    "right to left by an override": "a \u202egnp.esuohthgil\u202c by the sea",
    "right to left among left to right": "a sign that says שלום and OK",
    "zero-width characters in words": "light\u200bhouse in\u200c the\u200d fo\u2060g\ufeff now",
    "soft hyphens and joiners": "a light\u00adhouse \u034f by the sea",
    "emoji only": "🦊🌊🔥",
    "emoji of several parts only": "👩‍🚀🏳️‍🌈🇯🇵👍🏽1️⃣",
    "a back-tick": "a cat`s eye",
    "back-ticks": "a `code` cat and ``another``",
    "triple back-ticks": "```py print(1)```",
    "triple back-ticks that do not end": "``` a cat",
    "a back-tick at the end": "a cat`",
    "a heading": "# A lighthouse",
    "a small heading": "### A lighthouse",
    "small print": "-# a lighthouse",
    "a quote": "> a lighthouse",
    "a quote of all that follows": ">>> a lighthouse",
    "a list": "- a lighthouse",
    "a list of stars": "* a lighthouse",
    "a numbered list": "1. a lighthouse",
    "emphasis": "**a** *b* ***c*** __d__ _e_ ~~f~~ a_b_c",
    "a spoiler": "the end is ||a lighthouse||",
    "emphasis that is escaped": r"\*a\* and \\**b** and \<@1>",
    "a back-slash at the end": "a cat \\",
    "a link in words": "[a cat](https://b.example/cat_one.png)",
    "a link with a title": '[a cat](https://b.example "free")',
    "a bare link": "https://b.example/a_b?c=*d*",
    "a link in angle brackets": "a cat like <http://b.example>",
    "an address": "a sign with cat@b.example or <cat@b.example>",
    "an invite": "join discord.gg/abcdef and https://discord.com/invite/abcdef",
    "everyone": "@everyone look",
    "here": "look @here",
    "a person": f"<@{ADA}> as a cat",
    "a person by an old way": f"<@!{ADA}> as a cat",
    "a role": f"<@&{ADA}> as cats",
    "a channel": f"<#{ADA}> as a cat",
    "a command": f"</imagine:{ADA}> as a cat",
    "a place of the client": "<id:customize> as a cat",
    "a countdown": "a clock at <t:4000000000:R>",
    "a time": "a clock at <t:0>",
    "custom emoji": f"<:fox:{ADA}> and <a:fox:{ADA}>",
    "an emoji by name": "a :fox: and a :pizza:",
    "2,000 characters": ("a lighthouse in a storm, " * 80)[:2_000],
    "2,000 marks": "`*" * 1_000,
    "2,000 emoji": "🦊" * 2_000,
    "1,000 characters": ("a lighthouse and " * 60)[:1_000],
    "Japanese": "夜の海辺の灯台、浮世絵風",
    "Chinese": "月光下的灯塔,水墨画",
    "Hindi": "समुद्र के किनारे प्रकाशस्तंभ",
    "Thai": "ประภาคารริมทะเลตอนกลางคืน",
    "Cyrillic, Greek and Amharic": "маяк φάρος የመብራት ቤት",
    "piled-up accents": "l̷̢̛͖i̸̡͐g̵̨̽h̶̪̾t̸͎͝house",
    "format strings": "{prompt} %s %(a)d {0} {{}} ${HOME} \\n &amp; <b>bold</b>",
    "JSON and SQL": '"}], "a": null -- \' OR 1=1; DROP TABLE jobs;',
}

ACTIVE = re.compile(r"[`*_~|<>#@\[\]\\]|^[-+>]|^[0-9]+\.|://|\w\.\w|:\w+:")
"""Whatever begins some markup, a mention, a link or an emoji unless a back-slash is before it."""


def prompt_named(name: str, stage: Stage) -> str:
    return PROMPTS[name].replace(ADA, str(stage.ada.user.id))


def shortened(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"


def shown(message: SeenMessage, stage: Stage) -> str:
    return as_shown(message.text, {stage.ada.user.id: "Ada"}, datetime.now(UTC))


def check_inert(message: SeenMessage, *, above: int, below: int) -> None:
    """Check what is written between so many lines of the bot's own words."""
    assert message.raw["mentions"] == []
    assert message.raw["mention_roles"] == []
    assert not message.raw["mention_everyone"]
    assert message.raw["embeds"] == []
    lines = message.text.split("\n")
    typed = "\n".join(lines[above : len(lines) - below])
    assert typed
    without_escaped = re.sub(r"\\[!-/:-@\[-`{-~]", " ", typed)
    assert not ACTIVE.search(without_escaped)


def check_nobody_may_be_pinged(requests: Sequence[RecordedRequest]) -> None:
    """Check that whatever shows something says that it mentions nobody."""
    payloads = [request.payload for request in requests if isinstance(request.payload, dict)]
    bodies = [payload.get("data") or payload for payload in payloads]
    allowed = [body.get("allowed_mentions") for body in bodies if body.get("components")]
    assert allowed
    assert all(mentions is not None and mentions["parse"] == [] for mentions in allowed)


@pytest.mark.parametrize("name", PROMPTS)
async def test_a_prompt_reaches_flux_and_is_shown_as_it_was_typed(stage: Stage, name: str) -> None:
    prompt = prompt_named(name, stage)
    stage.ada.use("imagine", prompt=prompt)
    message = await stage.ada.wait_for(has_picture)

    [row] = await stage.ended()
    assert stage.flux.requests[0].payload["prompt"] == prompt
    assert (row["state"], row["prompt"]) == ("delivered", prompt)
    *typed, small_print = shown(message, stage).split("\n")
    assert "\n".join(typed) == shortened(prompt, SHOWN_CHARACTERS)
    assert small_print.startswith("@Ada · flux-dev · 1:1 · ")
    assert message.images[0].alt == shortened(f"Image: {prompt}", ALT_CHARACTERS)
    check_inert(message, above=0, below=1)
    check_nobody_may_be_pinged(stage.discord.requests)


async def test_lines_of_a_prompt_stay_lines(stage: Stage) -> None:
    prompt = "a lighthouse\n# in a storm\n> at night\n- with @everyone\n```"
    stage.ada.use("imagine", raw=True, prompt=prompt)
    message = await stage.ada.wait_for(has_picture)

    assert stage.flux.requests[0].payload["prompt"] == prompt
    assert shown(message, stage).rpartition("\n")[0] == prompt
    check_inert(message, above=0, below=1)


EVERYTHING = (
    f"# `a` **b** ||c|| [d](https://e.example) @everyone <@{ADA}> <t:0:R> discord.gg/abcdef"
)


@pytest.fixture
def everything(stage: Stage) -> str:
    return EVERYTHING.replace(ADA, str(stage.ada.user.id))


async def test_a_card_of_work_under_way_shows_a_prompt_inert(stage: Stage, everything: str) -> None:
    stage.flux.misbehave("work", Hang())
    stage.ada.use("imagine", prompt=everything)
    card = await stage.ada.wait_for(says("Generating"))
    await stage.until(lambda: [row["state"] for row in stage.rows()] == ["running"])
    stage.flux.release()
    await stage.ended()

    assert everything in shown(card, stage).split("\n")
    check_inert(card, above=1, below=0)


async def test_a_card_without_a_picture_shows_a_prompt_inert(stage: Stage, everything: str) -> None:
    stage.flux.account = USED_UP
    stage.ada.use("imagine", prompt=everything)
    card = await stage.ada.wait_for(says("run out of credits"))
    await stage.ended()

    assert everything in shown(card, stage).split("\n")
    check_inert(card, above=1, below=2)


async def test_an_edit_shows_a_prompt_inert(stage: Stage, everything: str) -> None:
    upload = Upload("@everyone `photo`.png", picture_bytes(HILL))
    stage.ada.use("edit", image=upload, prompt=everything)
    message = await stage.ada.wait_for(has_picture)

    assert stage.flux.requests[0].payload["prompt"] == everything
    assert everything in shown(message, stage).split("\n")
    assert message.images[0].alt == f"Edited image: {everything}"
    check_inert(message, above=0, below=1)


@pytest.mark.parametrize(
    ("option", "words"), [("size", "is not a valid size"), ("model", "There is no model called")]
)
async def test_a_refusal_gives_back_inert_what_was_typed(
    stage: Stage, everything: str, option: str, words: str
) -> None:
    typed = f"<@{stage.ada.user.id}> **@everyone** `x`"
    options: dict[str, Any] = {"prompt": everything, option: typed}
    use = stage.ada.use("imagine", **options)
    await use.answered()

    assert use.message is not None
    assert words in use.message.text
    assert typed in shown(use.message, stage)
    assert everything in shown(use.message, stage).split("\n")
    check_inert(use.message, above=2, below=0)
    sentence = use.message.text.split("\n")[0]
    assert r"\*\*\@everyone\*\* \`x\`" in sentence
