"""A line as a person types it, taken apart: a command, a reply, a click, a choice in a menu."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sandbox.discord.slash import Option

SLASH: Final = 1
"""The type of commands that are typed; others are in menus."""

_NAME: Final = re.compile(r"\s*([\w-]+):")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LABEL: Final = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|(.*?))(?=\s+[\w-]+:|\s*$)')
_OLDEST: Final = " on the oldest"
_TRUE: Final = frozenset({"true", "yes", "on"})
_FALSE: Final = frozenset({"false", "no", "off"})


PRESSES: Final = {
    "click": "click, such as: click Regenerate",
    "pick": 'pick, such as: pick "a lighthouse"',
    "menu": 'choose from the menu, such as: menu "Edit image" prompt:"make it night"',
}
"""What is done to the newest message that offers it, and how it is said."""

RESTART: Final = "restart"
"""Kills the bot and starts it again."""


class SpeechError(Exception):
    """The line cannot be understood; the text says what to write instead."""


@dataclass(frozen=True)
class Spoken:
    """A slash command with the values of its options."""

    command: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """Words in reply to the newest picture; the ping is on."""

    words: str


@dataclass(frozen=True)
class Press:
    """A button, an option of a select, or a message's menu, and what fills the form it opens.

    Attributes:
        oldest: whether it is that of the oldest message that offers it.
    """

    way: str
    label: str
    fields: str
    oldest: bool = False


@dataclass(frozen=True)
class Restart:
    """The bot is to be killed and started again."""


def understand(line: str, commands: Sequence[dict[str, Any]]) -> Spoken | Reply | Press | Restart:
    """Take a line apart by the commands that the bot has registered.

    Raises:
        SpeechError: there is no such command or option, or a value does not fit.
    """
    word, _, rest = line.strip().partition(" ")
    if word == "reply":
        return Reply(_reply_words(rest))
    if word in PRESSES:
        return _press(word, rest)
    if line.strip() == RESTART:
        return Restart()
    typed = [command for command in commands if command.get("type", SLASH) == SLASH]
    known = {f"/{command['name']}": command for command in typed}
    if word not in known:
        ways = ", ".join(["reply", *PRESSES, RESTART])
        raise SpeechError(f"Begin with one of {', '.join(sorted(known))}, {ways}.")
    path, options, rest = _steps(word.removeprefix("/"), known[word].get("options", ()), rest)
    texts = _split(rest, list(options))
    return Spoken(
        command=path,
        options={name: _value(options[name], text) for name, text in texts.items()},
    )


def _steps(
    path: str, offered: Iterable[dict[str, Any]], rest: str
) -> tuple[str, dict[str, dict[str, Any]], str]:
    """Follow the subcommands of a line; return the whole command, its options and the rest."""
    options = {option["name"]: option for option in offered}
    while any(option["type"] in _STEPS for option in options.values()):
        step, _, rest = rest.strip().partition(" ")
        if step not in options:
            ways = ", ".join(f"/{path} {name}" for name in options)
            raise SpeechError(f"Say which one: {ways}.")
        path = f"{path} {step}"
        options = {option["name"]: option for option in options[step].get("options", ())}
    return path, options, rest


def fill_in(fields: str, names: list[str]) -> dict[str, str]:
    """Return what a line says of the fields of the form that it opened.

    Raises:
        SpeechError: there is no such field, or one is there twice.
    """
    return _split(fields, names)


def _press(way: str, rest: str) -> Press:
    oldest = rest.strip().endswith(_OLDEST)
    rest = rest.strip().removesuffix(_OLDEST)
    match = _LABEL.match(rest.strip())
    label = re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2]) if match else ""
    if match is None or not label:
        raise SpeechError(f"Say what to {PRESSES[way]}")
    return Press(way, label, rest.strip()[match.end() :], oldest)


def _reply_words(rest: str) -> str:
    quoted = _QUOTED.fullmatch(rest.strip())
    words = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else rest.strip()
    if not words:
        raise SpeechError('Say what should change, such as: reply "make it night"')
    return words


def _split(rest: str, names: list[str]) -> dict[str, str]:
    offered = ", ".join(f"{name}:" for name in names)
    next_option = re.compile(rf"\s+(?:{'|'.join(map(re.escape, names))}):|\s*$")
    texts: dict[str, str] = {}
    position = 0
    while rest[position:].strip():
        match = _NAME.match(rest, position)
        if match is None or match[1] not in names:
            raise SpeechError(f"Write each option with its name: {offered}")
        if match[1] in texts:
            raise SpeechError(f"{match[1]}: is there twice.")
        quoted = _QUOTED.match(rest, match.end())
        if quoted:
            texts[match[1]] = re.sub(r"\\(.)", r"\1", quoted[1])
            position = quoted.end()
        else:
            end = next_option.search(rest, match.end())
            position = end.start() if end else len(rest)
            texts[match[1]] = rest[match.end() : position].strip()
    return texts


def _value(option: dict[str, Any], text: str) -> Option:
    parse = _PARSERS.get(option["type"], str)
    try:
        return parse(text)
    except ValueError as error:
        raise SpeechError(f"{option['name']}: {error}") from error


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"{text} is not a whole number.") from error


def _yes_or_no(text: str) -> bool:
    if text.casefold() in _TRUE | _FALSE:
        return text.casefold() in _TRUE
    raise ValueError("say true or false.")


def _file(text: str) -> Upload:
    if not text.startswith("@"):
        raise ValueError("name a file with @ before it, such as @photo.png.")
    path = Path(text.removeprefix("@")).expanduser()
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}).") from error


_STEPS: Final = frozenset({1, 2})
"""Subcommands and groups of them, among Discord's application command option types."""

_PARSERS: Final[dict[int, Callable[[str], Option]]] = {
    4: _whole_number,
    5: _yes_or_no,
    11: _file,
}
"""By Discord's application command option types; others are sent as they are typed."""
