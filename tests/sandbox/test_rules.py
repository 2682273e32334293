"""Every rule of the local Discord: what is asked, and what Discord answers.

The rows stand in the modules rules_*.py, each with the rule's name; `Rule.source` says where
Discord writes it. No row goes through discord.py.
"""

import json

import pytest

from sandbox.discord import Rule, sources
from tests.openapi import DESCRIPTION, check_answers
from tests.sandbox import (
    rules_commands,
    rules_components,
    rules_gateway,
    rules_guilds,
    rules_interactions,
    rules_limits,
    rules_mentions,
    rules_messages,
    rules_places,
)
from tests.sandbox.rules_bench import Row, bench

TABLE = [
    *rules_messages.ROWS,
    *rules_mentions.ROWS,
    *rules_components.ROWS,
    *rules_interactions.ROWS,
    *rules_commands.ROWS,
    *rules_places.ROWS,
    *rules_gateway.ROWS,
    *rules_guilds.ROWS,
    *rules_limits.ROWS,
]


def name_of(row: Row) -> str:
    return f"{row.rule.name}-{row.place or row.expected}"


async def outcome(row: Row, *without: Rule) -> tuple[bool, set[Rule]]:
    """Return whether a row holds, and the rules that had something to say meanwhile."""
    async with bench() as on:
        with on.world.rules.without(*without):
            try:
                holds = await row.holds(on)
                if not without:
                    check_answers(on.world)
            # What is not refused may go on to anything; only with every rule on is that a fault.
            except Exception:
                if not without:
                    raise
                holds = False
            return holds, on.world.rules.struck


@pytest.mark.parametrize("row", TABLE, ids=name_of)
async def test_rule(row: Row) -> None:
    holds, _ = await outcome(row)
    assert holds, f"{row.rule.words} ({row.source})"


@pytest.fixture(scope="module")
def struck() -> dict[int, set[Rule]]:
    """For each row, the rules that had something to say; filled by the first who asks."""
    return {}


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.name)
async def test_without_a_rule_exactly_its_rows_fail(
    rule: Rule, struck: dict[int, set[Rule]]
) -> None:
    if not struck:
        for number, row in enumerate(TABLE):
            _, struck[number] = await outcome(row)
    assert any(row.rule is rule for row in TABLE), "a rule without a row"
    for number, row in enumerate(TABLE):
        # A rule that had nothing to say in a row can change nothing there when it is off.
        if rule not in struck[number]:
            assert row.rule is not rule, f"{name_of(row)} never met its rule"
            continue
        holds, _ = await outcome(row, rule)
        assert holds == (row.rule is not rule), name_of(row)


@pytest.mark.parametrize("rule", list(Rule)[::60], ids=lambda rule: rule.name)
async def test_a_rule_changes_nothing_where_it_had_nothing_to_say(rule: Rule) -> None:
    """Check what the test above builds on, over the whole table."""
    for row in TABLE:
        holds, _ = await outcome(row, rule)
        assert holds == (row.rule is not rule), name_of(row)


def test_every_row_and_rule_says_where_discord_writes_it() -> None:
    assert {row.rule for row in TABLE} == {*Rule}
    for known in (*TABLE, *Rule):
        assert known.source.startswith(
            (
                "https://discord.com/developers/docs/",
                "https://github.com/discord/discord-api-docs/issues/",
                sources.DESCRIBED,
            )
        )


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Discord's description is not at hand")
def test_a_place_in_discord_s_description_is_there() -> None:
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    named = [rule for rule in Rule if rule.source.startswith(sources.DESCRIBED)]
    assert named
    for rule in named:
        place = description
        for step in rule.source.removeprefix(sources.DESCRIBED).split("/"):
            place = place[step.replace("~1", "/")]
