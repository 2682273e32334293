"""/imagine through the whole stack."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest

from flux.catalogue import MODELS
from sandbox.discord import ClientRefusedError
from tests.end_to_end.stage import has_picture, open_stage, says
from tests.end_to_end.test_buttons import under_way

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.flux import Era
    from tests.end_to_end.stage import Stage


async def test_pictures_come_back_into_the_channel(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a white siamese cat", size="16:9", count=2)
    message = await stage.ada.wait_for(has_picture)

    shapes = [PIL.Image.open(io.BytesIO(image.data)).size for image in message.images]
    assert [width / height for width, height in shapes] == pytest.approx([16 / 9] * 2, rel=0.05)
    assert message.images[0].data != message.images[1].data
    assert [image.alt for image in message.images] == [
        "Image 1 of 2: a white siamese cat",
        "Image 2 of 2: a white siamese cat",
    ]
    assert not message.private
    assert not message.images[0].spoiler
    await use.gone()


@pytest.mark.parametrize(
    ("price", "cost"),
    [("", "1.35 credits"), ("0.10 USD", "1.35 credits (0.14 USD)")],
)
async def test_the_card_tells_what_was_made_for_whom_and_at_what_price(
    idle_stage: Stage, price: str, cost: str
) -> None:
    ada = idle_stage.ada
    idle_stage.more_settings["CREDIT_PRICE"] = price
    async with idle_stage.bot_running():
        ada.use("imagine", prompt="a lighthouse", model="flux-pro", size="2:3", count=3)
        message = await ada.wait_for(has_picture)

    [row] = idle_stage.rows("jobs")
    _, facts = message.text.splitlines()
    pattern = rf"-# <@{ada.user.id}> · flux-pro · 2:3 · \d+ s · {re.escape(cost)}"
    assert re.fullmatch(pattern, facts)
    assert row["id"] not in message.text
    assert all(row["id"] in image.filename for image in message.images)


async def test_a_status_card_says_what_happens_and_when_it_is_ready(stage: Stage) -> None:
    card = await under_way(stage)
    assert re.fullmatch(r"\*\*Generating\*\*, ready <t:\d+:R>\na lighthouse", card.text)
    assert card.buttons == ("Cancel",)
    stage.flux.release()
    await stage.ended()


async def test_one_job_is_one_message_edited_in_place(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    message = await stage.ada.wait_for(has_picture)

    assert [seen.id for seen in stage.ada.read()] == [message.id]
    posts = [
        request
        for request in stage.discord.requests
        if request.method == "POST" and request.path.endswith("/messages")
    ]
    assert len(posts) == 1
    assert message.edited_at is not None


async def test_the_status_card_counts_down_while_flux_works(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a lighthouse")
    status = await stage.ada.wait_for(says("Generating"))

    assert "<t:" in status.text
    assert ":R>" in status.text
    assert not status.images
    await stage.ada.wait_for(has_picture)


async def test_the_use_is_one_row_of_the_usage_view(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a white siamese cat", size="16:9", count=2)
    await stage.ada.wait_for(has_picture)

    [row] = await stage.ended()
    [charge] = stage.flux.charges
    assert row["user_id"] == stage.ada.user.id
    assert row["place"] == "Sandbox #pictures"
    assert (row["command"], row["model"], row["size"], row["count"]) == (
        "imagine",
        "flux-dev",
        "16:9",
        2,
    )
    assert row["prompt"] == "a white siamese cat"
    assert row["credits"] == float(charge.credits)
    assert row["credits_are"] == "charged"
    assert row["task_id"] == charge.task_id
    assert row["error_code"] is None
    assert row["seconds"] >= 0
    images = stage.rows("images")
    assert stage.spooled() == sorted(image["file_name"] for image in images)


async def test_a_spoiler_is_hidden(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="the ending", spoiler=True)
    message = await stage.ada.wait_for(has_picture)

    assert [image.spoiler for image in message.images] == [True]


@pytest.mark.parametrize("era", ["current", "documented"])
async def test_a_size_in_pixels_works_where_the_model_takes_it(tmp_path: Path, era: Era) -> None:
    async with open_stage(tmp_path, era=era, megapixels=1) as stage, stage.bot_running():
        stage.ada.use("imagine", prompt="a wide field", model="flux-dev", size="1344x768")
        message = await stage.ada.wait_for(has_picture)

    [image] = message.images
    assert (image.width, image.height) == (1344, 768)
    assert stage.flux.requests[0].payload["size"] == "1344x768"


async def test_a_size_typed_in_the_words_of_a_suggestion_is_meant(stage: Stage) -> None:
    stage.ada.use("imagine", prompt="a wide field", size="landscape 21:9")
    await stage.ada.wait_for(has_picture)

    assert stage.flux.requests[0].payload["size"] == "21:9"


async def test_models_are_suggested_in_words_and_the_default_first(stage: Stage) -> None:
    choices = await stage.ada.suggest("imagine", "model", "")

    assert choices[0].value == "flux-dev"
    assert {choice.value for choice in choices} == set(MODELS)
    assert all(len(choice.name) > len(str(choice.value)) + 10 for choice in choices)


async def test_sizes_follow_the_chosen_model(stage: Stage) -> None:
    for_pixels = await stage.ada.suggest("imagine", "size", "1344x768", model="flux-dev")
    for_ratios = await stage.ada.suggest("imagine", "size", "1344x768", model="flux-2-pro")
    all_sizes = await stage.ada.suggest("imagine", "size", "", model="flux-2-pro")

    assert [choice.value for choice in for_pixels] == ["1344x768"]
    assert for_ratios == []
    assert "Landscape 16:9" in [choice.name for choice in all_sizes]


@pytest.mark.parametrize("count", [0, 5])
async def test_a_count_that_cannot_be_had_is_not_even_offered(stage: Stage, count: int) -> None:
    with pytest.raises(ClientRefusedError):
        stage.ada.use("imagine", prompt="a lighthouse", count=count)


REFUSED = [
    ({"prompt": "   "}, "The prompt is empty"),
    ({"prompt": "x" * 2001}, "2001 characters"),
    ({"prompt": "a cat", "model": "flux-9"}, "no model called flux"),
    ({"prompt": "a cat", "size": "1344X768"}, "is not a valid size"),
    ({"prompt": "a cat", "size": "1344x768", "model": "flux-2-pro"}, "does not support the size"),
    ({"prompt": "a cat", "count": 9}, "9 is not a valid number of images"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
async def test_what_cannot_be_done_is_refused_privately_and_costs_nothing(
    stage: Stage, options: dict[str, Any], words: str
) -> None:
    use = stage.ada.use("imagine", raw=True, **options)
    await use.answered()

    assert use.message is not None
    assert use.message.private
    assert words in use.message.text
    assert stage.flux.requests == []
    assert stage.rows() == []


async def test_a_refused_prompt_is_given_back(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a cat with a very long story", size="7:7")
    await use.answered()

    assert use.message is not None
    assert "a cat with a very long story" in use.message.text


@pytest.mark.parametrize(
    ("prompt", "words", "state"),
    [
        ("a forbidden thing", "content filter", "refused"),
        ("an unlucky thing", "failed to generate", "failed"),
    ],
)
async def test_what_flux_does_not_make_is_told_on_the_card_and_free(
    stage: Stage, prompt: str, words: str, state: str
) -> None:
    stage.ada.use("imagine", prompt=prompt)
    card = await stage.ada.wait_for(says(words))

    assert "nothing was charged." in card.text
    assert prompt in card.text
    [row] = await stage.ended()
    assert (row["state"], row["credits"]) == (state, 0)
    assert stage.flux.charges == []


async def test_nobody_is_pinged_by_a_prompt(stage: Stage) -> None:
    prompt = f"@everyone look at <@{stage.ada.user.id}> **now** `code` [a](https://b.example)"
    stage.ada.use("imagine", prompt=prompt)
    message = await stage.ada.wait_for(has_picture)

    assert message.raw["mentions"] == []
    assert not message.raw["mention_everyone"]
    assert stage.flux.requests[0].payload["prompt"] == prompt
    assert "**now**" not in message.text


async def test_the_expected_time_is_as_measured(stage: Stage) -> None:
    use = stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(says("Generating"))
    assert 9 <= expected_s(stage) <= 12  # the catalogue's guess, until one was measured
    await use.gone()
    await stage.ended()

    stage.ada.use("imagine", prompt="a harbour")
    await stage.ada.wait_for(says("Generating"))
    assert expected_s(stage) <= 4


def expected_s(stage: Stage) -> int:
    """Return how long the newest job is expected to take from its submission."""
    row = stage.rows("jobs")[-1]
    expected, begun = (datetime.fromisoformat(row[name]) for name in ("expected_at", "created_at"))
    return round((expected - begun).total_seconds())
