"""/style: words that people and servers use again by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Upload
from storage.styles import MAX_STYLES
from tests.end_to_end.stage import has_picture
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from sandbox.discord import Person, SeenMessage
    from tests.end_to_end.stage import Stage

WATERCOLOUR = {"name": "Watercolour", "before": "a watercolour of", "after": "soft light"}


async def said(person: Person, command: str, **options: Any) -> SeenMessage:  # noqa: ANN401
    use = await person.use(command, **options).answered()
    assert use.message is not None
    assert use.message.private
    return use.message


async def asked_in_style(person: Person, style: str, **options: Any) -> str:  # noqa: ANN401
    """Return what Flux was asked for."""
    use = person.use("imagine", prompt="a lighthouse", style=style, **options)
    await use.gone()
    return (await person.wait_for(has_picture)).text


async def test_a_saved_style_is_put_around_the_prompt(stage: Stage) -> None:
    saved = await said(stage.ada, "style save", **WATERCOLOUR, size="16:9", model="flux-pro")
    assert "Style **Watercolour** saved" in saved.text
    assert r"a watercolour of \[prompt\] soft light · flux\-pro · Landscape 16\:9" in saved.text

    await asked_in_style(stage.ada, "watercolour")
    [row] = await stage.ended()
    assert row["prompt"] == "a watercolour of a lighthouse, soft light"
    assert (row["model"], row["size"]) == ("flux-pro", "16:9")
    assert stage.flux.requests[0].payload["prompt"] == row["prompt"]


async def test_what_one_chooses_goes_before_the_style(stage: Stage) -> None:
    await said(stage.ada, "style save", **WATERCOLOUR, size="16:9", model="flux-pro")
    await asked_in_style(stage.ada, "Watercolour", model="flux-dev", size="2:3")
    [row] = await stage.ended()
    assert (row["model"], row["size"]) == ("flux-dev", "2:3")


async def test_an_edit_takes_the_words_and_no_model_that_does_not_edit(stage: Stage) -> None:
    await said(stage.ada, "style save", **WATERCOLOUR, size="1344x768", model="flux-dev")
    photo = Upload("photo.png", picture_bytes(HILL))
    stage.ada.use("edit", image=photo, prompt="make it night", style="Watercolour")
    await stage.ada.wait_for(has_picture)
    [row] = await stage.ended()
    assert row["prompt"] == "a watercolour of make it night, soft light"
    assert (row["model"], row["size"]) == ("flux-kontext-pro", "3:2")


async def test_styles_are_suggested_in_words(stage: Stage) -> None:
    await said(stage.ada, "style save", **WATERCOLOUR)
    await said(stage.ada, "style save", name="Film", after="film grain")

    for command in ("imagine", "edit"):
        choices = await stage.ada.suggest(command, "style", "")
        assert [(choice.name, choice.value) for choice in choices] == [
            ("Film: [prompt] film grain", "Film"),
            ("Watercolour: a watercolour of [prompt] soft light", "Watercolour"),
        ]
    [found] = await stage.ada.suggest("imagine", "style", "GRAIN")
    assert found.value == "Film"


async def test_a_person_s_styles_are_their_own(stage: Stage) -> None:
    await said(stage.ada, "style save", **WATERCOLOUR)
    bob = stage.discord.person("Bob")
    assert await bob.suggest("imagine", "style", "") == []
    assert "no styles here yet" in (await said(bob, "style list")).text
    refused = await said(bob, "imagine", prompt="a lighthouse", style="Watercolour")
    assert "There is no style called Watercolour here." in refused.text
    assert "a lighthouse" in refused.text
    assert stage.rows() == []


async def test_a_server_s_styles_are_everybody_s_there_and_nowhere_else(stage: Stage) -> None:
    owner = stage.discord.person("Grace")
    await said(owner, "style save", **WATERCOLOUR, server=True)
    await said(stage.ada, "style save", name="watercolour", before="ada's own watercolour of")

    [choice] = await stage.discord.person("Bob").suggest("imagine", "style", "")
    assert choice.name == "Watercolour (server): a watercolour of [prompt] soft light"
    await asked_in_style(stage.ada, "Watercolour")
    [row] = await stage.ended()
    assert row["prompt"] == "ada's own watercolour of a lighthouse"
    elsewhere = await said(stage.discord.person("Bob"), "style list", channel=stage.ada.dm)
    assert "no styles here yet" in elsewhere.text


async def test_only_who_manages_the_server_changes_its_styles(stage: Stage) -> None:
    for command, options in (("save", WATERCOLOUR), ("delete", {"name": "Watercolour"})):
        refused = await said(stage.ada, f"style {command}", **options, server=True)
        assert "You need the Manage Server permission" in refused.text
    assert stage.rows("styles") == []


async def test_in_a_direct_message_there_is_no_server_to_have_styles(stage: Stage) -> None:
    options: dict[str, Any] = {**WATERCOLOUR, "server": True, "channel": stage.ada.dm}
    assert "This is not a server" in (await said(stage.ada, "style save", **options)).text


async def test_a_name_taken_before_is_saved_anew_and_can_be_deleted(stage: Stage) -> None:
    await said(stage.ada, "style save", **WATERCOLOUR)
    again = await said(stage.ada, "style save", name="WATERCOLOUR", after="**bold** @everyone")
    assert "replaced" in again.text
    listed = await said(stage.ada, "style list")
    assert listed.text.startswith("### Your styles\n")
    assert r"**WATERCOLOUR**: \[prompt\] \*\*bold\*\* \@everyone" in listed.text
    assert "soft light" not in listed.text

    [choice] = await stage.ada.suggest("style delete", "name", "water")
    deleted = await said(stage.ada, "style delete", name=choice.value)
    assert "deleted" in deleted.text
    gone = await said(stage.ada, "style delete", name="Watercolour")
    assert "There is no style called Watercolour" in gone.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "nothing"}, "A style needs a name and at least one setting"),
        ({"name": " ", "before": "x"}, "A style needs a name and at least one setting"),
        ({"name": "x", "model": "flux-9"}, "There is no model called flux\\-9"),
        ({"name": "x", "size": "huge"}, "huge is not a valid size"),
        (
            {"name": "x", "size": "1344x768", "model": "flux-kontext-pro"},
            "does not support the size",
        ),
    ],
)
async def test_what_is_no_style_is_not_saved(
    stage: Stage, options: dict[str, Any], words: str
) -> None:
    assert words in (await said(stage.ada, "style save", **options)).text
    assert stage.rows("styles") == []


async def test_one_person_has_so_many_styles_and_a_list_of_all_fits(stage: Stage) -> None:
    for number in range(MAX_STYLES):
        name, words = f"{number:02}" + "*" * 30, "*" * 500
        await said(stage.ada, "style save", name=name, before=words, after=words)
        await said(
            stage.discord.person("Grace"), "style save", name=name, before=words, server=True
        )

    full = await said(stage.ada, "style save", name="one more", before="x")
    assert "The maximum of 25 styles is reached" in full.text
    listed = await said(stage.ada, "style list")
    assert len(listed.text) <= 4_000
    assert "Server styles" in listed.text
    assert len(await stage.ada.suggest("imagine", "style", "")) == MAX_STYLES


async def test_words_that_make_a_prompt_too_long_are_refused_before_they_cost(
    stage: Stage,
) -> None:
    await said(stage.ada, "style save", **WATERCOLOUR)
    refused = await said(stage.ada, "imagine", prompt="x" * 1_999, style="Watercolour")
    assert "the limit is 2,000" in refused.text
    empty = await said(stage.ada, "imagine", prompt=" ", style="Watercolour")
    assert "The prompt is empty" in empty.text
    assert stage.flux.requests == []


async def test_styles_work_where_the_bot_is_no_member(stage: Stage) -> None:
    guild = stage.discord.add_guild("Elsewhere", bot_is_member=False)
    channel = stage.discord.add_channel("garden", guild)
    await said(stage.ada, "style save", **WATERCOLOUR)
    stage.ada.use("imagine", prompt="a lighthouse", style="Watercolour", channel=channel)
    await stage.ada.wait_for(has_picture, channel=channel)
    [row] = await stage.ended()
    assert row["prompt"] == "a watercolour of a lighthouse, soft light"
