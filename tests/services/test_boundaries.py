"""Limits and access at their borders, row by row as somebody who sets them would think of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories import NOON
from tests.services.court import make_case
from tests.services.plain_rules import TAKEN, Verdict, verdict

if TYPE_CHECKING:
    from tests.services.court import Court

TOMORROW = datetime(2026, 10, 6, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 11, 1, tzinfo=UTC)
LAST_MOMENT = NEXT_MONTH - timedelta(microseconds=1)

PLACE: Verdict = ("place_not_allowed", None)
PERSON: Verdict = ("person_not_allowed", None)
MODEL: Verdict = ("model_not_allowed", None)
COUNT: Verdict = ("count_not_allowed", None)
USER_TODAY: Verdict = ("user_budget_spent", TOMORROW)
USER_NEVER: Verdict = ("user_budget_spent", None)
SERVER_TODAY: Verdict = ("server_budget_spent", TOMORROW)
SERVER_MONTH: Verdict = ("server_budget_spent", NEXT_MONTH)
TOTAL_MONTH: Verdict = ("total_budget_spent", NEXT_MONTH)


def limit(whom: str, kind: str, amount: int | None, guild: str = "harbour") -> dict[str, Any]:
    return {"guild": guild, "whom": whom, "kind": kind, "amount": amount}


def allow(whom: str, model: str | None = None, channel: str | None = None) -> dict[str, Any]:
    return {"effect": "allow", "whom": whom, "model": model, "channel": channel}


def deny(whom: str, model: str | None = None, channel: str | None = None) -> dict[str, Any]:
    return allow(whom, model, channel) | {"effect": "deny"}


def past(count: int = 1, *, ago: float = 3_600, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    plain = {"user": "ada", "guild": "harbour", "count": count, "price": count * 100}
    return {**plain, "ago": ago, "state": "delivered", **changes}


ROWS: dict[str, tuple[dict[str, Any], Verdict]] = {
    # Places and roles
    "nothing is set": ({}, TAKEN),
    "one channel is allowed, and this is it": (
        {"access": [allow("everyone", channel="pictures")]},
        TAKEN,
    ),
    "one channel is allowed, and this is another": (
        {"access": [allow("everyone", channel="studio")]},
        PLACE,
    ),
    "a thread is in its channel": (
        {
            "access": [allow("everyone", channel="pictures")],
            "ask": {"channels": ["thread", "pictures"]},
        },
        TAKEN,
    ),
    "a channel is in its category": (
        {"access": [deny("everyone", channel="arts")], "ask": {"channels": ["pictures", "arts"]}},
        PLACE,
    ),
    "a channel that is denied is denied to whom it is allowed": (
        {"access": [allow("ada", channel="pictures"), deny("everyone", channel="pictures")]},
        PLACE,
    ),
    "a role is allowed, and she has it": (
        {"access": [allow("artists")], "ask": {"roles": ["artists"]}},
        TAKEN,
    ),
    "a role is allowed, and she has another": (
        {"access": [allow("artists")], "ask": {"roles": ["guests"]}},
        PERSON,
    ),
    "a role is allowed that nobody has any more": ({"access": [allow("deleted")]}, PERSON),
    "one of two roles is denied": (
        {
            "access": [allow("artists"), deny("guests")],
            "ask": {"roles": ["artists", "guests"]},
        },
        PERSON,
    ),
    "she is denied by name": ({"access": [allow("everyone"), deny("ada")]}, PERSON),
    "she is allowed by name": ({"access": [allow("artists"), allow("ada")]}, TAKEN),
    "somebody else is denied": ({"access": [deny("ben")]}, TAKEN),
    "everybody is denied": ({"access": [deny("everyone"), allow("ada")]}, PERSON),
    "her role is allowed elsewhere, others here": (
        {
            "access": [allow("guests", channel="pictures"), allow("artists", channel="studio")],
            "ask": {"roles": ["artists"]},
        },
        PERSON,
    ),
    "everyone may use the cheap model": ({"access": [allow("everyone", "flux-dev")]}, TAKEN),
    "everyone may use the cheap model, and she asks for another": (
        {"access": [allow("everyone", "flux-dev")], "ask": {"model": "flux-2-max"}},
        MODEL,
    ),
    "the more generous of two roles wins": (
        {
            "access": [allow("everyone", "flux-dev"), allow("artists")],
            "ask": {"model": "flux-2-max", "roles": ["artists"]},
        },
        TAKEN,
    ),
    "a model that is denied beats a role that is allowed all": (
        {
            "access": [allow("artists"), deny("everyone", "flux-2-max")],
            "ask": {"model": "flux-2-max", "roles": ["artists"]},
        },
        MODEL,
    ),
    "a model is denied in another channel": (
        {"access": [deny("everyone", "flux-dev", "studio")]},
        TAKEN,
    ),
    "200 roles, of which the last is allowed": (
        {
            "access": [allow("role-199")],
            "ask": {"roles": [f"role-{number}" for number in range(200)]},
        },
        TAKEN,
    ),
    "in direct messages no server's rules hold": (
        {
            "access": [deny("everyone"), deny("ada")],
            "limits": [limit("ada", "pictures_per_day", 0)],
            "ask": {"guild": None, "channels": ["direct"]},
        },
        TAKEN,
    ),
    # Pictures of one request
    "as many as she may ask for at once": (
        {"limits": [limit("everyone", "pictures_per_request", 2)], "ask": {"count": 2}},
        TAKEN,
    ),
    "one more than she may ask for at once": (
        {"limits": [limit("everyone", "pictures_per_request", 2)], "ask": {"count": 3}},
        COUNT,
    ),
    "the model is refused before the count": (
        {
            "access": [deny("everyone", "flux-dev")],
            "limits": [limit("everyone", "pictures_per_request", 1)],
            "ask": {"count": 4},
        },
        MODEL,
    ),
    # The pause, and what is under way
    "the pause ends now": (
        {"limits": [limit("everyone", "cooldown_s", 60)], "history": [past(ago=60)]},
        TAKEN,
    ),
    "the pause ends in a microsecond": (
        {"limits": [limit("everyone", "cooldown_s", 60)], "history": [past(ago=59.999999)]},
        ("cooling_down", NOON + timedelta(microseconds=1)),
    ),
    "the shorter pause of two roles": (
        {
            "limits": [limit("everyone", "cooldown_s", 600), limit("artists", "cooldown_s", 10)],
            "history": [past(ago=60)],
            "ask": {"roles": ["artists"]},
        },
        TAKEN,
    ),
    "the bot's own pause holds all the same": (
        {
            "base": {"cooldown_s": 600},
            "limits": [limit("ada", "cooldown_s", 0)],
            "history": [past(ago=60, guild="island")],
        },
        ("cooling_down", NOON + timedelta(seconds=540)),
    ),
    "the last of what may be under way": (
        {
            "limits": [limit("everyone", "jobs_at_once", 2)],
            "history": [past(ago=60, state="under way"), past(ago=60)],
        },
        TAKEN,
    ),
    "one more than may be under way": (
        {
            "limits": [limit("everyone", "jobs_at_once", 2)],
            "history": [past(ago=4, state="under way"), past(ago=60, state="under way")],
        },
        ("too_many_jobs", None),
    ),
    "the pause is refused before what is under way": (
        {
            "limits": [limit("everyone", "jobs_at_once", 1), limit("everyone", "cooldown_s", 60)],
            "history": [past(ago=4, state="under way")],
        },
        ("cooling_down", NOON + timedelta(seconds=56)),
    ),
    "what is under way is refused before the budget": (
        {
            "limits": [
                limit("everyone", "jobs_at_once", 1),
                limit("everyone", "pictures_per_day", 1),
            ],
            "history": [past(ago=4, state="under way")],
        },
        ("too_many_jobs", NOON + timedelta(seconds=6)),
    ),
    # Budgets
    "the tenth of ten pictures": (
        {"limits": [limit("everyone", "pictures_per_day", 10)], "history": [past(9)]},
        TAKEN,
    ),
    "the eleventh of ten pictures": (
        {"limits": [limit("everyone", "pictures_per_day", 10)], "history": [past(10)]},
        USER_TODAY,
    ),
    "two pictures where one is left": (
        {
            "limits": [limit("everyone", "pictures_per_day", 10)],
            "history": [past(9)],
            "ask": {"count": 2, "price": 200},
        },
        USER_TODAY,
    ),
    "credits to the last millionth": (
        {"limits": [limit("everyone", "microcredits_per_day", 1_000)], "history": [past(9)]},
        TAKEN,
    ),
    "a millionth of a credit too much": (
        {"limits": [limit("everyone", "microcredits_per_day", 999)], "history": [past(9)]},
        USER_TODAY,
    ),
    "more than the whole budget at once": (
        {
            "limits": [limit("everyone", "pictures_per_day", 3)],
            "ask": {"count": 4, "price": 400},
        },
        USER_NEVER,
    ),
    "a budget of nothing": ({"limits": [limit("everyone", "pictures_per_day", 0)]}, USER_NEVER),
    "the more generous budget of two roles": (
        {
            "limits": [
                limit("everyone", "pictures_per_day", 1),
                limit("artists", "pictures_per_day", 5),
            ],
            "history": [past(4)],
            "ask": {"roles": ["artists"]},
        },
        TAKEN,
    ),
    "no limit for one of two roles": (
        {
            "limits": [
                limit("everyone", "pictures_per_day", 1),
                limit("artists", "pictures_per_day", None),
            ],
            "history": [past(400)],
            "ask": {"roles": ["artists"]},
        },
        TAKEN,
    ),
    "her own budget stands before a more generous role's": (
        {
            "limits": [
                limit("ada", "pictures_per_day", 1),
                limit("artists", "pictures_per_day", 9),
            ],
            "history": [past(1)],
            "ask": {"roles": ["artists"]},
        },
        USER_TODAY,
    ),
    "the bot's own budget holds whatever a server allows": (
        {
            "base": {"user_microcredits_per_day": 300},
            "limits": [limit("ada", "microcredits_per_day", None)],
            "history": [past(3, guild="island")],
        },
        USER_TODAY,
    ),
    "what she spent in another server is not this server's": (
        {
            "limits": [limit("everyone", "pictures_per_day", 1)],
            "history": [past(5, guild="island"), past(5, guild=None)],
        },
        TAKEN,
    ),
    "the server's budget is everybody's": (
        {"limits": [limit("all", "pictures_per_month", 5)], "history": [past(5, user="ben")]},
        SERVER_MONTH,
    ),
    "the server's budget holds whatever a role allows": (
        {
            "limits": [limit("all", "pictures_per_day", 5), limit("ada", "pictures_per_day", 9)],
            "history": [past(3, user="ben"), past(2)],
        },
        SERVER_TODAY,
    ),
    "what was lost is the server's credits and nobody's pictures": (
        {
            "limits": [limit("all", "pictures_per_day", 1), limit("ada", "pictures_per_day", 1)],
            "history": [past(4, state="lost")],
        },
        TAKEN,
    ),
    "the credits of what was lost": (
        {"limits": [limit("all", "microcredits_per_day", 400)], "history": [past(4, state="lost")]},
        SERVER_TODAY,
    ),
    "the budget was lowered below what is spent": (
        {"limits": [limit("all", "pictures_per_day", 2)], "history": [past(8)]},
        SERVER_TODAY,
    ),
    "the whole bot's month": (
        {
            "limits": [limit("all", "pictures_per_month", 3, "bot")],
            "history": [past(3, guild=None)],
        },
        TOTAL_MONTH,
    ),
    "her budget everywhere": (
        {"limits": [limit("ada", "pictures_per_day", 3, "bot")], "history": [past(3, guild=None)]},
        USER_TODAY,
    ),
    "the last moment of a month": (
        {
            "at": LAST_MOMENT,
            "limits": [limit("everyone", "pictures_per_month", 3)],
            "history": [past(3, ago=86_400 * 30)],
        },
        ("user_budget_spent", NEXT_MONTH),
    ),
    "the first moment of a month": (
        {
            "at": NEXT_MONTH,
            "limits": [limit("everyone", "pictures_per_month", 3)],
            "history": [past(3, ago=0.000001)],
        },
        TAKEN,
    ),
    "the night in which Europe's clocks go back has one midnight": (
        {
            "at": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "limits": [limit("everyone", "pictures_per_day", 3)],
            "history": [past(3, ago=3_600)],
        },
        TAKEN,
    ),
    "of a day and a month that are spent the month is named": (
        {
            "limits": [limit("ada", "pictures_per_day", 3), limit("all", "pictures_per_month", 3)],
            "history": [past(3)],
        },
        SERVER_MONTH,
    ),
    "what failed is given back": (
        {
            "limits": [limit("everyone", "pictures_per_day", 1)],
            "history": [past(5, state="failed"), past(5, ago=90_000)],
        },
        TAKEN,
    ),
}


@pytest.mark.parametrize(("changes", "expected"), ROWS.values(), ids=ROWS)
async def test_a_border(court: Court, changes: dict[str, Any], expected: Verdict) -> None:
    case = make_case(**changes)

    assert await court.decide(case) == expected
    assert verdict(case) == expected  # else the oracle of the generated cases is wrong
