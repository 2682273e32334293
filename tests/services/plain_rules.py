"""Limits and access over plain dicts: slow, short and easy to trust.

A case holds `at`, `base`, `limits`, `access`, `history` and `ask`. Whom a rule is for is "all" of a
server, "everyone" as a role, a role or a person, all by name.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

KINDS = [f"{unit}_per_{span}" for unit in ("microcredits", "pictures") for span in ("day", "month")]

NEVER = datetime.max.replace(tzinfo=UTC)

Verdict = tuple[str, datetime | None]
"""What becomes of a request, and when a refused one can be asked again, if that is known."""

TAKEN: Verdict = ("taken", None)


def verdict(case: dict[str, Any]) -> Verdict:
    reason = place(case) or role(case)
    if reason:
        return reason, None
    return pause(case) or under_way(case) or budgets(case) or TAKEN


def place(case: dict[str, Any]) -> str:
    ask = case["ask"]
    rules = case["access"] if ask["guild"] else []
    allowed = [rule for rule in rules if rule["effect"] == "allow"]
    for rule in rules:
        whole_channel = rule["whom"] == "everyone" and not rule["model"]
        if rule["effect"] == "deny" and whole_channel and rule["channel"] in ask["channels"]:
            return "place_not_allowed"
    if allowed and not [rule for rule in allowed if is_here(rule, ask)]:
        return "place_not_allowed"
    return ""


def role(case: dict[str, Any]) -> str:
    ask = case["ask"]
    rules = case["access"] if ask["guild"] else []
    mine = [rule for rule in rules if is_here(rule, ask) and rule["whom"] in names(ask)]
    denied = {rule["model"] or "every" for rule in mine if rule["effect"] == "deny"}
    allowed = {rule["model"] or "every" for rule in mine if rule["effect"] == "allow"}
    if not [rule for rule in rules if rule["effect"] == "allow"]:
        allowed = {"every"}
    if "every" in denied or not allowed:
        return "person_not_allowed"
    if ask["model"] in denied or not allowed & {"every", ask["model"]}:
        return "model_not_allowed"
    most = own_amount(case, "pictures_per_request")
    return "count_not_allowed" if most is not None and ask["count"] > most else ""


def is_here(rule: dict[str, Any], ask: dict[str, Any]) -> bool:
    return rule["channel"] is None or rule["channel"] in ask["channels"]


def names(ask: dict[str, Any]) -> set[str]:
    return {"everyone", ask["user"], *ask["roles"]} if ask["guild"] else set()


def own_amount(case: dict[str, Any], kind: str) -> int | None:
    """Return what a person is limited to in their server; None where they are not."""
    ask = case["ask"]
    rules = [
        rule
        for rule in case["limits"]
        if rule["guild"] == ask["guild"] and rule["kind"] == kind and rule["whom"] in names(ask)
    ]
    theirs = [rule for rule in rules if rule["whom"] == ask["user"]]
    if theirs:
        rules = theirs
    amounts = [rule["amount"] for rule in rules]
    if not amounts or None in amounts:
        return None
    return int(sorted(amounts)[0 if kind == "cooldown_s" else -1])


def pause(case: dict[str, Any]) -> Verdict | None:
    ask = case["ask"]
    # One that cost nothing makes nobody wait.
    person = [job for job in case["history"] if job["user"] == ask["user"]]
    paid = [job for job in person if job["state"] != "failed"]
    here = [job for job in paid if job["guild"] == ask["guild"]]
    for jobs, seconds in (
        (paid, case["base"].get("cooldown_s", 0)),
        (here, own_amount(case, "cooldown_s") or 0),
    ):
        last = [case["at"] - timedelta(seconds=job["ago"]) for job in jobs]
        if last and case["at"] < max(last) + timedelta(seconds=seconds):
            return "cooling_down", max(last) + timedelta(seconds=seconds)
    return None


def under_way(case: dict[str, Any]) -> Verdict | None:
    ask = case["ask"]
    running = [
        job for job in case["history"] if job["user"] == ask["user"] and job["state"] == "under way"
    ]
    here = [job for job in running if job["guild"] == ask["guild"]]
    for jobs, most in (
        (running, case["base"].get("jobs_at_once")),
        (here, own_amount(case, "jobs_at_once")),
    ):
        if most and len(jobs) >= most:
            # Each is expected ten seconds after it was asked for.
            done = min(case["at"] + timedelta(seconds=10 - job["ago"]) for job in jobs)
            return "too_many_jobs", done if done > case["at"] else None
    return None


def budgets(case: dict[str, Any]) -> Verdict | None:
    ask = case["ask"]
    person = [job for job in case["history"] if job["user"] == ask["user"]]
    server = [job for job in case["history"] if job["guild"] == ask["guild"]]
    theirs = [job for job in person if job["state"] != "lost"]
    member = [job for job in theirs if job["guild"] == ask["guild"]]
    reasons = []
    for kind in KINDS:
        for spender, jobs, most in (
            ("user", theirs, case["base"].get(f"user_{kind}")),
            ("total", case["history"], case["base"].get(kind)),
            ("user", theirs, set_amount(case, "bot", ask["user"], kind)),
            ("total", case["history"], set_amount(case, "bot", "all", kind)),
            ("server", server, set_amount(case, ask["guild"], "all", kind)),
            ("user", member, own_amount(case, kind)),
        ):
            wanted = cost(ask, kind)
            if most is None or used(case, kind, jobs) + wanted <= most:
                continue
            until = NEVER if wanted > most else next_start(case["at"], kind)
            reasons.append((until, f"{spender}_budget_spent"))
    if not reasons:
        return None
    until = max(reasons)[0]
    # Which of those that last equally long is named is no matter here.
    named = {reason for lasts, reason in reasons if lasts == until}
    return "|".join(sorted(named)), None if until == NEVER else until


def set_amount(case: dict[str, Any], guild: str | None, whom: str, kind: str) -> int | None:
    return next(
        (
            rule["amount"]
            for rule in case["limits"]
            if guild and (rule["guild"], rule["whom"], rule["kind"]) == (guild, whom, kind)
        ),
        None,
    )


def cost(job: dict[str, Any], kind: str) -> int:
    if kind.startswith("microcredits"):
        return int(job["price"])
    # What was lost nobody has.
    return 0 if job.get("state") == "lost" else int(job["count"])


def used(case: dict[str, Any], kind: str, jobs: list[dict[str, Any]]) -> int:
    now = case["at"]
    counted = []
    for job in jobs:
        asked = now - timedelta(seconds=job["ago"])
        is_now = asked.date() == now.date()
        if kind.endswith("month"):
            is_now = (asked.year, asked.month) == (now.year, now.month)
        if is_now and job["state"] != "failed":
            counted.append(cost(job, kind))
    return sum(counted)


def next_start(now: datetime, kind: str) -> datetime:
    if kind.endswith("day"):
        tomorrow = now + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC)
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
