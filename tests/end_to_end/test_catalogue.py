"""Every model with every size that is offered for it, against both editions of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flux.catalogue import FIXED_SIZES, MODELS, Contract
from tests.end_to_end.stage import has_picture, open_stage, says
from ui.autocomplete import suggest_sizes
from ui.i18n import words_for

if TYPE_CHECKING:
    from pathlib import Path

FREE_SIZE = "1344x768"

ROOM = {"MAX_RUNNING_JOBS": "20", "MAX_RUNNING_PER_USER": "20", "MAX_JOBS_PER_USER": "0"}
"""For one person to ask for everything at once."""


def shape(size: str) -> float:
    across, down = map(int, size.replace("x", ":").split(":"))
    return across / down


@pytest.mark.parametrize("contract", Contract)
async def test_every_size_offered_for_every_model_is_delivered(
    tmp_path: Path, contract: Contract
) -> None:
    async with open_stage(tmp_path, era=contract.value) as stage:
        stage.more_settings.update(ROOM)
        wanted: dict[str, float] = {}
        async with stage.bot_running():
            for model in MODELS.values():
                if contract not in model.contracts:
                    continue
                sizes = [
                    choice.value for choice in suggest_sizes("", words_for(None), model_id=model.id)
                ]
                for size in [*sizes, *((*FIXED_SIZES, FREE_SIZE) if model.takes_pixels else ())]:
                    prompt = f"{model.id} at {size}"
                    wanted[prompt] = shape(size)
                    use = stage.ada.use("imagine", prompt=prompt, model=model.id, size=size)
                    await use.answered()
            rows = await stage.ended()
        alt_texts = {
            image.alt: (image.width or 0) / (image.height or 1)
            for message in stage.ada.read()
            for image in message.images
        }

    assert {row["state"] for row in rows} == {"delivered"}
    assert len(stage.flux.charges) == len(wanted) > 50
    # Sides of small pictures are rounded, and a contract may have only a shape near to the pixels.
    assert alt_texts == pytest.approx(
        {f"Image: {prompt}": ratio for prompt, ratio in wanted.items()}, rel=0.13
    )


@pytest.mark.parametrize(
    ("contract", "model"),
    [
        (contract, model.id)
        for contract in Contract
        for model in MODELS.values()
        if contract not in model.contracts
    ],
)
async def test_a_model_that_the_endpoint_does_not_have_is_told_in_a_sentence(
    tmp_path: Path, contract: Contract, model: str
) -> None:
    async with (
        open_stage(tmp_path, era=contract.value) as stage,
        stage.bot_running(),
    ):
        stage.ada.use("imagine", prompt="a lighthouse", model=model)
        card = await stage.ada.wait_for(says("does not currently offer"))
        [row] = await stage.ended()

    assert model in card.text.replace("\\", "")
    assert "nothing was charged." in card.text
    assert (row["state"], row["error_code"]) == ("refused", "model_not_offered")
    assert not any(map(has_picture, stage.ada.read()))
