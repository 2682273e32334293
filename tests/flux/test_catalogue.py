"""Which models there are and which sizes each takes."""

import pytest

from flux.catalogue import MODELS, RATIOS
from flux.protocol import nearest_ratio


def test_every_model_is_found_by_its_id() -> None:
    assert all(key == model.id for key, model in MODELS.items())


@pytest.mark.parametrize(
    ("model", "microcredits"), [("flux-dev", 216_000), ("flux-kontext-pro", 423_000)]
)
def test_estimates_are_the_prices_seen(model: str, microcredits: int) -> None:
    assert MODELS[model].estimated_microcredits == microcredits


def test_every_model_has_a_price_and_a_time() -> None:
    assert all(model.estimated_microcredits > 0 for model in MODELS.values())
    assert all(model.usual_seconds > 0 for model in MODELS.values())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "ratio", ["1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4", "21:9", "9:21"]
)
def test_every_model_takes_the_ratios_of_today(model: str, ratio: str) -> None:
    assert MODELS[model].takes_size(ratio)


@pytest.mark.parametrize(
    "size",
    [
        "4:5", "5:4", "2:1", "1:2", "10:10", "1:1 ", " 1:1", "16/9", "16x9", "", "auto",
        "\uff11:\uff11",
    ],
)  # fmt: skip
def test_no_model_takes_another_ratio(size: str) -> None:
    assert [model.id for model in MODELS.values() if model.takes_size(size)] == []


@pytest.mark.parametrize(
    "size",
    [
        "1024x1024", "256x256", "1440x1440", "256x1440", "1440x256", "288x1408",
        "1024x1792", "1792x1024",
    ],
)  # fmt: skip
def test_pixel_sizes_that_only_pixel_models_take(size: str) -> None:
    for model in MODELS.values():
        assert model.takes_size(size) == model.takes_pixels


@pytest.mark.parametrize(
    "size",
    [
        pytest.param("224x1024", id="a step below the least"),
        pytest.param("1024x1472", id="a step above the most"),
        pytest.param("1792x1792", id="two sides of the fixed sizes"),
        pytest.param("1056x1792", id="beside a fixed size"),
        pytest.param("1024x33", id="far too small"),
        pytest.param("1024x1023", id="off the step"),
        pytest.param("1000x1000", id="off the step on both sides"),
        pytest.param("1400x900", id="the size n8n refuses"),
        pytest.param("1024X1024", id="a capital X"),
        pytest.param("1024\u00d71024", id="a times sign"),
        pytest.param("1024*1024", id="an asterisk"),
        pytest.param("\uff11\uff10\uff12\uff14x\uff11\uff10\uff12\uff14", id="fullwidth digits"),
        pytest.param("\u0661\u0660\u0662\u0664x\u0661\u0660\u0662\u0664", id="arabic digits"),
        pytest.param("01024x1024", id="a leading zero"),
        pytest.param("0512x0512", id="leading zeros in four digits"),
        pytest.param("-1024x1024", id="negative"),
        pytest.param("1024 x 1024", id="spaces"),
        pytest.param("1024x1024\n", id="a line end"),
        pytest.param("1024x1024x1024", id="three sides"),
        pytest.param("1024x", id="one side"),
        pytest.param("99999999x1024", id="huge"),
    ],
)
def test_pixel_sizes_that_no_model_takes(size: str) -> None:
    assert [model.id for model in MODELS.values() if model.takes_size(size)] == []


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("scale", [1, 64, 401])
def test_a_picture_of_a_ratio_is_nearest_to_it(ratio: str, scale: int) -> None:
    across, down = map(int, ratio.split(":"))

    assert nearest_ratio(across * scale, down * scale) == ratio


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [
        pytest.param(1000, 1010, "1:1", id="nearly square"),
        pytest.param(1920, 1088, "16:9", id="padded HD"),
        pytest.param(1170, 2532, "9:21", id="a phone's screen"),
        pytest.param(1080, 1920, "9:16", id="a phone's video"),
        pytest.param(4032, 3024, "4:3", id="a phone's photo"),
        pytest.param(6000, 4000, "3:2", id="a camera's photo"),
        pytest.param(896, 1120, "3:4", id="4:5, which is no longer taken"),
        pytest.param(1120, 896, "4:3", id="5:4, which is no longer taken"),
        pytest.param(2000, 1000, "16:9", id="2:1"),
        pytest.param(10_000, 1, "21:9", id="a line across"),
        pytest.param(1, 10_000, "9:21", id="a line down"),
        pytest.param(1, 1, "1:1", id="a dot"),
    ],
)
def test_shapes_between_the_ratios(width: int, height: int, ratio: str) -> None:
    assert nearest_ratio(width, height) == ratio


@pytest.mark.parametrize("down", range(100, 3000, 77))
def test_turning_a_picture_turns_its_ratio(down: int) -> None:
    across, high = nearest_ratio(1000, down).split(":")

    assert nearest_ratio(down, 1000) == f"{high}:{across}"
