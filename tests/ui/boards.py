"""The cards and forms of who manages a server, and of one's own settings, to be reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import discord

from cogs.limits import rules
from cogs.moderation.cards import (
    block_form,
    blocks_card,
    entry_card,
    notes_of_rules,
    report_form,
    rules_card,
)
from cogs.privacy import sure_to_forget_card
from cogs.settings.panel import ControlId, Field, PanelName, panel_card
from cogs.settings.settings import own_fields, server_fields
from cogs.usage.budget_warnings import warning_card
from cogs.usage.cards import Scope, alt_text, limits_left, usage_card, usage_chart
from domain.errors import UserError
from domain.limits import (
    EVERYWHERE,
    AccessRule,
    Budget,
    BudgetWarning,
    Effect,
    LimitKind,
    LimitRule,
    Limits,
    Who,
    Whose,
)
from domain.models import JobState, Problem
from flux.catalogue import MODELS as CATALOGUE
from jobs.requests import DefaultModels
from storage.moderation import Block, WordRule
from storage.preferences import GuildChoices, UserChoices, texts_of
from storage.usage import Part, Period, Span, UsageReport
from tests.factories import NOON, make_image, make_job
from ui.components import Card
from ui.errors import error_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord import ui

    from ui.i18n import Words

CLIENT: Final = discord.Client(intents=discord.Intents.none())
"""It has never connected, and knows no server by name."""

GUILD_ID: Final = 4001
MODELS: Final = DefaultModels(generate="flux-dev", edit="flux-kontext-pro")

GONE: Final = CATALOGUE.keys() - {"flux-dev", "flux-2-pro", "flux-kontext-pro"}
"""Three models are enough to review, and a new one changes no snapshot."""

LANGUAGES: Final = {"", "en-US", "zh-CN"}


def limit(who: Who, target_id: int, kind: LimitKind, amount: int | None) -> LimitRule:
    return LimitRule(
        guild_id=EVERYWHERE if who is Who.ALL else GUILD_ID,
        who=who,
        target_id=target_id,
        kind=kind,
        amount=amount,
        set_by=5001,
        set_at=NOON,
    )


MONTH: Final = limit(Who.ALL, 0, LimitKind.CREDITS_PER_MONTH, 500_000_000)
DAY: Final = limit(Who.ROLE, GUILD_ID, LimitKind.PICTURES_PER_DAY, 20)
LESS: Final = limit(Who.ROLE, GUILD_ID, LimitKind.PICTURES_PER_DAY, 10)
PAUSE: Final = limit(Who.USER, 5002, LimitKind.COOLDOWN, None)

DENIED: Final = AccessRule(
    guild_id=GUILD_ID,
    effect=Effect.DENY,
    who=Who.ROLE,
    target_id=GUILD_ID,
    model="flux-2-max",
    set_by=5001,
    set_at=NOON,
)
ALLOWED: Final = AccessRule(
    guild_id=GUILD_ID,
    effect=Effect.ALLOW,
    who=Who.USER,
    target_id=5002,
    channel_id=3001,
    set_by=5001,
    set_at=NOON,
)

WORDS_BANNED: Final = [
    WordRule(guild_id=GUILD_ID, key=key, words=key, is_test=is_test, added_by=5001, added_at=NOON)
    for key, is_test in (("gore", False), ("war", True))
]
BLOCKS: Final = [
    Block(
        guild_id=GUILD_ID,
        user_id=user_id,
        reason="*spam*",
        until=until,
        blocked_by=5001,
        blocked_at=NOON,
    )
    for user_id, until in ((5002, None), (-1, NOON + timedelta(days=1)))
]

PART: Final = Part(name="flux-dev", user_id=None, requests=3, pictures=5, credits=1.08)
COMMAND: Final = Part(name="imagine", user_id=None, requests=3, pictures=5, credits=1.08)
PERSON: Final = Part(name="ada", user_id=5001, requests=3, pictures=5, credits=1.08)
SLOT: Final = Part(
    name="2026-10-05", user_id=None, model="flux-dev", requests=3, pictures=5, credits=1.08
)
WEEK: Final = Span(
    period=Period.WEEK,
    since=NOON.replace(hour=0),
    until=NOON.replace(hour=0) + timedelta(days=7),
    guild_id=GUILD_ID,
)
REPORT: Final = UsageReport(
    requests=4,
    pictures=5,
    credits=1.08,
    house_credits=0.216,
    estimated_credits=0.2,
    delivered=3,
    unsuccessful=1,
    median_s=9.0,
    p95_s=21.0,
    models=(PART,),
    commands=(COMMAND,),
    people=(PERSON,),
    slots=(SLOT,),
)
NO_USE: Final = UsageReport(
    requests=0,
    pictures=0,
    credits=0,
    house_credits=0,
    estimated_credits=0,
    delivered=0,
    unsuccessful=0,
    median_s=None,
    p95_s=None,
    models=(),
    commands=(),
    people=(),
    slots=(),
)

JOB: Final = make_job(state=JobState.DELIVERED, fetched_at=NOON, message_id=9001)
OWN_LIMITS: Final = Limits(cooldown_s=10, jobs_per_user=2)
USED: Final = {
    Budget(whose=Whose.MEMBER, kind=LimitKind.PICTURES_PER_DAY, most=20): 4,
    Budget(whose=Whose.SERVER, kind=LimitKind.CREDITS_PER_MONTH, most=500_000_000): None,
}


SERVER: Final = GuildChoices(default_model="flux-dev", retention_days=30, log_channel_id=3001)
OWN: Final = UserChoices(default_size="16:9", private=True)


LEFT: Final = {
    Budget(whose=Whose.MEMBER, kind=LimitKind.PICTURES_PER_DAY, most=20): 4,
    Budget(whose=Whose.PERSON, kind=LimitKind.CREDITS_PER_MONTH, most=5_000_000): 5_100_000,
}


def refused_with_a_way_on(words: Words) -> Card:
    error = UserError(Problem.SIZE_UNKNOWN, size="7:7")
    error.draft_id = "0123456789abcdef"
    return error_card(error, words)


def usage_shown(report: UsageReport, scope: Scope, words: Words) -> Card:
    budget = Budget(whose=Whose.SERVER, kind=LimitKind.CREDITS_PER_MONTH, most=500_000_000)
    chart = usage_chart(report, WEEK, words, scope=scope, budget=budget)
    alt = alt_text(chart, words)
    limits = limits_left(LEFT, NOON, words) if scope is Scope.MINE else None
    return usage_card(report, WEEK, words, scope=scope, limits=limits, chart_alt=alt)


def panel(
    name: PanelName,
    fields: list[Field],
    chosen: GuildChoices | UserChoices,
    words: Words,
    notice: str = "",
) -> Card:
    texts = texts_of(chosen)
    values = {field.key: texts.get(field.key, "") for field in fields}
    controls = {key: ControlId(name, key, value, value) for key, value in values.items()}
    return panel_card(name, fields, controls, words, notice=notice)


def settings_fields(words: Words) -> list[Field]:
    """Return the fields with two languages: a new one changes no snapshot."""
    return [
        replace(field, options={key: name for key, name in options.items() if key in LANGUAGES})
        if field.key == "language" and (options := field.options)
        else field
        for field in server_fields(SERVER, MODELS, words, gone=GONE)
    ]


BOARDS: Final[dict[str, Callable[[Words], Card]]] = {
    "refusal-retry": refused_with_a_way_on,
    "settings": lambda words: panel(
        PanelName.SERVER,
        settings_fields(words),
        SERVER,
        words,
        words("panel-saved"),
    ),
    "settings-changed": lambda words: panel(
        PanelName.SERVER,
        settings_fields(words),
        SERVER,
        words,
        words("panel-conflict", changes=f"- {words('panel-spoiler')}"),
    ),
    "preferences": lambda words: panel(
        PanelName.OWN, own_fields(OWN, MODELS, words, gone=GONE), OWN, words
    ),
    "limit-set": lambda words: rules.limit_set_card(DAY, None, words, CLIENT),
    "limit-changed": lambda words: rules.limit_set_card(DAY, LESS, words, CLIENT),
    "limit-cleared": lambda words: Card(
        words("limit-cleared", line=rules.line_of(PAUSE, words, CLIENT))
    ),
    "limits": lambda words: rules.limits_card(
        words("limits-of-person", who="<@5001>"),
        [(MONTH, 432_000), (DAY, None)],
        rules.base_lines(OWN_LIMITS, words),
        words,
        CLIENT,
    ),
    "limits-own": lambda words: rules.own_limits_card("<@5001>", OWN_LIMITS, USED, 4, words),
    "access-set": lambda words: rules.access_set_card(ALLOWED, None, [DENIED], words, CLIENT),
    "access-confirm": lambda words: rules.confirm_rule_card(
        replace(ALLOWED, model="flux-dev"),
        rules.stopped_by(replace(ALLOWED, model="flux-dev"), words, CLIENT),
        words,
        CLIENT,
    ),
    "access-cleared": lambda words: Card(
        words("access-cleared", line=rules.line_of(DENIED, words, CLIENT))
    ),
    "access": lambda words: rules.access_card([ALLOWED, DENIED], words, CLIENT),
    "access-own": lambda words: rules.own_access_card("<@5001>", ["flux-dev"], 4, words),
    "usage": lambda words: usage_shown(REPORT, Scope.SERVER, words),
    "usage-nothing": lambda words: usage_shown(NO_USE, Scope.MINE, words),
    "budget-warning": lambda words: warning_card(
        BudgetWarning(
            guild_id=GUILD_ID,
            kind=LimitKind.CREDITS_PER_MONTH,
            period_start=NOON.replace(day=1, hour=0),
            used=400_000_000,
            most=500_000_000,
        ),
        words,
    ),
    "word-rules": lambda words: rules_card(words, WORDS_BANNED),
    "word-rules-found": lambda words: rules_card(
        words, WORDS_BANNED[:1], "rules-that-find-it", "no-rule-finds-it"
    ),
    "blocks": lambda words: blocks_card(words, BLOCKS),
    "entry": lambda words: entry_card(
        JOB,
        words,
        [make_image(job_id=JOB.id, file_name="lake.png")],
        notes=notes_of_rules(words, WORDS_BANNED),
    ),
    "entry-removed": lambda words: entry_card(
        JOB, words, [], notes=[words("entry-removed", who="<@5001>")], is_removed=True
    ),
    "entry-hidden": lambda words: entry_card(JOB, words, None),
    "forget": sure_to_forget_card,
}

BOARD_FORMS: Final[dict[str, Callable[[Words], ui.Modal]]] = {
    "form-report": lambda words: report_form(JOB.id, 7001, words),
    "form-block": lambda words: block_form(JOB.id, words),
}
