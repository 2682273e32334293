"""The pages of a history keep within what Discord takes."""

from dataclasses import replace

import pytest

from domain.models import Action, Delivery, Problem
from tests.factories import NOON, make_image, make_job, make_place, make_request
from tests.ui.drawn import ENGLISH, custom_ids, drawn, nested, texts
from ui.gallery import (
    MAX_OFFSET,
    MAX_WORDS_CHARACTERS,
    PAGE_JOBS,
    Page,
    View,
    gone_card,
    history_card,
    jump_link,
    removal_card,
)

LONG = make_job(
    request=make_request(prompt="*" * 2_000, action=Action.EDIT), fetched_at=NOON, message_id=7001
)


def page(view: View, *, has_older: bool = True, jobs: int = PAGE_JOBS) -> Page:
    entries = [(replace(LONG, id=f"{number:012x}"), [make_image()] * 4) for number in range(jobs)]
    return Page(view=view, entries=entries, has_older=has_older, at=NOON)


@pytest.mark.parametrize("with_previews", [True, False])
@pytest.mark.parametrize("words", ["", "日" * MAX_WORDS_CHARACTERS, ":\n*" * 20])
async def test_a_full_page_keeps_to_the_limits_of_discord(
    words: str,
    with_previews: bool,  # noqa: FBT001
) -> None:
    shown = page(View(words=words, kind=Action.GENERATE, offset=99_990))
    previews = {job.id: "preview.jpg" for job, _ in shown.entries} if with_previews else {}
    card = history_card(shown, ENGLISH, previews)
    assert len(nested(drawn(card))) <= 40
    assert sum(map(len, texts(card))) <= 4_000
    assert len(custom_ids(card)) == len(set(custom_ids(card))) == 2
    assert all(len(custom_id) <= 100 for custom_id in custom_ids(card))


async def test_pages_end_where_the_numbers_on_their_buttons_do() -> None:
    assert len(custom_ids(history_card(page(View(offset=MAX_OFFSET - 1)), ENGLISH))) == 1


@pytest.mark.parametrize(
    ("offset", "has_older", "offsets"),
    [(0, False, []), (0, True, ["5"]), (3, False, ["0"]), (10, True, ["5", "15"])],
)
async def test_pages_lead_to_their_neighbours(
    offset: int,
    has_older: bool,  # noqa: FBT001
    offsets: list[str],
) -> None:
    card = history_card(page(View(offset=offset, words="a:b"), has_older=has_older), ENGLISH)
    assert custom_ids(card) == [f"fluxcord:page:{at}::a:b" for at in offsets]


async def test_a_link_leads_only_where_a_message_stands_for_others_too() -> None:
    job = make_job(message_id=7001)
    assert jump_link(job) == "https://discord.com/channels/4001/3001/7001"
    response = make_place(delivery=Delivery.RESPONSE)
    hidden = make_request(private=True, place=response)
    direct = make_request(private=True, place=make_place(guild_id=None))
    assert jump_link(replace(job, request=hidden)) is None
    assert jump_link(replace(job, request=direct)) == "https://discord.com/channels/@me/3001/7001"
    assert jump_link(replace(job, message_id=None)) is None
    assert jump_link(replace(job, problem=Problem.MESSAGE_GONE)) is None


async def test_what_is_asked_before_a_deletion_names_the_picture() -> None:
    for card in (removal_card(LONG, ENGLISH), gone_card(LONG, ENGLISH)):
        assert any(text.startswith(r"\*") for text in texts(card))
        assert sum(map(len, texts(card))) <= 4_000
