"""What a style makes of a request."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import UserError
from domain.models import Problem
from jobs.requests import Draft, Source
from jobs.styles import apply_style, check_style
from storage.styles import Style, StyleOwner
from tests.factories import NOON

PHOTO = Source(url="https://cdn.test/photo.png", bytes=1, width=3, height=2)


def make_style(**changes: Any) -> Style:  # noqa: ANN401  # replace() checks the names
    style = Style(owner=StyleOwner.USER, owner_id=5001, name="Film", saved_by=5001, saved_at=NOON)
    return replace(style, **changes)


def styled(style: Style, **draft: Any) -> Draft:  # noqa: ANN401  # Draft checks the names
    asked = Draft(**{"command": "imagine", "prompt": "a lake", **draft})
    return apply_style(style, asked, default_model="flux-dev")


@pytest.mark.parametrize(
    ("before", "after", "prompt"),
    [
        ("", "", "a lake"),
        ("a photo of", "", "a photo of a lake"),
        ("", "film grain", "a lake, film grain"),
        ("a photo of", "film grain", "a photo of a lake, film grain"),
        ("", "(film grain)", "a lake (film grain)"),
        ("", ". Grainy.", "a lake . Grainy."),
    ],
)
def test_words_go_around_the_prompt(before: str, after: str, prompt: str) -> None:
    assert styled(make_style(before=before, after=after)).prompt == prompt


def test_an_empty_prompt_stays_empty() -> None:
    assert styled(make_style(before="a photo of"), prompt=" ").prompt == " "


@pytest.mark.parametrize(
    ("style", "draft", "model", "size"),
    [
        ({"model": "flux-pro", "size": "16:9"}, {}, "flux-pro", "16:9"),
        ({"model": "flux-pro", "size": "16:9"}, {"model": "flux-dev"}, "flux-dev", "16:9"),
        ({"model": "flux-pro", "size": "16:9"}, {"size": "1:1"}, "flux-pro", "1:1"),
        # Pixels are taken by some models only, the default among them.
        ({"size": "1344x768"}, {}, None, "1344x768"),
        ({"size": "1344x768"}, {"model": "flux-kontext-pro"}, "flux-kontext-pro", None),
        ({"model": "flux-pro"}, {"source": PHOTO}, None, None),
        ({"model": "flux-kontext-max"}, {"source": PHOTO}, "flux-kontext-max", None),
        # What was typed wrong is refused by its own name, not by the style's.
        ({"size": "16:9"}, {"model": "flux-9"}, "flux-9", None),
        # A model of the style that is no longer known.
        ({"model": "flux-0"}, {}, None, None),
    ],
)
def test_model_and_size_are_the_style_s_where_they_fit(
    style: dict[str, Any], draft: dict[str, Any], model: str | None, size: str | None
) -> None:
    result = styled(make_style(**style), **draft)
    assert (result.model, result.size) == (model, size)


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        ({"model": "flux-9"}, Problem.MODEL_UNKNOWN),
        ({"size": "huge"}, Problem.SIZE_UNKNOWN),
        ({"model": "flux-kontext-pro", "size": "1344x768"}, Problem.SIZE_NOT_FOR_MODEL),
    ],
)
def test_what_cannot_be_asked_for_is_not_saved(style: dict[str, Any], problem: Problem) -> None:
    with pytest.raises(UserError) as refused:
        check_style(make_style(**style))
    assert refused.value.reason is problem


@pytest.mark.parametrize("size", [None, "16:9", "1344x768"])
def test_what_can_be_asked_for_is_saved(size: str | None) -> None:
    check_style(make_style(model="flux-dev", size=size))
    check_style(make_style(size=size))
