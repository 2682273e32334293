import pytest

from flux.catalogue import MODELS, RATIOS
from tests.ui.drawn import ENGLISH
from ui.autocomplete import (
    MAX_SUGGESTIONS,
    MAX_VALUE_CHARACTERS,
    size_from_words,
    size_in_words,
    suggest_counts,
    suggest_models,
    suggest_sizes,
)
from ui.i18n import words_for

CHINESE = words_for("zh-CN")

EDITING = {model.id for model in MODELS.values() if model.edits}
TAKES_PIXELS = {model.id for model in MODELS.values() if model.takes_pixels}


def test_counts_are_suggested_with_what_they_cost() -> None:
    choices = suggest_counts("", ENGLISH, most=2, model_id="flux-dev")
    assert [(choice.name, choice.value) for choice in choices] == [
        ("1 image (about 0.22 credits)", 1),
        ("2 images (about 0.43 credits)", 2),
    ]
    [choice] = suggest_counts("2", CHINESE, most=4, model_id="flux-dev")
    assert choice.value == 2
    assert choice.name.startswith("2 张图片")
    [choice] = suggest_counts("1", ENGLISH, most=4, model_id="none of ours")
    assert choice.name == "1 image"
    assert suggest_counts("4", ENGLISH, most=2, model_id="flux-dev") == []


@pytest.mark.parametrize(
    ("editing", "default", "offered"),
    [(False, "flux-dev", set(MODELS)), (True, "flux-kontext-pro", EDITING)],
)
def test_suggest_models_offers_what_can_do_it_the_default_first(
    editing: bool,  # noqa: FBT001
    default: str,
    offered: set[str],
) -> None:
    choices = suggest_models("", ENGLISH, editing=editing, default=default, gone=())
    assert {choice.value for choice in choices} == offered
    assert choices[0].value == default
    assert ["default" in choice.name for choice in choices] == [True] + [False] * (len(choices) - 1)


@pytest.mark.parametrize("typed", ["", "flux", "e", "16:9", "1024x1024", " \t", "no such thing"])
@pytest.mark.parametrize("model", [*MODELS, "no-such-model"])
def test_suggestions_keep_to_the_limits_of_discord(typed: str, model: str) -> None:
    for choices in (
        suggest_models(typed, ENGLISH, editing=False, default=model, gone=()),
        suggest_models(typed, ENGLISH, editing=True, default=model, gone=()),
        suggest_sizes(typed, ENGLISH, model_id=model),
    ):
        assert len(choices) <= MAX_SUGGESTIONS == 25
        for choice in choices:
            assert 1 <= len(choice.name) <= MAX_VALUE_CHARACTERS == 100
            assert 1 <= len(choice.value) <= MAX_VALUE_CHARACTERS


def test_suggest_models_says_all_of_what_each_is_good_for() -> None:
    for choice in suggest_models("", ENGLISH, editing=False, default="flux-kontext-max", gone=()):
        assert choice.name.startswith(f"{choice.value}: ")
        assert choice.name.endswith(" s)")


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("ultra", ["flux-pro-1.1-ultra"]),
        ("  ULTRA ", ["flux-pro-1.1-ultra"]),
        ("kontext", ["flux-kontext-pro", "flux-kontext-max"]),
        ("default", ["flux-dev"]),
        ("nothing like it", []),
    ],
)
def test_suggest_models_filters_by_what_was_typed(typed: str, values: list[str]) -> None:
    choices = suggest_models(typed, ENGLISH, editing=False, default="flux-dev", gone=())
    assert [choice.value for choice in choices] == values


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("", list(RATIOS)),
        ("16:9", ["16:9"]),
        ("square", ["1:1"]),
        ("PORT", ["9:16", "2:3", "3:4", "9:21"]),
        ("landscape 4", ["4:3"]),
        ("huge", []),
    ],
)
@pytest.mark.parametrize("model", ["flux-dev", "flux-2-pro", "no-such-model"])
def test_suggest_sizes_filters_by_what_was_typed(typed: str, values: list[str], model: str) -> None:
    assert [choice.value for choice in suggest_sizes(typed, ENGLISH, model_id=model)] == values


@pytest.mark.parametrize("model", [*MODELS, "no-such-model"])
def test_suggest_sizes_offers_pixels_as_typed_only_where_the_model_takes_them(model: str) -> None:
    values = [choice.value for choice in suggest_sizes(" 1344x768 ", ENGLISH, model_id=model)]
    assert values == (["1344x768"] if model in TAKES_PIXELS else [])


@pytest.mark.parametrize("typed", ["1344x769", "128x128", "2048x2048", "1344x", "x", "0x0"])
def test_suggest_sizes_offers_no_pixels_that_the_model_would_refuse(typed: str) -> None:
    assert typed not in [
        choice.value for choice in suggest_sizes(typed, ENGLISH, model_id="flux-dev")
    ]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("1:1", "Square 1:1"),
        ("16:9", "Landscape 16:9"),
        ("21:9", "Landscape 21:9"),
        ("2:3", "Portrait 2:3"),
        ("1344x768", "1344 × 768 pixels"),  # the sign people read
    ],
)
def test_size_in_words_is_what_people_say(size: str, words: str) -> None:
    assert size_in_words(size, ENGLISH) == words


@pytest.mark.parametrize("ratio", RATIOS)
def test_size_from_words_knows_a_suggestion_that_was_typed_out(ratio: str) -> None:
    words = size_in_words(ratio, ENGLISH)
    for typed in (words, words.upper(), f"  {words.lower()} ", ratio):
        assert size_from_words(typed) == ratio


@pytest.mark.parametrize(
    ("typed", "size"),
    [(None, None), ("", None), ("  ", None), (" 1344x768 ", "1344x768"), (" wide ", "wide")],
)
def test_size_from_words_leaves_the_rest_as_typed(typed: str | None, size: str | None) -> None:
    assert size_from_words(typed) == size


def test_suggest_models_leaves_out_what_the_endpoint_does_not_offer() -> None:
    choices = suggest_models(
        "", ENGLISH, editing=True, default="flux-kontext-pro", gone={"flux-kontext-max"}
    )
    values = {choice.value for choice in choices}
    assert "flux-kontext-pro" in values
    assert "flux-kontext-max" not in values
