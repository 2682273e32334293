"""The judge, held against facts that are made up: each column goes up for what it is there for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.torture.books import NONCE_LIFE_IDS, Verdict, judge
from tests.torture.facts import Charge, Entry, Facts, File, Press, Row, Shown

ADA, BEN = 11, 12
JOB, PICTURE, PROMPT = "0123456789ab", "hash of the picture", "a lighthouse"

CHARGE = Charge(task_id="task-1", prompt=PROMPT, microcredits=216_000, pictures=(PICTURE,))
ROW = Row(
    id=JOB,
    interaction_id=1,
    user_id=ADA,
    prompt=PROMPT,
    state="delivered",
    task_id="task-1",
    submitted=True,
    charged=216_000,
)
FILE = File(job_id=JOB, hash=PICTURE)
GALLERY = Shown(message_id=7, job_ids=frozenset({JOB}), pictures=(PICTURE,))
COPY = File(job_id=JOB, hash="smaller", is_copy=True)
SMALLER = replace(GALLERY, pictures=("smaller",))
WORD = Shown(message_id=8, job_ids=frozenset({JOB}), private_to=ADA)
WORKING = Shown(message_id=7, job_ids=frozenset({JOB}), is_answer=False)
PRESS = Press(interaction_id=1, is_acknowledged=True)

CLEAN = Facts(charges=(CHARGE,), rows=(ROW,), files=(FILE,), shown=(GALLERY,), presses=(PRESS,))
PAID = Entry(job_id=JOB, payer="user", microcredits=216_000)

GONE = replace(ROW, state="failed", problem="message_gone")
KEPT = replace(CLEAN, rows=(GONE,), shown=(WORD,))
LOST = replace(ROW, state="failed", problem="answer_lost", task_id=None, charged=None)
UNCERTAIN = Facts(
    charges=(CHARGE,),
    rows=(LOST,),
    shown=(WORD,),
    presses=(PRESS,),
    faulted=frozenset({JOB}),
)
CANCELLED = replace(
    ROW, state="cancelled", problem="restarted", task_id=None, submitted=False, charged=0
)
UNHEARD = Facts(rows=(CANCELLED,), presses=(replace(PRESS, is_acknowledged=False),))


def columns(facts: Facts) -> set[str]:
    """Return the columns that something was found for."""
    return {name for name, found in judge(facts).complaints.items() if found}


@pytest.mark.parametrize(
    "facts",
    [
        CLEAN,
        KEPT,
        UNCERTAIN,
        UNHEARD,
        replace(CLEAN, entries=(PAID,)),
        replace(CLEAN, shown=(replace(GALLERY, is_removed=True),)),
        replace(KEPT, shown=(WORD, replace(GALLERY, is_removed=True))),
        replace(CLEAN, shown=(SMALLER,), files=(FILE, COPY)),
        replace(CLEAN, shown=(GALLERY, replace(WORD, is_listing=True, pictures=(PICTURE,)))),
        replace(UNCERTAIN, entries=(PAID, replace(PAID, microcredits=-216_000))),
        replace(UNCERTAIN, entries=(replace(PAID, payer="house"),)),
        replace(KEPT, entries=(PAID,)),
        replace(KEPT, entries=(PAID,), shown=(GALLERY,)),
        replace(KEPT, files=(), entries=(replace(PAID, payer="house"),)),
    ],
)
def test_what_is_in_order_is_clean(facts: Facts) -> None:
    assert judge(facts) == Verdict()
    assert judge(facts).is_clean


@pytest.mark.parametrize(
    "facts",
    [
        replace(CLEAN, rows=(), files=(), shown=()),
        replace(CLEAN, rows=(GONE,), files=(), shown=(WORKING,)),
        replace(CLEAN, rows=(GONE,), files=(), shown=(replace(WORD, private_to=BEN),)),
        replace(CLEAN, rows=(GONE,), files=(replace(FILE, hash=None),), shown=(WORKING,)),
    ],
)
def test_a_charge_of_which_nothing_came_is_lost_silently(facts: Facts) -> None:
    assert "lost silently" in columns(facts)


@pytest.mark.parametrize(
    "facts",
    [
        replace(CLEAN, charges=(CHARGE, replace(CHARGE, task_id="task-2"))),
        replace(UNCERTAIN, charges=(CHARGE, replace(CHARGE, task_id="task-2"))),
        replace(CLEAN, rows=(ROW, replace(ROW, id="another", task_id="task-2"))),
    ],
)
def test_a_second_charge_without_a_second_press_is_paid_twice(facts: Facts) -> None:
    assert "paid twice" in columns(facts)


def test_a_second_press_may_cost_a_second_time() -> None:
    again = replace(ROW, id="ba9876543210", interaction_id=2, task_id="task-2")
    facts = replace(
        CLEAN,
        charges=(CHARGE, replace(CHARGE, task_id="task-2")),
        rows=(ROW, again),
        files=(FILE, replace(FILE, job_id=again.id)),
        shown=(GALLERY, replace(GALLERY, message_id=9, job_ids=frozenset({again.id}))),
    )

    assert columns(facts) == set()


def test_a_charge_without_a_known_task_is_of_the_job_that_lost_its_answer() -> None:
    refused = replace(LOST, problem="flux_unavailable", charged=0)
    lost = replace(LOST, id="ba9876543210", interaction_id=2)
    booked = (PAID, replace(PAID, microcredits=-216_000))
    facts = replace(
        UNCERTAIN,
        rows=(refused, lost),
        shown=(WORD, replace(WORD, message_id=9, job_ids=frozenset({lost.id}))),
        faulted=frozenset({lost.id}),
        entries=(*booked, *(replace(entry, job_id=lost.id) for entry in booked)),
    )

    assert columns(facts) == set()
    unexplained = replace(facts, rows=(refused,), shown=(WORD,), entries=booked)
    assert columns(unexplained) == {"books differ"}


@pytest.mark.parametrize(
    "shown",
    [
        (GALLERY, replace(GALLERY, message_id=9)),
        (GALLERY, replace(WORKING, message_id=9)),
        (GALLERY, replace(WORD, pictures=(PICTURE,))),
        (replace(WORKING, is_removed=True), replace(GALLERY, message_id=9)),
    ],
)
def test_a_second_message_or_gallery_is_posted_twice(shown: tuple[Shown, ...]) -> None:
    assert columns(replace(CLEAN, shown=shown)) == {"posted twice"}


def test_pictures_collected_after_a_direct_message_are_not_posted_twice() -> None:
    direct = replace(GALLERY, message_id=9, is_direct=True)
    response = replace(CLEAN, rows=(replace(ROW, is_response=True),))
    assert columns(replace(response, shown=(GALLERY, direct))) == {"posted twice"}
    collected = replace(GALLERY, is_collected=True)
    assert columns(replace(response, shown=(collected, direct))) == set()


def test_a_direct_word_in_place_of_a_message_is_not_posted_twice() -> None:
    direct = replace(WORD, private_to=None, is_direct=True)
    for row, card in (
        (replace(LOST, is_response=True), WORKING),
        (LOST, replace(WORKING, is_removed=True)),
    ):
        assert columns(replace(UNCERTAIN, rows=(row,), shown=(card, direct))) == set()
    removed = replace(direct, is_removed=True)
    response = replace(LOST, is_response=True)
    assert columns(replace(UNCERTAIN, rows=(response,), shown=(WORKING, removed))) == set()
    assert columns(replace(UNCERTAIN, shown=(WORKING, direct))) == {"posted twice"}


def test_a_message_that_was_removed_before_it_was_found_is_not_posted_twice() -> None:
    removed = replace(WORKING, is_removed=True)
    soon = replace(GALLERY, message_id=removed.message_id + NONCE_LIFE_IDS)
    late = replace(soon, message_id=soon.message_id + 1)
    assert columns(replace(CLEAN, shown=(removed, soon))) == {"posted twice"}
    assert columns(replace(CLEAN, shown=(removed, late))) == set()
    assert columns(replace(CLEAN, shown=(WORKING, late))) == {"posted twice"}


def test_nobody_has_to_be_told_of_a_message_that_a_person_removed() -> None:
    removed = replace(WORKING, is_removed=True)
    assert columns(replace(KEPT, shown=(removed,))) == set()
    assert columns(replace(KEPT, shown=(WORKING,))) == {"unanswered"}
    other = replace(GONE, problem="flux_failed", charged=0)
    assert "unanswered" in columns(replace(KEPT, rows=(other,), shown=(removed,)))


@pytest.mark.parametrize(
    "facts",
    [
        replace(KEPT, shown=(WORKING,)),
        replace(KEPT, shown=(replace(WORD, private_to=BEN),)),
        replace(KEPT, rows=(replace(GONE, told=False),)),
        replace(CLEAN, rows=(replace(ROW, state="running"),)),
        replace(UNHEARD, presses=(PRESS,)),
        replace(
            CLEAN, presses=(PRESS, Press(interaction_id=2, is_acknowledged=True, is_thinking=True))
        ),
        replace(UNCERTAIN, shown=(), rows=(replace(LOST, state="uncertain", problem=None),)),
    ],
)
def test_who_is_not_told_is_unanswered(facts: Facts) -> None:
    assert "unanswered" in columns(facts)


@pytest.mark.parametrize(
    "facts",
    [
        replace(CLEAN, rows=(replace(ROW, charged=215_999),)),
        replace(CLEAN, entries=()),
        replace(CLEAN, entries=(PAID, replace(PAID, payer="house"))),
        replace(CLEAN, entries=(replace(PAID, payer="house"),)),
        replace(UNCERTAIN, entries=(PAID,)),
        replace(KEPT, files=(), entries=(PAID,)),
        replace(CLEAN, files=()),
        replace(CLEAN, files=(replace(FILE, hash=None),)),
        replace(CLEAN, files=(replace(FILE, hash="other"),)),
        replace(CLEAN, shown=(replace(GALLERY, pictures=("other",)),)),
        replace(CLEAN, shown=(SMALLER,)),
        replace(
            CLEAN, shown=(replace(GALLERY, pictures=(PICTURE, "smaller")),), files=(FILE, COPY)
        ),
        replace(CLEAN, shown=(WORD,)),
        replace(KEPT, shown=(GALLERY,)),
        replace(KEPT, files=(replace(FILE, hash=None),)),
        replace(CLEAN, wrong_totals=("all since 2026-11-01",)),
    ],
)
def test_what_does_not_agree_differs(facts: Facts) -> None:
    assert "books differ" in columns(facts)


def test_an_uncertain_job_wants_an_explanation() -> None:
    assert columns(replace(UNCERTAIN, faulted=frozenset())) == {"unexplained"}


def test_a_job_that_was_taken_over_late_is_told() -> None:
    assert columns(replace(CLEAN, late=(f"{JOB} 3.1 s",))) == {"unexplained"}


def test_a_bot_that_ends_by_itself_is_told() -> None:
    assert columns(replace(CLEAN, deaths=("status 1",))) == {"unexplained"}


def test_an_answer_that_is_thinking_in_the_end_is_left() -> None:
    thinking = replace(CLEAN, presses=(replace(PRESS, is_thinking=True),))
    assert columns(thinking) == {"thinking left"}
    late = replace(thinking, rows=(replace(ROW, outlived_token=True),))
    assert columns(late) == set()
