"""The card of details: within Discord's limits, and the right family in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.models import (
    Action,
    ImageKind,
    Job,
    JobState,
    MessageRef,
    PictureRef,
    Problem,
)
from tests.factories import NOON, make_image, make_job, make_place, make_request, make_ticket
from tests.ui.drawn import ENGLISH, custom_ids, drawn, gallery, nested, parts, texts
from ui.gallery import jump_link
from ui.job_details import MAX_RELATIVES, Dossier, details_card

FILE = 13
SECTION = 9
"""Discord's component types; components reference."""


def version(number: int, parent: int | None = None, **changes: object) -> Job:
    request = make_request(
        prompt=f"version {number}",
        ticket=make_ticket(interaction_id=number),
        action=Action.GENERATE if parent is None else Action.EDIT,
        parent=PictureRef(job_id=f"{parent:012x}", position=1) if parent is not None else None,
    )
    plain = {
        "id": f"{number:012x}",
        "request": request,
        "state": JobState.DELIVERED,
        "created_at": NOON + timedelta(minutes=number),
        "fetched_at": NOON + timedelta(minutes=number, seconds=12),
        "message_id": 9000 + number,
    }
    return make_job(**{**plain, **changes})


def dossier(job: Job, *family: Job, **changes: object) -> Dossier:
    plain = Dossier(job=job, shown=(), originals=(), left_out=False, family=family or (job,))
    return replace(plain, **changes)  # type: ignore[arg-type]  # replace() checks the names


async def test_hidden_and_private_are_told_where_they_were_asked_for() -> None:
    plain = version(1)
    asked = replace(plain, request=replace(plain.request, spoiler=True, private=True))
    told = [ENGLISH("details-spoiler"), ENGLISH("details-private")]

    assert all(words in "\n".join(texts(details_card(dossier(asked), ENGLISH))) for words in told)
    assert not any(
        words in "\n".join(texts(details_card(dossier(plain), ENGLISH))) for words in told
    )


@pytest.mark.parametrize("prompt", ["*" * 2_000, "```" * 666, "日" * 2_000, "a"])
async def test_the_fullest_card_keeps_to_the_limits_of_discord(prompt: str) -> None:
    family = [version(number, number - 1 if number else None) for number in range(30)]
    family = [
        replace(each, request=replace(each.request, prompt=prompt, count=4, size="1024x1792"))
        for each in family
    ]
    job = replace(family[15], task_id="t" * 500, trace_id="*" * 500, charged_microcredits=1)
    images = [make_image(position=at, file_name=f"{at}.png") for at in range(1, 5)]
    source = make_image(kind=ImageKind.SOURCE, file_name="source.png")
    full = dossier(job, *family, shown=[source, *images], originals=images, left_out=True)
    components = drawn(details_card(full, ENGLISH))

    assert len(nested(components)) <= 40
    sections = parts(details_card(full, ENGLISH), SECTION)
    accessories = [section["accessory"] for section in sections]
    assert len(nested(components)) + len(accessories) <= 40
    assert sum(map(len, texts(details_card(full, ENGLISH)))) <= 4_000
    assert len({item["custom_id"] for item in accessories}) == len(accessories)
    assert 3 <= len(accessories) <= MAX_RELATIVES


async def test_all_that_was_asked_is_there() -> None:
    job = version(1, task_id="task-1", trace_id="trace-1", charged_microcredits=216_000)
    shown = [make_image(job_id=job.id, width=736, height=424)]
    text = "\n".join(texts(details_card(dossier(job, shown=shown), ENGLISH)))
    for fact in (
        "```\nversion 1\n```",
        "<@5001>, <t:1791201660:f>: done",
        "Model: flux-dev",
        "Size: Square 1:1, generated as 736 × 424",  # the sign people read
        "Images: 1",
        "Cost: 0.22 credits, charged by Flux",
        "Time: 12 s",
        f"Job: `{job.id}`",
        r"Flux task: task\-1",
        r"Flux trace: trace\-1",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "about 0.22 credits, estimated"),
        (
            {"state": JobState.FAILED, "problem": Problem.FLUX_FAILED},
            "0 credits, not charged, or refunded",
        ),
    ],
)
async def test_a_price_is_what_its_requester_bears(changes: dict[str, Any], words: str) -> None:
    assert f"Cost: {words}" in "\n".join(
        texts(details_card(dossier(version(1, **changes)), ENGLISH))
    )


