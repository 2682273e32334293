"""Polls: what a request for one may hold, and how a message shows it.

https://discord.com/developers/docs/resources/poll
"""

from sandbox.discord.clock import iso
from sandbox.discord.errors import JSON
from sandbox.discord.fields import Field
from sandbox.discord.rules import Rule

MAX_QUESTION = 300
MAX_ANSWERS = 10
MAX_ANSWER = 55
MAX_HOURS = 768
DEFAULT_HOURS = 24


def check_poll(poll: Field) -> None:
    """Check the poll of a message, where it has one."""
    if not poll.present:
        return
    poll["question"]["text"].text(Rule.POLL_QUESTION, 1, MAX_QUESTION)
    for answer in poll["answers"].array(Rule.POLL_ANSWERS, 1, MAX_ANSWERS):
        answer["poll_media"]["text"].text(Rule.POLL_ANSWER, 1, MAX_ANSWER)
    poll["duration"].integer(Rule.POLL_DURATION, 1, MAX_HOURS)


def shown_poll(poll: JSON, now: float) -> JSON:
    """Write a new poll as a message shows it, without a vote yet."""
    answers = enumerate(poll.get("answers") or (), start=1)
    return {
        "question": {"text": poll["question"]["text"]},
        "answers": [
            {"answer_id": number, "poll_media": answer["poll_media"]} for number, answer in answers
        ],
        "expiry": iso(now + (poll.get("duration") or DEFAULT_HOURS) * 3600),
        "allow_multiselect": bool(poll.get("allow_multiselect")),
        "layout_type": poll.get("layout_type") or 1,
        "results": {"is_finalized": False, "answer_counts": []},
    }
