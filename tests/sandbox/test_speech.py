from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Upload
from sandbox.speech import Press, Reply, Restart, SpeechError, Spoken, fill_in, understand

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: list[dict[str, Any]] = [
    {
        "name": "imagine",
        "options": [
            {"name": "prompt", "type": 3},
            {"name": "size", "type": 3},
            {"name": "count", "type": 4},
            {"name": "spoiler", "type": 5},
        ],
    },
    {"name": "edit", "options": [{"name": "image", "type": 11}, {"name": "prompt", "type": 3}]},
    {"name": "ping"},
    {
        "name": "style",
        "options": [
            {"name": "save", "type": 1, "options": [{"name": "name", "type": 3}]},
            {"name": "list", "type": 1},
        ],
    },
    {"name": "Look", "type": 3},
]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ('/imagine prompt:"a white cat" count:2', {"prompt": "a white cat", "count": 2}),
        ("/imagine prompt:a white cat size:16:9", {"prompt": "a white cat", "size": "16:9"}),
        ("/imagine size:16:9 prompt:a cat", {"prompt": "a cat", "size": "16:9"}),
        (r'/imagine prompt:"she said \"hi\" \\ bye"', {"prompt": r'she said "hi" \ bye'}),
        ("/imagine prompt:note: it rains", {"prompt": "note: it rains"}),
        ('/imagine prompt:""', {"prompt": ""}),
        ("/imagine prompt:x spoiler:yes", {"prompt": "x", "spoiler": True}),
        ("/imagine prompt:x spoiler:False", {"prompt": "x", "spoiler": False}),
        ('/imagine prompt:"count:3 sheep"', {"prompt": "count:3 sheep"}),
        ("/ping", {}),
    ],
)
def test_a_line_is_taken_apart_as_it_was_meant(line: str, options: dict[str, Any]) -> None:
    spoken = understand(line, COMMANDS)

    assert isinstance(spoken, Spoken)
    assert spoken.options == options
    assert f"/{spoken.command}" == line.split(maxsplit=1)[0]


def test_a_file_is_read_for_an_attachment(tmp_path: Path) -> None:
    photo = tmp_path / "my photo.png"
    photo.write_bytes(b"bytes")

    spoken = understand(f"/edit image:@{photo} prompt:make it night", COMMANDS)
    assert isinstance(spoken, Spoken)
    assert spoken.options == {
        "image": Upload("my photo.png", b"bytes"),
        "prompt": "make it night",
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('reply "make it night"', "make it night"),
        ("reply 2: make it night", "2: make it night"),
        (r'reply "say \"hi\""', 'say "hi"'),
    ],
)
def test_a_reply_is_its_words(line: str, words: str) -> None:
    assert understand(line, COMMANDS) == Reply(words)


@pytest.mark.parametrize(
    ("line", "press"),
    [
        ("click Regenerate", Press("click", "Regenerate", "")),
        ("click Try again", Press("click", "Try again", "")),
        ('click "Try again"', Press("click", "Try again", "")),
        ('pick "Image 2"', Press("pick", "Image 2", "")),
        ("click Regenerate on the oldest", Press("click", "Regenerate", "", oldest=True)),
        (
            'menu "Edit image" prompt:"x" on the oldest',
            Press("menu", "Edit image", ' prompt:"x"', oldest=True),
        ),
        ('menu "Edit image" prompt:"x"', Press("menu", "Edit image", ' prompt:"x"')),
        (
            "click Edit prompt prompt:a cat count:2",
            Press("click", "Edit prompt", " prompt:a cat count:2"),
        ),
        (r'click "say \"hi\""', Press("click", 'say "hi"', "")),
    ],
)
def test_a_press_is_its_label_and_what_fills_a_form(line: str, press: Press) -> None:
    assert understand(line, COMMANDS) == press


def test_the_bot_is_restarted_by_a_word_of_its_own() -> None:
    assert understand(" restart ", COMMANDS) == Restart()


def test_a_form_is_filled_in_by_the_names_of_its_fields() -> None:
    assert fill_in(" prompt:a cat count:2", ["prompt", "count"]) == {
        "prompt": "a cat",
        "count": "2",
    }
    with pytest.raises(SpeechError, match="Write each option with its name: prompt:"):
        fill_in(" colour:red", ["prompt"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "Begin with one of /edit, /imagine, /ping"),
        ("/paint prompt:x", "Begin with one of"),
        ("/imagine a cat", "Write each option with its name: prompt:"),
        ("/imagine colour:red", "Write each option with its name: prompt:"),
        ("/imagine prompt:x prompt:y", "prompt: is there twice"),
        ("/imagine prompt:x count:two", "two is not a whole number"),
        ("/imagine prompt:x spoiler:perhaps", "say true or false"),
        ("/edit image:photo.png prompt:x", "name a file with @"),
        ("/edit image:@missing.png prompt:x", "missing.png cannot be read"),
        ("reply", "Say what should change"),
        ("click", "Say what to click, such as: click Regenerate"),
        ('menu ""', "Say what to choose from the menu"),
        ('reply ""', "Say what should change"),
        ("/ping now", "Write each option with its name"),
    ],
)
def test_a_line_that_makes_no_sense_is_met_with_advice(line: str, words: str) -> None:
    with pytest.raises(SpeechError) as caught:
        understand(line, COMMANDS)

    assert words in str(caught.value)


def test_a_subcommand_is_part_of_its_command() -> None:
    assert understand("/style list", COMMANDS) == Spoken("style list", {})
    saved = understand("/style save name:Film grain", COMMANDS)
    assert saved == Spoken("style save", {"name": "Film grain"})


@pytest.mark.parametrize("line", ["/style", "/style name:Film", "/style paint"])
def test_a_command_with_subcommands_asks_for_one(line: str) -> None:
    with pytest.raises(SpeechError, match="Say which one: /style save, /style list"):
        understand(line, COMMANDS)
