"""What a request is made with where nothing was named: whose choice goes before whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.request_service import Defaults
from jobs.requests import DefaultModels, Draft, Source
from storage.database import Database
from storage.preferences import ChoiceRepository, UserChoices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ADA, HARBOUR = 5001, 4001
USUAL = DefaultModels(generate="flux-dev", edit="flux-kontext-pro")
SOURCE = Source(url=None, bytes=5_000, width=1600, height=900)


@pytest.fixture
async def choices(tmp_path: Path) -> AsyncIterator[ChoiceRepository]:
    async with Database(tmp_path / "fluxcord.db") as database:
        yield ChoiceRepository(database)


@pytest.fixture
def defaults(choices: ChoiceRepository) -> Defaults:
    return Defaults(usual=USUAL, choices=choices)


def imagine(**typed: Any) -> Draft:  # noqa: ANN401  # Draft checks the names
    return Draft(**{"command": "imagine", "prompt": "a lake", **typed})


def fill(defaults: Defaults, draft: Draft, guild_id: int | None = HARBOUR) -> Draft:
    return defaults.fill(draft, ADA, guild_id)


async def test_the_operator_decides_where_nobody_chose(defaults: Defaults) -> None:
    assert defaults.models(ADA, HARBOUR) == defaults.models(ADA, None) == USUAL
    filled = fill(defaults, imagine())
    assert filled == imagine(count=1, spoiler=False, private=False)


async def test_a_person_goes_before_their_server_and_it_before_the_operator(
    defaults: Defaults, choices: ChoiceRepository
) -> None:
    await choices.guilds.change(
        HARBOUR, default_model="flux-pro", default_edit_model="flux-kontext-max"
    )
    server_s = DefaultModels(generate="flux-pro", edit="flux-kontext-max")
    assert defaults.models(ADA, HARBOUR) == server_s
    assert defaults.models(ADA, None) == USUAL

    await choices.users.change(ADA, default_model="flux-2-pro")
    own = DefaultModels(generate="flux-2-pro", edit="flux-kontext-max")
    assert defaults.models(ADA, HARBOUR) == own
    assert defaults.models(5002, HARBOUR) == server_s
    assert defaults.models(None, HARBOUR) == server_s
    assert defaults.models(ADA, None).generate == "flux-2-pro"


@pytest.mark.parametrize(
    "kept", [{"default_model": "flux-gone"}, {"default_edit_model": "flux-dev"}]
)
async def test_a_model_that_is_gone_or_does_not_edit_is_passed_over(
    defaults: Defaults, choices: ChoiceRepository, kept: dict[str, str]
) -> None:
    await choices.guilds.change(
        HARBOUR, default_model="flux-pro", default_edit_model="flux-kontext-max"
    )
    await choices.users.change(ADA, **kept)

    models = defaults.models(ADA, HARBOUR)
    assert models == DefaultModels(generate="flux-pro", edit="flux-kontext-max")


async def test_what_was_named_is_left_as_it_is(
    defaults: Defaults, choices: ChoiceRepository
) -> None:
    await choices.guilds.change(HARBOUR, default_size="16:9", default_count=4, spoiler=True)
    await choices.users.change(ADA, default_size="9:16", private=True)
    named = imagine(model="flux-pro", size="1:1", count=1, spoiler=False, private=False)

    assert fill(defaults, named) == named


async def test_a_server_chooses_number_and_spoilers_and_a_person_privacy(
    defaults: Defaults, choices: ChoiceRepository
) -> None:
    await choices.guilds.change(HARBOUR, default_count=4, spoiler=True)
    await choices.users.change(ADA, private=True)

    assert fill(defaults, imagine()) == imagine(count=4, spoiler=True, private=True)
    assert fill(defaults, imagine(), None) == imagine(count=1, spoiler=False, private=True)


@pytest.mark.parametrize(
    ("own", "server_s", "model", "size"),
    [
        ("1344x768", "16:9", None, "1344x768"),
        ("1344x768", "16:9", "flux-2-pro", "16:9"),
        ("1344x768", "1440x1440", "flux-2-pro", None),
        ("1344x768", "16:9", "flux-unheard-of", None),
        (None, "16:9", "flux-2-pro", "16:9"),
        ("nonsense", None, None, None),
    ],
)
async def test_the_first_size_that_the_model_takes_is_taken(
    defaults: Defaults,
    choices: ChoiceRepository,
    own: str | None,
    server_s: str | None,
    model: str | None,
    size: str | None,
) -> None:
    await choices.users.change(ADA, default_size=own)
    await choices.guilds.change(HARBOUR, default_size=server_s)

    assert fill(defaults, imagine(model=model)).size == size


async def test_the_size_is_held_against_the_model_that_is_taken(
    defaults: Defaults, choices: ChoiceRepository
) -> None:
    await choices.users.change(ADA, default_size="1344x768")
    assert fill(defaults, imagine()).size == "1344x768"
    await choices.guilds.change(HARBOUR, default_model="flux-2-pro")

    assert fill(defaults, imagine()).size is None


async def test_an_edit_keeps_the_shape_of_its_picture(
    defaults: Defaults, choices: ChoiceRepository
) -> None:
    await choices.users.change(ADA, default_size="9:16")

    assert fill(defaults, imagine(source=SOURCE)).size is None


@pytest.mark.parametrize("written", ["0", "5", "999999999999999999999"])
async def test_a_number_that_cannot_be_asked_for_is_passed_over(
    defaults: Defaults, choices: ChoiceRepository, written: str
) -> None:
    await choices.guilds.change(HARBOUR, default_count=int(written))

    assert fill(defaults, imagine()).count == 1
    assert choices.users.of(ADA) == UserChoices()