async def test_before_and_after_stand_side_by_side() -> None:
    first, second = version(1), version(2, 1)
    shown = [
        make_image(job_id=second.id, kind=ImageKind.SOURCE, file_name="before.png"),
        make_image(job_id=second.id, file_name="after.png"),
    ]
    card = details_card(dossier(second, first, second, shown=shown), ENGLISH)
    assert [item["description"] for item in gallery(card)] == [
        "Before: Image: version 1",
        "After: Edited image: version 2",
    ]
    assert "**Before and after**" in texts(card)


async def test_the_chain_leads_to_where_each_version_stands() -> None:
    family = [version(1), version(2, 1), version(3, 2, problem=Problem.MESSAGE_GONE)]
    card = details_card(dossier(family[1], *family), ENGLISH)
    lines = texts(card)[-3:]
    assert "[Jump to message](https://discord.com/channels/4001/3001/9001)" in lines[0]
    assert lines[1].startswith("2\\. **this version**\n")  # its words stand above
    assert "Jump to message" not in lines[2]
    buttons = [section["accessory"] for section in parts(card, SECTION)]
    assert [button["label"] for button in buttons] == ["Edit this version"] * 3
    assert [button["custom_id"] for button in buttons] == [
        f"fluxcord:edit:{number:012x}:1" for number in (1, 2, 3)
    ]


async def test_starting_again_means_the_picture_that_the_family_went_on_from() -> None:
    first = version(1)
    four = replace(first, request=replace(first.request, count=4))
    child = version(2, 1)
    child = replace(
        child, request=replace(child.request, parent=PictureRef(job_id=four.id, position=3))
    )
    for family, custom_id in (
        ((four, child), f"fluxcord:edit:{four.id}:3"),
        ((four,), f"fluxcord:edit:{four.id}"),
    ):
        [first_section, *_] = parts(details_card(dossier(four, *family), ENGLISH), SECTION)
        assert first_section["accessory"]["custom_id"] == custom_id


async def test_of_a_large_family_the_oldest_and_the_nearest_are_listed() -> None:
    family = [version(number, number - 1 if number else None) for number in range(30)]
    for at in (0, 1, 15, 29):
        sections = parts(details_card(dossier(family[at], *family), ENGLISH), SECTION)
        listed = [int(each["accessory"]["custom_id"].split(":")[2], 16) for each in sections]
        assert len(listed) == MAX_RELATIVES
        assert {0, at} <= set(listed)
        assert "22 more are not shown" in "\n".join(
            texts(details_card(dossier(family[at], *family), ENGLISH))
        )


async def test_a_relative_without_a_picture_is_left_out() -> None:
    failed = version(2, 1, fetched_at=None, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    card = details_card(dossier(version(1), version(1), failed), ENGLISH)
    assert "version 2" not in "\n".join(texts(card))
    own = details_card(dossier(failed, version(1), failed), ENGLISH)
    assert "**this version**" in "\n".join(texts(own))
    assert len(parts(own, SECTION)) == 1


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (None, "Started from an uploaded image."),
        (
            MessageRef(channel_id=7, message_id=8),
            "Started from [this image](https://discord.com/channels/4001/7/8).",
        ),
    ],
)
async def test_where_the_family_began_is_told(message: MessageRef | None, words: str) -> None:
    job = version(1)
    job = replace(job, request=replace(job.request, action=Action.EDIT, source_message=message))
    assert words in "\n".join(texts(details_card(dossier(job), ENGLISH)))


async def test_an_original_is_offered_beside_its_smaller_copy() -> None:
    original = make_image(file_name="original.png")
    card = details_card(dossier(version(1), originals=[original], left_out=True), ENGLISH)
    [file] = parts(card, FILE)
    assert file["file"]["url"] == "attachment://original.png"
    assert "An original is too large for Discord" in "\n".join(texts(card))


async def test_a_job_that_never_came_to_a_picture_has_no_family() -> None:
    job = version(1, fetched_at=None, state=JobState.FAILED, problem=Problem.FLUX_FAILED)
    card = details_card(dossier(job), ENGLISH)
    assert "Versions" not in "\n".join(texts(card))
    assert custom_ids(card) == []


def test_a_direct_message_is_linked_too() -> None:
    job = make_job(message_id=9, request=make_request(place=make_place(guild_id=None)))
    assert jump_link(job) == "https://discord.com/channels/@me/3001/9"
    assert jump_link(replace(job, message_id=None)) is None
